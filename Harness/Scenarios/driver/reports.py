"""Scenarios about reports: what stands in them while a job runs, after isorun was killed, and where there is no room."""
import json
import os
import shlex
import shutil
import signal
import subprocess
import xml.etree.ElementTree

from . import host
from .special import finish, start, within

WAIT = ["--", "/probes/processes", "wait"]


def until_ready(process):
    text = b""
    while b"READY" not in text and (block := os.read(process.stdout.fileno(), 4096)):
        text += block


def killed(space, process):
    """Ends isorun by SIGKILL and removes what only its next start would remove."""
    process.send_signal(signal.SIGKILL)
    finish(process)
    subprocess.run([space.isorun, "gc"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def events(path):
    """The events of a file, as far as it goes; an incomplete line is an error."""
    text = open(path).read()
    if text and not text.endswith("\n"):
        raise ValueError(f"an incomplete line: {text[-80:]!r}")
    return [json.loads(line)["event"] for line in text.splitlines()]


def live_events(space, arena, directory):
    """Events stand in the file as they happen, and whole lines where isorun is killed."""
    path, complaints = os.path.join(directory, "events"), []
    for number, last in ((signal.SIGTERM, "job-finished"), (signal.SIGKILL, "job-started")):
        process = start(space, directory, "--events", path, *WAIT)
        until_ready(process)
        if not within(5, lambda: "job-started" in events(path)):
            complaints.append(f"while the job runs there is {events(path)}")
        if "job-finished" in events(path):
            complaints.append("the job was said to have ended before it had")
        if number == signal.SIGKILL:
            killed(space, process)
        else:
            process.send_signal(number)
            finish(process)
        if events(path)[-1] != last or events(path).count("job-started") != 1:
            complaints.append(f"after {number.name} there is {events(path)}")
    return complaints


def former_reports(space, arena, directory):
    """The reports of a former run are gone when the job runs: killed, isorun leaves none that is not its own."""
    names = {"--json": "result.json", "--junit": "junit.xml", "--events": "events", "--writes": "writes"}
    paths = {option: os.path.join(directory, name) for option, name in names.items()}
    link = os.path.join(directory, "link.xml")
    os.symlink("junit.xml", link)
    for path in paths.values():
        open(path, "w").write("<former/>")
    process = start(space, directory, *(word for option, path in (paths | {"--junit": link}).items() for word in (option, path)), *WAIT)
    until_ready(process)
    killed(space, process)
    complaints = [f"{path} is still the former one" for path in paths.values()
                  if os.path.exists(path) and "former" in open(path).read()]
    if not os.path.islink(link):
        complaints.append("the link to a report is gone, and only what it leads to should be")
    # What is refused as a mistake changes nothing.
    for path in paths.values():
        open(path, "w").write("<former/>")
    got = subprocess.run([space.isorun, "--junit", paths["--junit"], "--json", paths["--junit"], "--", "/bin/true"], capture_output=True)
    if got.returncode != 64 or open(paths["--junit"]).read() != "<former/>":
        complaints.append(f"a usage error (exit {got.returncode}) changed a report")
    return complaints


def reports_by_link(space, arena, directory):
    """Two reports to one file by a link to its directory are refused."""
    os.symlink("project", os.path.join(directory, "link"))
    line = [space.isorun, "--writes", os.path.join(directory, "project", "r"), "--events", os.path.join(directory, "link", "r"), "--", "/bin/true"]
    got = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if got.returncode == 64 and b"two reports go to one file" in got.stderr:
        return []
    return [f"exit {got.returncode}, {got.stderr.decode()}: {shlex.join(line)}"]


def full_disk(space, arena, directory):
    """Where a report finds no room, isorun says which and why, exits with 125, and still tells how the job ended."""
    small, complaints = os.path.join(directory, "small"), []
    os.mkdir(small)
    host.call(host.libc.mount(b"none", small.encode(), b"tmpfs", 0, b"size=4096"), "mount")
    try:
        for option in ("--json", "--events", "--writes"):
            with open(os.path.join(small, "ballast"), "w") as ballast:
                ballast.write("x" * 4096)
            line = [space.isorun, option, os.path.join(small, "report"), "--", "/bin/sh", "-c", "echo > /var/x; exit 3"]
            got = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
            words = got.stderr.decode()
            if got.returncode != 125 or "No space left on device" not in words or "report" not in words or "exit 3" not in words:
                complaints.append(f"exit {got.returncode}, {words}: {shlex.join(line)}")
            left = set(os.listdir(small)) - {"ballast", "report"}
            if left:
                complaints.append(f"{option}: left {left}")
            for name in os.listdir(small):
                os.unlink(os.path.join(small, name))
        with open(os.path.join(small, "ballast"), "w") as ballast:
            ballast.write("x" * 4096)
        names = {"--json": "result", "--junit": "junit", "--events": "stream", "--writes": "list"}
        line = [space.isorun, *(word for option, name in names.items() for word in (option, os.path.join(small, name))), "--", "/bin/sh", "-c", "echo > /var/x"]
        got = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        unnamed = [name for name in names.values() if f"{small}/{name}" not in got.stderr.decode()]
        if got.returncode != 125 or unnamed:
            complaints.append(f"exit {got.returncode}, {unnamed} not named in {got.stderr.decode()}")
    finally:
        host.call(host.libc.umount2(small.encode(), 2), "unmount")
    return complaints


def not_led_away(space, arena, directory):
    """A job that may write where its reports and artifacts go leads none of them elsewhere."""
    complaints, victim = [], os.path.join(directory, "victim")
    script = (f"mkdir -p /tmp/art/below; echo evil > /tmp/art/evil; echo evil > /tmp/art/below/evil; cd /out; "
              f"mv dir moved; ln -s {victim} dir; for name in result.json junit.xml events list art; do ln -s {victim}/file $name; done; "
              f"ln -s {victim} new; ln -sf {victim}/pipe junit.xml; exit 0")
    for where, expected in (("dir", "moved"), (".", ".")):
        volume = os.path.join(directory, "volume")
        os.makedirs(os.path.join(volume, "dir"))
        os.mkdir(victim)
        open(os.path.join(victim, "file"), "w").write("precious")
        os.mkfifo(os.path.join(victim, "pipe"))
        place = os.path.normpath(os.path.join(volume, where))
        process = start(space, directory, "-v", f"{volume}:/out:rw", "--json", f"{place}/result.json", "--junit", f"{place}/junit.xml",
                        "--events", f"{place}/events", "--writes", f"{place}/list", "--artifact", f"/tmp/art/**:{place}/new/",
                        "--artifact", f"/tmp/art/evil:{place}/art", "--", "/bin/sh", "-c", script)
        _, err = finish(process)
        if sorted(os.listdir(victim)) != ["file", "pipe"] or open(os.path.join(victim, "file")).read() != "precious":
            complaints.append(f"in {where}: {os.listdir(victim)} where nothing may be written; {err}")
        if where == "dir":
            there = set(os.listdir(os.path.join(volume, expected)))
            if not {"result.json", "junit.xml", "events", "list", "new", "art"} <= there:
                complaints.append(f"{there} is in the directory that was named; {err}")
        shutil.rmtree(volume)
        shutil.rmtree(victim)
    return complaints


def report_to_redirection(space, arena, directory):
    """/dev/stdout is standard output, whatever that is."""
    path = os.path.join(directory, "out")
    with open(path, "w") as out:
        got = subprocess.run([space.isorun, "-q", *space.allowance, "--json", "/dev/stdout", "--", "/bin/echo", "first"], stdin=subprocess.DEVNULL,
                             stdout=out, stderr=subprocess.PIPE, timeout=60)
    text = open(path).read()
    return [] if got.returncode == 0 and text.startswith("first\n{") else [f"exit {got.returncode}, {got.stderr.decode()}, {text[:200]!r}"]


SUITE = """<testsuite name="own" tests="2" failures="1"><testcase name="good" classname="c" time="0.5"/>
<testcase name="bad" classname="c"><failure message="one is not two"/></testcase></testsuite>"""
BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><testsuite name="&b;" tests="1"/>"""


def collected_junit(space, arena, directory):
    """The job's own reports are merged, what is hostile is left out by name, and neither makes a result better."""
    path = os.path.join(directory, "junit.xml")
    open(os.path.join(directory, "project", "own.xml"), "w").write("<former/>")
    script = (f"mkdir reports; cat > reports/own.xml <<'END'\n{SUITE}\nEND\ncat > reports/bomb.xml <<'END'\n{BOMB}\nEND\n"
              "ln -s /etc/passwd reports/link.xml; mkfifo reports/pipe.xml; exit 0")
    process = start(space, directory, "--junit", path, "--collect-junit", "reports/*.xml", "--", "/bin/sh", "-c", script)
    _, err = finish(process)
    text = open(path).read() if os.path.exists(path) else ""
    try:
        root = xml.etree.ElementTree.fromstring(text)
    except xml.etree.ElementTree.ParseError as error:
        return [f"{error}: {shlex.join(process.args)}: {err.decode()}"]
    names = {case.get("name"): case for case in root.iter("testcase")}
    complaints = [f"{name} is not in the report" for name in ("good", "bad") if name not in names]
    if "bad" in names and names["bad"].find("failure") is None:
        complaints.append("a failure that the job reported became a pass")
    for refused in ("bomb.xml", "link.xml", "pipe.xml"):
        if refused not in text:
            complaints.append(f"{refused} was left out and is not named")
    if "root:" in text or "aaaaaaaaaaaa" in text:
        complaints.append("what a link or an entity led to stands in the report")
    return complaints + ([f"the report: {text}", err.decode()] if complaints else [])


def surefire_schema(space, arena, directory):
    """In the Surefire dialect the report is valid against Surefire's schema, for every outcome."""
    schema = os.environ["ISORUN_JUNIT_XSD_DIR"] + "/surefire.xsd"
    complaints, path = [], os.path.join(directory, "junit.xml")
    for words in (["--", "/bin/true"], ["--", "/probes/signals", "exit", "3"], ["--", "/probes/signals", "raise", "6"],
                  ["--timeout", "200ms", *WAIT], ["-m", "16m", "--", "/probes/memory", "touch", "64"],
                  ["--", "/no/such/command"], ["--", "/probes/output", "bytes"]):
        process = start(space, directory, "--junit", path, "--junit-dialect", "surefire", *words)
        finish(process)
        got = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", schema, path], capture_output=True)
        if got.returncode != 0:
            complaints.append(f"{got.stderr.decode()[:800]}: {shlex.join(process.args)}")
    return complaints
