"""What the scripted organisation's table implies about how people work together: conflicts,
escalation, hygiene and adoption, who carries what, and what two teams tell each other.

Everything is written down by hand from the scenario, but what counts anew what is listed."""

from collections import Counter

import compare

MOBILE, LEDGER, DATA = "github:acme/app#", "github:acme/ledger#", "github:acme/warehouse#"
TEAMS = {"jira:PAY-": "payments", "jira:PLAT-": "platform", LEDGER: "platform", MOBILE: "mobile", DATA: "data", "github:acme/lake#": "data", "jira:SEC-": "unowned"}


def jira(n):
    return "jira:" + n


# (kind, blocker, blocked): (what each end says, days of slack, whose date it is), while the dependency is active
CONFLICTS = {
    ("priority", jira("PLAT-2"), jira("PAY-2")): ("Low", "Highest", None, ""),
    ("due_date", jira("PLAT-3"), jira("PAY-3")): ("2026-03-30", "2026-03-15", -15, jira("PAY-3")),
    ("priority", jira("PLAT-3"), jira("PAY-3")): ("Medium", "High", None, ""),
    ("due_date", jira("PAY-2"), jira("PAY-3")): ("2026-03-20", "2026-03-15", -5, jira("PAY-3")),
    ("due_date", LEDGER + "7", MOBILE + "7"): ("2026-03-24", "2026-03-19", -5, MOBILE + "7"),
    # PAY-4 has no date but its sprint's end, at noon
    ("due_date", LEDGER + "7", jira("PAY-4")): ("2026-03-24", "2026-03-17T12:00:00Z", -7, jira("PAY-4")),
    ("due_date", DATA + "2", MOBILE + "3"): ("2026-03-31", "2026-03-22", -9, MOBILE + "3"),
    ("release", DATA + "2", MOBILE + "3"): ("Q1 (2026-03-31)", "Spring release (2026-03-22)", None, ""),
    # along the chain: app#3 waits on warehouse#2, which waits on warehouse#1
    ("due_date", DATA + "1", DATA + "2"): ("2026-03-28", "2026-03-22", -6, MOBILE + "3"),
}

# Levels of the example: leads after 3 days, managers after 7 if high or more urgent, directors after 14 if dates conflict.
# (blocker, blocked): when the wait began; and the levels reached. What began when it was first seen is not old enough.
ESCALATIONS = {
    (jira("PLAT-2"), jira("PAY-2")): {"leads": "2026-02-11", "managers": "2026-02-15"},
    (jira("PLAT-3"), jira("PAY-3")): {"leads": "2026-02-12", "managers": "2026-02-16", "directors": "2026-02-23"},
    (jira("PAY-2"), jira("PAY-3")): {"leads": "2026-02-25", "managers": "2026-03-01", "directors": "2026-03-08"},
    (jira("PAY-7"), jira("PLAT-6")): {"leads": "2026-02-27"},
    (LEDGER + "7", MOBILE + "7"): {"leads": "2026-02-20", "directors": "2026-03-03"},
    (DATA + "2", MOBILE + "3"): {"leads": "2026-02-16", "directors": "2026-02-27"},
    (DATA + "1", DATA + "2"): {"leads": "2026-02-15", "directors": "2026-02-26"},
}

# (blocker, blocked): since when, to the second, where a tracker's history tells: not of texts, nor of what was linked in silence.
# All else was only observed.
SINCE = {
    (jira("PLAT-2"), jira("PAY-2")): "2026-02-08T12:00:00Z",
    (jira("PLAT-3"), jira("PAY-3")): "2026-02-09T12:00:00Z",
    (jira("PAY-2"), jira("PAY-3")): "2026-02-22T12:00:00Z",
    (jira("PAY-7"), jira("PLAT-6")): "2026-02-24T12:00:00Z",
    (DATA + "2", MOBILE + "3"): "2026-02-13T12:00:00Z",
    (LEDGER + "7", MOBILE + "7"): "2026-02-17T12:00:00Z",
    (DATA + "1", DATA + "2"): "2026-02-12T12:00:00Z",
    (MOBILE + "5", MOBILE + "12"): "2026-03-13T12:00:00Z",
}

# Findings at the start: (finding, team): about dependencies or items.
TEXTS = [  # only a sentence of the waiting side says so
    (MOBILE + "3", MOBILE + "8"), (DATA + "2", MOBILE + "8"), (jira("PAY-5"), MOBILE + "8"), (LEDGER + "11", MOBILE + "10"),
    (jira("PAY-3"), MOBILE + "2"), (jira("PLAT-6"), MOBILE + "4"), (LEDGER + "7", jira("PAY-5")),
]
REMOTE = [(MOBILE + "4", jira("PAY-7")), (LEDGER + "7", jira("PAY-4"))]  # a link to another site shows at one end
FINDINGS = (
    {("text_only", pair) for pair in TEXTS} | {("one_sided", pair) for pair in TEXTS + REMOTE} | {
        ("unexplained", jira("PAY-12")), ("unexplained", jira("PLAT-1")),
        ("dangling", ("SEC-1", jira("PAY-9"))),
        ("unassigned_blocker", DATA + "2"),
    } | {("no_estimate", ref) for ref in (MOBILE + "2", MOBILE + "4", MOBILE + "8", LEDGER + "5")}
    | {("no_due_date", ref) for ref in (
        MOBILE + "2", MOBILE + "4", MOBILE + "8", LEDGER + "5", jira("PAY-5"), jira("PAY-6"), jira("PAY-7"), jira("PLAT-6"))}
)

STATES = {
    DATA + "4": "dropped", jira("PLAT-4"): "done", jira("PLAT-7"): "done", LEDGER + "1": "done", LEDGER + "3": "done", MOBILE + "13": "done",
    MOBILE + "11": "doing", MOBILE + "3": "doing", jira("PAY-8"): "doing", jira("PLAT-1"): "doing",
}
CARLA = {jira(f"PLAT-{n}") for n in (2, 3, 5, 6, 8, 9)} | {LEDGER + n for n in ("2", "5", "7", "9")}


def team(ref):
    return next(t for prefix, t in TEAMS.items() if ref.startswith(prefix))


def now(ref, renamed):
    return ref.replace(DATA, "github:acme/lake#") if renamed else ref


def rows(base, path, array):
    answer = compare.fetch(base, "/api/v1/" + path + ("&" if "?" in path else "?") + "limit=1000")
    assert "next_cursor" not in answer and answer["total"] == len(answer[array])
    return answer[array]


def different(what, want, got):
    return [f"{what} {k}: want {want.get(k)}, got {got.get(k)}" for k in sorted(want.keys() | got.keys(), key=str) if want.get(k) != got.get(k)]


def differences(base, states, first):
    """What the daemon says that is not so; states are the dependencies that block, by their ends."""
    renamed = any(a.startswith("github:acme/lake#") for a, _ in states)
    active = {pair for pair, state in states.items() if state == "active"}
    out = []

    want = {(kind, now(a, renamed), now(b, renamed)): (*said[:3], now(said[3], renamed)) for (kind, a, b), said in CONFLICTS.items()}
    want = {k: said for k, said in want.items() if k[1:] in active}
    got = {(c["kind"], c["blocker"], c["blocked"]): (c["blocker_value"], c["blocked_value"], c["slack_days"], c["needed_by_from"]) for c in rows(base, "conflicts", "conflicts")}
    out += different("conflict", want, got)
    for c in rows(base, "conflicts", "conflicts"):
        if (c["team"], c["on_team"]) != (team(c["blocked"]), team(c["blocker"])):
            out.append(f"teams of {c}")

    want = {(now(a, renamed), now(b, renamed)): levels for (a, b), levels in ESCALATIONS.items()}
    want = {pair: levels for pair, levels in want.items() if pair in active}
    known = {(d["blocker"], d["blocked"]): d for d in rows(base, "dependencies?kind=blocks&state=active", "dependencies")}
    got = {pair: {level["level"]: level["at"][:10] for level in d["levels"]} for pair, d in known.items() if d["levels"] and (pair in want or first)}
    out += different("escalation", want, got)
    out += [f"{pair} is at {known[pair]['escalation']}" for pair, levels in want.items() if pair in known and known[pair]["escalation"] != list(levels)[-1]]

    cells = Counter((team(waiting), on) for waiting, on in {(b, team(a)) for a, b in active if team(a) != team(b)})
    out += different("matrix", dict(cells), {(r["team"], r["on_team"]): r["items"] for r in rows(base, "matrix", "rows")})

    got = {(c["blocker"] or c["signal"], b["ref"]): (c["since"], c["since_known"]) for b in rows(base, "blocked", "blocked") for c in b["causes"]}
    want = {(now(a, renamed), now(b, renamed)): (since, "history") for (a, b), since in SINCE.items()}
    out += different("since", {k: v for k, v in want.items() if k in active}, {k: v for k, v in got.items() if k in want})
    out += [f"since of {k}: want observed, got {got[k]}" for k in sorted(active - want.keys()) if k in got and got[k][1] != "observed"]

    out += people(base, active)
    if first:
        out += hygiene(base, active)
        items = {i["ref"]: i["state"] for i in rows(base, "items", "items")}
        out += different("state", STATES, {ref: items.get(ref) for ref in STATES})
        out += between(base, active)
    dangling = [(d["from"], d["kind"], d["target"], d["reason"]) for d in rows(base, "dangling", "dangling")]
    unread = [(jira("PAY-9"), "blocks", "SEC-1", "forbidden")] if states.get((jira("SEC-1"), jira("PAY-9"))) == "unknown" else []
    if dangling != unread:
        out.append(f"dangling {dangling}, want {unread}")
    return out


def people(base, active):
    """Whom most blockers hang on, and whose account is nobody's."""
    out = []
    carla = next(p for p in rows(base, "people?team=platform", "people") if p["name"] == "Carla Voss")
    blockers = {a for a, _ in active}
    closed = {ref for ref in (jira("PLAT-2"), LEDGER + "7") if ref not in blockers}
    if set(carla["items"]) != CARLA - closed or carla["open"] != len(carla["items"]):
        out.append(f"Carla has {carla['items']}")
    held = {a for a in blockers if team(a) == "platform"}
    hers = held & (CARLA - closed)
    gap = next(g for g in rows(base, "gaps?team=platform", "gaps"))["concentration"]
    if gap["holders"][0]["person"] != "Carla Voss" or set(gap["holders"][0]["items"]) != hers or abs(gap["ratio"] - len(hers) / len(held)) > 1e-9:
        out.append(f"concentration {gap}, want {sorted(hers)} of {sorted(held)}")
    # Zoe is in no team of the example and has only SEC-1.
    want = [["jira:SEC-1"]] if (jira("SEC-1"), jira("PAY-9")) in active else []
    accounts = rows(base, "unmatched", "accounts")
    if [a["items"] for a in accounts] != want or compare.fetch(base, "/api/v1/status")["unmatched_accounts"] != len(want):
        out.append(f"accounts of nobody {accounts}")
    return out


def hygiene(base, active):
    def about(f):
        return (f["blocker"], f["blocked"]) if f["kind"] else f["ref"]
    findings = rows(base, "hygiene", "findings")
    got = {(f["finding"], about(f)) for f in findings}
    out = [f"missing finding {f}" for f in sorted(FINDINGS - got, key=str)] + [f"finding {f}" for f in sorted(got - FINDINGS, key=str)]
    # Each of these is the waiting team's to mend, or the owner's.
    out += [f"{f['finding']} of {f['ref']} is {f['team']}'s" for f in findings if f["team"] != team(f["blocked"] or f["ref"])]
    for a in compare.fetch(base, "/api/v1/hygiene?limit=1000")["adoption"]:
        ends = [(pair, end) for pair in active if team(pair[0]) != team(pair[1]) for end in pair if team(end) == a["team"]]
        clean = [pair for pair, end in ends if not any(f["team"] == a["team"] and about(f) in (pair, end) for f in findings)]
        if (a["dependencies"], a["clean"]) != (len(ends), len(clean)):
            out.append(f"adoption {a}, want {len(clean)} of {len(ends)}")
    return out


def between(base, active):
    """The brief of two teams has what the lists have of them."""
    out = []
    b = compare.fetch(base, "/api/v1/brief?team=payments&with=platform")
    for side, (waiting, on) in zip(b["sides"], (("payments", "platform"), ("platform", "payments"))):
        want = {(blocker, blocked) for blocker, blocked in active if (team(blocked), team(blocker)) == (waiting, on)}
        got = {(w["blocker"]["ref"], w["blocked"]["ref"]): w for w in side["waits"]}
        if set(got) != want or side["items"] != len({blocked for _, blocked in want}):
            out.append(f"brief of {waiting} on {on}: {sorted(got)}, want {sorted(want)}")
        for pair, w in got.items():
            conflicts = {k[0] for k in CONFLICTS if k[1:] == pair}
            level = (list(ESCALATIONS.get(pair, {})) or [""])[-1]
            if {c["kind"] for c in w["conflicts"]} != conflicts or w["escalation"] != level:
                out.append(f"brief of {pair}: {w['escalation']}, {w['conflicts']}")
            slack = next((said[2] for k, said in CONFLICTS.items() if k == ("due_date", *pair)), None)
            if slack is not None and w["slack_days"] != slack:
                out.append(f"brief of {pair}: {w['slack_days']} days of slack, want {slack}")
    if [t["lead"] for t in b["teams"]] != ["Ana Ruiz", "Carla Voss"]:
        out.append(f"brief names {b['teams']}")
    return out
