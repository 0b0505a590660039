"""Scenarios of `services` in a suite file: containers beside a job, in one network with it, that end with it."""
import json
import os
import signal
import subprocess

from . import host
from .special import remaining, within

REDIS = "{name: redis, run: redis-server --save '' --appendonly no, ready: {%s}, workdir: /tmp}"


def suite(space, directory, jobs, *words, limit=120):
    """isorun suite with these jobs; what came of it, and its events."""
    project = os.path.join(directory, "project")
    with open(os.path.join(project, "isorun.yml"), "w") as file:
        file.write("version: 1\ndefaults: {workdir: /tmp, volume: ['%s:/probes:ro']}\njobs:\n%s\n" % (space.probes, jobs.replace("PROBES", f"workdir: /tmp, volume: '{space.probes}:/probes:ro'")))
    line = [space.isorun, "suite", *space.allowance, "--events", "events.jsonl", *words]
    got = subprocess.run(line, cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit * host.patience)
    path = os.path.join(project, "events.jsonl")
    events = [json.loads(text) for text in open(path)] if os.path.exists(path) else []
    return got, [event["result"] for event in events if "result" in event]


def redis(space, arena, directory):
    """Debian's Redis beside a job, ready by each kind of sign, gone when the job is; each attempt has one of its own."""
    complaints = []
    # Redis has closed its port before it has ended, which the job cannot see; it has a while for that.
    use = "redis-cli dbsize; redis-cli set key value; redis-cli get key; redis-cli -p 6379 shutdown nosave || :; redis-cli ping && exit 3; sleep 2; exit 0"
    jobs = []
    for number, ready in enumerate(("tcp: 6379", "command: redis-cli ping | grep -q PONG", "log: Ready to accept connections")):
        jobs.append(f"  - {{name: j{number}, run: \"redis-cli dbsize | grep -qx 0 && redis-cli set key value && redis-cli get key | grep -qx value\", services: [{REDIS % ready}]}}")
    got, results = suite(space, directory, "\n".join(jobs))
    if got.returncode != 0 or [one["outcome"] for one in results] != ["passed"] * 3:
        complaints.append(f"redis: exit {got.returncode}: {got.stdout[-1500:]}{got.stderr[-1500:]}")
    got, results = suite(space, directory, f"  - {{name: uses, run: \"{use}\", services: [{REDIS % 'tcp: 6379'}]}}")
    if got.returncode != 0 or "the service redis of uses ended before the job" not in got.stdout + got.stderr:
        complaints.append(f"a service that ends early is told: exit {got.returncode}: {got.stdout[-1500:]}{got.stderr[-1500:]}")
    if remaining():
        complaints.append(f"left: {remaining()}")
    return complaints


def signs(space, arena, directory):
    """Two services and a job see each other on one loopback and nothing of the host's; what never gets ready is told."""
    complaints = []
    both = ("services: [{name: one, PROBES, run: [/probes/net, serve, '8000'], ready: {tcp: 8000}}, "
            "{name: two, PROBES, run: \"/probes/net connect 127.0.0.1 8000 && exec /probes/net serve 8001\", ready: {log: READY}}]")
    got, results = suite(space, directory, "  - {name: meets, run: \"for port in 8000 8001; do /probes/net connect 127.0.0.1 $port; done; cut -d: -f1 /proc/net/dev | tail -n +3 | xargs; exit 7\", " + both + "}")
    text = got.stdout + got.stderr
    if got.returncode != 1 or "port 8000 for" not in text or "port 8001 for" not in text or "eth0" in text or results[0]["exitCode"] != 7:
        complaints.append(f"they meet: exit {got.returncode}: {text[-2000:]}")
    for name, service, ready, words in (
            ("never", "echo starting up; exec /probes/processes wait", "{tcp: 9, timeout: 1s}", ["start the service slow", "not ready within 1.00 s", "port 9", "starting up"]),
            ("never writes", "exec /probes/processes wait >/dev/null", "{log: READY, timeout: 300ms}", ["not ready within 300.0 ms", "READY", "it wrote nothing"]),
            ("never succeeds", "exec /probes/processes wait", "{command: 'false', timeout: 400ms}", ["not ready within 400.0 ms", "did not succeed"]),
            ("ends", "echo broken >&2; exit 3", "{tcp: 9}", ["it ended before it was ready", "exit 3", "broken"]),
            ("is not there", "exec /no/such/server", "{tcp: 9}", ["it ended before it was ready", "127"])):
        got, results = suite(space, directory, f"  - {{name: job, run: echo RAN, services: [{{name: slow, PROBES, run: \"{service}\", ready: {ready}}}]}}", "--junit", "out.xml")
        text = got.stdout + got.stderr
        report = open(os.path.join(directory, "project", "out.xml")).read()
        reason = results[0]["reason"] if results else ""
        if got.returncode != 1 or not results or results[0]["outcome"] != "setup-failed" or "<error" not in report or any(word not in reason for word in words):
            complaints.append(f"a service that {name}: exit {got.returncode}, {results}, {text[-1500:]}")
        if "RAN" in text.replace("echo RAN", ""):
            complaints.append(f"a service that {name}: the job ran all the same")
    for wrong, words in (("{name: a, run: x, ready: {}}", "one of tcp"), ("{name: a, run: x, ready: {tcp: x}}", "is no port"), ("{run: x}", "has a name"),
                         ("{name: a}", "runs nothing"), ("{name: a, run: x, ready: {http: /x}}", "PORT/PATH"), ("{name: a, run: x, network: host}", "no such field"),
                         ("{name: a, run: x, ready: {tcp: 1, timeout: soon}}", "is no duration")):
        got, _ = suite(space, directory, f"  - {{name: job, run: 'true', services: [{wrong}]}}", "--check")
        if got.returncode != 64 or words not in got.stderr or "services[0]" not in got.stderr:
            complaints.append(f"{wrong}: exit {got.returncode}, {got.stderr}")
    return complaints


def early(space, arena, directory):
    """A service that has ended before its job makes that an error, each time; one that ends beside it leaves it its network."""
    complaints = []
    lasting = "{name: lasting, PROBES, run: [/probes/processes, wait], ready: {log: READY}}"
    for name, services, words in (
            ("ends at once", "{name: web, run: echo words; exit 2}", ["the service web ended before it: exit 2", "words"]),
            ("ends when it is ready", "{name: web, run: echo up; exit 2, ready: {log: up}}", ["the service web ended before it: exit 2", "up"]),
            ("ends while another starts", "{name: web, run: echo words; exit 2}, " + lasting, ["the service web ended before it: exit 2", "words"]),
            ("has done its work", "{name: migrate, run: echo migrated}, " + lasting, ["the service migrate ended before it: exit 0, and a service runs until", "migrated"]),
            ("ends later while another starts", "{name: web, run: echo words; sleep 0.5; exit 9}, {name: slow, run: sleep 100, ready: {command: 'sleep 1'}}", ["the service web ended before it: exit 9", "words"])):
        for _ in range(3):
            got, results = suite(space, directory, f"  - {{name: job, run: echo RAN, services: [{services}]}}")
            reason = results[0]["reason"] if results else ""
            # A service has a tenth of a second to end in; a machine that takes longer for it tells of it as of one that ends later.
            if (host.patience > 1 or "at once" in name or "ready" in name) and got.returncode == 0 and "of job ended before the job: exit" in got.stdout + got.stderr:
                continue
            if got.returncode != 1 or not results or results[0]["outcome"] != "setup-failed" or any(word not in reason for word in words):
                complaints.append(f"a service that {name}: exit {got.returncode}, {results}, {got.stderr[-1500:]}")
            if results and results[0]["durationMs"] <= 0:
                complaints.append(f"a service that {name}: it took {results[0]['durationMs']} ms")
    os.makedirs(os.path.join(directory, "project", "out"))
    both = "workdir: /tmp, volume: ['%s:/probes:ro', './out:/out']" % space.probes
    got, results = suite(space, directory, "  - {name: job, %s, run: \"touch /out/go; sleep 1; exec /probes/net connect 127.0.0.1 8000\", services: [{name: first, %s, run: \"until test -e /out/go; do sleep 0.05; done\"}, {name: web, PROBES, run: [/probes/net, serve, '8000'], ready: {tcp: 8000}}]}" % (both, both))
    if got.returncode != 0 or "the service first of job ended before the job: exit 0" not in got.stdout + got.stderr:
        complaints.append(f"the network outlives the first service: exit {got.returncode}: {got.stdout[-1500:]}{got.stderr[-1500:]}")
    return complaints


def words(space, arena, directory):
    """Of a job that did not pass it is told which service ended before it, and what its services wrote, in every report."""
    complaints = []
    noisy = "{name: noisy, run: \"echo 'up and'; echo words of it >&2; sleep 100\", ready: {log: up}}"
    dying = "{name: dying, run: \"sleep 0.5; echo disk full >&2; exit 7\"}"
    got, results = suite(space, directory, "  - {name: job, run: \"sleep 1.5; printf says >&2; exit 3\", services: [%s, %s]}\n  - {name: fine, run: sleep 1.5, services: [%s, %s]}" % (noisy, dying, noisy, dying), "--junit", "out.xml")
    text = got.stdout + got.stderr
    report = open(os.path.join(directory, "project", "out.xml")).read()
    reasons = {one["name"]: one["reason"] for one in results}
    if got.returncode != 1 or reasons.get("fine") != "exit 0" or not reasons.get("job", "").startswith("exit 3; the service dying ended before it: exit 7; its last lines:\ndisk full"):
        complaints.append(f"the service that ended is in the job's reason: exit {got.returncode}, {reasons}: {text[-2000:]}")
    for name in ("job", "fine"):
        if f"warning: the service dying of {name} ended before the job: exit 7" not in text:
            complaints.append(f"the note names {name}: {text[-2000:]}")
    for where, found in (("the terminal", text), ("JUnit", report)):
        if found.count("--- service noisy ---") != 1 or "words of it" not in found or "says" not in found:
            complaints.append(f"a failure's services are told on {where}, and no other's: {found[-2500:]}")
    tests = "{framework: exec, path: ., listCommand: \"printf 'a\\\\nb\\\\n'\", runCommand: \"test {} != b\"}"
    got, results = suite(space, directory, "  - {name: t, tests: %s, services: [%s]}" % (tests, noisy), "--junit", "out.xml")
    report = open(os.path.join(directory, "project", "out.xml")).read()
    if got.returncode != 1 or sorted(one["outcome"] for one in results) != ["failed", "passed"] or report.count("--- service noisy ---") != 1:
        complaints.append(f"tests have theirs told, too: exit {got.returncode}, {results}: {report[-1500:]} {got.stderr[-1500:]}")
    return complaints


def asking(space, arena, directory):
    """A service is asked again where a try hangs; what it last answered is told; cancelled is cancelled."""
    complaints = []
    hangs = "test -e /tmp/asked || { touch /tmp/asked; sleep 1000; }"
    got, results = suite(space, directory, f"  - {{name: job, run: 'true', services: [{{name: s, run: sleep 100, ready: {{command: \"{hangs}\", timeout: 8s}}}}]}}")
    if got.returncode != 0:
        complaints.append(f"a try that hangs is not the last: exit {got.returncode}: {got.stderr[-1500:]}")
    for ready, words in (("{command: sleep 77, timeout: 2s}", ["did not succeed", "its last try had not ended"]), ("{command: exit 4, timeout: 1s}", ["its last try ended with exit 4"]),
                         ("{http: 81/x, timeout: 1s}", ["the connection was refused"])):
        got, results = suite(space, directory, f"  - {{name: job, run: 'true', services: [{{name: s, run: sleep 100, ready: {ready}}}]}}")
        reason = results[0]["reason"] if results else ""
        if got.returncode != 1 or any(word not in reason for word in words):
            complaints.append(f"{ready}: exit {got.returncode}, {results}: {got.stderr[-1500:]}")
    got, _ = suite(space, directory, "  - {name: job, run: 'true', services: [{name: a, run: x, ready: {log: \"up\\n\"}}]}", "--check")
    if got.returncode != 64 or "no line has the end of a line in it" not in got.stderr:
        complaints.append(f"a line's end: exit {got.returncode}: {got.stderr}")
    project = os.path.join(directory, "project")
    with open(os.path.join(project, "isorun.yml"), "w") as file:
        file.write("version: 1\njobs:\n  - {name: job, run: 'true', services: [{name: slow, run: touch /out/began; sleep 100, volume: './out:/out', ready: {log: never}}]}\n")
    os.makedirs(os.path.join(project, "out"), exist_ok=True)
    line = [space.isorun, "suite", *space.allowance, "--events", "cancelled.jsonl"]
    process = subprocess.Popen(line, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if not within(30, lambda: os.path.exists(os.path.join(project, "out", "began"))):
        complaints.append("the service never began")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60 * host.patience)
    results = [event["result"] for event in map(json.loads, open(os.path.join(project, "cancelled.jsonl"))) if "result" in event]
    if process.returncode != 130 or any(one["reason"] != "isorun received SIGINT" or one["outcome"] != "cancelled" for one in results):
        complaints.append(f"cancelled while a service starts: exit {process.returncode}, {results}: {err.decode()[-800:]}")
    if remaining():
        complaints.append(f"left: {remaining()}")
    return complaints


def web(space, arena, directory):
    """A web server is ready when it answers as it should, in a private network too; its ports are published."""
    serve = "mkdir -p /tmp/www && cd /tmp/www && sleep 0.3 && echo fine >health && exec /usr/bin/python3 -m http.server 8000"
    got, results = suite(space, directory, f"  - {{name: job, run: \"bash -c 'exec 3<>/dev/tcp/127.0.0.1/8000; echo GET /health HTTP/1.0 >&3; echo >&3; grep -q 200 <&3'\", services: [{{name: web, run: \"{serve}\", ready: {{http: 8000/health}}}}]}}\n"
                         f"  - {{name: lost, run: 'true', services: [{{name: web, run: \"{serve}\", ready: {{http: 8000/none, timeout: {2 * host.patience}s}}}}]}}")
    outcomes = {one["name"]: one["outcome"] for one in results}
    if outcomes != {"job": "passed", "lost": "setup-failed"}:
        return [f"expected job to pass and lost not to be set up, got {outcomes}: {got.stdout[-1500:]}{got.stderr[-1500:]}"]
    reason = next(one["reason"] for one in results if one["name"] == "lost")
    if "the last answer was status 404" not in reason:
        return [f"what it answered is told: {reason}"]
    got, _ = suite(space, directory, f"  - {{name: job, run: 'true', network: private, publish: ['0:8000'], services: [{{name: web, run: \"{serve}\", ready: {{tcp: 8000}}}}]}}")
    # Where there is no pasta, or it may not be used, that is told.
    if got.returncode != 0 and "pasta" in got.stdout + got.stderr:
        return []
    if got.returncode != 0 or "the service web of job: published 127.0.0.1:" not in got.stdout + got.stderr:
        return [f"the port is told: {got.stdout[-1500:]}{got.stderr[-1500:]}"]
    return []


def killed(space, arena, directory):
    """SIGKILL of isorun, and an interrupt, end services with their job."""
    complaints = []
    project = os.path.join(directory, "project")
    with open(os.path.join(project, "isorun.yml"), "w") as file:
        file.write("version: 1\ndefaults: {workdir: /tmp, volume: ['%s:/probes:ro']}\njobs:\n  - {name: job, run: \"touch /out/began; exec /probes/processes wait\", "
                   "volume: ['%s:/probes:ro', './out:/out'], services: [{name: one, volume: '%s:/probes:ro', run: [/probes/net, serve, '8000'], ready: {tcp: 8000}}, "
                   "{name: two, volume: '%s:/probes:ro', run: [/probes/processes, wait], ready: {log: READY}}]}\n" % ((space.probes,) * 4))
    os.makedirs(os.path.join(project, "out"))
    began = os.path.join(project, "out", "began")
    for number, code in ((signal.SIGKILL, -9), (signal.SIGINT, 130)):
        process = subprocess.Popen([space.isorun, "suite", *space.allowance], cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if not within(30, lambda: os.path.exists(began)):
            complaints.append("the job never began")
        process.send_signal(number)
        out, err = process.communicate(timeout=60 * host.patience)
        if process.returncode != code:
            complaints.append(f"signal {number}: exit {process.returncode}: {out.decode()[-800:]}{err.decode()[-800:]}")
        if not within(1.5, lambda: not remaining()):
            complaints.append(f"after signal {number}: {host.descendants()}")
        if os.path.exists(began):
            os.unlink(began)
    subprocess.run([space.isorun, "-q", *space.allowance, "--", "/bin/true"], cwd=project, stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * host.patience)
    return complaints
