import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite struct `The layers of an unprivileged container` {
    /// The layers of a project in a directory of the test's own, which is all that the host has.
    private func layers(
        of tree: HostileTree,
        _ change: (inout HostFacts) -> Void = { _ in },
        _ ask: (inout JobSpec) -> Void = { _ in }
    ) throws -> ScratchLayers {
        var facts = HostFacts()
        facts.caller.uid = 1000
        facts.memoryBytes = 1 << 30
        facts.cpus = [0]
        facts.caller.project = tree.lower
        facts.caller.workingDirectory = tree.lower
        change(&facts)
        var spec = JobSpec(command: ["true"])
        spec.allowUnenforced = .all
        ask(&spec)
        return try ScratchLayers(Planner.plan(spec, on: facts).root)
    }

    private func layer(_ path: FilePath, _ layers: ScratchLayers) throws -> ScratchLayer {
        try #require(layers.layers.first { $0.path == path })
    }

    @Test func `have the root first, with nothing below it, and the project in it`() throws {
        let tree = try HostileTree()
        let layers = try layers(of: tree)
        #expect(layers.layers.map(\.path) == ["/", tree.lower])
        #expect(layers.layers.map(\.lower) == [nil, tree.lower])
        // Where the project's mount goes is made with all that is above it.
        let root = try layer("/", layers)
        #expect(root.made.contains(tree.lower.below("/")))
        #expect(root.items.contains(.directory("tmp", mode: 0o1777)))
    }

    @Test func `mark what is hidden below a directory that has the host's mode`() throws {
        let tree = try HostileTree()
        tree.file("secrets/key", in: tree.lower)
        let mask = tree.lower.appending("secrets").appending("key")
        let layers = try layers(of: tree) { _ in
        } _: {
            $0.filesystem.masks = [mask, "/not/there"]
        }
        let project = try layer(tree.lower, layers)
        #expect(project.items == [.directory("secrets", mode: 0o755), .whiteout("secrets/key")])
    }

    @Test func `hide nothing where an earlier job has made something else`() throws {
        let tree = try HostileTree()
        for name in ["secrets/key", "secrets/other"] { tree.file(FilePath(name), in: tree.lower) }
        let masks = ["key", "other"].map { tree.lower.appending("secrets").appending($0) }
        let stored = LayerSpec(source: tree.out, destination: tree.lower, shown: ["secrets/key"])
        let elsewhere = LayerSpec(source: tree.out, destination: "/", shown: ["secrets/other"])
        let layers = try layers(of: tree) { _ in
        } _: {
            $0.filesystem.masks = masks
            $0.filesystem.layers = [stored, elsewhere]
        }
        let project = try layer(tree.lower, layers)
        #expect(project.items.contains(.whiteout("secrets/other")))
        #expect(!project.items.contains(.whiteout("secrets/key")))
    }

    @Test func `have one of its own for each hidden directory, in which nothing shines through`() throws {
        let tree = try HostileTree()
        tree.file("home/file", in: tree.lower)
        let home = tree.lower.appending("home")
        let layers = try layers(of: tree) { $0.homes = [home] }
        let index = try #require(layers.layers.firstIndex { $0.path == home })
        #expect(layers.layers[index].lower == nil && layers.layers[index].mode == 0o700)
        #expect(layers.holders[index] == tree.lower)
    }

    @Test func `put a mount into the layer that its place is in`() throws {
        let tree = try HostileTree()
        tree.directory("home", in: tree.lower)
        let home = tree.lower.appending("home")
        let place = home.appending("a/b")
        let scratch = TmpfsSpec(destination: place, size: nil)
        let layers = try layers(of: tree) {
            $0.homes = [home]
        } _: {
            $0.filesystem.tmpfs = [scratch]
        }
        #expect(try layer(home, layers).items == [.directory("a", mode: 0o755), .directory("a/b", mode: 0o755)])
        #expect(try layer(tree.lower, layers).items.isEmpty)
    }

    // CVE-2019-19921 and its kind: a link in the way of a mount is refused, not followed.
    @Test func `follow no link on the way to a place`() throws {
        let tree = try HostileTree()
        tree.link("way", to: "/etc", in: tree.lower)
        let place = tree.lower.appending("way/x")
        #expect(throws: (any Error).self) {
            _ = try layers(of: tree) { _ in
            } _: {
                $0.filesystem.tmpfs = [TmpfsSpec(destination: place, size: nil)]
            }
        }
    }

    @Test func `cover what is to be hidden where only mounts can be`() throws {
        let tree = try HostileTree()
        tree.file("etc/key", in: tree.lower)
        tree.file("etc/private", mode: 0o600, in: tree.lower)
        let holder = tree.lower.appending("etc")
        let layers = try layers(of: tree) { facts in
            // The test's directory stands in for /: a part of it has too many entries to be taken apart.
            facts.caller.project = nil
            facts.listings["/"] = [HostEntry(String(holder.string.dropFirst()), .directory)]
            facts.listings[holder] = (0..<100).map { HostEntry("f\($0)", .file) }
        } _: {
            $0.filesystem.masks = [holder.appending("key")]
        }
        #expect(layers.masked[holder] == [holder.appending("key")])
        #expect(layers.layers.map(\.path) == ["/"])
    }
}
