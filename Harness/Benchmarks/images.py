"""What images cost: unpacking one beside umoci, and starting a container of many layers beside one of the host's root."""

import os
import shutil
import sys
import time
from pathlib import Path

from ratios import median, median_ratio
from setting import CannotMeasure

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Images"))
import layouts  # noqa: E402


def unpacking(setting):
    """Debian's smallest system from an OCI layout: import, which copies and checks its blobs as well, and umoci unpack."""
    umoci, debootstrap = setting.find("umoci", "umoci"), setting.find("debootstrap", "debootstrap")
    if os.geteuid() != 0:
        raise CannotMeasure("only root may give files other owners")
    tree, layout = setting.scratch / "debian", setting.scratch / "debian-layout"
    setting.run(["timeout", "900", debootstrap, "--variant=minbase", "stable", str(tree)])
    layouts.write_layout(str(layout), layouts.tree(str(tree)))
    shutil.rmtree(tree)
    store, bundle = setting.scratch / "image-store", setting.scratch / "unpacked"
    environment = dict(setting.environment, ISORUN_IMAGES=str(store))
    ours = [setting.isorun, "image", "import", "-q", str(layout), "debian"]
    theirs = [umoci, "unpack", "--image", f"{layout}:image", str(bundle)]
    rounds = 3 if setting.quick else 9
    times = []
    for number in range(rounds + 1):
        pair = []
        # Who begins is the other each time.
        for command, place in sorted([(ours, store), (theirs, bundle)], reverse=number % 2 == 1, key=lambda one: one[0]):
            os.sync()
            began = time.monotonic()
            setting.run(command, environment=environment)
            pair.append((command is ours, time.monotonic() - began))
            shutil.rmtree(place)
        if number:  # the first one warms the page cache up
            times.append(([took for is_ours, took in pair if is_ours], [took for is_ours, took in pair if not is_ours]))
    value, interval = median_ratio(times)
    details = [f"isorun: median {median([one[0][0] for one in times]):.2f} s",
               f"umoci: median {median([one[1][0] for one in times]):.2f} s"]
    return {"value": value, "interval": interval, "rounds": rounds, "commands": [ours, theirs], "details": details}


def ten_layers(setting):
    """The same program on an image of ten layers and on the host's root."""
    busybox = setting.find("busybox", "busybox-static")
    root, layout, store = (setting.scratch / name for name in ("image-root", "ten", "ten-store"))
    (root / "bin").mkdir(parents=True)
    shutil.copy(busybox, root / "bin" / "true")
    layers = layouts.tree(str(root)) + [layouts.Layer().add(f"own/{number}", b"x").bytes() for number in range(9)]
    layouts.write_layout(str(layout), layers)
    environment = dict(setting.environment, ISORUN_IMAGES=str(store))
    setting.run([setting.isorun, "image", "import", "-q", str(layout), "ten"], environment=environment)
    ours = [setting.isorun, "run", "-q", "--image", "ten", "--", "/bin/true"]
    # The very same program: what a dynamic one costs is no matter of layers.
    host = [setting.isorun, "-q", "-v", f"{root}/bin:/opt:ro", "--", "/opt/true"]
    rounds = 40 if setting.quick else 300
    our_times, their_times = setting.spawn([ours, host], rounds, warmup=3, environment=environment)
    value, interval = median_ratio([([one[0]], [other[0]]) for one, other in zip(our_times, their_times)])
    details = [f"image: median {median([one[0] for one in our_times]):.2f} ms",
               f"host's root: median {median([one[0] for one in their_times]):.2f} ms"]
    return {"value": value, "interval": interval, "rounds": rounds, "commands": [ours, host], "details": details}
