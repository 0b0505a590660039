import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite("Collect: where artifacts go")
struct ArtifactDestinationTests {
    private let tree: HostileTree

    init() throws { tree = try HostileTree() }

    private func collect(
        _ pattern: String,
        to destination: FilePath,
        intoDirectory: Bool = false
    ) throws -> [CollectedFile] {
        var spec = CollectionSpec()
        spec.artifacts = [ArtifactSpec(pattern: pattern, destination: destination, intoDirectory: intoDirectory)]
        return Collector(layers: [try tree.layer()], workdir: "/proj").collect(spec, to: try Destinations(spec)).files
    }

    @Test("A pattern that names one file may be given a name; a directory that is there takes it, and so does DEST/.")
    func naming() throws {
        tree.file("proj/report.txt", "r")
        _ = try collect("report.txt", to: tree.out.appending("a/renamed.txt"))
        _ = try collect("report.txt", to: tree.out)
        _ = try collect("report.txt", to: tree.out.appending("b/."))
        _ = try collect("repor?.txt", to: tree.out.appending("c"))
        _ = try collect("report.txt", to: tree.out.appending("d"), intoDirectory: true)
        #expect(try tree.copies() == ["a/renamed.txt", "b/report.txt", "c/report.txt", "d/report.txt", "report.txt"])
    }

    @Test("A file is replaced in one step, and what is no regular file is not")
    func replacing() throws {
        tree.file("proj/x", "new")
        tree.file("x", "old", in: tree.out)
        #expect(try collect("x", to: tree.out).first?.refused == nil)
        #expect(tree.copied("x") == "new")
        let victim = tree.file("victim", "untouched", in: tree.top)
        let planted = tree.out.appending("sub")
        tree.directory("sub", in: tree.out)
        _ = unsafe planted.appending("x").withPlatformString { new in
            unsafe victim.withPlatformString { unsafe symlink($0, new) }
        }
        #expect(try collect("x", to: planted).first?.refused?.contains("no regular file") == true)
        #expect(String(decoding: try SmallFile.read(victim), as: UTF8.self) == "untouched")
        #expect(try tree.copies() == ["sub/x", "x"])
    }

    @Test("A link below the destination is not followed")
    func plantedLink() throws {
        tree.file("proj/d/e/x", "new")
        tree.directory("elsewhere", in: tree.top)
        let elsewhere = tree.top.appending("elsewhere")
        _ = unsafe tree.out.appending("d").withPlatformString { new in
            unsafe elsewhere.withPlatformString { unsafe symlink($0, new) }
        }
        let files = try collect("d", to: tree.out)
        #expect(files.first?.refused?.contains("ENOTDIR") == true || files.first?.refused?.contains("ELOOP") == true)
        #expect(try HeldDirectory(host: elsewhere).names().isEmpty)
    }

    @Test("Two files do not take one place, and one file that two patterns match is copied once")
    func collisions() throws {
        tree.file("proj/a/x", "a")
        tree.file("proj/b/x", "b")
        let files = try tree.artifacts("a/*", "b/*", "a/?")
        #expect(files.map(\.path) == ["/proj/a/x", "/proj/b/x"])
        #expect(files.map { $0.refused == nil } == [true, false])
        #expect(tree.copied("x") == "a")
    }

    @Test("What is seen at a path comes from the layer with the longest path above it")
    func layers() throws {
        let project = try HostileTree()
        let scratch = try HostileTree()
        tree.file("proj/covered.log", "root")
        tree.file("srv/seen.log", "root")
        project.file("seen.log", "project")
        project.file("tmp/covered.log", "project")
        scratch.file("seen.log", "scratch")
        var spec = CollectionSpec()
        spec.artifacts = [ArtifactSpec(pattern: "/**/*.log", destination: tree.out)]
        let layers = [
            try tree.layer(skeleton: ["proj": HostileTree.made()]), try project.layer("/proj"),
            try scratch.layer("/proj/tmp", scratch: true),
        ]
        let files = Collector(layers: layers, workdir: "/").collect(spec, to: try Destinations(spec)).files
        #expect(files.map(\.path) == ["/proj/seen.log", "/proj/tmp/seen.log", "/srv/seen.log"])
        #expect(tree.copied("proj/tmp/seen.log") == "scratch")
    }
}
