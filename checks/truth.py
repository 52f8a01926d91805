#!/usr/bin/env python3
"""What waitgraph must say of the archived Jira issues and pull requests at a moment.

    truth.py REALDATA --as-of 2014-06-01T00:00:00Z [--no-text]

Reads jira-issues.jsonl.gz and github-pulls.jsonl.gz, rebuilds what the trackers
showed at that moment, and works out items, dependencies, blocked items, matrix and
dangling references from the published rules and examples/appcelerator.yml. It
shares nothing with the daemon: only the standard library and grammar.py are
used. The result is canonical JSON on standard output.
"""

import argparse
import functools
import gzip
import hashlib
import json
import re
import sys
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path

import grammar

# The configuration under test, said anew.
JIRA, GITHUB = "jira", "github"
JIRA_SCOPE = {"AC", "ALOY", "DAEMON", "MOD"}
REPOSITORY = "appcelerator/alloy"
GITHUB_HOSTS = {"github.com"}
JIRA_HOSTS = set()  # the site under test answers at an address that no archived text holds
TEAM_OF_PROJECT = {"ALOY": "alloy", "DAEMON": "daemon", "MOD": "modules", "AC": "support", "TIMOB": "sdk", "TISTUD": "studio", "TIDOC": "docs"}
TEAM_OF_REPOSITORY = {REPOSITORY: "alloy"}
KNOWN_PROJECTS = JIRA_SCOPE | set(TEAM_OF_PROJECT)

DROPPED = {s.casefold() for s in (
    "Won't Do", "Won't Fix", "Duplicate", "Declined", "Cannot Reproduce", "Incomplete", "Invalid", "Obsolete", "Not a Bug", "Rejected")}
# Phrases read from the issue that shows them: kind, and whether that issue is the "from" end.
PHRASES = {
    "blocks": ("blocks", True), "is blocked by": ("blocks", False), "depends on": ("blocks", False), "is dependent of": ("blocks", True),
    "has to be done before": ("blocks", True), "has to be done after": ("blocks", False), "requires": ("blocks", False), "is required by": ("blocks", True),
    "duplicates": ("duplicates", True), "is duplicated by": ("duplicates", False),
}
SYMMETRIC = {"relates", "mirrors"}
OPEN = {"todo", "doing"}


@functools.cache
def moment(text):
    """A time as seconds since the epoch; Jira leaves out the colon of the offset."""
    text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text).replace("Z", "+00:00")
    return datetime.fromisoformat(text).timestamp()


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def project_of(key):
    return key.rsplit("-", 1)[0]


def order(ref):
    """Sorts refs by tracker, container, number."""
    tracker, key = ref.split(":", 1)
    head, number = re.fullmatch(r"(.*?)[#-](\d+)", key).groups()
    return (tracker, head, int(number))


class Facts:
    """Items and claims as the trackers showed them at a moment."""

    def __init__(self, realdata, now):
        self.now = now
        self.items = {}  # ref -> dict
        self.claims = []  # dicts: from, kind, forward, target, origin, where
        self.issues, self.pulls = archive(realdata)

    # --- what exists ---

    def exists(self, key):
        return key in self.issues and moment(self.issues[key]["fields"]["created"]) <= self.now

    def updated(self, key):
        """When the issue was last touched: created, commented or resolved."""
        f = self.issues[key]["fields"]
        created, ended = moment(f["created"]), self.ended(f)
        times = [created] + [max(moment(c["created"]), created) for c in f["comment"]["comments"]] + ([ended] if ended else [])
        return max(t for t in times if t <= self.now)

    @staticmethod
    def ended(f):
        """When the issue was done, None if it never was."""
        stored = f["resolutiondate"] or (f["updated"] if f["status"]["statusCategory"]["key"] == "done" else None)
        return max(moment(stored), moment(f["created"])) if stored else None

    def load(self, with_text):
        links = self.joined_links()
        for key, raw in self.issues.items():
            if not self.exists(key):
                continue
            self.issue(key, raw)
            for link in links[key]:
                self.link(key, link)
            self.parents(key, raw["fields"])
            if with_text:
                self.issue_text(key, raw["fields"])
        for number, raw in self.pulls.items():
            created = moment(raw["created"] or raw["merged_at"])
            if created > self.now:
                continue
            merged = raw["merged_at"] and max(moment(raw["merged_at"]), created) <= self.now
            self.add(GITHUB, f"{REPOSITORY}#{number}", "done" if merged else "doing", TEAM_OF_REPOSITORY[REPOSITORY], False)
            if with_text:
                self.pull_text(number, raw)

    def add(self, tracker, key, state, team, stub, labels=()):
        self.items[f"{tracker}:{key}"] = {"ref": f"{tracker}:{key}", "state": state, "team": team, "stub": stub, "labels": list(labels)}

    def issue(self, key, raw):
        f = raw["fields"]
        category = f["status"]["statusCategory"]["key"]
        ended = self.ended(f)
        if ended is None:
            state = self.state(category, None)
        elif ended <= self.now:
            state = self.state(category, f["resolution"])
        else:  # before its end it was under way for every fourth issue with an assignee, else open
            digest = int(hashlib.sha1(raw["id"].encode()).hexdigest()[:8], 16)
            state = "doing" if f["assignee"] and digest % 4 == 0 else "todo"
        self.add(JIRA, key, state, TEAM_OF_PROJECT[f["project"]["key"]], False, f["labels"])

    @staticmethod
    def state(category, resolution):
        if category == "done":
            return "dropped" if resolution and resolution["name"].casefold() in DROPPED else "done"
        return "doing" if category == "indeterminate" else "todo"

    # --- issue links and parents ---

    def joined_links(self):
        """Links by issue as (id, phrase, far brief): every link is shown by both ends, whichever stored it."""
        seen, out = {}, defaultdict(list)
        for key, raw in self.issues.items():
            for stored in raw["fields"]["issuelinks"]:
                outward = "outwardIssue" in stored
                far = stored["outwardIssue"] if outward else stored.get("inwardIssue")
                if far is None:
                    continue
                ends = (key, far["key"]) if outward else (far["key"], key)
                if stored["id"] in seen:
                    if seen[stored["id"]] != ends:
                        raise SystemExit(f"link {stored['id']} joins {seen[stored['id']]} and {ends}")
                    continue
                seen[stored["id"]] = ends
                kind = stored["type"]
                out[key].append((stored["id"], kind["outward" if outward else "inward"], far))
                if far["key"] in self.issues:
                    out[far["key"]].append((stored["id"], kind["inward" if outward else "outward"], raw))
        return out

    def link(self, key, link):
        ident, phrase, far = link
        if far["key"] in self.issues:
            if not self.exists(far["key"]):
                return
        else:
            self.stub(far)
        kind, forward = PHRASES.get(phrase.casefold(), ("relates", True))
        self.claim(JIRA, key, kind, forward, ("key", far["key"]), "issue_link", ident)

    def stub(self, far):
        key = far["key"]
        state = self.state(far["fields"]["status"]["statusCategory"]["key"], None)
        known = self.items.get(f"{JIRA}:{key}")
        if known and known["state"] != state:
            raise SystemExit(f"stub {key} is stored as {known['state']} and as {state}")
        self.add(JIRA, key, state, TEAM_OF_PROJECT.get(project_of(key), "unowned"), True)

    def parents(self, key, f):
        for field in ("parent", "epic"):
            far = (f.get(field) or {}).get("key")
            if far and (far not in self.issues or self.exists(far)):
                if far not in self.issues and field == "parent":
                    self.stub(f[field])
                self.claim(JIRA, key, "parent", True, ("key", far), "parent_field", far)
        for far in f["subtasks"]:  # the same said by the parent
            if far["key"] not in self.issues:
                self.stub(far)
            elif not self.exists(far["key"]):
                continue
            self.claim(JIRA, key, "parent", False, ("key", far["key"]), "parent_field", far["key"])

    # --- text ---

    def claim(self, tracker, key, kind, forward, target, origin, where):
        self.claims.append({"from": f"{tracker}:{key}", "kind": kind, "forward": forward, "target": target, "origin": origin, "where": where})

    def issue_text(self, key, f):
        texts = [("title", grammar.TITLE, f.get("summary")), ("body", grammar.BODY, f.get("description"))]
        comments = [c for c in f["comment"]["comments"] if moment(c["created"]) <= self.now]
        for c in sorted(comments, key=lambda c: moment(c["created"])):
            texts.append((f"comment {c['id']}", grammar.COMMENT, c.get("body")))
        self.texts(JIRA, key, texts, markup=grammar.WIKI, own=("key", key))

    def pull_text(self, number, raw):
        texts = [("title", grammar.TITLE, raw["title"]), ("body", grammar.BODY, raw["body"]), ("branch", grammar.BRANCH, raw["head"] or "patch")]
        own = ("item", REPOSITORY, number)
        self.texts(GITHUB, f"{REPOSITORY}#{number}", texts, markup=grammar.MARKDOWN, pull=True, repository=REPOSITORY, own=own)

    def texts(self, tracker, key, texts, **how):
        standing = []
        own = self.canonical(how["own"])
        for where, place, text in texts:
            for f in grammar.read(text or "", place=place, **how):
                target = self.canonical(f.target)
                if target is None or target == own:
                    continue
                if f.withdraws:
                    standing = [s for s in standing if s[2] != target]
                    continue
                kind, forward = {"blocked_by": ("blocks", False)}.get(f.kind, (f.kind, True))
                standing.append((kind, forward, target, where))
        for kind, forward, target, where in dict.fromkeys(standing):
            self.claim(tracker, key, kind, forward, target, "text", where)

    @staticmethod
    def canonical(target):
        """The target as ("key", K) or ("item", repository, number); None for what is no reference."""
        if target[0] == "url":
            host, what = target[1], target[2]
            if isinstance(what, str):
                target = ("key", what) if host in JIRA_HOSTS else None
            else:
                target = ("item", *what) if host in GITHUB_HOSTS else None
        if target and target[0] == "key" and project_of(target[1]) not in KNOWN_PROJECTS:
            return None
        if target and target[0] == "item":
            return ("item", target[1].lower(), target[2])
        return target


# --- what it means --------------------------------------------------------------


def resolve(items, target):
    """(ref, None) or (name as found, reason)."""
    if target[0] == "key":
        name, tracker, inside = target[1], JIRA, project_of(target[1]) in JIRA_SCOPE
    else:
        name, tracker, inside = f"{target[1]}#{target[2]}", GITHUB, target[1] == REPOSITORY
    ref = f"{tracker}:{name}"
    if ref in items:
        return ref, None
    return name, "gone" if inside else "unseen"


def merge(facts):
    """Dependencies: all claims about one pair and kind in one."""
    merged = {}
    for c in facts.claims:
        far, reason = resolve(facts.items, c["target"])
        near = c["from"]
        if far == near:
            continue
        ends = [(near, None), (far, reason)] if c["forward"] else [(far, reason), (near, None)]
        if c["kind"] in SYMMETRIC:
            ends.sort(key=lambda e: (e[1] is not None, order(e[0]) if e[1] is None else e[0]))
        d = merged.setdefault((c["kind"], ends[0][0], ends[1][0]), {"kind": c["kind"], "ends": ends, "evidence": set()})
        d["evidence"].add((c["from"], c["origin"], c["where"]))
    return merged.values()


def state_of(facts, blocker, blocked):
    def state(end):
        return facts.items[end[0]]["state"] if end[1] is None else None
    if blocked[1] is None and state(blocked) not in OPEN:
        return "moot"
    if blocker[1] is not None or blocked[1] is not None:
        return "unknown"
    return {"done": "satisfied", "dropped": "abandoned"}.get(state(blocker), "active")


def conclude(facts):
    dependencies, dangling = [], set()
    blockers = defaultdict(set)
    for d in merge(facts):
        start, end = d["ends"]
        counts = defaultdict(int)
        for who, origin, _ in d["evidence"]:
            counts[f"{who} {origin}"] += 1
        out = {"kind": d["kind"], "from": start[0], "to": end[0], "resolved": start[1] is None and end[1] is None, "evidence": dict(counts)}
        out["reason"] = start[1] or end[1] or ""
        if d["kind"] == "blocks":
            out["state"] = state_of(facts, start, end)
            if out["state"] == "active":
                blockers[end[0]].add(start[0])
        dependencies.append(out)
        for near, far in ((start, end), (end, start)):
            if far[1] is not None:
                dangling.add((near[0], d["kind"], far[0], far[1]))
    blocked, matrix = [], defaultdict(set)
    waits = {ref: set(found) for ref, found in blockers.items() if found}
    for ref, item in facts.items.items():
        signals = [label for label in item["labels"] if label.casefold() == "blocked"] if item["state"] in OPEN else []
        if ref not in waits and not signals:
            continue
        blocked.append({"ref": ref, "team": item["team"], "blockers": sorted(waits.get(ref, ()), key=order), "signals": len(signals)})
        for b in waits.get(ref, ()):
            on = facts.items[b]["team"]
            if on != item["team"]:
                matrix[item["team"], on].add(ref)
    items = [{k: v for k, v in i.items() if k != "labels"} for i in facts.items.values()]
    return {
        "items": sorted(items, key=lambda i: order(i["ref"])),
        "dependencies": sorted(dependencies, key=lambda d: (d["kind"], d["from"], d["to"])),
        "blocked": sorted(blocked, key=lambda b: order(b["ref"])),
        "matrix": [{"team": t, "on_team": o, "items": len(refs)} for (t, o), refs in sorted(matrix.items())],
        **closure(facts, waits),
        "dangling": [{"from": f, "kind": k, "target": t, "reason": r} for f, k, t, r in sorted(dangling)],
    }


def closure(facts, waits):
    """Cycles, and root blockers with everything that waits on them. waits: blocked -> its active blockers."""
    behind = defaultdict(set)
    for ref, found in waits.items():
        for b in found:
            behind[b].add(ref)

    def reach(start, edges):
        seen, todo = set(), list(edges.get(start, ()))
        while todo:
            ref = todo.pop()
            if ref not in seen:
                seen.add(ref)
                todo.extend(edges.get(ref, ()))
        return seen

    cycles, roots = set(), []
    for ref in sorted(behind):
        waiting = reach(ref, behind)
        ahead = reach(ref, waits)
        cycle = waiting & ahead if ref in waiting else set()
        if cycle:
            cycles.add(tuple(sorted(cycle, key=order)))
        if ahead <= cycle:
            waiting = waiting - {ref}
            teams = sorted({facts.items[w]["team"] for w in waiting})
            roots.append({"ref": ref, "team": facts.items[ref]["team"], "items": len(waiting), "teams": teams})
    return {"cycles": [{"members": list(c)} for c in sorted(cycles)], "blockers": sorted(roots, key=lambda r: order(r["ref"]))}


@functools.cache
def archive(realdata):
    """The archived issues by key and pull requests by number, the first of each."""
    issues, pulls = {}, {}
    for raw in lines(Path(realdata) / "jira-issues.jsonl.gz"):
        issues.setdefault(raw["key"], raw)
    for raw in lines(Path(realdata) / "github-pulls.jsonl.gz"):
        pulls.setdefault(raw["number"], raw)
    return issues, pulls


def unannounced(realdata, moments):
    """Dependencies that came to show at the last of the moments on items not touched since the one before.

    A client that asks only for what changed cannot see them: (kind, from, to)."""
    told, previous = {}, None
    for at in map(moment, moments):
        facts = Facts(realdata, at)
        facts.load(False)
        fresh = defaultdict(list)
        for c in facts.claims:
            fresh[c["from"]].append(c)
        for key in facts.issues:
            if facts.exists(key) and (previous is None or facts.updated(key) > previous):
                told[f"{JIRA}:{key}"] = fresh[f"{JIRA}:{key}"]
        previous = at
    all_claims, facts.claims = facts.claims, [c for found in told.values() for c in found]
    seen = {(d["kind"], d["ends"][0][0], d["ends"][1][0]) for d in merge(facts)}
    facts.claims = all_claims
    return {(d["kind"], d["ends"][0][0], d["ends"][1][0]) for d in merge(facts)} - seen


def truth(realdata, as_of, with_text=True):
    facts = Facts(realdata, moment(as_of))
    facts.load(with_text)
    return conclude(facts)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("realdata")
    p.add_argument("--as-of", default=datetime.now(timezone.utc).isoformat())
    p.add_argument("--no-text", action="store_true", help="leave out references in texts")
    args = p.parse_args()
    json.dump(truth(args.realdata, args.as_of, not args.no_text), sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
