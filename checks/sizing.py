"""How much waitgraph takes of a machine, by number of items, and how long a reload lasts: the table of docs/sizing.md.

The items come from a CSV file by the plugin of examples/, so that a tracker's speed is in no figure but the first sync's, where the plugin has its share.
With a tracker simulator the requests of a first read are counted too."""

import argparse
import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import daemon
import tracker

ROOT = Path(__file__).resolve().parent.parent
EVERY = 0.05  # seconds between two scrapes


def write_items(path, count, teams):
    """A project per team; four of ten items are open, a third of those wait for one or two others, half of them of one of four other teams."""
    rng = random.Random(count)
    states = ["done"] * 11 + ["dropped"] + ["todo"] * 5 + ["doing"] * 3
    with open(path, "w", newline="") as f:
        out = csv.writer(f)
        out.writerow("id key project title type state status priority assignees labels points due updated closed blocked_by".split())
        for i in range(count):
            team, number = i % teams, i // teams + 1
            state, waits = rng.choice(states), []
            if state in ("todo", "doing") and rng.random() < 1 / 3:
                for _ in range(rng.randint(1, 2)):
                    on = team if rng.random() < 0.5 else (team + rng.choice([1, 2, 5, 11])) % teams
                    waits.append(f"T{on}-{rng.randint(1, count // teams)}")
            closed = f"2026-{rng.randint(1, 9):02}-{rng.randint(1, 28):02}T12:00:00Z" if state in ("done", "dropped") else ""
            out.writerow([
                i + 1, f"T{team}-{number}", f"T{team}", f"Work {number} of team {team}", rng.choice(["Story", "Task", "Bug"]), state, state,
                rng.choice(["High", "Medium", "Low", ""]), f"person{team}.{rng.randint(1, 8)}" if rng.random() < 0.7 else "", "",
                rng.choice([1, 2, 3, 5, 8, ""]), f"2027-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}" if rng.random() < 0.4 else "",
                f"2026-10-{rng.randint(1, 28):02}T09:00:00Z", closed, ";".join(waits)])


def write_config(path, sheet, teams, first_team="team0"):
    names = [first_team] + [f"team{n}" for n in range(1, teams)]
    path.write_text(
        "poll: {interval: 1h, frontier: 1h, census: 1h, stale_after: 2h}\n"
        "trackers:\n"
        f"  - {{name: sheet, type: exec, command: [{sys.executable}, {ROOT}/examples/plugins/csv/waitgraph_csv.py], options: {{file: {sheet}, batch: 1000}}, timeout: 5m}}\n"
        "metrics: {max_series: 1000000}\n"
        "escalation: [{level: leads, after: 3d}, {level: managers, after: 7d, priority: high}]\n"
        "teams:\n" + "".join(
            f"  - {{name: {name}, lead: lead {n}, channel: '#{name}', owns: [{{project: T{n}}}, {{label: 'team/{name}'}}], "
            f"members: [{', '.join(f'{{name: p{n}.{m}, github: person{n}.{m}}}' for m in range(1, 9))}], capacity: {{points_per_week: 20, wip_per_person: 2}}}}\n"
            for n, name in enumerate(names)))


def scrape(base):
    request = urllib.request.Request(base + "/metrics", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def text(base):
    with urllib.request.urlopen(base + "/metrics", timeout=60) as answer:
        return answer.read().decode()


def memory(pid, field):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {field}")


def cpu(pid):
    """Seconds of CPU the process has used: on a busy machine they tell more than the clock."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Daemon:
    def __init__(self, binary, work, config):
        self.base = f"http://127.0.0.1:{tracker.free_port()}"
        self.log = work / "log"
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [binary, "run", f"--config.file={config}", f"--storage=sqlite://{work}/waitgraph.db", "--web.enable-lifecycle", "--web.enable-pprof",
             f"--web.listen-address={self.base.removeprefix('http://')}"],
            stdout=open(self.log, "wb"), stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def until(self, what, found, timeout=600):
        while time.monotonic() - self.began < timeout:
            if self.process.poll() is not None:
                raise RuntimeError(f"the daemon ended: {self.log.read_text()[-1000:]}")
            try:
                if found():
                    return time.monotonic() - self.began
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(EVERY)
        raise RuntimeError(f"{what}: not within {timeout} s")

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=60) != 0:
            raise RuntimeError(f"the daemon ended badly: {self.log.read_text()[-1000:]}")


class Scraper(threading.Thread):
    """Scrapes all the time; knows how each scrape went, and when it first saw a word."""

    def __init__(self, base, word):
        super().__init__(daemon=True)
        self.base, self.word, self.seen, self.took, self.gaps, self.ending = base, word, None, [], 0, threading.Event()

    def run(self):
        while not self.ending.wait(EVERY):
            began = time.monotonic()
            body = text(self.base)
            self.took.append(time.monotonic() - began)
            self.gaps += "\nwaitgraph_blocked_items{" not in body
            if self.seen is None and self.word in body:
                self.seen = time.monotonic()


def reload(d, config, sheet, teams, new_name):
    """Renames a team: (seconds until the reload was answered, and until a scrape shows it; the scraper; the CPU it took, scrapes included)."""
    write_config(config, sheet, teams, new_name)
    s = Scraper(d.base, f'team="{new_name}"')
    s.start()
    time.sleep(1)
    began, used = time.monotonic(), cpu(d.process.pid)
    urllib.request.urlopen(urllib.request.Request(d.base + "/-/reload", method="POST"), timeout=60).close()
    answered, used = time.monotonic() - began, cpu(d.process.pid) - used
    while s.seen is None and time.monotonic() - began < 60:
        time.sleep(EVERY)
    time.sleep(1)
    s.ending.set()
    s.join()
    if s.seen is None:
        raise RuntimeError("the reload is not to be seen")
    return answered, s.seen - began, s, used


def measure(binary, count, teams, profile):
    work = Path(tempfile.mkdtemp(prefix="waitgraph-sizing-"))
    sheet, config = work / "work.csv", work / "waitgraph.yml"
    write_items(sheet, count, teams)
    write_config(config, sheet, teams)
    d = Daemon(binary, work, config)
    try:
        first = d.until("the first sync", lambda: total(text(d.base), "waitgraph_tracker_fresh", "sheet"))
        if (read := total(text(d.base), "waitgraph_tracker_items", "sheet")) != count:
            raise RuntimeError(f"{read:.0f} items read of {count}")
        time.sleep(6)  # the last of the graphs a first sync makes
        peak, settled = memory(d.process.pid, "VmHWM"), memory(d.process.pid, "VmRSS")
        body = text(d.base)
        series = sum(line.startswith("waitgraph_") for line in body.splitlines())
        blocked = sum(float(line.rsplit(" ", 1)[1]) for line in body.splitlines() if line.startswith("waitgraph_blocked_items{"))
        began = time.monotonic()
        for _ in range(20):
            scrape(d.base)
        scraped = (time.monotonic() - began) / 20
        stored = sum(f.stat().st_size for f in work.glob("waitgraph.db*")) / 1e6
        if profile:
            profiling = threading.Thread(target=lambda: Path(profile).write_bytes(urllib.request.urlopen(d.base + "/debug/pprof/profile?seconds=15", timeout=60).read()))
            profiling.start()
            time.sleep(0.5)
        runs = [reload(d, config, sheet, teams, f"renamed{n}") for n in range(3)]
        if profile:
            profiling.join()
        answered, visible = max(r[0] for r in runs), max(r[1] for r in runs)
        took = sorted(t for r in runs for t in r[2].took)
        gaps = sum(r[2].gaps for r in runs)
        return {
            "items": f"{count:,}", "teams": teams, "blocked": f"{blocked:,.0f}", "first sync": f"{first:.1f} s", "memory": f"{settled:.0f} MB", "peak": f"{peak:.0f} MB",
            "series": f"{series:,}", "storage": f"{stored:.0f} MB", "scrape": f"{scraped * 1000:.0f} ms", "reload": f"{answered:.2f} s", "its CPU": f"{max(r[3] for r in runs):.2f} s",
            "reload visible": f"{visible:.2f} s", "slowest scrape": f"{took[-1] * 1000:.0f} ms", "scrapes": len(took), "without blocked_items": gaps,
        }
    finally:
        if d.process.poll() is None:
            d.stop()
        shutil.rmtree(work, ignore_errors=True)


def total(body, name, tracker_name):
    return sum(float(line.rsplit(" ", 1)[1]) for line in body.splitlines() if line.startswith(name + "{") and f'tracker="{tracker_name}"' in line)


def measure_requests(binary, simulator):
    """What the first read of the archived issues takes of each tracker, and what a minute of polling does."""
    work, rows = Path(tempfile.mkdtemp(prefix="waitgraph-sizing-")), []
    trackers = tracker.Trackers(tracker.prepare(simulator, work), "cloud", "2026-06-01T00:00:00Z")
    try:
        config = daemon.configure(ROOT / "examples" / "appcelerator.yml", work / "real", trackers.jira, trackers.github, remote_links=None)
        config.write_text(config.read_text().replace(daemon.POLL, "poll: {interval: 10s, frontier: 1m, census: 1h, stale_after: 10m}\n"))
        d = Daemon(binary, work, config)
        try:
            d.until("the first sync", lambda: all(total(body, "waitgraph_tracker_fresh", name) for body in [text(d.base)] for name in ("jira", "github")))
            before = text(d.base)
            time.sleep(60)
            after = text(d.base)
            for name in ("jira", "github"):
                items, sent = total(before, "waitgraph_tracker_items", name), total(before, "waitgraph_tracker_requests_total", name)
                more = total(after, "waitgraph_tracker_requests_total", name) - sent
                rows.append({"tracker": name, "items": f"{items:,.0f}", "first read": f"{sent:.0f} requests", "per 10,000 items": f"{sent / items * 10000:.0f}",
                             "bytes per item": f"{total(before, 'waitgraph_tracker_response_bytes_total', name) / items:.0f}", "in the minute after": f"{more:.0f}"})
        finally:
            d.stop()
    finally:
        trackers.stop()
        shutil.rmtree(work, ignore_errors=True)
    return rows


def table(rows):
    print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(map(str, row.values())) + " |")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--waitgraph", required=True, type=lambda f: str(Path(f).resolve()), help="the built binary")
    p.add_argument("--sizes", default="1000:10,10000:50,100000:500", help="items:teams, by comma")
    p.add_argument("--profile", help="write a CPU profile of the last size's reloads to this file")
    p.add_argument("--trackersim", default=os.environ.get("WAITGRAPH_TRACKERSIM"), help="the tracker simulator's folder; without it no requests are counted")
    args = p.parse_args()
    rows, sizes = [], [tuple(map(int, s.split(":"))) for s in args.sizes.split(",")]
    for n, (count, teams) in enumerate(sizes):
        rows.append(measure(args.waitgraph, count, teams, args.profile if n == len(sizes) - 1 else None))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    table(rows)
    if args.trackersim:
        table(measure_requests(args.waitgraph, args.trackersim))
    else:
        print("NOT RUN: requests, for there is no tracker simulator")
    bad = [r for r in rows if r["without blocked_items"]]
    print(f"{'FAILED' if bad else 'ok'}: a reload leaves no scrape without the blocked items")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
