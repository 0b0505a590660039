"""What a container for each test costs: beside a process for each, beside one container for all, beside `swift test`."""

import shutil

from many import needs_root, timed
from ratios import median, median_ratio

LANES = 2


def tests_of_10_ms(setting):
    return _tests(setting, 10, 60 if setting.quick else 200)


def tests_of_200_ms(setting):
    return _tests(setting, 200, 10 if setting.quick else 40)


def _tests(setting, milliseconds, count):
    """The same program for the same names, as many at a time: by isorun, and by xargs with a process for each.

    Tests that compute leave no CPU for anything else meanwhile, and those that wait leave all of it: the worse of the
    two is held against the threshold.
    """
    needs_root()
    rounds = 2 if setting.quick else 7
    details, found = [], []
    for kind in ("compute", "wait"):
        ways = _ways(setting, kind, milliseconds, count)
        times = {name: [] for name in ways}
        for command in ways.values():
            timed(setting, [command])
        for number in range(rounds):
            for turn in range(len(ways)):
                name = list(ways)[(number + turn) % len(ways)]
                times[name].append(timed(setting, [ways[name]]))
        value, interval = _ratio(times["a container for each"], times["a process for each"])
        each = (median(times["a container for each"]) - median(times["a process for each"])) * LANES / count * 1e3
        shown = ", ".join(f"{name} {median(values) * 1e3:.0f} ms" for name, values in times.items())
        details.append(f"{count} tests that {kind}: {shown}; {value:.3f}× ({interval[0]:.3f} – {interval[1]:.3f}),"
                       f" {each:.1f} ms of a lane more for each test")
        found.append({"value": value, "interval": interval, "rounds": rounds,
                      "commands": [ways["a container for each"], ways["a process for each"]]})
    return {**max(found, key=lambda one: one["value"]), "details": details}


def _ways(setting, kind, milliseconds, count):
    package = setting.scratch / "tests"
    package.mkdir(exist_ok=True)
    shutil.copy(setting.tool("timed"), package / "timed")
    line = f"exec ./timed {kind} {milliseconds}"
    isorun = [setting.isorun, "test", str(package), "-q", "--output", "none", "--jobs", str(LANES),
              "--list-command", f"./timed list {count}", "--run-command", line + " {}"]
    script = f"cd {package} && ./timed list {count} | xargs -P {LANES} -n 1 /bin/sh -ec '{line} \"$1\"' sh"
    return {"a container for each": isorun, "a process for each": ["/bin/sh", "-ec", script],
            "one container for all": [*isorun, "--per", "all"]}


def beside_swift_test(setting):
    """A package whose tests take time, built before, by `swift test` in one process and by isorun with two at a time."""
    needs_root()
    swift = setting.find("swift", "swiftlang, or a toolchain of swift.org")
    count, rounds = (10, 1) if setting.quick else (40, 5)
    package = _package(setting, count)
    setting.run([swift, "build", "--build-tests"], cwd=package)
    ours = [setting.isorun, "test", str(package), "-q", "--output", "none"]
    theirs = [swift, "test", "--package-path", str(package)]
    times = {"isorun": [], "swift": []}
    for number in range(rounds):
        for name, command in sorted({"isorun": ours, "swift": theirs}.items(), reverse=number % 2 == 1):
            times[name].append(timed(setting, [command]))
    value, interval = _ratio(times["isorun"], times["swift"])
    details = [f"isorun test: median {median(times['isorun']):.2f} s, the build that finds nothing to do among it",
               f"swift test: median {median(times['swift']):.2f} s, the same among it",
               f"{count} XCTest cases of 200 ms each, which wait"]
    return {"value": value, "interval": interval, "rounds": rounds, "commands": [ours, theirs], "details": details}


def _package(setting, count):
    package = setting.scratch / "Slow"
    tests = package / "Tests" / "SlowTests"
    tests.mkdir(parents=True)
    (package / "Package.swift").write_text(
        '// swift-tools-version: 6.0\nimport PackageDescription\n'
        'let package = Package(name: "Slow", targets: [.testTarget(name: "SlowTests")])\n')
    methods = "".join(f"    func testNumber{number}() {{ usleep(200_000) }}\n" for number in range(count))
    (tests / "SlowTests.swift").write_text(
        f"import Glibc\nimport XCTest\n\nfinal class SlowTests: XCTestCase {{\n{methods}}}\n")
    return package


def _ratio(ours, theirs):
    return median_ratio([([one], [other]) for one, other in zip(ours, theirs)])
