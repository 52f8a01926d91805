#!/usr/bin/env python3
"""Random changes and faults in three trackers, under a running daemon.

    chaos.py --waitgraph BINARY --trackersim FOLDER [--operations N] [--rounds N] [--seed N] [--work DIR]

One Jira Cloud site, one Jira Data Center site and one GitHub change at random, and
fail at random, while the daemon polls them; now and then it is killed, stopped or
reloaded. After each round the faults end, and after one pass of each of its loops
the recorded facts must equal those of a fresh daemon that reads everything anew.

Compared is every record that exists, with its claims. Left out is what two daemons
cannot have in common:
- when waitgraph saw something: first_seen, confirmed, opened, gone_at, ended claims,
  as_of times, cursors and answers of a site;
- former keys and dates of links that only the elder lived to see;
- stubs that no standing claim names;
- what histories tell of closed items and of links nobody waits for: they are not asked;
- what no tracker announces and no loop reads again: links to what was deleted, keys in
  links to what was moved, relations and board fields of closed GitHub items.

Throughout: nothing is called gone that was not deleted or transferred, the referee
finds no violation, no more requests are in flight than configured, and no token is
in any answer, metric, log or file. The operations and faults, and the dice of the
simulator, depend on the seed alone; when the daemon polls in between does not.
"""

import argparse
import base64
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import havoc
import tracker
from daemon import Daemon

TOKENS = {"jira": "chaos-cloud-token-8f2k", "ops": "chaos-centre-token-3m9q", "github": "chaos-hub-token-7x1c"}
EMAIL = "chaos@example.com"
# The token of basic authentication is on the wire in this form.
SECRETS = [*TOKENS.values(), base64.b64encode(f"{EMAIL}:{TOKENS['jira']}".encode()).decode()]
IN_FLIGHT = 4  # of each tracker, as connectors have it by default
PATHS = (
    "/metrics", "/api/v1/status", "/api/v1/items?limit=1000", "/api/v1/blocked", "/api/v1/dependencies?limit=1000", "/api/v1/dangling", "/api/v1/matrix",
    "/api/v1/blockers", "/api/v1/cycles", "/api/v1/conflicts", "/api/v1/hygiene", "/api/v1/gaps", "/", "/status",
)
# A request that was sent before the answer that asks for patience arrived.
UNDER_WAY = 0.3

CONFIG = """\
poll: {{interval: 1s, frontier: 1s, census: {census}, stale_after: 2m}}
trackers:
  - {{name: jira, type: jira, url: "{jira}", auth: {{email: {email}, token_file: jira.token}}, projects: [PAY, PLAT, SEC]}}
  - {{name: ops, type: jira, url: "{ops}", auth: {{bearer_token_file: ops.token}}, projects: [OPS, NET]}}
  - name: github
    type: github
    url: "{github}"
    auth: {{token_file: github.token}}
    repositories: [acme/ledger, acme/app, acme/warehouse]
    projects: [{{org: acme, number: 1, fields: {{points: Points, status: Status, sprint: Sprint, due: Target}}}}]
teams:
  - {{name: payments, owns: [{{tracker: jira, project: PAY}}]}}
  - {{name: mobile, owns: [{{repository: acme/app}}]}}
"""


class Simulator(tracker.Trackers):
    """The three trackers; their dice are thrown by the seed."""

    def __init__(self, folder, scenario, github, seed):
        dice = "let s=%d;Math.random=()=>{s=s+0x6D2B79F5|0;let t=Math.imul(s^s>>>15,1|s);t=t+Math.imul(t^t>>>7,61|t)^t;return((t^t>>>14)>>>0)/4294967296}" % (seed % 2**31)
        command = [
            "node", "--import", f"data:text/javascript,{urllib.request.quote(dice)}", "trackersim.mjs",
            "--jira", f"name=jira,kind=cloud,auth=basic:{EMAIL}:{TOKENS['jira']}", "--jira", f"name=ops,kind=dc,auth=bearer:{TOKENS['ops']}",
            # Polls a second apart would use up an hour's budget, and the connector keeps a part of it.
            "--github", github, "--github-rate", "1000000", "--github-auth", f"bearer:{TOKENS['github']}", "--scenario", str(scenario), "--control-port", "0",
        ]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulated trackers did not start: exit code {self.process.wait()}")
        ready = json.loads(line)
        self.control = ready["control"]
        self.urls = {"jira": ready["jira"]["jira"]["url"], "ops": ready["jira"]["ops"]["url"], "github": ready["github"]["url"]}


class Witness(threading.Thread):
    """Asks the daemon for all it says, over and over, and keeps what it must never say."""

    def __init__(self, world, daemon):
        super().__init__(daemon=True)
        self.world, self.daemon_of = world, daemon
        self.ended = threading.Event()
        self.wrong, self.samples, self.bytes, self.answers = {}, 0, 0, {}

    def run(self):
        n = 0
        while not self.ended.wait(0.2):
            try:
                base = self.daemon_of().address()
                self.facts(json.loads(self.get(base, "/api/v1/facts")))
                self.get(base, PATHS[n % len(PATHS)])
                n += 1
            except (OSError, RuntimeError, ValueError, http.client.HTTPException):
                continue  # it is being restarted

    def get(self, base, path):
        try:
            with urllib.request.urlopen(base + path, timeout=30) as answer:
                body = answer.read()
        except urllib.error.HTTPError as e:
            body = e.read()
        self.secrets(path, body)
        self.bytes += len(body)
        self.answers[path] = self.answers.get(path, 0) + 1
        return body

    def secrets(self, where, body):
        for secret in SECRETS:
            if secret.encode() in body:
                self.wrong.setdefault(f"{where} holds a token", body[max(0, body.find(secret.encode()) - 80):][:160])

    def facts(self, facts):
        self.samples += 1
        for r in facts["records"]:
            item = r["item"]
            name, native = item["id"]["tracker"], item["id"]["native"]
            if r.get("gone") == "gone" and not self.world.was_gone(name, native, item["key"]):
                self.wrong.setdefault(f"{name}:{item['key']} ({native}) is called gone", r.get("gone_at"))

    def stop(self):
        self.ended.set()
        self.join(timeout=60)


# What GitHub does not announce and no loop reads of closed items: their place on
# a board, and who is related to them.
UNANNOUNCED_ORIGINS = {"dependency", "sub_issue", "closing_reference"}
UNANNOUNCED_FIELDS = ("due", "points", "sprint", "status", "signals")


def claim(c, open_):
    dated = open_ and c["kind"] == "blocks"
    without = ("first_seen", "ended") if dated else ("first_seen", "ended", "at", "author")
    said = {k: v for k, v in c.items() if k not in without}
    if said["target"].get("native"):
        said["target"] = {k: v for k, v in said["target"].items() if k != "key"}
    return json.dumps(said, sort_keys=True, ensure_ascii=False)


def bare(claim):
    """A claim without its date."""
    return json.dumps({k: v for k, v in json.loads(claim).items() if k not in ("at", "author")}, sort_keys=True, ensure_ascii=False)


def standing(record):
    return [c for c in record.get("claims") or [] if not c.get("ended")]


def comparable(facts):
    """{(tracker, native id): what a record says, without what only one observer can know}."""
    out, named = {}, set()
    records = [r for r in facts["records"] if r.get("gone") != "gone"]
    gone = {(r["item"]["id"]["tracker"], r["item"]["id"]["native"]) for r in facts["records"] if r.get("gone") == "gone"}
    for r in records:
        named |= {(c["target"].get("tracker"), c["target"].get("native")) for c in standing(r)}
    present = {(t["name"], name): p["key"] for t in facts["trackers"] for p in t["site"].get("projects") or [] for name in p.get("former") or []}
    for r in records:
        item = dict(r["item"])
        key = (item["id"]["tracker"], item["id"]["native"])
        if item.get("stub") and key not in named:
            continue
        aliases = []  # under the present name of their repository
        for alias in item.pop("aliases", None) or []:
            repo, mark, number = alias.partition("#")
            aliases.append(present.get((key[0], repo), repo) + mark + number)
        open_ = item["state"] in ("todo", "doing")
        for name in ("history_as_of",) if open_ else ("history_as_of", "history", "history_known", "attended"):
            item.pop(name, None)
        claims = [c for c in standing(r) if (c["target"].get("tracker"), c["target"].get("native")) not in gone]
        item["signals"] = [{k: v for k, v in s.items() if k != "first_seen" and (open_ or k != "at")} for s in item.get("signals") or []]
        if not open_ and key[0] == "github":
            claims = [c for c in claims if c["origin"] not in UNANNOUNCED_ORIGINS]
            for name in UNANNOUNCED_FIELDS:
                item.pop(name, None)
        out[key] = {"item": item, "claims": sorted(claim(c, open_) for c in claims), "gone": r.get("gone", ""), "aliases": aliases}
    return out


def differences(fresh, lived):
    out = []
    for key in sorted(fresh.keys() | lived.keys()):
        f, l = fresh.get(key), lived.get(key)
        if not f or not l:
            have = f or l
            out.append(f"{key[0]}:{have['item']['key']} is only {'in the fresh sync' if f else 'recorded by the daemon'}: {'stub, ' if have['item'].get('stub') else ''}{have['item']['state']} {have['gone']}")
            continue
        for field in sorted(f["item"].keys() | l["item"].keys()):
            if f["item"].get(field) != l["item"].get(field):
                out.append(f"{key[0]}:{f['item']['key']} ({l['item']['state']}) {field}: fresh {f['item'].get(field)!r}, daemon {l['item'].get(field)!r}")
        if f["gone"] != l["gone"]:
            out.append(f"{key[0]}:{f['item']['key']}: fresh {f['gone'] or 'there'}, daemon {l['gone'] or 'there'}")
        # The daemon may have known a date, or the former key under which a link was made, from before.
        claims = {bare(c) if bare(c) in f["claims"] else c for c in l["claims"]}
        out += [f"{key[0]}:{f['item']['key']} ({f['item']['state']}) only fresh claims {c}" for c in f["claims"] if c not in claims]
        out += [f"{key[0]}:{f['item']['key']} ({f['item']['state']}) only the daemon claims {c}" for c in claims if c not in f["claims"]]
        missing = set(f["aliases"]) - set(l["aliases"]) - {l["item"]["key"]}
        if missing:
            out.append(f"{key[0]}:{f['item']['key']}: the daemon lacks the former keys {sorted(missing)}")
    return out


class Run:
    def __init__(self, args, work):
        self.args, self.work = args, work
        self.binary = str(Path(args.waitgraph).resolve())
        self.failed = self.passed = 0
        folder = tracker.prepare(args.trackersim, work)
        scenario = havoc.scenario(folder / "scenarios" / "acme.json", args.extra, havoc.rng(args.seed, "scenario"))
        (work / "scenario.json").write_text(json.dumps(scenario), encoding="utf-8")
        self.sim = Simulator(folder, work / "scenario.json", args.github, args.seed)
        self.world = havoc.World(scenario, self.sim.call, havoc.rng(args.seed, "operations"))
        self.weather = havoc.rng(args.seed, "faults")
        self.life = havoc.rng(args.seed, "life")
        self.config = self.write("lived", "2s")
        self.starts = self.faults = self.requests = self.met = 0
        self.kinds, self.violations, self.forgiven, self.busiest = {}, [], 0, {}
        self.daemon = self.start()

    def write(self, name, census):
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for who, token in TOKENS.items():
            (folder / f"{who}.token").write_text(token + "\n")
            (folder / f"{who}.token").chmod(0o600)
        (folder / "waitgraph.yml").write_text(CONFIG.format(census=census, email=EMAIL, **self.sim.urls), encoding="utf-8")
        return folder / "waitgraph.yml"

    def start(self):
        self.starts += 1
        folder = self.config.parent
        return Daemon(self.binary, self.config, folder / "waitgraph.db", folder / f"log-{self.starts}")

    def result(self, name, good, figures=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok' if good else 'FAIL'} {name}: {figures}", flush=True)

    def differ(self, name, found, figures=""):
        for line in found[: self.args.show]:
            print(f"     {line}", flush=True)
        self.result(name, not found, f"{len(found)} differences{', ' + figures if figures else ''}")

    # --- a round ---

    def trouble(self):
        """A random fault in a random tracker, or fair weather again."""
        r = self.weather
        if r.random() < 0.35:
            self.sim.call("/_sim/faults", {name: None for name in r.sample(sorted(TOKENS), r.randint(1, 3))})
        if r.random() < 0.6:
            name = r.choice(sorted(TOKENS))
            kind, what = havoc.fault(r, name)
            if kind == "slowDripBytesPerSec" and not self.drips:
                return
            self.sim.call("/_sim/faults", {name: what})
            self.world.log.append((round(time.time(), 2), "fault", {name: what}))
            self.kinds[kind] = self.kinds.get(kind, 0) + 1
            self.faults += 1

    def disturb(self):
        """What happens to the daemon itself. One that forgets what it was asked must not be blamed: first all asked for passes."""
        what = self.life.choice(("kill", "stop", "reload"))
        self.world.log.append((round(time.time(), 2), "daemon", what))
        if what == "reload":
            self.daemon.process.send_signal(signal.SIGHUP)
            return
        self.sim.call("/_sim/faults", {"clear": True})
        time.sleep(2.5)
        if what == "kill":
            self.daemon.kill()
        else:
            code = self.daemon.stop()
            if code:
                self.result("the daemon ends", False, f"exit code {code}: {self.daemon.tail()}")
        self.daemon = self.start()

    def round(self, n, operations):
        done = 0
        # The simulator counts a dripping answer as under way for a tenth of a second after its
        # end, so that how many were in flight can be told in rounds without drips only.
        self.drips = n % 2 == 0
        while done < operations:
            for _ in range(min(self.world.rng.randint(1, 8), operations - done)):
                done += self.world.step() is not None
                # No two changes of an item at the same millisecond: trackers tell them apart by it.
                self.sim.call("/_sim/clock", {"advance": f"{self.world.rng.choice((0.001,) * 8 + (0.02, 1, 3, 45))}m"})
            self.trouble()
            if self.life.random() < self.args.disturb:
                self.disturb()
            time.sleep(self.args.pause)
            if not self.witness.is_alive():
                raise RuntimeError("the witness is gone")
            if self.daemon.process.poll() is not None:
                raise RuntimeError(f"the daemon ended with {self.daemon.process.poll()}: {self.daemon.tail()}")
        self.sim.call("/_sim/faults", {"clear": True})
        self.world.restore()
        if n % 2 == 0:  # by a daemon that starts anew, else by one that has to come back from its patience
            time.sleep(2.5)
            self.daemon.stop()
            self.daemon = self.start()
        self.cycle(n)

    def cycle(self, n):
        """Compares after one pass of each loop."""
        started = time.monotonic()
        good = self.passes()
        seconds = time.monotonic() - started
        if not good:
            self.result(f"round {n} recovers", False, json.dumps({k: [t["error"], t["loops"]] for k, t in self.daemon.status().items()})[:1500])
        lived = comparable(self.facts(self.daemon))
        self.account()
        fresh = comparable(self.fresh(n))
        found = differences(fresh, lived)
        self.differ(f"round {n} against a fresh full sync", found, f"{len(fresh)} records, {sum(len(r['claims']) for r in fresh.values())} claims, {sum(self.world.applied.values())} operations and {self.faults} faults so far, one cycle took {seconds:.1f} s")
        if found:
            for more in range(2, 4):
                self.passes()
                left = differences(fresh, comparable(self.facts(self.daemon)))
                print(f"     after cycle {more}: {len(left)} differences", flush=True)
        self.sim.reset()

    def passes(self):
        """Waits for a pass of each loop, in the order in which one's finds are another's work; whether all went well in time."""
        for loop in ("census", "changes", "details", "sweep"):
            begun = datetime.now(timezone.utc)

            def passed():
                for t in self.daemon.status().values():
                    if any(x["error"] for x in t["loops"]) or not t["loops"]:
                        return False
                    if any(x["name"] == loop and datetime.fromisoformat(x["last_run"].replace("Z", "+00:00")) < begun for x in t["loops"]):
                        return False
                return True

            if not self.daemon.wait(passed, timeout=self.args.patience)[1]:
                return False
        return True

    @staticmethod
    def facts(d):
        with urllib.request.urlopen(d.address() + "/api/v1/facts", timeout=60) as answer:
            return json.load(answer)

    def fresh(self, n):
        """The facts of a daemon that knew nothing, once they stand still."""
        config = self.write(f"fresh-{n}", "1h")
        folder = config.parent
        with Daemon(self.binary, config, folder / "waitgraph.db", folder / "log") as d:
            last = []

            def still():
                """Whether two looks at the facts are equal, with a pass of every loop in between."""
                loops = [(t["name"], x["name"], x["last_run"]) for t in d.status().values() for x in t["loops"] if x["name"] != "census"]
                ready = all(t["progress"]["done"] and any(name == t["name"] and loop == "sweep" for name, loop, _ in loops) for t in d.status().values())
                if not ready or last and set(last[-1][1]) & set(loops):
                    return False
                last.append((self.facts(d), loops))
                return len(last) > 1 and comparable(last[-1][0]) == comparable(last[-2][0])

            _, good = d.wait(still, timeout=120, every=0.5)
            if not good:
                raise RuntimeError(f"a fresh daemon does not come to rest: {d.tail()}")
            facts = last[-1][0]
        self.keep_secrets(folder)
        shutil.rmtree(folder)
        return facts

    # --- accounts ---

    def account(self):
        """Takes the referee's journal into the sums."""
        for name, t in self.sim.journal().items():
            self.requests += t["requests"]
            self.met += t["faults"]
            if not self.drips:
                self.busiest[name] = max(self.busiest.get(name, 0), t["maxInFlight"])
            for v in t["violations"]:
                if self.under_way(v["why"]):
                    self.forgiven += 1
                else:
                    self.violations.append(f"{name}: {v['why']} ({v['request']})")

    @staticmethod
    def under_way(why):
        """Whether the request was sent before the client could know: the referee tells what was left of 1 or 2 whole seconds."""
        if not why.startswith("sent "):
            return False
        left = int(why.split()[1]) / 1000
        return any(0 <= asked - left < UNDER_WAY for asked in (1, 2))

    def keep_secrets(self, folder):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix != ".token":
                self.witness.secrets(str(path.relative_to(self.work)), path.read_bytes())
                self.files += 1

    def run(self):
        self.files = 0
        self.witness = Witness(self.world, lambda: self.daemon)
        self.witness.start()
        try:
            self.daemon.wait(self.daemon.fresh, timeout=60)
            size = self.args.operations // self.args.rounds
            for n in range(1, self.args.rounds + 1):
                self.round(n, size if n < self.args.rounds else self.args.operations - size * (n - 1))
        finally:
            self.witness.stop()
            code = self.daemon.stop()
            self.sim.stop()
            with open(self.work / "operations.jsonl", "w", encoding="utf-8") as f:
                f.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in self.world.log)
        w = self.witness
        self.result("the daemon ends", code == 0, f"exit code {code}, started {self.starts} times")
        self.keep_secrets(self.config.parent)
        counts = ", ".join(f"{k} {v}" for k, v in sorted(self.kinds.items()))
        self.differ("nothing untrue and no token was ever said", [f"{k}: {v}" for k, v in w.wrong.items()],
                    f"{w.samples} samples of the facts, {sum(w.answers.values())} answers of {len(w.answers)} kinds, {w.bytes / 1e6:.0f} MB, {self.files} files, {len(SECRETS)} secrets, {len(self.world.gone)} items really gone")
        self.differ("the referee is content", sorted(set(self.violations)), f"{self.requests} requests, {self.met} met one of {self.faults} faults ({counts}), {self.forgiven} were under way when they were asked to wait")
        self.result("never more in flight than configured", max(self.busiest.values()) <= IN_FLIGHT, ", ".join(f"{k} {v}" for k, v in self.busiest.items()))
        print("operations: " + ", ".join(f"{k} {v}" for k, v in sorted(self.world.applied.items())) + f"; {self.world.refused} refused")
        missing = {o.replace("_", ".", 1) for o in havoc.OPERATIONS} - set(self.world.applied)
        if self.args.operations >= 1000:
            self.result("every operation and every kind of fault happened", not missing and set(havoc.FAULTS) | {"secondary"} <= set(self.kinds), f"missing {sorted(missing)}")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--waitgraph", required=True, help="the built binary")
    p.add_argument("--trackersim", default=os.environ.get("WAITGRAPH_TRACKERSIM"), help="the simulator's folder")
    p.add_argument("--operations", type=int, default=2000)
    p.add_argument("--rounds", type=int, default=8)
    p.add_argument("--seed", type=int, default=20260310)
    p.add_argument("--github", choices=("ghec", "ghes"), default="ghec")
    p.add_argument("--extra", type=int, default=120, help="items each tracker has besides the scenario's")
    p.add_argument("--pause", type=float, default=0.5, help="seconds between two handfuls of operations")
    p.add_argument("--disturb", type=float, default=0.03, help="how likely a handful is followed by a kill, stop or reload")
    p.add_argument("--patience", type=float, default=120, help="seconds for one cycle after the faults")
    p.add_argument("--show", type=int, default=15, help="how many differences are printed")
    p.add_argument("--work", help="where to work; kept if given")
    args = p.parse_args()
    if not args.trackersim:
        p.error("--trackersim or $WAITGRAPH_TRACKERSIM is needed")
    work = Path(args.work or tempfile.mkdtemp(prefix="waitgraph-chaos-")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        run = Run(args, work)
        run.run()
    finally:
        if not args.work:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{run.passed} passed, {run.failed} failed in {time.monotonic() - started:.0f} s, seed {args.seed}")
    sys.exit(1 if run.failed or not run.passed else 0)


if __name__ == "__main__":
    main()
