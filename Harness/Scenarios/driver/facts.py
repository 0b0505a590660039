"""What this host has, and so which scenarios can be run on it."""
import glob
import os
import shutil
import subprocess

from . import host


def gather(space):
    """Each fact: None where it holds, else the reason why not."""
    known = {"root": None if os.geteuid() == 0 else "this run is not root's"}
    known["user"] = "this run is root's" if os.geteuid() == 0 else None
    known["cpus"] = None if len(os.sched_getaffinity(0)) > 1 else "this host has one CPU only"
    for name in ("report", "suite", "bench"):
        places = [f"{os.path.dirname(space.isorun)}/{folder}isorun-{name}" for folder in ("", "../libexec/isorun/")]
        known[name] = None if any(os.access(path, os.X_OK) for path in places) else f"isorun-{name} is not beside isorun"
    places = [f"{os.path.dirname(space.isorun)}/{folder}isorun-container" for folder in ("", "../libexec/isorun/")]
    known["keeper"] = None if any(os.access(path, os.X_OK) for path in places) else "isorun-container is not beside isorun"
    keepers = [path for path in places if os.access(path, os.X_OK)]
    # The libraries of a dynamic one count with it.
    known["static keeper"] = "isorun-container is linked dynamic, as that of a debug build" if any(map(is_dynamic, keepers)) else None
    places = [f"{os.path.dirname(space.isorun)}/{folder}isorun-image" for folder in ("", "../libexec/isorun/")]
    known["image"] = "isorun-image is not beside isorun"
    if any(os.access(path, os.X_OK) for path in places):
        known["image"] = None if shutil.which("busybox") else "busybox is not installed, which images are made of"
    known["room"] = lack_of_room()
    known["registry"] = None if shutil.which("docker-registry") and shutil.which("skopeo") else "docker-registry and skopeo are not installed"
    known["openssl"] = None if shutil.which("openssl") else "openssl is not installed, which makes certificates"
    known["v1"] = None if glob.glob("/sys/fs/cgroup/memory/memory.limit_in_bytes") else "this host has no cgroup v1"
    known["kvm"] = None if os.access("/dev/kvm", os.R_OK | os.W_OK) else "/dev/kvm is not there, or not this user's to open"
    schemas = os.environ.get("ISORUN_JUNIT_XSD_DIR")
    known["schemas"] = None if schemas and shutil.which("xmllint") else "ISORUN_JUNIT_XSD_DIR names no schemas, or xmllint is not here"
    known["container"], known["limits"] = container(space)
    known["pasta"] = known["container"] or (attempt(space, ["--network", "private"]) if shutil.which("pasta")
                                            else "pasta is not installed")
    known["slirp"] = None if shutil.which("slirp4netns") else "slirp4netns is not installed: apt-get install slirp4netns"
    known["redis"] = None if shutil.which("redis-server") and shutil.which("redis-cli") else "redis-server is not installed: apt-get install redis-server"
    known["browser"] = None if shutil.which("chromium") else "chromium is not installed: apt-get install chromium"
    known["python"] = None if os.access("/usr/bin/python3", os.X_OK) else "/usr/bin/python3 is not installed: apt-get install python3"
    known["ctest"] = None if shutil.which("ctest") else "ctest is not installed: apt-get install cmake"
    known["pytest"] = None if importable("pytest") else "python3 has no pytest: apt-get install python3-pytest"
    known["no limits"] = None if space.allowance else "every default limit can be enforced here"
    known["ids"] = known["container"] or lack_of_ids(space)
    return known


def importable(module):
    """Whether python3 in PATH has a module."""
    line = ["python3", "-c", f"import {module}"]
    return shutil.which("python3") and subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


def lack_of_room():
    """Why there is no room for a million files; the memory is what the kernel keeps of them."""
    place = os.statvfs("/var/tmp")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if place.f_favail < 1_500_000 or place.f_bavail * place.f_frsize < 6 << 30 or memory < 3 << 30:
        return "a million files have no room here, which take 1.5 million inodes, 6 GiB of disk and a host of 3 GiB"
    return None


def is_dynamic(program):
    """Whether its first page names a loader (PT_INTERP, elf(5))."""
    with open(program, "rb") as file:
        return b"/ld-linux" in file.read(4096)


def container(space):
    """Why no container can be made, and why none with every default limit; then all scenarios go without those."""
    refusal = attempt(space, [])
    if refusal is None:
        return None, None
    space.allowance = ["--allow-unenforced", "all"]
    without = attempt(space, [])
    if without is not None:
        space.allowance = []
    return without, f"no limit of a cgroup can be enforced here: {refusal}"


def attempt(space, words):
    got = subprocess.run([space.isorun, "-q", *space.allowance, *words, "--", "/bin/true"], cwd=space.top,
                         stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * host.patience)
    if got.returncode == 0:
        return None
    text = got.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
    return f"no container can be made here (exit {got.returncode}, {text[0]})"


def lack_of_ids(space):
    """Only what isorun says of the ids is the host's fault; whatever else keeps another user from running is isorun's."""
    refusal = attempt(space, ["-u", "1000:1000"])
    return "only one id can be mapped here" if refusal and "only one id can be mapped" in refusal else None


def missing(one, known, issues_too):
    if "knownIssue" in one and not issues_too:
        return f"known issue, {one['knownIssue']}"
    for need in one.get("needs", ["container"]):
        if known[need]:
            return known[need]
    return None
