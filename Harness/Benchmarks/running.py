"""What isorun costs while a job runs: its own memory, and the speed of real work inside."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from ratios import median, median_ratio
from setting import Failed

KIB_IN_MIB = 1024


def memory_beside_a_job(setting):
    """The keeper's peak is what counts; its momentary size, and what init has of its own, are told beside it."""
    command = [setting.isorun, "-q", "--", "sleep", "60"]
    runs = [_memory_once(setting, command) for _ in range(2 if setting.quick else 5)]
    peaks = [one["peak"] for one in runs]
    details = [f"keeper: VmHWM {max(peaks):.2f} MiB, VmRSS {max(one['resident'] for one in runs):.2f} MiB, "
               f"private {max(one['private'] for one in runs):.2f} MiB"]
    inits = [one["init"] for one in runs if one["init"]]
    if inits:
        details.append(f"init: VmRSS {max(one[0] for one in inits):.2f} MiB, "
                       f"of which private {max(one[1] for one in inits):.2f} MiB")
    return {"value": max(peaks), "interval": (min(peaks), max(peaks)), "rounds": len(runs), "commands": [command],
            "details": details}


def _memory_once(setting, command):
    keeper = subprocess.Popen(command, cwd=setting.project, env=setting.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL)
    try:
        between = _wait_for_job(keeper)
        time.sleep(0.3)  # what comes after the start, such as freeing, belongs to the size beside a running job
        status, sizes = _table(keeper.pid, "status"), _table(keeper.pid, "smaps_rollup")
        init = None
        if between:
            own = _table(between, "smaps_rollup")
            init = (_table(between, "status")["VmRSS"] / KIB_IN_MIB, _private(own))
        return {"peak": status["VmHWM"] / KIB_IN_MIB, "resident": status["VmRSS"] / KIB_IN_MIB,
                "private": _private(sizes), "init": init}
    finally:
        keeper.send_signal(signal.SIGTERM)
        keeper.wait()


def _wait_for_job(keeper):
    """Until `sleep` runs somewhere below the keeper; the process between them, which is init, or None."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit and keeper.poll() is None:
        for child in _children(keeper.pid):
            if _name(child) == "sleep":
                return None
            if any(_name(grandchild) == "sleep" for grandchild in _children(child)):
                return child
        time.sleep(0.01)
    raise Failed("isorun did not start sleep within 20 s")


def _children(pid):
    """Of all its threads: a child belongs to the one that made it."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in thread.read_text().split()]
        except OSError:
            pass
    return found


def _name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


def _table(pid, file):
    """The KiB of a /proc file's "Name: 12 kB" lines."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return {words[0].rstrip(":"): int(words[1]) for words in map(str.split, lines)
            if len(words) == 3 and words[2] == "kB"}


def _private(sizes):
    return (sizes["Private_Clean"] + sizes["Private_Dirty"]) / KIB_IN_MIB


def real_work(setting):
    """A build inside beside the same outside. What a job writes goes to a tmpfs, so outside is a copy on a tmpfs too:
    what is compared is isolation and not a disk. The copy that a person would have, on the disk, is told beside it."""
    swift = setting.find("swift", "swiftlang, or a toolchain of swift.org")
    build = [swift, "build"]
    inside = [setting.isorun, "-q", "--", *build]
    disk = setting.scratch / "work"
    with tempfile.TemporaryDirectory(prefix="isorun-benchmark-", dir=_tmpfs(setting)) as memory:
        ways = {"inside": (inside, disk), "outside on tmpfs": (build, Path(memory)), "outside on disk": (build, disk)}
        times = {name: [] for name in ways}
        setting.spawn([[setting.isorun, "-q", "--", "/bin/true"]], 1)
        _build_once(setting, build, disk)  # brings the toolchain into the page cache
        rounds = 2 if setting.quick else 6
        for number in range(rounds):
            for turn in range(len(ways)):
                name = list(ways)[(number + turn) % len(ways)]
                times[name].append(_build_once(setting, *ways[name]))
    value, interval = _wall_ratio(times["inside"], times["outside on tmpfs"])
    beside, (low, high) = _wall_ratio(times["inside"], times["outside on disk"])
    details = [f"{name}: median {median([one[0] for one in values]) / 1e3:.2f} s, "
               f"least {min(one[0] for one in values) / 1e3:.2f} s; "
               f"CPU time median {median([one[1] for one in values]) / 1e3:.2f} s" for name, values in times.items()]
    details.append(f"inside ÷ outside on disk: {beside:.3f}× ({low:.3f} – {high:.3f})")
    return {"value": value, "interval": interval, "rounds": rounds, "commands": [inside, build], "details": details}


def _wall_ratio(ours, theirs):
    return median_ratio([([one[0]], [other[0]]) for one, other in zip(ours, theirs)])


def _tmpfs(setting):
    shared = Path("/dev/shm")
    return shared if os.path.ismount(shared) and os.access(shared, os.W_OK) else setting.scratch


def _build_once(setting, command, place):
    """With a fresh copy and an empty home, so that it finds nothing that an earlier build left."""
    shutil.rmtree(place, ignore_errors=True)
    copy, home = place / "Example", place / "home"
    shutil.copytree(setting.project, copy, ignore=shutil.ignore_patterns(".build*"))
    home.mkdir()
    os.sync()
    own = setting.environment["HOME"] if command[0] == setting.isorun else str(home)
    environment = {**setting.environment, "HOME": own, "TMPDIR": str(home)}  # SwiftPM leaves its locks there
    return setting.spawn([command], 1, cwd=copy, environment=environment)[0][0]
