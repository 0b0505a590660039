"""Scenarios about pages that isorun writes, as a browser without a window takes them."""
import os
import shutil
import subprocess

from . import host


def of_a_bench(space, arena, directory):
    """The page of a bench is drawn without a complaint, from its one file."""
    page = os.path.join(directory, "bench.html")
    made = subprocess.run([space.isorun, "bench", "--only", "fork", "--runs", "10", "--warmup", "1", "-q", "--html", page],
                          cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120 * host.patience)
    if made.returncode != 0:
        return [f"the bench ended with {made.returncode}: {made.stderr[-400:]}"]
    # Its own sandbox is for users with rights that root's processes and containers have not.
    line = [shutil.which("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            f"--user-data-dir={directory}/browser", "--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--dump-dom", f"file://{page}"]
    shown = subprocess.run(line, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                           timeout=120 * host.patience)
    complaints = [] if shown.returncode == 0 else [f"the browser ended with {shown.returncode}: {shown.stderr[-400:]}"]
    complaints += [f"the browser complains: {line}" for line in shown.stderr.splitlines() if "CONSOLE" in line]
    for part in ("<svg", "<circle", "<table", "fork and exec", "Command lines"):
        if part not in shown.stdout:
            complaints.append(f"the page as drawn lacks {part}")
    if "<script" in shown.stdout:
        complaints.append("the page has a script")
    return complaints
