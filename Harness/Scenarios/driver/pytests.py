"""Scenarios of pytest's surroundings: what it finds, and where it may write."""
import os

from .suites import put, run

def without_pytest(space, arena, directory):
    """Where Python has no pytest, what to install is said, and for which Python."""
    project = os.path.join(directory, "project")
    put(directory, "test_a.py", "def test_a(): pass\n")
    os.mkdir(os.path.join(project, "bin"))
    with open(os.path.join(project, "bin", "python3"), "w") as file:
        file.write('#!/bin/sh\nexec /usr/bin/python3 -S -E "$@"\n')
    os.chmod(file.name, 0o755)
    got = run(space, directory, "test", ".", *space.allowance, PATH=f"{project}/bin:/usr/bin:/bin")
    words = ["/usr/bin/python3 has no pytest", "/usr/bin/python3 -m pip install pytest", "apt-get install python3-pytest"]
    if got.returncode != 1 or any(word not in got.stderr for word in words) or "Traceback" in got.stderr:
        return [f"exit {got.returncode}, {got.stderr}"]
    return []


def pytest_above(space, arena, directory):
    """A configuration and fixtures above a package in a home are pytest's, as without isorun; the home is not seen."""
    home = os.path.join(directory, "home")
    package = os.path.join(home, "mono", "services", "a")
    os.makedirs(package)
    for path, text in (("mono/pytest.ini", "[pytest]\npython_functions = check_*\n"), ("mono/secret", "secret"), ("secret", "secret"),
                       ("mono/conftest.py", "import pytest\n@pytest.fixture\ndef above(): return 7\n"),
                       ("mono/services/a/test_a.py", "import os\ndef check_above(above): assert above == 7\ndef test_not_asked_for(): assert False\n"
                                                     f"def check_hidden(): assert not os.path.exists('{home}/secret') and not os.path.exists('{home}/mono/secret')\n")):
        with open(os.path.join(home, path), "w") as file:
            file.write(text)
    names = ["services/a/test_a.py/check_above", "services/a/test_a.py/check_hidden"]
    listed = run(space, directory, "test", package, *space.allowance, "--list", HOME=home)
    got = run(space, directory, "test", package, *space.allowance, HOME=home)
    if sorted(listed.stdout.split()) != names or got.returncode != 0 or "2 passed" not in got.stderr:
        return [f"listed {listed.stdout!r}, {listed.stderr}; exit {got.returncode}, {got.stderr}"]
    return []


def pytest_confined(space, arena, directory):
    """What the plugin says has a place to be written to, whoever the tests run as."""
    complaints = []
    put(directory, "test_a.py", "import os\nimport pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_a(n): assert os.getuid() in (0, 1000)\n")
    # pytest itself does not start without a place for temporary files.
    closed = ["--read-only", "--tmpfs", "/tmp"]
    for options in (closed, ["--user", "1000:1000"], ["--untrusted", "--user", "1000:1000", *closed]):
        got = run(space, directory, "test", ".", *space.allowance, *options)
        if got.returncode != 0 or "2 passed" not in got.stderr:
            complaints.append(f"{options}: exit {got.returncode}, {got.stdout}{got.stderr}")
    return complaints


def pytest_items(space, arena, directory):
    """Items of a plugin's, with what pytest's own words have in them, in an order that changes with each collection."""
    put(directory, "conftest.py", "import pytest, random\n"
        "def pytest_collect_file(parent, file_path):\n"
        "    if file_path.suffix == '.yaml': return Y.from_parent(parent, path=file_path)\n"
        "class Y(pytest.File):\n"
        "    def collect(self):\n"
        "        for n in ['plain', 'with::colons', 'a/b', 'br[x', 'sp ace', 'same', 'same']: yield I.from_parent(self, name=n)\n"
        "class I(pytest.Item):\n"
        "    def runtest(self): print('said by ' + self.name); assert self.name not in ('plain', 'same')\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_collection_modifyitems(items): random.shuffle(items)\n")
    put(directory, "test_a.yaml", "")
    complaints, lists = [], set()
    for _ in range(3):
        lists.add(run(space, directory, "test", ".", *space.allowance, "--list").stdout)
    if len(lists) != 1 or len(lists.copy().pop().splitlines()) != 6:
        complaints.append(f"the list changes: {lists}")
    for per in ("test", "all"):
        got = run(space, directory, "test", ".", *space.allowance, "--per", per)
        if got.returncode != 1 or "4 passed, 2 failed" not in got.stderr:
            complaints.append(f"--per {per}: exit {got.returncode}, {got.stderr}")
        if got.stderr.count("said by plain") != 1:
            complaints.append(f"--per {per}: of plain's output {got.stderr.count('said by plain')} are shown: {got.stderr}")
    return complaints
