"""Scenarios about containers that live on: `run -d` and the commands about them."""
import json
import os
import signal
import subprocess
import time

from . import host


class Containers:
    """isorun as a person with many containers uses it; what it started is removed at the end."""

    def __init__(self, space, directory):
        self.space, self.directory = space, directory
        self.env = dict(os.environ)
        if os.geteuid() != 0:  # root's run directory is /run/isorun; a user's is this scenario's own
            self.env["XDG_RUNTIME_DIR"] = os.path.join(directory, "run")
        self.mark = f"s{os.getpid()}-{space.number}-"
        self.complaints = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in self.names(all=True):
            self.isorun("rm", "-f", name)

    def name(self, word):
        return self.mark + word

    def isorun(self, *words, limit=60, stdin=subprocess.DEVNULL):
        return subprocess.run([self.space.isorun, *words], cwd=os.path.join(self.directory, "project"), env=self.env, stdin=stdin,
                              capture_output=True, text=True, errors="replace", timeout=limit * host.patience)

    def start(self, word, *words, **options):
        """`run -d` with a name of this scenario's; what came of it."""
        return self.isorun(*self.line(word, *words), **options)

    def line(self, word, *words):
        return ["run", "-d", "--name", self.name(word), *self.space.allowance, "-v", f"{self.space.probes}:/probes:ro", *words]

    def popen(self, *words, **options):
        return subprocess.Popen([self.space.isorun, *words], cwd=os.path.join(self.directory, "project"), env=self.env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def names(self, all=False):
        got = self.isorun("ps", *(["-a"] if all else []), "--filter", f"name={self.mark}", "--format", "{{.Names}}")
        return got.stdout.split()

    def inspect(self, word, template):
        return self.isorun("inspect", "-f", template, self.name(word)).stdout.strip()

    def check(self, what, holds, *evidence):
        if not holds:
            self.complaints.append(what + "".join(f"; {one!r}" for one in evidence))
        return holds

    def expect(self, what, got, code, stdout=None, stderr=None):
        self.check(f"{what}: expected exit {code}, got {got.returncode}", got.returncode == code, got.stdout[-400:], got.stderr[-400:])
        if stdout is not None:
            self.check(f"{what}: expected {stdout!r} on stdout", stdout == got.stdout, got.stdout[-400:])
        if stderr is not None:
            self.check(f"{what}: expected {stderr!r} on stderr", stderr in got.stderr, got.stderr[-400:])

    def within(self, seconds, what, condition):
        deadline = time.monotonic() + seconds * host.patience
        while not condition():
            if time.monotonic() > deadline:
                self.complaints.append(what)
                return False
            time.sleep(0.01)  # a condition with a time limit
        return True


def life(space, arena, directory):
    """Started, listed, read, waited for, inspected, removed."""
    with Containers(space, directory) as all_:
        name = all_.name("web")
        got = all_.start("web", "--", "/bin/sh", "-c", "echo out; echo err >&2; cat; exec /probes/processes wait")
        identity = got.stdout.strip()
        all_.check("run -d prints the id", got.returncode == 0 and len(identity) == 64, got.stdout, got.stderr)
        all_.within(20, "the job's output never came", lambda: "READY" in all_.isorun("logs", name).stdout)
        rows = all_.isorun("ps", "--filter", f"name={name}").stdout.splitlines()
        all_.check("ps has docker's head", rows[0].split()[:4] == ["CONTAINER", "ID", "IMAGE", "COMMAND"], rows)
        all_.check("ps shows it", len(rows) == 2 and rows[1].startswith(identity[:12]) and rows[1].endswith(name) and " Up " in rows[1], rows)
        logs = all_.isorun("logs", name)
        all_.check("logs tells the streams apart", logs.stdout.startswith("out\n") and logs.stderr == "err\n", logs.stdout, logs.stderr)
        all_.expect("logs --tail 1", all_.isorun("logs", "--tail", "0", name), 0, stdout="")
        stamped = all_.isorun("logs", "-t", identity[:12]).stdout.splitlines()[0]
        all_.check("logs -t has the time", stamped[4] == "-" and stamped[10] == "T" and stamped.endswith("Z out"), stamped)
        all_.check("inspect says running", all_.inspect("web", "{{.State.Status}} {{.State.Running}}") == "running true")
        all_.check("its pid lives", os.path.isdir(f"/proc/{all_.inspect('web', '{{.State.Pid}}')}"))
        refused = all_.isorun("rm", name)
        all_.expect("rm of what runs", refused, 1, stderr="running")
        all_.expect("stop", all_.isorun("stop", "-t", "5", name), 0, stdout=name + "\n")
        all_.check("ps shows it no more", all_.names() == [], all_.names())
        ended = all_.isorun("ps", "-a", "--filter", f"name={name}", "--format", "{{.Status}}").stdout
        all_.check("ps -a shows its end", ended.startswith("Exited (143) "), ended)
        all_.check("inspect has the outcome", all_.inspect("web", "{{.Isorun.Result.outcome}}") == "cancelled")
        all_.expect("wait for what has ended", all_.isorun("wait", name), 0, stdout="143\n")
        all_.check("its log stays", "READY" in all_.isorun("logs", name).stdout)
        document = json.loads(all_.isorun("inspect", name).stdout)
        all_.check("inspect is an array of one", len(document) == 1 and document[0]["Id"] == identity)
        all_.expect("rm", all_.isorun("rm", name), 0, stdout=name + "\n")
        all_.expect("what is removed is gone", all_.isorun("logs", name), 1, stderr="No such container")
        return all_.complaints


def endings(space, arena, directory):
    """Exit codes are the job's own, however it is ended."""
    handler = "trap 'exit 7' TERM; trap 'echo heard' USR1; echo READY; while :; do sleep 0.05; done"
    with Containers(space, directory) as all_:
        def ready(word):
            all_.within(20, f"{word} never began", lambda: "READY" in all_.isorun("logs", all_.name(word)).stdout)

        all_.start("own", "--", "/probes/signals", "exit", "3")
        all_.expect("wait", all_.isorun("wait", all_.name("own")), 0, stdout="3\n")
        if not space.allowance:
            all_.start("oom", "-m", "16m", "--", "/probes/memory", "touch", "64")
            all_.expect("wait for one that takes too much", all_.isorun("wait", all_.name("oom")), 0, stdout="137\n")
            all_.check("it was out of memory", all_.inspect("oom", "{{.State.OOMKilled}}") == "true")
        all_.start("limit", "--timeout", "200ms", "--", "/probes/processes", "wait")
        all_.expect("wait for one that takes too long", all_.isorun("wait", all_.name("limit")), 0, stdout="124\n")
        all_.start("handler", "--", "/bin/sh", "-c", handler)
        ready("handler")
        all_.expect("kill -s USR1", all_.isorun("kill", "-s", "USR1", all_.name("handler")), 0)
        all_.within(20, "the signal never came", lambda: "heard" in all_.isorun("logs", all_.name("handler")).stdout)
        all_.expect("stop", all_.isorun("stop", all_.name("handler")), 0)
        all_.expect("wait for one that cleaned up", all_.isorun("wait", all_.name("handler")), 0, stdout="7\n")
        all_.start("deaf", "--", "/bin/sh", "-c", "trap '' TERM; echo READY; while :; do sleep 0.05; done")
        ready("deaf")
        began = time.monotonic()
        all_.expect("stop -t 1 of one that ignores it", all_.isorun("stop", "-t", "1", all_.name("deaf")), 0)
        all_.check("stop waited the second", time.monotonic() - began >= 1)
        all_.expect("wait for one that was killed", all_.isorun("wait", all_.name("deaf")), 0, stdout="137\n")
        all_.start("killed", "--", "/probes/processes", "wait")
        all_.expect("kill", all_.isorun("kill", all_.name("killed")), 0, stdout=all_.name("killed") + "\n")
        all_.expect("wait for a killed one", all_.isorun("wait", all_.name("killed")), 0, stdout="137\n")
        all_.expect("kill of what has ended", all_.isorun("kill", all_.name("killed")), 1, stderr="not running")
        all_.start("forced", "--", "/probes/processes", "wait")
        all_.expect("rm -f of what runs", all_.isorun("rm", "-f", all_.name("forced")), 0)
        all_.expect("rm -f of what is not there", all_.isorun("rm", "-f", all_.name("forced")), 0)
        waiting = all_.popen("wait", all_.name("late"))
        waiting.communicate(timeout=30 * host.patience)
        all_.check("wait for nobody fails", waiting.returncode == 1)
        return all_.complaints


def followed(space, arena, directory):
    """logs -f ends with the container; a follower that is killed disturbs nothing."""
    script = "for n in 1 2 3 4 5 6 7 8 9; do echo line $n; sleep 0.1; done; echo last >&2"
    with Containers(space, directory) as all_:
        all_.start("talker", "--", "/bin/sh", "-c", script)
        follower, victim = (all_.popen("logs", "-f", all_.name("talker")) for _ in range(2))
        seen = b""
        while b"line 3" not in seen and (block := os.read(victim.stdout.fileno(), 4096)):
            seen += block
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        out, err = follower.communicate(timeout=30 * host.patience)
        all_.check("a follower has all of it", out == b"".join(b"line %d\n" % n for n in range(1, 10)) and err == b"last\n", out, err)
        all_.check("it ends with the container", follower.returncode == 0)
        all_.expect("wait", all_.isorun("wait", all_.name("talker")), 0, stdout="0\n")
        # A log that was rotated away keeps its end.
        all_.start("much", "--log-opt", "max-size=64k", "--log-opt", "max-file=2", "--", "/bin/sh", "-c", "seq 1 20000")
        all_.isorun("wait", all_.name("much"))
        lines = all_.isorun("logs", all_.name("much")).stdout.split()
        all_.check("a bounded log keeps its end", lines[-1] == "20000" and 100 < len(lines) < 10000, len(lines), lines[-1])
        numbers = [int(line) for line in lines]
        all_.check("and has no holes", numbers == list(range(numbers[0], 20001)))
        all_.expect("--tail 2", all_.isorun("logs", "--tail", "2", all_.name("much")), 0, stdout="19999\n20000\n")
        return all_.complaints


def races(space, arena, directory):
    """Of many that want a name at once one gets it; the others leave nothing."""
    with Containers(space, directory) as all_:
        for _ in range(3):
            racers = [all_.popen(*all_.line("one", "--", "/probes/processes", "wait")) for _ in range(6)]
            ends = [(racer.communicate(timeout=60 * host.patience), racer.returncode) for racer in racers]
            codes = sorted(code for _, code in ends)
            all_.check("one alone gets the name", codes == [0] + [125] * 5, ends)
            all_.check("and is there", all_.names(all=True) == [all_.name("one")], all_.names(all=True))
            all_.isorun("rm", "-f", all_.name("one"))
        return all_.complaints


def refused(space, arena, directory):
    """What cannot be started leaves nothing, and says why."""
    with Containers(space, directory) as all_:
        all_.expect("a command that is not there", all_.start("a", "--", "/no/such/program"), 127, stdout="", stderr="/no/such/program")
        all_.expect("a file that is no program", all_.start("b", "--", "/etc/passwd"), 126, stdout="")
        all_.expect("a report of a detached job", all_.start("c", "--json", "x", "--", "/bin/true"), 64, stderr="--json")
        all_.expect("a name that is none", all_.isorun("run", "-d", "--name", "a/b", "--", "/bin/true"), 64, stderr="--name")
        all_.expect("a bound that is none", all_.start("d", "--log-opt", "max-size=much", "--", "/bin/true"), 64, stderr="--log-opt")
        all_.expect("a bound without -d", all_.isorun("--log-opt", "max-size=1m", "--", "/bin/true"), 64, stderr="--log-opt")
        all_.expect("a filter that there is not", all_.isorun("ps", "--filter", "colour=red"), 64, stderr="--filter")
        all_.expect("a template with a wrong field", all_.isorun("ps", "--format", "{{range}}"), 64, stderr="--format")
        all_.expect("a signal that there is not", all_.isorun("kill", "-s", "NONE", "x"), 64, stderr="--signal")
        for verb in (["inspect"], ["logs"], ["stop"], ["kill"], ["wait"], ["rm"]):
            all_.expect(f"{verb[0]} of nobody", all_.isorun(*verb, all_.name("nobody")), 1, stderr="No such container")
        all_.check("nothing is left", all_.names(all=True) == [], all_.names(all=True))
        return all_.complaints


def asks(pid):
    """Whether a client is connected to its keeper, and sleeps until that answers."""
    try:
        connected = any(os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:") for fd in os.listdir(f"/proc/{pid}/fd"))
    except OSError:  # a descriptor, or the client, went while it was looked at
        return False
    return connected and host.state(pid) == "S"


def removed_with_it(space, arena, directory):
    """--rm: the record goes with the container, and who waits has the exit code all the same."""
    with Containers(space, directory) as all_:
        all_.start("brief", "--rm", "--", "/bin/sh", "-c", "read line </tmp/none; exec /probes/processes wait")
        waiter = all_.popen("wait", all_.name("brief"))
        follower = all_.popen("logs", "-f", all_.name("brief"))
        out = os.read(follower.stdout.fileno(), 100)
        all_.check("it is followed", b"READY" in out, out)
        # Who asks only after the end is told that there is no such container.
        all_.within(10, "wait has not asked the keeper", lambda: asks(waiter.pid))
        all_.expect("stop", all_.isorun("stop", "-t", "5", all_.name("brief")), 0)
        out, _ = waiter.communicate(timeout=30 * host.patience)
        follower.communicate(timeout=30 * host.patience)
        all_.check("who waited has the exit code", out == b"143\n", out)
        all_.check("nothing is left", all_.names(all=True) == [], all_.names(all=True))
        return all_.complaints


def many(space, arena, directory):
    """Twenty at once are started, listed and removed; nothing is left."""
    before = arena.cgroups()
    with Containers(space, directory) as all_:
        starters = [all_.popen(*all_.line(f"m{number}", "-m", "32m", "--", "/probes/processes", "wait")) for number in range(20)]
        for starter in starters:
            starter.communicate(timeout=120 * host.patience)
        all_.check("all were started", [s.returncode for s in starters] == [0] * 20, [s.returncode for s in starters])
        names = all_.names()
        all_.check("all are listed", len(names) == 20, names)
        all_.expect("rm -f of all", all_.isorun("rm", "-f", *names, limit=120), 0)
        all_.check("no cgroup is left", not arena.cgroups() - before, arena.cgroups() - before)
        return all_.complaints
