"""A package made for it: one test of each bad kind, the expected outcome of each in bad.json."""
import json
import os
import shutil

from .space import HERE, cases, kind, last_results
from .tally import Missing


def run(space, tally, _):
    if not shutil.which("swift"):
        raise Missing("swift is not installed")
    with open(f"{HERE}/bad.json") as file:
        table = json.load(file)
    package, events, report = space.path("Bad"), space.path("bad.jsonl"), space.path("bad.xml")
    shutil.copytree(f"{HERE}/Bad", package, ignore=shutil.ignore_patterns(".build"))
    os.makedirs(space.path("flaky"))
    done = space.run("test", package, "--retries", "1", "-q", "--output", "none", "--events", events, "--junit", report,
                     "-v", f"{space.path('flaky')}:/flaky:rw", *table["options"])
    tally.check(done.returncode == 1, f"a package with bad tests exits with 1 ({done.returncode})")
    found = last_results(events)
    tally.check(set(found) == set(table["outcomes"]), "every test of it has a result, and there are no others")
    for name, (outcome, reason) in table["outcomes"].items():
        result = found.get(name)
        text = result and (result.get("skipped") or result["reason"])
        tally.check(result and kind(result) == outcome and reason in text, f"{name}: {outcome} ({text})")
    leak = found["BadTests.BadXCTests/testLeak"]
    tally.check(leak["events"]["leakedProcesses"] == 1 and leak["leaked"] == ["sleep"], "the leaked process is named")
    names = sorted(f"{case.get('classname')}/{case.get('name')}" for case in cases(report))
    tally.check(names == sorted(table["outcomes"]), "JUnit has one case of each")
