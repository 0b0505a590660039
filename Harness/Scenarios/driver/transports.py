"""Scenarios of the way to a registry: certificates, and proxies."""
import base64
import contextlib
import http.server
import os
import shutil
import socket
import subprocess
import threading

from . import host
from .images import Images
from .registries import Liar, Server


class Authority:
    """An authority of a scenario's own, and a server's certificate of it."""

    def __init__(self, directory):
        self.directory = directory
        with open(self.path("req.cnf"), "w", encoding="utf-8") as file:
            file.write("[req]\ndistinguished_name=name\n[name]\n")
        self.file = self.make("authority", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")[0]
        signed = ["-CA", self.file, "-CAkey", self.path("authority.key")]
        self.server = self.make("server", "basicConstraints=critical,CA:FALSE", "subjectAltName=DNS:registry.test,IP:127.0.0.1", options=signed)

    def path(self, name):
        return os.path.join(self.directory, name)

    def make(self, name, *extensions, options=()):
        line = ["openssl", "req", "-x509", "-config", self.path("req.cnf"), "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", f"/CN={name}", "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.crt"), *options]
        for extension in extensions:
            line += ["-addext", extension]
        subprocess.run(line, capture_output=True, check=True)
        return self.path(f"{name}.crt"), self.path(f"{name}.key")


@contextlib.contextmanager
def docker_folder(directory):
    """An /etc of this scenario's own mounts, with what the host's has and a /etc/docker/certs.d."""
    top = os.path.join(directory, "etc")
    os.mkdir(top)
    host.call(host.libc.mount(b"tmpfs", top.encode(), b"tmpfs", 0, b"mode=755"), "mount a tmpfs")
    for name in ("upper", "work"):
        os.mkdir(os.path.join(top, name))
    options = f"lowerdir=/etc,upperdir={top}/upper,workdir={top}/work"
    host.call(host.libc.mount(b"overlay", b"/etc", b"overlay", 0, options.encode()), "mount an overlay on /etc")
    try:
        os.makedirs("/etc/docker/certs.d", exist_ok=True)
        yield "/etc/docker/certs.d"
    finally:
        for path in (b"/etc", top.encode()):
            host.call(host.libc.umount2(path, 2), "unmount")  # MNT_DETACH


def trusted(space, arena, directory):
    """A certificate counts where its authority is trusted, by the ways of docker and of OpenSSL, and for its own name."""
    authority = Authority(directory)
    with Images(space, directory) as all_, Liar(authority.server) as liar:
        liar.image("app")
        name = f"{liar.authority}/app"
        plain = dict(all_.env, XDG_CONFIG_HOME=os.path.join(directory, "config"))

        def pull(what, code, image=name, stderr=None, **env):
            all_.env = {**plain, **env}
            all_.expect(what, all_.isorun("image", "pull", image), code, stderr=stderr)
            all_.isorun("image", "prune", "-a")

        got = subprocess.run([space.isorun, "image", "pull", name], env=plain, capture_output=True, text=True, check=False)
        all_.check("an authority that nobody knows", got.returncode == 1 and "its certificate is not from an authority that is trusted here" in got.stderr
                   and f"/etc/docker/certs.d/{liar.authority}/ca.crt" in got.stderr, got.returncode, got.stderr)
        all_.check("is refused at once, and was asked for nothing", "trying again" not in got.stderr and liar.asked == [], got.stderr, liar.asked)
        pull("SSL_CERT_FILE", 0, SSL_CERT_FILE=authority.file)
        pull("a name that is not the certificate's", 1, f"localhost:{liar.port}/app", "its certificate is for another name", SSL_CERT_FILE=authority.file)
        pull("a file that is not there", 1, stderr="SSL_CERT_FILE: ", SSL_CERT_FILE=authority.path("none"))
        pull("a file without a certificate", 1, stderr="holds no certificate", SSL_CERT_FILE=authority.path("req.cnf"))
        all_.env = {**plain, "SSL_CERT_FILE": authority.file}
        all_.expect("login", all_.isorun("login", "-u", "a", "-p", "b", liar.authority), 0, stdout="Login Succeeded\n")
        all_.env = plain
        all_.expect("login at who is not known", all_.isorun("login", "-u", "a", "-p", "b", liar.authority), 1, stderr="its certificate is not from")

        layer = liar.image("moved")
        blob = f"/v2/moved/blobs/{layer['digest']}"
        with Liar() as open_:
            open_.answers[blob], liar.answers[blob] = liar.answers[blob], (307, {"Location": f"http://{open_.authority}{blob}"}, b"")
            pull("a redirect out of HTTPS", 1, f"{liar.authority}/moved", "it redirects from HTTPS to plain HTTP", SSL_CERT_FILE=authority.file)
            all_.check("is not followed", open_.asked == [], open_.asked)

        def lay(folder, registry):
            place = os.path.join(folder, registry)
            os.makedirs(place)
            shutil.copy(authority.file, os.path.join(place, "ca.crt"))

        own = os.path.join(directory, "config/docker/certs.d")
        lay(own, "127.0.0.1:1")
        pull("the authority of another registry", 1, stderr="its certificate is not from")
        lay(own, liar.authority)
        pull("a user's certs.d", 0)
        shutil.rmtree(own)
        if os.geteuid() == 0:
            with docker_folder(directory) as folder:
                lay(folder, liar.authority)
                pull("docker's certs.d", 0)
        pull("and without it no more", 1, stderr="its certificate is not from")
        return all_.complaints


class Proxy(Server):
    """A proxy that writes down what it is asked, and knows where names lead that nobody else knows."""

    def __init__(self, **routes):
        self.routes, self.password = routes, None
        super().__init__(ProxyHandler)

    @property
    def url(self):
        return f"http://{self.authority}"

    def take(self):
        """What it was asked since this was asked before."""
        asked, self.asked = self.asked, []
        return asked


class ProxyHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def port(self, authority):
        """Where a place is in truth; None where the answer has been given."""
        credentials = self.headers.get("Proxy-Authorization")
        self.server.asked.append(f"{self.command} {authority}")
        wanted = self.server.password and "Basic " + base64.b64encode(self.server.password.encode()).decode()
        if wanted and credentials != wanted:
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="here"')
        elif authority not in self.server.routes:
            self.send_response(502)
        else:
            return self.server.routes[authority]
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def do_CONNECT(self):
        if port := self.port(self.path):
            with socket.create_connection(("127.0.0.1", port)) as there:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=self.copy, args=(there, self.connection), daemon=True)
                back.start()
                self.copy(self.connection, there)
                back.join()
            self.close_connection = True

    @staticmethod
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def proxies(space, arena, directory):
    """Proxies are asked as their variables say, in capitals or not, and for nothing that is excepted or this machine's."""
    authority = Authority(directory)
    with Images(space, directory) as all_, Liar(authority.server) as secure, Liar() as open_, Proxy() as proxy:
        secure.image("app")
        open_.image("app")
        here = f"0.0.0.0:{open_.port}"  # this machine by an address that is not loopback's, so that a proxy is asked for it
        proxy.routes = {"registry.test:443": secure.port, "plain.test:5000": open_.port, here: open_.port}
        plain = {**all_.env, "SSL_CERT_FILE": authority.file}

        def pull(what, code, image, *words, stderr=None, **env):
            """The pull's stderr, and what the proxy was asked."""
            all_.env = {**plain, **env}
            got = all_.isorun("image", "pull", *words, image)
            all_.expect(what, got, code, stderr=stderr)
            all_.isorun("image", "prune", "-a")
            return got.stderr, proxy.take()

        for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            _, asked = pull(name, 0, "registry.test/app", **{name: proxy.url})
            all_.check(f"{name}: it was asked to connect", set(asked) == {"CONNECT registry.test:443"}, asked)
        _, asked = pull("it speaks no HTTPS", 1, "plain.test:5000/app", stderr="it does not speak HTTPS", https_proxy=proxy.url)
        for name in ("http_proxy", "HTTP_PROXY"):
            _, asked = pull(name, 0, f"{here}/app", "--plain-http", **{name: proxy.url})
            all_.check(f"{name}: it was asked to connect", set(asked) == {f"CONNECT {here}"}, asked)
        for name, value in (("no_proxy", "x.test, 0.0.0.0"), ("NO_PROXY", "0.0.0.0/8"), ("no_proxy", "*"), ("no_proxy", here)):
            _, asked = pull(f"{name}={value}", 0, f"{here}/app", "--plain-http", http_proxy=proxy.url, https_proxy=proxy.url, **{name: value})
            all_.check(f"{name}={value}: it was not asked", asked == [], asked)
        _, asked = pull("this machine", 0, f"{open_.authority}/app", http_proxy=proxy.url, https_proxy=proxy.url)
        all_.check("this machine: it was not asked", asked == [], asked)
        pull("an address by HTTPS", 1, f"{here}/app", stderr="HTTPS to an address goes through no proxy", https_proxy=proxy.url)
        # Who the proxy wants to know, and who is not to be seen in an error.
        proxy.password = "user:p@ss"
        named = f"http://user:p%40ss@{proxy.authority}"
        pull("credentials", 0, "registry.test/app", https_proxy=named)
        text, asked = pull("none", 1, "registry.test/app", stderr=f"the proxy {proxy.url}: it wants to know who you are", https_proxy=proxy.url)
        all_.check("none: it was asked once", asked == ["CONNECT registry.test:443"], asked)
        text, _ = pull("wrong ones", 1, "registry.test/app", stderr=f"the proxy {proxy.url}: it wants", https_proxy=named.replace("ss@", "sst@"))
        all_.check("no password is shown", "p%40" not in text, text)
        pull("a kind that is not known", 64, "registry.test/app", stderr="the proxy socks5://127.0.0.1:1 is not understood", https_proxy="socks5://a:b@127.0.0.1:1")
        pull("nobody there", 1, "registry.test/app", stderr="registry.test cannot be reached: the proxy http://127.0.0.1:1: Connection refused (ECONNREFUSED)",
             https_proxy="http://127.0.0.1:1")
        all_.env = plain
        all_.check("nothing half made", all_.is_tidy())
        return all_.complaints
