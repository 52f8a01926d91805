"""A small organisation in three trackers, and random things that happen to it.

World holds what exists, so that operations mostly make sense, and what was
really taken away, so that nothing else may ever be called gone.
"""

import json
import random
import time

SITES = {"jira": ("PAY", "PLAT", "SEC"), "ops": ("OPS", "NET")}
REPOSITORIES = ("ledger", "app", "warehouse")
PEOPLE = ("ana", "ben", "carla", "dev", "eli", "fay", "gus", "hana", "zoe")
WORDS = ("settle", "Überweisung", "対応", "naïve — déjà vu", "e\u0301le\u0300ve", "🚚 ship", "right\u202eleft", "zero\u200bwidth", "<b>bold</b> & \"quoted\"", "plain")
PHRASES = ("Blocked by {}", "Depends on {}", "Blocks {}", "Part of {}", "No longer blocked by {}", "See {}", "- [ ] waiting for {}", "Requires {} and {}", "`Blocked by {}`", "> Depends on {}", "Duplicate of {}")
LINK_TYPES = ("Blocks", "Depends", "Relates", "Duplicate")
RELATIONSHIPS = ("is blocked by", "blocks", "mentioned on", "relates to")


class Issue:
    def __init__(self, native, key):
        self.native, self.key, self.links, self.remote = native, key, [], []

    @property
    def project(self):
        return self.key.rsplit("-", 1)[0]


class Item:
    def __init__(self, repo, number, pull):
        self.repo, self.number, self.pull, self.blockers, self.parent = repo, number, pull, [], None

    @property
    def ref(self):
        return f"{self.repo.name}#{self.number}"


class Repo:
    """A repository: its first name stands for it in every comparison."""

    def __init__(self, first):
        self.first = self.name = first
        self.last = 0


def scenario(source, extra, rng):
    """The scenario acme without its later events, with some more in each tracker, and a second Jira site."""
    with open(source, encoding="utf-8") as f:
        s = json.load(f)
    s["events"] = []
    site = s["jira"][0]
    for n in range(extra):
        project = ("PAY", "PLAT")[n % 2]
        site["issues"].append({"key": f"{project}-{200 + n}", "summary": f"{rng.choice(WORDS)} {n}", "created": f"-{rng.randint(1, 60)}d", "status": rng.choice(("To Do", "In Progress"))})
    for n, issue in enumerate(site["issues"]):
        issue["id"] = str(20000 + n)
    ops = {"site": "ops", "linkTypes": site["linkTypes"], "projects": [{"key": k, "name": k} for k in SITES["ops"]], "issues": [], "links": []}
    for n in range(20 + extra):
        ops["issues"].append({"id": str(30000 + n), "key": f"{SITES['ops'][n % 2]}-{n + 1}", "summary": f"{rng.choice(WORDS)} {n}", "created": f"-{rng.randint(1, 60)}d"})
    for n in range(10):
        ops["links"].append({"type": "Blocks", "from": ops["issues"][n]["key"], "to": ops["issues"][n + 7]["key"]})
    s["jira"].append(ops)
    for n in range(extra):
        s["github"]["issues"].append({"ref": f"{REPOSITORIES[n % 3]}#{200 + n}", "title": f"{rng.choice(WORDS)} {n}", "created": f"-{rng.randint(1, 60)}d"})
    return s


class World:
    def __init__(self, s, call, rng):
        self.call, self.rng = call, rng
        self.issues = {j.get("site", "jira"): [Issue(i["id"], i["key"]) for i in j["issues"]] for j in s["jira"]}
        self.numbers = {p: 500 for projects in SITES.values() for p in projects}
        self.repos = [Repo(r) for r in REPOSITORIES]
        by_name = {r.name: r for r in self.repos}
        self.items = []
        for i in s["github"]["issues"]:
            name, number = i["ref"].split("#")
            self.items.append(Item(by_name[name], int(number), bool(i.get("pr"))))
            by_name[name].last = max(by_name[name].last, int(number))
        self.names = dict(by_name)  # every name a repository ever had
        self.hidden = {("jira", "SEC")}  # scopes without access now
        self.ever_hidden = set(self.hidden)
        self.gone = set()  # (tracker, native id) or ("github", first name of the repository, number)
        self.moved = {}  # (site, native id) -> the projects it was moved to
        self.log = []  # what happened when
        self.applied = {}  # operation -> how often
        self.refused = 0

    # --- one random operation ---

    def step(self):
        """Applies one random operation; its name, None when the tracker refused it."""
        kinds, weights = zip(*OPERATIONS.items())
        while True:
            op = getattr(self, self.rng.choices(kinds, weights)[0])()
            if op:
                break
        then = op.pop("then", None)
        try:
            answer = self.call("/_sim/mutate", op)["results"][0]
        except OSError:  # such a link is there already, a limit is reached
            self.refused += 1
            return None
        self.log.append((round(time.time(), 2), op, answer))
        if then:
            then(answer)
        self.applied[op["op"]] = self.applied.get(op["op"], 0) + 1
        return op["op"]

    def restore(self):
        """Gives back the access to everything that was to be read at the start."""
        for kind, name in sorted(self.hidden - {("jira", "SEC")}):
            self.call("/_sim/mutate", self.access(kind, name, True))
        self.hidden = {("jira", "SEC")}

    @staticmethod
    def access(kind, name, access):
        if kind == "github":
            return {"op": "github.access", "repo": name, "access": access}
        return {"op": "jira.access", "site": kind, "project": name, "access": access}

    def was_gone(self, tracker, native, key):
        """Whether that record may be called gone."""
        if tracker != "github":
            # Jira tells an account of an issue moved to where it may not look what it tells of a deleted one.
            return (tracker, native) in self.gone or self.moved.get((tracker, native), set()) & self.ever_hidden
        full, number = key.rsplit("#", 1)
        repo = self.names.get(full.split("/")[1])
        return repo is not None and ("github", repo.first, int(number)) in self.gone

    # --- texts ---

    def reference(self):
        kind = self.rng.randrange(8)
        site = self.rng.choice(list(SITES))
        issue, item = self.rng.choice(self.issues[site]), self.rng.choice(self.items)
        return (
            issue.key, f"acme/{item.ref}", f"@GITHUB@/acme/{item.repo.name}/issues/{item.number}", f"@JIRA:{site}@/browse/{issue.key}",
            f"{issue.project}-{self.rng.randint(9000, 9009)}", f"acme/{item.repo.first}#{self.rng.randint(9000, 9009)}", "UTF-8", f"elsewhere/thing#{item.number}",
        )[kind]

    def text(self):
        lines = [self.rng.choice(WORDS)]
        for _ in range(self.rng.randint(0, 2)):
            lines.append(self.rng.choice(PHRASES).format(self.reference(), self.reference()))
        return "\n\n".join(lines)

    # --- Jira ---

    def issue(self):
        site = self.rng.choice(list(SITES))
        return site, self.rng.choice(self.issues[site])

    def next_key(self, project):
        self.numbers[project] += 1
        return f"{project}-{self.numbers[project]}"

    def fields(self, site):
        r = self.rng
        every = {
            "summary": r.choice(WORDS), "description": self.text(), "priority": r.choice(("Highest", "High", "Medium", "Low")), "assignee": r.choice((*PEOPLE, None)),
            "labels": r.sample(("q1", "q2", "blocked", "ünï"), r.randint(0, 2)), "due": r.choice(("+3d", "+20d", "2026-05-01", None)), "points": r.choice((1, 2, 3, 5, 8)),
            "flagged": r.random() < 0.5, "epic": r.choice((None, self.issues[site][0].key)),
        }
        if site == "jira":
            every["sprint"] = r.choice(("Pay 12", "Pay 13", None))
        return {k: every[k] for k in r.sample(sorted(every), r.randint(1, 3))}

    def jira_create(self):
        site = self.rng.choice(list(SITES))
        key = self.next_key(self.rng.choice(SITES[site]))
        return {"op": "jira.create", "site": site, "issue": {"key": key, "status": self.rng.choice(("To Do", "In Progress")), **self.fields(site)},
                "then": lambda a: self.issues[site].append(Issue(a["id"], key))}

    def jira_update(self):
        site, issue = self.issue()
        return {"op": "jira.update", "site": site, "key": issue.key, "set": self.fields(site), "by": self.rng.choice(PEOPLE)}

    def jira_transition(self):
        site, issue = self.issue()
        return {"op": "jira.transition", "site": site, "key": issue.key, "status": self.rng.choice(("To Do", "In Progress", "Blocked", "In Review", "Done")), "by": self.rng.choice(PEOPLE)}

    def jira_close(self):
        site, issue = self.issue()
        return {"op": "jira.close", "site": site, "key": issue.key, "resolution": self.rng.choice(("Done", "Won't Fix", "Duplicate"))}

    def jira_reopen(self):
        site, issue = self.issue()
        return {"op": "jira.reopen", "site": site, "key": issue.key}

    def jira_delete(self):
        site, issue = self.issue()

        def then(_):
            self.issues[site].remove(issue)
            self.gone.add((site, issue.native))
            for other in self.issues[site]:
                other.links = [link for link in other.links if link[1] is not issue]
        return {"op": "jira.delete", "site": site, "key": issue.key, "then": then}

    def jira_move(self):
        site, issue = self.issue()
        project = self.rng.choice([p for p in SITES[site] if p != issue.project and p != "SEC"] or ["PAY"])
        key = self.next_key(project)

        def then(_):
            issue.key = key
            self.moved.setdefault((site, issue.native), set()).add((site, project))
        return {"op": "jira.move", "site": site, "key": issue.key, "project": project, "newKey": key, "then": then}

    def jira_link(self):
        site, issue = self.issue()
        other = self.rng.choice(self.issues[site])
        if other is issue:
            return None
        kind = self.rng.choice(LINK_TYPES)
        return {"op": "jira.link", "site": site, "type": kind, "from": issue.key, "to": other.key, "then": lambda _: issue.links.append((kind, other))}

    def jira_unlink(self):
        site, issue = self.issue()
        if not issue.links:
            return None
        link = self.rng.choice(issue.links)
        return {"op": "jira.unlink", "site": site, "type": link[0], "from": issue.key, "to": link[1].key, "then": lambda _: issue.links.remove(link)}

    def jira_remotelink(self):
        site, issue = self.issue()
        item = self.rng.choice(self.items)
        url = f"@GITHUB@/acme/{item.repo.name}/issues/{item.number}"
        return {"op": "jira.remotelink", "site": site, "key": issue.key, "url": url, "title": item.ref, "relationship": self.rng.choice(RELATIONSHIPS), "then": lambda _: issue.remote.append(url)}

    def jira_unremotelink(self):
        site, issue = self.issue()
        if not issue.remote:
            return None
        return {"op": "jira.unremotelink", "site": site, "key": issue.key, "url": issue.remote.pop()}

    def jira_comment(self):
        site, issue = self.issue()
        return {"op": "jira.comment", "site": site, "key": issue.key, "by": self.rng.choice(PEOPLE), "body": self.text()}

    def jira_access(self):
        site = self.rng.choice(list(SITES))
        return self.toggle(site, self.rng.choice([p for p in SITES[site] if p != "SEC"]))

    def toggle(self, kind, name):
        """Takes away the access to a scope, or gives it back."""
        lost = (kind, name) not in self.hidden
        if lost:
            self.hidden.add((kind, name))
            self.ever_hidden.add((kind, name))
        else:
            self.hidden.remove((kind, name))
        return self.access(kind, name, not lost)

    # --- GitHub ---

    def item(self, pull=None):
        return self.rng.choice([i for i in self.items if pull is None or i.pull == pull])

    def shape(self):
        r = self.rng
        every = {"title": r.choice(WORDS), "body": self.text(), "labels": r.sample(("bug", "team:data", "blocked", "ünï"), r.randint(0, 2)), "assignees": r.sample(PEOPLE, r.randint(0, 2))}
        return {k: every[k] for k in r.sample(sorted(every), r.randint(1, 3))}

    def github_create(self):
        repo, pull = self.rng.choice(self.repos), self.rng.random() < 0.3
        number = repo.last + 1

        def then(_):
            repo.last = number
            self.items.append(Item(repo, number, pull))
        return {"op": "github.create", "issue": {"ref": f"{repo.name}#{number}", "pr": pull, "author": self.rng.choice(PEOPLE), **{"title": "new", **self.shape()}}, "then": then}

    def github_update(self):
        item = self.item()
        set_ = self.shape()
        if item.pull and self.rng.random() < 0.3:
            set_["closes"] = [self.item(pull=False).ref]
        if item.pull:
            set_["draft"] = self.rng.random() < 0.3
        return {"op": "github.update", "issue": item.ref, "set": set_}

    def github_close(self):
        item = self.item()
        return {"op": "github.close", "issue": item.ref, "reason": self.rng.choice(("completed", "not_planned", "duplicate"))}

    def github_reopen(self):
        return {"op": "github.reopen", "issue": self.item().ref}

    def github_merge(self):
        return {"op": "github.merge", "issue": self.item(pull=True).ref, "by": self.rng.choice(PEOPLE)}

    def vanish(self, item):
        self.items.remove(item)
        self.gone.add(("github", item.repo.first, item.number))
        for other in self.items:
            other.blockers = [b for b in other.blockers if b is not item]
            other.parent = None if other.parent is item else other.parent

    def github_delete(self):
        item = self.item()
        return {"op": "github.delete", "issue": item.ref, "then": lambda _: self.vanish(item)}

    def github_transfer(self):
        item = self.item(pull=False)
        to = self.rng.choice([r for r in self.repos if r is not item.repo])

        def then(answer):
            self.gone.add(("github", item.repo.first, item.number))
            item.repo, item.number = to, answer["number"]
            to.last = max(to.last, item.number)
        return {"op": "github.transfer", "issue": item.ref, "to": to.name, "then": then}

    def github_comment(self):
        return {"op": "github.comment", "issue": self.item().ref, "by": self.rng.choice(PEOPLE), "body": self.text()}

    def github_block(self):
        item, by = self.item(pull=False), self.item(pull=False)
        if item is by:
            return None
        return {"op": "github.block", "issue": item.ref, "by": by.ref, "then": lambda _: item.blockers.append(by)}

    def github_unblock(self):
        item = self.item(pull=False)
        if not item.blockers:
            return None
        by = self.rng.choice(item.blockers)
        return {"op": "github.unblock", "issue": item.ref, "by": by.ref, "then": lambda _: item.blockers.remove(by)}

    def github_subissue(self):
        parent, child = self.item(pull=False), self.item(pull=False)
        above = parent
        while above:
            if above is child:
                return None
            above = above.parent
        return {"op": "github.subissue", "parent": parent.ref, "child": child.ref, "then": lambda _: setattr(child, "parent", parent)}

    def github_unsubissue(self):
        child = self.item(pull=False)
        if not child.parent:
            return None
        return {"op": "github.unsubissue", "parent": child.parent.ref, "child": child.ref, "then": lambda _: setattr(child, "parent", None)}

    def github_projectitem(self):
        values = {"Status": self.rng.choice(("Todo", "In Progress", "Blocked", "Done")), "Points": self.rng.choice((1, 2, 3)), "Target": self.rng.choice(("+5d", "+30d")), "Sprint": "Sprint 6"}
        return {"op": "github.projectitem", "project": 1, "issue": self.item().ref, "values": {k: values[k] for k in self.rng.sample(sorted(values), 2)}}

    def github_access(self):
        return self.toggle("github", self.rng.choice(self.repos).name)

    def github_rename(self):
        repo = self.rng.choice(self.repos)
        new = repo.first if repo.name != repo.first and self.rng.random() < 0.5 else f"{repo.first}-{self.rng.randint(1, 9)}"
        if new == repo.name:
            return None

        def then(_):
            for known in (self.hidden, self.ever_hidden):
                if ("github", repo.name) in known:
                    known.add(("github", new))
            self.hidden.discard(("github", repo.name))
            repo.name = new
            self.names[new] = repo
        return {"op": "github.rename", "repo": repo.name, "to": new, "then": then}


# How often each operation happens, of about a hundred.
OPERATIONS = {
    "jira_create": 4, "jira_update": 9, "jira_transition": 6, "jira_close": 4, "jira_reopen": 3, "jira_delete": 2, "jira_move": 2, "jira_link": 6, "jira_unlink": 3,
    "jira_remotelink": 3, "jira_unremotelink": 1, "jira_comment": 5, "jira_access": 1,
    "github_create": 4, "github_update": 9, "github_close": 4, "github_reopen": 3, "github_merge": 1, "github_delete": 2, "github_transfer": 2, "github_comment": 5,
    "github_block": 7, "github_unblock": 3, "github_subissue": 4, "github_unsubissue": 1.5, "github_projectitem": 3, "github_access": 1, "github_rename": 0.5,
}


def fault(rng, tracker):
    """One random fault, of every kind the simulator has."""
    kind = rng.choice(FAULTS + ("secondary",) * (tracker == "github"))
    f = {
        "errorRate": {"errorRate": rng.choice((0.3, 1.0)), "status": rng.choice((400, 401, 403, 408, 500, 502, 503, 504))},
        "latencyMs": {"latencyMs": rng.choice((50, 400))},
        "reset": {"reset": rng.choice((0.3, 1.0))},
        "truncate": {"truncate": rng.choice((0.3, 1.0))},
        "malformed": {"malformed": rng.choice((0.3, 1.0))},
        "outage": {"outage": True},
        "slowDripBytesPerSec": {"slowDripBytesPerSec": rng.choice((2000, 50000))},
        "retryAfter": {"retryAfter": {"status": rng.choice((429, 503)), "seconds": rng.choice((1, 2))}, "times": rng.randint(1, 4)},
        "secondary": {"secondary": {"seconds": rng.choice((1, 2))}, "times": rng.randint(1, 3)},
    }[kind]
    if rng.random() < 0.3:
        f["match"] = rng.choice({"github": ("graphql", "/repos", "/issues")}.get(tracker, ("search", "changelog|bulkfetch", "/issue/", "field|status|project")))
    if rng.random() < 0.3 and "times" not in f:
        f["times"] = rng.randint(1, 6)
    return kind, f


FAULTS = ("errorRate", "errorRate", "latencyMs", "reset", "truncate", "malformed", "outage", "slowDripBytesPerSec", "retryAfter")


def rng(seed, what):
    """A generator of its own for each purpose, so that one's use does not shift another's."""
    return random.Random(f"{seed} {what}")
