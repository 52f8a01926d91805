"""waitgraph under a real Prometheus and Alertmanager: what is scraped, what fires, what dashboards show, and what an outage silences."""

import argparse
import datetime
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import daemon
import tracker

ROOT = Path(__file__).resolve().parent.parent

# What only the daemon that reads simulated trackers has, for only they have credentials that end.
ONLY_REAL = {"waitgraph-itself: Credentials end in"}

CSV_CONFIG = """
poll: {interval: 1s, frontier: 5s, census: 1h, stale_after: 4s}
trackers:
  - {name: sheet, type: exec, command: [python3, PLUGIN], projects: [OPS, LEGAL], options: {file: FILE}}
teams:
  - name: ops
    owns: [{project: OPS}]
    members: [{name: Ines, jira: ines}, {name: Tomas, jira: tomas}]
    capacity: {items_per_week: 3}
  - {name: legal, owns: [{project: LEGAL}]}
skills: [{skill: fibre, match: [{label: migration}]}]
escalation: [{level: leads, after: 1s}]
metrics: {per_person: true}
"""

# A piece of work of its own, which is completed while the check runs.
ACCEPTANCE = "90,OPS-90,OPS,Accept the racks,Task,{},,High,ines,,1,,2026-11-20T09:00:00Z,,,,,\n"


def get(url, timeout=10):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


def until(what, test, timeout):
    """Waits until test gives something; an error of it means not yet."""
    end, last = time.monotonic() + timeout, None
    while time.monotonic() < end:
        try:
            if found := test():
                return found
        except (OSError, KeyError, urllib.error.HTTPError) as e:
            last = e
        time.sleep(0.2)
    raise RuntimeError(f"{what}: not within {timeout} s ({last})")


class Webhook:
    """Keeps what Alertmanager sends."""

    def __init__(self):
        self.alerts = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.alerts += body["alerts"]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def received(self, name, **labels):
        return [a for a in self.alerts if a["labels"]["alertname"] == name and all(a["labels"].get(k) == v for k, v in labels.items())]


class Checks:
    def __init__(self, args, work):
        self.binary, self.work, self.processes, self.passed, self.failed = args.waitgraph, work, [], 0, 0
        self.daemons = {}  # by name: the process and its command line
        self.trackersim, self.began = args.trackersim, time.monotonic()

    def check(self, name, problems):
        problems = list(problems)
        print(f"{'ok    ' if not problems else 'FAILED'} {name}")
        for p in problems[:20]:
            print(f"       {p}")
        self.passed, self.failed = self.passed + (not problems), self.failed + bool(problems)

    def start(self, name, *command):
        log = open(self.work / f"{name}.log", "wb")
        p = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.work)
        self.processes.append(p)
        return p

    def stop(self):
        for p in reversed(self.processes):
            p.terminate()
        for p in self.processes:
            try:
                p.wait(timeout=20)
            except subprocess.TimeoutExpired:
                p.kill()

    def waitgraph(self, name, *args):
        port = tracker.free_port()
        address = f"127.0.0.1:{port}"
        command = [self.binary, *args, f"--web.listen-address={address}", f"--web.external-url=http://{address}"]
        self.daemons[name] = self.start(name, *command), command
        return address

    def restart(self, name):
        """Ends a daemon politely and starts it again; its exit code."""
        process, command = self.daemons[name]
        process.terminate()
        code = process.wait(timeout=30)
        self.daemons[name] = self.start(f"{name}-again", *command), command
        return code

    def query(self, expr, path="query", **params):
        params = urllib.parse.urlencode({"query": expr, **params})
        try:
            answer = json.loads(get(f"{self.prometheus}/api/v1/{path}?{params}"))
        except urllib.error.HTTPError as e:
            return [], [e.read().decode()]
        return answer["data"]["result"], answer.get("warnings", []) + answer.get("infos", [])

    def firing(self, job, areas):
        result, _ = self.query(f'ALERTS{{alertstate="firing", job="{job}", area=~"{areas}"}}')
        return {r["metric"]["alertname"] for r in result}


def set_up(c):
    plugin = c.work / "plugin"
    shutil.copytree(ROOT / "examples" / "plugins" / "csv", plugin)
    c.sheet = plugin / "work.csv"
    c.rows = c.sheet.read_text()
    c.sheet.write_text(c.rows + ACCEPTANCE.format("doing"))
    config = c.work / "sheet.yml"
    config.write_text(CSV_CONFIG.replace("PLUGIN", str(plugin / "waitgraph_csv.py")).replace("FILE", str(c.sheet)))
    c.jobs = {
        "waitgraph-demo": c.waitgraph("demo", "demo", "--pace=200ms"),
        "waitgraph-sheet": c.waitgraph("sheet", "run", f"--config.file={config}", f"--storage=sqlite://{c.work}/sheet.db"),
    }
    if c.trackersim:
        c.trackers = tracker.Trackers(tracker.prepare(c.trackersim, c.work), "cloud", "2014-06-01T00:00:00Z")
        real = daemon.configure(ROOT / "examples" / "appcelerator.yml", c.work / "real", c.trackers.jira, c.trackers.github)
        end = datetime.date.today() + datetime.timedelta(days=90)
        real.write_text(real.read_text().replace("token_file: jira.token}", f"token_file: jira.token, expires: {end}}}"))
        c.jobs["waitgraph-real"] = c.waitgraph("real", "run", f"--config.file={real}", f"--storage=sqlite://{c.work}/real.db")
    rules = c.work / "rules"
    rules.mkdir()
    for f in (ROOT / "deploy" / "rules").glob("*.yml"):
        # A check has no days: what would fire later fires now.
        (rules / f.name).write_text(re.sub(r"^(\s+for:) .*", r"\1 0s", f.read_text(), flags=re.M))
    c.hook = Webhook()
    manager, prometheus = tracker.free_port(), tracker.free_port()
    (c.work / "alertmanager.yml").write_text(
        "route: {receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
        f"receivers: [{{name: hook, webhook_configs: [{{url: '{c.hook.url}', send_resolved: true}}]}}]\n")
    (c.work / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"rule_files: ['{rules}/*.yml']\n"
        f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{manager}']}}]}}]}}\n"
        "scrape_configs:\n" + "".join(f"  - {{job_name: {job}, static_configs: [{{targets: ['{at}']}}]}}\n" for job, at in c.jobs.items()))
    c.start("alertmanager", "prometheus-alertmanager", "--config.file=alertmanager.yml", f"--storage.path={c.work}/am",
            f"--web.listen-address=127.0.0.1:{manager}", "--cluster.listen-address=")
    c.start("prometheus", "prometheus", "--config.file=prometheus.yml", f"--storage.tsdb.path={c.work}/tsdb",
            f"--web.listen-address=127.0.0.1:{prometheus}")
    c.prometheus = f"http://127.0.0.1:{prometheus}"
    until("prometheus", lambda: get(c.prometheus + "/-/ready"), 30)


def check_scrapes(c):
    for job in c.jobs:
        until(f"{job} fresh", lambda: c.query(f'waitgraph:fresh{{job="{job}"}}')[0], 60)
    result, warnings = c.query("up == 1")
    c.check(f"{len(c.jobs)} daemons are scraped and fresh", warnings + [j for j in c.jobs if j not in {r["metric"]["job"] for r in result}])
    durations, _ = c.query("scrape_duration_seconds")
    samples = {r["metric"]["job"]: r["value"][1] for r in c.query("scrape_samples_scraped")[0]}
    for r in durations:
        print(f"       {r['metric']['job']}: {samples[r['metric']['job']]} samples in {float(r['value'][1]) * 1000:.0f} ms")


def check_rules(c):
    groups = until("rules", lambda: [g for g in json.loads(get(c.prometheus + "/api/v1/rules"))["data"]["groups"]
                                     if all(r["health"] != "unknown" for r in g["rules"])], 20)
    rules = [r for g in groups for r in g["rules"]]
    c.check(f"{len(rules)} rules evaluate", [f"{r['name']}: {r.get('lastError')}" for r in rules if r["health"] != "ok"])


def ask(c, expr):
    """What a query gives now, or gave at any time since the check began: a dashboard shows a time."""
    result, warnings = c.query(expr)
    if not result:
        now = time.time()
        result, more = c.query(expr, "query_range", start=now - (time.monotonic() - c.began), end=now, step="5s")
        warnings = warnings + more
    return result, warnings


def check_dashboards(c):
    """Every query has data, of whichever daemon has such a thing."""
    problems, asked, used = [], 0, dict.fromkeys(c.jobs, 0)
    programs = c.query("waitgraph_program_items")[0]
    fill = {"$__rate_interval": "15s", "$team": ".*", "$program": programs[0]["metric"]["program"] if programs else "none"}
    for file in sorted((ROOT / "deploy" / "dashboards" / "json").glob("*.json")):
        board = json.loads(file.read_text())
        for panel in board["panels"]:
            for target in panel["targets"]:
                if "expr" not in target:
                    continue
                expr, asked = target["expr"], asked + 1
                for name, value in fill.items():
                    expr = expr.replace(name, value)
                where, found = f"{board['uid']}: {panel['title']}", False
                for job in c.jobs:
                    result, warnings = ask(c, expr.replace("$job", job))
                    problems += [f"{where} of {job}: {w}" for w in warnings]
                    if result:
                        used[job], found = used[job] + 1, True
                        break
                if not found and (c.trackersim or where not in ONLY_REAL):
                    problems.append(f"{where} is empty: {expr}")
        for v in board["templating"]["list"]:
            if v["type"] == "query":
                m = re.fullmatch(r"label_values\((.+), (\w+)\)", v["query"]["query"])
                result, _ = c.query(m[1].replace("$job", "waitgraph-demo"))
                if not any(r["metric"].get(m[2]) for r in result):
                    problems.append(f"{board['uid']}: variable {v['name']} has no values")
        for a in board["annotations"]["list"]:
            _, warnings = c.query(a["expr"].replace("$job", "waitgraph-demo"))
            problems += [f"{board['uid']}: annotation {a['name']}: {w}" for w in warnings]
    c.check(f"{asked} queries of dashboards have data and no warnings" + ("" if c.trackersim else f", {len(ONLY_REAL)} not run"), problems)
    print("       " + ", ".join(f"{n} of {job}" for job, n in used.items()))


def check_real(c):
    """The daemon that reads the archived issues says as much about them as its own API does."""
    if "waitgraph-real" not in c.jobs:
        return
    problems = []
    blocked = json.loads(get(f"http://{c.jobs['waitgraph-real']}/api/v1/blocked?limit=1000"))["blocked"]
    result, _ = c.query('sum(waitgraph_blocked_items{job="waitgraph-real"})')
    series = float(result[0]["value"][1]) if result else -1
    items, _ = c.query('sum(waitgraph_items{job="waitgraph-real"})')
    if series != len(blocked) or not blocked:
        problems.append(f"{series:.0f} blocked items in the metrics, {len(blocked)} in the API")
    c.check(f"the real data: {float(items[0]['value'][1]) if items else 0:.0f} items, {series:.0f} of them blocked, as the API says", problems)


def check_infinity(c):
    """What the Infinity panels ask is answered in the form they read."""
    problems, asked = [], 0
    for file in sorted((ROOT / "deploy" / "dashboards" / "json").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                if "url" not in target:
                    continue
                asked += 1
                params = {p["key"]: re.sub(r"\$\{\w+\}", "", p["value"]) for p in target["url_options"]["params"]}
                try:
                    rows = json.loads(get(f"http://{c.jobs['waitgraph-demo']}{target['url']}?{urllib.parse.urlencode(params)}"))[target["root_selector"]]
                except (OSError, KeyError) as e:
                    problems.append(f"{panel['title']}: {target['url']}: {e}")
                    continue
                if not rows:
                    problems.append(f"{panel['title']}: no rows")
                for row in rows[:1]:
                    problems += [f"{panel['title']}: no {col['selector']} in a row" for col in target["columns"] if col["selector"] not in row]
    c.check(f"{asked} questions of Infinity panels are answered", problems)


def check_webhook(c):
    labels = {"job": "waitgraph-sheet", "team": "ops", "on_team": "legal", "level": "leads", "severity": "warning", "area": "escalation"}
    until("an escalation at the webhook", lambda: c.hook.received("WaitgraphEscalation", **labels), 40)
    c.check("an escalation reaches the webhook with team, on_team and level", [])
    time.sleep(2)
    problems, links = [], set()
    for a in c.hook.alerts:
        notes, name = a["annotations"], a["labels"]["alertname"]
        if any("error executing template" in v or "<no value>" in v for v in notes.values()):
            problems.append(f"{name}: {notes}")
        if not (ROOT / "docs" / "runbooks" / notes["runbook_url"].rsplit("/", 1)[1]).exists():
            problems.append(f"{name}: no page {notes['runbook_url']}")
        if link := notes.get("link"):
            links.add(link)
    for link in sorted(links):
        try:
            get(link)
        except OSError as e:
            problems.append(f"{link}: {e}")
    names = sorted({a["labels"]["alertname"] for a in c.hook.alerts})
    c.check(f"{len(names)} alerts at the webhook have texts, runbooks and {len(links)} links that open", problems)
    print(f"       {', '.join(names)}")


def check_outage(c):
    work = "waiting|blocked|cycles|conflicts|escalation|bottleneck|gaps|hygiene"
    before = c.firing("waitgraph-sheet", work)
    away = c.sheet.with_suffix(".away")
    c.sheet.rename(away)
    began = time.monotonic()
    until("the alert of a stale tracker", lambda: c.hook.received("WaitgraphTrackerStale", tracker="sheet", status="firing") or "WaitgraphTrackerStale" in c.firing("waitgraph-sheet", "tracker"), 40)
    blind = until("silence", lambda: not c.firing("waitgraph-sheet", work), 15)
    until("its message", lambda: c.hook.received("WaitgraphTrackerStale", tracker="sheet"), 20)
    seconds = time.monotonic() - began
    time.sleep(3)
    series, _ = c.query('{__name__=~"waitgraph_(blocked|waiting|escalations|conflicts).*", job="waitgraph-sheet"}')
    left = sorted({r["metric"]["__name__"] for r in series})
    c.check(f"an outage ends {len(before)} alerts about work and starts WaitgraphTrackerStale ({seconds:.0f} s)",
            ([] if before else ["no alert about work fired before"]) + ([] if blind else ["not silent"]) + [f"{n} is still there" for n in left] + sorted(c.firing("waitgraph-sheet", work)))
    away.rename(c.sheet)
    until("the end of the outage", lambda: c.firing("waitgraph-sheet", work) >= before and "WaitgraphTrackerStale" not in c.firing("waitgraph-sheet", "tracker"), 40)
    c.check("alerts come back when the tracker does", [])
    c.sheet.write_text(c.rows + ACCEPTANCE.format("done"))
    until("a completed item", lambda: c.query('rate(waitgraph_completed_items_total{job="waitgraph-sheet", team="ops"}[1m]) > 0')[0], 20)
    demo = c.firing("waitgraph-demo", "tracker")
    c.check("no alert about the trackers of the demo meanwhile", sorted(demo & {"WaitgraphTrackerStale", "WaitgraphCredentialsRejected"}))


def check_restart(c):
    """Counters go on where they were."""
    counters = '{__name__=~"waitgraph_.*_(items|seconds)_total", job="waitgraph-sheet", team="ops"}'
    before = {r["metric"]["__name__"]: float(r["value"][1]) for r in c.query(counters)[0]}
    code = c.restart("sheet")
    until("the daemon again", lambda: f"waitgraph_tracker_fresh{{tracker=\"sheet\"}} 1" in get(f"http://{c.jobs['waitgraph-sheet']}/metrics"), 30)
    time.sleep(3)
    after = {r["metric"]["__name__"]: float(r["value"][1]) for r in c.query(counters)[0]}
    resets = sum(float(r["value"][1]) for r in c.query(f"resets({counters}[5m])")[0])
    problems = [f"{name} fell from {v:.0f} to {after.get(name, 0):.0f}" for name, v in before.items() if after.get(name, 0) < v]
    problems += [f"exit code {code}"] if code else []
    problems += [f"{resets:.0f} resets"] if resets else []
    problems += [] if any(before.values()) and before.get("waitgraph_completed_items_total") else [f"nothing was counted before: {before}"]
    c.check(f"{len(before)} counters of a team go on over a restart", problems)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--waitgraph", required=True, type=lambda f: str(Path(f).resolve()), help="the built binary")
    p.add_argument("--trackersim", default=os.environ.get("WAITGRAPH_TRACKERSIM"), help="the tracker simulator's folder; without it the real data are left out")
    args = p.parse_args()
    work = Path(tempfile.mkdtemp(prefix="waitgraph-prometheus-"))
    c = Checks(args, work)
    try:
        set_up(c)
        for check in (check_scrapes, check_rules, check_real, check_webhook, check_infinity, check_outage, check_dashboards, check_restart):
            try:
                check(c)
            except RuntimeError as e:
                c.check(check.__name__, [str(e)])
    finally:
        c.stop()
        if hasattr(c, "trackers"):
            c.trackers.stop()
        if c.failed:
            for log in work.glob("*.log"):
                print(f"--- {log.name}: " + log.read_text(errors="replace")[-1500:])
        shutil.rmtree(work, ignore_errors=True)
    print(f"{c.passed} passed, {c.failed} failed in {time.monotonic() - c.began:.0f} s" + ("" if c.trackersim else "; NOT RUN: the real data, for there is no tracker simulator"))
    sys.exit(1 if c.failed or not c.passed else 0)


if __name__ == "__main__":
    main()
