"""Each framework without isorun: its tests by the names that isorun has for them, and how each ended.

What a framework names and says nothing of has None.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

from .tally import Missing


class Alone:
    """One run of a framework: its results, and how long it took once everything was built."""

    def __init__(self, package, place, space):
        self.package, self.place, self.space = package, place, space
        self.results, self.seconds = {}, 0.0

    def timed(self, *command, **options):
        """A run that may fail, as tests do."""
        began = time.monotonic()
        done = self.command(*command, **options)
        self.seconds += time.monotonic() - began
        return done

    def command(self, *command, **options):
        return subprocess.run(command, cwd=options.pop("cwd", self.place), capture_output=True, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, check=False, **options)

    def must(self, *command, **options):
        done = self.command(*command, **options)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-1000:]}")
        return done


def run(package, place, space):
    tool, hint, body = FRAMEWORKS[package["framework"]]
    if not shutil.which(tool):
        raise Missing(f"{tool} is not installed{hint}")
    alone = Alone(package, place, space)
    body(alone)
    return alone


def swift(alone):
    alone.must("swift", "build", "--build-tests")
    # Swift Testing prints names without their suites; its XML has both.
    xml = alone.space.path("swift.xml")
    done = alone.timed("swift", "test", "--skip-build", "--xunit-output", xml)
    short = {}
    for line in alone.must("swift", "test", "list", "--skip-build").stdout.splitlines():
        if "/" in line or "." in line:
            alone.results[line] = None
            short[re.sub(r"^[^.]*\.", "", line).replace("/", ".")] = line
    for name, verdict in re.findall(r"Test Case '([^']+)' (passed|failed|skipped)", done.stdout + done.stderr):
        alone.results[short[name]] = verdict
    swift_testing = xml.replace(".xml", "-swift-testing.xml")
    for case in ElementTree.parse(swift_testing).getroot().iter("testcase") if os.path.exists(swift_testing) else []:
        for name in (f"{case.get('classname')}/{case.get('name')}", f"{case.get('classname')}.{case.get('name')}"):
            if name in alone.results:
                alone.results[name] = verdict_of(case)
    for path in (xml, swift_testing):
        if os.path.exists(path):
            os.unlink(path)


def pytest(alone):
    if alone.command(sys.executable, "-c", "import pytest").returncode != 0:
        raise Missing(f"{sys.executable} has no pytest: apt-get install python3-pytest")
    xml = alone.space.path("pytest.xml")
    alone.timed("python3", "-m", "pytest", "-q", f"--junit-xml={xml}")
    for case in ElementTree.parse(xml).getroot().iter("testcase"):
        if not case.get("classname"):
            # A module that skipped itself: its id is its path.
            case.set("name", case.get("name") + ".py")
        alone.results[f"{case.get('classname')}/{case.get('name')}"] = verdict_of(case)


def go(alone):
    done = alone.timed("go", "test", "-count=1", "-json", "./...")
    verdicts = {"pass": "passed", "fail": "failed", "skip": "skipped"}
    for line in done.stdout.splitlines():
        # Before Go 1.24 what cannot be built is told in words.
        event = json.loads(line) if line.startswith("{") else {"Output": line}
        unbuilt = re.match(r"FAIL\t(\S+) \[(build|setup) failed\]", event.get("Output", ""))
        if unbuilt:
            alone.results[f"{unbuilt.group(1)}/[build failed]"] = "failed"
        # A subtest is its test's.
        if "Test" in event and "/" not in event["Test"] and event["Action"] in verdicts:
            alone.results[f"{event['Package']}/{event['Test']}"] = verdicts[event["Action"]]
        # Before Go 1.20 a result behind output without a line end is no event.
        told = re.search(r"--- (PASS|FAIL|SKIP): (\w+) \(", event.get("Output", ""))
        if told:
            alone.results[f"{event['Package']}/{told.group(2)}"] = verdicts[told.group(1).lower()]


def cargo(alone):
    alone.must("cargo", "test", "--no-run", "--tests", "--offline")
    done = alone.timed("cargo", "test", "--tests", "--offline", "--no-fail-fast")
    crate = json.loads(alone.must("cargo", "metadata", "--offline", "--no-deps", "--format-version", "1").stdout)["packages"][0]["name"]
    program = crate
    verdicts = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
    # Which program runs is told on stderr, which of its tests on stdout: both in the same order.
    programs = [f"{crate}::{match.group(2)}" if match.group(1) == "tests" else crate
                for match in re.finditer(r"Running (?:unittests )?(src|tests)/(\S+?)\.rs", done.stderr)]
    blocks = done.stdout.split("\nrunning ")
    blocks = blocks[1:] if len(blocks) > 1 else blocks
    # What brings a main of its own prints no block; of the project's own package it comes last.
    for program in programs[len(blocks):]:
        failed = f"`--test {program.rpartition(':')[2]}`" in done.stderr
        alone.results[f"{program}/main"] = "failed" if failed else "passed"
    for program, block in zip(programs, blocks):
        for path, verdict in re.findall(r"^test (\S+).* \.\.\. (ok|FAILED|ignored)", block, re.MULTILINE):
            module, _, name = path.rpartition("::")
            alone.results[f"{program}::{module}/{name}" if module else f"{program}/{name}"] = verdicts[verdict]
    examples = alone.timed("cargo", "test", "--doc", "--offline").stdout
    for name, verdict in re.findall(r"^test (\S+ - .*\(line \d+\)).* \.\.\. (ok|FAILED|ignored)", examples, re.MULTILINE):
        alone.results[f"{crate}::doc/{name}"] = verdicts[verdict]


def googletest(alone):
    alone.must("/bin/sh", "-ec", alone.package["build"])
    report = alone.space.path("gtest.json")
    for program in alone.package["programs"]:
        alone.timed(f"./{program}", f"--gtest_output=json:{report}")
        with open(report) as file:
            for suite in json.load(file)["testsuites"]:
                for test in suite["testsuite"]:
                    verdict = "failed" if test.get("failures") else "passed" if test["result"] == "COMPLETED" else "skipped"
                    alone.results[f"{suite['name']}/{test['name']}"] = verdict


def ctest(alone):
    alone.must("cmake", "-S", ".", "-B", "build-isorun")
    alone.must("cmake", "--build", "build-isorun")
    xml = alone.space.path("ctest.xml")
    alone.timed("ctest", "--test-dir", "build-isorun", "--output-junit", xml)
    for case in ElementTree.parse(xml).getroot().iter("testcase"):
        alone.results[case.get("name")] = verdict_of(case)


def tap(alone):
    for name in sorted(f"t/{name}" for name in os.listdir(f"{alone.place}/t")):
        done = alone.timed("prove", "--nocolor", name)
        passed = "skipped" if "skipped:" in done.stdout else "passed"
        alone.results[name] = passed if done.returncode == 0 else "failed"


def verdict_of(case):
    """How a case of JUnit ended."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None or case.get("status") == "disabled" else "passed"


FRAMEWORKS = {
    "swift": ("swift", "", swift),
    "pytest": ("python3", "", pytest),
    "go": ("go", ": apt-get install golang-go", go),
    "cargo": ("cargo", ": apt-get install cargo", cargo),
    "googletest": ("cmake", ": apt-get install cmake", googletest),
    "ctest": ("cmake", ": apt-get install cmake", ctest),
    "tap": ("prove", ": apt-get install perl", tap),
}
