"""The host's state that a container could change, and an arena in which what changed is this run's and nobody else's.

Other isoruns may run on the same machine at the same time. So orphans come back to this process (subreaper), the mount
namespace is private with a /tmp and /dev/shm of its own, and each cgroup v1 hierarchy gets a group that this process
moves into: what a container makes stands below it.
"""
import ctypes
import os
import signal
import stat
import time

libc = ctypes.CDLL(None, use_errno=True)
PATIENCE = 3.0  # seconds until something that is on its way out counts as left over
faults = 60  # how many kills the scenario of faults has
patience = 1.0  # multiplies every wait of the driver's; more than 1 on a slow machine


def call(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def descendants(root=None):
    """Processes below this one, by their names; what has ended and was not waited for is told as a zombie."""
    root = root or os.getpid()
    parents, names = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = open(f"/proc/{entry}/stat").read()
            except OSError:
                continue
            head, tail = text.rsplit(")", 1)
            fields = tail.split()
            parents[int(entry)] = int(fields[1])
            names[int(entry)] = head.split("(", 1)[1] + (" (zombie)" if fields[0] == "Z" else "")
    found, grew = {root}, True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grew = bool(more)
    return {pid: names[pid] for pid in found - {root}}


def state(pid):
    """The letter of a process's state (proc(5)); None where there is no such process."""
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return None


def reap():
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


class Arena:
    def __enter__(self):
        self.groups, self.home = [], {}
        call(libc.prctl(36, 1, 0, 0, 0), "become a subreaper")  # PR_SET_CHILD_SUBREAPER
        if os.geteuid() == 0:
            call(libc.unshare(0x00020000), "unshare mounts")  # CLONE_NEWNS
            call(libc.mount(None, b"/", None, 0x4000 | 0x40000, None), "make mounts private")  # MS_REC | MS_PRIVATE
            # And shared among those who come from here, as systemd makes a host's: what isorun mounts and they see stays.
            call(libc.mount(None, b"/", None, 0x4000 | 0x100000, None), "make mounts shared")  # MS_REC | MS_SHARED
            for path, mode in ((b"/tmp", b"mode=1777"), (b"/dev/shm", b"mode=1777")):
                call(libc.mount(b"tmpfs", path, b"tmpfs", 2 | 4, mode), f"mount on {path.decode()}")
            os.chdir("/")
            self.enter_groups()
        return self

    def enter_groups(self):
        for line in open("/proc/self/cgroup"):
            _, controllers, path = line.rstrip("\n").split(":", 2)
            name = "unified" if not controllers else controllers.removeprefix("name=")
            top = os.path.join("/sys/fs/cgroup", name)
            if not os.path.isdir(top):  # a v2 host: its processes stand in leaves, so no group between is possible
                continue
            parent = top + path
            group = os.path.join(parent, f"scenarios-{os.getpid()}")
            try:
                os.mkdir(group)
                for file in ("cpuset.cpus", "cpuset.mems"):
                    if os.path.exists(f"{group}/{file}"):
                        open(f"{group}/{file}", "w").write(open(f"{parent}/{file}").read())
                open(f"{group}/cgroup.procs", "w").write(str(os.getpid()))
                self.groups.append(group)
                self.home[group] = parent
            except OSError:
                if os.path.isdir(group):
                    os.rmdir(group)

    def __exit__(self, *_):
        for pid in descendants():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        for group in self.groups:
            open(f"{self.home[group]}/cgroup.procs", "w").write(str(os.getpid()))
            for path, _, _ in os.walk(group, topdown=False):
                try:
                    os.rmdir(path)
                except OSError:
                    pass

    def cgroups(self):
        """Groups of containers: below our own where there are such, else all of this host."""
        places = self.groups or ["/sys/fs/cgroup"]
        found = {path for place in places for path, _, _ in os.walk(place) if os.path.basename(path).startswith("isorun-")}
        return found if os.geteuid() == 0 else {path for path in found if owned(path)}

    def snapshot(self):
        mounts = {line.split(" ", 1)[1] for line in open("/proc/self/mountinfo")} if os.geteuid() == 0 else set()
        return {
            "process": {f"{pid} {name}" for pid, name in descendants().items()},
            "mount": mounts,
            "cgroup": self.cgroups(),
            "file": files(),
            "descriptor": set(os.listdir("/proc/self/fd")),
            "network namespace": namespaces(),
        }

    def compare(self, before, seconds=PATIENCE):
        """What is there and was not, or the reverse, as complaints; waits for what is on its way out."""
        deadline = time.monotonic() + seconds * patience
        while True:
            reap()
            after = self.snapshot()
            found = [f"host: new {kind}: {item.strip()}" for kind in before for item in sorted(after[kind] - before[kind])]
            found += [f"host: {kind} is gone: {item.strip()}" for kind in ("mount", "file")
                      for item in sorted(before[kind] - after[kind])]
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.02)  # a condition with a time limit: the kernel tells nobody of these


def owned(path):
    try:
        return os.stat(path).st_uid == os.geteuid()
    except OSError:
        return False


def files():
    """All of our own /tmp and /dev/shm; in shared places what has our ids, where we are not root, or ids nobody has."""
    seen = set()
    for place in ("/tmp", "/dev/shm", "/var/tmp", "/run"):
        own = place in ("/tmp", "/dev/shm") and os.geteuid() == 0
        for entry in os.scandir(place):
            try:
                info = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if own or info.st_uid > 1 << 20 or info.st_uid == os.geteuid() != 0:
                seen.add(f"{entry.path} {stat.filemode(info.st_mode)}")
    return seen


def namespaces():
    """Those of our own processes, and those that a mount holds."""
    held = {line.split()[3] for line in open("/proc/self/mountinfo") if " nsfs " in line}
    for pid in descendants():
        try:
            held.add(os.readlink(f"/proc/{pid}/ns/net"))
        except OSError:
            pass
    return held - {os.readlink("/proc/self/ns/net")}
