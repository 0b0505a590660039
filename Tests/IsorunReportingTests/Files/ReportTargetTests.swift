import Foundation
import IsorunReporting
import Testing

/// A directory that goes away with the test.
private final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "isorun-reporting-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

@Suite struct `A report's file` {
    @Test func `is replaced in one step and leaves nothing beside it`() throws {
        let scratch = try Scratch()
        let target = try ReportTarget.check(scratch.path + "/out.xml")
        #expect(scratch.names.isEmpty)
        for text in ["first, and longer", "second"] {
            try AtomicFile.write(Array(text.utf8), to: target)
            #expect(try scratch.text("out.xml") == text)
        }
        #expect(scratch.names == ["out.xml"])
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.path + "/out.xml")[.posixPermissions]
        #expect((mode as? Int).map { $0 & ~0o644 } == 0)
    }

    @Test func `of a former run is removed, and only the file itself`() throws {
        let scratch = try Scratch()
        let manager = FileManager.default
        try manager.createDirectory(atPath: scratch.path + "/real", withIntermediateDirectories: false)
        _ = manager.createFile(atPath: scratch.path + "/real/a.xml", contents: Data("former".utf8))
        try manager.createSymbolicLink(atPath: scratch.path + "/out.xml", withDestinationPath: "real/a.xml")
        let target = try ReportTarget.check(scratch.path + "/out.xml")
        #expect(try scratch.text("real/a.xml") == "former")
        try target.removeFormer()
        try target.removeFormer()
        #expect(scratch.names == ["out.xml", "real"])
        #expect(!manager.fileExists(atPath: scratch.path + "/real/a.xml"))
        try ReportTarget.check("-").removeFormer()
        try ReportTarget.check("/dev/null").removeFormer()
        #expect(manager.fileExists(atPath: "/dev/null"))
    }

    @Test func `that grows is there line by line`() throws {
        let scratch = try Scratch()
        let target = try ReportTarget.check(scratch.path + "/events")
        let file = try GrowingFile.begin(target)
        #expect(try scratch.text("events").isEmpty)
        try file?.append("one\n")
        #expect(try scratch.text("events") == "one\n")
        try file?.append("two\n")
        try file?.finish()
        #expect(try scratch.text("events") == "one\ntwo\n" && scratch.names == ["events"])
        #expect(throws: ReportingError.self) { _ = try GrowingFile.begin(target) }
    }

    @Test func `that grows without room says so`() throws {
        let file = try GrowingFile.begin(try ReportTarget.check("/dev/full"))
        do {
            try file?.append("one\n")
            Issue.record("a full device took a line")
        } catch {
            #expect("\(error)".contains("'/dev/full': No space left on device"))
        }
    }

    @Test func `behind a link is replaced and the link stays`() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path + "/real", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/out.xml", withDestinationPath: "real/a.xml")
        let target = try ReportTarget.check(scratch.path + "/out.xml")
        try AtomicFile.write(Array("x".utf8), to: target)
        #expect(try scratch.text("real/a.xml") == "x")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path + "/out.xml") == "real/a.xml")
    }

    @Test func `that is a device is written to and not replaced`() throws {
        let target = try ReportTarget.check("/dev/null")
        #expect(!target.isReplaceable)
        try AtomicFile.write([1, 2, 3], to: target)
        #expect(
            try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
                == .typeCharacterSpecial
        )
    }

    @Test(arguments: [
        ("missing/out.xml", ReportingError.Kind.system, "mkdir -p"), ("dir", .usage, "directory"),
        ("dir/", .usage, "directory"),
        ("new/", .usage, "directory"), ("file/out.xml", .system, "Not a directory"), ("dir/..", .usage, "directory"),
        ("loop", .system, "symbolic links"),
    ])
    func `that cannot be is refused before anything is made`(
        name: String,
        kind: ReportingError.Kind,
        words: String
    ) throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path + "/dir", withIntermediateDirectories: false)
        try Data().write(to: URL(filePath: scratch.path + "/file"))
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/loop", withDestinationPath: "loop/x")
        let error = #expect(throws: ReportingError.self) { try ReportTarget.check("\(scratch.path)/\(name)") }
        #expect(error?.kind == kind)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(scratch.path) == true)
        #expect(scratch.names == ["dir", "file", "loop"])
    }

    @Test func `in a directory that cannot be written to is refused`() throws {
        let error = #expect(throws: ReportingError.self) { try ReportTarget.check("/proc/self/out.xml") }
        #expect(error?.errno != nil || geteuid() == 0)
    }

    @Test(arguments: [("-", "-"), ("a.xml", "./a.xml"), ("a.xml", "dir/../a.xml"), ("a.xml", "link.xml")])
    func `given to two reports is a usage error`(first: String, second: String) throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path + "/dir", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link.xml", withDestinationPath: "a.xml")
        let targets = try [first, "b.xml", second].map { name in
            try ReportTarget.check(name == "-" ? name : "\(scratch.path)/\(name)")
        }
        let error = #expect(throws: ReportingError.self) { try ReportTarget.checkDistinct(targets) }
        #expect(error?.kind == .usage)
        try ReportTarget.checkDistinct(Array(targets.dropLast()))
    }

    @Test func `takes the place of nothing that is read`() throws {
        let scratch = try Scratch()
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link.xml", withDestinationPath: "a.xml")
        let targets = try ["-", scratch.path + "/a.xml"].map { try ReportTarget.check($0) }
        let error = #expect(throws: ReportingError.self) {
            try ReportTarget.protect(scratch.path + "/link.xml", from: targets)
        }
        #expect(error?.kind == .usage)
        for other in ["b.xml", "none/a.xml"] { try ReportTarget.protect("\(scratch.path)/\(other)", from: targets) }
    }
}

@Suite struct `Files to read` {
    @Test func `are read as they are`() throws {
        let scratch = try Scratch()
        try Data([1, 0, 255]).write(to: URL(filePath: scratch.path + "/file"))
        #expect(try RegularFile.read(scratch.path + "/file", limit: 3) == [1, 0, 255])
        #expect(throws: ReportingError.self) { try RegularFile.read(scratch.path + "/file", limit: 2) }
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["link", "fifo", "dir", "missing", "null"])
    func `that are links, fifos, devices or directories are refused without waiting`(name: String) throws {
        let scratch = try Scratch()
        try Data("secret".utf8).write(to: URL(filePath: scratch.path + "/file"))
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: "file")
        #expect(unsafe mkfifo(scratch.path + "/fifo", 0o600) == 0)
        try FileManager.default.createDirectory(atPath: scratch.path + "/dir", withIntermediateDirectories: false)
        let path = name == "null" ? "/dev/null" : "\(scratch.path)/\(name)"
        #expect(throws: ReportingError.self) { try RegularFile.read(path, limit: 100) }
    }
}
