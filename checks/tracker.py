"""The simulated trackers under the checks, and a proxy that spoils their answers."""

import http.client
import http.server
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

EMAIL, JIRA_TOKEN, GITHUB_TOKEN = "bot@example.com", "jira-test-token", "github-test-token"


def prepare(source, work):
    """Copies the simulator with its data to a folder of our own and installs what it needs."""
    source, target = Path(source), Path(work) / "trackers"
    if not target.exists():
        for name in (source.name, "specs", "realdata"):
            shutil.copytree(source.parent / name, target / name, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("node_modules"))
        for folder in [target, *target.rglob("*")]:
            if folder.is_dir():
                folder.chmod(0o755)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=target / source.name, check=True, stdin=subprocess.DEVNULL)
    return target / source.name


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Trackers:
    """One Jira site and one GitHub, as they were at a moment that only moves forward.

    github is the kind of GitHub, with options. With jira_url the site calls itself by that address, a proxy's, and listens at jira_listens."""

    def __init__(self, folder, kind, as_of, jira_url="", scenario="", github=("ghec",), jira_data=""):
        data = Path(folder).parent / "realdata"
        command = [
            "node", "trackersim.mjs", "--jira", kind, "--jira-auth", f"basic:{EMAIL}:{JIRA_TOKEN}",
            "--github", *github, "--github-rate", "1000000", "--github-auth", f"bearer:{GITHUB_TOKEN}", "--as-of", as_of, "--control-port", "0",
        ]
        command += ["--scenario", scenario] if scenario else [
            "--jira-data", str(jira_data or data / "jira-issues.jsonl.gz"), "--github-data", str(data / "github-pulls.jsonl.gz")]
        if jira_url:
            port = free_port()
            command[4:4] = ["--jira-url", jira_url, "--jira-port", str(port)]
        env = {k: v for k, v in os.environ.items() if k.lower() not in ("http_proxy", "https_proxy")}
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulated trackers did not start: exit code {self.process.wait()}")
        ready = json.loads(line)
        self.kind, self.control = kind, ready["control"]
        self.jira, self.github = ready["jira"]["jira"]["url"], ready["github"]["url"]
        self.jira_listens = f"http://127.0.0.1:{port}" if jira_url else self.jira

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.control + path, data=data, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def move(self, to):
        self.call("/_sim/clock", {"now": to})

    def faults(self, **by_tracker):
        """Replaces all faults; without arguments there are none."""
        self.call("/_sim/faults", {"clear": True, **by_tracker})

    def journal(self, log=False):
        return self.call("/_sim/journal" + ("?log" if log else ""))

    def reset(self):
        self.call("/_sim/journal/reset", {})

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def cost(before, after, tracker):
    """(requests, bytes) between two journals."""
    return tuple(after[tracker][k] - before[tracker][k] for k in ("requests", "bytes"))


def violations(journal):
    return [f"{name}: {v['why']} ({v['request']})" for name, t in journal.items() for v in t["violations"]]


class Spoiler:
    """A reverse proxy in front of one tracker. mode says what becomes of its answers:

    ""        passed on
    html      a login page with status 200
    cut       half of the body, with the length of the whole
    endless   a JSON body that never ends
    malformed the item whose key holds `victim` gets a creation time of the wrong type
    """

    def __init__(self, upstream="", port=0):
        self.upstream, self.mode, self.victim, self.hits = upstream, "", "", 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.serve(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, h):
        body = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        host = self.upstream.removeprefix("http://")
        upstream = http.client.HTTPConnection(host, timeout=60)
        headers = {k: v for k, v in h.headers.items() if k.lower() not in ("host", "connection", "accept-encoding")}
        upstream.request(h.command, h.path, body or None, headers)
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        mode = self.mode
        if mode:
            self.hits += 1
        try:
            self.reply(h, mode, answer, data, host)
        except OSError:  # the client has had enough
            h.close_connection = True

    def reply(self, h, mode, answer, data, host):
        out = {k: v for k, v in answer.getheaders() if k.lower() not in ("content-length", "connection", "transfer-encoding", "date", "keep-alive")}
        if "Link" in out:
            out["Link"] = out["Link"].replace(host, self.url.removeprefix("http://"))
        status, length = answer.status, len(data)
        if mode == "html":
            status, data = 200, b"<!DOCTYPE html><html><body><form>Log in</form></body></html>"
            out["Content-Type"], length = "text/html;charset=UTF-8", len(data)
        elif mode == "malformed" and self.victim.encode() in data:
            data = json.dumps(spoil(json.loads(data), self.victim)).encode()
            length = len(data)
        h.send_response(status)
        for k, v in out.items():
            h.send_header(k, v)
        if mode == "endless":
            h.send_header("Connection", "close")
            h.end_headers()
            h.close_connection = True
            h.wfile.write(b'{"issues":[')
            until = time.monotonic() + 60
            while time.monotonic() < until:
                h.wfile.write(b'{"id":"1","key":"AC-1","fields":{"summary":"' + b"x" * 65536 + b'"}},')
            return
        h.send_header("Content-Length", str(length))
        h.end_headers()
        if mode == "cut":
            h.wfile.write(data[: len(data) // 2])
            h.wfile.flush()
            h.connection.shutdown(2)
            h.close_connection = True
            return
        h.wfile.write(data)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def spoil(value, victim):
    """Gives the item with that key a creation time that is none."""
    if isinstance(value, list):
        return [spoil(v, victim) for v in value]
    if not isinstance(value, dict):
        return value
    value = {k: spoil(v, victim) for k, v in value.items()}
    if value.get("key") == victim and "created" in (value.get("fields") or {}):
        value["fields"]["created"] = {"no": "time"}
    return value
