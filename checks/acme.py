"""The scripted organisation of the simulator, whose truth its README writes down case by case."""

import acme_process
import compare
import tracker
from daemon import Daemon, configure, names

POLL = "poll: {interval: 1s, frontier: 2s, census: 4s, stale_after: 1m}\n"
START = "2026-03-10T12:00:00Z"
MOBILE, LEDGER, DATA = "github:acme/app#", "github:acme/ledger#", "github:acme/warehouse#"

# blocker -> blocked: (state, origins of the evidence by claiming item)
BLOCKS = {
    ("PLAT-2", "PAY-2"): ("active", {"PLAT-2 issue_link", "PAY-2 issue_link"}),
    ("PLAT-3", "PAY-3"): ("active", {"PLAT-3 issue_link", "PAY-3 issue_link"}),
    ("PAY-2", "PAY-3"): ("active", {"PAY-2 issue_link", "PAY-3 issue_link"}),
    (LEDGER + "7", "PAY-4"): ("active", {"PAY-4 remote_link"}),
    (LEDGER + "7", "PAY-5"): ("active", {"PAY-5 text"}),
    (LEDGER + "5", "PAY-6"): ("active", {"PAY-6 remote_link", LEDGER + "5 text"}),
    (MOBILE + "4", "PAY-7"): ("active", {"PAY-7 remote_link"}),
    ("PLAT-6", MOBILE + "4"): ("active", {MOBILE + "4 text"}),
    ("PAY-7", "PLAT-6"): ("active", {"PAY-7 issue_link", "PLAT-6 issue_link"}),
    ("PLAT-7", "PAY-8"): ("satisfied", {"PLAT-7 issue_link", "PAY-8 issue_link"}),
    ("SEC-1", "PAY-9"): ("unknown", {"PAY-9 text"}),
    (DATA + "2", MOBILE + "3"): ("active", {MOBILE + "3 dependency", DATA + "2 dependency"}),
    (DATA + "1", DATA + "2"): ("active", {DATA + "1 dependency", DATA + "2 dependency"}),
    (LEDGER + "7", MOBILE + "7"): ("active", {LEDGER + "7 dependency", MOBILE + "7 dependency"}),
    (LEDGER + "1", DATA + "3"): ("satisfied", {LEDGER + "1 dependency", DATA + "3 dependency"}),
    (DATA + "1", DATA + "4"): ("moot", {DATA + "1 dependency", DATA + "4 dependency"}),
    ("PLAT-4", DATA + "7"): ("satisfied", {DATA + "7 text"}),
    (LEDGER + "11", MOBILE + "10"): ("active", {MOBILE + "10 text"}),
    (MOBILE + "10", MOBILE + "13"): ("moot", {MOBILE + "13 text"}),
    (MOBILE + "3", MOBILE + "8"): ("active", {MOBILE + "8 text"}),
    (DATA + "2", MOBILE + "8"): ("active", {MOBILE + "8 text"}),
    ("PAY-5", MOBILE + "8"): ("active", {MOBILE + "8 text"}),
    ("PAY-3", MOBILE + "2"): ("active", {MOBILE + "2 text"}),
}
OTHERS = {  # of other kinds: what the table names
    ("mirrors", "PLAT-8", DATA + "5"), ("duplicates", "PAY-11", "PAY-10"), ("implements", MOBILE + "11", MOBILE + "3"),
    ("relates", "PAY-4", "PAY-5"), ("relates", DATA + "5", "PLAT-8"),
    ("parent", MOBILE + "7", LEDGER + "2"), ("parent", MOBILE + "3", MOBILE + "1"), ("parent", MOBILE + "2", MOBILE + "1"), ("parent", LEDGER + "3", LEDGER + "2"),
    ("parent", "PLAT-11", "PLAT-9"), ("parent", "PAY-2", "PAY-1"), ("parent", "PAY-3", "PAY-1"), ("parent", "PAY-4", "PAY-1"),
}
SIGNALS = {"PAY-12", "PLAT-1", MOBILE + "3"}  # a flag, a status, a project's status

# What the table says of how people work together is held to in acme_process.py.

# What happens later, as changes of BLOCKS: (moment, what, changes).
LATER = [
    ("2026-03-11T13:00:00Z", "PLAT-2 done", {("PLAT-2", "PAY-2"): "satisfied"}),
    ("2026-03-12T13:00:00Z", "ledger#7 closed", {(LEDGER + "7", b): "satisfied" for b in ("PAY-4", "PAY-5", MOBILE + "7")}),
    ("2026-03-13T13:00:00Z", "app#12 blocked, unannounced", {(MOBILE + "5", MOBILE + "12"): "active"}),
    ("2026-03-14T13:00:00Z", "PAY-6 blocked, unannounced", {("PLAT-5", "PAY-6"): "active"}),
    ("2026-03-15T13:00:00Z", "warehouse renamed lake", {}),
    ("2026-03-16T13:00:00Z", "PAY-11 deleted", {}),
    ("2026-03-17T13:00:00Z", "SEC readable", {("SEC-1", "PAY-9"): "active"}),
    ("2026-03-18T13:00:00Z", "ledger#11 merged", {(LEDGER + "11", MOBILE + "10"): "satisfied"}),
]


def jira(ref):
    return ref if ":" in ref else "jira:" + ref


def wanted(blocks, renamed, gone):
    """What the API must say: dependencies that block, pairs of other kinds, blocked items."""
    def now(ref):
        ref = jira(ref)
        return ref.replace("acme/warehouse#", "acme/lake#") if renamed else ref

    states = {(now(a), now(b)): state for (a, b), (state, _) in blocks.items()}
    evidence = {(now(a), now(b)): {" ".join((now(e.split(" ")[0]), e.split(" ")[1])) for e in found} for (a, b), (_, found) in blocks.items()}
    others = {(kind, now(a), now(b)) for kind, a, b in OTHERS if not gone & {a, b}}
    blocked = {b for (_, b), state in states.items() if state == "active"} | {now(s) for s in SIGNALS}
    return states, evidence, others, blocked


def differences(report, blocks, renamed=False, gone=frozenset()):
    names_ = compare.Names()
    states, evidence, others, blocked = wanted(blocks, renamed, gone)
    got_states, got_evidence, got_others = {}, {}, set()
    for d in report["dependencies"]:
        first, second = (jira(names_.ref(e)) for e in compare_ends(d))
        if d["kind"] == "blocks":
            got_states[first, second] = d["state"]
            got_evidence[first, second] = {f"{e['claimed_by']} {e['origin']}" for e in d["evidence"]}
        else:
            got_others |= {(d["kind"], first, second)} | ({(d["kind"], second, first)} if d["kind"] in compare.SYMMETRIC else set())
    out = []
    for name, want, got in (("state", states, got_states), ("evidence", evidence, got_evidence)):
        for pair in sorted(want.keys() | got.keys()):
            if want.get(pair) != got.get(pair):
                out.append(f"{name} of {' -> '.join(pair)}: want {want.get(pair)}, got {got.get(pair)}")
    both = {(kind, b, a) for kind, a, b in others if kind in compare.SYMMETRIC}
    out += [f"missing {d}" for d in sorted(others - got_others)] + [f"nobody says {d}" for d in sorted(got_others - others - both)]
    got_blocked = {b["ref"] for b in report["blocked"]}
    out += [f"not blocked but must be: {r}" for r in sorted(blocked - got_blocked)]
    out += [f"blocked but must not be: {r}" for r in sorted(got_blocked - blocked)]
    cycles = [sorted(c["members"]) for c in report["cycles"]]
    if cycles != [sorted(jira(r) for r in ("PAY-7", MOBILE + "4", "PLAT-6"))]:
        out.append(f"cycles {cycles}")
    refs = {i["ref"] for i in report["items"]}
    out += [f"{jira(g)} is still there" for g in gone if jira(g) in refs]
    return out


def compare_ends(d):
    return (d["blocker"], d["blocked"]) if d["kind"] == "blocks" else (d["from"], d["to"])


def check(c, mode):
    """Every case of the table, at the start and as things happen."""
    folder = c.folder_for(f"acme-{mode}")
    with tracker.Trackers(c.folder, mode, START, scenario="scenarios/acme.json") as t:
        config = configure(c.example.parent / "acme.yml", folder, t.jira, t.github, remote_links=None)
        config.write_text(config.read_text(encoding="utf-8").replace(config.read_text(encoding="utf-8").splitlines(keepends=True)[0], POLL, 1), encoding="utf-8")
        assert set(names(config)) == {"jira", "github"}
        blocks, renamed, gone = dict(BLOCKS), False, set()
        with Daemon(c.binary, config, folder / "waitgraph.db", folder / "log") as d:
            def settle(label):
                last = {"found": ["never fresh"]}

                def right():
                    if d.fresh():
                        states, _, _, _ = wanted(blocks, renamed, gone)
                        last["found"] = differences(compare.fetch_all(d.address()), blocks, renamed, gone)
                        last["found"] += acme_process.differences(d.address(), states, first=label == "table")
                    return not last["found"]
                seconds, _ = d.wait(right, timeout=45)
                c.differ(f"acme {mode} {label}", last["found"], f"{seconds:.1f} s, {len(blocks)} dependencies")

            settle("table")
            for moment, label, changes in LATER:
                t.move(moment)
                for pair, state in changes.items():
                    kind = "dependency" if pair[0].startswith("github:") else "issue_link"
                    origins = blocks[pair][1] if pair in blocks else {f"{r} {kind}" for r in pair}
                    if pair == ("SEC-1", "PAY-9"):  # the link shows now
                        origins = origins | {"SEC-1 issue_link", "PAY-9 issue_link"}
                    blocks[pair] = (state, origins)
                renamed = renamed or "renamed" in label
                gone |= {"PAY-11"} if "deleted" in label else set()
                settle(label)
            c.no_violations(f"acme {mode}", t.journal())
            c.result(f"acme {mode} ends", d.stop() == 0, f"exit code {d.process.returncode}")
