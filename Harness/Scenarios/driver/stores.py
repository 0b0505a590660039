"""Scenarios of what a store of images lives through."""
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import threading
import time

from . import host
from .images import Images
from .registries import Liar, archive
from .terminals import Session


def killed(space, arena, directory):
    """SIGKILL at any moment of a pull or an import: the store is well, and the next one works."""
    with Images(space, directory) as all_, Liar() as liar:
        chance = random.Random(7)
        files = {f"d{number % 20}/f{number}": chance.randbytes(3000) for number in range(1500)}
        liar.image("app", plain=archive(**files))
        tar = os.path.join(directory, "root.tar")
        with open(tar, "wb") as file:
            file.write(archive(**files))
        whole = 0.0
        for words in (["image", "pull", "-q", f"{liar.authority}/app"], ["image", "import", "-q", tar, "app"]):
            began = time.monotonic()
            all_.expect("whole", all_.isorun(*words), 0)
            whole = time.monotonic() - began
            for number in range(15):
                all_.isorun("image", "prune", "-a") if number % 3 else None
                process = all_.popen(*words)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(whole * (number + 0.5) / 15)
                process.send_signal(signal.SIGKILL)
                process.communicate()
                listed = all_.isorun("image", "list", "-q")
                all_.check("list", listed.returncode == 0, listed.stderr)
            all_.expect("the next one works", all_.isorun(*words), 0)
            for identity in set(all_.isorun("image", "list", "-q", "--no-trunc").stdout.split()):
                record = json.load(open(f"{all_.store}/images/{identity.removeprefix('sha256:')}/record.json", encoding="utf-8"))
                for layer in record["layers"]:
                    place = f"{all_.store}/layers/{layer['chain'].removeprefix('sha256:')}"
                    found = sum(len(names) for _, _, names in os.walk(place))
                    all_.check("all files of a layer are there", found == len(files), found)
            all_.isorun("image", "prune", "-a")
        all_.check("nothing half made", all_.is_tidy())
        return all_.complaints


@contextlib.contextmanager
def disk(place, size):
    """A file system of so much at a place, and a function that gives it more."""
    os.mkdir(place)
    host.call(host.libc.mount(b"tmpfs", place.encode(), b"tmpfs", 0, f"mode=700,size={size}".encode()), "mount a tmpfs")
    try:
        yield lambda more: host.call(host.libc.mount(None, place.encode(), None, 32, f"size={more}".encode()), "remount it")  # MS_REMOUNT
    finally:
        host.call(host.libc.umount2(place.encode(), 2), "unmount")  # MNT_DETACH


def full(space, arena, directory):
    """A full disk is an error that names what found no room, and takes nothing from what is there."""
    with Images(space, directory) as all_, disk(all_.store, "24m") as enlarge, Liar() as liar:
        all_.isorun("image", "import", all_.root(**{"etc/motd": "before\n"}), "before")
        noise, zeros = random.Random(3).randbytes(32 << 20), bytes(32 << 20)
        layer = liar.image("noise", layer=archive(file=noise), plain=archive(file=noise))
        liar.image("zeros", plain=archive(file=zeros))
        tar, top = os.path.join(directory, "root.tar"), os.path.join(directory, "root")
        os.mkdir(top)
        for path, data in ((tar, archive(file=noise)), (os.path.join(top, "file"), noise)):
            with open(path, "wb") as file:
                file.write(data)

        def used():
            return os.statvfs(all_.store).f_blocks - os.statvfs(all_.store).f_bfree

        before, listed = used(), all_.isorun("image", "list", "-q").stdout

        def fails(what, thing, *words):
            got = all_.isorun("image", *words)
            all_.check(f"{what}: {thing}", got.returncode == 1 and thing in got.stderr and "No space left on device (ENOSPC)" in got.stderr
                       and "isorun image prune" in got.stderr, got.returncode, got.stdout, got.stderr)
            all_.check(f"{what}: nothing is left of it", os.listdir(f"{all_.store}/partial") == [] and used() <= before + 4,
                       os.listdir(f"{all_.store}/partial"), before, used())
            all_.check(f"{what}: the list is as before", all_.isorun("image", "list", "-q").stdout == listed)
            all_.expect(f"{what}: what was there runs", all_.run("--image", "before", "--", "cat", "/etc/motd"), 0, stdout="before\n")

        fails("a blob", f"blob {layer['digest']} to the store {all_.store}", "pull", f"{liar.authority}/noise")
        fails("a layer", "entry 'file'", "pull", f"{liar.authority}/zeros")
        fails("a tarball", f"a blob to the store {all_.store}", "import", tar, "after")
        fails("a directory", top, "import", top, "after")
        def fill(name):
            with contextlib.suppress(OSError), open(f"{all_.store}/{name}", "wb", 0) as file:
                while True:
                    file.write(bytes(4096))
            all_.check("the disk is full", os.statvfs(all_.store).f_bfree == 0)

        # Of an earlier try that was killed: who removes takes it away first where there is no room left to do so.
        fill(f"partial/blob-{'0' * 64}")
        all_.expect("remove on a full disk", all_.isorun("image", "rm", "before"), 0, stderr="")
        enlarge("200m")
        for name in ("noise", "zeros"):
            all_.expect(f"pull {name} with more room", all_.isorun("image", "pull", f"{liar.authority}/{name}"), 0)
        fill("of-others")
        all_.expect("remove on a disk that others fill", all_.isorun("image", "rm", f"{liar.authority}/noise"), 0, stderr="")
        fill("of-others-too")
        all_.expect("and all others", all_.isorun("image", "prune", "-a"), 0, stderr="")
        all_.check("there is no image", all_.isorun("image", "list", "-q").stdout == "")
        all_.check("nothing half made", all_.is_tidy())
        return all_.complaints


def screen(seen):
    """What a terminal shows of what was written to it: lines, the cursor, and what erases to a line's end."""
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[\d*[A-Z]|[\r\n]|[^\x1b\r\n]+", seen.decode()):
        if part == "\r":
            column = 0
        elif part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part.endswith("K") and part.startswith("\x1b"):
            lines[row] = lines[row][:column]
        elif part.endswith("A") and part.startswith("\x1b"):
            row -= int(part[2:-1] or 1)
        else:
            lines[row] = lines[row][:column].ljust(column) + part + lines[row][column + len(part):]
            column += len(part)
    return [line.rstrip() for line in lines if line.strip()]


def watched(space, arena, directory):
    """On a terminal a pull shows bars with rates and leaves a clean screen; Ctrl-C ends it, and the next one goes on."""
    with Images(space, directory) as all_, Liar() as liar:
        layer = liar.image("app", plain=archive(file=random.Random(5).randbytes(3 << 20)))
        path, name = f"/v2/app/blobs/{layer['digest']}", f"{liar.authority}/app"
        data, go, ranges = liar.answers[path][2], threading.Event(), []

        def slow(handler):
            asked = handler.headers.get("Range")
            ranges.append(asked)
            place = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            handler.send_response(206 if asked else 200)
            handler.send_header("Content-Length", str(len(data) - place))
            handler.end_headers()
            with contextlib.suppress(OSError):
                while not go.wait(0.02) and place < len(data) - (1 << 20):
                    handler.wfile.write(data[place:place + 8192])
                    place += 8192
                go.wait()
                handler.wfile.write(data[place:])

        liar.answers[path] = slow
        bar = re.compile(rb": Downloading \[=*>? *\] [0-9.]+[kM]?B/[0-9.]+MB [0-9.]+[kM]?B/s\r\n")
        line = [space.isorun, "image", "pull", name]

        def pull(**size):
            session = Session(space, directory, line=line, env=all_.env, **size)
            all_.check("a bar", session.until(b"MB ") and session.until(b"B/s"), session.seen)
            return session

        session = pull()
        session.type(b"\x03")
        code, complaints = session.end()
        all_.check("a bar has a rate", bar.search(session.seen), session.seen)
        all_.check("Ctrl-C", code == 130 and complaints == [], code, complaints)
        shown = screen(session.seen)
        all_.check("the screen after Ctrl-C", len(shown) == 3 and shown[0] == "latest: Pulling from app"
                   and shown[2] == "isorun: interrupted; what was fetched is kept for the next time", shown, session.seen)
        all_.check("there is no image", all_.isorun("image", "list", "-q").stdout == "")
        session = pull(columns=90)
        go.set()
        code, complaints = session.end()
        all_.check("the next one", code == 0 and complaints == [], code, complaints)
        all_.check("goes on where that stopped", ranges[0] is None and ranges[1] not in (None, "bytes=0-"), ranges)
        short = layer["digest"].removeprefix("sha256:")[:12]
        shown = screen(session.seen)
        all_.check("the screen at the end", shown[:2] == ["latest: Pulling from app", f"{short}: Pull complete"] and len(shown) == 5
                   and shown[2].startswith("Digest: sha256:") and shown[3] == f"Status: Downloaded newer image for {name}:latest", shown, session.seen)
        all_.isorun("image", "prune", "-a")
        session = Session(space, directory, line=line, env=all_.env, columns=40)
        code, complaints = session.end()
        all_.check("a narrow terminal", code == 0 and complaints == [] and screen(session.seen)[1] == f"{short}: Pull complete", session.seen)
        all_.check("nothing half made", all_.is_tidy())
        return all_.complaints
