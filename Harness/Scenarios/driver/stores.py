"""Scenarios of what a store of images lives through."""
import contextlib
import json
import os
import random
import signal
import subprocess
import time

from .images import Images
from .registries import Liar, archive


def killed(space, arena, directory):
    """SIGKILL at any moment of a pull or an import: the store is well, and the next one works."""
    with Images(space, directory) as all_, Liar() as liar:
        chance = random.Random(7)
        files = {f"d{number % 20}/f{number}": chance.randbytes(3000) for number in range(1500)}
        liar.image("app", plain=archive(**files))
        tar = os.path.join(directory, "root.tar")
        with open(tar, "wb") as file:
            file.write(archive(**files))
        whole = 0.0
        for words in (["image", "pull", "-q", f"{liar.authority}/app"], ["image", "import", "-q", tar, "app"]):
            began = time.monotonic()
            all_.expect("whole", all_.isorun(*words), 0)
            whole = time.monotonic() - began
            for number in range(15):
                all_.isorun("image", "prune", "-a") if number % 3 else None
                process = all_.popen(*words)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(whole * (number + 0.5) / 15)
                process.send_signal(signal.SIGKILL)
                process.communicate()
                listed = all_.isorun("image", "list", "-q")
                all_.check("list", listed.returncode == 0, listed.stderr)
            all_.expect("the next one works", all_.isorun(*words), 0)
            for identity in set(all_.isorun("image", "list", "-q", "--no-trunc").stdout.split()):
                record = json.load(open(f"{all_.store}/images/{identity.removeprefix('sha256:')}/record.json", encoding="utf-8"))
                for layer in record["layers"]:
                    place = f"{all_.store}/layers/{layer['chain'].removeprefix('sha256:')}"
                    found = sum(len(names) for _, _, names in os.walk(place))
                    all_.check("all files of a layer are there", found == len(files), found)
            all_.isorun("image", "prune", "-a")
        all_.check("nothing half made", all_.is_tidy())
        return all_.complaints
