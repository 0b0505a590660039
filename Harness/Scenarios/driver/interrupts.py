"""Scenarios of signals to isorun at moments in which it does something else than to wait for its job."""
import array
import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import termios
import time

from . import host
from .special import finish, start, within


def outcome(path):
    try:
        with open(path) as file:
            return json.load(file)["outcome"]
    except (OSError, ValueError) as error:
        return f"{error}"


def full_pipe(space, directory, *options):
    """isorun whose job has ended, and whose output is more than a pipe takes that nobody reads."""
    read, write = os.pipe()
    script = "head -c 130000 /dev/zero; : > /ended/ended"
    ended = os.path.join(directory, "ended")
    os.makedirs(ended, exist_ok=True)
    line = [space.isorun, "-q", *space.allowance, *options, "-v", f"{ended}:/ended:rw", "--", "/bin/sh", "-c", script]
    process = subprocess.Popen(line, cwd=os.path.join(directory, "project"), stdin=subprocess.DEVNULL, stdout=write,
                               stderr=subprocess.PIPE)
    os.close(write)
    there = within(20, lambda: os.path.exists(os.path.join(ended, "ended")))
    # Its processes are gone a moment later; isorun itself stays, since bytes wait for the reader.
    there = there and within(20, lambda: len(host.descendants()) <= 1)
    return process, read, there


def while_output_waits(space, arena, directory):
    """SIGTERM, or SIGINT, while isorun waits for a reader: it gives the reader up, and the job's end stands."""
    complaints = []
    for number in (signal.SIGINT, signal.SIGTERM):
        path = os.path.join(directory, "result.json")
        process, read, ended = full_pipe(space, directory, "--json", path)
        if not ended or process.poll() is not None:
            complaints.append(f"the job was to have ended and isorun to wait: {host.descendants()}")
        process.send_signal(number)
        try:
            process.wait(20 * host.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            complaints.append(f"{number.name} did not end it: {shlex.join(process.args)}")
        os.close(read)
        process.stderr.close()
        if process.returncode != 0 or outcome(path) != "passed":
            complaints.append(f"{number.name}: exit {process.returncode}, outcome {outcome(path)}")
        os.unlink(os.path.join(directory, "ended", "ended"))
    return complaints


def twice(space, arena, directory):
    """SIGTERM again and again to isorun and what it starts, as from a terminal: the reports are there all the same."""
    complaints = []
    for round in range(10):
        path, junit = (os.path.join(directory, f"result{round}.{kind}") for kind in ("json", "xml"))
        process = start(space, directory, "--json", path, "--junit", junit, "--", "/probes/processes", "wait",
                        start_new_session=True)
        while b"READY" not in (block := os.read(process.stdout.fileno(), 4096)) and block:
            pass
        deadline = time.monotonic() + 20 * host.patience
        while process.poll() is None and time.monotonic() < deadline:
            os.killpg(process.pid, signal.SIGTERM)
            time.sleep(0.001)
        _, err = finish(process, 5)
        if outcome(path) != "cancelled" or not os.path.exists(junit):
            complaints.append(f"round {round}: exit {process.returncode}, outcome {outcome(path)}: {err.decode()}")
    return complaints


def while_starting(space, arena, directory):
    """SIGINT at every moment of a start: before the container is begun isorun just ends, later the result is there."""
    complaints = []
    before = arena.cgroups()
    for round in range(40):
        path = os.path.join(directory, f"result{round}.json")
        process = start(space, directory, "--json", path, "--", "/probes/processes", "wait")
        # From no time at all to when it surely runs, on a machine of any speed.
        deadline = time.monotonic() + round * 0.003
        while time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGINT)
        finish(process)
        kind = (process.returncode, os.path.exists(path) and outcome(path))
        if kind not in ((-signal.SIGINT, False), (130, "cancelled")):
            complaints.append(f"after {round * 3} ms: exit {kind[0]}, outcome {kind[1]}")
    left = arena.cgroups() - before
    if left and not within(5, lambda: not arena.cgroups() - before):
        complaints.append(f"left: {sorted(left)}")
    return complaints


def ignore():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def ignored(space, arena, directory):
    """SIGHUP and SIGINT that whoever started isorun ignores, as nohup and a shell's & do, are not the job's end."""
    script = "echo READY; read line; exit 5"
    line = [space.isorun, "-q", *space.allowance, "-i", "--", "/bin/sh", "-c", script]
    process = subprocess.Popen(line, cwd=os.path.join(directory, "project"), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=ignore)
    process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    process.stdin.write(b"go on\n")
    process.stdin.close()
    code = process.wait(20 * host.patience)
    process.stdout.close()
    process.stderr.close()
    return [] if code == 5 else [f"expected exit 5, got {code}: {shlex.join(line)}"]


def unread_report(space, arena, directory):
    """A report to a named pipe that nobody reads: isorun waits, and goes when it is told to, with all that it started."""
    fifo = os.path.join(directory, "fifo")
    os.mkfifo(fifo)
    complaints = []
    for kind in ("json", "junit"):
        process = start(space, directory, f"--{kind}", fifo, "--", "/bin/sh", "-c", "echo ran")
        process.stdout.readline()

        # The first may still be the job's.
        def ends():
            process.send_signal(signal.SIGTERM)
            return process.poll() is not None

        if not within(20, ends):
            process.kill()
            complaints.append(f"SIGTERM did not end it: {shlex.join(process.args)}")
        process.wait()
        process.stdout.close()
        process.stderr.close()
        if not within(10, lambda: not host.descendants()):
            complaints.append(f"left behind: {host.descendants()}")
    # And one who comes late has it whole.
    process = start(space, directory, "--json", fifo, "--", "/bin/true")
    with open(fifo) as reader:
        text = reader.read()
    finish(process)
    if process.returncode != 0 or not text.startswith("{") or not text.endswith("}\n"):
        complaints.append(f"exit {process.returncode}, {text!r}")
    return complaints


def of_a_suite(space, arena, directory):
    """Whatever would end isorun ends a suite: its job is cancelled, the report tells it, and nothing is left."""
    project, report = os.path.join(directory, "project"), os.path.join(directory, "events")
    with open(os.path.join(project, "isorun.yml"), "w") as file:
        json.dump({"version": 1, "jobs": [{"name": "long", "run": "echo READY; exec sleep 600"}]}, file)
    complaints = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
        line = [space.isorun, "suite", *space.allowance, "--events", report]
        process = subprocess.Popen(line, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if not within(20, lambda: "job-started" in read(report)):
            complaints.append(f"{signal.Signals(number).name}: its job never started")
        process.send_signal(number)
        out, _ = process.communicate(timeout=20 * host.patience)
        if process.returncode != 130:
            complaints.append(f"{signal.Signals(number).name}: expected exit 130, got {process.returncode}: {out[-300:]!r}")
        if '"cancelled"' not in read(report) or "run-finished" not in read(report):
            complaints.append(f"{signal.Signals(number).name} is not told: {read(report)[-300:]!r}")
        if not within(10, lambda: not host.descendants()):
            complaints.append(f"left behind: {host.descendants()}")
        os.unlink(report)
    return complaints


def around_builds(space, arena, directory):
    """A signal that comes when the process of a build or a list has ended, and its container has not, ends the run."""
    out, report, complaints = os.path.join(directory, "out"), os.path.join(directory, "junit.xml"), []
    for stage in ("build", "list"):
        os.mkdir(out)
        os.chmod(out, 0o777)
        # Who is left behind keeps the container for a while.
        steps = {one: f"setsid sleep 600 >/dev/null 2>&1 & touch /out/{one}" if one == stage else "true" for one in ("build", "list")}
        line = [space.isorun, "test", ".", *space.allowance, "--junit", report, "-v", f"{out}:/out:rw", "--build", steps["build"],
                "--list-command", steps["list"] + "; echo a", "--run-command", "touch /out/ran # {}"]
        process = subprocess.Popen(line, cwd=os.path.join(directory, "project"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        if not within(20, lambda: os.path.exists(os.path.join(out, stage))):
            complaints.append(f"the {stage} never ran")
        process.send_signal(signal.SIGTERM)
        text, _ = process.communicate(timeout=20 * host.patience)
        if process.returncode != 130 or b"interrupted" not in text:
            complaints.append(f"{stage}: expected exit 130, got {process.returncode}: {text[-300:]!r}")
        if "interrupted" not in read(report) and "received SIGTERM" not in read(report):
            complaints.append(f"{stage}: the report does not tell: {read(report)[-300:]!r}")
        if os.path.exists(os.path.join(out, "ran")):
            complaints.append(f"{stage}: a test ran after it")
        shutil.rmtree(out)
        os.unlink(report)
    return complaints


def ignored_by_a_suite(space, arena, directory):
    """What whoever started a suite ignores, as nohup and a shell's & do, does not end it."""
    project, report = os.path.join(directory, "project"), os.path.join(directory, "events")
    place = os.path.join(directory, "in")
    os.mkdir(place)
    fifo = os.path.join(place, "fifo")
    os.mkfifo(fifo)
    os.chmod(fifo, 0o666)
    job = {"name": "reader", "run": "read line < /in/fifo", "volume": [f"{place}:/in:rw"]}
    with open(os.path.join(project, "isorun.yml"), "w") as file:
        json.dump({"version": 1, "jobs": [job]}, file)
    line = [space.isorun, "suite", *space.allowance, "--events", report]
    process = subprocess.Popen(line, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               preexec_fn=ignore)
    if not within(20, lambda: "job-started" in read(report)):
        process.kill()
        return [f"its job never started: {process.communicate()[0][-300:]!r}"]
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    with open(fifo, "w") as file:
        file.write("line\n")
    text, _ = process.communicate(timeout=20 * host.patience)
    return [] if process.returncode == 0 else [f"expected exit 0, got {process.returncode}: {text[-300:]!r}"]


def of_an_unread_suite(space, arena, directory):
    """SIGTERM to a suite whose events go to a pipe that is full and that nobody reads: its job ends, and then the suite."""
    project, fifo, place = (os.path.join(directory, name) for name in ("project", "fifo", "in"))
    os.mkdir(place)
    os.chmod(place, 0o777)
    job = {"name": "long", "run": ": > /in/started; exec sleep 600", "volume": [f"{place}:/in:rw"]}
    with open(os.path.join(project, "isorun.yml"), "w") as file:
        json.dump({"version": 1, "jobs": [job]}, file)
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    line = [space.isorun, "suite", *space.allowance, "--events", fifo]
    process = subprocess.Popen(line, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    started = within(20, lambda: os.path.exists(os.path.join(place, "started")))
    complaints = [] if started else ["the job was to start"]
    fill(held)
    # One that it hears of, three that it does not, and a second.
    ended = False
    for _ in range(100):
        process.send_signal(signal.SIGTERM)
        if ended := within(0.1, lambda: process.poll() is not None):
            break
    if not ended:
        process.kill()
        complaints.append("no number of signals ended it")
    out, _ = process.communicate(timeout=20 * host.patience)
    if ended and process.returncode != -signal.SIGTERM:
        complaints.append(f"expected SIGTERM to end it, got {process.returncode}: {out[-300:]!r}")
    if ended and b"nobody reads" not in out:
        complaints.append(f"it does not say why: {out[-300:]!r}")
    os.close(held)
    if not within(10, nobody_left):
        complaints.append(f"left behind: {host.descendants()}")
    return complaints


def fill(pipe):
    """Writes until there is no room."""
    try:
        while True:
            os.write(pipe, b"\n")
    except BlockingIOError:
        pass


def while_resuming(space, arena, directory):
    """SIGTERM while a resumed suite tells what an earlier run has done: it ends with whole reports."""
    project, fifo = os.path.join(directory, "project"), os.path.join(directory, "fifo")
    # What their events take is more than a pipe of one page has room for.
    jobs = [{"name": f"done{number}", "run": ["/bin/true"]} for number in range(20)]
    jobs.append({"name": "long", "run": "exec sleep 600", "needs": [job["name"] for job in jobs]})
    with open(os.path.join(project, "isorun.yml"), "w") as file:
        json.dump({"version": 1, "jobs": jobs}, file)
    report = os.path.join(directory, "events")
    line = [space.isorun, "suite", *space.allowance, "--output", "none"]
    options = {"cwd": project, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    first = subprocess.Popen([*line, "--events", report], **options)
    if not within(60, lambda: '"job-started","name":"long"' in read(report)):
        first.kill()
        return [f"the long job never started: {first.communicate()[0][-300:]!r}"]
    first.kill()
    first.communicate()
    # What it cloned ends with it, and comes to this process.
    if not within(10, nobody_left):
        return [f"the first left behind: {host.descendants()}"]
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(held, fcntl.F_SETPIPE_SZ, 4096)
    process = subprocess.Popen([*line, "--resume", "--events", fifo], **options)
    with open(fifo) as reader:
        # It waits for more room.
        full = within(20, lambda: waiting(reader) >= 2048)
        os.close(held)
        process.send_signal(signal.SIGTERM)
        events = reader.read()
    out, _ = process.communicate(timeout=20 * host.patience)
    complaints = [] if full else ["it was not to end what it tells before anybody reads"]
    if process.returncode != 130:
        complaints.append(f"expected exit 130, got {process.returncode}: {out[-300:]!r}")
    if events.count('"job-finished"') < len(jobs) - 1 or '"run-finished"' not in events:
        complaints.append(f"the events do not tell it: {events[-500:]!r}")
    if not within(10, lambda: not host.descendants()):
        complaints.append(f"left behind: {host.descendants()}")
    return complaints


def nobody_left():
    host.reap()
    return not host.descendants()


def waiting(pipe):
    """How many bytes wait in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def read(path):
    try:
        return open(path).read()
    except OSError:
        return ""
