"""Images that the cross-check makes: OCI layouts, written byte by byte, so that nothing tidies them up on the way."""
import gzip
import hashlib
import io
import json
import os
import tarfile

LAYER = "application/vnd.oci.image.layer.v1.tar"


class Layer:
    """A layer's archive, entry by entry."""

    def __init__(self):
        self.file = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.file, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8",
                                errors="surrogateescape")

    def add(self, name, data=b"", *, kind=tarfile.REGTYPE, mode=0o644, owner=(0, 0), time=1_500_000_000.25, link="",
            device=(0, 0), xattrs=None):
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode, entry.linkname = kind, mode, link
        entry.uid, entry.gid = owner
        entry.mtime = time
        entry.devmajor, entry.devminor = device
        entry.size = len(data)
        entry.pax_headers = {f"SCHILY.xattr.{key}": value for key, value in (xattrs or {}).items()}
        self.tar.addfile(entry, io.BytesIO(data))
        return self

    def directory(self, name, mode=0o755, **others):
        return self.add(name, kind=tarfile.DIRTYPE, mode=mode, **others)

    def symlink(self, name, target, **others):
        return self.add(name, kind=tarfile.SYMTYPE, link=target, mode=0o777, **others)

    def hard_link(self, name, target):
        return self.add(name, kind=tarfile.LNKTYPE, link=target)

    def bytes(self):
        self.tar.close()
        return self.file.getvalue()


def write_layout(path, layers, compress=True, config=None):
    """Writes layers, the lowest first, as an image `IMAGE` of a layout."""
    os.makedirs(f"{path}/blobs/sha256")

    def blob(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{path}/blobs/sha256/{digest}", "wb") as file:
            file.write(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    diffs, blobs = [], []
    for data in layers:
        diffs.append("sha256:" + hashlib.sha256(data).hexdigest())
        packed = gzip.compress(data, 6, mtime=0) if compress else data
        blobs.append(blob(packed, LAYER + ("+gzip" if compress else "")))
    document = {"architecture": "amd64", "os": "linux", "created": "2020-01-02T03:04:05Z", "config": config or {},
                "rootfs": {"type": "layers", "diff_ids": diffs}}
    config_blob = blob(json.dumps(document).encode(), "application/vnd.oci.image.config.v1+json")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config_blob, "layers": blobs}
    entry = blob(json.dumps(manifest).encode(), kind)
    entry["annotations"] = {"org.opencontainers.image.ref.name": "image"}
    with open(f"{path}/index.json", "w", encoding="utf-8") as file:
        json.dump({"schemaVersion": 2, "manifests": [entry]}, file)
    with open(f"{path}/oci-layout", "w", encoding="utf-8") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')


def everything():
    """One layer with all that an archive can hold."""
    layer = Layer()
    layer.directory("./", mode=0o755, time=1_400_000_000)
    layer.directory("etc", mode=0o711, owner=(3, 4)).add("etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    layer.add("bin/setuid", b"#!", mode=0o4755).add("bin/setgid", b"#!", mode=0o2711, owner=(5, 6))
    layer.directory("tmp", mode=0o1777).add("etc/secret", b"s", mode=0o000, owner=(42, 42))
    layer.symlink("etc/relative", "passwd", owner=(7, 8)).symlink("etc/absolute", "/etc/passwd")
    layer.symlink("etc/out", "../../../../etc/shadow").symlink("etc/nowhere", "missing")
    layer.hard_link("etc/passwd.again", "etc/passwd").hard_link("etc/link.again", "etc/relative")
    layer.add("run/fifo", kind=tarfile.FIFOTYPE, mode=0o620)
    layer.add("dev/null", kind=tarfile.CHRTYPE, mode=0o666, device=(1, 3), owner=(0, 5))
    layer.add("dev/loop", kind=tarfile.BLKTYPE, mode=0o660, device=(7, 0), owner=(0, 6))
    layer.add("high", b"h", owner=(3_000_000_000, 2_000_000_000))
    layer.add("tagged", b"t", xattrs={"user.colour": "blue", "user.shape": "round"})
    layer.directory("tagged.d", xattrs={"user.colour": "green"})
    # cap_net_bind_service=ep, as vfs_cap_data of version 2
    capability = bytes([1, 0, 0, 2, 0, 4] + [0] * 14).decode("latin-1")
    layer.add("bin/ping", b"#!", mode=0o755, xattrs={"security.capability": capability})
    layer.add("not-utf8-\udcff\udcfe", b"n").add("späte/日本語", b"u").add("with space\nand line", b"w")
    layer.add("long/" + "/".join(["d" * 60] * 4) + "/" + "f" * 200, b"l", mode=0o600)
    layer.add("old", b"o", time=1).add("future", b"f", time=4_000_000_000).add("fine", b"f", time=1_500_000_000.123456)
    layer.add("big", os.urandom(1 << 16) * 40).add("empty", b"")
    return [layer.bytes()]


def removals():
    """Layers that take away, put back and go through links of the layers below."""
    low = Layer().directory("a", mode=0o700, owner=(1, 1), time=1_300_000_000).add("a/one", b"1").add("a/two", b"2")
    low.directory("b", mode=0o755).add("b/gone", b"g").directory("b/sub").add("b/sub/x", b"x")
    low.add("c/file", b"c").directory("usr/lib", mode=0o750, owner=(9, 9), time=1_200_000_000).symlink("lib", "usr/lib")
    low.add("usr/lib/so", b"so", mode=0o600, owner=(8, 8)).add("d/becomes-file/x", b"x").add("e", b"file")
    low.directory("deep/er/est", mode=0o711, time=1_100_000_000)
    middle = Layer().add("a/.wh.one").directory("b").add("b/.wh..wh..opq").add("b/new", b"n").add(".wh.c")
    middle.add("lib/other", b"other").hard_link("copy", "usr/lib/so").add("d/becomes-file", b"now a file")
    middle.directory("e", mode=0o500).add("e/inside", b"i").add("deep/er/est/here", b"h")
    top = Layer().directory("c", mode=0o700).add("c/again", b"again").add("a/one", b"one again").add("b/.wh.new")
    top.add("lib/other", b"replaced").directory("usr", mode=0o711)
    return [low.bytes(), middle.bytes(), top.bytes()]


def many():
    """127 layers that each change what those before left."""
    layers = []
    for number in range(127):
        layer = Layer().add(f"own/{number}", b"%d" % number).add("shared", b"%d" % number, owner=(number, number))
        if number:
            layer.add(f"own/.wh.{number - 1}")
        layers.append(layer.bytes())
    return layers


def tree(path):
    """A directory of the host as a layer, by GNU tar: its pax headers are those that builders write."""
    import subprocess
    command = ["tar", "--format=pax", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--sort=name", "-C", path,
               "-c", "."]
    return [subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout]
