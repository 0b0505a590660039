"""JUnit by the rules of those who read it: Surefire's schema, Jenkins's, and the public parser junitparser."""
import json
import os
import shutil
import subprocess
import sys

from .space import kind, last_results
from .tally import Missing

# Run by whichever Python has junitparser.
READER = """
import json, sys
from junitparser import JUnitXml
found = {}
for suite in JUnitXml.fromfile(sys.argv[1]):
    for case in suite:
        results = case.result if isinstance(case.result, list) else [case.result] if case.result else []
        kinds = [type(one).__name__.lower() for one in results]
        found[case.name] = [kinds[0] if kinds else "passed", case.time, case.system_out]
json.dump(found, sys.stdout)
"""
# A job of each outcome that a report tells apart, and names and bytes that XML has no place for.
JOBS = [
    "{name: good, run: 'echo out; echo err >&2'}",
    "{name: bad, run: 'exit 3'}",
    "{name: crash, run: 'kill -SEGV $$'}",
    "{name: slow, run: 'sleep 60', timeout: 200ms}",
    "{name: absent, run: [/no/such/program]}",
    "{name: memory, run: 'head -c 64m /dev/zero | tail', memory: 16m}",
    "{name: flood, run: 'yes', maxOutput: 1m}",
    "{name: flaky, run: 'test -e /out/x || { touch /out/x; exit 1; }', retries: 1, volume: './out:/out:rw'}",
    "{name: after, run: 'true', needs: [bad]}",
    r'{name: "a < b & \"c\" ]]> 🐟 ../d", run: "true"}',
    r'''{name: bytes, run: 'printf "]]><x>&\000\033[31m\377\357\277\276"'}''',
]
# What a reader has to see in each.
SEEN = {"good": "passed", "flaky": "passed", "bytes": "passed", 'a < b & "c" ]]> 🐟 ../d': "passed", "after": "skipped"}


def run(space, tally, _):
    suite = space.suite("junit", JOBS)
    os.makedirs(space.path("junit/out"))
    events, report, surefire = (space.path(f"junit/{name}") for name in ("e.jsonl", "default.xml", "surefire.xml"))
    done = space.run("suite", suite, "-q", "--output", "none", "--retries", "0", "--events", events, "--junit", report)
    tally.check(done.returncode == 1, f"a suite of every outcome exits with 1 ({done.returncode}) {done.stderr[-200:]}")
    again = space.run("report", "junit", events, "--output", surefire, "--dialect", "surefire")
    tally.check(again.returncode == 0, f"its events become Surefire's XML too {again.stderr.strip()[-200:]}")
    for name, part in {
        "JUnit by Surefire's schema": lambda: _valid(tally, surefire, "surefire.xsd"),
        "JUnit by Jenkins's schema": lambda: _valid(tally, surefire, "jenkins-junit-10.xsd"),
        "JUnit by junitparser": lambda: _read_back(tally, report, last_results(events)),
    }.items():
        try:
            part()
        except Missing as reason:
            tally.skip(name, reason)


def _valid(tally, report, name):
    # They are not the project's to ship; Tests/IsorunJUnitTests looks for them in the same place.
    schemas = os.environ.get("ISORUN_JUNIT_XSD_DIR")
    if not schemas or not os.path.exists(f"{schemas}/{name}"):
        raise Missing(f"ISORUN_JUNIT_XSD_DIR names no directory with {name}")
    if not shutil.which("xmllint"):
        raise Missing("xmllint is not installed: apt-get install libxml2-utils")
    got = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", f"{schemas}/{name}", report],
                         capture_output=True, text=True, check=False)
    tally.check(got.returncode == 0, f"{os.path.basename(report)} is valid by {name} {got.stderr.strip()[:400] if got.returncode else ''}")


def _read_back(tally, report, results):
    python = next((one for one in (sys.executable, "/usr/bin/python3") if _has_parser(one)), None)
    if not python:
        raise Missing("junitparser is not installed: apt-get install python3-junitparser")
    done = subprocess.run([python, "-c", READER, report], capture_output=True, text=True, check=False)
    if not tally.check(done.returncode == 0, f"junitparser reads the report {done.stderr.strip()[-300:]}"):
        return
    found = json.loads(done.stdout)
    tally.check(set(found) == set(results), f"and finds each job once {sorted(set(found) ^ set(results))}")
    for name, result in results.items():
        seen, seconds, _ = found.get(name, ["nothing", None, None])
        right = seen == SEEN[name] if name in SEEN else seen in ("failure", "error")
        tally.check(right, f"{name!r}, {kind(result)}, is read as {seen}")
        took = result["durationMs"] / 1000
        tally.check(seconds is not None and abs(seconds - took) < 0.002, f"{name!r} took {seconds} s as in its result ({took:.3f})")
    tally.check("out" in (found["good"][2] or ""), "a job's output is read")


def _has_parser(python):
    return subprocess.run([python, "-c", "import junitparser"], capture_output=True, check=False).returncode == 0
