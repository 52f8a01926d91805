#!/usr/bin/env python3
"""Checks a built waitgraph against simulated trackers that serve archived issues.

    simulator.py --waitgraph BINARY --trackersim FOLDER [--work DIR] [--seed N] [--only PATTERN]

Every check prints `ok NAME: figures` or `FAIL NAME: figures`; the last line counts
them. Exit code 1 if any failed. FOLDER (or $WAITGRAPH_TRACKERSIM) is copied, together
with ../specs and ../realdata beside it, to the work directory before use.
"""

import argparse
import math
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import acme
import acme_github
import bad_input
import compare
import cycle
import tracker
import truth
from daemon import Daemon, configure, names, once

ROOT = Path(__file__).resolve().parent.parent
MOMENTS = ("2014-06-01T00:00:00Z", "2014-07-01T00:00:00Z", "2015-01-01T00:00:00Z", "2026-06-01T00:00:00Z")
SEARCHES = {"cloud": re.compile(r"/search/jql"), "dc": re.compile(r"/search(\?|$)")}


class Checks:
    """Runs and counts checks; holds what they share."""

    def __init__(self, args, work):
        self.binary, self.work, self.seed = str(Path(args.waitgraph).resolve()), work, args.seed
        self.example = Path(args.config)
        self.pattern = re.compile(args.only)
        self.passed = self.failed = 0
        self.folder = tracker.prepare(args.trackersim, work)
        self.realdata = str(self.folder.parent / "realdata")
        self.truths = {}
        self.full = {}  # (mode, moment) -> journal of one complete sync
        self.ports = 0

    def wanted(self, name):
        return self.pattern.search(name)

    def result(self, name, good, figures=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok' if good else 'FAIL'} {name}: {figures}", flush=True)
        return good

    def differ(self, name, found, figures=""):
        """A check that passes when nothing differs; the first differences are printed."""
        for line in found[:12]:
            print(f"     {line}", flush=True)
        return self.result(name, not found, f"{len(found)} differences{', ' + figures if figures else ''}")

    def truth(self, moment):
        if moment not in self.truths:
            self.truths[moment] = truth.truth(self.realdata, moment)
        return self.truths[moment]

    def folder_for(self, name):
        folder = self.work / re.sub(r"\W+", "-", name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def config(self, folder, trackers, **changes):
        return configure(self.example, folder, changes.pop("jira", trackers.jira), changes.pop("github", trackers.github), **changes)

    def no_violations(self, name, journal):
        found = violations_brief(tracker.violations(journal))
        self.differ(f"{name} violations", found, f"{sum(t['requests'] for t in journal.values())} requests")

    def guarded(self, name, run, *args):
        """One group of checks; an exception fails it and the next group goes on."""
        if not self.wanted(name):
            return
        started = time.monotonic()
        try:
            run(*args)
        except Exception as e:  # the report must go on whatever breaks
            traceback.print_exc()
            self.result(name, False, f"{type(e).__name__}: {e}")
        print(f"-- {name}: {time.monotonic() - started:.0f} s", flush=True)


def violations_brief(found):
    seen = {}
    for v in found:
        key = re.sub(r"\d+", "N", v.split(" (")[0])
        seen.setdefault(key, v)
    return [f"{v}" for v in seen.values()]


def figures(journal):
    return ", ".join(f"{name} {t['requests']} requests {t['bytes'] / 1e6:.2f} MB" for name, t in journal.items())


# --- the checks ---------------------------------------------------------------


def check_once(c):
    """One complete sync names what the archive implies, the same from both products."""
    reports = {}
    for mode in ("cloud", "dc"):
        folder = c.folder_for(f"once-{mode}")
        with tracker.Trackers(c.folder, mode, MOMENTS[0]) as t:
            config = c.config(folder, t)
            report, seconds = once(c.binary, config, folder / "waitgraph.db")
            journal = t.journal(log=True)
        c.full[mode, MOMENTS[0]] = journal
        reports[mode] = compare.facts(report, compare.Names(names(config)))
        want = compare.facts(c.truth(MOMENTS[0]))
        counts = ", ".join(f"{len(want[s])} {s}" for s in compare.SECTIONS)
        c.differ(f"once {mode} against truth", compare.differences(want, reports[mode]), f"{counts}, {seconds:.1f} s, {figures(journal)}")
        c.no_violations(f"once {mode}", journal)
    c.differ("once cloud against dc", compare.differences(reports["cloud"], reports["dc"]))


def check_daemon(c, mode):
    """The running daemon follows the clock and asks only for what changed."""
    folder = c.folder_for(f"daemon-{mode}")
    with tracker.Trackers(c.folder, mode, MOMENTS[0]) as t, tracker.Trackers(c.folder, mode, MOMENTS[0]) as reference:
        config = c.config(folder, t)
        other = c.config(folder / "reference", reference)
        c.truth(MOMENTS[0])
        before = t.journal()
        with Daemon(c.binary, config, folder / "waitgraph.db", folder / "log") as d:
            for n, moment in enumerate(MOMENTS):
                want = compare.facts(c.truth(moment), both_sides=n == 0)
                forgiven = truth.unannounced(c.realdata, MOMENTS[: n + 1])
                if n:
                    before = t.journal()
                    t.move(moment)
                last = {}

                def arrived():
                    if d.fresh():
                        last["got"] = d.facts(both_sides=n == 0)
                    return "got" in last and not compare.differences(want, last["got"], forgiven)

                seconds, _ = d.wait(arrived, timeout=120)
                after = t.journal()
                reference.move(moment)
                reference.reset()
                full, _ = once(c.binary, other, folder / "reference" / f"{n}.db")
                fresh, whole = compare.facts(full, compare.Names(names(other)), both_sides=n == 0), reference.journal()
                spent = {name: tracker.cost(before, after, name) for name in after}
                told = f"{seconds:.1f} s, " + ", ".join(
                    f"{name} {r} requests {b / 1e6:.2f} MB (full sync {whole[name]['requests']} requests {whole[name]['bytes'] / 1e6:.2f} MB)"
                    for name, (r, b) in spent.items())
                label = f"daemon {mode} at {moment[:10]}"
                c.differ(f"{label} against truth", compare.differences(want, last["got"], forgiven), f"{told}, {len(forgiven)} not announced by the tracker")
                c.differ(f"{label} against a fresh full sync", compare.differences(fresh, last["got"], forgiven))
                if n:
                    c.result(f"{label} asks less than a full sync", spent["jira"][1] < whole["jira"]["bytes"], f"{spent['jira'][1] / whole['jira']['bytes']:.0%} of its bytes from Jira")
                if n == 0:
                    idle(c, d, t, mode)
            c.no_violations(f"daemon {mode}", t.journal())
            c.no_violations(f"full syncs {mode}", reference.journal())
            c.result(f"daemon {mode} ends", d.stop() == 0, f"exit code {d.process.returncode}")


def idle(c, d, t, mode):
    """Polls that find nothing new are cheap."""
    time.sleep(2)
    t.reset()
    passes, journal = d.cycles(seconds=12), t.journal()
    open_pulls = sum(i["state"] in truth.OPEN for i in c.truth(MOMENTS[0])["items"] if i["ref"].startswith("github:"))
    for kind, bound in (("jira", 2), ("github", 1 + math.ceil(open_pulls / 100))):
        requests = journal[kind]["requests"]
        good = passes[kind] >= 3 and requests <= bound * (passes[kind] + 1)  # one may be under way at each end
        c.result(f"idle {mode} {kind}", good, f"{requests} requests and {journal[kind]['bytes']} bytes in {passes[kind]} cycles, at most {bound} each")


def check_kill(c):
    """kill -9 in the first sync: the next start goes on where it was."""
    rng = random.Random(c.seed)
    for n in range(5):
        mode = ("cloud", "dc")[n % 2]
        name = f"kill {n + 1} {mode}"
        folder = c.folder_for(name)
        with tracker.Trackers(c.folder, mode, MOMENTS[0]) as t:
            config = c.config(folder, t)
            if (mode, MOMENTS[0]) not in c.full:
                once(c.binary, config, folder / "full.db")
                c.full[mode, MOMENTS[0]] = t.journal(log=True)
                t.reset()
            full = c.full[mode, MOMENTS[0]]
            total = sum(x["requests"] for x in full.values())
            moment = rng.randint(3, max(4, total - 3))
            slow = {"latencyMs": 40}
            t.faults(jira=slow, github=slow)
            d = Daemon(c.binary, config, folder / "waitgraph.db", folder / "log")
            while sum(x["requests"] for x in t.journal().values()) < moment and d.process.poll() is None:
                time.sleep(0.01)
            d.kill()
            t.faults()
            time.sleep(0.3)
            cut = t.journal(log=True)
            report, seconds = once(c.binary, config, folder / "waitgraph.db")
            journal = t.journal(log=True)
        got = compare.facts(report, compare.Names(names(config)))
        c.differ(f"{name} facts", compare.differences(compare.facts(c.truth(MOMENTS[0])), got), f"killed at request {sum(x['requests'] for x in cut.values())} of {total}, resumed in {seconds:.1f} s")
        again(c, name, mode, full, cut, journal)
        c.no_violations(name, journal)


def again(c, name, mode, full, cut, journal):
    """Bytes asked twice, per stream of pages: at most one page. Jira has a stream for each of the four requests that may be in flight."""
    for kind, route, streams in (("jira", SEARCHES[mode], 4), ("github", re.compile(r"/graphql|/pulls|/issues"), 1)):
        def pages(j):
            return [e["bytes"] for e in j[kind]["log"] if route.search(e["url"]) and e["status"] == 200]
        once_over, stopped, both = pages(full), pages(cut), pages(journal)
        page = max(once_over + both, default=0)
        twice = sum(both) - sum(once_over)
        slack = 0.02 * sum(once_over)
        c.result(f"{name} {kind} asks again", twice <= streams * page + slack,
                 f"{len(stopped)} pages before, {len(both) - len(stopped)} after, {len(once_over)} undisturbed; {twice / 1e3:.0f} kB twice, largest page {page / 1e3:.0f} kB")


def check_weather(c):
    """Errors, resets, cut and malformed answers, and calls for patience in the first sync: the same facts in the end."""
    weather = {
        "errors": {"errorRate": 0.15, "status": 503, "truncate": 0.05, "reset": 0.05, "malformed": 0.05, "times": 25},
        "patience": {"retryAfter": {"status": 429, "seconds": 2}, "times": 2},
    }
    for name, fault in weather.items():
        folder = c.folder_for(f"weather-{name}")
        with tracker.Trackers(c.folder, "cloud", MOMENTS[0]) as t:
            t.faults(jira=dict(fault), github=dict(fault))
            with Daemon(c.binary, c.config(folder, t), folder / "waitgraph.db", folder / "log") as d:
                seconds, found = d.settled(compare.facts(c.truth(MOMENTS[0])), timeout=240)
                journal = t.journal()
                c.differ(f"weather {name}", found, f"{seconds:.1f} s, {sum(x['faults'] for x in journal.values())} faults met, {figures(journal)}")
                c.no_violations(f"weather {name}", journal)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--waitgraph", required=True, help="the built binary")
    p.add_argument("--trackersim", default=os.environ.get("WAITGRAPH_TRACKERSIM"), help="the simulator's folder")
    p.add_argument("--config", default=ROOT / "examples" / "appcelerator.yml")
    p.add_argument("--work", help="where to work; kept if given")
    p.add_argument("--seed", type=int, default=20140601)
    p.add_argument("--only", default="", help="regular expression on the names of the groups: once daemon-cloud daemon-dc cycle-... kill weather acme-... bad-...")
    args = p.parse_args()
    if not args.trackersim:
        p.error("--trackersim or $WAITGRAPH_TRACKERSIM is needed")
    work = Path(args.work or tempfile.mkdtemp(prefix="waitgraph-checks-")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    try:
        c = Checks(args, work)
        c.guarded("once", check_once, c)
        c.guarded("daemon-cloud", check_daemon, c, "cloud")
        c.guarded("daemon-dc", check_daemon, c, "dc")
        for mode in cycle.MODES:
            c.guarded(f"cycle-{mode}", cycle.check, c, mode)
        c.guarded("kill", check_kill, c)
        c.guarded("weather", check_weather, c)
        for mode in ("cloud", "dc"):
            c.guarded(f"acme-{mode}", acme.check, c, mode)
        for mode in acme_github.MODES:
            c.guarded(f"acme-github-{mode}", acme_github.check, c, mode)
        for name, run in bad_input.CHECKS.items():
            c.guarded(name, run, c, MOMENTS)
    finally:
        if not args.work:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{c.passed} passed, {c.failed} failed")
    sys.exit(1 if c.failed or not c.passed else 0)


if __name__ == "__main__":
    main()
