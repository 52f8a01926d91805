"""What happens to GitHub's issues, followed by a running daemon: edges that move no
time stamp, transfers, deletions, renames, access lost and given back, repositories
that appear later, all of it on servers with and without the newer features."""

import compare
import tracker
from daemon import Daemon, configure, names, once

POLL = "poll: {interval: 1s, frontier: 2s, census: 3s, stale_after: 1m}\n"
START = "2026-03-10T12:00:00Z"
MODES = {
    "ghec": ("ghec",),
    "ghes": ("ghes",),
    "ghes-old": ("ghes", "--github-hide", "dependencies,sub_issues,types,projects"),
}
APP, LEDGER, LAKE = "github:acme/app#", "github:acme/ledger#", "github:acme/lake#"


def check(c, mode):
    folder = c.folder_for(f"acme-github-{mode}")
    native = mode != "ghes-old"  # whether the server has dependencies of its own
    with tracker.Trackers(c.folder, "cloud", START, scenario="scenarios/acme.json", github=MODES[mode]) as t:
        t.call("/_sim/mutate", {"op": "github.access", "repo": "app", "access": False})
        def prepare(where, repositories):
            config = configure(c.example.parent / "acme.yml", where, t.jira, t.github, repositories=repositories, remote_links=None)
            text = config.read_text(encoding="utf-8")
            config.write_text(POLL + text.split("\n", 1)[1], encoding="utf-8")
            return config

        config = prepare(folder, ['"acme/*"', '"!acme/attic-*"'])
        other = prepare(folder / "reference", ["acme/app", "acme/ledger", "acme/warehouse"])
        syncs = iter(range(1000))

        def fresh():
            """What a first sync says now, which knows the repositories by the names they had."""
            report, _ = once(c.binary, other, folder / "reference" / f"{next(syncs)}.db")
            return compare.facts(report, compare.Names(names(other)))

        with Daemon(c.binary, config, folder / "waitgraph.db", folder / "log") as d:
            def settle(label, *also, whole=True):
                """The daemon says what a first sync says, and what else is wanted."""
                want, last = fresh() if whole else None, {"found": ["never fresh"]}

                def right():
                    if d.fresh():
                        got = d.facts()
                        last["found"] = (compare.differences(want, got) if whole else []) + [wrong for test in also for wrong in [test(got)] if wrong]
                    return not last["found"]
                seconds, _ = d.wait(right, timeout=60)
                c.differ(f"acme github {mode} {label}", last["found"], f"{seconds:.1f} s")

            def mutate(*ops):
                t.call("/_sim/mutate", list(ops))

            def blocks(blocker, blocked, state):
                """The dependency is in that state, None for not there."""
                def test(got):
                    said = got["dependencies"].get(("blocks", blocker, blocked), {}).get("state")
                    return said != state and f"{blocker} -> {blocked} is {said}, not {state}"
                return test

            def item(ref, there):
                return lambda got: (ref in got["items"]) != there and f"{ref} is {'' if there else 'still '}{'not ' if there else ''}there"

            settle("two repositories", item(LEDGER + "7", True), item(APP + "12", False), whole=False)
            mutate({"op": "github.access", "repo": "app", "access": True})
            settle("a repository appears", item(APP + "12", True), blocks(LEDGER + "7", APP + "7", "active" if native else None))

            if native:
                mutate({"op": "github.block", "issue": "app#12", "by": "app#5"}, {"op": "github.unblock", "issue": "app#7", "by": "ledger#7"})
                settle("edges", blocks(APP + "5", APP + "12", "active"), blocks(LEDGER + "7", APP + "7", None))
                mutate({"op": "github.unblock", "issue": "app#12", "by": "app#5"}, {"op": "github.block", "issue": "app#7", "by": "ledger#7"})
                settle("edges back", blocks(APP + "5", APP + "12", None), blocks(LEDGER + "7", APP + "7", "active"))

            mutate({"op": "github.close", "issue": "ledger#7"})
            settle("closed", blocks(LEDGER + "7", "jira:PAY-5", "satisfied"))
            mutate({"op": "github.reopen", "issue": "ledger#7"}, {"op": "github.merge", "issue": "ledger#11"})
            settle("reopened and merged", blocks(LEDGER + "7", "jira:PAY-5", "active"), blocks(LEDGER + "11", APP + "10", "satisfied"))

            mutate({"op": "github.transfer", "issue": "app#4", "to": "ledger"})
            settle("transferred", item(APP + "4", False), blocks(LEDGER + "12", "jira:PAY-7", "active"))
            mutate({"op": "github.delete", "issue": "ledger#5"})
            settle("deleted", item(LEDGER + "5", False))
            mutate({"op": "github.comment", "issue": "app#2", "body": "No longer depends on PAY-3."}, {"op": "github.comment", "issue": "app#6", "body": "Blocked by ledger: see acme/ledger#2"},
                   {"op": "github.comment", "issue": "app#6", "body": "Blocked by acme/ledger#2"})
            settle("comments", blocks("jira:PAY-3", APP + "2", None), blocks(LEDGER + "2", APP + "6", "active"))
            mutate({"op": "github.rename", "repo": "warehouse", "to": "lake"})
            settle("renamed", item(LAKE + "2", True), item("github:acme/warehouse#2", False))

            before = d.facts()
            mutate({"op": "github.access", "repo": "ledger", "access": False})
            lost(c, d, mode, before)
            mutate({"op": "github.access", "repo": "ledger", "access": True}, {"op": "github.close", "issue": "ledger#2"})
            settle("access again", blocks(LEDGER + "2", APP + "6", "satisfied"))

            t.faults(github={"errorRate": 0.2, "status": 502, "truncate": 0.1, "malformed": 0.1, "reset": 0.1, "times": 40})
            mutate({"op": "github.reopen", "issue": "ledger#2"}, {"op": "github.delete", "issue": "app#9"}, {"op": "github.transfer", "issue": "app#5", "to": "lake"})
            d.wait(lambda: t.journal()["github"]["faults"] >= 40, timeout=60)
            t.faults()
            settle("after bad weather", blocks(LEDGER + "2", APP + "6", "active"), item(APP + "9", False), item(APP + "5", False))

            journal = t.journal()
            c.no_violations(f"acme github {mode}", journal)
            c.result(f"acme github {mode} in flight", journal["github"]["maxInFlight"] <= 4, f"{journal['github']['maxInFlight']} at most")
            c.result(f"acme github {mode} ends", d.stop() == 0, f"exit code {d.process.returncode}")


def lost(c, d, mode, before):
    """A repository that cannot be read any more is a scope lost; nothing in it is gone."""
    last = {}

    def told():
        scopes = {s["scope"]: s["readable"] for s in d.status()["github"]["scopes"]}
        last["loops"] = {loop["name"]: loop["last_run"] for loop in d.status()["github"]["loops"]}
        return scopes.get("acme/ledger") is False and scopes.get("acme/app")
    seconds, ok = d.wait(told, timeout=30)
    c.result(f"acme github {mode} access lost is told", bool(ok), f"{seconds:.1f} s")
    first = dict(last["loops"])
    d.wait(lambda: told() and all(last["loops"][n] > first[n] for n in ("sweep", "census")), timeout=30)
    # The other repositories' issues show no edges to what is hidden, so only one side stands for those.
    one_sided = [without_evidence(f) for f in (before, d.facts())]
    c.differ(f"acme github {mode} access lost", compare.differences(*one_sided))


def without_evidence(facts):
    return facts | {"dependencies": {k: {n: v for n, v in said.items() if n != "evidence"} for k, said in facts["dependencies"].items()}}
