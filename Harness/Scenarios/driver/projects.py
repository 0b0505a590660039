"""Scenarios about where the project lies that isorun is started in."""
import os
import subprocess

from . import host
from .special import finish


def project_on_memory(space, arena, directory):
    """A project on a file system that cannot be idmapped is seen, at the mount's root too, and nothing is written to it."""
    place, complaints = os.path.join(directory, "memory"), []
    os.mkdir(place)
    host.call(host.libc.mount(b"none", place.encode(), b"tmpfs", 0, b"size=1m"), "mount")
    try:
        os.mkdir(os.path.join(place, "project"))
        for where in (place, os.path.join(place, "project")):
            open(os.path.join(where, "file"), "w").write("here\n")
            # Before Linux 6.3 a tmpfs cannot be idmapped, and nobody inside may write there.
            got = subprocess.run([space.isorun, "-q", "--", "/bin/sh", "-c", "cat file; (echo changed > file) 2>/dev/null || :"], cwd=where, stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=60)
            if (got.returncode, got.stdout) != (0, b"here\n") or open(os.path.join(where, "file")).read() != "here\n":
                complaints.append(f"in {where}: exit {got.returncode}, {got.stdout!r}, {got.stderr.decode()}")
    finally:
        host.call(host.libc.umount2(place.encode(), 2), "unmount")
    return complaints


def closed_home(space, arena, directory):
    """Untrusted code works in a project below a directory that only its owner may enter, and sees nothing else there."""
    closed = os.path.join(directory, "closed")
    for name in ("project/.git", "volume", "other"):
        os.makedirs(os.path.join(closed, name))
        open(os.path.join(closed, name, "file"), "w").write(f"{name}\n")
    os.chown(closed, 4711, 4711)
    os.chmod(closed, 0o700)
    script = f"cat .git/file {closed}/volume/file; cat {closed}/other/file; :"
    got = subprocess.run([space.isorun, "-q", "--untrusted", "-v", f"{closed}/volume:{closed}/volume", "--", "/bin/sh", "-c", script],
                         cwd=os.path.join(closed, "project"), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return [] if (got.returncode, got.stdout) == (0, b"project/.git\nvolume\n") else [f"exit {got.returncode}, {got.stdout!r}, {got.stderr.decode()}"]


def tools_of_a_home(space, arena, directory):
    """What PATH names in a home runs, by a link too; what lies beside it is not seen, and the host's stays as it is."""
    home, elsewhere, project = (os.path.join(directory, name) for name in ("home", "elsewhere/bin", "project"))
    program = "#!/bin/sh\necho a tool\n"
    for place in (os.path.join(home, "bin"), elsewhere):
        os.makedirs(place)
        for name in ("tool", "other"):
            with open(os.path.join(place, name), "w", opener=lambda path, flags: os.open(path, flags, 0o755)) as file:
                file.write(program)
    os.makedirs(project, exist_ok=True)
    os.symlink(elsewhere, os.path.join(home, "linked"))
    open(os.path.join(home, "secret"), "w").write("secret\n")
    complaints = []
    for place in (os.path.join(home, "bin"), os.path.join(home, "linked")):
        use = f"tool; ls {place}; cat {home}/secret; (echo changed >{place}/tool; rm {place}/other; echo new >{place}/new) 2>/dev/null; :"
        # Beside a project the root's overlay can show it; around one, and in one, it is a mount or the project's own.
        for where, options, script, expected in ((project, [], use, b"a tool\nother\ntool\n"), (directory, [], use, b"a tool\nother\ntool\n"),
                                                 (place, [], "tool", b"a tool\n"),
                                                 (project, ["-w", place], "pwd; ls", f"{place}\nother\ntool\n".encode()),
                                                 (project, ["--mask", os.path.join(place, "other")], f"tool; ls {place}", b"a tool\ntool\n"),
                                                 (project, ["--mask", place], f"tool || ls {place} || :", b"")):
            got = subprocess.run([space.isorun, *space.allowance, "-q", *options, "--", "/bin/sh", "-c", script], cwd=where, stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=60, env=dict(os.environ, HOME=home, PATH=f"{place}:/usr/bin:/bin"))
            if (got.returncode, got.stdout) != (0, expected):
                complaints.append(f"{place} from {where} with {options}: exit {got.returncode}, {got.stdout!r}, {got.stderr.decode()}")
        if sorted(os.listdir(place)) != ["other", "tool"] or open(os.path.join(place, "tool")).read() != program:
            complaints.append(f"in {place} is {os.listdir(place)}")
    return complaints


def deleted_directory(space, arena, directory):
    """Where the working directory is no more, nothing runs somewhere else."""
    gone = os.path.join(directory, "gone")

    def leave():
        os.mkdir(gone)
        os.chdir(gone)
        os.rmdir(gone)

    process = subprocess.Popen([space.isorun, *space.allowance, "--", "/bin/sh", "-c", "echo ran"], preexec_fn=leave,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = finish(process)
    complaints = [] if process.returncode == 125 else [f"expected exit 125, got {process.returncode}"]
    if out or b"working directory" not in err:
        complaints.append(f"expected a word on the working directory, got {out!r} and {err!r}")
    return complaints
