#!/usr/bin/env python3
"""Compares what waitgraph says with what truth.py says.

    compare.py TRUTH.json REPORT.json [--rename NAME=jira ...]

REPORT is the output of `waitgraph once --format=json`, or the address of a running
daemon (http://127.0.0.1:9797). Prints every difference and exits 1 if there is any.
Origins and times are waitgraph's to say in detail; compared is what is true: items,
dependencies with their state and evidence, blocked items, matrix, cycles, root blockers
and dangling references.
"""

import argparse
import json
import re
import sys
import urllib.request
from collections import defaultdict

SECTIONS = ("items", "dependencies", "blocked", "matrix", "cycles", "blockers", "dangling")
SYMMETRIC = {"relates", "mirrors"}


def fetch(base, path):
    with urllib.request.urlopen(base.rstrip("/") + path, timeout=30) as answer:
        return json.load(answer)


def fetch_all(base):
    """Every page of every section of a daemon's API."""
    out = {}
    for section in SECTIONS:
        rows, cursor = [], ""
        while True:
            page = fetch(base, f"/api/v1/{section}?limit=1000" + (f"&cursor={urllib.request.quote(cursor)}" if cursor else ""))
            rows += page["rows" if section == "matrix" else section]
            cursor = page.get("next_cursor") or ""
            if not cursor:
                break
        out[section] = rows
    return out


def load(where):
    if re.match(r"https?://", where):
        return fetch_all(where)
    with open(where, encoding="utf-8") as f:
        return json.load(f)


class Names:
    """Rewrites the report's tracker names and targets into truth's words."""

    def __init__(self, rename=()):
        self.rename = dict(rename)

    def ref(self, end):
        """A ref, or the target as found; an object is taken by its ref or target."""
        if isinstance(end, dict):
            end = end.get("ref") or end.get("target") or end.get("found") or end.get("key")
        tracker, colon, key = end.partition(":")
        if colon and tracker in self.rename:
            return f"{self.rename[tracker]}:{key}"
        return end

    def target(self, found):
        """A target as found in one spelling: KEY-1 or owner/repo#1."""
        found = re.sub(r"^https?://", "", self.ref(found))
        found = re.sub(r"^(?:www\.)?github\.com/", "", found)
        found = re.sub(r"^([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+).*$", r"\1#\2", found)
        return found.lower() if "/" in found and ":" not in found else found


def ends(names, d):
    first, second = (d["blocker"], d["blocked"]) if d["kind"] == "blocks" and "blocker" in d else (d["from"], d["to"])
    pair = [names.target(first), names.target(second)]
    return sorted(pair) if d["kind"] in SYMMETRIC else pair


def evidence(names, d):
    """{"who origin": how many places}; parents and links count once per side."""
    if isinstance(d["evidence"], dict):
        counts = dict(d["evidence"])
    else:
        places = defaultdict(set)
        for e in d["evidence"]:
            places[f"{names.ref(e['claimed_by'])} {e['origin']}"].add(e.get("where", ""))
        counts = {k: len(v) for k, v in places.items()}
    return {k: 1 if k.endswith(" parent_field") else n for k, n in counts.items()}


def facts(report, names=Names(), both_sides=True):
    """{section: {identity: what is said of it}}. Without both_sides it does not matter which ends show a link."""
    dependencies = {}
    for d in report["dependencies"]:
        said = {"resolved": d.get("resolved", True), "reason": d.get("reason", "") or ""}
        if d["kind"] == "blocks":
            said["state"] = d["state"]
        found = evidence(names, d)
        if both_sides:
            said["evidence"] = found
        else:
            said["evidence"] = {k: n for k, n in found.items() if not k.endswith(" issue_link")}
            said["linked"] = any(k.endswith(" issue_link") for k in found)
        key = (d["kind"], *ends(names, d))
        if key in dependencies:  # one target in two spellings
            said["evidence"] = {**dependencies[key]["evidence"], **said["evidence"]}
        dependencies[key] = said
    return {
        "items": {names.ref(i["ref"]): {k: i[k] for k in ("state", "team")} | {"stub": bool(i.get("stub"))} for i in report["items"]},
        "dependencies": dependencies,
        "blocked": {names.ref(b["ref"]): {"team": b["team"], "blockers": sorted(names.ref(x) for x in b["blockers"] or [])} for b in report["blocked"]},
        "matrix": {(m["team"], m["on_team"]): m["items"] for m in report["matrix"]},
        "cycles": {tuple(sorted(names.ref(m) for m in c["members"])): True for c in report["cycles"]},
        "blockers": {names.ref(b["ref"]): {"team": b["team"], "items": b["items"], "teams": sorted(b["teams"] or [])} for b in report["blockers"]},
        "dangling": {(names.ref(d["from"]), d["kind"], names.target(d["target"]), d["reason"]): True for d in report["dangling"]},
    }


def differences(want, got, forgiven=()):
    """Lines that say what differs; forgiven are dependencies (kind, from, to) that may be missing in got."""
    out = []
    for section in SECTIONS:
        w, g = want[section], got[section]
        for key in sorted(w.keys() | g.keys(), key=str):
            if key not in g:
                if section != "dependencies" or key not in forgiven:
                    out.append(f"{section}: missing {key}: {w[key]}")
            elif key not in w:
                out.append(f"{section}: unexpected {key}: {g[key]}")
            elif w[key] != g[key]:
                out.append(f"{section}: {key}: want {w[key]}, got {g[key]}")
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("truth")
    p.add_argument("report")
    p.add_argument("--rename", action="append", default=[], metavar="NAME=jira", help="a tracker's name in the report and in truth")
    args = p.parse_args()
    names = Names(r.split("=", 1) for r in args.rename)
    found = differences(facts(load(args.truth)), facts(load(args.report), names))
    for line in found:
        print(line)
    print(f"{len(found)} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
