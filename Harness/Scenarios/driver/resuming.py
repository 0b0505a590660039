"""Scenarios of suites that were killed or interrupted: what `--resume` goes on with, and what the reports and `merge` say."""
import json
import os
import signal
import subprocess
from xml.etree import ElementTree

from . import host
from .interrupts import nobody_left
from .special import within
from .suites import put, run


def told(path):
    """What events of a run tell so far: the kinds and names."""
    try:
        with open(path) as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
    except OSError:
        return []
    return [(line["event"], line.get("name")) for line in lines]


def ended_when(space, directory, signum, events, *words):
    """A run that is sent a signal once it has told these events: its exit code, and what it printed."""
    path = os.path.join(directory, "project", "events.jsonl")
    if os.path.exists(path):
        os.unlink(path)  # a former run's
    line = [space.isorun, *words, "--events", path]
    process = subprocess.Popen(line, cwd=os.path.join(directory, "project"), env={**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state")},
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    came = within(60, lambda: all(told(path).count(event) >= events.count(event) for event in events))
    process.send_signal(signum if came else signal.SIGKILL)
    text, _ = process.communicate(timeout=60 * host.patience)
    # What it cloned ends with it, and comes to this process.
    gone = within(10, nobody_left)
    return (process.returncode, text) if came and gone else (None, f"told {told(path)}, left {host.descendants()}: {text}")


def hang(directory, *, on):
    path = os.path.join(directory, "project", "hang")
    open(path, "w").close() if on else os.unlink(path)


def needs(space, arena, directory):
    """What needs tests that share a container is not run where one of them had failed before the run was killed."""
    put(directory, "pk/run.sh", "case $1 in t1) exit 1;; t2) kill -9 -1; kill -9 $PPID;; t3) test ! -e hang || exec sleep 600;; esac\n")
    put(directory, "isorun.yml", "version: 1\njobs:\n"
        "  - name: pk\n    tests: {framework: exec, path: pk, per: all, listCommand: \"printf 't1\\nt2\\nt3\\n'\", runCommand: 'sh run.sh {}'}\n"
        "  - {name: z, run: echo DEPLOYED, needs: pk}\n")
    put(directory, "pk/hang", "")
    code, text = ended_when(space, directory, signal.SIGKILL, [("job-finished", "pk/t1"), ("job-starting", "pk/t3")], "suite", *space.allowance)
    if code != -signal.SIGKILL:
        return [f"the first run: {code}, {text}"]
    os.unlink(os.path.join(directory, "project", "pk", "hang"))
    got = run(space, directory, "suite", *space.allowance, "--resume", "--output", "all")
    right = got.returncode == 1 and "were done before" in got.stderr and "it needs pk/t1, which did not pass: z" in got.stderr
    return [] if right and "DEPLOYED" not in got.stderr else [f"exit {got.returncode}, {got.stderr}"]


def numbered(space, arena, directory):
    """A job that is called as a later round would be is no round of another one."""
    put(directory, "isorun.yml", "version: 1\njobs:\n  - {name: x, run: 'true'}\n  - {name: 'x #2', run: exit 1}\n"
        "  - {name: s, run: 'test ! -e hang || exec sleep 600', needs: [x]}\n  - {name: y, run: 'true', needs: [x, s]}\n")
    hang(directory, on=True)
    events = [("job-finished", "x"), ("job-finished", "x #2"), ("job-started", "s")]
    code, text = ended_when(space, directory, signal.SIGKILL, events, "suite", *space.allowance)
    if code != -signal.SIGKILL:
        return [f"the first run: {code}, {text}"]
    hang(directory, on=False)
    got = run(space, directory, "suite", *space.allowance, "--resume")
    right = got.returncode == 1 and "4 jobs in" in got.stderr and "3 passed, 1 failed" in got.stderr
    return [] if right else [f"exit {got.returncode}, {got.stderr}"]


def suite(first):
    return f"version: 1\njobs:\n  - {{name: a, run: '{first}'}}\n  - {{name: b, run: 'test ! -e hang || exec sleep 600', needs: a}}\n"


def other_commands(space, arena, directory):
    """Results are gone on with that are results of the same: of the same commands, policy and rounds, and of a run that left something."""
    complaints = []

    def expect(code, word, *words):
        got = run(space, directory, "suite", *space.allowance, *words)
        if got.returncode != code or word not in got.stderr:
            complaints.append(f"{words}: expected {code} and {word!r}, got {got.returncode}, {got.stderr}")

    put(directory, "isorun.yml", suite("true"))
    for number in (signal.SIGKILL, signal.SIGINT):
        hang(directory, on=True)
        events = [("job-finished", "a"), ("job-started", "b")]
        code, text = ended_when(space, directory, number, events, "suite", *space.allowance)
        if code != (-signal.SIGKILL if number == signal.SIGKILL else 130):
            return [f"the first run: {code}, {text}"]
        hang(directory, on=False)
        put(directory, "isorun.yml", suite("false"))
        expect(64, "other commands", "--resume")
        put(directory, "isorun.yml", suite("true"))
        expect(64, "other commands", "--resume", "--leaks", "fail")
        expect(64, "other rounds", "--resume", "--repeat", "2")
        expect(0, "1 were done before", "--resume")
        expect(64, "came to its end", "--resume")
    return complaints


def own_reports(space, arena, directory):
    """What a job reported itself before the run was killed is in the reports of the one that goes on with it."""
    put(directory, "isorun.yml", "version: 1\njobs:\n  - name: job\n    collectJunit: '*.xml'\n"
        "    run: echo '<testsuite><testcase name=\"theirs\"/></testsuite>' >r.xml; ln -s r.xml link.xml; exit 1\n"
        "  - {name: other, run: 'test ! -e hang || exec sleep 600'}\n")
    hang(directory, on=True)
    events = [("job-finished", "job"), ("job-finished", "job"), ("job-started", "other")]
    code, text = ended_when(space, directory, signal.SIGKILL, events, "suite", *space.allowance, "--retries", "1")
    if code != -signal.SIGKILL:
        return [f"the first run: {code}, {text}"]
    hang(directory, on=False)
    got = run(space, directory, "suite", *space.allowance, "--retries", "1", "--resume", "--junit", "-")
    right = got.stdout.count('name="theirs"') == 1 and "it is a symbolic link" in got.stdout and 'name="other"' in got.stdout
    return [] if got.returncode == 1 and right else [f"exit {got.returncode}, {got.stderr}, {got.stdout}"]


def after_fail_fast(space, arena, directory):
    """A run that ended with a failure has left things out, which --resume runs; with the same option it would run nothing."""
    put(directory, "isorun.yml", "version: 1\njobs:\n  - {name: a, run: 'false'}\n  - {name: b, run: 'true'}\n")
    words = ["suite", *space.allowance, "-j", "1"]
    got = [run(space, directory, *words, *more) for more in (["--fail-fast"], ["--resume", "--fail-fast"], ["--resume"], ["--resume"])]
    codes = [one.returncode for one in got]
    right = "lets nothing more start" in got[1].stderr and "1 passed, 1 failed" in got[2].stderr and "came to its end" in got[3].stderr
    return [] if codes == [1, 64, 1, 64] and right else [f"exit {codes}, {[one.stderr for one in got]}"]


def interrupted_retry(space, arena, directory):
    """A failure that was being tried again when the run was interrupted is a failure in each report, and in what is merged."""
    project, out, complaints = os.path.join(directory, "project"), os.path.join(directory, "out"), []
    os.mkdir(out)
    os.chmod(out, 0o777)
    put(directory, "isorun.yml", "version: 1\njobs:\n  - name: a\n    retries: 1\n"
        f"    volume: ['{out}:/out:rw']\n    run: 'test -e /out/tried && exec sleep 600; touch /out/tried; exit 1'\n")
    events = [("job-finished", "a"), ("job-started", "a"), ("job-started", "a")]
    code, text = ended_when(space, directory, signal.SIGINT, events, "suite", *space.allowance, "--junit", "run.xml")
    if code != 130 or "0 passed, 1 failed" not in text or "not run" in text or "again: isorun suite isorun.yml " not in text:
        complaints.append(f"the run: {code}, {text}")
    merged = run(space, directory, "merge", "events.jsonl", "--junit", "merged.xml", "--events", "merged.jsonl")
    if merged.returncode != 1 or "0 passed, 1 failed" not in merged.stderr or "not run" in merged.stderr:
        complaints.append(f"merge: exit {merged.returncode}, {merged.stderr}")
    for name in ("run.xml", "merged.xml"):
        suite = ElementTree.parse(os.path.join(project, name)).getroot().find("testsuite")
        if suite is None or (suite.get("tests"), suite.get("failures"), suite.get("skipped")) != ("1", "1", "0"):
            complaints.append(f"{name}: {None if suite is None else suite.attrib}")
    for name in ("events.jsonl", "merged.jsonl"):
        page = run(space, directory, "report", "html", name, "--output", "-").stdout
        summary = run(space, directory, "report", "markdown", name, "--output", "-").stdout
        if "0 passed, 1 failed in" not in page or "| 0 | 0 | 1 | 0 | 0 |" not in summary:
            complaints.append(f"{name}: {page[-2000:]}{summary}")
    return complaints


def merged_early_ends(space, arena, directory):
    """A partition that did not build, or was killed before it told anything, is an error beside the results of the others."""
    project, complaints = os.path.join(directory, "project"), []
    put(directory, "ok", "")
    words = ["test", ".", *space.allowance, "--build", "test -e ok", "--list-command", "seq 4", "--run-command", "true {}"]
    first = run(space, directory, *words, "--partition", "slice:1/2", "--events", "1.jsonl")
    os.unlink(os.path.join(project, "ok"))
    second = run(space, directory, *words, "--partition", "slice:2/2", "--events", "2.jsonl")
    if (first.returncode, second.returncode) != (0, 1):
        return [f"{first.stderr}, {second.stderr}"]
    put(directory, "empty.jsonl", "")
    for other, cases, errors, word in (("2.jsonl", "5", "3", "build (slice:2/2)"), ("empty.jsonl", "4", "2", "empty.jsonl is empty")):
        merged = run(space, directory, "merge", "1.jsonl", other, "--junit", "all.xml")
        suite = ElementTree.parse(os.path.join(project, "all.xml")).getroot().find("testsuite")
        with open(os.path.join(project, "all.xml")) as file:
            text = file.read()
        wrong = int(suite.get("errors")) + int(suite.get("failures"))
        if merged.returncode != 1 or (suite.get("tests"), str(wrong)) != (cases, errors) or word not in text:
            complaints.append(f"{other}: exit {merged.returncode}, {merged.stderr}, {text}")
    got = run(space, directory, "merge", "empty.jsonl", "--junit", "none.xml")
    if got.returncode != 64 or "no file has a plan" not in got.stderr:
        complaints.append(f"nothing at all: exit {got.returncode}, {got.stderr}")
    return complaints


def inputs_stay(space, arena, directory):
    """No report takes the place of the events that it is made of."""
    path, complaints = os.path.join(directory, "project", "1.jsonl"), []
    put(directory, "isorun.yml", "version: 1\njobs:\n  - {name: a, run: 'true'}\n")
    run(space, directory, "suite", *space.allowance, "--events", "1.jsonl")
    with open(path) as file:
        before = file.read()
    os.symlink("1.jsonl", os.path.join(directory, "project", "link"))
    lines = [["merge", "1.jsonl", option, "./1.jsonl"] for option in ("--junit", "--json", "--events")]
    lines += [["report", kind, "1.jsonl", "--output", "link"] for kind in ("junit", "html", "markdown")]
    for line in lines:
        got = run(space, directory, *line)
        with open(path) as file:
            stayed = file.read() == before
        if got.returncode != 64 or "would take the place of what is read" not in got.stderr or not stayed:
            complaints.append(f"{line}: exit {got.returncode}, {got.stderr}, the same: {stayed}")
    return complaints
