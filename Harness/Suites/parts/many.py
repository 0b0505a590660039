"""Tiny jobs in great number: what the runner takes, and what it gets through beside the least that containers cost."""
import os
import shutil
import subprocess
import time

from .space import HERE, last_results

MEMORY_KIB = 100 * 1024


def run(space, tally, words):
    count = int(words[0]) if words else 10000
    suite = space.suite("many", [f"{{name: j{n}, run: [/bin/true]}}" for n in range(count)])
    events = space.path("m.jsonl")
    began = time.monotonic()
    runner = subprocess.Popen([space.isorun, "suite", suite, "-q", "--events", events], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(runner.pid, 0)
    rate = count / (time.monotonic() - began)
    passed = sum(1 for result in last_results(events).values() if result["outcome"] == "passed")
    tally.check(status == 0 and passed == count, f"{count} tiny jobs: {passed} passed")
    tally.check(usage.ru_maxrss < MEMORY_KIB, f"the runner took {usage.ru_maxrss / 1024:.0f} MiB at most, and may take 100")
    floor = _floor(space, count)
    beside = f"floor.c twice in parallel: {floor:.0f}, of which that is {rate / floor:.2f}" if floor else "there is no cc for floor.c"
    tally.note(f"{rate:.0f} jobs a second, with {(usage.ru_utime + usage.ru_stime) / count * 1e3:.2f} ms of CPU each;"
               f" {beside}")


def _floor(space, count):
    """Containers a second that floor.c makes, twice in parallel; Harness/benchmark holds the two against each other."""
    if not shutil.which("cc"):
        return None
    program = space.path("floor")
    subprocess.run(["cc", "-O2", "-o", program, f"{HERE}/../Benchmarks/floor.c"], check=True)
    runs = max(100, count // 10)
    began = time.monotonic()
    loops = [subprocess.Popen([program, str(runs)], stdout=subprocess.DEVNULL) for _ in range(2)]
    if [loop.wait() for loop in loops] != [0, 0]:
        return None
    return 2 * runs / (time.monotonic() - began)
