"""Runs the scenarios as a user who is not root, on request with cgroups that are that user's."""
import os
import pwd
import stat
import sys

from . import host

TUNNEL = "/dev/net/tun"


def run_as(name, delegate, function):
    """Runs a function as a user in a process of its own; its result is the exit code."""
    user = pwd.getpwnam(name)
    groups = delegated(user) if delegate else []
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for _, inside in groups:
                open(f"{inside}/cgroup.procs", "w").write(str(os.getpid()))
            open_tunnel()
            become(user)
            code = function()
            sys.stdout.flush()
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    for group, _ in groups:
        for path, _, _ in os.walk(group, topdown=False):
            os.rmdir(path)
    return os.waitstatus_to_exitcode(status)


def open_tunnel():
    """Where only root may open /dev/net/tun, this run has one that is as on other hosts, in mounts of its own."""
    if not os.path.exists(TUNNEL) or os.stat(TUNNEL).st_mode & 0o006 == 0o006:
        return
    host.call(host.libc.unshare(0x00020000), "unshare mounts")  # CLONE_NEWNS
    host.call(host.libc.mount(None, b"/", None, 0x4000 | 0x40000, None), "make mounts private")  # MS_REC | MS_PRIVATE
    device = os.stat(TUNNEL).st_rdev
    host.call(host.libc.mount(b"tmpfs", b"/dev/net", b"tmpfs", 2 | 8, b"mode=755"), "mount on /dev/net")
    os.mknod(TUNNEL, stat.S_IFCHR, device)
    os.chmod(TUNNEL, 0o666)


def become(user):
    """Takes the ids and the environment that a person's login would have."""
    os.initgroups(user.pw_name, user.pw_gid)
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "NO_COLOR", "SCENARIO_DIR") if key in os.environ}
    os.environ.clear()
    os.environ.update(kept, HOME=user.pw_dir, USER=user.pw_name)
    os.chdir("/")


def delegated(user):
    """A group below this process's own in each hierarchy, handed over as cgroups(7) says; where to go in it."""
    made = []
    for line in open("/proc/self/cgroup"):
        _, controllers, path = line.rstrip("\n").split(":", 2)
        name = "unified" if not controllers else controllers.removeprefix("name=")
        top = os.path.join("/sys/fs/cgroup", name)
        if not controllers and not os.path.isdir(top):
            top = "/sys/fs/cgroup"
        if name == "systemd" or not os.path.isdir(top):
            continue
        group = os.path.join(top + path.rstrip("/"), f"scenarios-user-{os.getpid()}")
        # Processes of a v2 hierarchy stand in leaves: those of the user in one beside the jobs'.
        inside = os.path.join(group, "caller") if top == "/sys/fs/cgroup" else group
        for directory in dict.fromkeys((group, inside)):
            os.mkdir(directory)
            fill(directory)
            for file in ("", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "tasks"):
                if os.path.exists(os.path.join(directory, file)):
                    os.chown(os.path.join(directory, file), user.pw_uid, user.pw_gid)
        made.append((group, inside))
    return made


def fill(directory):
    """A new cpuset of v1 holds no CPU, and takes no process then."""
    for file in ("cpuset.cpus", "cpuset.mems"):
        if os.path.exists(f"{directory}/tasks") and os.path.exists(f"{directory}/{file}"):
            open(f"{directory}/{file}", "w").write(open(f"{os.path.dirname(directory)}/{file}").read())
