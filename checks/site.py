#!/usr/bin/env python3
"""Serves waitgraph over simulated trackers, for checks that look at its pages.

    site.py --waitgraph BINARY --trackersim FOLDER --kind archive|hostile|troubled

archive: the archived issues as they were on 2014-06-01 under examples/appcelerator.yml.
hostile: the small organisation of examples/acme.yml, whose people write what may break
a page. Prints its address and the trackers' once all is read, and ends with its input.
troubled: the archived issues from a slow Jira, so that the first sync can be watched: it
prints its address at once. The faults of Jira are then what each line of its input says.
"""

import argparse
import json
import re
import signal
import sys
import tempfile
from pathlib import Path

import tracker
from daemon import Daemon, configure

ROOT = Path(__file__).resolve().parent.parent
AS_OF = "2014-06-01T00:00:00Z"

HOSTILE = [
    "<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>", "\"><svg onload=window.pwned=1>", "'-window.pwned-'",
    "\u202egnp.exe\u202c \u2066turned\u2069", "long " + "wide " * 1500 + "end", "x" * 9000, "\U0001f469\u200d\U0001f4bb\U0001f525 emoji", "nul\u0001 bell\u0007 escape\u001b[31m",
    "a" + "\u0301" * 300, "{{.Config}} {{template \"frame\"}}", "&lt;b&gt; &amp; %3Cscript%3E", "</title></textarea></style><h1>", "javascript:window.pwned=1",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd", "=HYPERLINK(\"http://evil.example\")",
]


def hostile(folder, work):
    """The small organisation, its titles, names, labels and addresses replaced by hostile ones."""
    world = json.loads((Path(folder) / "scenarios" / "acme.json").read_text(encoding="utf-8"))
    n = 0

    def text():
        nonlocal n
        n += 1
        return HOSTILE[n % len(HOSTILE)]

    for person in world["people"].values():
        person["name"] = text()[:200]
    for site in world["jira"]:
        for issue in site["issues"]:
            issue["summary"] = text()
            issue["labels"] = issue.get("labels", []) + [re.sub(r"\s", "_", text())[:200]]
            issue["description"] = issue.get("description", "") + "\n\n" + text()
            for link in issue.get("remotelinks", []):
                link["title"] = text()
        site["issues"][1].setdefault("remotelinks", []).append({"url": "javascript:window.pwned=1", "title": text(), "relationship": "is blocked by"})
        for sprint in site.get("sprints", []):
            sprint["goal"] = text()
    for issue in world["github"]["issues"]:
        issue["title"] = text()
        issue["labels"] = issue.get("labels", []) + [text()[:50]]
    path = Path(work) / "hostile.json"
    path.write_text(json.dumps(world), encoding="utf-8")
    return str(path), world["now"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--waitgraph", required=True)
    p.add_argument("--trackersim", required=True)
    p.add_argument("--kind", required=True, choices=("archive", "hostile", "troubled"))
    args = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends what was started too
    with tempfile.TemporaryDirectory(prefix="waitgraph-site-") as work:
        scenario, as_of, example = "", AS_OF, "appcelerator.yml"
        if args.kind == "hostile":
            scenario, as_of = hostile(args.trackersim, work)
            example = "acme.yml"
        with tracker.Trackers(args.trackersim, "cloud", as_of, scenario=scenario) as t:
            config = configure(ROOT / "examples" / example, Path(work) / "config", t.jira, t.github, remote_links=None if scenario else 0,
                               projects=["AC", "ALOY"] if args.kind == "troubled" else None)
            poll = "poll: {interval: 1m, frontier: 10m, census: 1h, stale_after: 1h}\n"  # looked at, not followed
            if args.kind == "troubled":
                poll = "poll: {interval: 1s, frontier: 1h, census: 1h, stale_after: 5s}\n"
                t.faults(jira={"latencyMs": 1500})
            config.write_text(re.sub(r"^poll:.*\n", poll, config.read_text(encoding="utf-8")), encoding="utf-8")
            with Daemon(args.waitgraph, config, Path(work) / "waitgraph.db", Path(work) / "log") as d:
                if args.kind != "troubled" and not d.wait(d.fresh, timeout=240)[1]:
                    raise RuntimeError(f"not fresh: {d.tail()}")
                print(json.dumps({"base": d.address() + "/", "trackers": [t.jira, t.github]}), flush=True)
                for line in sys.stdin:
                    t.faults(**({"jira": json.loads(line)} if line.strip() else {}))


if __name__ == "__main__":
    main()
