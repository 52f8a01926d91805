#!/usr/bin/env python3
"""Reads a Jira of real size: first sync, remote links, and the changes of a month.

    size.py --waitgraph BINARY --trackersim FOLDER [--issues N] [--work DIR] [--only dc|cloud]

The archived issues of that time are copied under further project keys, links among them
included, until so many of them exist at the moment of the first sync. Every check prints
`ok NAME: figures` or `FAIL NAME: figures`. Exit code 1 if any failed.
"""

import argparse
import collections
import gzip
import json
import math
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import tracker
from daemon import Daemon

START, LATER = "2014-06-01T00:00:00Z", "2014-07-01T00:00:00Z"
LINK = re.compile(r"/issue/(\d+)/remotelink")
KEY = re.compile(r"^[A-Z]+-\d+$")
PAGE = {"dc": 1000, "cloud": 100}
CONFIG = """poll: {interval: %s, frontier: 4s, census: 1h, stale_after: 10m}
trackers:
  - name: jira
    type: jira
    url: %s
    auth: {email: %s, token_file: jira.token}
    projects: [%s]
    remote_links: %d
teams:
%s
"""


def copy(issue, n):
    """The same issue in another project, with another id, and so is all it names."""
    suffix = chr(ord("A") + n - 1)

    def walk(value, name=""):
        if isinstance(value, list):
            return [walk(v, name) for v in value]
        if isinstance(value, dict):
            numbered = isinstance(value.get("key"), str) and KEY.match(value["key"])
            project = name == "project"
            out = {k: walk(v, k) for k, v in value.items()}
            if numbered:
                out["key"] = re.sub(r"-(\d+)$", rf"{suffix}-\1", value["key"])
                out["id"] = f"{n}{int(value['id']):07d}"
            elif project:
                out["key"], out["id"] = value["key"] + suffix, f"{n}{value['id']}"
            elif name in ("issuelinks", "comments") and "id" in out:
                out["id"] = f"{n}{value['id']}"
            return out
        return value

    return walk(issue)


def enlarge(realdata, target, wanted):
    """Writes copies until `wanted` issues exist at START; (projects, issues in all)."""
    with gzip.open(Path(realdata) / "jira-issues.jsonl.gz", "rt", encoding="utf-8") as f:
        issues = [json.loads(line) for line in f]
    issues = [i for i in issues if i["fields"]["created"] < LATER[:19]]
    known = {i["key"] for i in issues}
    for i in issues:
        links = i["fields"].get("issuelinks") or []
        i["fields"]["issuelinks"] = [x for x in links if (x.get("inwardIssue") or x.get("outwardIssue"))["key"] in known]
    there = total = n = 0
    projects = set()
    with gzip.open(target, "wt", compresslevel=1, encoding="utf-8") as out:
        while there < wanted:
            for issue in issues:
                exists = issue["fields"]["created"] < START[:19]
                if exists and there == wanted:
                    continue
                there += exists
                total += 1
                made = copy(issue, n) if n else issue
                projects.add(made["fields"]["project"]["key"])
                out.write(json.dumps(made) + "\n")
            n += 1
    return sorted(projects), total


def routes(log):
    """Requests by what they are for."""
    kinds = collections.Counter()
    for e in log:
        path = e["url"].split("?")[0]
        kinds[re.sub(r"/\d+", "/N", re.sub(r"^.*/rest/", "", path))] += 1
    return kinds


class Checks:
    def __init__(self):
        self.failed = 0

    def result(self, name, good, figures):
        self.failed += not good
        print(f"{'ok' if good else 'FAIL'} {name}: {figures}", flush=True)


def check(c, args, folder, realdata, kind, projects, data, total):
    work = folder.parent.parent / f"size-{kind}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "jira.token").write_text(tracker.JIRA_TOKEN + "\n")
    (work / "jira.token").chmod(0o600)
    teams = "\n".join(f"  - {{name: {p.lower()}, owns: [{{project: {p}}}]}}" for p in projects)
    with tracker.Trackers(folder, kind, START, jira_data=data) as t:
        config = work / "waitgraph.yml"
        config.write_text(CONFIG % (args.interval, t.jira, tracker.EMAIL, ", ".join(projects), args.remote_links, teams))
        os.chmod(config, 0o600)
        with Daemon(args.waitgraph, config, work / "waitgraph.db", work / "log") as d:
            ready, _ = d.wait(d.fresh, timeout=300, every=0.05)
            journal = t.journal(log=True)["jira"]
            items = d.status()["jira"]["progress"]["items"]
            pages = [e for e in journal["log"] if re.search(r"/search(/jql)?(\?|$)", e["url"])]
            links = [e for e in journal["log"] if LINK.search(e["url"])]
            bound = math.ceil(args.issues / PAGE[kind])
            c.result(f"size {kind} usable", items >= args.issues and len(pages) <= 1.3 * bound + 8,
                     f"{items} items after {ready:.1f} s, {journal['requests'] - len(links)} requests ({len(pages)} searches, {bound} pages at best) and {journal['bytes'] / 1e6:.1f} MB; {len(links)} remote links read by then")

            asked = {}  # issues in the order of their requests: the journal keeps the latest ones only

            def complete():
                for e in t.journal(log=True)["jira"]["log"]:
                    if m := LINK.search(e["url"]):
                        asked.setdefault(m[1])
                notes = " ".join(d.status()["jira"].get("notes") or [])
                begun[0] = begun[0] or "remote links" in notes
                return begun[0] and "remote links" not in notes
            begun = [False]
            whole, done = d.wait(complete, timeout=args.patience, every=0.5)
            journal = t.journal(log=True)["jira"]
            requests = sum(r["count"] for name, r in journal["routes"].items() if name.endswith("/remotelink"))
            c.result(f"size {kind} remote links", bool(done) and len(asked) >= args.issues and requests <= len(asked) * 1.01,
                     f"{len(asked)} issues in {ready + whole:.0f} s, {requests} requests; in all {journal['requests']} requests and {journal['bytes'] / 1e6:.1f} MB, at most {journal['maxInFlight']} in flight")
            facts = {r["item"]["id"]["native"]: r for r in fetch(d, "/api/v1/facts")["records"] if not r["item"].get("stub")}
            c.result(f"size {kind} open and linked first", first(asked, facts), "in the order of the requests")

            t.reset()
            t.move(LATER)
            seen = {"at": "", "n": 0}
            seconds, _ = d.wait(lambda: steady(d, t, seen), timeout=args.patience, every=1)
            journal = t.journal(log=True)["jira"]
            now = {r["item"]["id"]["native"]: r for r in fetch(d, "/api/v1/facts")["records"] if not r["item"].get("stub")}
            changed = [i for i, r in now.items() if i not in facts or r["item"]["updated"] != facts[i]["item"]["updated"]]
            new = sum(i not in facts for i in now)
            kinds = routes(journal["log"])
            idle = seen["idle"]
            c.result(f"size {kind} month", len(changed) > args.issues // 50 and journal["requests"] - idle < 60,
                     f"{len(changed)} issues changed, {new} of them new: {journal['requests'] - idle} requests and {journal['bytes'] / 1e6:.1f} MB in {seconds:.0f} s ({dict(kinds)}, {idle} of them idle polls)")
        found = tracker.violations(t.journal())
        c.result(f"size {kind} violations", not found, f"{len(found)} {found[:3]}")


def fetch(d, path):
    import compare
    return compare.fetch(d.address(), path)


def first(order, facts):
    """Whether no issue that is closed was asked for before one that is open, and no open one without links before one with."""
    rank = {}
    for i, r in facts.items():
        is_open = r["item"]["state"] in ("todo", "doing")
        linked = any(x["origin"] != "parent_field" for x in r.get("claims") or [])
        rank[i] = 2 if not is_open else 0 if linked else 1
    ranks = [rank[i] for i in order if i in rank]
    late = sum(a > b for a, b in zip(ranks, ranks[1:]))
    return bool(ranks) and late <= len(ranks) // 100  # four requests are under way at once


def steady(d, t, seen):
    """Whether three polls in a row brought nothing; counts their requests in seen."""
    status, journal = d.status()["jira"], t.journal()["jira"]
    if status["last_sync"] == seen["at"]:
        return False
    grown = journal["requests"] - seen.get("requests", 0)
    seen["at"], seen["requests"] = status["last_sync"], journal["requests"]
    quiet = grown <= 2
    seen["n"], seen["idle"] = (seen["n"] + 1, seen.get("idle", 0) + grown) if quiet else (0, 0)
    return seen["n"] >= 8


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--waitgraph", required=True, help="the built binary")
    p.add_argument("--trackersim", default=os.environ.get("WAITGRAPH_TRACKERSIM"), help="the simulator's folder")
    p.add_argument("--issues", type=int, default=17437)
    p.add_argument("--remote-links", type=int, default=1000, help="the configuration's remote_links")
    p.add_argument("--interval", default="2s", help="the configuration's poll interval")
    p.add_argument("--patience", type=float, default=1800, help="seconds for the remote links, and for the month")
    p.add_argument("--only", default="", choices=("", "dc", "cloud"))
    p.add_argument("--work", help="where to work; kept if given")
    args = p.parse_args()
    if not args.trackersim:
        p.error("--trackersim or $WAITGRAPH_TRACKERSIM is needed")
    args.waitgraph = str(Path(args.waitgraph).resolve())
    work = Path(args.work or tempfile.mkdtemp(prefix="waitgraph-size-"))
    c = Checks()
    try:
        folder = tracker.prepare(args.trackersim, work)
        data = work / "issues.jsonl.gz"
        projects, total = enlarge(folder.parent / "realdata", data, args.issues)
        print(f"{total} issues in {len(projects)} projects, {args.issues} of them at {START}", flush=True)
        for kind in ("dc", "cloud"):
            if args.only in ("", kind):
                check(c, args, folder, folder.parent / "realdata", kind, projects, data, total)
    finally:
        if not args.work:
            shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if c.failed else 0)


if __name__ == "__main__":
    main()
