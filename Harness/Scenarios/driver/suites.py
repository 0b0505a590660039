"""Scenarios of `isorun test` and `isorun suite`: of more than one run, on a full disk, and of what runs at the same time."""
import glob
import json
import os
import pty
import re
import resource
import select
import shlex
import signal
import socket
import subprocess
from xml.etree import ElementTree

from . import host
from .special import within


def run(space, directory, *words, **environment):
    """isorun in the project, its state in a directory of the scenario's own."""
    surroundings = {**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state"), **environment}
    return subprocess.run([space.isorun, *words], cwd=os.path.join(directory, "project"), env=surroundings, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120 * host.patience)


def put(directory, name, text):
    """A file of the project, which is made where it is not there."""
    path = os.path.join(directory, "project", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def few_descriptors(space, arena, directory):
    """With a limit of descriptors, which it may not raise, fewer containers are made at a time, and none fails for it."""
    jobs = "".join(f"  - {{name: j{number}, run: [sleep, '0.2']}}\n" for number in range(40))
    put(directory, "isorun.yml", f"version: 1\ndefaults: {{cpus: 0.01}}\njobs:\n{jobs}")
    surroundings = {**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state")}
    got = subprocess.run([space.isorun, "suite", *space.allowance, "-q", "--jobs", "40"], cwd=os.path.join(directory, "project"), env=surroundings,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100 * host.patience,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
    return [] if got.returncode == 0 and "40 passed" in got.stderr else [f"exit {got.returncode}, {got.stderr}"]


def same_port(space, arena, directory):
    """What only one job can have is no reason for a failure of others that want it, too."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    jobs = "".join(f"  - {{name: j{number}, run: sleep 0.3, publish: '{port}:80'}}\n" for number in range(4))
    put(directory, "isorun.yml", f"version: 1\njobs:\n{jobs}  - {{name: other, run: 'true'}}\n")
    got = run(space, directory, "suite", *space.allowance, "-q", "--jobs", "4")
    return [] if got.returncode == 0 and "5 passed" in got.stderr else [f"exit {got.returncode}, {got.stderr}"]


def listed_on_terminal(space, arena, directory):
    """A name with the words of a terminal in it is shown, and not obeyed; a program gets it as it is."""
    put(directory, "x", "")
    words = ["test", ".", *space.allowance, "--list", "--framework", "exec", "--list-command", "printf 'a\\033]0;x\\007b\\n'", "--run-command", "true {}"]
    piped = run(space, directory, *words)
    master, slave = pty.openpty()
    try:
        surroundings = {**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state")}
        done = subprocess.run([space.isorun, *words], cwd=os.path.join(directory, "project"), env=surroundings, stdin=subprocess.DEVNULL, stdout=slave,
                              stderr=subprocess.PIPE, timeout=60 * host.patience)
        shown = os.read(master, 4096)
    finally:
        os.close(master)
        os.close(slave)
    complaints = [] if piped.stdout == "a\033]0;x\007b\n" else [f"piped: {piped.stdout!r}, {piped.stderr}"]
    if done.returncode != 0 or b"\033" in shown or not shown.startswith(b"a") or b"]0;x" not in shown:
        complaints.append(f"shown: {shown!r}, exit {done.returncode}, {done.stderr}")
    return complaints


def fill(directory):
    """Leaves no room."""
    left = os.statvfs(directory)
    with open(os.path.join(directory, "ballast"), "ab") as file:
        file.write(b"x" * (left.f_bavail * left.f_bsize))


def full_disk(space, arena, directory):
    """What finds no room while a suite runs is told, with its file: a report by isorun's own failure, all else by a note."""
    small, complaints = os.path.join(directory, "small"), []
    os.mkdir(small)
    jobs = "".join(f"  - {{name: job {number} {'x' * 500}, run: 'true'}}\n" for number in range(40))
    put(directory, "isorun.yml", f"version: 1\njobs:\n{jobs}")
    host.call(host.libc.mount(b"none", small.encode(), b"tmpfs", 0, b"size=65536"), "mount")
    try:
        # First the journal's plan has room and not its results; then, where no last one makes room for it, not even the plan.
        for words in ("the journal ends here", "the journal of this run cannot be kept"):
            got = run(space, directory, "suite", *space.allowance, XDG_STATE_HOME=small)
            if got.returncode != 0 or words not in got.stderr or "40 passed" not in got.stderr or got.stderr.count("the journal") != 1:
                complaints.append(f"a journal without room: exit {got.returncode}, {got.stderr}")
            for journal in glob.glob(os.path.join(small, "isorun", "*", "last.jsonl")):
                os.unlink(journal)
            fill(small)
        path = os.path.join(small, "report")
        for option in ("--events", "--json", "--junit"):
            got = run(space, directory, "suite", *space.allowance, option, path)
            if got.returncode != 125 or "No space left on device" not in got.stderr or path not in got.stderr or "40 passed" not in got.stderr:
                complaints.append(f"{option}: exit {got.returncode}, {got.stderr}")
        # Before any test is known there is a report to write, too.
        got = run(space, directory, "test", ".", *space.allowance, "--list-command", "exit 3", "--run-command", "true {}", "--junit", path)
        if got.returncode != 125 or "No space left on device" not in got.stderr or "exit 3" not in got.stderr:
            complaints.append(f"the report of a list that failed: exit {got.returncode}, {got.stderr}")
    finally:
        host.call(host.libc.umount2(small.encode(), 2), "unmount")
    line = ["/bin/sh", "-c", f"{shlex.join([space.isorun, 'suite', *space.allowance, '--list'])} > /dev/full"]
    got = subprocess.run(line, cwd=os.path.join(directory, "project"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if got.returncode != 125 or "No space left on device" not in got.stderr:
        complaints.append(f"--list: exit {got.returncode}, {got.stderr}")
    return complaints


def small_clones(space, arena, directory):
    """What clones a suite's containers has none of the memory that its jobs take, though that is there before it."""
    out = os.path.join(directory, "out")
    os.mkdir(out)
    held = f"  - name: held\n    run: [/bin/sh, -c, 'touch /out/began; exec /probes/processes wait']\n    volume: ['{out}:/out:rw', '{space.probes}:/probes:ro']\n"
    jobs = "".join(f"  - {{name: job {number} {'x' * 300}, run: 'true'}}\n" for number in range(2000))
    put(directory, "isorun.yml", f"version: 1\njobs:\n{held}{jobs}")
    suite = subprocess.Popen([space.isorun, "suite", *space.allowance, "-j", "1", "-q"], cwd=os.path.join(directory, "project"),
                             env={**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state")}, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if not within(60, lambda: os.path.exists(os.path.join(out, "began"))):
            suite.kill()
            return [f"the first job never began: {suite.communicate()}"]
        own = anonymous(suite.pid)
        with open(f"/proc/{suite.pid}/task/{suite.pid}/children") as file:
            servers = {child: anonymous(child) for child in file.read().split() if command(child) == "isorun-suite"}
    finally:
        suite.terminate()
        suite.communicate()
    print(f"a suite of 2001 jobs has {own} kB of its own, and what clones for it {servers}")
    # Besides what clones there may be a container of the next job, which has this name until it has another one.
    if own < 4096 or not servers or max(servers.values()) > 256:
        return [f"the suite has {own} kB of its own, and what clones for it {servers}: at most 256 were expected"]
    return []


def anonymous(process):
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))


def command(process):
    with open(f"/proc/{process}/comm") as file:
        return file.read().strip()


def shared_leak(space, arena, directory):
    """With --leaks fail, of a container of many: no innocent test alone is blamed, and no retry without the guilty passes."""
    words = ["test", ".", *space.allowance, "--list-command", "printf 'a\\nleak\\nz\\n'", "--run-command",
             "case {} in leak) exec sleep 1000 >/dev/null 2>&1 </dev/null & ;; esac"]
    got = run(space, directory, *words, "--per", "all", "--leaks", "fail", "--retries", "1")
    complaints = [] if got.returncode == 1 and "3 failed" in got.stderr else [f"exit {got.returncode}, {got.stderr}"]
    again = run(space, directory, *words, "--leaks", "fail", "--failed")
    if again.returncode != 1 or "2 passed, 1 failed" not in again.stderr or not re.search(r"FAIL +[0-9.]+ ms +leak\n", again.stderr):
        complaints.append(f"--failed: exit {again.returncode}, {again.stderr}")
    return complaints


def merged_retries(space, arena, directory):
    """Attempts that others followed are told as such by merge, as by the run itself."""
    put(directory, "isorun.yml", "version: 1\njobs:\n  - {name: bad, run: [/bin/false]}\n  - {name: good, run: [/bin/true]}\n")
    for part in ("1", "2"):
        run(space, directory, "suite", *space.allowance, "--retries", "1", "--partition", f"slice:{part}/2", "--events", f"{part}.json")
    got = run(space, directory, "merge", "1.json", "2.json")
    told = got.stderr.count("FAIL"), got.stderr.count("RETRY")
    return [] if got.returncode == 1 and told == (1, 1) else [f"exit {got.returncode}, {got.stderr}"]


def own_reports(space, arena, directory):
    """What jobs report themselves is in the events: every report can be made of these again, by merge too."""
    project, complaints = os.path.join(directory, "project"), []
    put(directory, "isorun.yml", "version: 1\njobs:\n  - name: job\n    collectJunit: '*.xml'\n"
        "    run: echo '<testsuite><testcase name=\"theirs\"/></testsuite>' >r.xml; ln -s r.xml link.xml; exit 1\n")
    run(space, directory, "suite", *space.allowance, "--retries", "1", "--events", "events.json", "--junit", "0.xml")
    run(space, directory, "report", "junit", "events.json", "--output", "1.xml")
    run(space, directory, "merge", "events.json", "--junit", "2.xml")
    texts = [open(os.path.join(project, f"{number}.xml")).read() for number in range(3)]
    if texts[0].count('name="theirs"') != 1 or "it is a symbolic link" not in texts[0]:
        complaints.append(f"the run's own: {texts[0]}")
    complaints += [f"report {number} is not the run's own: {text}" for number, text in enumerate(texts) if text != texts[0]]
    return complaints


def same_names(space, arena, directory):
    """A history of results knows a test by its class and name: what was not run has those, too."""
    project = os.path.join(directory, "project")
    put(directory, "test_a.py", "def test_a(): assert False\ndef test_b(): assert False\n")
    run(space, directory, "test", ".", *space.allowance, "--fail-fast", "-j", "1", "--junit", "all.xml")
    cases = ElementTree.parse(os.path.join(project, "all.xml")).iter("testcase")
    found = sorted((case.get("classname"), case.get("name")) for case in cases)
    return [] if found == [("test_a.py", "test_a"), ("test_a.py", "test_b")] else [f"{found}"]


def nothing_to_resume(space, arena, directory):
    """What passed before a run that ended while it built is no word on what that one built: nothing can be resumed then."""
    project, complaints = os.path.join(directory, "project"), []
    os.makedirs(project, exist_ok=True)
    words = ["test", ".", *space.allowance, "--build", "! test -e broken", "--list-command", "echo a; echo b",
             "--run-command", "test {} = a || test -e mended"]
    first = run(space, directory, *words)
    open(os.path.join(project, "broken"), "w").close()
    failed = run(space, directory, *words)
    os.unlink(os.path.join(project, "broken"))
    resumed = run(space, directory, *words, "--resume")
    if (first.returncode, failed.returncode, resumed.returncode) != (1, 1, 64) or "no run to go on with" not in resumed.stderr:
        complaints.append(f"exit {first.returncode}, {failed.returncode}, {resumed.returncode}, {resumed.stderr}")
    listed = run(space, directory, *words, "--failed", "--list")
    if listed.stdout.split() != ["b"]:
        complaints.append(f"what failed is forgotten: {listed.stdout!r}, {listed.stderr}")
    # What was asked for and is not there was no run.
    run(space, directory, *words)
    run(space, directory, *words, "typo")
    resumed = run(space, directory, *words, "--resume")
    if resumed.returncode != 64 or "came to its end" not in resumed.stderr:
        complaints.append(f"after a slip of the pen: {resumed.stderr}")
    return complaints


def names_in_suites(space, arena, directory):
    """Tests without a class are called by their job and their name, in JUnit, in filters and in what runs one again."""
    complaints = []
    put(directory, "isorun.yml", "version: 1\njobs:\n  - {name: x, tests: {framework: exec, path: ., listCommand: 'echo 1; echo 2', runCommand: 'test {} = 1'}}\n")
    whole = run(space, directory, "suite", *space.allowance, "--junit", "-")
    if 'name="2" classname="x"' not in whole.stdout:
        complaints.append(whole.stdout)
    again = re.search("again: isorun (.*)", whole.stderr)
    one = run(space, directory, *shlex.split(again.group(1) if again else "plan"))
    if one.returncode != 1 or "1 test in" not in one.stderr.replace("job", "test") or "FAIL" not in one.stderr:
        complaints.append(f"{whole.stderr}\nagain: exit {one.returncode}, {one.stderr}")
    return complaints


def slow_reader(space, arena, directory):
    """Nothing of what is told is lost where the stream is one that does not wait and its reader does not keep up."""
    project = os.path.join(directory, "project")
    put(directory, "isorun.yml", "version: 1\njobs:\n" + "".join(
        f"  - {{name: job {number}, run: 'seq 2000; exit 1'}}\n" for number in range(30)))
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    process = subprocess.Popen([space.isorun, "suite", *space.allowance, "--output", "all"], cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=theirs, env={**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state")})
    # It is full before anything is read: 30 jobs write more than a pipe holds.
    within(30, lambda: select.select([], [theirs], [], 0)[1] == [])
    os.close(theirs)
    with open(ours, encoding="utf-8") as file:
        text = file.read()
    code = process.wait()
    lines = text.count("\n    1999\n"), text.count("again: "), text.count("0 passed, 30 failed")
    return [] if code == 1 and lines == (30, 30, 1) else [f"exit {code}, {lines}, {len(text)} bytes"]


def shared_names(space, arena, directory):
    """A job may not be called as a test of another one is: one of their results would hide the other."""
    complaints = []
    tests = "{name: a, tests: {framework: exec, path: ., listCommand: 'echo x', runCommand: 'test {} = x'}}"
    for name, code in (("a/x", 64), ("a/y", 1)):
        put(directory, "isorun.yml", f"version: 1\njobs:\n  - {{name: {name}, run: [/bin/false]}}\n  - {tests}\n")
        got = run(space, directory, "suite", *space.allowance)
        if got.returncode != code or (code == 64) != ("both have a result called a/x" in got.stderr):
            complaints.append(f"{name}: exit {got.returncode}, {got.stderr}")
    put(directory, "isorun.yml", "version: 1\njobs:\n  - " + tests.replace("echo x", "exit 3") + "\n")
    got = run(space, directory, "suite", *space.allowance)
    if got.returncode != 1 or "a/[build failed]" not in got.stderr or "lists the tests did not pass" not in got.stderr:
        complaints.append(f"a list that fails: exit {got.returncode}, {got.stderr}")
    return complaints


def unreached(space, arena, directory):
    """What an interrupted container of many never came to is reported as not run, whether or not any test of it had ended."""
    project, out, complaints = os.path.join(directory, "project"), os.path.join(directory, "out"), []
    os.mkdir(out)
    os.chmod(out, 0o777)
    for passed, first in ((1, "test {} = 1 && exit; "), (0, "")):
        line = [space.isorun, "test", ".", *space.allowance, "-v", f"{out}:/out:rw", "--per", "all", "--json", "all.json",
                "--list-command", "seq 5", "--run-command", f"{first}: {{}} > /out/began; exec sleep 600"]
        process = subprocess.Popen(line, cwd=project, env={**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state")},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        began = within(30, lambda: os.path.exists(os.path.join(out, "began")))
        process.send_signal(signal.SIGINT)
        text, _ = process.communicate(timeout=60 * host.patience)
        os.unlink(os.path.join(out, "began"))
        with open(os.path.join(project, "all.json")) as file:
            found = {result["name"]: result["outcome"] for result in map(json.loads, file)}
        expected = {str(number): "passed" if number <= passed else "cancelled" for number in range(1, 6)}
        told = f"{passed} passed, {5 - passed} not run" in text and "not collected" not in text
        if not (began and process.returncode == 130 and found == expected and told):
            complaints.append(f"began: {began}, exit {process.returncode}, {found}, {text}")
    return complaints


def too_long(space, arena, directory):
    """A suite file of more than 16 MiB is refused, whatever stands where it would be cut."""
    text = "version: 1\njobs:\n  - {name: a, run: 'true'}\n" + ("  # " + "c" * 1019 + "\n") * (16 << 10) + "  - {name: b, run: 'false'}\n"
    put(directory, "isorun.yml", text)
    got = run(space, directory, "suite", "--check")
    return [] if got.returncode == 64 and "longer than 16 MiB" in got.stderr else [f"exit {got.returncode}, {got.stdout}, {got.stderr}"]


def deleted_odd_name(space, arena, directory):
    """A file that the build deletes is not there in the tests, nor anything that its repaired name means."""
    project = os.fsencode(os.path.join(directory, "project"))
    for name in (b"non\xffutf", b"kept\xff"):
        open(os.path.join(project, name), "w").close()
    got = run(space, directory, "test", ".", *space.allowance, "--build", r'rm "$(printf "non\377utf")"', "--list-command", "echo one",
              "--run-command", r'test ! -e "$(printf "non\377utf")" && test -e "$(printf "kept\377")" && test $(ls | wc -l) = 1 # {}')
    return [] if got.returncode == 0 and "1 passed" in got.stderr else [f"exit {got.returncode}, {got.stderr}"]
