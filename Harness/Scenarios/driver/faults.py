"""Faults: whoever is killed at whatever moment of a container's life, every later command works and nothing is left."""
import os
import random
import signal
import time

from . import host
from .copying import READY, started
from .volumes import Volumes

KINDS = ("run", "run", "run --rm", "foreground", "exec", "stop", "rm", "cp", "attach", "volume", "keeper")


def words(kind, all_, number, there):
    """The command line of a client, and what it is about."""
    fresh = all_.line(f"n{number}", "-v", f"{all_.name('data')}:/data", "--", "/probes/processes", "wait")
    if kind == "foreground":
        return ["run", "-q", *all_.space.allowance, "-v", f"{all_.space.probes}:/probes:ro", "--", "/probes/processes", "wait"]
    if kind == "run --rm":
        return [*fresh[:2], "--rm", *fresh[2:]]
    if kind == "volume":
        return ["volume", "rm", all_.name("data")]
    if kind == "run" or not there:
        return fresh
    name = there[0]
    return {"exec": ["exec", name, "/bin/sh", "-c", "sleep 0.05"], "stop": ["stop", "-t", "1", name], "rm": ["rm", "-f", name],
            "cp": ["cp", "-q", f"{name}:/usr/share/doc/.", "-"], "attach": ["attach", name], "keeper": ["stats", "--no-stream", name]}[kind]


def kill_keeper(all_, name):
    pid = all_.isorun("inspect", "-f", "{{.Isorun.KeeperPid}}", name).stdout.strip()
    if pid.isdigit():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:  # it ended meanwhile
            pass


def kills(space, arena, directory):
    """SIGKILL of clients and keepers at seeded moments of run, exec, stop, rm and more (--faults N of them)."""
    before = arena.cgroups()
    chance = random.Random(11)
    with Volumes(space, directory) as all_:
        steady = started(all_, "steady", READY)
        for number in range(host.faults):
            kind = chance.choice(KINDS)
            there = [name for name in all_.names() if name != steady]
            client = all_.popen(*words(kind, all_, number, there))
            time.sleep(chance.uniform(0, 0.15))  # a random moment is what this scenario is about
            if kind == "keeper" and there:
                kill_keeper(all_, there[0])
            client.send_signal(signal.SIGKILL)
            client.communicate()
            if number % 10 == 9:
                all_.expect("ps", all_.isorun("ps", "-a"), 0)
                all_.expect("what was left alone is well", all_.isorun("exec", steady, "echo", "well"), 0, stdout="well\n")
        all_.isorun("rm", "-f", steady)
        # A keeper whose client was killed may only now have its container ready.
        deadline = time.monotonic() + 90 * host.patience
        while (left := all_.names(all=True)) and time.monotonic() < deadline:
            all_.isorun("rm", "-f", *left, limit=90)
        all_.check("all of them go", not left, left)
        all_.within(10, f"processes are left: {host.descendants()}", lambda: not [n for n in host.descendants().values() if "zombie" not in n])
        all_.expect("gc", all_.isorun("gc"), 0)
        all_.within(5, f"cgroups are left: {arena.cgroups() - before}", lambda: not arena.cgroups() - before)
        if os.geteuid() != 0:  # root's run directory is everybody's
            top = os.path.join(all_.env["XDG_RUNTIME_DIR"], "isorun")
            for part in ("containers", "names"):
                all_.check(f"nothing is left in {part}", os.listdir(os.path.join(top, part)) == [], os.listdir(os.path.join(top, part)))
        all_.expect("the next one starts", all_.start("next", "-v", f"{all_.name('data')}:/data", "--", "/bin/sh", "-c", "exit 4"), 0)
        all_.expect("and ends", all_.isorun("wait", all_.name("next")), 0, stdout="4\n")
        all_.expect("rm", all_.isorun("rm", all_.name("next")), 0)
        all_.expect("its volume goes", all_.isorun("volume", "rm", all_.name("data")), 0)
        return all_.complaints
