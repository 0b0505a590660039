"""Ten runs of the same suite, each killed at a random moment and gone on with until it is done."""
import os
import random
import signal
import subprocess
import time
from collections import Counter
from xml.etree.ElementTree import ParseError

from .space import cases, finished

JOBS = 300
KILLS = 10


def run(space, tally, _):
    # The moments are the same in every run; what runs then is not.
    moments = random.Random(1)
    suite = space.suite("kills", [f"{{name: j{n}, run: 'echo {n}; exit {n % 7 // 6}'}}" for n in range(JOBS)])
    names = sorted(f"j{n}" for n in range(JOBS))
    report, events = space.path("k.xml"), space.path("k.jsonl")
    words = ["suite", suite, "-q", "--output", "none", "--junit", report, "--events", events]
    began = time.monotonic()
    space.run(*words)
    whole = time.monotonic() - began
    for number in range(1, KILLS + 1):
        # A runner that is killed as it starts leaves what the last one wrote, or some of it.
        for path in (report, events):
            if os.path.exists(path):
                os.unlink(path)
        _kill_once([space.isorun, *words], moments.uniform(0.05, 0.95) * whole)
        before = {event["name"] for event in finished(events)} if os.path.exists(events) else set()
        tally.check(_comes_to_hold(report, before), f"kill {number}: the report is valid and has the {len(before)} results")
        done = space.run(*words, "--resume")
        counts = Counter(event["name"] for event in finished(events))
        once = sorted(counts) == names and set(counts.values()) == {1}
        tally.check(once, f"kill {number}: with --resume each result is there once"
                    + ("" if once else f": {done.stderr.strip()[-200:]}"))
        tally.check(sorted(case.get("name") for case in cases(report)) == names, f"kill {number}: and each case of the report")


def _kill_once(command, moment):
    runner = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        runner.wait(moment)
    except subprocess.TimeoutExpired:
        runner.send_signal(signal.SIGKILL)
        runner.wait()


def _comes_to_hold(report, names):
    """The reporting program ends by itself once the runner's end of its pipe is closed; until then it has not written.

    A runner that is killed as it starts has not started any.
    """
    if not names and not os.path.exists(report):
        return True
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        try:
            if names <= {case.get("name") for case in cases(report)}:
                return True
        except (OSError, ParseError):
            pass
        time.sleep(0.05)
    return False
