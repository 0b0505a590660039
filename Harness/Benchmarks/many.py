"""Many containers: what a suite of /bin/true gets through, and how soon a job starts in a container made ahead."""

import json
import os
import subprocess
import time

from ratios import median, median_ratio
from setting import LONGEST, CannotMeasure, Failed
from starting import TRUE


def cold_throughput(setting):
    return _throughput(setting, ["--ahead", "0"])


def warm_throughput(setting):
    return _throughput(setting, [])


def _throughput(setting, options):
    """Each round is a suite and, after or before it, floor.c twice in parallel, for as many containers."""
    needs_root()
    count, rounds = (100, 3) if setting.quick else (2000, 9)
    suite = suite_of(setting, count, [TRUE])
    isorun = [setting.isorun, "suite", str(suite), "-q", "--output", "none", "--jobs", "2", *options]
    floor = [setting.tool("floor"), str(count // 2)]
    timed(setting, [isorun])
    ours, theirs = [], []
    for number in range(rounds):
        for turn in range(2):
            if (number + turn) % 2:
                ours.append(count / timed(setting, [isorun]))
            else:
                theirs.append(count / timed(setting, [floor, floor]))
    value, interval = median_ratio([([one], [other]) for one, other in zip(ours, theirs)])
    details = [f"isorun: median {median(ours):.0f} containers a second, most {max(ours):.0f}",
               f"floor.c, twice in parallel: median {median(theirs):.0f} a second, most {max(theirs):.0f}"]
    return {"value": value, "interval": interval, "rounds": rounds, "commands": [isorun, floor], "details": details}


def warm_start(setting):
    """Jobs that last 30 ms, one after the other, so that the next container is made while one runs."""
    needs_root()
    count, rounds = (6, 4) if setting.quick else (10, 25)
    suite = suite_of(setting, count, ["sleep", "0.03"])
    results = setting.scratch / "warm.jsonl"
    isorun = [setting.isorun, "suite", str(suite), "-q", "--output", "none", "--jobs", "1", "--json", str(results)]
    floor = [setting.tool("floor"), "5"]
    pairs, phases, cold = [], [], 0
    for number in range(rounds):
        for turn in range(2):
            if (number + turn) % 2:
                timed(setting, [isorun])
                startups = [json.loads(line)["startup"] for line in results.read_text().splitlines()]
                warm = [one for one in startups if "handover" in one["phases"]]
                cold += len(startups) - len(warm)
                phases += [one["phases"] for one in warm]
                ours = [one["totalMs"] for one in warm]
            else:
                theirs = json.loads(setting.run(floor))["startMs"]
        if ours:
            pairs.append((ours, theirs))
    if not pairs:
        raise Failed("no job found a container made ahead")
    value, interval = median_ratio(pairs)
    starts = [start for ours, _ in pairs for start in ours]
    details = [
        f"startup.totalMs of {len(starts)} jobs: median {median(starts):.3f} ms, least {min(starts):.3f} ms;"
        f" {cold} others, each suite's first among them, started cold",
        f"floor's start: median {median([start for _, floors in pairs for start in floors]):.3f} ms",
        "phases, medians in ms: "
        + ", ".join(f"{name} {median([one[name] for one in phases]):.3f}" for name in phases[0]),
    ]
    return {"value": value, "interval": interval, "rounds": len(pairs), "commands": [isorun, floor],
            "details": details}


def needs_root():
    if os.geteuid() != 0:
        raise CannotMeasure("floor and suites need root: run this as root")


def suite_of(setting, count, command):
    path = setting.scratch / f"suite-{count}-{os.path.basename(command[0])}.yml"
    path.write_text("version: 1\njobs:\n" + "".join(
        f"  - {{name: j{index}, run: {json.dumps(command)}}}\n" for index in range(count)))
    return path


def timed(setting, commands):
    """Runs commands side by side: the seconds until the last of them has ended."""
    begin = time.monotonic()
    running = [subprocess.Popen(command, cwd=setting.project, env=setting.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for command in commands]
    try:
        problems = [process.communicate(timeout=LONGEST)[1] for process in running]
    except subprocess.TimeoutExpired as over:
        for process in running:
            process.kill()
            process.wait()
        raise Failed(f"{over.cmd[0]} was not at an end after {LONGEST} s") from over
    seconds = time.monotonic() - begin
    for process, problem in zip(running, problems):
        if process.returncode != 0:
            raise Failed(f"{process.args[0]} failed: {problem.decode(errors='replace').strip()[-500:]}")
    return seconds
