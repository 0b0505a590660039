import IsorunArguments
import IsorunModel
import SystemPackage
import Testing

@Suite struct `The file system` {
    @Test func `is understood, relative paths from the current directory`() throws {
        let spec = try resolved(
            "--rootfs rootfs -v ./a/../b:/b:ro -v ../c:/c/../d:rw -v .:/src --tmpfs /t --tmpfs /u/:size=1m "
                + "-w sub --read-only --mask secrets --mask /opt/x"
        ).job.filesystem
        var expected = FilesystemSpec()
        expected.rootfs = .directory("/home/ada/rootfs")
        expected.volumes = [
            VolumeSpec(source: "/home/ada/b", destination: "/b", writable: false),
            VolumeSpec(source: "/home/c", destination: "/d", writable: true),
            VolumeSpec(source: "/home/ada", destination: "/src", writable: true),
        ]
        expected.tmpfs = [
            TmpfsSpec(destination: "/t", size: nil), TmpfsSpec(destination: "/u", size: ByteCount(1 << 20)),
        ]
        expected.workdir = "/home/ada/sub"
        expected.readOnly = true
        expected.masks = ["/home/ada/secrets", "/opt/x"]
        #expect(spec == expected)
    }

    @Test func `has volumes by name, which no file of the host's is taken for`() throws {
        let volumes = try resolved("-v data:/b -v a1.x_y-z:/c:ro").job.filesystem.volumes
        #expect(
            volumes == [
                VolumeSpec(source: "", destination: "/b", writable: true, name: "data"),
                VolumeSpec(source: "", destination: "/c", writable: false, name: "a1.x_y-z"),
            ]
        )
    }

    @Test func `may be the host's, and mounts may lie in one another`() throws {
        #expect(try resolved("--rootfs host").job.filesystem.rootfs == .host)
        #expect(try resolved("-v /a:/x --tmpfs /x/y -v /b:/x/y/z").job.filesystem.volumes.count == 2)
        #expect(try resolved("-v /a:/processes -v /b:/device").job.filesystem.volumes.count == 2)
    }

    @Test func `keeps the bytes of a path that is no UTF-8`() throws {
        let volume = ByteString([0x2F, 0xFF, 0x3A, 0x2F, 0xFE])
        let spec = try resolved(["-v", volume]).job.filesystem.volumes[0]
        let source = unsafe spec.source.withCString { unsafe [$0[0], $0[1], $0[2]] }
        let destination = unsafe spec.destination.withCString { unsafe [$0[0], $0[1], $0[2]] }
        #expect(source == [0x2F, -1, 0])
        #expect(destination == [0x2F, -2, 0])
    }

    @Test(arguments: [
        ("-v /a", #"--volume: "/a" is not SRC:DST[:ro|rw]; for example: ./data:/data:ro"#),
        ("-v /a:/b:ro:z", #"--volume: "/a:/b:ro:z" is not SRC:DST[:ro|rw]; for example: ./data:/data:ro"#),
        (
            "-v da/ta:/b",
            #"--volume: "da/ta:/b" has a host path that does not start with / or ./; "#
                + "for example: ./data:/data:ro, data:/data"
        ),
        (
            "-v :/b",
            #"--volume: ":/b" has a host path that does not start with / or ./; "#
                + "for example: ./data:/data:ro, data:/data"
        ),
        (
            "-v /a:b",
            #"--volume: "/a:b" has a destination that is not absolute: "b"; for example: ./data:/data:ro"#
        ),
        ("-v /a:", #"--volume: "/a:" has a destination that is not absolute: ""; for example: ./data:/data:ro"#),
        ("-v /a:/", #"--volume: "/a:/" would cover the root; --rootfs DIR gives another root"#),
        ("-v /a:/b/../..", #"--volume: "/a:/b/../.." would cover the root; --rootfs DIR gives another root"#),
        (
            "-v /a:/b:rx",
            #"--volume: "/a:/b:rx" has the mode "rx", which is neither ro nor rw; for example: ./data:/data:ro"#
        ),
        (
            "-v /a:/b:nocopy",
            #"--volume: "/a:/b:nocopy" has the mode "nocopy", which is for volumes with a name only; for example: ./data:/data:ro"#
        ),
        (
            "-v data:/b:nocpy",
            #"--volume: "data:/b:nocpy" has the mode "nocpy", which is none of ro, rw and nocopy; "#
                + "for example: ./data:/data:ro"
        ),
        (
            "-v /a:/proc",
            #"--volume: "/a:/proc" mounts inside /proc, which is the container's own; for example: ./data:/data:ro"#
        ),
        (
            "-v /a:/x/../sys/fs",
            #"--volume: "/a:/x/../sys/fs" mounts inside /sys, which is the container's own; "#
                + "for example: ./data:/data:ro"
        ),
        (
            "--tmpfs /dev/shm",
            #"--tmpfs: "/dev/shm" mounts inside /dev, which is the container's own; for example: /scratch:size=64m"#
        ),
        (
            "-v /a:/x -v /b:/x/",
            #"--volume: "/b:/x/" mounts on /x, and so does another --volume; give each a destination of its own"#
        ),
        (
            "--tmpfs /x/./y -v /b:/x/y",
            #"--tmpfs: "/x/./y" mounts on /x/y, and so does --volume; give each a destination of its own"#
        ),
        (
            "--tmpfs x",
            #"--tmpfs: "x" has a destination that is not absolute: "x"; for example: /scratch:size=64m"#
        ),
        (
            "--tmpfs /x:size=1q",
            #"--tmpfs: "/x:size=1q" has an option that is not size=SIZE; for example: /scratch:size=64m"#
        ),
        ("--tmpfs /x:ro", #"--tmpfs: "/x:ro" has an option that is not size=SIZE; for example: /scratch:size=64m"#),
        ("--tmpfs /x:size=0", #"--tmpfs: "/x:size=0" has a size of nothing at all; for example: /scratch:size=64m"#),
        ("--rootfs=", #"--rootfs: "" is not a path; for example: ./rootfs"#),
        ("--workdir=", #"--workdir: "" is not a path; for example: /src"#),
        ("--mask=", #"--mask: "" is not a path; for example: /opt/licences"#),
        ("--mask /x/..", #"--mask: "/x/.." would hide everything; for example: /opt/licences"#),
    ])
    func `that cannot be meant is refused`(options: String, error: String) {
        #expect(refusal(options) == error)
    }
}
