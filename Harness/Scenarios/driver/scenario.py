"""Scenarios as data: read from *.json, run, and what came of them compared with what was expected."""
import base64
import contextlib
import glob
import importlib
import json
import os
import re
import selectors
import shlex
import signal
import subprocess
import time
import traceback

from . import host

KEYS = {"name", "args", "command", "stdin", "stdinBase64", "env", "files", "cwd", "timeLimit", "exit", "result", "stdout",
        "notStdout", "stderr", "stdoutBase64", "after", "absent", "needs", "knownIssue", "special", "report", "when", "probes"}


# All of them before this becomes another user, who may not read where Python's own library lies.
MODULES = {name: importlib.import_module(f"{__package__}.{name}")
           for name in sorted(entry.name.removesuffix(".py") for entry in os.scandir(os.path.dirname(__file__))
                              if entry.name.endswith(".py")) if name not in ("__init__", "scenario")}


def load(here):
    found, names = [], set()
    for path in sorted(glob.glob(os.path.join(here, "*.json"))):
        for one in json.load(open(path)):
            unknown = set(one) - KEYS
            if unknown or one["name"] in names or ":" in one["name"]:
                raise SystemExit(f"run: {path}: {one['name']}: unknown words {unknown or 'none'}, or a name that is not its own")
            names.add(one["name"])
            found.append(one)
    return found


def run(one, space, arena):
    """Complaints; none where all was as expected."""
    directory = space.fresh()
    prepare(one, directory)
    before = arena.snapshot()
    try:
        with bounded((one.get("timeLimit", 60) * 2 if "special" not in one else 600) * host.patience):
            if "special" in one:
                complaints = function(one["special"])(space, arena, directory)
            else:
                complaints = once(one, space, directory)
    except subprocess.TimeoutExpired as error:
        complaints = [f"not at an end after {error.timeout} s: {shlex.join(error.cmd)}"]
    except Hang as error:
        complaints = [f"{error}; ended: {host.descendants()}"]
        for pid in host.descendants():
            os.kill(pid, signal.SIGKILL)
    except Exception:  # what goes wrong in one scenario is that one's failure, and no end of all others
        complaints = [traceback.format_exc()]
    complaints += arena.compare(before)
    return complaints


class Hang(Exception):
    """A scenario that waits for what never comes."""


@contextlib.contextmanager
def bounded(seconds):
    """Ends what is waited for in here when its time is over: many a wait of a scenario has no end of its own."""
    def over(number, frame):
        raise Hang(f"not at an end after {seconds:g} s")

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def function(name):
    """`module.function`, or a function of special.py."""
    module, _, name = name.rpartition(".")
    return getattr(MODULES[module or "special"], name)


def prepare(one, directory):
    for name, text in one.get("files", {}).items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if text is None:
            os.makedirs(path)
        else:
            open(path, "w").write(text)
            if text.startswith("#!"):
                os.chmod(path, 0o755)
    os.makedirs(os.path.join(directory, "project"), exist_ok=True)


def fill(text, space, directory):
    return text.replace("{dir}", directory).replace("{probes}", space.probes)


def once(one, space, directory):
    report = os.path.join(directory, "result.json")
    line = [space.isorun]
    if "command" in one:
        line += space.allowance
    if one.get("report", True):
        line += ["--json", report]
    if one.get("probes", True):
        line += ["-v", f"{space.probes}:/probes:ro"]
    line += [fill(word, space, directory) for word in one["args"]]
    if "command" in one:
        line += ["--"] + [fill(word, space, directory) for word in one["command"]]
    elif not one.get("report", True):
        words = [fill(word, space, directory) for word in one["args"]]
        many = words[:1] if words[:1] in (["suite"], ["test"]) else []
        line = [space.isorun] + many + (space.allowance if many or "--" in words else []) + words[len(many):]
    got = execute(line, one, space, directory)
    complaints = list(judge(one, got, report, space, directory))
    if complaints:
        where = fill(one.get("cwd", "{dir}/project"), space, directory)
        complaints.insert(0, f"command: (cd {shlex.quote(where)} && {shlex.join(line)})")
        complaints.append(f"stderr was: {short(got[2])}")
    return complaints


def execute(line, one, space, directory):
    """Runs the command line; each of "when" waits for a text on stdout, then sends its signals."""
    stdin = base64.b64decode(one["stdinBase64"]) if "stdinBase64" in one else one.get("stdin", "").encode()
    env = dict(os.environ, **{name: fill(value, space, directory) for name, value in one.get("env", {}).items()})
    limit = one.get("timeLimit", 60) * host.patience
    process = subprocess.Popen(line, cwd=fill(one.get("cwd", "{dir}/project"), space, directory), env=env,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    began = time.monotonic()
    try:
        seen = b""
        for wait in one.get("when", []):
            seen += until(process, wait["stdout"].encode(), seen, limit)
            for name in wait["signals"]:
                process.send_signal(getattr(signal, name))
        out, err = process.communicate(stdin, timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, seen + out, err, time.monotonic() - began


def until(process, text, before, limit):
    """Reads stdout until the text was seen; what was read."""
    read, deadline = b"", time.monotonic() + limit
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while text not in before + read:
            if not selector.select(max(0, deadline - time.monotonic())):
                raise subprocess.TimeoutExpired(process.args, limit)
            block = os.read(process.stdout.fileno(), 65536)
            if not block:
                return read
            read += block
    return read


def judge(one, got, report, space, directory):
    code, out, err, _ = got
    if code not in (one["exit"] if isinstance(one["exit"], list) else [one["exit"]]):
        yield f"exit code: expected {one['exit']}, got {code}"
    for stream, bytes_ in (("stdout", out), ("stderr", err)):
        for pattern in one.get(stream, []):
            if not matches(fill(pattern, space, directory), bytes_.decode(errors="replace")):
                yield f"{stream}: expected {pattern}, got {short(bytes_)}"
    for pattern in one.get("notStdout", []):
        if matches(pattern, out.decode(errors="replace")):
            yield f"stdout: {pattern} should not be there, got {short(out)}"
    if "stdoutBase64" in one and base64.b64decode(one["stdoutBase64"]) != out:
        yield f"stdout: expected the bytes {base64.b64decode(one['stdoutBase64'])!r}, got {out!r}"
    if "result" in one:
        yield from judge_result(one["result"], report)
    for path, expected in one.get("after", {}).items():
        path = fill(path, space, directory)
        text = open(path, errors="replace").read() if os.path.isfile(path) else None
        if text is None or not matches(expected, text):
            yield f"{path}: expected {expected!r}, got {text if text is None else short(text.encode())!r}"
    for path in one.get("absent", []):
        if os.path.lexists(fill(path, space, directory)):
            yield f"{path} should not be there"


def judge_result(expected, report):
    try:
        document = json.load(open(report))
    except (OSError, ValueError) as error:
        yield f"result document: {error}"
        return
    for path, want in expected.items():
        value = document
        for word in path.split("."):
            value = value.get(word, "no such field") if isinstance(value, dict) else "no such field"
        if not holds(value, want):
            yield f"result: {path}: expected {want!r}, got {value!r}"


def holds(value, want):
    """Equal, or as a text says: ">= 5", "< 5", "/regular expression/", "has WORD" for lists."""
    if not isinstance(want, str):
        return value == want
    if match := re.fullmatch(r"(>=|<=|>|<) *([0-9.]+)", want):
        compare = {">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, "<": lambda a, b: a < b}
        return isinstance(value, (int, float)) and compare[match[1]](value, float(match[2]))
    if want.startswith("has "):
        return isinstance(value, list) and any(want[4:] in str(item) for item in value)
    if len(want) > 1 and want[0] == want[-1] == "/":
        return isinstance(value, str) and bool(re.search(want[1:-1], value))
    return value == want


def matches(pattern, text):
    """A part of the text, or as ~REGEX a regular expression."""
    return bool(re.search(pattern[1:], text, re.M)) if pattern.startswith("~") else pattern in text


def short(data):
    text = data.decode(errors="replace")
    return text if len(text) < 1500 else f"{text[:700]} … {text[-700:]} ({len(data)} bytes)"
