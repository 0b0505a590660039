"""What containers that live on cost: a hundred started with `run -d` and stopped, beside podman or docker."""

import itertools
import shutil
import subprocess
import time

from ratios import median, median_ratio
from setting import CannotMeasure, Failed

COUNT = 100
SLEEP = ["/bin/sleep", "1000"]


def hundred(setting):
    """Ten at a time in turn: the same image, the same limits, no network, stopped without waiting for a trap."""
    other = _other(setting)
    tree = setting.scratch / "living-root"
    (tree / "bin").mkdir(parents=True)
    shutil.copy(setting.find("busybox", "busybox-static"), tree / "bin" / "sleep")
    archive = setting.scratch / "living.tar"
    setting.run(["tar", "-C", str(tree), "-cf", str(archive), "."])
    environment = dict(setting.environment, ISORUN_IMAGES=str(setting.scratch / "living-store"))
    ours, theirs = _Ours(setting, environment), _Theirs(setting, other)
    ours.run("image", "import", "-q", str(archive), "isorun-benchmark")
    theirs.run("import", str(archive), "isorun-benchmark")
    try:
        theirs.settle()
        ours.start_and_stop(1)  # the first one finds caches cold
        rounds = 2 if setting.quick else COUNT // 10
        times = [([ours.start_and_stop(10)], [theirs.start_and_stop(10)]) for _ in range(rounds)]
    finally:
        theirs.run("rmi", "-f", "isorun-benchmark")
    value, interval = median_ratio(times)
    details = [f"{name}: median {median([one[place][0] for one in times]) * 100:.0f} ms for each container"
               for place, name in enumerate(["isorun", other])]
    return {"value": value, "interval": interval, "rounds": rounds, "details": details,
            "commands": [ours.line("NAME"), theirs.line("NAME")]}


def _other(setting):
    """podman, or docker where its daemon answers."""
    found = [path for path in (shutil.which(name, path=setting.path) for name in ("podman", "docker")) if path]
    for path in found:
        if subprocess.run([path, "info"], env=setting.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return path
    raise CannotMeasure(f"{found[0]} does not answer" if found else "podman is not installed: apt-get install podman")


class _Engine:
    limits = ["--network", "none", "--memory", "64m", "--pids-limit", "32"]
    numbers = itertools.count()

    def __init__(self, setting, environment=None):
        self.setting, self.environment = setting, environment

    def run(self, *words):
        return self.setting.run([self.program, *words], environment=self.environment)

    def start_and_stop(self, count):
        """Seconds for so many containers, until nothing is left of them."""
        names = [f"isorun-benchmark-{next(self.numbers)}" for _ in range(count)]
        began = time.monotonic()
        try:
            for name in names:
                self.setting.run(self.line(name), environment=self.environment)
            self.run("stop", "-t", "0", *names)
        finally:
            self.run("rm", "-f", *names)
        took = time.monotonic() - began
        if left := [line for line in self.run("ps", "-a", "--format", "{{.Names}}").split() if line in names]:
            raise Failed(f"{self.program} left {left}")
        return took


class _Ours(_Engine):
    @property
    def program(self):
        return self.setting.isorun

    def line(self, name):
        return [self.program, "run", "-d", "--name", name, *self.limits, "--image", "isorun-benchmark", "--", *SLEEP]


class _Theirs(_Engine):
    # What an engine sets by default need not be allowed here, and crun knows no hybrid cgroups.
    limits_of_processes = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]

    def __init__(self, setting, program):
        super().__init__(setting)
        self.program, self.engine, self.run_options = program, [], []

    def settle(self):
        """Finds the options with which a container starts here."""
        for engine, options in ([], []), ([], self.limits_of_processes), (["--runtime", "runc"], self.limits_of_processes):
            self.engine, self.run_options = engine, options
            try:
                return self.start_and_stop(1)
            except Failed as failure:
                reason = str(failure)
        raise CannotMeasure(f"{self.program} starts no container here: {reason}")

    def line(self, name):
        return [self.program, *self.engine, "run", "-d", "--name", name, *self.run_options, *self.limits, "isorun-benchmark", *SLEEP]
