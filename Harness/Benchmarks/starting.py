"""How long it takes to start: whole processes beside other runtimes', and startup.totalMs beside the floor."""

import json
import os
import shutil

from ratios import estimated, median, median_ratio
from setting import CannotMeasure, Failed

TRUE = "/bin/true"


def beside_bwrap(setting):
    bwrap = [setting.find("bwrap", "bubblewrap"), "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev",
             "--proc", "/proc", "--", TRUE]
    isorun = [setting.isorun, "-q", "--", TRUE]
    return _whole_processes(setting, isorun, bwrap, rounds=40 if setting.quick else 300)


def beside_runc(setting):
    runc = setting.find("runc", "runc")
    if os.geteuid() != 0:
        raise CannotMeasure("runc can set limits as root only")
    limits = {"memory": 512 << 20, "pids": 128, "cpus": os.cpu_count()}
    place = bundle(setting, runc, "bundle", limits)
    isorun = [setting.isorun, "-q", "-m", str(limits["memory"]), "--pids-limit", str(limits["pids"]),
              "--cpus", str(limits["cpus"]), "--", TRUE]
    theirs = [runc, "--root", str(setting.scratch / "runc"), "run", "--bundle", str(place),
              f"isorun-benchmark-{os.getpid()}"]
    return _whole_processes(setting, isorun, theirs, rounds=10 if setting.quick else 60)


def tail(setting):
    """p99 beside p50 of whole processes, one after the other."""
    rounds = 100 if setting.quick else 500
    isorun = [setting.isorun, "-q", "--", TRUE]
    times = sorted(wall for wall, _ in setting.spawn([isorun], rounds, warmup=5)[0])
    value, interval = estimated(lambda drawn: _late(drawn[0]) / median(drawn[0]), times)
    return {"value": value, "interval": interval, "rounds": rounds, "commands": [isorun],
            "details": [f"p50 {median(times):.2f} ms, p90 {times[rounds * 9 // 10]:.2f} ms, p99 {_late(times):.2f} ms, most "
                        f"{times[-1]:.2f} ms"]}


def _late(times):
    """p99."""
    return sorted(times)[-1 - len(times) // 100]


def _whole_processes(setting, ours, theirs, rounds):
    our_times, their_times = setting.spawn([ours, theirs], rounds, warmup=3)
    value, interval = median_ratio([([one[0]], [other[0]]) for one, other in zip(our_times, their_times)])
    details = []
    for name, times in ((ours[0], our_times), (theirs[0], their_times)):
        wall, cpu = [time[0] for time in times], [time[1] for time in times]
        details.append(f"{os.path.basename(name)}: median {median(wall):.2f} ms, least {min(wall):.2f} ms; "
                       f"CPU time median {median(cpu):.2f} ms")
    return {"value": value, "interval": interval, "rounds": rounds, "commands": [ours, theirs], "details": details}


def bundle(setting, runc, name, limits=None, mounts=()):
    """The least OCI bundle: busybox as /bin/true, what `runc spec` proposes, and limits as ours."""
    limits = limits or {"memory": 512 << 20, "pids": 1024, "cpus": os.cpu_count()}
    busybox = setting.find("busybox", "busybox-static")
    place = setting.scratch / name
    (place / "rootfs" / "bin").mkdir(parents=True)
    shutil.copy(busybox, place / "rootfs" / "bin" / "true")
    for library in _libraries(setting, busybox):
        target = place / "rootfs" / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)
    setting.run([runc, "spec", "--bundle", str(place)])
    config = json.loads((place / "config.json").read_text())
    config["mounts"] += mounts
    config["process"].update(terminal=False, args=[TRUE])
    config["linux"]["resources"].update(
        memory={"limit": limits["memory"], "swap": limits["memory"]},
        pids={"limit": limits["pids"]},
        cpu={"quota": limits["cpus"] * 100_000, "period": 100_000})
    (place / "config.json").write_text(json.dumps(config))
    return place


def _libraries(setting, program):
    """What a dynamic program needs; nothing for a static one, of which ldd says so by failing."""
    try:
        words = setting.run(["ldd", program]).split()
    except Failed:
        return []
    return [word for word in words if word.startswith("/")]


def beside_floor(setting):
    """Each round is one floor of some containers and as many runs of isorun."""
    if os.geteuid() != 0:
        raise CannotMeasure("the floor needs root: run this as root")
    rounds, block = (8, 5) if setting.quick else (40, 5)
    floor = [setting.tool("floor"), str(block)]
    isorun = [setting.isorun, "-q", "--json", "-", "--", TRUE]
    output = setting.scratch / "documents"
    setting.spawn([isorun], 1)
    times = setting.spawn([floor] + [isorun] * block, rounds, output=output)
    documents, size = _documents(output.read_text()), block + 1
    pairs, runs, floors = [], [], []
    for number in range(rounds):
        group = documents[number * size:(number + 1) * size]
        # Round by round another command is the first.
        ordered = {(number + turn) % size: document for turn, document in enumerate(group)}
        lowest, results = ordered[0], [ordered[index] for index in range(1, size)]
        floors.append(lowest)
        runs += [(result, times[index][number][0]) for index, result in enumerate(results, 1)]
        pairs.append(([one["startup"]["totalMs"] for one in results], lowest["startMs"]))
    value, interval = median_ratio(pairs)
    return {"value": value, "interval": interval, "rounds": rounds, "commands": [isorun, floor],
            "details": _phases(runs, floors, block)}


def _documents(text):
    decoder, documents, at = json.JSONDecoder(), [], 0
    while text := text[at:].lstrip():
        document, at = decoder.raw_decode(text)
        documents.append(document)
    return documents


def _phases(runs, floors, block):
    startups = [result["startup"] for result, _ in runs]
    totals = [one["totalMs"] for one in startups]
    starts = [value for one in floors for value in one["startMs"]]
    rest = [whole - result["startup"]["totalMs"] - result["durationMs"] for result, whole in runs]
    names = list(startups[0]["phases"])
    fastest = min(startups, key=lambda one: one["totalMs"])["phases"]

    def told(figure):
        return ", ".join(f"{name} {figure(name):.2f}" for name in names)

    return [
        f"startup.totalMs: median {median(totals):.2f} ms, least {min(totals):.2f} ms",
        f"floor's start: median {median(starts):.2f} ms, least {min(starts):.2f} ms; {block} containers a process, so"
        " all but the first find it warm, while isorun is a new process each time",
        f"floor's start until it is gone: median {median([one['totalMedianMs'] for one in floors]):.2f} ms",
        "phases, medians in ms: " + told(lambda name: median([one["phases"][name] for one in startups])),
        "phases, means in ms, which add up: "
        + told(lambda name: sum(one["phases"][name] for one in startups) / len(startups)),
        "phases of the fastest start in ms: " + told(fastest.get),
        f"the process outside of its start and its job (loading, reading options, teardown, the document): "
        f"median {median(rest):.2f} ms, least {min(rest):.2f} ms",
    ]
