"""Where measurements take place: the programs, a clean environment, a scratch directory, and the tools built for it."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
LONGEST = 300  # seconds that a command may take
PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CannotMeasure(Exception):
    """What this host lacks for a measurement, and what would help."""


class Failed(Exception):
    """A program that is there and did not do what it was measured at: no threshold is kept that way."""


class Setting:
    def __init__(self, isorun, quick):
        self.isorun = isorun
        self.quick = quick
        self.begun = time.time()
        self.load = os.getloadavg()[0]
        self.scratch = Path(tempfile.mkdtemp(prefix="isorun-benchmark-"))
        self.path = _clean_path()
        home = self.scratch / "home"
        home.mkdir()
        self.environment = {"PATH": self.path, "HOME": str(home), "LANG": "C.UTF-8"}
        # A project like a user's: what is measured sees it copy-on-write.
        self.project = TOP / "Harness" / "Example"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def prove(self):
        """That isorun runs a job and says so: a program that does nothing would keep most promises of speed."""
        told = json.loads(self.run([self.isorun, "-q", "--json", "-", "--", "/bin/sh", "-c", "exit 0"]))
        if told.get("outcome") != "passed":
            raise Failed(f"{self.isorun} tells of a job that passes: {told.get('outcome')}, {told.get('reason')}")

    def find(self, program, package):
        """The program in the clean PATH, or the reason that it cannot be measured."""
        found = shutil.which(program, path=self.path)
        if not found:
            raise CannotMeasure(f"{program} is not installed: apt-get install {package}")
        return found

    def tool(self, name):
        """One of the C programs beside this file, compiled."""
        built = self.scratch / name
        if not built.exists():
            compiler = shutil.which("cc", path=self.path) or shutil.which("clang", path=self.path)
            if not compiler:
                raise CannotMeasure("there is no C compiler: apt-get install gcc libc6-dev")
            source = Path(__file__).with_name(name + ".c")
            self.run([compiler, "-std=gnu17", "-O2", "-Wall", "-Wextra", "-o", str(built), str(source)])
        return str(built)

    def run(self, command, cwd=None, environment=None):
        """The output of a command that has to succeed, in the clean environment."""
        try:
            done = subprocess.run(
                command, cwd=cwd or self.project, env=environment or self.environment, text=True, timeout=LONGEST,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired as over:
            raise Failed(f"{command[0]} was not at an end after {LONGEST} s") from over
        if done.returncode != 0:
            raise Failed(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")
        return done.stdout

    def spawn(self, commands, rounds, warmup=0, output=None, cwd=None, environment=None, around=()):
        """Runs the commands in turn; for each the (wall, CPU) milliseconds of its rounds."""
        arguments = [*around, self.tool("spawn"), "-w", str(warmup)]
        if output:
            arguments += ["-o", str(output)]
        arguments.append(str(rounds))
        for index, command in enumerate(commands):
            arguments += (["::"] if index else []) + command
        times = [[] for _ in commands]
        for line in self.run(arguments, cwd, environment).splitlines():
            _, command, wall, cpu = line.split()
            times[int(command)].append((float(wall) / 1e3, float(cpu) / 1e3))
        return times

    def host(self):
        model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                      if line.startswith("model name")), platform.machine())
        return {
            "Date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.begun)),
            "Kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
            "CPU": f"{model}, {os.cpu_count()} CPUs",
            "cgroups": _cgroup_version(),
            "Load": f"{self.load:.1f} when it began, {os.getloadavg()[0]:.1f} at its end",
            "isorun": f"{self.shown(self.isorun)}, version {self.run([self.isorun, '--version']).strip()}"
                      f", {os.path.getsize(self.isorun)} bytes, of {_day(self.isorun)}"
                      + (f", built from {_commit()}" if Path(self.isorun).is_relative_to(TOP) else ""),
            "PATH": f"`{self.path}`",
        }

    def shown(self, text):
        """Without the places of this one machine and run."""
        return str(text).replace(str(self.scratch), "$SCRATCH").replace(str(TOP) + "/", "")


def program(path):
    if not os.access(path, os.X_OK):
        raise argparse.ArgumentTypeError(f"cannot be executed: {path}")
    return os.path.abspath(path)


def built_release():
    """Harness/isorun builds when there is something to build; what is measured is the program itself."""
    if subprocess.run([TOP / "Harness" / "isorun", "--version"], stdout=subprocess.DEVNULL).returncode != 0:
        sys.exit(125)
    return str(TOP / ".build-release" / "release" / "isorun")


def _clean_path():
    """The system's directories, and the Swift toolchain's where it lies elsewhere: a PATH into a home, as version
    managers make it, would cost the container mounts that others do not need."""
    swift = shutil.which("swift")
    toolchain = str(Path(swift).resolve().parent) if swift else None
    directories = PLAIN_PATH.split(":")
    return ":".join(directories + [toolchain] if toolchain and toolchain not in directories else directories)


def _cgroup_version():
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        return "v2"
    return "hybrid" if os.path.exists("/sys/fs/cgroup/unified") else "v1"


def _day(path):
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(os.path.getmtime(path)))


def _commit():
    done = subprocess.run(["git", "-C", str(TOP), "describe", "--always", "--dirty"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.strip() or "an unknown commit"
