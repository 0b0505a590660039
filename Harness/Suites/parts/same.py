"""The same tests are run by the framework alone and by isorun: the sets of names and results have to be equal."""
import os

from . import alone, packages
from .space import events, finished, kind
from .tally import Missing


def run(space, tally, words):
    known = {package["name"]: package for package in packages.table()}
    wanted = [known.get(word) or packages.of_directory(word) for word in words] if words else known.values()
    for package in wanted:
        try:
            _compare(package, space, tally)
        except Missing as reason:
            tally.skip(f"same {package['name']}", reason)


def _compare(package, space, tally):
    label = package["name"]
    place = packages.bring(package, space)
    # Of a package in src that is not installed.
    os.environ["PYTHONPATH"] = f"{place}/src"
    theirs = alone.run(package, place, space)
    silent = [name for name, verdict in theirs.results.items() if verdict is None]
    tally.check(not silent and theirs.results, f"{label}: the framework told of each {silent[:4] or ''}")
    took = {per: _run(package, place, per, theirs.results, space, tally) for per in ("test", "all")}
    tally.note(f"{label}: the framework alone {theirs.seconds:.1f} s, isorun {took['test']:.1f} s with a container for each"
               f" test, {took['all']:.1f} s with one for all")


def _run(package, place, per, theirs, space, tally):
    """One run by isorun, held against the framework's: the seconds it took."""
    label, recorded = f"{package['name']}, per {per}", space.path("same.jsonl")
    if os.path.exists(recorded):
        os.unlink(recorded)
    programs = [word for program in package.get("programs", []) for word in ("--program", program)]
    done = space.run("test", place, "--framework", package["framework"], *programs, "--per", per, "-q", "--output", "none",
                     "-e", "PYTHONPATH", "--events", recorded)
    if not os.path.exists(recorded) or done.returncode not in (0, 1):
        tally.check(False, f"{label}: {done.stderr.strip()[-2000:]}")
        return 0
    ours = {_name(event, package): _verdict(event["result"]) for event in finished(recorded)}
    tally.check(set(ours) == set(theirs), f"{label}: the same {len(theirs)} names {sorted(set(ours) ^ set(theirs))[:4] or ''}")
    other = [(name, verdict, ours.get(name)) for name, verdict in theirs.items() if verdict not in (None, ours.get(name))]
    tally.check(not other, f"{label}: the same results {other[:4] or ''}{done.stderr.strip()[-400:] if other else ''}")
    return events(recorded)[-1]["durationMs"] / 1000


def _verdict(result):
    found = kind(result)
    return {"flaky": "passed"}.get(found, found if found in ("passed", "skipped") else "failed")


def _name(event, package):
    if package["framework"] != "pytest":
        return event["name"]
    # pytest's own JUnit has dots for the path's slashes.
    case = event["result"].get("testcase", {"classname": "", "name": event["name"]})
    return f"{case['classname'].replace('.py', '').replace('/', '.').replace('::', '.')}/{case['name']}"
