"""Scenarios about keepers, one beside each container that lives on: how small they are, and what dies with whom."""
import os
import random
import resource
import select
import signal
import subprocess
import time

from . import host
from .containers import Containers


def killed_keeper(space, arena, directory):
    """SIGKILL of a keeper ends its container within a second; a record says so, and nothing else is left."""
    before = arena.cgroups()
    with Containers(space, directory) as all_:
        all_.start("victim", "--", "/bin/sh", "-c", "/probes/processes daemon; exec /probes/processes wait")
        all_.start("rm", "--rm", "--", "/probes/processes", "wait")
        all_.within(20, "the job never began", lambda: "READY" in all_.isorun("logs", all_.name("victim")).stdout)
        follower = all_.popen("logs", "-f", all_.name("victim"))
        waiter = all_.popen("wait", all_.name("victim"))
        keepers = [int(all_.inspect(word, "{{.Isorun.KeeperPid}}")) for word in ("victim", "rm")]
        inits = [int(all_.inspect(word, "{{.State.Pid}}")) for word in ("victim", "rm")]
        identities = [all_.inspect(word, "{{.Id}}") for word in ("victim", "rm")]
        for pid in keepers:
            os.kill(pid, signal.SIGKILL)
        # Before any other command, which would clear away, too.
        top = os.path.join(all_.env["XDG_RUNTIME_DIR"], "isorun") if os.geteuid() else "/run/isorun"
        all_.within(1, f"a second after SIGKILL: {host.descendants()}",
                    lambda: not [n for n in host.descendants().values() if "zombie" not in n and n not in ("isorun-containe", "isorun")]
                    or not any(alive(pid) for pid in inits))
        # What is left to clear away needs a program to start first.
        all_.within(10, f"after SIGKILL cgroups are left: {arena.cgroups() - before}", lambda: not arena.cgroups() - before)
        kept = os.path.join(top, "containers", identities[0])
        all_.within(10, "after SIGKILL its socket is left", lambda: not os.path.exists(os.path.join(kept, "control")))
        all_.within(10, "after SIGKILL one with --rm is left",
                    lambda: not os.path.exists(os.path.join(top, "containers", identities[1])))
        all_.check("the record is not", os.path.exists(os.path.join(kept, "record.json")))
        follower.communicate(timeout=10 * host.patience)
        out, _ = waiter.communicate(timeout=10 * host.patience)
        all_.check("who waited is told", waiter.returncode == 0 and out == b"137\n", waiter.returncode, out)
        listed = all_.isorun("ps", "-a", "--filter", f"name={all_.mark}", "--format", "{{.Names}} {{.Status}}").stdout
        all_.check("ps -a tells the dead one, and --rm leaves none", listed == all_.name("victim") + " Dead\n", listed)
        all_.check("inspect says why", "keeper was killed" in all_.inspect("victim", "{{.State.Error}}"))
        all_.check("no cgroup is left", not arena.cgroups() - before, arena.cgroups() - before)
        all_.check("its log stays", "READY" in all_.isorun("logs", all_.name("victim")).stdout)
        all_.expect("stop of a dead one", all_.isorun("stop", all_.name("victim")), 0)
        all_.expect("its name is still its own", all_.start("victim", "--", "/bin/true"), 125, stderr="already in use")
        all_.expect("rm", all_.isorun("rm", all_.name("victim")), 0)
        return all_.complaints


def alive(pid):
    return host.state(pid) not in (None, "Z")


def small_keeper(space, arena, directory):
    """A keeper has nothing of its client's, and is small."""
    reader, writer = os.pipe()
    with Containers(space, directory) as all_:
        starter = subprocess.Popen([space.isorun, *all_.line("small", "--", "/bin/sh", "-c", "seq 1 100000; exec /probes/processes wait")],
                                   cwd=os.path.join(directory, "project"), env=all_.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[writer])
        os.close(writer)
        out, err = starter.communicate(timeout=60 * host.patience)
        all_.check("run -d", starter.returncode == 0, out, err)
        all_.check("nobody holds the client's pipe", select.select([reader], [], [], 5)[0] == [reader] and os.read(reader, 1) == b"")
        os.close(reader)
        all_.within(20, "the job never began", lambda: "READY" in all_.isorun("logs", "--tail", "5", all_.name("small")).stdout)
        keeper = int(all_.inspect("small", "{{.Isorun.KeeperPid}}"))
        all_.check("it leads a session of its own", os.getsid(keeper) == keeper)
        streams = {os.readlink(f"/proc/{keeper}/fd/{number}") for number in (0, 1, 2)}
        all_.check("its streams are nobody's", streams == {"/dev/null"}, streams)
        status = dict(line.split(":", 1) for line in open(f"/proc/{keeper}/status"))
        # Pages of the program are the page cache's, and a dynamic one has all of its libraries' besides.
        resident, own = (int(status[key].split()[0]) for key in ("VmRSS", "RssAnon"))
        print(f"a keeper's resident memory: {resident} kB, {own} kB of it its own")
        all_.check("what it has for itself is at most 8 MiB", own <= 8192, own)
        return all_.complaints


def full_run_directory(space, arena, directory):
    """A container that ended by itself is told so, though its log has left no room for the record."""
    os.makedirs("/run/isorun", mode=0o700, exist_ok=True)
    host.call(host.libc.mount(b"none", b"/run/isorun", b"tmpfs", 0, b"size=64k,mode=700"), "mount")
    try:
        with Containers(space, directory) as all_:
            begun = all_.isorun(*all_.line("full", "--", "/bin/sh", "-c", "yes | head -c 400000; exit 4"))
            all_.expect("run -d", begun, 0)
            waited = all_.isorun("wait", all_.name("full"))
            all_.check("how it ended", waited.stdout == "4\n", waited.stdout, waited.stderr)
            told = all_.inspect("full", "{{.State.Status}} {{.Isorun.LogBytesLost}}").split()
            all_.check("inspect", told[0] == "exited" and int(told[1]) > 300_000, told)
            # Where the log was full before the start was told, whoever started it is told with that.
            full = "the log cannot be written any more: No space left on device"
            all_.check("who waits is told, or who started it", full in begun.stderr + waited.stderr, begun.stderr, waited.stderr)
            all_.expect("rm", all_.isorun("rm", all_.name("full")), 0)
            return all_.complaints
    finally:
        host.call(host.libc.umount2(b"/run/isorun", 2), "unmount")


def stopped_keeper(space, arena, directory):
    """rm -f removes a container whose keeper does not answer."""
    with Containers(space, directory) as all_:
        all_.start("stopped", "--", "/probes/processes", "wait")
        os.kill(int(all_.inspect("stopped", "{{.Isorun.KeeperPid}}")), signal.SIGSTOP)
        all_.expect("rm -f", all_.isorun("rm", "-f", all_.name("stopped")), 0)
        all_.expect("it is gone", all_.isorun("inspect", all_.name("stopped")), 1)
        return all_.complaints


def silent_keeper(space, arena, directory):
    """Whatever is asked of a keeper that is stopped, somebody is told of that in time, and with what to do."""
    with Containers(space, directory) as all_:
        name = all_.name("silent")
        all_.start("silent", "--", "/probes/processes", "wait")
        all_.within(20, "the job never began", lambda: "READY" in all_.isorun("logs", name).stdout)
        keeper = int(all_.inspect("silent", "{{.Isorun.KeeperPid}}"))
        os.kill(keeper, signal.SIGSTOP)
        asked = [(words[0], all_.popen(*words)) for words in (
            ["exec", name, "true"], ["stop", "-t", "1", name], ["kill", name], ["kill", "-s", "USR1", name], ["top", name],
            ["stats", "--no-stream", name], ["pause", name], ["cp", f"{name}:/etc/passwd", "-"], ["attach", name])]
        waiter = all_.popen("wait", name)
        said = waiter.stderr.readline().decode()
        hint = f"container {name}: its keeper (pid {keeper}) has not answered for 10 seconds: it is stopped; kill -CONT {keeper}"
        all_.check("wait tells it", hint in said and waiter.poll() is None, said)
        for verb, client in asked:
            out, err = client.communicate(timeout=30 * host.patience)
            all_.check(f"{verb} tells it", client.returncode == 1 and hint in err.decode() and not out, client.returncode, out, err)
        os.kill(keeper, signal.SIGCONT)
        # It does what it was asked meanwhile, though nobody waits for it any more: to stop or to kill, whichever came first of the three.
        out, _ = waiter.communicate(timeout=30 * host.patience)
        all_.check("and it goes on", waiter.returncode == 0 and out in (b"137\n", b"138\n", b"143\n"), waiter.returncode, out)
        return all_.complaints


def keeper_stopped_later(space, arena, directory):
    """A keeper that is stopped while somebody waits is told, too."""
    with Containers(space, directory) as all_:
        name = all_.name("later")
        all_.start("later", "--", "/bin/sh", "-c", "trap '' TERM; echo READY; while :; do sleep 0.05; done")
        all_.within(20, "the job never began", lambda: "READY" in all_.isorun("logs", name).stdout)
        keeper = int(all_.inspect("later", "{{.Isorun.KeeperPid}}"))
        entered = all_.popen("exec", name, "/bin/sh", "-c", "echo READY; exec sleep 60")
        all_.check("exec", entered.stdout.readline() == b"READY\n")
        stopper = all_.popen("stop", "-t", "2", name)
        all_.within(20, "stop was never heard", lambda: connections(keeper) >= 2)
        os.kill(keeper, signal.SIGSTOP)
        hint = f"container {name}: its keeper (pid {keeper}) has not answered for 1"
        _, err = stopper.communicate(timeout=30 * host.patience)
        all_.check("stop keeps its limit", stopper.returncode == 1 and hint in err.decode(), stopper.returncode, err)
        all_.check("exec says so and goes on", hint in entered.stderr.readline().decode() and entered.poll() is None)
        all_.expect("rm -f", all_.isorun("rm", "-f", name), 0)
        entered.communicate(timeout=30 * host.patience)
        return all_.complaints


def connections(pid):
    """How many sockets a process has."""
    return sum(os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:") for number in os.listdir(f"/proc/{pid}/fd"))


def later_notes(space, arena, directory):
    """What isorun has to say of a container while it runs is kept for who asks, and told where a person looks."""
    with Containers(space, directory) as all_:
        name = all_.name("noted")
        for word, option in (("noted", []), ("gone", ["--rm"])):
            all_.start(word, *option, "--network", "private", "--", "/probes/processes", "wait")
            all_.within(20, "the job never began", lambda: "READY" in all_.isorun("logs", all_.name(word)).stdout)
        waiter = all_.popen("wait", all_.name("gone"))
        for word in ("noted", "gone"):
            keeper = int(all_.inspect(word, "{{.Isorun.KeeperPid}}"))
            for pid, program in host.descendants(keeper).items():
                if program.startswith(("pasta", "passt", "slirp")):
                    os.kill(pid, signal.SIGKILL)
        expected = "ended before the job, and with it the private network"
        all_.within(10, "it was never noted", lambda: expected in all_.inspect("noted", "{{json .Isorun.Notes}}"))
        all_.within(10, "it was never noted", lambda: expected in all_.inspect("gone", "{{json .Isorun.Notes}}"))
        all_.expect("logs of one that runs", all_.isorun("logs", name), 0, stderr=f"isorun: {name}: warning: ")
        for word in ("noted", "gone"):
            got = all_.isorun("stop", "-t", "5", all_.name(word))
            all_.expect("stop", got, 0, stdout=all_.name(word) + "\n", stderr=expected)
        _, err = waiter.communicate(timeout=30 * host.patience)
        all_.check("who waited is told, though no record is left", expected in err.decode(), err)
        got = all_.isorun("wait", name)
        all_.check("it is said once", got.stderr.count(expected) == 1, got.stderr)
        return all_.complaints


def own_network(space, arena, directory):
    """Who is to share the network of itself is refused, and does not wait for itself."""
    with Containers(space, directory) as all_:
        line = all_.line("itself", "--", "/bin/true")
        all_.expect("run -d", all_.isorun(*line[:-2], "--network", f"container:{all_.name('itself')}", *line[-2:]), 125, stderr=all_.name("itself"))
        return all_.complaints


def few_descriptors(space, arena, directory):
    """A keeper needs hardly more descriptors than `isorun run` does; how many that are lies with the host's mounts."""
    def started(all_, limit, *words):
        return subprocess.run([space.isorun, *words], cwd=os.path.join(directory, "project"), env=all_.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))

    with Containers(space, directory) as all_:
        detached = all_.line("few", "--", "/bin/true")
        attached = ["run", *detached[detached.index(all_.name("few")) + 1:]]
        enough = next((limit for limit in range(16, 1024, 4) if started(all_, limit, *attached).returncode == 0), None)
        if all_.check("isorun run never has descriptors enough", enough is not None):
            got = started(all_, enough + 12, *detached)
            all_.check(f"run -d with {enough} + 12", got.returncode == 0, got.returncode, got.stderr)
        return all_.complaints


def resident(pid):
    """In kB."""
    return next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))


def forget(program):
    """Has the kernel read a file's pages again when they are needed.

    A fault maps what is around it in memory: three times as much where somebody has copied the file, which is read in
    large pieces, than where it was read as it was executed.
    """
    with open(program, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def resident_keeper(space, arena, directory):
    """A keeper is resident with at most 8 MiB, the pages of its program among them."""
    forget(os.path.join(os.path.dirname(os.path.realpath(space.isorun)), "isorun-container"))
    with Containers(space, directory) as all_:
        all_.expect("run -d", all_.isorun(*all_.line("resident", "--", "/probes/processes", "wait")), 0)
        keeper = int(all_.inspect("resident", "{{.Isorun.KeeperPid}}"))
        all_.within(5, "it is resident with more than 8 MiB", lambda: resident(keeper) <= 8192)
        print(f"a keeper is resident with {resident(keeper)} kB")
        return all_.complaints


def killed_clients(space, arena, directory):
    """Clients killed at any moment: every later command works, and nothing is left."""
    before = arena.cgroups()
    with Containers(space, directory) as all_:
        chance = random.Random(7)
        for number in range(24):
            verb = number % 4
            # Asked once: what an earlier client began may end between two answers.
            there = all_.names() if verb != 0 else []
            if there:
                words = [["stop", "-t", "1"], ["rm", "-f"], ["logs", "-f"]][verb - 1] + [there[0]]
            else:
                words = all_.line(f"n{number}", "--", "/probes/processes", "wait")
            client = all_.popen(*words)
            time.sleep(chance.uniform(0, 0.06))  # a random moment is what this scenario is about
            client.send_signal(signal.SIGKILL)
            client.communicate()
        for name in all_.names(all=True):
            all_.expect(f"rm -f {name}", all_.isorun("rm", "-f", name), 0)
        # A keeper whose client was killed may only now have its container ready.
        all_.within(10, f"some would not go: {all_.names(all=True)}", lambda: [all_.isorun("rm", "-f", n) for n in all_.names(all=True)] == [])
        all_.expect("the next one starts", all_.start("next", "--", "/bin/true"), 0)
        all_.expect("and ends", all_.isorun("wait", all_.name("next")), 0, stdout="0\n")
        all_.isorun("rm", all_.name("next"))
        all_.within(5, f"left: {arena.cgroups() - before}", lambda: not arena.cgroups() - before)
        return all_.complaints
