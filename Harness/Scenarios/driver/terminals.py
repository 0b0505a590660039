"""Scenarios with a terminal: isorun leads a session whose terminal is a pty of the driver's."""
import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time

from . import host
from .special import within


class Session:
    """isorun on a pty, and what came out of it so far."""

    def __init__(self, space, directory, *words, rows=31, columns=97, line=None, env=None):
        self.master, slave = os.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.master)
        line = line or [space.isorun, "-q", *space.allowance, "-v", f"{space.probes}:/probes:ro", *words]

        def lead():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(line, cwd=os.path.join(directory, "project"), stdin=slave, stdout=slave,
                                        stderr=slave, preexec_fn=lead, env=env)
        self.slave = slave  # held, so that what was written is there after isorun's end, too
        self.seen = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, data):
        os.write(self.master, data)

    def until(self, text, limit=20):
        """Whether the text came; what stands before it is read, too."""
        deadline = time.monotonic() + limit * host.patience
        while text not in self.seen:
            if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
                return False
            self.seen += os.read(self.master, 65536)
        return True

    def end(self, limit=20):
        """The exit code, and complaints about the terminal's modes."""
        deadline = time.monotonic() + limit * host.patience
        # The pty is read meanwhile: who restores its modes waits until what was written is read.
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.02)[0]:
                self.seen += os.read(self.master, 65536)
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 65536)
        code = self.process.poll()
        if code is None:
            self.process.kill()
            self.process.wait()
        after = termios.tcgetattr(self.master)
        os.close(self.slave)
        os.close(self.master)
        complaints = [] if code is not None else [f"not at an end after {limit} s"]
        if after != self.before:
            complaints.append(f"the terminal's modes changed: {self.before[:4]} before, {after[:4]} after")
        return code, complaints


def expect(session, code, *texts):
    """Complaints about an ended session."""
    got, complaints = session.end()
    if got != code:
        complaints.append(f"expected exit {code}, got {got}")
    complaints += [f"expected {text!r} on the terminal" for text in texts if text not in session.seen]
    return complaints + [f"the terminal showed {session.seen!r}"] if complaints else []


def terminal_size(space, arena, directory):
    """The job's terminal has the size of the user's, and a change of it reaches the job."""
    script = f"test -t 0 && test -t 1 && test -t 2 && stty size; exec /probes/signals await {signal.SIGWINCH.value} stty size"
    session = Session(space, directory, "-it", "--", "/bin/sh", "-c", script)
    complaints = [] if session.until(b"31 97\r\nREADY") else ["the job did not see the size it began with"]
    session.resize(44, 133)
    return complaints + expect(session, 0, b"44 133\r\n")


def terminal_resized(space, arena, directory):
    """A change of the size reaches the job at whatever moment of isorun's start it comes."""
    complaints = []
    for number in range(20):
        session = Session(space, directory, "-it", "--", "/bin/sh", "-c", "until [ \"$(stty size)\" = '44 133' ]; do sleep 0.01; done")
        time.sleep(number * 0.0005)  # spreads the moments; right at each of them
        session.resize(44, 133)
        complaints += expect(session, 0)
    return complaints


def terminal_keys(space, arena, directory):
    """With -it Ctrl-C, Ctrl-Z and Ctrl-\\ are the job's own; isorun is neither stopped nor ended by them."""
    complaints = []
    for key, number in ((b"\x03", signal.SIGINT), (b"\x1a", signal.SIGTSTP), (b"\x1c", signal.SIGQUIT)):
        session = Session(space, directory, "-it", "--", "/probes/signals", "await", str(number.value))
        if not session.until(b"READY"):
            complaints.append("the job did not begin")
        session.type(key)
        complaints += expect(session, 9, b"caught %d" % number)
    return complaints


def terminal_raw(space, arena, directory):
    """With -it keys reach the job one by one and unchanged, and come back as its own terminal echoes them."""
    script = "stty raw -echo; echo READY; head -c 4 | od -An -tx1"
    session = Session(space, directory, "-it", "--", "/bin/sh", "-c", script)
    complaints = [] if session.until(b"READY") else ["the job did not begin"]
    session.type(b"\x03\x04\r\x7f")
    return complaints + expect(session, 0, b"03 04 0d 7f")


def terminal_without_input(space, arena, directory):
    """With -t alone no key reaches the job: Ctrl-C cancels, and the modes of the terminal stay as they are."""
    session = Session(space, directory, "-t", "--", "/bin/sh", "-c", "echo READY; exec /probes/processes wait")
    complaints = [] if session.until(b"READY") else ["the job did not begin"]
    session.type(b"\x03")
    return complaints + expect(session, 130)


def terminal_unread(space, arena, directory):
    """With its output on a terminal that nobody reads, or that Ctrl-S stopped, every end of isorun's comes in its time."""
    complaints = []
    ends = [("a timeout", ["--timeout", "500ms"], None, 124), ("SIGTERM", [], signal.SIGTERM, 143), ("SIGINT", [], signal.SIGINT, 130)]
    for name, options, number, code in ends:
        for mode in ([], ["-it"]):
            for stopped in (False, True):
                script = "echo READY; sleep 0.2; exec yes"
                words = [*options, "--grace-period", "200ms", "--max-output", "1g", *mode, "--", "/bin/sh", "-c", script]
                line = [space.isorun, *space.allowance, *words]
                session = Session(space, directory, line=line)
                session.until(b"READY")
                if stopped:
                    termios.tcflow(session.slave, termios.TCOOFF)
                time.sleep(0.5)  # it may fill meanwhile; what is to hold does so before that, too
                if number and session.process.poll() is None:
                    session.process.send_signal(number)
                try:
                    got = session.process.wait(20 * host.patience)
                except subprocess.TimeoutExpired:
                    got = "none after 20 s"
                    session.process.kill()
                    session.process.wait()
                if got != code:
                    complaints.append(f"{name} {mode}, stopped {stopped}: expected exit {code}, got {got}")
                termios.tcflow(session.slave, termios.TCOON)
                os.close(session.slave)
                os.close(session.master)
    return complaints


def terminal_restored(space, arena, directory):
    """Whatever ends isorun, the terminal's modes are what they were."""
    complaints = []
    wait = ["--", "/bin/sh", "-c", "stty raw -echo; echo READY; exec /probes/processes wait"]
    ends = [("its own end", [], ["--", "/bin/sh", "-c", "echo READY"], None, 0),
            ("a timeout", ["--timeout", "500ms", "--grace-period", "200ms"], wait, None, 124),
            ("SIGTERM", [], wait, signal.SIGTERM, 143), ("SIGHUP", [], wait, signal.SIGHUP, 129),
            ("SIGUSR1", [], wait, signal.SIGUSR1, 138), ("SIGUSR2", [], wait, signal.SIGUSR2, 140), ("SIGALRM", [], wait, signal.SIGALRM, 142),
            ("a command that is not there", [], ["--", "/no/such/command"], None, 127)]
    if not space.allowance:
        ends.append(("too much memory", ["-m", "32m"], ["--", "/probes/memory", "touch", "100"], None, 137))
    for name, options, command, number, code in ends:
        session = Session(space, directory, "-it", *options, *command)
        if number:
            session.until(b"READY")
            session.process.send_signal(number)
        complaints += [f"{name}: {line}" for line in expect(session, code)]
    return complaints + stopped_by(signal.SIGTSTP, space, directory) + stopped_by(signal.SIGSTOP, space, directory)


def stopped_by(number, space, directory):
    """Stopped by a signal from outside isorun gives the terminal's modes back where it can, and goes on with raw ones."""
    pid_file, gate = (os.path.join(directory, f"{name}-{number.name}") for name in ("pid", "gate"))
    command = [space.isorun, "-q", *space.allowance, "-it", "--", "/bin/sh", "-c", "echo READY; while :; do sleep 1; done"]
    # A shell with job control, which leaves the modes alone.
    script = f"set -m; sh -c 'echo $$ > {pid_file}; exec \"$@\"' sh \"$@\"; until test -e {gate}; do sleep 0.02; done; fg; echo ended $?"
    session = Session(space, directory, line=["/bin/sh", "-c", script, "sh", *command])
    complaints = [] if session.until(b"READY") else ["the job did not begin"]
    pid = int(open(pid_file).read())
    cooked, raw = session.before, termios.tcgetattr(session.slave)
    os.kill(pid, number)
    if not within(20, lambda: open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] == "T"):
        complaints.append("it did not stop")
    if number == signal.SIGTSTP and termios.tcgetattr(session.slave) != cooked:
        complaints.append(f"stopped it left the modes {termios.tcgetattr(session.slave)[:4]}")
    termios.tcsetattr(session.slave, termios.TCSANOW, cooked)  # as an interactive shell does
    open(gate, "w").close()
    if not within(20, lambda: termios.tcgetattr(session.slave) == raw):
        complaints.append("it did not take raw mode again")
    os.kill(pid, signal.SIGTERM)
    session.until(b"ended 143")
    return [f"{number.name}: {line}" for line in complaints + expect(session, 0, b"ended 143")]
