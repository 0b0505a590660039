"""Scenarios about containers that run: what is executed in them, on a terminal too, and how they are paused."""
import os
import signal
import subprocess
import time

from . import host, terminals
from .containers import Containers


def entered(space, arena, directory):
    """exec: the same namespaces, cgroup, rights and filter as the job, and the command's own streams and exit code."""
    with Containers(space, directory) as all_:
        name = all_.name("host")
        all_.start("host", "-e", "GIVEN=by-run", "-w", "/usr", "--", "/bin/sh", "-c", "echo READY; exec /probes/processes wait")
        all_.within(20, "the job never began", lambda: "READY" in all_.isorun("logs", name).stdout)
        got = all_.isorun("exec", "-e", "MORE=by-exec", name, "sh", "-c", "echo $GIVEN $MORE; pwd; echo bad >&2; exit 7")
        all_.expect("exec", got, 7, stdout="by-run by-exec\n/usr\n")
        all_.check("streams are apart", got.stderr == "bad\n", got.stderr)
        all_.expect("exec -w", all_.isorun("exec", "-w", "/etc", name, "pwd"), 0, stdout="/etc\n")
        all_.expect("a signal's exit code", all_.isorun("exec", name, "sh", "-c", "kill -9 $$"), 137)
        all_.expect("no such command", all_.isorun("exec", name, "/no/such"), 127, stderr="/no/such")
        all_.expect("no program", all_.isorun("exec", name, "/etc/passwd"), 126)
        all_.expect("no such directory", all_.isorun("exec", "-w", "/no/such", name, "pwd"), 125, stderr="/no/such")
        all_.expect("no container", all_.isorun("exec", all_.name("nobody"), "true"), 1, stderr="No such container")
        reading = subprocess.Popen(["printf", "a\\nb"], stdout=subprocess.PIPE)
        all_.expect("exec -i", all_.isorun("exec", "-i", name, "cat", stdin=reading.stdout), 0, stdout="a\nb")
        reading.communicate()
        all_.expect("without -i there is no input", all_.isorun("exec", name, "cat"), 0, stdout="")
        # The job is the only process of the name; its pid inside is 2.
        look = "for n in user pid mnt net ipc uts cgroup; do [ $(readlink /proc/self/ns/$n) = $(readlink /proc/2/ns/$n) ] || echo $n; done; "
        look += "for f in cgroup limits; do cmp -s /proc/self/$f /proc/2/$f || echo $f; done; "
        look += "grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status >/tmp/mine; grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/2/status | cmp - /tmp/mine; cat /tmp/mine"
        got = all_.isorun("exec", name, "sh", "-c", look)
        lines = got.stdout.splitlines()
        all_.check("it is where the job is, with the job's rights", got.returncode == 0 and len(lines) in (8, 9) and "NoNewPrivs:\t1" in lines, got.stdout, got.stderr)
        got = all_.isorun("exec", name, "sh", "-c", "ls /proc/self/fd | wc -l")
        all_.expect("it has no descriptor but its streams", got, 0, stdout="4\n")
        got = all_.isorun("exec", name, "/probes/forge", limit=120)
        forged = "WENT THROUGH" in got.stdout or "wrote to descriptor" in got.stdout
        all_.check("it cannot forge init's report", got.returncode == 7 and not forged, got.returncode, got.stdout)
        all_.expect("orphans are reaped", all_.isorun("exec", name, "sh", "-c", "(sleep 0.1 &) ; sleep 0.4; grep -l '^State:.Z' /proc/[0-9]*/status | wc -l"), 0, stdout="0\n")
        all_.check("the job goes on", all_.inspect("host", "{{.State.Status}}") == "running")
        # A client that is killed leaves its command; what the container's end leaves nothing of.
        # It has said all that it says: what it writes when its client is gone would end it.
        client = all_.popen("exec", name, "/probes/processes", "wait")
        all_.check("it runs", b"READY" in os.read(client.stdout.fileno(), 100))
        client.send_signal(signal.SIGKILL)
        client.communicate()
        waiting = all_.popen("exec", name, "/probes/processes", "wait")
        all_.check("another runs", b"READY" in os.read(waiting.stdout.fileno(), 100))
        rows = all_.isorun("top", name).stdout.splitlines()
        all_.check("top shows the job and both", rows[0].split() == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"] and len(rows) == 4, rows)
        all_.expect("stop", all_.isorun("stop", "-t", "2", name), 0)
        waiting.communicate(timeout=20 * host.patience)
        all_.check("a command ends with its container", waiting.returncode == 137, waiting.returncode)
        all_.check("the outcome is the job's own", all_.inspect("host", "{{.Isorun.Result.outcome}}") == "cancelled")
        all_.expect("exec in what has ended", all_.isorun("exec", name, "true"), 1, stderr="not running")
        return all_.complaints


def paused(space, arena, directory):
    """pause holds every process, unpause lets them go on; stop reaches what is paused."""
    with Containers(space, directory) as all_:
        name = all_.name("held")
        all_.start("held", "--", "/bin/sh", "-c", "n=0; while :; do n=$((n+1)); echo $n; sleep 0.02; done")
        last = lambda: all_.isorun("logs", "--tail", "1", name).stdout
        all_.within(20, "it never counted", lambda: last() not in ("", "1\n"))
        all_.expect("pause", all_.isorun("pause", name), 0, stdout=name + "\n")
        all_.check("inspect says so", all_.inspect("held", "{{.State.Status}} {{.State.Paused}}") == "paused true")
        listed = all_.isorun("ps", "--filter", f"name={name}", "--format", "{{.Status}}").stdout
        all_.check("ps says so", listed.endswith("(Paused)\n"), listed)
        seen = last()
        time.sleep(0.3)  # what is held does nothing in this time
        all_.check("nothing moves", last() == seen, seen, last())
        all_.expect("pause again", all_.isorun("pause", name), 1, stderr="already paused")
        all_.expect("exec in it", all_.isorun("exec", name, "true"), 1, stderr="paused")
        all_.expect("unpause", all_.isorun("unpause", name), 0)
        all_.within(20, "it does not go on", lambda: last() != seen)
        all_.expect("unpause again", all_.isorun("unpause", name), 1, stderr="not paused")
        figures = all_.isorun("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}} {{.PIDs}} {{.CPUPerc}}", name).stdout.split()
        all_.check("stats has figures", figures[0] == name and figures[1].endswith("iB") and int(figures[4]) >= 1 and figures[5].endswith("%"), figures)
        all_.expect("pause", all_.isorun("pause", name), 0)
        all_.expect("stop of what is paused", all_.isorun("stop", "-t", "5", name), 0)
        all_.expect("its end", all_.isorun("wait", name), 0, stdout="143\n")
        all_.start("killed", "--", "/probes/processes", "wait")
        all_.expect("pause", all_.isorun("pause", all_.name("killed")), 0)
        all_.expect("rm -f of what is paused", all_.isorun("rm", "-f", all_.name("killed")), 0)
        return all_.complaints


def terminal(space, arena, directory):
    """exec -it: a terminal of the container's own, of the caller's size; the caller's modes come back."""
    with Containers(space, directory) as all_:
        all_.start("host", "--", "/probes/processes", "wait")
        session = terminals.Session(space, directory, line=[space.isorun, "exec", "-it", all_.name("host"), "/bin/sh"], env=all_.env)
        session.type(b"tty; stty size; exit 5\n")
        all_.check("it is a terminal of the container's", session.until(b"/dev/pts/"), session.seen)
        all_.check("of the caller's size", session.until(b"31 97"), session.seen)
        code, complaints = session.end()
        all_.check("the exit code is the shell's", code == 5, code, session.seen)
        return all_.complaints + complaints


def named_user(space, arena, directory):
    """exec -u takes names of the container's own tables, and what links there lead to is looked for inside only."""
    with Containers(space, directory) as all_:
        script = ("rm -f /etc/passwd /etc/group; mkdir -p /own; echo 'web:x:4711:815::/:/bin/sh' > /own/passwd; ln -s /own/passwd /etc/passwd; "
                  "printf 'web:x:815:\\nextra:x:99:\\nmore:x:33:other,web\\nmany:x:44:web\\n' > /etc/group; echo READY; exec /probes/processes wait")
        all_.start("users", "--", "/bin/sh", "-c", script)
        all_.within(20, "it never began", lambda: "READY" in all_.isorun("logs", all_.name("users")).stdout)
        for user, told in (("web", "4711 815 33 44"), ("web:extra", "4711 99"), ("4711", "4711 815 33 44"), ("12:34", "12 34"), ("17", "17 0")):
            got = all_.isorun("exec", "-u", user, all_.name("users"), "/bin/sh", "-c", "echo $(id -u) $(id -G)")
            all_.check(user, got.stdout == told + "\n", got.stdout, got.stderr)
        all_.expect("nobody", all_.isorun("exec", "-u", "nobody-there", all_.name("users"), "/bin/true"), 1, stderr='no "nobody-there"')
        all_.expect("no name", all_.isorun("exec", "-u", ":5", all_.name("users"), "/bin/true"), 64, stderr="--user")
        return all_.complaints


def attached(space, arena, directory):
    """attach: what is written from now on, input where -i was given, signals, the exit code; detached it goes on."""
    with Containers(space, directory) as all_:
        name = all_.name("talker")
        all_.start("talker", "-i", "--", "/bin/sh", "-c", "echo early; trap 'echo heard >&2' USR1; while :; do read line || continue; echo \"<$line>\"; [ \"$line\" != end ] || exit 9; done")
        all_.within(20, "it never began", lambda: "early" in all_.isorun("logs", name).stdout)
        watcher = all_.popen("attach", "--no-stdin", name)
        all_.within(20, "it never attached", lambda: attaches(watcher.pid))
        client = subprocess.Popen([space.isorun, "attach", name], env=all_.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        client.stdin.write(b"one\n")
        client.stdin.flush()
        all_.check("input comes in and output goes out", os.read(client.stdout.fileno(), 100) == b"<one>\n")
        client.send_signal(signal.SIGUSR1)
        client.stdin.write(b"two\n")  # a shell that was about to read hears the signal after this line only
        client.stdin.flush()
        all_.check("signals are passed on", os.read(client.stderr.fileno(), 100) == b"heard\n")
        out, _ = client.communicate(b"end\n", timeout=20 * host.patience)
        all_.check("its end and its exit code", (client.returncode, out) == (9, b"<two>\n<end>\n"), client.returncode, out)
        out, err = watcher.communicate(timeout=20 * host.patience)
        all_.check("all who are attached see it, and nothing earlier", (watcher.returncode, out, err) == (9, b"<one>\n<two>\n<end>\n", b"heard\n"), watcher.returncode, out, err)
        all_.expect("attach to what has ended", all_.isorun("attach", name), 1, stderr="not running")
        all_.expect("keys that are none", all_.isorun("attach", "--detach-keys", "ctrl-", name), 64, stderr="--detach-keys")
        return all_.complaints


def attaches(pid):
    """Whether a client watches a log and sleeps until something comes."""
    try:
        return any("inotify" in os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")) and host.state(pid) == "S"
    except OSError:  # a descriptor, or the client, went while it was looked at
        return False


def detached(space, arena, directory):
    """A terminal is attached to and left by its keys, as often as one likes; it has this one's size meanwhile."""
    with Containers(space, directory) as all_:
        name = all_.name("shell")
        all_.expect("run -dit", all_.start("shell", "-i", "-t", "--", "/bin/sh"), 0)
        line = [space.isorun, "attach", name]
        complaints = []
        for number in range(2):
            session = terminals.Session(space, directory, line=line, env=all_.env)
            session.type(b"stty size; echo number $((40 + %d))\n" % number)
            all_.check("it is of the caller's size", session.until(b"31 97"), session.seen)
            all_.check("it is the same shell", session.until(b"number 4%d" % number), session.seen)
            session.type(b"\x10\x11")
            code, more = session.end()
            all_.check("detached", code == 0 and b"detached" in session.seen, code, session.seen)
            complaints += more
        all_.check("it goes on", all_.inspect("shell", "{{.State.Status}}") == "running")
        session = terminals.Session(space, directory, line=[*line[:2], "--detach-keys", "x,y", name], env=all_.env)
        session.type(b"exit 6\n")
        code, more = session.end()
        all_.check("the exit code is the shell's", code == 6, code, session.seen)
        return all_.complaints + complaints + more
