#!/usr/bin/env python3
"""A waitgraph plugin that reads work items from a CSV file.

It speaks docs/connector-protocol.md: one JSON message a line, requests on
standard input, answers on standard output, its log on standard error. Only the
standard library of Python 3.9 or later is needed.

Options (under `options` in waitgraph's configuration):
  file   the CSV file; required
  batch  how many items go into one batch; 100
"""

import csv
import hashlib
import io
import json
import math
import sys

PROTOCOL = 1
STATES = {"todo", "doing", "done", "dropped"}


class Failure(Exception):
    """What ends a request; kind is one of the protocol's."""

    def __init__(self, kind, message, **more):
        super().__init__(message)
        self.error = {"kind": kind, "message": message, **more}


class Table:
    """The file as it is at one moment."""

    def __init__(self, path, projects):
        try:
            with open(path, "rb") as f:
                data = f.read()
            text = data.decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as e:
            raise Failure("scope", str(e), scope=path)
        # What is read depends on the file and on the projects.
        self.digest = hashlib.sha256(data + json.dumps(sorted(projects)).encode()).hexdigest()
        self.items, self.problems, self.keys = [], [], {}
        reader = csv.DictReader(io.StringIO(text, newline=""))
        missing = {"id", "key", "project", "title", "state"} - set(reader.fieldnames or [])
        if missing:
            raise Failure("answer", "columns are missing: " + ", ".join(sorted(missing)))
        ids = set()
        for row in reader:
            row = {k: (v or "").strip() for k, v in row.items() if isinstance(v, (str, type(None))) and k}
            where = row.get("key") or f"line {reader.line_num}"
            if projects and row["project"] not in projects:
                continue
            if not row["id"] or row["id"] in ids:
                self.problems.append({"where": where, "what": "its id is empty or taken"})
                continue
            ids.add(row["id"])
            try:
                self.items.append(item(row))
            except ValueError as e:
                self.problems.append({"where": where, "what": str(e)})
                continue
            self.keys[row["key"]] = row["id"]


def words(row, column):
    """A cell that holds several values, apart by semicolons."""
    return [w.strip() for w in row.get(column, "").split(";") if w.strip()]


def item(row):
    """One row as the protocol writes an item."""
    if row["state"] not in STATES:
        raise ValueError(f"state {row['state']!r} is none of {', '.join(sorted(STATES))}")
    out = {name: row[name] for name in ("id", "key", "project", "title", "state")}
    for name in ("url", "type", "status", "priority", "epic", "due", "created", "updated", "closed"):
        if row.get(name):
            out[name] = row[name]
    if row.get("points"):
        out["points"] = float(row["points"])
        if not math.isfinite(out["points"]):
            raise ValueError("points is no number")
    if row.get("labels"):
        out["labels"] = words(row, "labels")
    if row.get("assignees"):
        out["assignees"] = [{"id": who, "name": who} for who in words(row, "assignees")]
    if row.get("sprint"):
        out["sprint"] = {"name": row["sprint"], "end": row.get("sprint_end", "")}
    if row.get("blocked"):
        out["signals"] = [{"kind": "field", "value": row["blocked"]}]
    claims = []
    for column, says, origin in (
        ("blocked_by", "blocked_by", "issue_link"),
        ("blocks", "blocks", "issue_link"),
        ("parent", "child_of", "parent_field"),
        ("duplicates", "duplicates", "issue_link"),
        ("relates", "relates", "issue_link"),
    ):
        # A set keeps a key that is written twice from claiming twice.
        for key in sorted(set(words(row, column))):
            claims.append({"says": says, "target": {"key": key}, "origin": origin, "where": column})
    out["claims"] = claims
    return out


class Plugin:
    def __init__(self):
        self.path, self.batch, self.projects = "", 100, []

    def table(self):
        return Table(self.path, self.projects)

    def site(self, table):
        """Every project is a scope; without the configuration's, those of the file."""
        projects = self.projects or sorted({i["project"] for i in table.items})
        return {
            "projects": [{"key": p} for p in projects],
            "scopes": [{"scope": p, "readable": True} for p in projects],
        }

    def hello(self, params):
        if params["protocol"] != PROTOCOL:
            raise Failure("other", f"this plugin speaks protocol {PROTOCOL}")
        options = params.get("options") or {}
        self.path = options.get("file", "")
        if not isinstance(self.path, str) or not self.path:
            raise Failure("other", "options.file is missing")
        self.batch = options.get("batch", 100)
        if type(self.batch) is not int or not 1 <= self.batch <= 1000:
            raise Failure("other", "options.batch is not between 1 and 1000")
        self.projects = params.get("projects") or []
        yield {"result": {"protocol": PROTOCOL, "name": "CSV", "version": "1.0", "capabilities": ["ask", "census", "check"]}}

    def changes(self, params):
        """All rows if the file is another than the cursor's, else those after the cursor."""
        table = self.table()
        digest, _, row = params["cursor"].partition(":")
        start = int(row) if digest == table.digest and row.isdigit() else 0
        total = len(table.items)
        if start == 0 and total == 0 and digest != table.digest:
            yield {"batch": {"cursor": f"{table.digest}:0", "site": self.site(table), "problems": table.problems}}
        while start < total:
            part = table.items[start:start + self.batch]
            batch = {"items": part, "site": self.site(table), "done": start + len(part), "total": total}
            if start == 0:
                batch["problems"] = table.problems
            start += len(part)
            batch["cursor"] = f"{table.digest}:{start}"
            yield {"batch": batch}
        yield {"end": True}

    def ask(self, params):
        table, answers, found = self.table(), [], []
        by_id = {i["id"]: i for i in table.items}
        for key in params["keys"]:
            native = table.keys.get(key)
            if native is None:
                answers.append({"key": key, "reason": "gone"})
                continue
            answers.append({"key": key, "id": native})
            found.append(by_id[native])
        yield {"result": {"answers": answers, "items": found}}

    def census(self, params):
        table = self.table()
        site, exists = self.site(table), {}
        for i in table.items:
            exists.setdefault(i["project"], []).append(i["id"])
        there = {i["id"] for i in table.items}
        gone = []
        if not table.problems:  # a row that cannot be read is not a row that was removed
            gone = [{"id": k["id"], "reason": "gone"} for k in params["known"] if k["id"] not in there]
        yield {"result": {"scopes": site["scopes"], "exists": exists, "gone": gone}}

    def check(self, params):
        table = self.table()
        yield {"result": {"site": self.site(table), "unmapped": [f"{p['where']}: {p['what']}" for p in table.problems]}}


def main():
    sys.stdin.reconfigure(encoding="utf-8")  # whatever the locale says
    plugin = Plugin()
    methods = {m: getattr(plugin, m) for m in ("hello", "changes", "ask", "census", "check")}

    def send(number, message):
        sys.stdout.write(json.dumps({"id": number, **message}) + "\n")
        sys.stdout.flush()

    for line in sys.stdin:
        request = json.loads(line)
        number = request["id"]
        try:
            method = methods.get(request["method"])
            if method is None:
                raise Failure("other", "unknown method " + request["method"])
            for message in method(request.get("params") or {}):
                send(number, message)
        except Failure as e:
            send(number, {"error": e.error})
        except Exception as e:  # the log has the whole story
            print(f"{request['method']}: {e!r}", file=sys.stderr, flush=True)
            send(number, {"error": {"kind": "other", "message": repr(e)}})


if __name__ == "__main__":
    main()
