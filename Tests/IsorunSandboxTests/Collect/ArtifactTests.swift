import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite("Collect: artifacts")
struct ArtifactTests {
    private let tree: HostileTree

    init() throws { tree = try HostileTree() }

    @Test("A file that matches is copied with its contents, time and executable bit, and nothing else of its mode")
    func copies() throws {
        let path = tree.file("proj/build/run.sh", "#!", mode: 0o6751)
        _ = unsafe path.withPlatformString { path in
            unsafe utimensat(
                AT_FDCWD,
                path,
                [timespec(tv_sec: 1000, tv_nsec: 5), timespec(tv_sec: 1000, tv_nsec: 5)],
                0
            )
        }
        tree.file("proj/build/log.txt", "hello", mode: 0o600)
        let files = try tree.artifacts("build/*")
        #expect(files.map(\.path) == ["/proj/build/log.txt", "/proj/build/run.sh"])
        #expect(files.allSatisfy { $0.refused == nil })
        #expect(tree.copied("log.txt") == "hello")
        let copy = try #require(try HeldDirectory(host: tree.out).entry("run.sh"))
        #expect(copy.mode & 0o7777 & ~0o022 == 0o755 & ~0o022)
        #expect(copy.modified == (1000, 5))
        let log = try #require(try HeldDirectory(host: tree.out).entry("log.txt"))
        #expect(log.mode & 0o7777 & ~0o044 == 0o600)
    }

    @Test("The layout below the fixed part of the pattern is kept, and a directory is copied with all below it")
    func layout() throws {
        tree.file("proj/build/a/one.log")
        tree.file("proj/build/b/two.log")
        tree.file("proj/build/b/.hidden/three.txt")
        _ = try tree.artifacts("build/**/*.log", "build/b", "/proj/build/b/.")
        let expected = [
            ".hidden/three.txt", "a/one.log", "b/.hidden/three.txt", "b/two.log", "two.log",
        ]
        #expect(try tree.copies() == expected)
    }

    @Test("What is no regular file of one name is refused with the reason, and nothing is followed")
    func refusals() throws {
        tree.link("proj/o/link", to: "/etc/hostname")
        tree.link("proj/o/dirlink", to: "/etc")
        tree.special("proj/o/fifo", 0o010000)
        tree.special("proj/o/socket", 0o140000)
        tree.hardLink("proj/o/second", to: tree.file("proj/o/first"))
        tree.file("proj/o/good", "ok")
        if HostileTree.canMakeDevices { tree.special("proj/o/device", 0o020000, device: 0x103) }
        let files = try tree.artifacts("o")
        var refused: [String: String] = [:]
        for file in files { refused[file.path] = file.refused }
        #expect(refused["/proj/o/link"]?.contains("symbolic link") == true)
        #expect(refused["/proj/o/dirlink"]?.contains("symbolic link") == true)
        #expect(refused["/proj/o/fifo"] == "it is a named pipe")
        #expect(refused["/proj/o/socket"] == "it is a socket")
        #expect(refused["/proj/o/first"] == "it is a hard link: the file has 2 names")
        #expect(refused["/proj/o/second"] == "it is a hard link: the file has 2 names")
        if HostileTree.canMakeDevices { #expect(refused["/proj/o/device"] == "it is a device") }
        #expect(try tree.copies() == ["o/good"])
    }

    @Test("A link in the middle of a pattern is named and not followed")
    func parentLink() throws {
        tree.file("outside/secret", "s")
        tree.link("proj/build", to: tree.upper.appending("outside"))
        let files = try tree.artifacts("build/secret")
        #expect(files.map(\.path) == ["/proj/build"])
        #expect(files.first?.refused?.contains("symbolic link") == true)
        #expect(try tree.copies().isEmpty)
    }

    @Test("Hostile names are kept byte for byte and shown escaped")
    func names() throws {
        let names: [[UInt8]] = [
            Array("-rf".utf8), Array("...".utf8), Array("a\nb".utf8), [0x66, 0xFF], Array("\u{1B}[2J".utf8),
            Array("..\\x".utf8),
        ]
        for name in names { tree.file(FilePath(Array("proj/n/".utf8) + name)) }
        let files = try tree.artifacts("n/*")
        #expect(
            files.map(\.path) == [
                "/proj/n/-rf", "/proj/n/...", #"/proj/n/..\\x"#, #"/proj/n/\x1b[2J"#, #"/proj/n/a\nb"#,
                #"/proj/n/f\xff"#,
            ]
        )
        let out = try HeldDirectory(host: tree.out)
        for name in names { #expect(try out.entry(ByteString(name))?.kind == .file) }
    }

    @Test("Limits of size and count refuse what is beyond them, and holes stay holes")
    func limits() throws {
        tree.sparse("proj/s/terabyte", size: 1 << 40)
        tree.sparse("proj/s/hole", size: 64 << 20)
        var files = try tree.artifacts("s/terabyte", "s/hole")
        #expect(files.map(\.path) == ["/proj/s/hole", "/proj/s/terabyte"])
        #expect(files.first?.refused == nil)
        #expect(files.last?.refused?.contains("at most") == true)
        var status = stat()
        _ = unsafe tree.out.appending("hole").withPlatformString { unsafe stat($0, &status) }
        #expect(status.st_size == 64 << 20 && status.st_blocks < 64)

        var limits = CollectLimits()
        limits.totalArtifactBytes = 5
        limits.artifacts = 2
        for name in ["a", "b", "c"] { tree.file(FilePath("proj/c/\(name)"), "123") }
        files = try tree.artifacts("c/*", limits: limits)
        #expect(files.filter { $0.refused == nil }.count == 1)
        limits.totalArtifactBytes = 100
        files = try tree.artifacts("c/*", limits: limits)
        #expect(files.filter { $0.refused == nil }.count == 2)
        limits.named = 1
        files = try tree.artifacts("c/*", limits: limits)
        #expect(files.last?.refused == "not listed: 1 more files were copied and 1 were refused")
    }

    @Test("Deep trees and endless directories end in a refusal")
    func bounds() throws {
        var descriptor = try HeldDirectory(host: tree.upper)
        for _ in 0..<3000 { descriptor = try descriptor.subdirectory(making: "d") }
        let files = try tree.artifacts("/d")
        #expect(files.count == 1)
        #expect(files.first?.refused == "it lies too deep")
        for number in 0..<50 { tree.file(FilePath("proj/many/\(number)")) }
        var limits = CollectLimits()
        limits.entries = 20
        let many = try tree.artifacts("many/*", limits: limits)
        #expect(many.contains { $0.refused?.hasPrefix("more than 20 entries") == true })
    }

    @Test("A directory that cannot be read is refused", .enabled(if: !HostileTree.isRoot, "root reads everything"))
    func unreadable() throws {
        tree.file("proj/u/closed/file")
        tree.directory("proj/u/closed", mode: 0)
        let files = try tree.artifacts("u")
        #expect(files.map(\.path) == ["/proj/u/closed"])
        #expect(files.first?.refused?.contains("EACCES") == true)
        tree.directory("proj/u/closed", mode: 0o755)
    }

    @Test("Nothing that matches, whiteouts and isorun's own entries are told as nothing")
    func nothing() throws {
        tree.whiteout("proj/gone.log")
        tree.file("proj/mountpoint.log", "")
        tree.file("proj/lower.log", in: tree.lower)
        var spec = CollectionSpec()
        spec.artifacts = [ArtifactSpec(pattern: "*.log", destination: tree.out.appending("never"))]
        spec.artifacts.append(ArtifactSpec(pattern: "/vol/x", destination: tree.out))
        let layer = try tree.layer(skeleton: ["proj": HostileTree.made(), "proj/mountpoint.log": .file()])
        let files = Collector(layers: [layer], workdir: "/proj", volumes: ["/vol"]).collect(
            spec,
            to: try Destinations(spec)
        ).files
        #expect(files.map(\.path) == ["*.log", "/vol/x"])
        #expect(files.first?.refused == "the job wrote nothing that matches")
        #expect(files.last?.refused == "/vol is a volume: what the job wrote there is on the host already")
        #expect(try tree.copies().isEmpty)
        #expect(throws: SystemError.self) { _ = try HeldDirectory(host: tree.out.appending("never")) }
    }

    @Test("A copy that the host does not take is told apart from what the job is refused for")
    func hostFailure() throws {
        tree.file("proj/report", "x")
        tree.link("proj/link", to: "report")
        tree.file("full", in: tree.out)
        var spec = CollectionSpec()
        spec.artifacts = [ArtifactSpec(pattern: "link", destination: tree.out.appending("a"))]
        let collector = Collector(layers: [try tree.layer()], workdir: "/proj")
        #expect(collector.collect(spec, to: try Destinations(spec)).copyFailure == nil)
        spec.artifacts.append(ArtifactSpec(pattern: "report", destination: tree.out.appending("full/b")))
        let collection = collector.collect(spec, to: try Destinations(spec))
        #expect(collection.copyFailure != nil && collection.copyFailure == collection.files.last?.refused)
    }
}
