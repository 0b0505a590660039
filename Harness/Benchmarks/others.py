"""docker and a virtual machine, as `isorun bench startup` measures them."""

import json
import os
from pathlib import Path

from ratios import estimated, median
from setting import CannotMeasure, Failed


def docker(setting):
    return _beside(setting, "docker", "first")


def machine(setting):
    return _beside(setting, "qemu", "first")


def _beside(setting, name, measure):
    """Their time to the first instruction by isorun's cold one, of one run of the bench."""
    found = setting.scratch / f"bench-{name}.json"
    runs, slow = ("10", "3") if setting.quick else ("40", "8")
    command = [setting.isorun, "bench", "startup", "-q", "--only", name, "--runs", runs, "--slow-runs", slow,
               "--warmup", "1", "--json", str(found), *(["--kernel", _kernel()] if name == "qemu" and _kernel() else [])]
    setting.run(command)
    rows = {row["id"]: row for row in json.loads(found.read_text())["rows"]}
    if rows["isorun"]["failure"]:
        raise Failed(f"isorun: {rows['isorun']['failure']['reason']}")
    other = next((row for row in rows.values() if row["id"].startswith(name)), None)
    if other is None or other["failure"]:
        failure = other and other["failure"]
        raise CannotMeasure(f"{name}: {failure['reason']}; {failure['help'] or ''}" if failure else f"no {name} here")
    ours, theirs = _measure(rows["isorun"], measure), _measure(other, measure)
    value, interval = estimated(lambda drawn: median(drawn[1]) / median(drawn[0]), ours["samples"], theirs["samples"])
    return {"value": value, "interval": interval, "rounds": len(theirs["samples"]), "commands": [command],
            "details": [f"isorun: median {ours['p50']:.2f} ms, least {ours['min']:.2f} ms",
                        f"{other['name']}: median {theirs['p50']:.2f} ms, least {theirs['min']:.2f} ms"]}


def _kernel():
    """The kernel that Harness/VM keeps, which lies in a home that the clean environment does not know."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "isorun" / "vm" / "kernel"
    return next((str(path) for path in sorted(cache.glob("*/boot/vmlinuz-*"))), None)


def _measure(row, name):
    return next(one for one in row["measures"] if one["id"] == name)
