"""The programs that scenarios start: isorun itself, and the probes, built static in a directory of this run."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile


def find_isorun(path, here):
    top = os.path.dirname(os.path.dirname(here))
    built = os.path.join(top, ".build", "release", "isorun")
    for candidate in [path] if path else [built, shutil.which("isorun")]:
        if candidate and os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return os.path.abspath(candidate)
    sys.exit(f"run: there is no isorun program at {path or built}: build a release, or name one with --isorun")


def build_probes(here, into):
    for source in sorted(glob.glob(os.path.join(os.path.dirname(here), "Probes", "*.c"))):
        name = os.path.basename(source)[:-2]
        if name == "seccomp_probe":  # belongs to a test of its own
            continue
        subprocess.run(["cc", "-O1", "-static", "-Wall", "-Wextra", "-o", os.path.join(into, name), source], check=True)


class Workspace:
    """A directory on a disk, as isorun hides /tmp: the probes, a root of their own, and a directory a scenario."""

    def __init__(self, here, isorun, probes=None):
        self.here, self.isorun, self.built, self.number = here, isorun, probes, 0
        self.allowance = []  # options without which no container can be made here

    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="scenarios-", dir=os.environ.get("SCENARIO_DIR", "/var/tmp"))
        os.chmod(self.top, 0o755)
        self.probes = os.path.join(self.top, "probes")
        if self.built:
            shutil.copytree(self.built, self.probes)
        else:
            os.mkdir(self.probes)
            build_probes(self.here, self.probes)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def fresh(self):
        self.number += 1
        path = os.path.join(self.top, f"s{self.number}")
        os.mkdir(path)
        return path
