"""Where the parts work: isorun, a directory and a state of their own, and how its documents are read."""
import json
import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Space:
    def __init__(self, isorun):
        self.isorun = isorun

    def __enter__(self):
        # On a disk, and not in /tmp, which is empty in every container.
        self.top = tempfile.mkdtemp(prefix="isorun-suites-", dir="/var/tmp")
        os.environ["XDG_STATE_HOME"] = f"{self.top}/state"
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.top, name)

    def suite(self, name, jobs):
        """A suite file of these jobs, each a line of YAML in braces."""
        os.makedirs(self.path(name), exist_ok=True)
        path = self.path(f"{name}/isorun.yml")
        with open(path, "w") as file:
            file.write("version: 1\njobs:\n" + "".join(f"  - {job}\n" for job in jobs))
        return path

    def run(self, *words, **options):
        """isorun to its end, its stderr kept."""
        return subprocess.run([self.isorun, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL, check=False, **options)


def events(path):
    """The whole lines of a file of events."""
    with open(path, "rb") as file:
        return [json.loads(line) for line in file.read().split(b"\n")[:-1]]


def finished(path):
    """The ends of jobs in a file of events, in order."""
    return [event for event in events(path) if event["event"] == "job-finished"]


def last_results(path):
    return {event["name"]: event["result"] for event in finished(path)}


def kind(result):
    """The outcome in one word, as a person counts it."""
    if result.get("skipped") is not None:
        return "skipped"
    return "flaky" if result["flaky"] else result["outcome"]


def cases(path):
    """The cases of a JUnit file."""
    return list(ElementTree.parse(path).getroot().iter("testcase"))
