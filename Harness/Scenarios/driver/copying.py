"""Scenarios of `cp`: what is copied into a container that runs and out of it, whatever that does meanwhile."""
import os
import stat
import subprocess
import tarfile

from . import host
from .containers import Containers

READY = "echo READY; exec /probes/processes wait"


def started(all_, word, script=READY, *words):
    all_.expect("run -d", all_.start(word, *words, "--", "/bin/sh", "-c", script), 0)
    all_.within(20, "the job never began", lambda: "READY" in all_.isorun("logs", all_.name(word)).stdout)
    return all_.name(word)


def both_ways(space, arena, directory):
    """Files, directories, links and modes, in and out, as docker's cp finds its way; owners are whose they should be."""
    project = os.path.join(directory, "project")
    tree = os.path.join(project, "tree")
    os.makedirs(os.path.join(tree, "sub"))
    open(os.path.join(tree, "sub", "file"), "w").write("text\n")
    open(os.path.join(tree, "run"), "w").write("#!/bin/sh\n")
    os.chmod(os.path.join(tree, "run"), 0o4755)
    os.chmod(os.path.join(tree, "sub"), 0o750)
    os.symlink("/etc/passwd", os.path.join(tree, "link"))
    with open(os.path.join(tree, "large"), "wb") as large:
        large.write(os.urandom(3_000_000))
    with Containers(space, directory) as all_:
        name = started(all_, "box", READY, "-w", "/tmp")
        all_.expect("cp in", all_.isorun("cp", "tree", f"{name}:/tmp"), 0, stdout="", stderr=f"to {name}:/tmp")
        all_.expect("cp in under a new name", all_.isorun("cp", "-q", "tree/sub/file", f"{name}:tmp/new"), 0, stderr="")
        got = all_.isorun("exec", name, "sh", "-c", "cd /tmp; stat -c '%u:%g %a %n' new tree tree/run tree/sub; readlink tree/link; cat tree/sub/file")
        want = "0:0 644 new\n0:0 755 tree\n0:0 755 tree/run\n0:0 750 tree/sub\n/etc/passwd\ntext\n"
        all_.expect("what was copied in is root's there", got, 0, stdout=want)
        all_.expect("a file in it is made", all_.isorun("exec", name, "sh", "-c", "echo inside >/tmp/tree/sub/own; chmod 4711 /tmp/tree/sub/own"), 0)
        all_.expect("cp out", all_.isorun("cp", f"{name}:/tmp/tree", "out"), 0)
        out = os.path.join(project, "out")
        for path, _, files in os.walk(out):
            for entry in files:
                info = os.lstat(os.path.join(path, entry))
                all_.check(f"{entry} is the caller's", (info.st_uid, info.st_gid) == (os.geteuid(), os.getegid()), info)
                all_.check(f"{entry} has no set-ID bit", not stat.S_IMODE(info.st_mode) & 0o6000 or stat.S_ISLNK(info.st_mode), info)
        all_.check("its text", open(os.path.join(out, "sub", "own")).read() == "inside\n")
        all_.check("large files are whole", open(os.path.join(out, "large"), "rb").read() == open(os.path.join(tree, "large"), "rb").read())
        all_.check("links are links", os.readlink(os.path.join(out, "link")) == "/etc/passwd")
        all_.check("modes are kept", stat.S_IMODE(os.stat(os.path.join(out, "sub")).st_mode) == 0o750)
        all_.expect("cp out into a directory", all_.isorun("cp", f"{name}:/tmp/tree/.", "out"), 0)
        all_.check("the contents alone", not os.path.exists(os.path.join(out, "tree")))
        archive = all_.isorun("cp", f"{name}:/tmp/tree/sub", "archive.tar")  # no such name is special
        all_.check("a name is a name", archive.returncode == 0 and os.path.isdir(os.path.join(project, "archive.tar")))
        with open(os.path.join(project, "sub.tar"), "wb") as target:
            code = subprocess.run([space.isorun, "cp", f"{name}:/tmp/tree/sub", "-"], cwd=project, env=all_.env, stdin=subprocess.DEVNULL, stdout=target).returncode
        names = sorted(tarfile.open(os.path.join(project, "sub.tar")).getnames())
        all_.check("- is a tar archive", code == 0 and names == ["sub", "sub/file", "sub/own"], code, names)
        with open(os.path.join(project, "sub.tar"), "rb") as source:
            all_.expect("a tar archive on -", all_.isorun("cp", "-", f"{name}:/tmp", stdin=source), 0)
        all_.expect("it was unpacked", all_.isorun("exec", name, "cat", "/tmp/sub/file"), 0, stdout="text\n")
        for what, words, code, text in (
                ("neither is a container's", ["a", "b"], 64, "NAME:PATH"), ("both are", [f"{name}:/a", f"{name}:/b"], 64, "a path here"),
                ("nothing is there", [f"{name}:/no/such", "."], 1, "/no/such"), ("nothing is here", ["no-such", f"{name}:/tmp"], 1, "no-such"),
                ("no directory there", ["tree/run", f"{name}:/no/such/place"], 1, "/no/such"), ("nobody", [f"{all_.name('nobody')}:/a", "."], 1, "No such container"),
                ("a directory over a file", ["tree", f"{name}:/etc/passwd"], 1, "cannot copy a directory to a file"),
                ("a fifo", [f"{name}:/proc/self/fd/0", "fd"], 1, "isorun:")):
            all_.expect(what, all_.isorun("cp", *words), code, stderr=text)
        # What a shell has open reaches nobody.
        opened = " ".join(f"{number}>open{number}" for number in range(3, 20))
        got = subprocess.run(["bash", "-c", f'exec "$@" {opened}', "sh", space.isorun, "cp", "-q", f"{name}:/tmp/new", "here"], cwd=project, env=all_.env, stdin=subprocess.DEVNULL, capture_output=True)
        written = [number for number in range(3, 20) if os.path.getsize(os.path.join(project, f"open{number}"))]
        all_.check("files of the caller's shell are left alone", got.returncode == 0 and not written, got.stderr, written)
        all_.isorun("stop", "-t", "1", name)
        all_.expect("what has ended has no files", all_.isorun("cp", f"{name}:/tmp/tree", "late"), 1, stderr="not running")
        return all_.complaints


# What stands at /tmp/way is a directory now and a link out of it then, as fast as it can be exchanged.
RACE = ("mkdir -p /tmp/real /tmp/top; echo inside >/tmp/real/file; ln -s /etc /tmp/aim; echo READY; "
        "while :; do mv -T /tmp/real /tmp/top/way; mv -T /tmp/top/way /tmp/real; mv -T /tmp/aim /tmp/top/way; mv -T /tmp/top/way /tmp/aim; done")


def hostile(space, arena, directory):
    """No link, however fast it comes, leads a copy out of the container or out of the place on the host; nothing waits."""
    project = os.path.join(directory, "project")
    secret = os.path.join(directory, "secret")
    open(secret, "w").write("the host's own")
    with Containers(space, directory) as all_:
        name = started(all_, "hostile", f"ln -s {secret} /tmp/secret; ln -s / /tmp/root; mkdir /tmp/many; mkfifo /tmp/many/fifo; "
                                        "ln -s /tmp/loop /tmp/loop; truncate -s 1T /tmp/many/huge; " + READY)
        # A way of the host is nothing inside: its links lead to what the container has there.
        got = all_.isorun("cp", "-L", f"{name}:/tmp/secret", "got")
        all_.check("a link to a file of the host's leads nowhere", got.returncode == 1 and not os.path.exists(os.path.join(project, "got")), got.stderr)
        got = all_.isorun("cp", f"{name}:/tmp/root/../../../..{secret}", "got")
        all_.check("no way leads above the root", got.returncode == 1 and not os.path.exists(os.path.join(project, "got")), got.stderr)
        all_.expect("a link that leads to itself", all_.isorun("cp", "-L", f"{name}:/tmp/loop", "got"), 1)
        got = all_.isorun("cp", f"{name}:/tmp/many/fifo", "got", limit=20)
        all_.expect("a fifo is not opened", got, 1, stderr="neither a file")
        # What was copied out once, with its links, is in the way of the next copy.
        os.makedirs(os.path.join(project, "out", "top"))
        os.symlink(directory, os.path.join(project, "out", "top", "way"))
        racing = started(all_, "racing", RACE)
        rounds = 25 if host.patience == 1 else 6  # a slow machine has as many exchanges in fewer copies
        for number in range(rounds):
            got = all_.isorun("cp", "-q", f"{racing}:/tmp/top", "out")
            way = os.path.join(project, "out", "top", "way")
            all_.check("no copy went through a link of the host's", not os.path.exists(os.path.join(directory, "file")), got.stderr)
            if os.path.islink(way):
                all_.check("a link is the one of the container", os.readlink(way) in ("/etc", directory), os.readlink(way))
            all_.check("nothing of a link's target was read", not os.path.exists(os.path.join(way, "passwd")) or os.path.islink(way), number)
        open(os.path.join(project, "probe"), "w").write("probe")
        for number in range(rounds):
            all_.isorun("cp", "-q", "probe", f"{racing}:/tmp/top/way/file")
        all_.check("the host's files are as they were", open(secret).read() == "the host's own")
        all_.check("nothing came to the host", not os.path.exists("/etc/file") and not os.path.exists("/tmp/top"))
        # Who is ended in the middle leaves nothing; nor does a container that ends meanwhile.
        copying = all_.popen("cp", f"{name}:/tmp/many", "-")
        all_.check("it copies", len(os.read(copying.stdout.fileno(), 4096)) > 0)
        all_.expect("stop while it is read", all_.isorun("stop", "-t", "1", name), 0)
        copying.communicate(timeout=20 * host.patience)
        all_.check("a copy ends with its container", copying.returncode not in (0, None), copying.returncode)
        return all_.complaints


def rights(space, arena, directory):
    """A container whose job has no rights is copied into as well; a full one says so, and what was begun goes."""
    project = os.path.join(directory, "project")
    open(os.path.join(project, "large"), "wb").write(os.urandom(4 << 20))
    with Containers(space, directory) as all_:
        name = started(all_, "weak", READY, "--cap-drop", "ALL", "--seccomp", "strict", "--disk", "2m", "-v", f"{project}:/seen:ro")
        all_.expect("cp in", all_.isorun("cp", "-q", "probe" if os.path.exists("probe") else "/etc/hostname", f"{name}:/tmp/host"), 0)
        all_.expect("it is there", all_.isorun("exec", name, "test", "-s", "/tmp/host"), 0)
        got = all_.isorun("cp", "large", f"{name}:/tmp/large")
        all_.expect("no room", got, 1, stderr="ENOSPC")
        all_.expect("what was begun is gone", all_.isorun("exec", name, "test", "!", "-e", "/tmp/large"), 0)
        all_.expect("a read-only volume", all_.isorun("cp", "large", f"{name}:/seen/new"), 1, stderr="EROFS")
        if not space.allowance:
            all_.expect("pause", all_.isorun("pause", name), 0)
            all_.expect("what is paused is copied from", all_.isorun("cp", "-q", f"{name}:/tmp/host", "out", limit=20), 0)
            all_.expect("unpause", all_.isorun("unpause", name), 0)
        return all_.complaints
