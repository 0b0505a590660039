"""Scenarios of private networks and published ports."""
import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import threading

from . import host
from .containers import Containers
from .special import finish, within

SECRET = b"the host's own\n"


def launch(space, directory, words, command):
    """isorun with what it says of ports on stderr, and a job that says READY."""
    line = [space.isorun, *space.allowance, "-v", f"{space.probes}:/probes:ro", *words, "--", *command]
    process = subprocess.Popen(line, cwd=os.path.join(directory, "project"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    text = b""
    while b"READY" not in text and (block := os.read(process.stdout.fileno(), 4096)):
        text += block
    return process


def published(process, count):
    """The first lines on stderr say which ports there are: (address, port, inside)."""
    found = []
    for _ in range(count):
        line = process.stderr.readline().decode()
        match = re.search(r"published \[?([0-9a-f.:]+?)\]?:(\d+) to (\d+/\w+)", line)
        if match:
            found.append((match[1], int(match[2]), match[3]))
    return found


def stop(process):
    process.send_signal(signal.SIGTERM)
    finish(process)


def reach(address, port, udp=False):
    """What a server at a port of this host answers, or why it does not."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as end:
        end.settimeout(5 * host.patience)
        try:
            end.connect((address, port))
            if udp:
                end.send(b"?")
            return end.recv(256).decode()
        except OSError as error:
            return str(error)


@contextlib.contextmanager
def servers(*addresses):
    """Services of the host, which a job must not reach: their port, the same at each address."""
    sockets, port = [], 0
    for address in addresses:
        end = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        end.bind((address, port))
        port = end.getsockname()[1]
        end.listen()
        sockets.append(end)

    def serve(end):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = end.accept()
                peer.sendall(SECRET)
                peer.close()

    threads = [threading.Thread(target=serve, args=(end,), daemon=True) for end in sockets]
    for thread in threads:
        thread.start()
    try:
        yield port
    finally:
        for end in sockets:
            end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in threads:
            thread.join()


def ports(space, arena, directory):
    """TCP and UDP, any free port and a range, each at its address and at no other."""
    complaints = []
    process = launch(space, directory, ["-p", "0:80", "-p", "127.0.0.2::81", "-p", "[::1]:0:82"],
                     ["/probes/net", "serve", "80", "81", "82"])
    found = published(process, 3)
    if [inside for _, _, inside in found] != ["80/tcp", "81/tcp", "82/tcp"]:
        complaints.append(f"published: {found}")
    for address, port, inside in found:
        answer = reach(address, port)
        if not answer.startswith(f"port {inside.removesuffix('/tcp')} for "):
            complaints.append(f"{address}:{port} answers {answer!r}")
    if found and "refused" not in reach("127.0.0.3", found[0][1]):
        complaints.append("127.0.0.3 answers, which was not published")
    stop(process)
    if found and "refused" not in reach(found[0][0], found[0][1]):
        complaints.append("the port answers although the job has ended")
    for inside in (65000, 5353, 1030):
        # Also where every number that the kernel would choose is above the one inside.
        process = launch(space, directory, ["-p", f"0:{inside}/udp"], ["/probes/net", "udp", str(inside)])
        for address, port, _ in published(process, 1):
            answer = reach(address, port, udp=True)
            if not answer.startswith(f"port {inside} for "):
                complaints.append(f"udp {address}:{port} to {inside} answers {answer!r}")
            if "refused" not in reach(address, port):
                complaints.append("the UDP port answers to TCP, too")
        stop(process)
    return complaints + port_range(space, directory)


def told_ports(space, arena, directory):
    """port, ps and inspect tell which ports a container that lives on has, and none of one that has ended."""
    with Containers(space, directory) as all_:
        got = all_.start("web", "-p", "0:80", "-p", "127.0.0.2:0:53/udp", "--", "/probes/net", "serve", "80")
        all_.check("run -d", got.returncode == 0, got.stderr)
        name = all_.name("web")
        all_.within(20, "it never served", lambda: "READY" in all_.isorun("logs", name).stdout)
        lines = all_.isorun("port", name).stdout
        match = re.fullmatch(r"53/udp -> 127\.0\.0\.2:(\d+)\n80/tcp -> 127\.0\.0\.1:(\d+)\n", lines)
        if all_.check("port tells both", match, lines):
            udp, tcp = match.groups()
            all_.check("it is reached there", reach("127.0.0.1", int(tcp)).startswith("port 80 for "))
            for words in (["80"], ["80/tcp"]):
                all_.expect(f"port {words[0]}", all_.isorun("port", name, *words), 0, stdout=f"127.0.0.1:{tcp}\n")
            all_.expect("port 53/udp", all_.isorun("port", name, "53/udp"), 0, stdout=f"127.0.0.2:{udp}\n")
            listed = all_.isorun("ps", "--filter", f"name={name}", "--format", "{{.Ports}}").stdout
            all_.check("ps tells both", listed == f"127.0.0.2:{udp}->53/udp, 127.0.0.1:{tcp}->80/tcp\n", listed)
            found = json.loads(all_.inspect("web", "{{json .NetworkSettings.Ports}}"))
            all_.check("inspect tells both", found == {"53/udp": [{"HostIp": "127.0.0.2", "HostPort": udp}],
                                                       "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": tcp}]}, found)
        all_.expect("a port that is not published", all_.isorun("port", name, "81"), 1, stderr="81/tcp")
        all_.expect("what is no port", all_.isorun("port", name, "80/icmp"), 64, stderr="80/icmp")
        all_.isorun("stop", "-t", "5", name)
        all_.expect("of what has ended nothing is published", all_.isorun("port", name), 0, stdout="")
        return all_.complaints


def port_range(space, directory):
    for first in range(20000, 30000, 97):
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + 3):
                    end = held.enter_context(socket.socket())
                    end.bind(("127.0.0.1", port))
            except OSError:
                continue
        break
    process = launch(space, directory, ["-p", f"{first}-{first + 2}:80-82"], ["/probes/net", "serve", "80", "81", "82"])
    answers = [reach("127.0.0.1", first + number) for number in range(3)]
    stop(process)
    wrong = [answer for number, answer in enumerate(answers) if not answer.startswith(f"port {80 + number} for ")]
    return [f"the range answers {answers}"] if wrong else []


def low_ports(space, arena, directory):
    """Whoever is in a network that isorun made listens on a low port: as another user, without rights, from beside."""
    serve = ["/probes/net", "serve", "80"]

    def listens(*words):
        line = [space.isorun, "-q", *space.allowance, "-v", f"{space.probes}:/probes:ro", *words, "--", *serve]
        with subprocess.Popen(line, env=all_.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            heard = process.stdout.readline()
            stop(process)
        return heard == b"READY\n"

    with Containers(space, directory) as all_:
        for words in (["-u", "1000:1000"], ["-u", "1000:1000", "--network", "private"], ["--cap-drop", "all"], ["--untrusted"]):
            all_.check(f"{shlex.join(words)} listens", listens(*words))
        all_.start("host", "--", "/probes/processes", "wait")
        all_.within(20, "it never ran", lambda: "READY" in all_.isorun("logs", all_.name("host")).stdout)
        entered = all_.popen("exec", "-u", "1000:1000", all_.name("host"), *serve)
        all_.check("exec -u listens", entered.stdout.readline() == b"READY\n")
        all_.isorun("rm", "-f", all_.name("host"))
        entered.communicate(timeout=30 * host.patience)
        all_.start("host", "--", "/probes/processes", "wait")
        for words in ([], ["-u", "1000:1000"]):
            all_.check(f"from beside, {shlex.join(words)}", listens("--network", f"container:{all_.name('host')}", *words))
        return all_.complaints


def busy_port(space, arena, directory):
    """A busy port is an error before the job starts, which names it and whom to ask."""
    complaints = []
    for suffix, kind, word in (("", socket.SOCK_STREAM, "-ltnp"), ("/udp", socket.SOCK_DGRAM, "-lunp")):
        with socket.socket(socket.AF_INET, kind) as end:
            end.bind(("127.0.0.1", 0))
            if kind == socket.SOCK_STREAM:
                end.listen()
            port = end.getsockname()[1]
            got = subprocess.run([space.isorun, *space.allowance, "-p", f"{port}:80{suffix}", "--", "/bin/echo", "RAN"],
                                 cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 timeout=60 * host.patience)
            transport = suffix.removeprefix("/") or "tcp"
            expected = [f"127.0.0.1:{port}/{transport}", "EADDRINUSE", f"ss {word} 'sport = :{port}'"]
            if got.returncode != 125 or "RAN" in got.stdout or any(part not in got.stderr for part in expected):
                complaints.append(f"{transport}: exit {got.returncode}, {got.stdout!r}, {got.stderr!r}")
    return complaints


def host_loopback(space, arena, directory):
    """What the host has on its loopback is reached from inside by no address; with --host-loopback at the gateway."""
    complaints = []
    with servers("127.0.0.1", "::1") as port:
        places = "127.0.0.1 127.0.0.53 ::1 $gateway $own 0.0.0.0 :: ::ffff:127.0.0.1"
        look = ("gateway=$(while read -r name to way rest; do [ $to != 00000000 ] || echo $way; done < /proc/net/route);"
                "gateway=$((0x${gateway#??????})).$((0x$(echo $gateway | cut -c5-6))).$((0x$(echo $gateway | cut -c3-4)))"
                ".$((0x$(echo $gateway | cut -c1-2))); own=${gateway%.*}.100;"
                f"for place in {places}; do /probes/net connect $place {port}; done; echo READY; :")
        for words, reaches in ((["--network", "private"], False), (["--host-loopback"], True)):
            line = [space.isorun, "-q", *space.allowance, "-v", f"{space.probes}:/probes:ro", *words, "--cap-add", "ALL",
                    "--", "/bin/bash", "-c", look]
            got = subprocess.run(line, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 timeout=120 * host.patience)
            count = got.stdout.count(SECRET.decode())
            if got.returncode != 0 or "READY" not in got.stdout or got.stdout.count("\n") < 8 or count != reaches:
                complaints.append(f"{shlex.join(words)}: exit {got.returncode}, {got.stdout}{got.stderr}")
    return complaints


def shared(space, arena, directory):
    """--network container:NAME: one network namespace, each with files and processes of its own; errors and ends."""
    with Containers(space, directory) as all_:
        web = all_.name("web")
        all_.expect("run -d", all_.start("web", "--network", "private", "--", "/probes/net", "serve", "8000"), 0)
        all_.within(20, "it never served", lambda: "READY" in all_.isorun("logs", web).stdout)
        run = ["run", "-q", *space.allowance, "-v", f"{space.probes}:/probes:ro", "--network", f"container:{web}"]
        look = "/probes/net connect 127.0.0.1 8000; cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' ' | sort | xargs; readlink /proc/self/ns/net; ls -d /proc/[0-9]* | wc -l; cat /etc/resolv.conf"
        got = all_.isorun(*run, "--", "/bin/bash", "-c", look)
        lines = got.stdout.splitlines()
        inside = all_.isorun("exec", web, "readlink", "/proc/self/ns/net").stdout.strip()
        all_.check("it reaches the other one's loopback, in the same namespace", got.returncode == 0 and lines[0].startswith("127.0.0.1 8000: port 8000 for ")
                   and lines[1] == "eth0 lo" and lines[2] == inside, got.stdout, got.stderr)
        all_.check("its processes are its own", len(lines) > 3 and int(lines[3]) < 8, lines)
        all_.check("it asks the same name server", "Made by isorun" in got.stdout or "nameserver" in got.stdout, got.stdout)
        all_.expect("by the beginning of its id", all_.isorun("run", "-q", *space.allowance, "--network", f"container:{all_.inspect('web', '{{.Id}}')[:12]}", "--", "/bin/true"), 0)
        got = all_.isorun("plan", *space.allowance, "--network", f"container:{web}", "--", "true")
        all_.check("plan shows it", got.returncode == 0 and f"enter the network namespace of the container {web}" in got.stdout, got.stdout[-300:], got.stderr)
        side = all_.name("side")
        all_.expect("another one that lives on", all_.start("side", "--network", f"container:{web}", "--", "/probes/net", "serve", "8001"), 0)
        all_.within(20, "it never served", lambda: "READY" in all_.isorun("logs", side).stdout)
        got = all_.isorun("exec", side, "/probes/net", "connect", "127.0.0.1", "8000")
        all_.check("exec in it is in that network", "port 8000 for" in got.stdout, got.stdout, got.stderr)
        got = all_.isorun("exec", web, "/probes/net", "connect", "127.0.0.1", "8001")
        all_.check("each reaches the other", "port 8001 for" in got.stdout, got.stdout, got.stderr)
        all_.check("inspect tells whose", all_.inspect("side", "{{.HostConfig.NetworkMode}}") == f"container:{web}")
        all_.check("none of it is the other's to see", all_.isorun("exec", side, "sh", "-c", "ls /sys/class/net").stdout == "")
        all_.expect("stop the owner", all_.isorun("stop", "-t", "2", web), 0)
        got = all_.isorun("exec", side, "/probes/net", "connect", "127.0.0.1", "8001")
        all_.check("what shared it goes on", "port 8001 for" in got.stdout, got.stdout, got.stderr)
        all_.expect("of what has ended", all_.isorun(*run, "--", "/bin/true"), 125, stderr="no container of this name")
        all_.expect("of nobody", all_.isorun("run", *space.allowance, "--network", "container:" + all_.name("nobody"), "--", "/bin/true"), 125, stderr="isorun ps")
        all_.expect("no name", all_.isorun("run", "--network", "container:", "--", "/bin/true"), 64, stderr="container:web")
        all_.expect("ports are the owner's", all_.isorun("run", "-p", "0:80", "--network", f"container:{web}", "--", "/bin/true"), 64, stderr="--publish")
        all_.expect("the host's network is nobody's to share", all_.start("open", "--network", "host", "--", "/probes/processes", "wait"), 0)
        all_.expect("--network container of it", all_.isorun("run", *space.allowance, "--network", f"container:{all_.name('open')}", "--", "/bin/true"), 125, stderr="the host's own")
        return all_.complaints
