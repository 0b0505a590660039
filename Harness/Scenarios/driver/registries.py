"""Scenarios of registries: a real one, and one that lies."""
import contextlib
# For names of hosts; it comes with the first of them, when a driver that has become another user may not read it any more.
import encodings.idna  # noqa: F401
import gzip
import hashlib
import http.server
import io
import json
import os
import random
import socket
import ssl
import subprocess
import sys
import tarfile
import threading
import time

from . import host
from .images import Images

LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


# A registry of a real kind.

@contextlib.contextmanager
def real_registry(directory):
    """docker-registry on a free port of loopback: the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = os.path.join(directory, "registry.yml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {directory}/registry}}}}\n"
                   f"http: {{addr: '127.0.0.1:{port}'}}\n")
    process = subprocess.Popen(["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30 * host.patience
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def real(space, arena, directory):
    """Pulled from Debian's registry that skopeo filled, as an OCI image and as docker's, gzip and zstd, and run."""
    with Images(space, directory) as all_, real_registry(directory) as port:
        top = all_.root(**{"etc/motd": "from afar\n"})
        all_.isorun("image", "import", "-c", 'CMD ["cat", "/etc/motd"]', top, "made:1")
        layout = os.path.join(directory, "layout")
        all_.isorun("image", "export", "-o", layout, "made:1")
        all_.isorun("image", "prune", "-a")
        for tag, options in (("gzip", ["--dest-compress"]), ("zstd", ["--dest-compress-format", "zstd"]), ("docker", ["--format", "v2s2"])):
            name = f"127.0.0.1:{port}/team/app:{tag}"
            command = ["skopeo", "copy", "-q", "--dest-tls-verify=false", *options, f"oci:{layout}:made:1", f"docker://{name}"]
            got = subprocess.run(command, capture_output=True, text=True, check=False, env=all_.env)
            all_.check(f"skopeo fills the registry: {tag}", got.returncode == 0, got.stderr)
            got = all_.isorun("image", "pull", name)
            all_.check(f"pull {tag}", got.returncode == 0 and f"Status: Downloaded newer image for {name}\n" in got.stdout, got.stdout, got.stderr)
            all_.expect("it runs", all_.run("--image", name), 0, stdout="from afar\n")
        got = all_.isorun("image", "pull", name)
        all_.check("once more", f"Status: Image is up to date for {name}\n" in got.stdout, got.stdout)
        digest = next(line.split()[1] for line in got.stdout.splitlines() if line.startswith("Digest: "))
        all_.isorun("image", "prune", "-a")
        got = all_.run("--image", name)
        all_.check("run fetches what is not there", got.returncode == 0 and got.stdout == "from afar\n", got.stdout, got.stderr)
        all_.expect("by its digest", all_.run("--image", f"127.0.0.1:{port}/team/app@{digest}"), 0, stdout="from afar\n")
        pinned = f"{name}@{digest}"

        def references():
            found = json.loads(all_.isorun("image", "inspect", pinned).stdout)[0]
            return found["RepoTags"], found["RepoDigests"]
        got = all_.isorun("image", "pull", pinned)
        all_.check("by its tag and its digest", got.returncode == 0 and "Status: Image is up to date for" in got.stdout, got.stdout, got.stderr)
        all_.check("is what the tag has already", references() == ([name], [f"127.0.0.1:{port}/team/app@{digest}"]), references())
        all_.isorun("image", "prune", "-a")
        all_.isorun("image", "pull", "-q", pinned)
        all_.check("is no tag by itself", references() == ([], [f"127.0.0.1:{port}/team/app@{digest}"]), references())
        all_.expect("it is listed", all_.isorun("image", "list", "--format", "{{.Repository}} {{.Tag}}"), 0, stdout=f"127.0.0.1:{port}/team/app <none>\n")
        all_.expect("it runs", all_.run("--pull", "never", "--image", pinned), 0, stdout="from afar\n")
        all_.expect("the tag means nothing", all_.run("--pull", "never", "--image", name), 125, stderr="No such image")
        all_.expect("what is not there", all_.isorun("image", "pull", f"127.0.0.1:{port}/team/app:none"), 1, stderr="is not there")
        all_.expect("nobody answers", all_.isorun("image", "pull", "127.0.0.1:1/x"), 1, stderr="127.0.0.1:1 cannot be reached: Connection refused (ECONNREFUSED)")
        all_.expect("nobody answers to a login", all_.isorun("login", "127.0.0.1:1", "-u", "a", "-p", "b"), 1, stderr="127.0.0.1:1 cannot be reached: Connection refused (ECONNREFUSED)")
        pulls = [all_.popen("image", "pull", "-q", name) for _ in range(3)]
        all_.isorun("image", "prune", "-a")
        for pull in pulls:
            _, err = pull.communicate(timeout=120 * host.patience)
            all_.check("pulls and a prune at once", pull.returncode == 0, err)
        all_.expect("and it runs", all_.run("--image", name), 0, stdout="from afar\n")
        all_.check("nothing half made", all_.is_tidy())
        return all_.complaints


# A registry that lies.

def archive(*links, **files):
    """A tar archive: links as (name, type, target), then files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, kind, target in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            tar.addfile(entry)
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


class Server(http.server.ThreadingHTTPServer):
    """A server on a free port of loopback, as long as a scenario wants it."""

    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.asked = []
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, request, client_address):
        """Clients that are killed or that hang up are what some scenarios are about."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(request, client_address)

    @property
    def port(self):
        return self.server_address[1]

    @property
    def authority(self):
        return f"127.0.0.1:{self.port}"


class Liar(Server):
    """A registry whose answers a scenario chooses: paths, and what is sent there; with a certificate it speaks HTTPS."""

    def __init__(self, certificate=None):
        self.answers = {}
        super().__init__(Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # The handshake is for the thread of the connection.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def image(self, name, layer=None, plain=None, change=lambda manifest: manifest, architecture="amd64"):
        """Offers an image of one layer; `change` makes the manifest another."""
        plain = archive(file=b"contents") if plain is None else plain
        layer = gzip.compress(plain, 1) if layer is None else layer
        diff = "sha256:" + hashlib.sha256(plain).hexdigest()
        config = json.dumps({"architecture": architecture, "os": "linux", "config": {"Cmd": ["/file"]},
                             "rootfs": {"type": "layers", "diff_ids": [diff]}}).encode()
        blobs = [self.blob(name, config, "application/vnd.oci.image.config.v1+json"), self.blob(name, layer, LAYER + "+gzip")]
        manifest = change({"schemaVersion": 2, "mediaType": MANIFEST, "config": blobs[0], "layers": [blobs[1]]})
        data = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        self.answers[f"/v2/{name}/manifests/latest"] = (200, {"Content-Type": MANIFEST}, data)
        return blobs[1]

    def blob(self, name, data, kind):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        self.answers[f"/v2/{name}/blobs/{digest}"] = (200, {}, data)
        return {"mediaType": kind, "digest": digest, "size": len(data)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.asked.append((self.path, dict(self.headers)))
        answer = self.server.answers.get(path, (200, {}, b"{}") if path == "/v2/" else (404, {}, b"{}"))
        if callable(answer):
            return answer(self)
        status, headers, body = answer
        self.reply(status, headers, body)

    def reply(self, status, headers, body):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)


def endless(handler):
    """A body without an end."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")


def hostile(space, arena, directory):
    """Whatever a registry sends, it is refused with the reason, and the store is as before."""
    with Images(space, directory) as all_, Liar() as liar, Liar() as thief:
        def refused(what, name, reason, *words):
            got = all_.isorun("image", "pull", *words, f"{liar.authority}/{name}")
            all_.check(what, got.returncode == 1 and reason in got.stderr, got.returncode, got.stdout[-500:], got.stderr[-1000:])
            all_.check(f"{what}: the store is as before", all_.isorun("image", "list", "-q").stdout == "")

        layer = liar.image("wrong-digest")
        liar.answers[f"/v2/wrong-digest/blobs/{layer['digest']}"] = (200, {}, bytes(layer["size"]))
        refused("a layer with another digest", "wrong-digest", "its digest is")
        layer = liar.image("longer")
        path = f"/v2/longer/blobs/{layer['digest']}"
        liar.answers[path] = (200, {}, liar.answers[path][2] + b"more")
        refused("a layer that is longer", "longer", "it is longer than")
        layer = liar.image("endless")
        liar.answers[f"/v2/endless/blobs/{layer['digest']}"] = endless
        refused("a layer without an end", "endless", "it is longer than")
        liar.answers["/v2/endless-manifest/manifests/latest"] = endless
        refused("a manifest without an end", "endless-manifest", "an answer of more than")
        liar.image("deep", change=lambda _: b"[" * 1_000_000)
        refused("a manifest that is nested without end", "deep", "nested deeper")
        liar.image("many", change=lambda it: {**it, "layers": it["layers"] * 10_000})
        refused("a manifest of ten thousand layers", "many", "layers; the kernel stacks")
        liar.image("bomb", plain=bytes(64 << 20))
        refused("a layer that unpacks to much more", "bomb", "it unpacks to more than", "--max-size", "8m")
        liar.image("no-tar", plain=b"this is no archive" * 1000)
        refused("a layer that is no archive", "no-tar", "no-tar")
        liar.image("another", layer=gzip.compress(archive(file=b"not that"), 1))
        refused("a layer of other files than announced", "another", "the configuration says")
        liar.image("single")
        refused("an image for another platform than was asked for", "single", "no image for linux/s390x, only one for linux/amd64", "--platform", "linux/s390x")
        all_.expect("no platform", all_.isorun("image", "pull", "--platform", "foo", f"{liar.authority}/single"), 64, stderr='"foo" is no platform')
        liar.image("foreign", architecture="mips")
        for words in ([], ["--platform", "linux/mips"]):
            got = all_.isorun("image", "pull", "-q", *words, f"{liar.authority}/foreign")
            all_.check("the only platform there is", got.returncode == 0 and ("WARNING: the image is for linux/mips, not for" in got.stderr) == (not words), got.stdout, got.stderr)
        all_.isorun("image", "rm", f"{liar.authority}/foreign")
        victim = os.path.join(directory, "victim")
        liar.image("escape", plain=archive(**{"../" * 12 + victim.lstrip("/"): b"x"}))
        refused("an entry that leads out", "escape", "its path leads through '..'")
        liar.image("hard-link", plain=archive(("ln", tarfile.LNKTYPE, "../../../etc/passwd")))
        refused("a hard link to outside", "hard-link", "'ln': its path leads through '..'")
        liar.image("hard-link-root", plain=archive(("ln", tarfile.LNKTYPE, "/etc/passwd")))
        refused("a hard link to what the image has not", "hard-link-root", "'etc/passwd', which is not there")
        liar.image("whiteout", plain=archive(**{"dir/.wh...": b""}))
        refused("a whiteout of '..'", "whiteout", "it is a whiteout of '..'")
        liar.image("circle", plain=archive(("a", tarfile.SYMTYPE, "b"), ("b", tarfile.SYMTYPE, "a"), **{"a/file": b"x"}))
        refused("links in a circle", "circle", "'a/file': too many links lead to it")
        liar.image("through", plain=archive(("out", tarfile.SYMTYPE, directory), **{"out/victim": b"x"}))
        all_.expect("a link that leads out leads into the image", all_.isorun("image", "pull", f"{liar.authority}/through"), 0)
        all_.isorun("image", "rm", f"{liar.authority}/through")
        all_.check("nothing was written outside", not os.path.exists(victim))
        liar.answers["/v2/wrong/manifests/latest"] = (200, {"Content-Type": MANIFEST, "Docker-Content-Digest": "sha256:" + "0" * 64}, b"{}")
        refused("a manifest with another digest", "wrong", "was announced")
        # Credentials are for who asked for them, and for nobody that they are sent on to.
        os.makedirs(all_.env["DOCKER_CONFIG"], exist_ok=True)
        with open(os.path.join(all_.env["DOCKER_CONFIG"], "config.json"), "w", encoding="utf-8") as file:
            json.dump({"auths": {liar.authority: {"auth": "dXNlcjpzZWNyZXQ="}}}, file)
        layer = liar.image("moved")
        manifest = liar.answers["/v2/moved/manifests/latest"]
        basic = {"WWW-Authenticate": 'Basic realm="here"'}
        liar.answers["/v2/moved/manifests/latest"] = lambda it: it.reply(*(manifest if it.headers.get("Authorization") else (401, basic, b"")))
        thief.blob("moved", liar.answers[f"/v2/moved/blobs/{layer['digest']}"][2], LAYER)
        liar.answers[f"/v2/moved/blobs/{layer['digest']}"] = (307, {"Location": f"http://{thief.authority}/v2/moved/blobs/{layer['digest']}"}, b"")
        all_.expect("a redirect is followed", all_.isorun("image", "pull", f"{liar.authority}/moved"), 0)
        seen = [headers for path, headers in thief.asked if "blobs" in path]
        all_.check("and shows nobody the credentials", len(seen) == 1 and "Authorization" not in seen[0], seen)
        asked = [headers.get("Authorization") for path, headers in liar.asked if "moved" in path]
        all_.check("the registry itself saw them", "Basic dXNlcjpzZWNyZXQ=" in asked, asked)
        liar.answers["/v2/around/manifests/latest"] = (302, {"Location": "/v2/around/manifests/latest"}, b"")
        got = all_.isorun("image", "pull", f"{liar.authority}/around")
        all_.check("a redirect in circles", got.returncode == 1 and "in circles" in got.stderr, got.stderr)
        all_.check("nothing half made", all_.is_tidy())
        return all_.complaints


def patient(space, arena, directory):
    """What fails is tried again, and goes on where it stopped; tokens are fetched; credentials are kept and forgotten."""
    with Images(space, directory) as all_, Liar() as liar:
        plain = archive(file=random.Random(1).randbytes(3 << 20))
        layer = liar.image("torn", plain=plain)
        path = f"/v2/torn/blobs/{layer['digest']}"
        data, ranges = liar.answers[path][2], []

        def torn(handler):
            asked = handler.headers.get("Range")
            ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if len(ranges) == 2:
                return handler.reply(503, {"Retry-After": "0"}, b"")
            handler.send_response(206 if asked else 200)
            handler.send_header("Content-Length", str(len(data) - start))
            handler.end_headers()
            handler.wfile.write(data[start:] if len(ranges) > 2 else data[:1 << 20])
            handler.close_connection = True

        liar.answers[path] = torn
        got = all_.isorun("image", "pull", f"{liar.authority}/torn")
        all_.check("a torn body is gone on with", got.returncode == 0 and ranges[0] is None and len(ranges) == 3, ranges, got.stdout, got.stderr)
        all_.check("where it stopped", ranges[-1] not in (None, "bytes=0-"), ranges)
        # Bearer tokens, for which a name and a password are given.
        liar.image("secret")
        manifest = liar.answers["/v2/secret/manifests/latest"]
        bearer = {"WWW-Authenticate": f'Bearer realm="http://{liar.authority}/token",service="here",scope="repository:secret:pull"'}
        liar.answers["/v2/secret/manifests/latest"] = lambda it: it.reply(*(manifest if it.headers.get("Authorization") == "Bearer yes" else (401, bearer, b"")))
        liar.answers["/v2/"] = lambda it: it.reply(*((200, {}, b"{}") if it.headers.get("Authorization") == "Bearer yes" else (401, bearer, b"")))
        liar.answers["/token"] = lambda it: it.reply(*((200, {}, b'{"token":"yes"}') if it.headers.get("Authorization") == "Basic dXNlcjpzZWNyZXQ=" else (401, {}, b"")))
        all_.expect("nobody", all_.isorun("image", "pull", f"{liar.authority}/secret"), 1, stderr=f"isorun login {liar.authority}")
        line = [space.isorun, "login", "-u", "user", "--password-stdin", liar.authority]
        wrong = subprocess.run(line, input="wrong\n", capture_output=True, text=True, env=all_.env, check=False)
        all_.check("login with a wrong password", wrong.returncode == 1 and "does not take" in wrong.stderr, wrong.stderr)
        right = subprocess.run(line, input="secret\n", capture_output=True, text=True, env=all_.env, check=False)
        all_.check("login", right.returncode == 0 and right.stdout == "Login Succeeded\n", right.stdout, right.stderr)
        config = os.path.join(all_.env["DOCKER_CONFIG"], "config.json")
        all_.check("kept as docker keeps it, for oneself alone", os.stat(config).st_mode & 0o777 == 0o600 and json.load(open(config))["auths"][liar.authority]["auth"] == "dXNlcjpzZWNyZXQ=")
        all_.expect("pull", all_.isorun("image", "pull", f"{liar.authority}/secret"), 0)
        asked = [path for path, _ in liar.asked if path.startswith("/token")]
        all_.check("the token is for this repository", "scope=repository%3Asecret%3Apull" in asked[-1] and "service=here" in asked[-1], asked[-1])
        all_.expect("logout", all_.isorun("logout", liar.authority), 0, stdout=f"Removing login credentials for {liar.authority}\n")
        all_.check("forgotten", liar.authority not in json.load(open(config))["auths"])
        # A helper has them.
        helper = os.path.join(directory, "docker-credential-test")
        with open(helper, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nread -r host\necho "{\\"ServerURL\\":\\"$host\\",\\"Username\\":\\"user\\",\\"Secret\\":\\"secret\\"}"\n')
        os.chmod(helper, 0o755)
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"credHelpers": {liar.authority: "test"}}, file)
        all_.env["PATH"] = f"{directory}:{all_.env['PATH']}"
        all_.expect("a helper", all_.isorun("image", "pull", f"{liar.authority}/secret"), 0)
        return all_.complaints
