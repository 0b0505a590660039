"""Scenarios of named volumes."""
import json
import os
import shutil
import signal

from . import host
from .containers import Containers
from .copying import READY, started


class Volumes(Containers):
    """Volumes of this scenario's own name, in a store of its own where the caller is not root; none are left."""

    def __init__(self, space, directory):
        super().__init__(space, directory)
        if os.geteuid() != 0:
            self.env["XDG_DATA_HOME"] = os.path.join(directory, "data")

    def volumes(self):
        return self.isorun("volume", "ls", "-q", "--filter", f"name={self.mark}").stdout.split()

    def __exit__(self, *_):
        super().__exit__()
        for name in self.volumes():
            self.isorun("volume", "rm", name)
        if os.geteuid() != 0:
            shutil.rmtree(self.env["XDG_DATA_HOME"], ignore_errors=True)


def life(space, arena, directory):
    """Made at the first use or before, seen by all containers, listed, inspected, and removed when nobody uses them."""
    with Volumes(space, directory) as all_:
        data, other = all_.name("data"), all_.name("other")
        job = ["--", "/bin/sh", "-c"]
        run = ["run", "-q", *space.allowance]
        all_.expect("the first use makes it", all_.isorun(*run, "-v", f"{data}:/data", *job, "echo kept >/data/file; stat -c '%u:%g' /data /data/file"), 0, stdout="0:0\n0:0\n")
        all_.expect("the next container sees it", all_.isorun(*run, "-v", f"{data}:/else:ro", *job, "cat /else/file; echo x >/else/file || exit 2"), 2, stdout="kept\n", stderr="Read-only")
        all_.expect("create", all_.isorun("volume", "create", other), 0, stdout=other + "\n")
        all_.expect("create what is there", all_.isorun("volume", "create", data), 0, stdout=data + "\n")
        all_.check("list", all_.volumes() == sorted([data, other]), all_.volumes())
        table = all_.isorun("volume", "list", "--filter", f"name={data}").stdout
        all_.check("docker's table", table == f"DRIVER    VOLUME NAME\nlocal     {data}\n", table)
        found = json.loads(all_.isorun("volume", "inspect", data).stdout)[0]
        place = found["Mountpoint"]
        all_.check("inspect", found["Name"] == data and open(os.path.join(place, "file")).read() == "kept\n", found)
        all_.check("on the host its files are the caller's", os.stat(os.path.join(place, "file")).st_uid == os.geteuid())
        # Held by a container that lives on, and by a job.
        name = started(all_, "user", READY, "-v", f"{data}:/data")
        all_.expect("exec writes into it", all_.isorun("exec", name, "sh", "-c", "echo more >>/data/file"), 0)
        identity = all_.inspect("user", "{{.Id}}")
        all_.expect("remove while it is used", all_.isorun("volume", "rm", data), 1, stderr=f"in use by {identity[:12]}")
        mounts = json.loads(all_.inspect("user", "{{json .Mounts}}"))
        all_.check("inspect of the container names it", [m for m in mounts if m["Type"] == "volume" and m["Name"] == data and m["Source"] == place], mounts)
        all_.check("ps --filter volume", all_.isorun("ps", "-q", "--filter", f"volume={data}").stdout.strip() == identity[:12])
        all_.check("dangling", all_.isorun("volume", "ls", "-q", "--filter", "dangling=true", "--filter", f"name={all_.mark}").stdout == other + "\n")
        all_.isorun("rm", "-f", name)
        job_ = all_.popen("run", "-q", *space.allowance, "-v", f"{data}:/data", "-v", f"{space.probes}:/probes:ro", "--", "/probes/processes", "wait")
        all_.check("a job runs", b"READY" in os.read(job_.stdout.fileno(), 100))
        all_.expect("remove while a job uses it", all_.isorun("volume", "rm", data), 1, stderr="in use by a job")
        job_.send_signal(signal.SIGKILL)
        job_.communicate()
        all_.expect("the next start removes what the killed one left", all_.isorun(*run, "--", "/bin/true"), 0)
        all_.expect("remove", all_.isorun("volume", "rm", data), 0, stdout=data + "\n")
        all_.check("its files are gone", not os.path.exists(place))
        all_.expect("remove what is gone", all_.isorun("volume", "rm", data), 1, stderr="no such volume")
        all_.expect("remove -f of what is gone", all_.isorun("volume", "rm", "-f", data), 0)
        all_.expect("a name that is none", all_.isorun("volume", "create", "a/b"), 64, stderr="a/b")
        plan = all_.isorun("plan", *space.allowance, "-v", f"{all_.name('never')}:/data", "--", "true")
        all_.check("plan makes none", plan.returncode == 0 and all_.volumes() == [other], plan.stderr, all_.volumes())
        return all_.complaints


def pruned(space, arena, directory):
    """prune removes what has no name and nobody uses, with --all what has one; whatever ids wrote into it."""
    with Volumes(space, directory) as all_:
        data = all_.name("data")
        chosen = all_.isorun("volume", "create").stdout.strip()
        all_.check("a name of chance", len(chosen) == 64, chosen)
        script = "mkdir -p /data/deep/er; touch /data/deep/er/file; chown -R 7:7 /data/deep 2>/dev/null; chmod 700 /data/deep; :"
        all_.expect("ids write", all_.isorun("run", "-q", *space.allowance, "-v", f"{data}:/data", "-v", f"{chosen}:/other", "--", "/bin/sh", "-c", script + script.replace("/data", "/other")), 0)
        name = started(all_, "user", READY, "-v", f"{data}:/data")
        all_.expect("prune asks", all_.isorun("volume", "prune"), 64, stderr="--force")
        if os.geteuid() != 0:  # root's store is everybody's
            all_.check("prune", chosen in all_.isorun("volume", "prune", "-f").stdout)
            all_.check("what is used stays", data in all_.isorun("volume", "ls", "-q").stdout)
            all_.isorun("rm", "-f", name)
            all_.expect("prune without --all", all_.isorun("volume", "prune", "-f"), 0, stdout="Total reclaimed space: 0 B\n")
            got = all_.isorun("volume", "prune", "-a", "-f")
            all_.check("prune --all", got.returncode == 0 and got.stdout.startswith(f"Deleted Volumes:\n{data}\n"), got.stdout, got.stderr)
        else:
            all_.isorun("rm", "-f", name)
            all_.expect("rm", all_.isorun("volume", "rm", data, chosen), 0)
        all_.check("nothing is left", all_.volumes() == [], all_.volumes())
        return all_.complaints
