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


def filled(space, arena, directory):
    """A new volume begins with what the image has at its place, as it is there, once."""
    from .images import Images

    class Both(Images, Volumes):
        pass

    with Both(space, directory) as all_:
        top = all_.root()
        os.makedirs(os.path.join(top, "data/sub"))
        os.makedirs(os.path.join(top, "owned"))
        for name, text in (("data/file", "from the image\n"), ("data/sub/deep", "deep\n")):
            with open(os.path.join(top, name), "w", encoding="utf-8") as file:
                file.write(text)
        os.symlink("/etc/passwd", os.path.join(top, "data/link"))
        os.symlink("/etc", os.path.join(top, "elsewhere"))
        os.link(os.path.join(top, "data/file"), os.path.join(top, "data/again"))
        os.chmod(os.path.join(top, "data/file"), 0o640)
        os.utime(os.path.join(top, "data/file"), (1_000_000_000, 1_000_000_000))
        if os.geteuid() == 0:
            os.chown(os.path.join(top, "owned"), 7, 8)
            os.chmod(os.path.join(top, "owned"), 0o700)
            os.chown(os.path.join(top, "data/sub/deep"), 7, 8)
        os.setxattr(os.path.join(top, "data/file"), "user.mark", b"yes")
        all_.expect("import", all_.isorun("image", "import", top, "test/filled:1"), 0)
        image = ["--image", "test/filled:1"]
        first, second, third = all_.name("first"), all_.name("second"), all_.name("third")
        look = "cat /data/file /data/sub/deep; busybox readlink /data/link; busybox stat -c '%a %Y %h' /data/file; busybox stat -c '%u:%g' /data/sub/deep"
        owner = "7:8" if os.geteuid() == 0 else "0:0"
        want = f"from the image\ndeep\n/etc/passwd\n640 1000000000 2\n{owner}\n"
        all_.expect("a new one is filled", all_.run(*image, "-v", f"{first}:/data", "--", "sh", "-c", look + "; echo changed >/data/file"), 0, stdout=want)
        place = json.loads(all_.isorun("volume", "inspect", first).stdout)[0]["Mountpoint"]
        all_.check("with its attributes", os.getxattr(os.path.join(place, "again"), "user.mark") == b"yes")
        all_.expect("once", all_.run(*image, "-v", f"{first}:/data", "--", "cat", "/data/file"), 0, stdout="changed\n")
        made = all_.name("made")
        all_.expect("one is made", all_.isorun("volume", "create", made), 0)
        all_.expect("and is filled at its first use", all_.run(*image, "-v", f"{made}:/data", "--", "cat", "/data/sub/deep"), 0, stdout="deep\n")
        all_.expect("not with nocopy", all_.run(*image, "-v", f"{second}:/data:nocopy", "--", "ls", "/data"), 0, stdout="")
        if os.geteuid() == 0:
            all_.expect("the directory's own rights", all_.run(*image, "-v", f"{third}:/owned", "-u", "7:8", "--", "sh", "-c", "echo x >/owned/mine; busybox stat -c '%a %u:%g' /owned"), 0, stdout="700 7:8\n")
        link = all_.name("link")
        all_.run(*image, "-v", f"{link}:/elsewhere", "--", "true")
        shown = all_.run(*image, "-v", f"{link}:/other", "--", "ls", "/other")
        all_.expect("a link leads nowhere", shown, 0, stdout="")
        # Many at once, and some of them killed: what has the name is whole.
        races = [all_.name(f"race{number % 3}") for number in range(12)]
        clients = [all_.popen("run", "-q", *all_.space.allowance, *image, "-v", f"{name}:/data", "--", "cat", "/data/sub/deep") for name in races]
        for client in clients[::4]:
            client.send_signal(signal.SIGKILL)
        for number, client in enumerate(clients):
            out, err = client.communicate(timeout=60 * host.patience)
            if number % 4:
                all_.check("each finds it whole", out == b"deep\n", out, err)
        got = all_.isorun("run", "-d", *all_.space.allowance, "--name", all_.name("lives"), *image, "-v", f"{all_.name('lived')}:/data", "--", "cat", "/data/file")
        all_.check("run -d", got.returncode == 0, got.stderr)
        all_.isorun("wait", all_.name("lives"))
        all_.expect("it is filled, too", all_.isorun("logs", all_.name("lives")), 0, stdout="from the image\n")
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
