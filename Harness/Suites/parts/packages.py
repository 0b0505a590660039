"""Brings the packages of packages.json: clones, archives of a registry, sources that a Debian package installs."""
import glob
import json
import os
import shutil
import subprocess
import sys

from .space import HERE
from .tally import Missing

FILES = {"Package.swift": "swift", "Cargo.toml": "cargo", "go.mod": "go", "CMakeLists.txt": "ctest", "t": "tap"}


def table():
    with open(f"{HERE}/packages.json") as file:
        return json.load(file)


def of_directory(path):
    """A package that somebody has already: its framework by its files, pytest where nothing else is seen."""
    framework = next((name for file, name in FILES.items() if os.path.exists(f"{path}/{file}")), "pytest")
    return {"name": os.path.basename(path.rstrip("/")), "framework": framework, "path": os.path.abspath(path)}


def bring(package, space):
    """The directory of a package, ready to be built."""
    if "path" in package:
        return package["path"]
    place = space.path(f"packages/{package['name']}")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if "git" in package:
        _must(["git", "clone", "-q", "--depth", "1", "--branch", package["tag"], package["git"], place], "git", f"{package['git']} cannot be cloned")
    elif "pypi" in package:
        _archive(package["pypi"], place)
    else:
        _copy(package, place)
    if "module" in package and not os.path.exists(f"{place}/go.mod"):
        _must(["go", "mod", "init", package["module"]], "go", "no module can be made", cwd=place)
    return place


def _archive(name, place):
    _must([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", place, name], "python3",
          f"pip cannot download {name}")
    archive, = glob.glob(f"{place}/*.tar.gz")
    _must(["tar", "-xzf", archive, "-C", place, "--strip-components", "1"], "tar", "it cannot be unpacked")


def _copy(package, place):
    source = f"{HERE}/Own/{package['own']}" if "own" in package else next(iter(glob.glob(package["directory"])), None)
    if not source or not os.path.isdir(source):
        raise Missing(f"{package['debian']} is not installed: apt-get install {package['debian']}")
    shutil.copytree(source, place)


def _must(command, program, complaint, **options):
    if not shutil.which(program):
        raise Missing(f"{program} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **options)
    if done.returncode != 0:
        raise Missing(f"{complaint}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
