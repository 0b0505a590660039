import importlib
import os
import sys


def test_imports_late_from_elsewhere(tmp_path, monkeypatch):
    """`python3 -m pytest` has the directory where it was started among the places of modules, absolute."""
    monkeypatch.chdir(tmp_path)
    assert importlib.import_module("toplevel").ANSWER == 42


def test_main_is_pytest():
    assert os.path.basename(os.path.dirname(sys.modules["__main__"].__file__)) == "pytest"
