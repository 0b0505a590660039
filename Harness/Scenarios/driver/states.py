"""Scenarios of what a run leaves for the next: what failed, and the reports of the one before."""
import os
import subprocess

from .special import within
from .suites import put, run

def failed_after_kill(space, arena, directory):
    """What a killed run of `--failed` never reached failed last time, and is found by the next one."""
    out = os.path.join(directory, "out")
    os.mkdir(out)
    words = ["test", ".", *space.allowance, "-j", "1", "-v", f"{out}:/out:rw", "-v", f"{space.probes}:/probes:ro", "--list-command", "seq 4",
             "--run-command", "test -e /out/hang && touch /out/began && exec /probes/processes wait; test {} = 3"]
    got = run(space, directory, *words)
    complaints = [] if got.returncode == 1 and "1 passed, 3 failed" in got.stderr else [f"first: exit {got.returncode}, {got.stderr}"]
    open(os.path.join(out, "hang"), "w").close()
    for _ in range(2):
        killed = subprocess.Popen([space.isorun, *words, "--failed"], cwd=os.path.join(directory, "project"), stdin=subprocess.DEVNULL,
                                  env={**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if not within(30, lambda: os.path.exists(os.path.join(out, "began"))):
            complaints.append("the run of --failed never began")
        killed.kill()
        killed.communicate()
        os.unlink(os.path.join(out, "began"))
    os.unlink(os.path.join(out, "hang"))
    listed = run(space, directory, *words, "--failed", "--list")
    if listed.stdout.split() != ["1", "2", "4"]:
        complaints.append(f"what failed is forgotten: {listed.stdout!r}, {listed.stderr}")
    one = run(space, directory, *words, "1")
    left = run(space, directory, *words, "--failed")
    if one.returncode != 1 or "0 passed, 3 failed" not in left.stderr:
        complaints.append(f"a run of one test makes others pass: {one.stderr}, {left.stderr}")
    return complaints


def failed_and_left_out(space, arena, directory):
    """What was not run as something that it needs had failed is run with that by --failed, and not once more after it."""
    put(directory, "isorun.yml", "version: 1\njobs:\n  - {name: first, run: 'test ! -e broken'}\n  - {name: second, run: 'true', needs: [first]}\n"
        "  - {name: third, run: 'true', needs: [second]}\n  - {name: other, run: 'true'}\n")
    put(directory, "broken", "")
    words, complaints = ["suite", *space.allowance], []
    got = run(space, directory, *words)
    if got.returncode != 1 or "1 passed, 1 failed" not in got.stderr:
        complaints.append(f"first: exit {got.returncode}, {got.stderr}")
    os.unlink(os.path.join(directory, "project", "broken"))
    listed = run(space, directory, *words, "--failed", "--list")
    if listed.stdout.split() != ["first", "second", "third"]:
        complaints.append(f"listed: {listed.stdout!r}, {listed.stderr}")
    again = run(space, directory, *words, "--failed")
    if again.returncode != 0 or "3 passed" not in again.stderr:
        complaints.append(f"again: exit {again.returncode}, {again.stderr}")
    after = run(space, directory, *words, "--failed", "--list")
    if after.stdout:
        complaints.append(f"after: {after.stdout!r}")
    return complaints


def refused_runs(space, arena, directory):
    """A usage error is no run: reports that were there stay."""
    put(directory, "isorun.yml", "version: 1\njobs:\n  - {name: a, run: 'true'}\n  - {name: b, run: 'exit 3'}\n")
    reports = {kind: os.path.join(directory, kind) for kind in ("events", "junit", "json")}
    words = ["suite", *space.allowance, "-q", *(word for kind, path in reports.items() for word in (f"--{kind}", path))]
    got, complaints = run(space, directory, *words), []
    if got.returncode != 1:
        complaints.append(f"first: exit {got.returncode}, {got.stderr}")
    before = {kind: open(path).read() for kind, path in reports.items()}
    for more in (["--resume"], ["--partition", "slice:1/2", "--times", os.path.join(directory, "none")]):
        refused = run(space, directory, *words, *more)
        if refused.returncode != 64:
            complaints.append(f"{more}: exit {refused.returncode}, {refused.stderr}")
        if {kind: os.path.exists(path) and open(path).read() for kind, path in reports.items()} != before:
            complaints.append(f"{more}: reports are gone or others")
    fresh = run(space, directory, *words, "--failed", XDG_STATE_HOME=os.path.join(directory, "other"))
    if fresh.returncode != 64 or not all(os.path.exists(path) for path in reports.values()):
        complaints.append(f"--failed without a run: exit {fresh.returncode}, {fresh.stderr}")
    return complaints
