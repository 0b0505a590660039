"""A package made for it: one test of each bad kind, the expected outcome of each in bad.json."""
import json
import os
import shutil
import subprocess

from .space import HERE, cases, kind, last_results
from .tally import Missing


def run(space, tally, _):
    if not shutil.which("swift"):
        raise Missing("swift is not installed")
    with open(f"{HERE}/bad.json") as file:
        table = json.load(file)
    package = space.path("Bad")
    shutil.copytree(f"{HERE}/Bad", package, ignore=shutil.ignore_patterns(".build"))
    # Once for both: isorun's own build then finds nothing to do.
    subprocess.run(["swift", "build", "--build-tests"], cwd=package, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True)
    found = _outcomes(space, tally, package, table, "test")
    leak = found["BadTests.BadXCTests/testLeak"]
    tally.check(leak["events"]["leakedProcesses"] == 1 and leak["leaked"] == ["sleep"], "the leaked process is named")
    # What ends a container of many is told of the test that ran then, and the others have their results all the same.
    _outcomes(space, tally, package, table, "all")


def _outcomes(space, tally, package, table, per):
    events, report, volume = space.path(f"bad-{per}.jsonl"), space.path(f"bad-{per}.xml"), space.path(f"flaky-{per}")
    os.makedirs(volume)
    done = space.run("test", package, "--per", per, "--retries", "1", "-q", "--output", "none", "--events", events,
                     "--junit", report, "-v", f"{volume}:/flaky:rw", *table["options"])
    tally.check(done.returncode == 1, f"per {per}: a package with bad tests exits with 1 ({done.returncode})")
    found = last_results(events)
    tally.check(set(found) == set(table["outcomes"]), f"per {per}: every test of it has a result, and there are no others")
    for name, (outcome, reason) in table["outcomes"].items():
        result = found.get(name)
        text = result and (result.get("skipped") or result["reason"])
        tally.check(result and kind(result) == outcome and reason in text, f"per {per}: {name}: {outcome} ({text})")
    names = sorted(f"{case.get('classname')}/{case.get('name')}" for case in cases(report))
    tally.check(names == sorted(table["outcomes"]), f"per {per}: JUnit has one case of each")
    return found
