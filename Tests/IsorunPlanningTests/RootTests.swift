import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@Suite struct `The root` {
    @Test(
        arguments: [
            "/tmp", "/var/tmp", "/run", "/dev", "/proc", "/sys", "/home", "/root",  // scratch and homes
            "/var/lib/docker", "/var/lib/containers", "/var/spool/cron",  // stores
        ] as [FilePath]
    )
    func `is empty where the host keeps what is not the job's`(path: FilePath) throws {
        let kinds = try plan().root.entries.filter { $0.path == path }.map(\.kind)
        #expect(kinds.count == 1)
        guard case .emptyDirectory = kinds.first else { return #expect(Bool(false), "\(kinds)") }
    }

    @Test(arguments: ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssl/private"] as [FilePath])
    func `has no secrets of the host`(path: FilePath) throws {
        #expect(try plan().root.entries.contains(LayerEntry(path: path, kind: .hidden, onlyIfPresent: true)))
    }

    @Test func `hides host keys by pattern and private files of etc`() throws {
        let root = try plan().root
        #expect(root.entries.contains { $0.path == "/etc/ssh/ssh_host_*_key" && $0.kind == .hiddenMatches })
        #expect(root.privateDirectories == ["/etc"])
    }

    @Test func `hides what --mask names`() throws {
        let root = try plan { $0.filesystem.masks = ["/opt/secret"] }.root
        #expect(root.entries.contains { $0.path == "/opt/secret" && $0.kind == .hidden })
    }

    /// What lies at or below a path, in order.
    private func entries(_ path: FilePath, _ ask: Ask) throws -> [LayerEntry] {
        try plan(ask).root.entries.filter { $0.path.starts(with: path) }
    }

    @Test(arguments: ["/etc", "/var/lib", "/usr"] as [FilePath])
    func `hides what --mask names with all that is hidden in it`(mask: FilePath) throws {
        let hidden = LayerEntry(path: mask, kind: .hidden, onlyIfPresent: true)
        #expect(try entries(mask) { $0.filesystem.masks = [mask] } == [hidden])
        #expect(try plan { $0.filesystem.masks = ["/etc"] }.root.privateDirectories == [])
    }

    @Test func `hides masks in masks, whatever their order`() throws {
        let hidden = [LayerEntry(path: "/opt", kind: .hidden, onlyIfPresent: true)]
        #expect(try entries("/opt") { $0.filesystem.masks = ["/opt", "/opt/a/b"] } == hidden)
        #expect(try entries("/opt") { $0.filesystem.masks = ["/opt/a", "/opt"] } == hidden)
    }

    @Test func `is empty where it is masked, but for what every container has there`() throws {
        let found = try entries("/var") { $0.filesystem.masks = ["/var"] }
        #expect(found.map(\.path) == ["/var", "/var/tmp"])
        #expect(found.map(\.kind) == [.emptyDirectory(mode: 0o755), .emptyDirectory(mode: 0o1777)])
        #expect(found.allSatisfy { !$0.onlyIfPresent })
    }

    @Test func `has directories that are empty but for a mount where it is hidden around that`() throws {
        let mount = VolumeSpec(source: "/data", destination: "/etc/ssl/private/a/b", writable: false)
        let secret = try entries("/etc/ssl/private") { $0.filesystem.volumes = [mount] }
        #expect(secret.map(\.path) == ["/etc/ssl/private", "/etc/ssl/private/a/b"])
        #expect(secret.map(\.kind) == [.emptyDirectory(mode: 0o755), .directory])
        let scratch = try entries("/opt") {
            $0.filesystem.masks = ["/opt", "/opt/a"]
            $0.filesystem.tmpfs = [TmpfsSpec(destination: "/opt/a/b", size: nil)]
        }
        #expect(scratch.map(\.path) == ["/opt", "/opt/a/b"])
    }

    @Test func `has a mount in the place of what is hidden`() throws {
        let file = VolumeSpec(source: "/data/file", destination: "/etc/shadow", writable: false)
        #expect(try entries("/etc/shadow") { $0.filesystem.volumes = [file] }.map(\.kind) == [.file])
        let key = VolumeSpec(source: "/data/file", destination: "/etc/ssh/ssh_host_a_key", writable: false)
        #expect(try entries("/etc/ssh") { $0.filesystem.volumes = [key] }.map(\.kind) == [.file, .hiddenMatches])
        let scratch = try entries("/opt") {
            $0.filesystem.masks = ["/opt"]
            $0.filesystem.tmpfs = [TmpfsSpec(destination: "/opt", size: nil)]
        }
        #expect(scratch.map(\.kind) == [.directory])
    }

    @Test func `has no other file system where that, or what is above it, is masked`() throws {
        for mask in ["/srv", "/srv/disk"] as [FilePath] {
            let root = try plan(facts: { $0.mounts.append(mount("/srv/disk", "ext4")) }) {
                $0.filesystem.masks = [mask]
            }.root
            #expect(!root.overlays.contains { $0.destination == "/srv/disk" })
            #expect(root.entries.contains { $0.path == mask && $0.kind == .hidden })
        }
    }

    @Test func `hides homes that lie elsewhere`() throws {
        let root = try plan(facts: { $0.homes.append("/srv/bob") }).root
        #expect(root.entries.contains { $0.path == "/srv/bob" && $0.kind == .emptyDirectory(mode: 0o700) })
    }

    @Test func `is a directory that was named, with nothing hidden but proc, sys and dev`() throws {
        let root = try plan { $0.filesystem.rootfs = .directory("/data") }.root
        #expect(root.lower == "/data")
        #expect(root.entries.map(\.path) == ["/dev", "/proc", "/sys"])
        #expect(root.overlays.isEmpty && root.volumes.isEmpty)
    }

    @Test(arguments: ["/data/file", "/gone", "/never/looked/at"] as [FilePath])
    func `is not what is no directory`(path: FilePath) {
        let error = refusal { $0.filesystem.rootfs = .directory(path) }
        #expect(error?.message == "--rootfs: \(path) is not a directory")
    }

    @Test func `takes other disk file systems of the host along, but not what is hidden or cannot be mapped`() throws {
        let root = try plan(facts: { facts in
            facts.mounts += [
                mount("/srv", "xfs"), mount("/srv", "xfs"), mount("/nfs", "nfs4"), mount("/run/x", "ext4"),
            ]
            facts.mounts += [mount("/home", "ext4"), mount("/boot/efi", "ext4"), mount("/var/lib/docker/x", "ext4")]
        }).root
        #expect(root.overlays.filter(\.optional).map(\.source) == ["/srv"])
    }

    @Test func `has no layer over a file that is a mount point, as docker's are`() throws {
        var facts = Hosts.hybrid
        facts.mounts += [mount("/srv", "ext4"), mount("/etc/resolv.conf", "ext4")]
        facts.paths["/srv"] = .directory
        facts.paths["/etc/resolv.conf"] = .file
        let seen = try plan(on: facts).root.overlays.map(\.destination)
        #expect(seen.contains("/srv") && !seen.contains("/etc/resolv.conf"))
    }
}

@Suite struct `The project` {
    @Test func `in a hidden home is seen copy-on-write, and said to be`() throws {
        let plan = try plan()
        let project: FilePath = "/home/ann/project"
        let overlay = OverlayPlan(source: project, destination: project, optional: false, isPartOfRoot: true)
        #expect(plan.root.overlays == [overlay])
        #expect(
            plan.root.skeleton(of: "/").entries.contains { $0.path == overlay.destination && $0.kind == .directory }
        )
        #expect(plan.notes == ["the project /home/ann/project is visible; what is written there is gone at the end"])
        #expect(plan.process.workdir == "/home/ann/project/Sources")
    }

    @Test func `has an overlay of its own where something depends on it`() throws {
        func isPart(_ plan: SandboxPlan) throws -> Bool {
            try #require(plan.root.overlays.first { $0.destination == "/home/ann/project" }).isPartOfRoot
        }
        func isPart(asked ask: (inout JobSpec) -> Void) throws -> Bool { try isPart(plan(facts: { _ in }, ask)) }
        func isPartOnHost(_ host: (inout HostFacts) -> Void) throws -> Bool { try isPart(plan(facts: host)) }
        #expect(try isPart(asked: { _ in }))
        #expect(
            try isPart(asked: {
                $0.filesystem.tmpfs = [TmpfsSpec(destination: "/home/ann/project/scratch", size: nil)]
            })
        )
        #expect(try !isPart(asked: { $0.collection.artifacts = [ArtifactSpec(pattern: "*.xml", destination: nil)] }))
        #expect(try !isPart(asked: { $0.collection.writes = "/srv/writes" }))
        #expect(try !isPart(asked: { $0.collection.layers = "/srv/layers" }))
        #expect(
            try !isPart(asked: {
                $0.filesystem.layers = [LayerSpec(source: "/srv/l", destination: "/home/ann/project")]
            })
        )
        #expect(try !isPart(asked: { $0.filesystem.masks = ["/home/ann/project/secret"] }))
        #expect(try !isPart(asked: { $0.untrusted = true }))
        #expect(try !isPartOnHost({ $0.mounts.append(mount("/home", "ext4")) }))
        #expect(try !isPartOnHost({ $0.mounts.append(mount("/home/ann/project", "ext4")) }))
        let deep = FilePath(
            "/home/ann/" + Array(repeating: String(repeating: "d", count: 60), count: 5).joined(separator: "/")
        )
        #expect(try plan(facts: { $0.caller.project = deep }).root.overlays.map(\.isPartOfRoot) == [false])
    }

    // As HostProbe.project gives it: nil for `/`, a home, /tmp itself.
    @Test(arguments: ["/", "/home/ann", "/root", "/tmp"] as [FilePath])
    func `of a common place uncovers nothing`(directory: FilePath) throws {
        let plan = try plan(facts: {
            $0.caller.workingDirectory = directory
            $0.caller.project = nil
        })
        #expect(plan.root.overlays.isEmpty && plan.notes.isEmpty)
        #expect(plan.process.workdir == directory)
    }

    // Below /home, which is empty, there is nothing else that the job could start in.
    @Test(arguments: ["/home/ann", "/home"] as [FilePath])
    func `is no home, and the home that isorun is started in is there and empty`(directory: FilePath) throws {
        for host in [Hosts.hybrid, Hosts.subordinate] {
            var host = host
            host.caller.workingDirectory = directory
            host.caller.project = nil
            let made = try plan(on: host).root.entries.filter { $0.path == directory && !$0.onlyIfPresent }
            try #require(made.count == 1)
            guard case .emptyDirectory = made[0].kind else { return #expect(Bool(false), "\(made)") }
        }
    }

    // The nearest ancestor with .git is seen whole, whichever hidden place it lies in.
    @Test(arguments: ["/tmp/build/p", "/run/user/1000/p", "/root/p", "/var/tmp/p"] as [FilePath])
    func `below hidden scratch space is seen`(project: FilePath) throws {
        let plan = try plan(facts: {
            $0.caller.workingDirectory = project.appending("deep/er")
            $0.caller.project = project
        })
        #expect(plan.root.overlays.map(\.destination) == [project])
        #expect(plan.process.workdir == project.appending("deep/er"))
    }

    @Test func `in plain sight needs nothing`() throws {
        let plan = try plan(facts: {
            $0.caller.workingDirectory = "/opt/p"
            $0.caller.project = "/opt/p"
        })
        #expect(plan.root.overlays.isEmpty && plan.notes.isEmpty)
    }

    @Test func `that is a mount of its own is seen once`() throws {
        let plan = try plan(facts: {
            $0.mounts.append(mount("/srv/p", "ext4"))
            $0.caller.workingDirectory = "/srv/p"
            $0.caller.project = "/srv/p"
        }) { $0.untrusted = true }
        #expect(plan.root.overlays == [OverlayPlan(source: "/srv/p", destination: "/srv/p", optional: false)])
    }

    @Test func `stays hidden where it is masked`() throws {
        let plan = try plan { $0.filesystem.masks = ["/home/ann/project"] }
        #expect(!plan.root.overlays.contains { $0.destination == "/home/ann/project" })
    }
}
