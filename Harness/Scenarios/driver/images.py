"""Scenarios of images, and the store that they are in."""
import gzip
import json
import os
import random
import shutil
import subprocess
import tarfile

from .containers import Containers


class Images(Containers):
    """isorun with a store of this scenario's own, which is empty at the end."""

    def __init__(self, space, directory):
        super().__init__(space, directory)
        self.space, self.directory = space, directory
        self.store = os.path.join(directory, "store")
        self.env.update(ISORUN_IMAGES=self.store, DOCKER_CONFIG=os.path.join(directory, "docker"))
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            self.env.pop(name, None)
            self.env.pop(name.upper(), None)
        self.env.pop("SSL_CERT_FILE", None)

    def run(self, *words):
        return self.isorun("run", "-q", *self.space.allowance, *words)

    def root(self, **files):
        """A directory with a shell, to make images of."""
        top = os.path.join(self.directory, f"root-{random.randrange(1 << 30)}")
        for folder in ("bin", "etc", "tmp"):
            os.makedirs(os.path.join(top, folder))
        shutil.copy(shutil.which("busybox"), os.path.join(top, "bin"))
        for name in ("sh", "cat", "id", "ls", "sleep", "echo"):
            os.symlink("busybox", os.path.join(top, "bin", name))
        files = {"etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:7:8::/home/app:/bin/sh\n", "etc/group": "tty:x:5:root\nwork:x:99:me,app\n", **files}
        for name, text in files.items():
            with open(os.path.join(top, name), "w", encoding="utf-8") as file:
                file.write(text)
        return top

    def is_tidy(self):
        """Whether a prune leaves nothing half made."""
        self.isorun("image", "prune")
        return os.listdir(os.path.join(self.store, "partial")) == []

    def __exit__(self, *_):
        super().__exit__()
        self.isorun("image", "prune", "-a")
        shutil.rmtree(self.store, ignore_errors=True)


def life(space, arena, directory):
    """Imported, listed, inspected, run, exported, and removed when nothing runs on it."""
    with Images(space, directory) as all_:
        changes = ['CMD ["echo", "from the image"]', 'ENV KIND=image WORDS="two words"', "WORKDIR /made/here", "STOPSIGNAL SIGKILL"]
        words = [word for change in changes for word in ("-c", change)]
        top = all_.root(**{"etc/motd": "hello\n"})
        got = all_.isorun("image", "import", *words, top, "test/app:1")
        all_.check("import", got.returncode == 0 and got.stdout.startswith("sha256:"), got.stdout, got.stderr)
        identity = got.stdout.strip().removeprefix("sha256:")
        all_.expect("list", all_.isorun("image", "list", "--format", "{{.Repository}} {{.Tag}} {{.ID}}"), 0, stdout=f"test/app 1 {identity[:12]}\n")
        found = json.loads(all_.isorun("image", "inspect", identity[:6]).stdout)[0]
        all_.check("inspect", found["Config"]["Env"] == ["KIND=image", "WORDS=two words"] and found["RepoTags"] == ["test/app:1"], found)
        all_.expect("its own command", all_.run("--image", "test/app:1"), 0, stdout="from the image\n")
        all_.expect("another", all_.run("--image", identity[:12], "--", "sh", "-c", "cat /etc/motd; pwd; echo $KIND $HOME"), 0, stdout="hello\n/made/here\nimage /root\n")
        all_.expect("nothing of the host's", all_.run("--image", "test/app:1", "--", "ls", "/"), 0, stdout="bin\ndev\netc\nmade\nproc\nsys\ntmp\n")
        all_.expect("what is written is gone", all_.run("--image", "test/app:1", "--", "sh", "-c", "echo x >/etc/motd"), 0)
        all_.expect("", all_.run("--image", "test/app:1", "--", "cat", "/etc/motd"), 0, stdout="hello\n")
        if os.geteuid() == 0:
            all_.expect("its own users", all_.run("--image", "test/app:1", "-u", "app", "--", "sh", "-c", "id -u; id -g; echo $HOME"), 0, stdout="7\n8\n/home/app\n")
            for user, told in (("app", "8 99"), ("7", "8 99"), ("app:5", "5"), ("root", "0 5"), ("12", "0")):
                all_.expect(f"groups of {user}", all_.run("--image", "test/app:1", "-u", user, "--", "id", "-G"), 0, stdout=told + "\n")
        all_.expect("nobody", all_.run("--image", "test/app:1", "-u", "nobody", "--", "id"), 125, stderr="nobody")
        name = all_.name("lives")
        got = all_.isorun("run", "-d", *space.allowance, "--name", name, "--image", "test/app:1", "--", "sleep", "1000")
        all_.check("run -d", got.returncode == 0, got.stderr)
        all_.expect("ps", all_.isorun("ps", "--filter", f"name={name}", "--format", "{{.Image}}"), 0, stdout="test/app:1\n")
        all_.expect("remove while it runs", all_.isorun("image", "rm", "test/app:1"), 1, stderr="a container runs on image")
        all_.expect("exec", all_.isorun("exec", name, "cat", "/etc/motd"), 0, stdout="hello\n")
        all_.expect("its stop signal", all_.isorun("stop", "-t", "60", name), 0)
        all_.isorun("rm", "-f", name)
        layout = os.path.join(directory, "layout")
        all_.expect("export", all_.isorun("image", "export", "-o", layout, "test/app:1"), 0)
        got = all_.isorun("image", "rm", "test/app:1")
        all_.check("remove", got.stdout.startswith(f"Untagged: test/app:1\nDeleted: sha256:{identity}\n"), got.stdout, got.stderr)
        all_.expect("it is gone", all_.run("--pull", "never", "--image", "test/app:1"), 125, stderr="No such image: test/app:1")
        all_.expect("import what was exported", all_.isorun("image", "import", layout), 0, stdout="Loaded image: test/app:1\n")
        all_.expect("the same", all_.isorun("image", "list", "-q", "--no-trunc"), 0, stdout=f"sha256:{identity}\n")
        all_.check("nothing half made", all_.is_tidy())
        return all_.complaints


def header(name, kind, target="", time=1_000_000_000):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mtime, entry.mode = kind, target, time, 0o755
    return entry.tobuf(tarfile.PAX_FORMAT)


def many_entries():
    """The parts of an archive with a million entries: a thousand directories with files and hard links."""
    def named(head, number):
        """A header with digits in place of the first directory's in its names, and its checksum."""
        text = b"%04d" % number
        head = bytearray(head)
        for place in (0, 157) if head[157] else (0,):
            head[place:place + 4] = text
            plain = int(head[148:154], 8) + sum(text) - 4 * ord("0")
            head[148:154] = b"%06o" % plain
        return head

    files = [header(f"0000/{number:03}", tarfile.REGTYPE) for number in range(9)]
    links = [header(f"0000/{number:03}", tarfile.LNKTYPE, "0000/000") for number in range(9, 999)]
    heads = [header("0000/", tarfile.DIRTYPE), *files, *links]
    for number in range(1000):
        yield b"".join(named(head, number) for head in heads)
    yield bytes(1024)


def long_names():
    """Those of one with twenty thousand directories whose names are as long as the kernel takes them."""
    deep = "/".join(["d" * 255] * 15)
    yield header(deep + "/", tarfile.DIRTYPE)
    for number in range(20_000):
        yield header(f"{deep}/{number:05}/", tarfile.DIRTYPE)
    yield bytes(1024)


def huge(space, arena, directory):
    """A million entries are unpacked, and names without end too, by a program that stays small."""
    with Images(space, directory) as all_:
        def take(name, parts):
            """Where the image's one layer stands, and the MiB that its import took at most."""
            path = os.path.join(directory, "root.tar")
            with gzip.open(path, "wb", 1) as file:
                for part in parts:
                    file.write(part)
            line = [f"{space.probes}/memory", "peak", space.isorun, "image", "import", "-q", path, name]
            got = subprocess.run(line, env=all_.env, cwd=directory, stdout=subprocess.PIPE, text=True)
            all_.check(f"{name}: import", got.returncode == 0, got.returncode)
            most = int(got.stdout or 0)
            all_.check(f"{name}: the memory that it takes", most < 80, f"{most} MiB")
            layers = [entry.path for entry in os.scandir(f"{all_.store}/layers") if entry.is_dir()]
            return layers[0]

        layer = take("many", many_entries())
        found = [(os.stat(top).st_mtime, len(folders) + len(files)) for top, folders, files in os.walk(layer)]
        all_.check("many: a million entries", sum(count for _, count in found) == 1_000_000, sum(count for _, count in found))
        all_.check("many: with their times", {time for time, count in found if count == 999} == {1e9})
        all_.check("many: with one file under many names", os.stat(f"{layer}/0999/000").st_nlink == 991)
        all_.expect("many: remove", all_.isorun("image", "rm", "many", limit=200), 0)
        layer = take("long", long_names())
        deep = os.open(layer, os.O_RDONLY)
        for _ in range(15):
            inner = os.open("d" * 255, os.O_RDONLY | os.O_DIRECTORY, dir_fd=deep)
            os.close(deep)
            deep = inner
        times = {os.stat(name, dir_fd=deep).st_mtime for name in os.listdir(deep)} | {os.fstat(deep).st_mtime}
        all_.check("long: all of them, with their times", times == {1e9} and len(os.listdir(deep)) == 20_000, times)
        os.close(deep)
        all_.expect("long: remove", all_.isorun("image", "rm", "long", limit=200), 0)
        return all_.complaints
