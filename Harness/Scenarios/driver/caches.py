"""Scenarios of build directories that outlive a run: nothing in them may make a test pass that would not without them.

What is built stands for what make and cmake build: a file that is there and no older than its source is not made again.
"""
import contextlib
import os
import shutil
import signal
import subprocess
import time

from . import host
from .special import within
from .suites import put

BUILD = r"""
mkdir -p build-isorun && cd build-isorun
: > CMakeCache.txt
printf 'add_test(right "/bin/sh" "-c" "grep -q whole data")\n' > CTestTestfile.cmake
[ ! -e data ] || [ ../value -nt data ] || exit 0
echo built >> /log/builds
echo part > data
[ ! -e /log/hang ] || { : > /log/began; sleep 600; }
cat ../value > data
"""


@contextlib.contextmanager
def caches(directory):
    """isorun's own directory for what outlives runs, of this scenario alone: its path, and the environment that names it."""
    place = os.path.join(directory, "cache", "isorun")
    os.makedirs(place)
    if os.geteuid() != 0:
        yield place, {"XDG_CACHE_HOME": os.path.dirname(place)}
        return
    own = "/var/cache/isorun"
    os.makedirs(own, exist_ok=True)
    host.call(host.libc.mount(place.encode(), own.encode(), None, 0x1000, None), "bind")  # MS_BIND
    try:
        yield place, {}
    finally:
        host.call(host.libc.umount2(own.encode(), 2), "unmount")


class Project:
    """A package of CTest whose build says when it has something to do."""

    def __init__(self, space, directory, environment):
        self.space, self.directory, self.project = space, directory, os.path.join(directory, "project")
        self.log = os.path.join(directory, "log")
        self.environment = {**os.environ, "XDG_STATE_HOME": os.path.join(directory, "state"), **environment}
        os.mkdir(self.log)
        os.chmod(self.log, 0o777)
        self.fill("whole")

    def fill(self, value):
        """Makes the project, an hour old, in a directory that is another one than the former."""
        if os.path.exists(self.project):
            os.rename(self.project, f"{self.project}.{time.monotonic_ns()}")
        for name, text in (("CMakeLists.txt", ""), ("build.sh", BUILD), ("value", value + "\n")):
            put(self.directory, name, text)
            os.utime(os.path.join(self.project, name), (time.time() - 3600,) * 2)
        os.chmod(self.project, 0o755)

    def line(self, *words, build="sh build.sh"):
        return [self.space.isorun, "test", self.project, *self.space.allowance, "--build-cache", "--build", build, "-v", f"{self.log}:/log:rw", *words]

    def run(self, *words, **options):
        return subprocess.run(self.line(*words, **options), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60 * host.patience)

    def expect(self, code, builds, *words, told="", **options):
        """Runs it: complaints where it does not exit so, has not built so often since the first run, or does not tell so."""
        got = self.run(*words, **options)
        count = self.builds()
        if (got.returncode, count) == (code, builds) and told in got.stderr and (told or "isorun: note:" not in got.stderr):
            return []
        return [f"{words} {options}: exit {got.returncode} and {count} builds, expected {code}, {builds} and {told!r}: {got.stderr}"]

    def builds(self):
        path = os.path.join(self.log, "builds")
        return open(path).read().count("built") if os.path.exists(path) else 0


def killed(space, arena, directory):
    """What a build left that was killed with isorun is thrown away: a file that is there need not be whole."""
    with caches(directory) as (_, environment):
        package = Project(space, directory, environment)
        open(os.path.join(package.log, "hang"), "w").close()
        process = subprocess.Popen(package.line(), env=package.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        began = within(30, lambda: os.path.exists(os.path.join(package.log, "began")))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        os.unlink(os.path.join(package.log, "hang"))
        complaints = [] if began else ["the build never began"]
        complaints += package.expect(0, 2, told="note: the build cache is emptied: the last build in it was killed")
        return complaints + package.expect(0, 2)


def limited(space, arena, directory):
    """What a build left that isorun ended is thrown away, and what one left that failed by itself is not."""
    with caches(directory) as (_, environment):
        package = Project(space, directory, environment)
        flood = "sh build.sh; [ ! -e /log/flood ] || { echo part > build-isorun/data; head -c 3000000 /dev/zero | tr '\\0' x; exit 1; }"
        complaints = package.expect(0, 1, "--max-output", "1m", build=flood)
        open(os.path.join(package.log, "flood"), "w").close()
        complaints += package.expect(1, 1, "--max-output", "1m", build=flood, told="the build did not pass")
        os.unlink(os.path.join(package.log, "flood"))
        complaints += package.expect(0, 2, build=flood, told="note: the build cache is emptied")
        fails = "sh build.sh; [ ! -e /log/fail ]"
        complaints += package.expect(0, 3, build=fails)
        open(os.path.join(package.log, "fail"), "w").close()
        complaints += package.expect(1, 3, build=fails, told="the build did not pass")
        os.unlink(os.path.join(package.log, "fail"))
        return complaints + package.expect(0, 3, build=fails)


def replaced(space, arena, directory):
    """Another directory at the package's path, or at that of a read-only volume, begins with nothing, though all in it is old."""
    with caches(directory) as (_, environment):
        package = Project(space, directory, environment)
        complaints = package.expect(0, 1) + package.expect(0, 1)
        package.fill("bad")
        complaints += package.expect(1, 2, told="note: the build cache is emptied: it was built from another directory")
        for value, code, builds in (("whole", 0, 3), ("bad", 1, 4)):
            dependency = os.path.join(directory, "dep")
            if os.path.exists(dependency):
                os.rename(dependency, dependency + ".old")
            os.mkdir(dependency)
            with open(os.path.join(dependency, "value"), "w") as file:
                file.write(value + "\n")
            os.utime(file.name, (time.time() - 3600,) * 2)
            told = "note: the build cache is emptied" if value == "bad" else ""
            complaints += package.expect(code, builds, "-v", f"{dependency}:/dep:ro", build="cp -p /dep/value . && sh build.sh", told=told)
        return complaints


def options(space, arena, directory):
    """Builds with other options begin with nothing of each other's, and with their own when they come again."""
    with caches(directory) as (_, environment):
        package = Project(space, directory, environment)
        bad = "sh build.sh; [ -e build-isorun/other ] || { echo bad > build-isorun/data; : > build-isorun/other; }"
        complaints = package.expect(0, 1) + package.expect(1, 2, build=bad) + package.expect(0, 2) + package.expect(1, 2, build=bad)
        for count, words in ((3, ["-v", f"{package.log}:/other:ro"]), (4, ["--mask", "/usr/include"]), (5, ["-e", "CC=clang"])):
            complaints += package.expect(0, count, *words) + package.expect(0, count, *words, "-m", "300m")
        return complaints


def another_user(space, arena, directory):
    """A user inside who is not root has a build directory of his own, from one run to the next, which another run can empty."""
    with caches(directory) as (_, environment):
        package = Project(space, directory, environment)
        nested = "sh build.sh; mkdir -p build-isorun/sub; : > build-isorun/sub/file"
        user = ["-u", "1000:1000"]
        try:
            complaints = package.expect(0, 1, *user, build=nested) + package.expect(0, 1, *user, build=nested)
            complaints += package.expect(0, 2, build=nested)
            package.fill("whole")
            return complaints + package.expect(0, 3, *user, build=nested, told="note: the build cache is emptied")
        finally:
            # Without root its directories are another's, whom the driver is not.
            subprocess.run([space.isorun, "-q", *space.allowance, "-v", f"{directory}/cache:/c:rw", "--", "/bin/sh", "-c", "find /c -mindepth 1 -delete"],
                           cwd=directory, stdin=subprocess.DEVNULL)


def guarded(space, arena, directory):
    """Nobody else enters it; one that is a link, or somebody else's, is not used, and the reason is said."""
    with caches(directory) as (place, environment):
        package = Project(space, directory, environment)
        builds, elsewhere = os.path.join(place, "builds"), os.path.join(directory, "elsewhere")
        complaints = package.expect(0, 1)
        modes = [oct(os.stat(path).st_mode & 0o7777) for path in (builds, *(entry.path for entry in os.scandir(builds)))]
        if modes != ["0o700", "0o700"]:
            complaints.append(f"modes {modes}")
        os.rename(builds, elsewhere)
        os.symlink(elsewhere, builds)
        complaints += package.expect(0, 2, told="note: this run builds without --build-cache: cannot use (")
        os.unlink(builds)
        open(builds, "w").close()
        complaints += package.expect(0, 3, told="Not a directory")
        os.unlink(builds)
        if os.geteuid() == 0:
            os.mkdir(builds)
            os.chown(builds, 4321, 4321)
            complaints += package.expect(0, 4, told="it belongs to another user")
        shutil.rmtree(builds, ignore_errors=True)
        return complaints


def unused(space, arena, directory):
    """A build that leaves nothing in the directory that is kept is told of."""
    with caches(directory) as (_, environment):
        package = Project(space, directory, environment)
        elsewhere = "sed s/build-isorun/o/g build.sh | sh"
        return package.expect(0, 1, build=elsewhere, told="note: --build-cache keeps nothing: the build has left nothing in build-isorun")
