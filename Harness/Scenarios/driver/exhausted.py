"""Scenarios on a host that has nothing left: descriptors, processes, CPU bandwidth of the group around isorun."""
import glob
import os
import resource
import shlex
import subprocess

from .special import finish, start


def judged(process, code, *texts):
    _, err = finish(process)
    words = err.decode(errors="replace")
    if process.returncode == code and all(text in words for text in texts):
        return []
    return [f"expected exit {code} and {texts}, got {process.returncode}, {words!r}: {shlex.join(process.args)}"]


def descriptors(space, arena, directory):
    """With too few descriptors isorun fails as itself, says so, and leaves nothing; with enough of them it works."""
    complaints, codes = [], []
    for limit in list(range(3, 40)) + [256]:
        process = start(space, directory, "--", "/bin/true",
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        _, err = finish(process)
        codes.append(process.returncode)
        if process.returncode not in (0, 125) or (process.returncode == 125 and b"Too many open files" not in err):
            complaints.append(f"{limit} descriptors: exit {process.returncode}, {err.decode()!r}")
        if b"no file of any cgroup" in err:
            complaints.append(f"{limit} descriptors: another cause is named: {err.decode()!r}")
    if codes[0] != 125 or codes[-1] != 0:
        complaints.append(f"exit codes by count of descriptors: {codes}")
    return complaints


def questions(space, arena, directory):
    """What looks at this host with too few descriptors says that it does not know, and names no other cause."""
    complaints = []
    for words, others in (
        (["doctor"], ["not tried", "no answer", "chroot", "docker", "owners are shown"]),
        (["gc"], []),
        (["-q", *space.allowance, "--network", "container:nobody", "--", "/bin/true"], ["no container of this name"]),
    ):
        answered = False
        for limit in range(3, 40):
            process = subprocess.Popen([space.isorun, *words], cwd=os.path.join(directory, "project"),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            out, _ = finish(process)
            text = out.decode(errors="replace")
            unknown = "Too many open files" in text
            if unknown and (process.returncode == 0 or answered or any(word in text for word in others)):
                complaints.append(f"{words} with {limit} descriptors: exit {process.returncode}, {text!r}")
            answered = answered or not unknown
        if not answered:
            complaints.append(f"{words} never answered: {text!r}")
    return complaints


def group(arena, file):
    """Our own cgroup v1 directory that has this file."""
    return next(path for path in arena.groups if glob.glob(f"{path}/{file}"))


def processes(space, arena, directory):
    """Where the group around isorun has no room for a process, isorun says so and leaves nothing."""
    path = group(arena, "pids.max")
    now = int(open(f"{path}/pids.current").read())
    open(f"{path}/pids.max", "w").write(str(now + 1))  # isorun itself
    try:
        return judged(start(space, directory, "--", "/bin/true"), 125, "clone", "EAGAIN", "no more processes")
    finally:
        open(f"{path}/pids.max", "w").write("max")


def outer_bandwidth(space, arena, directory):
    """A limit that the group around isorun does not allow is named with its value, the file and a way out."""
    path = group(arena, "cpu.cfs_quota_us")
    open(f"{path}/cpu.cfs_quota_us", "w").write("50000")
    try:
        return judged(start(space, directory, "--cpus", "1.5", "--", "/bin/true"), 125, "cpu limit of 1.5 CPUs: cannot", "cpu.cfs_quota_us",
                      "EINVAL", "outer cgroup")
    finally:
        open(f"{path}/cpu.cfs_quota_us", "w").write("-1")
