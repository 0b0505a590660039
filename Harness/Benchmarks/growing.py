"""What a start costs as something grows: containers alive, volumes, mounts of the host, files of the lower layer.

At every point isorun and runc start /bin/true in turn, so the two can be compared whatever else the machine does. Two
figures come of each table: the worst point of isorun beside runc, and the worst step from a point to the next one,
where 1 is as much more time as there is more of it: below 1 is better than linear.
"""

import json
import os
import resource
import signal
import subprocess
import time

from ratios import estimated, median
from setting import CannotMeasure, Failed
from starting import TRUE, bundle


def beside_alive(setting):
    counts = [0, 10, 100] if setting.quick else [0, 10, 100, 1000]
    _needs_root()
    runc = setting.find("runc", "runc")
    place = bundle(setting, runc, "alive")
    points = []
    for count in counts:
        with _Alive(setting, count):
            points.append(_point(setting, count, [setting.isorun, "-q", "--", TRUE], _runc(setting, runc, place)))
    return _result("containers alive", points)


def beside_volumes(setting):
    _needs_root()
    runc = setting.find("runc", "runc")
    points = []
    for count in [1, 10, 100]:
        sources = [setting.scratch / "volumes" / str(index) for index in range(count)]
        for source in sources:
            source.mkdir(parents=True, exist_ok=True)
        mounts = [{"destination": f"/v{index}", "type": "bind", "source": str(source), "options": ["rbind", "ro"]}
                  for index, source in enumerate(sources)]
        isorun = [setting.isorun, "-q"]
        for index, source in enumerate(sources):
            isorun += ["-v", f"{source}:/v{index}:ro"]
        place = bundle(setting, runc, f"volumes-{count}", mounts=mounts)
        points.append(_point(setting, count, [*isorun, "--", TRUE], _runc(setting, runc, place)))
    return _result("volumes", points)


def beside_mounts(setting):
    _needs_root()
    runc = setting.find("runc", "runc")
    place, directory = bundle(setting, runc, "mounts"), setting.scratch / "host-mounts"
    directory.mkdir()
    points = []
    for count in [1, 1000] if setting.quick else [1, 100, 10_000]:
        around = [setting.tool("surround"), "mounts", str(count), str(directory)]
        isorun = [setting.isorun, "-q", "--", TRUE]
        points.append(_point(setting, count, isorun, _runc(setting, runc, place), around))
    return _result("mounts of the host", points)


def beside_files(setting):
    _needs_root()
    runc = setting.find("runc", "runc")
    place = bundle(setting, runc, "files")
    root = place / "rootfs"
    points = []
    for count in [1000, 10_000] if setting.quick else [1000, 1_000_000]:
        around = [setting.tool("surround"), "files", str(count), str(root)]
        isorun = [setting.isorun, "-q", "--rootfs", str(root), "--", TRUE]
        points.append(_point(setting, count, isorun, _runc(setting, runc, place), around))
    return _result("files in the lower layer", points)


def _needs_root():
    if os.geteuid() != 0:
        raise CannotMeasure("runc and mounts of one's own need root: run this as root")


def _runc(setting, runc, place):
    return [runc, "--root", str(setting.scratch / "runc"), "run", "--bundle", str(place),
            f"isorun-benchmark-{os.getpid()}"]


def _point(setting, count, isorun, runc, around=()):
    rounds = 5 if setting.quick else 25
    ours, theirs = setting.spawn([isorun, runc], rounds, warmup=2, around=around)
    return {"count": count, "commands": [[*around, *isorun], [*around, *runc]],
            "ours": [wall for wall, _ in ours], "theirs": [wall for wall, _ in theirs]}


def _result(what, points):
    samples = [times for point in points for times in (point["ours"], point["theirs"])]
    value, interval = estimated(lambda drawn: max(*_ratios(points, drawn)), *samples)
    worst, steepest = _ratios(points, samples)
    return {"value": value, "interval": interval, "rounds": len(points[0]["ours"]), "table": _table(what, points),
            "commands": points[-1]["commands"],
            "details": [f"worst beside runc {worst:.3f}×; steepest step {steepest:.3f} of linear"]}


def _ratios(points, samples):
    """The worst point beside runc and the steepest step; of each point two lists of samples, isorun's and runc's."""
    ours, theirs = ([median(one) for one in samples[side::2]] for side in (0, 1))
    steps = [ours[after] / ours[after - 1] * points[after - 1]["count"] / points[after]["count"]
             for after in range(1, len(points)) if points[after - 1]["count"] > 0]
    return max(one / other for one, other in zip(ours, theirs)), max(steps)


def _table(what, points):
    lines = [[what, "isorun, median", "isorun, least", "runc, median", "isorun ÷ runc", "growth ÷ linear"]]
    for before, point in zip([None, *points], points):
        ours, theirs = median(point["ours"]), median(point["theirs"])
        growth = "–"
        if before and before["count"] > 0:
            growth = f"{ours / median(before['ours']) * before['count'] / point['count']:.3f}"
        lines.append([f"{point['count']:,}", f"{ours:.2f} ms", f"{min(point['ours']):.2f} ms", f"{theirs:.2f} ms",
                      f"{ours / theirs:.3f}", growth])
    return lines


class _Alive:
    """So many containers that sleep, all of one suite."""

    def __init__(self, setting, count):
        self.setting, self.count, self.process = setting, count, None

    def __enter__(self):
        if self.count == 0:
            return
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = max(min(pages // 2 // self.count, 256 << 20), 6 << 20)
        suite = self.setting.scratch / "alive.yml"
        suite.write_text("version: 1\njobs:\n" + "".join(
            f"  - {{name: j{index}, run: [sleep, '3600'], memory: '{memory}'}}\n" for index in range(self.count)))
        events = self.setting.scratch / "alive.jsonl"
        events.unlink(missing_ok=True)
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        command = [self.setting.isorun, "suite", str(suite), "-q", "--ahead", "0", "--jobs", str(self.count),
                   "--events", str(events)]
        self.process = subprocess.Popen(
            command, cwd=self.setting.project, env=self.setting.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
        deadline = time.monotonic() + 180
        while _started(events) < self.count:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise Failed(f"{_started(events)} of {self.count} containers started")
            time.sleep(0.1)
        time.sleep(2)  # their keeper looks at each often at first

    def __exit__(self, *_):
        if not self.process:
            return
        for wait in (60, 60):  # the second signal kills
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGINT)
                try:
                    self.process.wait(wait)
                except subprocess.TimeoutExpired:
                    pass
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def _started(events):
    if not events.exists():
        return 0
    lines = events.read_text().splitlines()
    return sum(1 for line in lines if '"job-started"' in line and json.loads(line)["event"] == "job-started")
