"""Scenarios about `isorun bench` that are more than one command."""
import json
import os
import re
import signal
import subprocess

from . import host


def interrupted(space, arena, directory):
    """Ctrl-C ends it in the middle: the table of what there is, and a report that says so."""
    report = os.path.join(directory, "bench.json")
    line = [space.isorun, "bench", "--only", "fork", "--runs", "100000", "--json", report]
    process = subprocess.Popen(line, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    heard = b""
    while not re.search(rb"round [2-9]|round \d\d", heard) and (block := os.read(process.stderr.fileno(), 4096)):
        heard += block
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60 * host.patience)
    complaints = []
    if process.returncode != 130:
        complaints.append(f"exit code {process.returncode}, and not 130")
    for part in ("ended before its time", "fork and exec", "isorun"):
        if part not in out.decode():
            complaints.append(f"the table lacks '{part}': {out.decode()[:500]}")
    document = json.load(open(report))
    runs = {row["id"]: [measure["count"] for measure in row["measures"]] for row in document["rows"]}
    # Where a start takes long, isorun has its few runs spread over all rounds, and may have had none yet.
    if not document["interrupted"] or "isorun" not in runs or not runs.get("fork") or min(runs["fork"]) < 1:
        complaints.append(f"the report says interrupted {document['interrupted']} and has {runs}")
    return complaints


def regression(space, arena, directory):
    """A run that is slower than a stored one is told, and fails; against itself as it was it does not."""
    report, complaints = os.path.join(directory, "bench.json"), []
    line = [space.isorun, "bench", "--only", "fork", "--runs", "10", "--warmup", "1", "-q"]
    first = subprocess.run([*line, "--json", report], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=120 * host.patience)
    if first.returncode != 0:
        return [f"the first run ended with {first.returncode}: {first.stderr.decode()[-600:]}"]
    for factor, code, word in ((0.01, 1, "REGRESSION"), (100, 0, "faster")):
        document = json.load(open(report))
        for row in document["rows"]:
            for measure in row["measures"]:
                measure["samples"] = [round(value * factor, 6) for value in measure["samples"]]
        stored = os.path.join(directory, "stored.json")
        json.dump(document, open(stored, "w"))
        got = subprocess.run([*line, "--compare", stored], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=120 * host.patience)
        if got.returncode != code or word not in got.stdout.decode():
            complaints.append(f"beside figures times {factor} the exit code is {got.returncode}: {got.stdout.decode()[-600:]}")
    return complaints


def full_output(space, arena, directory):
    """A table that nobody can have is an error, as of any program."""
    line = [space.isorun, "bench", "--only", "fork", "--runs", "2", "--warmup", "1", "-q"]
    with open("/dev/full", "w") as full:
        got = subprocess.run(line, cwd=directory, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=120 * host.patience)
    said = got.stderr.decode()
    if got.returncode != 125 or "cannot write the table to standard output" not in said:
        return [f"exit code {got.returncode}: {said[-600:]}"]
    return []


def hung_up(space, arena, directory):
    """SIGHUP in the middle of many idle containers: the bench ends as by Ctrl-C, and none of them stays."""
    mark = os.path.join(directory, "scratch")
    os.mkdir(mark)
    os.chmod(mark, 0o755)
    line = [space.isorun, "bench", "footprint", "--only", "fork", "--containers", "100", "--rounds", "1000"]
    process = subprocess.Popen(line, cwd=directory, env={**os.environ, "TMPDIR": mark}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    heard = b""
    while b"container" not in heard and (block := os.read(process.stderr.fileno(), 4096)):
        heard += block
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=120 * host.patience)
    complaints = []
    if process.returncode != 130 or "ended before its time" not in out.decode():
        complaints.append(f"exit code {process.returncode}: {out.decode()[-600:]}")
    left = [line for line in _command_lines() if mark in line]
    if left or os.listdir(mark):
        complaints.append(f"{len(left)} processes are left, such as {left[:1]}, and {os.listdir(mark)}")
    return complaints


def _command_lines():
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                yield open(f"/proc/{name}/cmdline", "rb").read().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
