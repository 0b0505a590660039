import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@Suite struct `A working directory that was asked for` {
    // What is asked beside it, the directory, what the host has there, and the error's words; nil where it is taken.
    static let cases: [(Ask, FilePath, [FilePath: PathKind], String?)] = [
        ({ _ in }, "/usr/lib", ["/usr/lib": .directory], nil),
        ({ _ in }, "/missing", ["/missing": .missing], "--workdir: /missing does not exist"),
        ({ _ in }, "/etc/passwd", ["/etc/passwd": .file], "--workdir: /etc/passwd is not a directory"),
        ({ _ in }, "/tmp", ["/tmp": .directory], nil),
        ({ _ in }, "/tmp/x", ["/tmp/x": .directory], "--workdir: /tmp/x is not there inside"),
        ({ _ in }, "/home/ann/other", ["/home/ann/other": .directory], "is not there inside"),
        ({ _ in }, "/home", ["/home": .directory], nil),
        ({ _ in }, "/root", ["/root": .directory], nil),
        ({ _ in }, "/dev/shm", [:], nil),
        ({ _ in }, "/proc/self", [:], nil),
        // The project is seen in a hidden home, and so is what leads there.
        ({ _ in }, "/home/ann/project/Tests", ["/home/ann/project/Tests": .directory], nil),
        ({ _ in }, "/home/ann/project/no", ["/home/ann/project/no": .missing], "does not exist"),
        ({ $0.filesystem.masks = ["/opt"] }, "/opt/x", ["/opt/x": .directory], "is not there inside"),
        ({ $0.filesystem.masks = ["/var"] }, "/var/tmp", ["/var/tmp": .directory], nil),
        ({ $0.filesystem.tmpfs = [TmpfsSpec(destination: "/a/b", size: nil)] }, "/a/b", ["/a/b": .missing], nil),
        ({ $0.filesystem.tmpfs = [TmpfsSpec(destination: "/a/b", size: nil)] }, "/a", ["/a": .missing], nil),
        ({ $0.filesystem.tmpfs = [TmpfsSpec(destination: "/a/b", size: nil)] }, "/a/b/c", [:], "is not there inside"),
        (volume("/data", "/v"), "/v", ["/v": .missing], nil),
        (volume("/data", "/v"), "/v/in", ["/v/in": .missing, "/data/in": .directory], nil),
        (
            volume("/data", "/v"), "/v/no", ["/v/no": .directory, "/data/no": .missing],
            "--workdir: /v/no does not exist"
        ),
        (volume("/data/file", "/v"), "/v", ["/data/file": .file], "--workdir: /v is not a directory"),
        // In another root only that root counts.
        (
            { $0.filesystem.rootfs = .directory("/data") }, "/srv", ["/srv": .directory, "/data/srv": .missing],
            "does not exist"
        ),
        ({ $0.filesystem.rootfs = .directory("/data") }, "/srv", ["/srv": .missing, "/data/srv": .directory], nil),
    ]

    private static func volume(_ source: FilePath, _ destination: FilePath) -> Ask {
        { $0.filesystem.volumes = [VolumeSpec(source: source, destination: destination, writable: false)] }
    }

    @Test(arguments: cases.indices)
    func `is taken where it is there inside, and never made`(index: Int) throws {
        let (ask, directory, paths, expected) = Self.cases[index]
        var host = Hosts.hybrid
        for (path, kind) in paths { host.paths[path] = kind }
        let error = refusal(on: host) { spec in
            ask(&spec)
            spec.filesystem.workdir = directory
        }
        guard let expected else {
            #expect(error == nil)
            return
        }
        #expect(error?.message.contains(expected) == true, "\(directory): \(error?.message ?? "taken")")
        #expect(error?.message.contains(directory.string) == true && error?.kind == .impossible)
    }

    @Test func `is looked up where it could come from`() {
        var spec = JobSpec(command: ["true"])
        #expect(Planner.workdirSources(spec) == [])
        spec.filesystem.workdir = "/v/a/b"
        spec.filesystem.volumes = [
            VolumeSpec(source: "/data", destination: "/v", writable: true),
            VolumeSpec(source: "/other", destination: "/elsewhere", writable: true),
        ]
        #expect(Planner.workdirSources(spec) == ["/data/a/b", "/v/a/b"])
        spec.filesystem.rootfs = .directory("/root-of-another")
        #expect(Planner.workdirSources(spec) == ["/data/a/b"])
    }
}
