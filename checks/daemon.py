"""Runs the waitgraph binary under the checks: its configuration, its reports, its API."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import compare
import tracker

POLL = "poll: {interval: 1s, frontier: 2s, census: 1h, stale_after: 1m}\n"


def configure(example, folder, jira, github, projects=None, repositories=None, remote_links=0):
    """Writes the example configuration for the trackers at these addresses; returns its path.

    The archived issues have no links to other sites: to look for them would only take time."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, token in (("jira.token", tracker.JIRA_TOKEN), ("github.token", tracker.GITHUB_TOKEN)):
        (folder / name).write_text(token + "\n")
        (folder / name).chmod(0o600)
    text = Path(example).read_text(encoding="utf-8")
    text = re.sub(r"^poll:.*(?:\n[ \t]+.*)*\n", "", text, flags=re.M)
    head, blocks, tail = sections(text)
    for n, block in enumerate(blocks):
        kind = re.search(r"\btype:\s*(\w+)", block)[1]
        url, auth = {
            "jira": (jira, "{email: %s, token_file: jira.token}" % tracker.EMAIL),
            "github": (github, "{token_file: github.token}"),
        }[kind]
        indent = re.match(r"(\s*)- ", block)[1] + "  "
        block = re.sub(rf"^{indent}(?:url|auth):.*(?:\n{indent}[ \t]+.*)*\n", "", block, flags=re.M)
        block = block.rstrip("\n") + f"\n{indent}url: {url}\n{indent}auth: {auth}\n"
        if kind == "jira" and remote_links is not None:
            block += f"{indent}remote_links: {remote_links}\n"
        if kind == "jira" and projects:
            block = re.sub(rf"^{indent}projects:.*\n", f"{indent}projects: [{', '.join(projects)}]\n", block, flags=re.M)
        if kind == "github" and repositories:
            block = re.sub(rf"^{indent}repositories:.*\n", f"{indent}repositories: [{', '.join(repositories)}]\n", block, flags=re.M)
        blocks[n] = block
    path = folder / "waitgraph.yml"
    path.write_text(POLL + head + "".join(blocks) + tail, encoding="utf-8")
    return path


def sections(text):
    """The text before the trackers, each tracker's lines, and the rest."""
    start = re.search(r"^trackers:[^\n]*\n", text, flags=re.M).end()
    end = re.search(r"^\S", text[start:], flags=re.M)
    end = start + (end.start() if end else len(text))
    blocks = re.split(r"(?m)^(?=\s*- name:)", text[start:end])
    return text[:start] + (blocks[0] if not blocks[0].lstrip().startswith("- name:") else ""), [b for b in blocks if b.lstrip().startswith("- name:")], text[end:]


def names(config):
    """Truth's tracker names for those of the configuration: the types."""
    _, blocks, _ = sections(Path(config).read_text(encoding="utf-8"))
    return {re.search(r"- name:\s*(\S+)", b)[1]: re.search(r"\btype:\s*(\w+)", b)[1] for b in blocks}


def once(binary, config, storage, timeout=300):
    """(the JSON report, seconds) of one complete sync."""
    started = time.monotonic()
    done = subprocess.run(
        [binary, "once", f"--config.file={config}", f"--storage=sqlite://{storage}", "--format=json"],
        capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"once ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout), time.monotonic() - started


class Daemon:
    def __init__(self, binary, config, storage, log):
        self.config, self.log_path = config, Path(log)
        self.log_file = open(log, "wb")
        self.process = subprocess.Popen(
            [binary, "run", f"--config.file={config}", f"--storage=sqlite://{storage}", "--web.listen-address=127.0.0.1:0", "--log.format=json"],
            stdout=self.log_file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.base = None

    def address(self, timeout=30):
        """Where it listens, as its log says; the port is its own choice."""
        until = time.monotonic() + timeout
        while self.base is None:
            m = re.search(r"127\.0\.0\.1:(\d+)\b", "\n".join(line for line in self.lines() if re.search(r"listen", line, re.I)))
            if m:
                self.base = f"http://127.0.0.1:{m[1]}"
            elif self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the daemon does not listen: {self.tail()}")
            else:
                time.sleep(0.05)
        return self.base

    def lines(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()

    def tail(self):
        return " / ".join(self.lines()[-5:])[-1500:]

    def settled(self, want, timeout=60, both_sides=True):
        """Waits until it says what is wanted; (seconds, what still differs)."""
        found = []

        def same():
            found[:] = compare.differences(want, self.facts(both_sides))
            return not found

        seconds, _ = self.wait(same, timeout)
        return seconds, found

    def complaints(self, name):
        """Log lines of level WARN or worse that name the tracker."""
        out = []
        for line in self.lines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("level", "").upper() in ("WARN", "ERROR") and entry.get("tracker") == name:
                out.append(line)
        return out

    def status(self):
        return {t["name"]: t for t in compare.fetch(self.address(), "/api/v1/status")["trackers"]}

    def cycles(self, seconds):
        """How many complete polls each tracker has in this time, by its type."""
        types, seen = names(self.config), {}
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for name, status in self.status().items():
                seen.setdefault(types[name], set()).add(status["last_sync"])
            time.sleep(0.1)
        return {kind: len(times) - 1 for kind, times in seen.items()}

    def facts(self, both_sides=True):
        return compare.facts(compare.fetch_all(self.address()), compare.Names(names(self.config)), both_sides)

    def wait(self, ask, timeout, every=0.2):
        """Asks until the answer is true; (seconds, the last answer)."""
        started = time.monotonic()
        while True:
            try:
                answer = ask()
            except (urllib.error.URLError, ConnectionError) as e:
                answer = None
                if self.process.poll() is not None:
                    raise RuntimeError(f"the daemon ended: {self.tail()}") from e
            passed = time.monotonic() - started
            if answer or passed > timeout:
                return passed, answer
            time.sleep(every)

    def fresh(self):
        return all(t["fresh"] for t in self.status().values())

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log_file.close()

    def stop(self):
        """Ends it politely; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return -9
        self.log_file.close()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
