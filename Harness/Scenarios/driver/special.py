"""Scenarios that need more than one command, or a look from the side while it runs."""
import json
import os
import resource
import shlex
import signal
import subprocess
import time
import xml.etree.ElementTree

from . import host
from .patterns import pattern


def start(space, directory, *words, **options):
    line = [space.isorun, "-q", *space.allowance, "-v", f"{space.probes}:/probes:ro", *words]
    return subprocess.Popen(line, cwd=os.path.join(directory, "project"), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def finish(process, limit=60):
    try:
        return process.communicate(timeout=limit * host.patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


def set_group_id(space, arena, directory):
    """A directory whose set-group-ID bit overlay's upper layer has to take over, where files get its group by that."""
    project, writes = os.path.join(directory, "project"), os.path.join(directory, "writes")
    os.chmod(project, 0o2775)
    process = start(space, directory, "--writes", writes, "--", "/bin/sh", "-c", "stat -c %a .; mkdir made; stat -c %a made; rmdir made")
    out, err = finish(process)
    listed = open(writes).read() if os.path.exists(writes) else None
    if (process.returncode, out, listed) == (0, b"2775\n2755\n", ""):
        return []
    return [f"exit {process.returncode}, {out}, {err}, writes {listed!r}"]


def within(seconds, condition):
    deadline = time.monotonic() + seconds * host.patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def large_output(space, arena, directory):
    """10 MB on each stream arrive exact and unmixed."""
    count = 10_000_000
    process = start(space, directory, "--", "/probes/output", "both", str(count))
    out, err = finish(process)
    complaints = [] if process.returncode == 0 else [f"exit {process.returncode}: {shlex.join(process.args)}"]
    for name, got, salt in (("stdout", out, 0), ("stderr", err, 77)):
        if got != pattern(count, salt):
            complaints.append(f"{name}: expected the pattern of {count} bytes, got {len(got)} bytes, other ones")
    return complaints


def killed_keeper(space, arena, directory):
    """SIGKILL of isorun: no process a second later; the next start removes the cgroups."""
    complaints = []
    for sweep in (["gc"], ["-q", *space.allowance, "--", "/bin/true"]):
        before = arena.cgroups()
        process = start(space, directory, "--", "/bin/sh", "-c", "/probes/processes daemon; exec /probes/processes wait")
        text = b""
        while b"READY" not in text and (block := os.read(process.stdout.fileno(), 4096)):
            text += block
        mine = {pid for pid in host.descendants()}
        if len(mine) < 3:
            complaints.append(f"the container was to have several processes, and these are there: {mine}")
        process.send_signal(signal.SIGKILL)
        if not within(1.0, lambda: not remaining()):
            complaints.append(f"a second after SIGKILL: {host.descendants()}")
        finish(process)
        swept = subprocess.run([space.isorun, *sweep], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=60 * host.patience)
        if swept.returncode != 0:
            complaints.append(f"isorun {shlex.join(sweep)}: exit {swept.returncode}, {swept.stderr.decode()}")
        left = arena.cgroups() - before
        if left and not within(1.0, lambda: not arena.cgroups() - before):
            complaints.append(f"isorun {shlex.join(sweep)} left {sorted(left)}")
    return complaints


def remaining():
    return {pid for pid, name in host.descendants().items() if "zombie" not in name}


def two_at_once(space, arena, directory):
    """Containers that live at the same time have ids of their own."""
    running = [start(space, directory, "--", "/bin/sh", "-c", "cat /proc/self/uid_map; exec /probes/processes wait") for _ in range(4)]
    spans = []
    for process in running:
        text = b""
        while b"READY" not in text and (block := os.read(process.stdout.fileno(), 4096)):
            text += block
        for line in text.decode().splitlines():
            words = line.split()
            if len(words) == 3 and words[0].isdigit():
                spans.append((int(words[1]), int(words[1]) + int(words[2])))
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        finish(process)
    spans.sort()
    complaints = [] if len(spans) == 4 else [f"expected four maps, got {spans}"]
    complaints += [f"{low} and {high} overlap" for low, high in zip(spans, spans[1:]) if high[0] < low[1]]
    complaints += [f"host root is mapped: {span}" for span in spans if span[0] == 0]
    return complaints


def callers_id(space, arena, directory):
    """Without root the container's root is the caller, beside whom there is nobody but a subordinate range."""
    process = start(space, directory, "--", "/bin/sh", "-c", "cat /proc/self/uid_map; id -u; stat -c %u /usr/bin /root")
    out, err = finish(process)
    lines = [line.split() for line in out.decode().splitlines()]
    maps, rest = lines[:-3], [line[0] for line in lines[-3:]]
    complaints = [] if process.returncode == 0 else [f"exit {process.returncode}: {err.decode()}"]
    if not maps or maps[0] != ["0", str(os.geteuid()), "1"]:
        complaints.append(f"expected 0 to be {os.geteuid()}, got the map {maps}")
    if any(int(outside) <= 0 for _, outside, _ in maps):
        complaints.append(f"host root is mapped: {maps}")
    if rest != ["0", "65534", "0"]:
        complaints.append(f"expected the job to be 0, /usr/bin nobody's and /root its own, got {rest}")
    return complaints


def refused_without_limits(space, arena, directory):
    """A limit that cannot be enforced is an error, never a silent nothing."""
    got = subprocess.run([space.isorun, "--", "/bin/true"], cwd=os.path.join(directory, "project"), stdin=subprocess.DEVNULL,
                         capture_output=True, timeout=60)
    words = got.stderr.decode()
    complaints = [] if got.returncode == 125 else [f"expected exit 125, got {got.returncode}"]
    return complaints + [f"expected {want!r} in: {words}" for want in ("memory", "--allow-unenforced") if want not in words]


OUTCOMES = [
    (0, "passed", ["--", "/bin/true"]),
    (3, "failed", ["--", "/probes/signals", "exit", "3"]),
    (134, "signaled", ["--", "/probes/signals", "raise", "6"]),
    (124, "timed-out", ["--timeout", "100ms", "--", "/probes/processes", "wait"]),
    (137, "out-of-memory", ["-m", "16m", "--", "/probes/memory", "touch", "64"]),
    (137, "output-limit", ["--max-output", "64k", "--", "/probes/output", "flood"]),
    (137, "seccomp-violation", ["--seccomp", "strict", "--", "unshare", "-n", "true"]),
    (0, "a leaked daemon", ["--", "/probes/processes", "daemon"]),
    (11, "at the pids limit", ["--pids-limit", "20", "--", "/probes/processes", "bomb", "100"]),
    (127, "setup-failed", ["--", "/no/such/command"]),
    (125, "bad volume", ["-v", "/no/such/directory:/x", "--", "/bin/true"]),
    (64, "usage", ["-m", "many", "--", "/bin/true"]),
]


def slab():
    """Network namespaces the kernel holds, where it counts them; other runs on this host have a few too."""
    try:
        return next((int(line.split()[1]) for line in open("/proc/slabinfo") if line.startswith("net_namespace ")), None)
    except OSError:
        return None


def many(space, arena, directory):
    """200 containers of every outcome, eight at a time; the caller compares the host."""
    complaints, running = [], []
    # Without a limit nothing reaches it.
    outcomes = [one for one in OUTCOMES if not space.allowance or one[1] not in ("out-of-memory", "at the pids limit")]
    namespaces, files = slab(), len(os.listdir(directory))
    for index in range(200):
        code, name, words = outcomes[index % len(outcomes)]
        if len(running) == 8:
            complaints += end(*running.pop(0))
        running.append((start(space, directory, *words), code, name))
    for one in running:
        complaints += end(*one)
    if namespaces and not within(20, lambda: slab() < namespaces + 60):
        complaints.append(f"network namespaces in the kernel: {namespaces} before, {slab()} after")
    if len(os.listdir(directory)) != files:
        complaints.append(f"files appeared: {os.listdir(directory)}")
    return complaints


def end(process, code, name):
    _, err = finish(process)
    if process.returncode == code:
        return []
    return [f"{name}: expected exit {code}, got {process.returncode}: {shlex.join(process.args)}\n{err.decode()[:400]}"]


def junit_of_any_bytes(space, arena, directory):
    """The JUnit report is XML whatever bytes the job wrote."""
    path = os.path.join(directory, "junit.xml")
    process = start(space, directory, "--junit", path, "--name", "<&\"'", "--", "/probes/output", "bytes")
    _, err = finish(process)
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        return [f"{error}: {shlex.join(process.args)}: {err.decode()}"]
    kinds = [element.get("type") for element in root.iter("failure")]
    return [] if kinds == ["failed"] else [f"expected one failure of type failed, got {kinds}"]


def setuid_on_volume(space, arena, directory):
    """A writable volume carries the invoking user's ids, and never a set-user-ID bit."""
    shared = os.path.join(directory, "shared")
    os.mkdir(shared)
    script = "echo kept > /shared/kept; cp /bin/true /shared/tool; chmod 4755 /shared/tool; chmod 2755 /shared/tool; :"
    process = start(space, directory, "-v", f"{shared}:/shared:rw", "--", "/bin/sh", "-c", script)
    _, err = finish(process)
    complaints = [] if process.returncode == 0 else [f"exit {process.returncode}: {shlex.join(process.args)}: {err.decode()}"]
    for name in ("kept", "tool"):
        info = os.stat(os.path.join(shared, name))
        if (info.st_uid, info.st_gid) != (os.geteuid(), os.getegid()):
            complaints.append(f"{name}: expected {os.geteuid()}:{os.getegid()}, got {info.st_uid}:{info.st_gid}")
        if info.st_mode & 0o6000:
            complaints.append(f"{name} has the mode {info.st_mode:o}")
    return complaints


def inherited_state(space, arena, directory):
    """Signals that isorun's caller blocked or ignored, descriptors and the umask do not reach the job."""
    read, write = os.pipe()
    os.set_inheritable(write, True)

    def disturb():
        os.umask(0o077)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM, signal.SIGCHLD})
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGUSR2):
            signal.signal(number, signal.SIG_IGN)

    process = start(space, directory, "--", "/probes/inspect", pass_fds=[write], preexec_fn=disturb)
    os.close(read)
    os.close(write)
    out, err = finish(process)
    lines = [line.rstrip() for line in out.decode().splitlines()]
    return [f"expected {want!r}, got {lines[:20]}, {err.decode()}: {shlex.join(process.args)}"
            for want in ("fds 0 1 2", "blocked", "ignored", "umask 022") if want not in lines]


def inherited_limits(space, arena, directory):
    """A `ulimit -S` of the shell that isorun was started from is not the job's."""
    low = {"RLIMIT_CPU": 30, "RLIMIT_FSIZE": 1 << 30, "RLIMIT_STACK": 4 << 20, "RLIMIT_DATA": 1 << 32, "RLIMIT_RSS": 1 << 30}

    def lower():
        for name, value in low.items():
            number = getattr(resource, name)
            resource.setrlimit(number, (value, resource.getrlimit(number)[1]))

    process = start(space, directory, "--", "/bin/sh", "-c", "cat /proc/self/limits /proc/self/timerslack_ns", preexec_fn=lower)
    out, err = finish(process)
    rows = {line[:26].strip(): line[26:47].strip() for line in out.decode().splitlines()}
    complaints = [] if process.returncode == 0 else [f"exit {process.returncode}: {err.decode()}"]
    for row, name, fresh in (("Max cpu time", "RLIMIT_CPU", None), ("Max file size", "RLIMIT_FSIZE", None),
                             ("Max data size", "RLIMIT_DATA", None), ("Max resident set", "RLIMIT_RSS", None),
                             ("Max stack size", "RLIMIT_STACK", 8 << 20)):
        hard = resource.getrlimit(getattr(resource, name))[1]
        # A hard limit of whoever runs this bounds the soft one.
        want = [value for value in (fresh, None if hard == resource.RLIM_INFINITY else hard) if value is not None]
        want = str(min(want)) if want else "unlimited"
        if rows.get(row) != want:
            complaints.append(f"{row}: expected {want}, got {rows.get(row)}")
    if "50000" not in out.decode().splitlines():
        complaints.append(f"expected the kernel's own timer slack: {out.decode()[-20:]}")
    return complaints


def ignored_children(space, arena, directory):
    """Who started isorun may ignore SIGCHLD, so that the kernel reaps: the job's end is seen all the same."""
    process = start(space, directory, "--", "/probes/signals", "exit", "3",
                    preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    finish(process, 10)
    return [] if process.returncode == 3 else [f"expected exit 3, got {process.returncode}: {shlex.join(process.args)}"]


def unread_output(space, arena, directory):
    """A reader that stopped reading, or went away, holds no limit back."""
    complaints = []
    timeout, output = ["--timeout", "500ms", "--grace-period", "500ms"], ["--max-output", "64k"]
    # Where nobody reads any more, the default limit of output may well be reached before the time is over.
    for words, close, codes in ((timeout, False, [124]), (timeout, True, [124, 137]), (output, False, [137]), (output, True, [137])):
        process = start(space, directory, *words, "--", "yes")
        if close:
            os.read(process.stdout.fileno(), 1)
            process.stdout.close()
        try:
            process.wait(timeout=20 * host.patience)
            if process.returncode not in codes:
                complaints.append(f"expected exit {codes}, got {process.returncode}, reader gone {close}: {shlex.join(process.args)}")
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            complaints.append(f"not at an end after 20 s, reader gone {close}: {shlex.join(process.args)}")
        process.stdout.close()
        process.stderr.close()
    return complaints


def lost_output(space, arena, directory):
    """Output that finds no room is isorun's own failure and said, and the job's end is told all the same."""
    path, out = os.path.join(directory, "result.json"), os.path.join(directory, "out")
    script = ["--", "/bin/sh", "-c", "head -c 50000 /dev/zero; head -c 50000 /dev/zero >&2; exit 3"]
    complaints = []

    def judge(name, process, text):
        _, err = finish(process)
        outcome = json.load(open(path))["outcome"] if os.path.exists(path) else None
        if (process.returncode, outcome) != (125, "failed") or (text and text.encode() not in err):
            complaints.append(f"{name}: exit {process.returncode}, outcome {outcome}, {err[-300:]!r}: {shlex.join(process.args)}")
        if os.path.exists(path):
            os.unlink(path)

    def run(stream, target, *words, **options):
        line = [space.isorun, *words, *space.allowance, "--json", path, *script]
        streams = dict({"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}, **{stream: target})
        return subprocess.Popen(line, cwd=os.path.join(directory, "project"), stdin=subprocess.DEVNULL, **streams, **options)

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10000, resource.RLIM_INFINITY))

    with open("/dev/full", "w") as full:
        for words in ([], ["-q"]):
            judge("full", run("stdout", full, *words), "standard output could not be written: No space left on device (ENOSPC)")
        judge("full stderr", run("stderr", full), "")
    with open(out, "w") as file:
        judge("ulimit -f", run("stdout", file, preexec_fn=limited), "standard output could not be written: File too large (EFBIG)")
    # And the job is not limited by it, nor does it ignore the signal.
    process = start(space, directory, "--", "/bin/sh", "-c", "head -c 50000 /dev/zero > /tmp/x && grep SigIgn /proc/self/status", preexec_fn=limited)
    text, err = finish(process)
    if process.returncode != 0 or b"SigIgn:\t0000000000000000" not in text:
        complaints.append(f"the job: exit {process.returncode}, {text!r}, {err!r}")
    return complaints


def violation_at_once(space, arena, directory):
    """However soon the filter catches a call, the job had started, and the document says when."""
    profile, path = os.path.join(directory, "profile.json"), os.path.join(directory, "result.json")
    with open(profile, "w") as file:
        json.dump({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["brk"], "action": "SCMP_ACT_KILL"}]}, file)
    complaints = []
    for number in range(30):
        process = start(space, directory, "--json", path, "--seccomp", profile, "--", "/probes/processes", "wait")
        finish(process)
        with open(path) as file:
            result = json.load(file)
        if (process.returncode, result["outcome"]) != (137, "seccomp-violation") or result["startup"] is None or not result["durationMs"]:
            complaints.append(f"run {number}: exit {process.returncode}, {result}")
    return complaints


def counter_proof(space, arena, directory):
    """What the driver looks for it also finds: a process, a mount, a cgroup, a file and a descriptor left over."""
    before = arena.snapshot()
    process = subprocess.Popen(["/bin/sh", "-c", "sleep 50 & :"])
    process.wait()
    group = os.path.join(arena.groups[0] if arena.groups else "/sys/fs/cgroup", f"isorun-{os.getpid()}")
    os.mkdir(group)
    host.call(host.libc.mount(b"none", directory.encode(), b"tmpfs", 0, None), "mount")
    held = os.open("/dev/shm/left", os.O_CREAT | os.O_RDWR)
    found = arena.compare(before, seconds=0)
    os.close(held)
    os.unlink("/dev/shm/left")
    host.call(host.libc.umount2(directory.encode(), 2), "unmount")
    os.rmdir(group)
    for pid in host.descendants():
        os.kill(pid, signal.SIGKILL)
    return [f"a new {kind} was not noticed: {found}" for kind in ("process", "mount", "cgroup", "file", "descriptor")
            if not any(line.startswith(f"host: new {kind}:") for line in found)]
