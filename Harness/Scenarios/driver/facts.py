"""What this host has, and so which scenarios can be run on it."""
import glob
import os
import subprocess

from . import host


def gather(space):
    """Each fact: None where it holds, else the reason why not."""
    known = {"root": None if os.geteuid() == 0 else "this run is not root's"}
    known["cpus"] = None if len(os.sched_getaffinity(0)) > 1 else "this host has one CPU only"
    report = [os.path.dirname(space.isorun) + "/isorun-report", os.path.dirname(space.isorun) + "/../libexec/isorun/isorun-report"]
    known["report"] = None if any(os.access(path, os.X_OK) for path in report) else "isorun-report is not beside isorun"
    known["v1"] = None if glob.glob("/sys/fs/cgroup/memory/memory.limit_in_bytes") else "this host has no cgroup v1"
    known["container"] = container(space)
    return known


def container(space):
    got = subprocess.run([space.isorun, "-q", "--", "/bin/true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * host.patience)
    if got.returncode == 0:
        return None
    words = got.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
    return f"no container can be made here (exit {got.returncode}, {words[0]})"


def missing(one, known, issues_too):
    if "knownIssue" in one and not issues_too:
        return f"known issue, {one['knownIssue']}"
    for need in one.get("needs", ["container"]):
        if known[need]:
            return known[need]
    return None
