"""What one cycle of all loops costs while nothing changes, and when a hundredth of the items has.

At best a cycle takes the pages that hold the changes and one request for each scope:
the site for Jira, a repository for GitHub. Beside that a sweep reads what changes
unannounced: GitHub's open items by the hundred, and the changelogs of Jira's changed
ones, a thousand to a request of Cloud's and a hundred of Data Center's.
"""

import collections
import json
import math
from datetime import datetime, timedelta, timezone

import compare
import tracker
from daemon import Daemon

NOW = "2026-06-01T00:00:00Z"
INTERVAL = 10  # seconds: long enough for all changes to be made between two cycles
PAGE, LOGS, NODES = {"cloud": 100, "dc": 1000}, {"cloud": 1000, "dc": 100}, 100
PROJECTS, REPOSITORIES = ("PAY", "PLAT"), ("app", "api")
LOOPS = ("changes", "sweep", "details")
CONFIG = """\
poll: {interval: %ds, frontier: %ds, census: 1h, stale_after: 10m}
trackers: [%s]
teams: [{name: payments, owns: [{tracker: %s}]}]
"""
JIRA = '{name: jira, type: jira, url: "%s", auth: {email: %s, token_file: jira.token}, projects: [%s], remote_links: 0}'
GITHUB = '{name: github, type: github, url: "%s", auth: {token_file: github.token}, repositories: [%s]}'
MODES = ("cloud", "dc", "github")


def key(n):
    return f"{PROJECTS[n % 2]}-{n // 2 + 1}"


def ref(n):
    return f"{REPOSITORIES[n % 2]}#{n // 2 + 1}"


def is_open(n):
    return n % 8 < 2


def is_pull(n):
    return n % 20 > 17


def scenario(count):
    """As many issues in Jira as items in GitHub, made a minute apart, a quarter of them open."""
    issues, items = [], []
    for n in range(count):
        created = f"-{count + 60 - n}m"
        issues.append({"key": key(n), "summary": f"work {n}", "created": created, "status": "To Do" if is_open(n) else "Done"})
        items.append({"ref": ref(n), "title": f"work {n}", "created": created, "pr": is_pull(n)} | ({} if is_open(n) else {"closed": created}))
    links = [{"type": "Blocks", "from": key(n), "to": key(n + 8)} for n in range(0, count - 8, 40)]
    return {"now": NOW, "start": f"-{count + 120}m", "people": {},
            "jira": [{"site": "jira", "projects": [{"key": p, "name": p} for p in PROJECTS], "issues": issues, "links": links}],
            "github": {"org": "acme", "repos": [{"name": r} for r in REPOSITORIES], "issues": items}}


def jira_changes(chosen):
    """An operation for each of the issues, of all kinds in turn."""
    return [(
        {"op": "jira.update", "key": key(n), "set": {"priority": "High"}},
        {"op": "jira.transition", "key": key(n), "status": "In Progress"},
        {"op": "jira.comment", "key": key(n), "body": f"Depends on {key(n - 1)}."},
        {"op": "jira.link", "type": "Blocks", "from": key(n), "to": key(chosen[i - 1])},
    )[i % 4] for i, n in enumerate(chosen)]


def github_changes(chosen):
    return [(
        {"op": "github.update", "issue": ref(n), "set": {"title": "other work"}},
        {"op": "github.close" if is_open(n) else "github.reopen", "issue": ref(n)},
        {"op": "github.comment", "issue": ref(n), "body": f"Depends on #{n}."},
        {"op": "github.update", "issue": ref(n), "set": {"labels": ["later"]}},
    )[i % 4] for i, n in enumerate(chosen)]


class Cycles:
    """Counts what one cycle of a daemon with one tracker asks for."""

    def __init__(self, d, t, name):
        self.d, self.t, self.name, self.violations = d, t, name, []

    def loops(self):
        return {x["name"]: x for x in self.d.status()[self.name]["loops"] if x["name"] in LOOPS}

    def runs(self):
        """When each of the loops last ran, "" before it did."""
        loops = self.loops()
        return {k: loops[k]["last_run"] if k in loops else "" for k in LOOPS if k != "details" or self.name == "jira"}

    def over(self, seen):
        """Waits until each loop ran again, those after the changes too, and none is about to; how often each did."""
        seen, moment = {k: {v} for k, v in seen.items()}, now()

        def ran():
            for k, v in self.runs().items():
                seen[k].add(v)
            new = {k: sorted(v)[1:] for k, v in seen.items()}
            polls = [v for v in new["changes"] if v > moment]
            if polls and all(v and v[-1] >= polls[0] for v in new.values()) and all(x["next_run"] > now(1) for x in self.loops().values()):
                return {k: len(v) for k, v in new.items()}
        _, done = self.d.wait(ran, timeout=12 * INTERVAL, every=0.1)
        if not done:
            raise RuntimeError(f"a loop did not run: {seen}")
        return done

    def one(self, change=lambda: None):
        """How often each loop ran to the end of a cycle, the requests of that, and how many of which."""
        before = self.runs()
        self.violations += tracker.violations(self.t.journal())
        self.t.reset()
        change()
        passes = self.over(before)
        journal = self.t.journal()[self.name]
        return passes, journal["requests"], ", ".join(f"{r['count']} {route.split(' ')[1]}" for route, r in journal["routes"].items())


def now(ahead=0):
    """The time as the API writes it."""
    return (datetime.now(timezone.utc) + timedelta(seconds=ahead)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stamps(d):
    return {r["item"]["key"]: r["item"]["updated"] for r in compare.fetch(d.address(), "/api/v1/facts")["records"]}


def check(c, mode, count=12_000):
    folder = c.folder_for(f"cycle-{mode}")
    (folder / "scenario.json").write_text(json.dumps(scenario(count)))
    for name, token in (("jira.token", tracker.JIRA_TOKEN), ("github.token", tracker.GITHUB_TOKEN)):
        (folder / name).write_text(token + "\n")
        (folder / name).chmod(0o600)
    chosen, opened = list(range(37, count, 100)), sum(map(is_open, range(count)))
    with tracker.Trackers(c.folder, "dc" if mode == "github" else mode, NOW, scenario=folder / "scenario.json") as t:
        if mode == "github":
            name, one = "github", GITHUB % (t.github, ", ".join(f"acme/{r}" for r in REPOSITORIES))
            want, ops = {f"acme/{ref(n)}" for n in chosen}, github_changes(chosen)
            lists = collections.Counter((n % 2, is_pull(n)) for n in chosen)  # a page of each of a repository's lists comes in one request
            pages = sum(max(math.ceil(lists[repo, pull] / 100) for pull in (False, True)) for repo in range(len(REPOSITORIES)))
            scopes, sweep, again = len(REPOSITORIES), math.ceil(opened / NODES), math.ceil((opened + len(chosen)) / NODES)
        else:
            name, one = "jira", JIRA % (t.jira, tracker.EMAIL, ", ".join(PROJECTS))
            want, ops = {key(n) for n in chosen}, jira_changes(chosen)
            pages, scopes, sweep, again = math.ceil(len(chosen) / PAGE[mode]), 1, 0, math.ceil(len(chosen) / LOGS[mode])

        def change():
            for some in range(0, len(ops), 20):
                t.call("/_sim/mutate", {"ops": ops[some:some + 20]})
                t.call("/_sim/clock", {"advance": "1m"})
        config = folder / "waitgraph.yml"
        config.write_text(CONFIG % (INTERVAL, INTERVAL, one, name))
        with Daemon(c.binary, config, folder / "waitgraph.db", folder / "log") as d:
            d.wait(d.fresh, timeout=300)
            cycles = Cycles(d, t, name)
            d.wait(lambda: all(cycles.runs().values()), timeout=120)
            cycles.one()
            passes, requests, routes = cycles.one()
            best = scopes * passes["changes"]
            c.result(f"cycle {mode} idle", requests <= best + sweep * passes["sweep"],
                     f"{requests} requests for {count} items; at best {best} for the scopes, and {sweep} for each of {passes['sweep']} sweeps ({routes})")
            before = stamps(d)
            passes, requests, routes = cycles.one(change)
            after = stamps(d)
            c.differ(f"cycle {mode} brings the changes", sorted({k for k in after if after[k] != before.get(k)} ^ want), f"{len(want)} of {count} items")
            best = pages + scopes * passes["changes"]
            c.result(f"cycle {mode} with 1% changed", requests <= best + again * passes["sweep"],
                     f"{requests} requests for {len(chosen)} changes; at best {best}, {pages} for the pages and the rest for the scopes, and {again} for each of {passes['sweep']} sweeps ({routes})")
        c.differ(f"cycle {mode} violations", cycles.violations + tracker.violations(t.journal()))
