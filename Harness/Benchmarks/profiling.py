"""Where the CPU time of a container goes: samples of perf, sorted by what the time was for."""

import re
import subprocess
from collections import Counter

from many import needs_root, suite_of, timed
from setting import CannotMeasure
from starting import TRUE

SAMPLES_A_SECOND = 5000
ROUNDS = 3

# The first of these to which a function of the stack belongs.
PURPOSES = {
    "cgroups": ("cgroup_", "css_", "mem_cgroup_css", "kernfs_iop_mkdir", "kernfs_iop_rmdir"),
    "network namespace": ("copy_net_ns", "cleanup_net", "setup_net"),
    "other namespaces": ("create_new_namespaces", "copy_namespaces", "unshare_", "put_mnt_ns", "switch_task_namespaces",
                         "free_nsproxy", "create_user_ns", "zap_pid_ns_processes"),
    "mounts": ("sys_fsopen", "sys_fsconfig", "sys_fsmount", "sys_move_mount", "sys_open_tree",
               "sys_mount_setattr", "sys_mount", "sys_umount", "sys_pivot_root", "cleanup_mnt",
               "deactivate_super", "namespace_unlock"),
    "page faults": ("exc_page_fault",),
    "fork, execve, exit": ("sys_clone", "sys_execve", "sys_exit_group", "do_exit", "schedule_tail"),
    "seccomp filter": ("seccomp_attach_filter", "do_seccomp", "sys_seccomp"),
    "files and directories": ("sys_newfstatat", "sys_open", "sys_mkdirat", "sys_mknodat",
                              "sys_fchown", "sys_fchmod", "sys_setxattr", "sys_getdents",
                              "sys_unlinkat", "sys_close", "sys_read", "sys_write",
                              "sys_statx", "sys_symlinkat", "sys_access", "sys_faccessat"),
    "other system calls": ("do_syscall_64", "entry_SYSCALL_64"),
}
# A system call's function has several names, of which the compiler keeps one or the other.
SYSTEM_CALL = re.compile("^_*(?:x64_|do_|se_|k)?_*sys_")
OWN = "code of the program's own"
BACKGROUND = "the kernel's other threads and interrupts"
JOB = "the job itself"


def beside_floor(setting, count):
    """Milliseconds of CPU time a container by purpose: isorun's and floor's, in turn, the least of each round's."""
    needs_root()
    perf = setting.find("perf", "linux-perf")
    suite = suite_of(setting, count, [TRUE])
    commands = {
        "isorun": [[setting.isorun, "suite", str(suite), "-q", "--output", "none", "--jobs", "2", "--ahead", "0"]],
        "floor": [[setting.tool("floor"), str(count // 2)]] * 2,
    }
    found = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, parallel in commands.items():
            found[name].append(_sampled(setting, perf, parallel))
    quietest = {name: min(rounds, key=lambda one: sum(one.values())) for name, rounds in found.items()}
    scale = 1000 / SAMPLES_A_SECOND / count
    return {name: {what: samples * scale for what, samples in counter.items()} for name, counter in quietest.items()}


def _sampled(setting, perf, parallel):
    data = setting.scratch / "perf.data"
    recorder = subprocess.Popen(
        [perf, "record", "-q", "-a", "-g", "-F", str(SAMPLES_A_SECOND), "-e", "cpu-clock", "-o", str(data), "--",
         "sleep", "600"], env=setting.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    try:
        while not data.exists() or data.stat().st_size == 0:
            if recorder.poll() is not None:
                raise CannotMeasure(f"perf cannot sample here: {recorder.stderr.read().strip()[-300:]}")
        timed(setting, parallel)
    finally:
        recorder.terminate()
        recorder.wait()
    text = setting.run([perf, "script", "-i", str(data), "-F", "comm,ip,sym"])
    return Counter(filter(None, map(purpose, stacks(text))))


def stacks(text):
    """Of each sample the name of the process and its stack's functions, the innermost first."""
    for sample in text.split("\n\n"):
        lines = sample.strip("\n").splitlines()
        if lines:
            yield lines[0].strip(), [line.split(None, 1)[-1] for line in lines[1:]]


def purpose(sample):
    """What a sample's time was for; nothing where a CPU was idle, or busy with another program."""
    process, stack = sample
    stack = [SYSTEM_CALL.sub("sys_", function) for function in stack]
    if process == "swapper" or process in ("perf", "sleep"):
        return None
    for what, functions in PURPOSES.items():
        if any(function.startswith(functions) for function in stack):
            return JOB if process == "true" and what not in ("cgroups", "network namespace") else what
    if process == "true":
        return JOB
    if process.startswith(("kworker", "ksoftirqd", "rcu", "migration")):
        return BACKGROUND
    return OWN if process.startswith(("isorun", "floor")) else None


def table(found):
    """A Markdown table, the dearest first."""
    whats = sorted({what for times in found.values() for what in times}, key=lambda what: -found["isorun"].get(what, 0))
    rows = [["CPU time of a container", "isorun", "floor.c", "more"]]
    for what in [*whats, "all"]:
        ours, theirs = (sum(times.values()) if what == "all" else times.get(what, 0)
                        for times in (found["isorun"], found["floor"]))
        rows.append([what, f"{ours:.2f} ms", f"{theirs:.2f} ms", f"{ours - theirs:+.2f} ms"])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "| --- | ---: | ---: | ---: |", *lines[1:]])
