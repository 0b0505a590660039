"""Scenarios of what carries a private network outward: pasta, or slirp4netns."""
import os
import shlex
import shutil
import signal
import subprocess

from . import host
from .networks import launch, published, reach, stop
from .special import finish, remaining, within


def carriers(process):
    return [pid for pid, name in host.descendants(process.pid).items() if name.startswith(("pasta", "passt", "slirp"))]


def no_carrier_left(space, arena, directory):
    """SIGKILL of isorun, and of what carries the network: nothing is left, and the latter is told."""
    complaints = []
    process = launch(space, directory, ["-p", "0:80"], ["/probes/net", "serve", "80"])
    ((_, port, _),) = published(process, 1)
    if len(carriers(process)) != 1:
        complaints.append(f"one process was to carry the network: {host.descendants(process.pid)}")
    process.send_signal(signal.SIGKILL)
    if not within(1.0, lambda: not remaining()):
        complaints.append(f"a second after SIGKILL: {host.descendants()}")
    finish(process)
    if "refused" not in reach("127.0.0.1", port):
        complaints.append("the port answers although isorun is dead")
    process = launch(space, directory, ["--network", "private"], ["/bin/sh", "-c", "echo READY; sleep 1"])
    for pid in carriers(process):
        os.kill(pid, signal.SIGKILL)
    _, errors = finish(process)
    if process.returncode != 0 or b"ended before the job" not in errors:
        complaints.append(f"a network that ended early: exit {process.returncode}, {errors}")
    subprocess.run([space.isorun, "gc"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * host.patience)
    return complaints


def carrier_apart(space, arena, directory):
    """What carries the network is no process of the container's, has rights over nothing else, and an id of its own."""
    complaints = []
    process = launch(space, directory, ["--network", "private"],
                     ["/bin/sh", "-c", "echo READY; ls -d /proc/[0-9]* | wc -l; exec sleep 30"])
    (carrier,) = carriers(process)
    status = dict(line.split(":", 1) for line in open(f"/proc/{carrier}/status").read().splitlines())
    ids = set(status["Uid"].split() + status["Gid"].split())
    if os.geteuid() == 0 and "0" in ids or len(ids) > 2:
        complaints.append(f"ids {ids}")
    own = os.readlink(f"/proc/{os.getpid()}/ns/user")
    if os.geteuid() == 0 and os.readlink(f"/proc/{carrier}/ns/user") == own:
        complaints.append("it has its rights in the host's user namespace")
    if os.geteuid() == 0 and os.listdir(f"/proc/{carrier}/root/") not in ([], ["proc"]):
        complaints.append(f"it sees files: {os.listdir(f'/proc/{carrier}/root/')}")
    if status["Seccomp"].strip() != "2":
        complaints.append("it has no filter")
    stop(process)
    return complaints


OUTSIDE = r"""
set -e
ip link set lo up
ip link add v0 type veth peer name v1
ip addr add 192.0.2.2/24 dev v0; ip -6 addr add 2001:db8::2/64 dev v0 nodad; ip link set v0 up
unshare -n "$PROBES/net" serve 7000 > served & outside=$!
for try in $(seq 500); do [ ! -s served ] || break; sleep 0.02; done
ip link set v1 netns $outside
nsenter -t $outside -n sh -ec 'ip addr add 192.0.2.1/24 dev v1; ip -6 addr add 2001:db8::1/64 dev v1 nodad; ip link set v1 up'
ip route add default via 192.0.2.1; ip -6 route add default via 2001:db8::1
echo nameserver 127.0.0.1 > resolv; mount --bind resolv /etc/resolv.conf
"$PROBES/net" udp 53 > names & names=$!
for try in $(seq 500); do [ ! -s names ] || break; sleep 0.02; done
code=0
"$@" || code=$?
kill $outside $names
exit $code
"""


def outward(space, arena, directory):
    """Hosts outside are reached by IPv4 and IPv6 at once, and the host's own resolver by the name server of the file."""
    look = ("cat /etc/resolv.conf; /probes/net connect 192.0.2.1 7000; /probes/net connect 2001:db8::1 7000;"
            "/probes/net ask $(sed -n 's/nameserver //p' /etc/resolv.conf) 53")
    line = ["unshare", "-nm", "sh", "-c", OUTSIDE, "sh", space.isorun, "-q", *space.allowance, "--network", "private",
            "-v", f"{space.probes}:/probes:ro", "--writes", "writes", "--", "/bin/sh", "-c", look]
    got = subprocess.run(line, cwd=directory, env={**os.environ, "PROBES": space.probes}, stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, timeout=120 * host.patience)
    expected = ["nameserver 10.0.2.3\n", "192.0.2.1 7000: port 7000 for ", "2001:db8::1 7000: port 7000 for ",
                "10.0.2.3 53: port 53 for "]
    complaints = [f"not there: {part!r}" for part in expected if part not in got.stdout]
    if os.path.exists(f"{directory}/writes") and open(f"{directory}/writes").read():
        complaints.append(f"the list of writes has {open(f'{directory}/writes').read()!r}")
    if complaints or got.returncode != 0:
        complaints.append(f"exit {got.returncode}: {got.stdout}{got.stderr}")
    return complaints


def offline(space, arena, directory):
    """A host without any route publishes ports, too; one without pasta says what to install."""
    script = ('ip link set lo up; exec "$@"')
    line = ["unshare", "-nm", "sh", "-c", script, "sh", space.isorun, *space.allowance, "-p", "18080:80",
            "-v", f"{space.probes}:/probes:ro", "--", "/bin/sh", "-c", "cut -d: -f1 /proc/net/dev | tail -n +3; /probes/net connect 127.0.0.1 80"]
    got = subprocess.run(line, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * host.patience)
    complaints = []
    if "eth0" not in got.stdout or "no way out" not in got.stderr or "refused" not in got.stdout:
        complaints.append(f"without routes: exit {got.returncode}: {got.stdout}{got.stderr}")
    hide = "; ".join(f"mount --bind /dev/null {shutil.which(name)}" for name in ("pasta", "slirp4netns") if shutil.which(name))
    line = ["unshare", "-m", "sh", "-c", hide + '; exec "$@"', "sh", space.isorun, *space.allowance, "-p", "0:80", "--", "/bin/true"]
    got = subprocess.run(line, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * host.patience)
    if got.returncode != 125 or "apt-get install passt" not in got.stderr:
        complaints.append(f"without pasta: exit {got.returncode}: {got.stderr}")
    return complaints


def without_pasta(space, arena, directory):
    """slirp4netns carries a private network where pasta is missing: outward and to the resolver, and not to the host's
    loopback; it dies with isorun. Ports are pasta's alone."""
    pasta = os.path.realpath(shutil.which("pasta"))
    hide = f"mount --bind /dev/null {shlex.quote(pasta)}; exec \"$@\""
    look = ("/probes/net connect 192.0.2.1 7000; /probes/net ask $(sed -n 's/nameserver //p' /etc/resolv.conf) 53;"
            "for place in 10.0.2.2 127.0.0.1 10.0.2.100; do /probes/net connect $place $PORT; done; cut -d: -f1 /proc/net/dev | tail -n +3 | xargs")
    script = ('ip link set lo up; "$PROBES/net" serve 7070 >ready & loop=$!\nwhile [ ! -s ready ]; do sleep 0.02; done\n'
              + OUTSIDE.replace("kill $outside $names", "kill $outside $names $loop"))
    line = ["unshare", "-nm", "sh", "-c", script, "sh", "sh", "-c", hide, "sh", space.isorun, "--verbose", *space.allowance,
            "--network", "private", "-e", "PORT=7070", "-v", f"{space.probes}:/probes:ro", "--", "/bin/sh", "-c", look]
    got = subprocess.run(line, cwd=directory, env={**os.environ, "PROBES": space.probes}, stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, timeout=120 * host.patience)
    expected = ["192.0.2.1 7000: port 7000 for ", " 53: port 53 for ", "eth0 lo"]
    complaints = [f"not there: {part!r}" for part in expected if part not in got.stdout.replace("lo eth0", "eth0 lo")]
    if "slirp4netns carries" not in got.stderr or "port 7070 for" in got.stdout:
        complaints.append("the host's loopback was reached, or it is not slirp4netns")
    if complaints or got.returncode != 0:
        complaints.append(f"exit {got.returncode}: {got.stdout}{got.stderr}")
    line = ["unshare", "-m", "sh", "-c", hide, "sh", space.isorun, *space.allowance, "-p", "0:80", "--", "/bin/true"]
    got = subprocess.run(line, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * host.patience)
    if got.returncode != 125 or "slirp4netns alone cannot" not in got.stderr:
        complaints.append(f"ports: exit {got.returncode}: {got.stderr}")
    line = ["unshare", "-m", "sh", "-c", hide, "sh", space.isorun, *space.allowance, "--network", "private", "--", "/bin/sh", "-c", "echo READY; exec sleep 60"]
    process = subprocess.Popen(line, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    text = b""
    while b"READY" not in text and (block := os.read(process.stdout.fileno(), 4096)):
        text += block
    if len(carriers(process)) != 1:
        complaints.append(f"one process was to carry the network: {host.descendants(process.pid)}")
    process.send_signal(signal.SIGKILL)
    if not within(1.0, lambda: not remaining()):
        complaints.append(f"a second after SIGKILL: {host.descendants()}")
    finish(process)
    subprocess.run([space.isorun, "-q", *space.allowance, "--", "/bin/true"], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * host.patience)
    return complaints
