"""What a daemon does with wrong settings and with answers that are none."""

import json
import re
import subprocess
import time

import compare
import tracker
from daemon import Daemon, names

STEADY = 8  # seconds a state is watched: several polls


def named(d, kind):
    by_type = {k: n for n, k in names(d.config).items()}
    return by_type[kind]


def state_of(d, kind):
    return d.status()[named(d, kind)]


def settle(c, d, label, kind, words, limit=60):
    """Waits until the tracker's status names the trouble; then it may be logged once, however often it is polled."""
    def told():
        text = json.dumps(state_of(d, kind)).lower()
        return text if all(w.lower() in text for w in words) else None

    seconds, text = d.wait(told, timeout=limit)
    c.result(f"{label} is named in the status", bool(text), f"{seconds:.1f} s, looked for {words}, error {state_of(d, kind).get('error')!r}")
    time.sleep(STEADY)
    lines = d.complaints(named(d, kind))
    c.result(f"{label} is logged once", len(lines) == 1, f"{len(lines)} lines in {STEADY} s of polls{': ' + lines[0][:200] if lines else ''}")
    return lines


def live_check(c, label, config, words):
    done = subprocess.run([c.binary, "check-config", str(config), "--live"], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    c.result(f"{label} is named by check-config --live", all(w.lower() in said.lower() for w in words), f"exit code {done.returncode}: {' / '.join(said.splitlines()[-3:])[:300]}")


def no_secret(c, label, folder):
    found = [p.name for p in folder.rglob("*") if p.is_file() and p.suffix not in (".token",) and any(s.encode() in p.read_bytes() for s in (tracker.JIRA_TOKEN, tracker.GITHUB_TOKEN, "wrong-secret"))]
    c.result(f"{label} leaves no secret behind", not found, str(found))


def check_credentials(c, moments):
    """A refused credential is named; the right one in its file is used without a restart."""
    for kind, file, right in (("jira", "jira.token", tracker.JIRA_TOKEN), ("github", "github.token", tracker.GITHUB_TOKEN)):
        label = f"wrong {kind} credential"
        folder = c.folder_for(label)
        with tracker.Trackers(c.folder, "cloud", moments[0]) as t:
            config = c.config(folder, t)
            (folder / file).write_text("wrong-secret\n")
            live_check(c, label, config, ["credential"])
            with Daemon(c.binary, config, folder / "waitgraph.db", folder / "log") as d:
                settle(c, d, label, kind, ["credential"])
                (folder / file).write_text(right + "\n")
                seconds, found = d.settled(compare.facts(c.truth(moments[0])), timeout=120)
                c.differ(f"{label} mended", found, f"{seconds:.1f} s")
            no_secret(c, label, folder)


def check_scopes(c, moments):
    """A project or repository that is not there is named; the rest is read."""
    for kind, change, wrong in (
        ("jira", {"projects": ["AC", "ALOY", "DAEMON", "MOD", "NOPE"]}, "NOPE"),
        ("github", {"repositories": ["appcelerator/alloy", "appcelerator/nope"]}, "appcelerator/nope"),
    ):
        label = f"wrong {kind} scope"
        folder = c.folder_for(label)
        with tracker.Trackers(c.folder, "cloud", moments[0]) as t:
            config = c.config(folder, t, **change)
            live_check(c, label, config, [wrong])
            with Daemon(c.binary, config, folder / "waitgraph.db", folder / "log") as d:
                settle(c, d, label, kind, [wrong])
                scopes = {s["scope"]: s["readable"] for s in state_of(d, kind)["scopes"]}
                c.result(f"{label} is marked unreadable, the others readable", scopes.pop(wrong, None) is False and scopes and all(scopes.values()), str(scopes))
                c.differ(f"{label}: the rest is read", d.settled(compare.facts(c.truth(moments[0])))[1])
            c.no_violations(label, t.journal())


def check_settings(c, moments):
    """A misspelt key and an address where nobody answers are named."""
    folder = c.folder_for("wrong settings")
    nobody = f"http://127.0.0.1:{tracker.free_port()}"
    with tracker.Trackers(c.folder, "cloud", moments[0]) as t:
        config = c.config(folder, t)
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("projects:", "projcts:", 1), encoding="utf-8")
        done = subprocess.run([c.binary, "check-config", str(config)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        said = done.stdout + done.stderr
        place = re.search(r"waitgraph\.yml:\d+:\d+: .*projcts.*projects", said)
        c.result("a misspelt key is named with its place and the nearest key", done.returncode == 2 and place, f"exit code {done.returncode}: {said.strip().splitlines()[-1:]}")
        config = c.config(folder, t, jira=nobody)
        live_check(c, "wrong jira address", config, ["refused"])
        with Daemon(c.binary, config, folder / "waitgraph.db", folder / "log") as d:
            settle(c, d, "wrong jira address", "jira", ["refused"])


def check_answers(c, moments):
    """HTML, cut and endless answers fail that page, cost no fact, and are survived."""
    folder = c.folder_for("bad answers")
    jira, github = tracker.Spoiler(), tracker.Spoiler()
    try:
        with tracker.Trackers(c.folder, "cloud", moments[0], jira_url=jira.url) as t:
            jira.upstream, github.upstream = t.jira_listens, t.github
            with Daemon(c.binary, c.config(folder, t, jira=jira.url, github=github.url), folder / "waitgraph.db", folder / "log") as d:
                want = compare.facts(c.truth(moments[0]))
                c.differ("before bad answers", d.settled(want, timeout=120)[1])
                for mode in ("html", "cut", "endless"):
                    before = {k: len(d.complaints(named(d, k))) for k in ("jira", "github")}
                    jira.mode = github.mode = mode
                    for kind in ("jira", "github"):
                        seconds, told = d.wait(lambda: state_of(d, kind).get("error"), timeout=180)
                        c.result(f"{mode} from {kind} is named in the status", bool(told), f"{seconds:.1f} s: {str(told)[:160]}")
                    time.sleep(STEADY)
                    for kind in ("jira", "github"):
                        loops = [json.loads(line)["loop"] for line in d.complaints(named(d, kind))[before[kind]:]]
                        c.result(f"{mode} from {kind} is logged once by each loop", loops and len(loops) == len(set(loops)), f"lines of {loops} in {STEADY} s of polls")
                    c.differ(f"{mode} answers cost no fact", compare.differences(want, d.facts()), f"{jira.hits + github.hits} answers spoilt so far")
                    jira.mode = github.mode = ""
                    seconds, good = d.wait(lambda: not any(x.get("error") for x in d.status().values()), timeout=180)
                    c.result(f"{mode} answers are survived", bool(good) and d.process.poll() is None, f"{seconds:.1f} s")
                t.move(moments[1])
                want = compare.facts(c.truth(moments[1]), both_sides=False)
                seconds, found = d.settled(want, timeout=120, both_sides=False)
                c.differ("after bad answers it goes on", found, f"{seconds:.1f} s")
    finally:
        jira.stop()
        github.stop()


def check_malformed(c, moments):
    """One malformed item is skipped and named; its page is kept."""
    victim, folder = "ALOY-458", c.folder_for("malformed item")
    jira = tracker.Spoiler()
    try:
        with tracker.Trackers(c.folder, "cloud", moments[0], jira_url=jira.url) as t:
            jira.upstream, jira.victim, jira.mode = t.jira_listens, victim, "malformed"
            with Daemon(c.binary, c.config(folder, t, jira=jira.url), folder / "waitgraph.db", folder / "log") as d:
                d.wait(d.fresh, timeout=120)
                said = json.dumps(state_of(d, "jira")) + "\n".join(d.complaints(named(d, "jira")))
                c.result("a malformed item is named", victim in said, f"looked for {victim} in status and log")
                want, got = compare.facts(c.truth(moments[0])), d.facts()
                missing = [k for k, v in want["items"].items() if k not in got["items"] and not v["stub"]]
                c.result("the rest of its page is kept", set(missing) <= {f"jira:{victim}"}, f"missing {missing[:5]}, {len(got['items'])} items")
    finally:
        jira.stop()


CHECKS = {
    "bad-credentials": check_credentials,
    "bad-scopes": check_scopes,
    "bad-settings": check_settings,
    "bad-answers": check_answers,
    "bad-item": check_malformed,
}
