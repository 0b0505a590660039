import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

private func volume(_ source: FilePath, _ destination: FilePath, writable: Bool = false) -> VolumeSpec {
    VolumeSpec(source: source, destination: destination, writable: writable)
}

@Suite struct `Volumes` {
    @Test func `are mounted parents first, whatever order they are given in`() throws {
        let root = try plan {
            $0.filesystem.volumes = [volume("/data", "/a/b/c"), volume("/data", "/a"), volume("/data/file", "/a/b")]
        }.root
        #expect(root.volumes.map(\.destination) == ["/a", "/a/b", "/a/b/c"])
        #expect(root.mountPoints.filter { $0.starts(with: "/a") } == ["/a", "/a/b", "/a/b/c"])
    }

    @Test func `get a place of their kind`() throws {
        let root = try plan { $0.filesystem.volumes = [volume("/data/file", "/f"), volume("/data", "/d")] }.root
        #expect(root.entries.contains(LayerEntry(path: "/f", kind: .file, onlyIfPresent: false)))
        #expect(root.entries.contains(LayerEntry(path: "/d", kind: .directory, onlyIfPresent: false)))
    }

    @Test(
        arguments: [
            ("/gone", "--volume: /gone does not exist"),
            ("/unseen", "--volume: /unseen does not exist"),
            ("/run/docker.sock", "--volume: /run/docker.sock is neither a directory nor a regular file"),
        ] as [(FilePath, String)]
    )
    func `need a source that can be mounted`(source: FilePath, message: String) {
        let error = refusal { $0.filesystem.volumes = [volume(source, "/d")] }
        #expect(error?.kind == .impossible)
        #expect(error?.message == message)
    }

    @Test func `are no files where the container has a directory`() {
        let error = refusal { $0.filesystem.volumes = [volume("/data/file", "/tmp")] }
        #expect(error?.message == "--volume: /data/file is a file, and /tmp is a directory inside")
        #expect(error?.hint == "name the place of the file itself: /tmp/file")
    }

    @Test func `that are writable come with a warning where no filter forbids those bits`() throws {
        let warned = { (writable: Bool, filter: SeccompProfileName) in
            try plan { spec in
                spec.filesystem.volumes = [VolumeSpec(source: "/data", destination: "/v", writable: writable)]
                spec.process.seccomp = .builtin(filter)
            }.notes.filter { $0.hasPrefix("warning: ") }
        }
        let warning = "warning: without a filter the job can leave set-user-ID programs in /v"
        #expect(try warned(true, .unconfined) == [warning])
        #expect(try warned(false, .unconfined) == [] && warned(true, .debug) == [])
    }

    @Test func `that are writable forbid set-user-ID bits`() throws {
        #expect(try !plan { $0.filesystem.volumes = [volume("/data", "/d")] }.process.forbidSetIDBits)
        #expect(try plan { $0.filesystem.volumes = [volume("/data", "/d", writable: true)] }.process.forbidSetIDBits)
    }

    @Test func `over the project or a hidden directory take its place`() throws {
        let root = try plan { $0.filesystem.volumes = [volume("/data", "/home/ann/project"), volume("/data", "/tmp")] }
            .root
        #expect(root.mountPoints == ["/tmp", "/home/ann/project"])
        #expect(root.overlays.isEmpty)
        #expect(root.entries.count { $0.path == "/tmp" } == 1)
    }

    @Test func `of one destination are refused before anything is made`() {
        #expect(refusal { $0.filesystem.volumes = [volume("/data", "/d"), volume("/data/file", "/d")] } != nil)
    }

    @Test func `take their place back from --mask`() throws {
        let root = try plan {
            $0.filesystem.masks = ["/d"]
            $0.filesystem.volumes = [volume("/data", "/d")]
        }.root
        #expect(root.entries.last { $0.path == "/d" }?.kind == .directory)
    }
}

@Suite struct `Scratch directories` {
    @Test func `get a place, and lie over volumes`() throws {
        let root = try plan {
            $0.filesystem.volumes = [volume("/data", "/d")]
            $0.filesystem.tmpfs = [TmpfsSpec(destination: "/d/scratch", size: ByteCount(1 << 20))]
        }.root
        #expect(root.mountPoints == ["/d", "/d/scratch", "/home/ann/project"])
        #expect(root.entries.contains { $0.path == "/d/scratch" && $0.kind == .directory })
    }

    @Test func `lie under a volume that lies in them`() throws {
        let points = try plan {
            $0.filesystem.tmpfs = [TmpfsSpec(destination: "/s", size: nil)]
            $0.filesystem.volumes = [volume("/data", "/s/data")]
        }.root.mountPoints
        #expect(points.firstIndex(of: "/s") ?? 0 < points.firstIndex(of: "/s/data") ?? 0)
    }

    @Test func `are mounted parents first`() throws {
        let points = try plan {
            $0.filesystem.tmpfs = [TmpfsSpec(destination: "/s/t", size: nil), TmpfsSpec(destination: "/s", size: nil)]
        }.root.mountPoints
        #expect(points.first == "/s" && points.contains("/s/t"))
    }
}

@Suite struct `Tools that PATH names in a home` {
    // PATH, the directories that exist, what becomes visible.
    @Test(
        arguments: [
            ("/home/ann/.cargo/bin", [], ["/home/ann/.cargo/bin"]),  // not .cargo, which keeps a token
            ("/home/ann/.cargo/bin", ["/home/ann/.rustup"], ["/home/ann/.cargo/bin", "/home/ann/.rustup"]),
            ("/home/ann/.pyenv/shims", [], ["/home/ann/.pyenv"]),  // shims call into their installation
            ("/home/ann/.local/bin", [], ["/home/ann/.local/bin"]),  // .local holds share and state too
            ("/home/ann/bin", [], ["/home/ann/bin"]),
            ("/home/ann/.pulumi/bin", [], ["/home/ann/.pulumi/bin"]),  // not what stands beside a bin
            ("/home/ann/swift/usr/bin", ["/home/ann/swift/usr/lib"], ["/home/ann/swift/usr"]),  // an installation
            ("/home/ann/code/bin", ["/home/ann/code/lib", "/home/ann/code/.git"], ["/home/ann/code/bin"]),
            ("/home/ann", [], []),  // never a home itself
            ("/home/ann/.swiftly/bin:/home/ann/.swiftly/bin/../bin", [], ["/home/ann/.swiftly"]),
            ("/home/ann/.pyenv/shims:/home/ann/.pyenv/bin", [], ["/home/ann/.pyenv"]),
            ("/usr/bin:/opt/bin", [], []),  // in plain sight
        ] as [(String, [FilePath], [FilePath])]
    )
    func `are visible, without what lies beside them`(
        path: String,
        present: [FilePath],
        visible: [FilePath]
    ) throws {
        let root = try plan(facts: { facts in
            facts.caller.environment = [variable("PATH", ByteString(path))]
            for entry in path.split(separator: ":") {
                facts.paths[FilePath(String(entry)).lexicallyNormalized()] = .directory
            }
            for path in present { facts.paths[path] = .directory }
        }).root
        #expect(Set(root.volumes.map(\.source)) == Set(visible))
        #expect(root.volumes.allSatisfy { !$0.writable && $0.source == $0.destination })
    }

    @Test func `are shown by the root's own overlay where nothing depends on them`() throws {
        let tools: FilePath = "/home/ann/.cargo/bin"
        func isPart(
            _ host: (inout HostFacts) -> Void = { _ in },
            _ ask: (inout JobSpec) -> Void = { _ in }
        ) throws -> Bool {
            let root = try plan(
                facts: { facts in
                    facts.caller.environment = [variable("PATH", "/home/ann/.cargo/bin")]
                    facts.paths[tools] = .directory
                    facts.realDirectories = [tools: tools]
                    host(&facts)
                },
                ask
            ).root
            let isPart = root.entries.contains(LayerEntry(path: tools, kind: .uncovered, onlyIfPresent: true))
            // One of them, and never none.
            let mounts = root.volumes.map(\.destination) + root.overlays.map(\.destination)
            #expect(isPart != mounts.contains(tools))
            return isPart
        }
        #expect(try isPart())
        #expect(try !isPart({ $0.realDirectories = [tools: "/opt/cargo"] }))
        #expect(try !isPart({ $0.mounts.append(mount("/home", "ext4")) }))
        #expect(try !isPart({ $0.caller.project = "/home/ann/.cargo/bin/project" }))
        #expect(try !isPart({ _ in }, { $0.collection.writes = "/srv/writes" }))
        #expect(try !isPart({ _ in }, { $0.filesystem.masks = ["/home/ann/.cargo/bin/secret"] }))
        #expect(try !isPart({ _ in }, { $0.untrusted = true }))
    }

    @Test(arguments: ["/home/ann/app", "/home/ann/app/.venv/bin"] as [FilePath])
    func `are the project's where they lie in it`(project: FilePath) throws {
        let root = try plan(facts: { facts in
            facts.caller.environment = [variable("PATH", "/home/ann/app/.venv/bin")]
            facts.paths["/home/ann/app/.venv/bin"] = .directory
            facts.caller.project = project
            facts.caller.workingDirectory = project
        }).root
        #expect(root.volumes.isEmpty && root.mountPoints == [project])
    }

    @Test func `are not the project's where a home lies between them`() throws {
        let root = try plan(facts: { facts in
            facts.caller.environment = [variable("PATH", "/srv/app/home/bin")]
            facts.homes.append("/srv/app/home")
            facts.paths["/srv/app/home/bin"] = .directory
            facts.realDirectories["/srv/app/home/bin"] = "/srv/app/home/bin"
            (facts.caller.project, facts.caller.workingDirectory) = ("/srv/app", "/srv/app")
        }).root
        #expect(root.volumes.map(\.destination) == ["/srv/app/home/bin"])
    }

    @Test(arguments: ["/home/ann/.pyenv", "/home/ann/.pyenv/versions/3", "/home/ann/tools"] as [FilePath])
    func `can be worked in and above`(workdir: FilePath) throws {
        let plan = try plan(
            facts: { facts in
                facts.caller.environment = [variable("PATH", "/home/ann/.pyenv/shims:/home/ann/tools/bin")]
                for path in ["/home/ann/.pyenv/shims", "/home/ann/tools/bin", workdir] as [FilePath] {
                    facts.paths[path] = .directory
                }
                for path in ["/home/ann/.pyenv", "/home/ann/tools/bin"] as [FilePath] {
                    facts.realDirectories[path] = path
                }
            },
            { $0.filesystem.workdir = workdir }
        )
        #expect(plan.root.uncovered.count == 2 && plan.process.workdir == workdir)
    }

    @Test func `are masked where that is asked for`() throws {
        func root(masking mask: FilePath) throws -> RootPlan {
            try plan(
                facts: { facts in
                    facts.caller.environment = [variable("PATH", "/home/ann/.cargo/bin")]
                    facts.paths["/home/ann/.cargo/bin"] = .directory
                    if mask.starts(with: "/srv") { facts.realDirectories["/home/ann/.cargo/bin"] = "/srv/cargo" }
                },
                { $0.filesystem.masks = [mask] }
            ).root
        }
        let inside = try root(masking: "/home/ann/.cargo/bin/secret")
        #expect(inside.volumes.isEmpty)
        let hidden = inside.skeleton(of: "/home/ann/.cargo/bin").entries
        #expect(hidden.contains { $0.path == "/secret" && $0.kind == .hidden })
        // By where a link leads to, too.
        let linked = try root(masking: "/srv/cargo/secret")
        #expect(linked.skeleton(of: "/home/ann/.cargo/bin").entries.contains { $0.path == "/secret" })
        for mask in ["/home/ann/.cargo/bin", "/home/ann/.cargo", "/srv/cargo"] as [FilePath] {
            let above = try root(masking: mask)
            #expect(above.volumes.isEmpty && !above.overlays.contains { $0.destination == "/home/ann/.cargo/bin" })
        }
    }

    @Test func `are left out where they do not exist`() throws {
        let root = try plan(facts: { $0.caller.environment = [variable("PATH", "/home/ann/none/bin")] }).root
        #expect(root.volumes.isEmpty)
    }
}

@Suite struct `Paths that are not UTF-8` {
    private let path = FilePath(platformString: [0x2f, 0x78, -1, 0])

    @Test func `are refused, and not taken for others`() throws {
        #expect(throws: PlanError.self) { try plan(facts: { $0.caller.project = path }) }
        #expect(throws: PlanError.self) { try plan { $0.filesystem.masks = [path] } }
        let volume = VolumeSpec(source: "/data", destination: path, writable: false)
        let error = #expect(throws: PlanError.self) { try plan { $0.filesystem.volumes = [volume] } }
        #expect(error?.message.contains("is not UTF-8") == true)
    }
}
