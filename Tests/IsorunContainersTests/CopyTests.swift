import Glibc
import IsorunModel
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunContainers

/// A directory of a test with a tree to copy, and what came of the copy.
private final class Trees {
    let directory: PrivateDirectory

    init() throws {
        directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-copy-")
    }

    deinit {
        try? directory.held.removeContents()
        _ = unsafe directory.path.withPlatformString { unsafe rmdir($0) }
    }

    func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        let file = OwnedDescriptor(unsafe open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600))
        try file.write(all: text.utf8)
        _ = fchmod(file.raw, mode)
    }

    func text(_ name: String) -> String? {
        (try? SmallFile.read(FilePath(path(name)))).map { String(decoding: $0, as: UTF8.self) }
    }

    func status(_ name: String) throws -> FileStatus? { try directory.held.status(name) }

    /// Reads one place as an archive in a file, and unpacks that to another.
    func copy(_ source: String, to target: String, follow: Bool = false) throws -> [String] {
        var words: [String] = []
        let archive = try archive { writer in
            try TreeReader(writer, followsLink: follow) { words.append($0) }.read(path(source))
            try writer.end()
        }
        let writer = TreeWriter(TarReader(archive.raw), keepsOwners: false) { words.append($0) }
        _ = try writer.write(to: path(target))
        return words
    }

    func unpack(_ entries: [(TarEntry, String)], into target: String) throws {
        let archive = try archive { writer in
            for (entry, text) in entries {
                var entry = entry
                entry.size = UInt64(text.utf8.count)
                try writer.begin(entry)
                try writer.write(Array(text.utf8)[...])
            }
            try writer.end()
        }
        try TreeWriter(TarReader(archive.raw), keepsOwners: false) { _ in }.unpack(into: path(target))
    }

    func archive(_ fill: (TarWriter) throws -> Void) throws -> OwnedDescriptor {
        let file = OwnedDescriptor(unsafe open(path("archive"), O_RDWR | O_CREAT | O_TRUNC, 0o600))
        try fill(TarWriter(file.raw))
        lseek(file.raw, 0, SEEK_SET)
        return file
    }
}

@Suite struct `The copy of a directory of an image` {
    @Test
    func `has all that the directory has, and follows no link`() throws {
        let trees = try Trees()
        for name in ["from", "from/sub", "to"] { unsafe mkdir(trees.path(name), 0o750) }
        try trees.write("outside", "secret")
        try trees.write("from/sub/file", "text", mode: 0o640)
        try trees.write("from/program", "x", mode: 0o4755)
        unsafe link(trees.path("from/sub/file"), trees.path("from/again"))
        unsafe symlink(trees.path("outside"), trees.path("from/link"))
        unsafe symlink("..", trees.path("from/sub/up"))
        unsafe mkfifo(trees.path("from/fifo"), 0o604)
        let old = [timespec(tv_sec: 7, tv_nsec: 9), timespec(tv_sec: 1_000_000_000, tv_nsec: 5)]
        for name in ["from/sub/file", "from/sub", "from"] { unsafe utimensat(AT_FDCWD, trees.path(name), old, 0) }
        unsafe chmod(trees.path("from"), 0o1711)
        let source = OwnedDescriptor(unsafe open(trees.path("from"), O_RDONLY | O_DIRECTORY))
        let target = OwnedDescriptor(unsafe open(trees.path("to"), O_RDONLY | O_DIRECTORY))
        try TreeCopier.copy(source, to: target)
        func look(_ name: String) -> stat {
            var status = stat()
            unsafe lstat(trees.path(name), &status)
            return status
        }
        for name in ["", "/sub", "/sub/file", "/fifo", "/link", "/sub/up"] {
            let (from, to) = (look("from" + name), look("to" + name))
            #expect(from.st_mode == to.st_mode && from.st_uid == to.st_uid && from.st_nlink == to.st_nlink, "\(name)")
            #expect(from.st_mtim.tv_sec == to.st_mtim.tv_sec && from.st_mtim.tv_nsec == to.st_mtim.tv_nsec, "\(name)")
        }
        #expect(look("to/program").st_mode & 0o7777 == 0o755)
        #expect(look("to/again").st_ino == look("to/sub/file").st_ino && trees.text("to/sub/file") == "text")
        // A second copy finds something there, and changes nothing of it.
        let error = #expect(throws: SystemError.self) { try TreeCopier.copy(source, to: target) }
        #expect(error?.errno == .fileExists)
    }
}

@Suite struct `A tar archive` {
    private static let long = String(repeating: "long-", count: 40)

    static var entries: [TarEntry] {
        var all = [
            TarEntry("a", .file, mode: 0o4755), TarEntry("d", .directory, mode: 0o1777),
            TarEntry("l", .link(target: "../elsewhere"), mode: 0o777),
            TarEntry("h", .hardLink(target: "a"), mode: 0o644),
            TarEntry(ByteString(long + "/" + long), .file, mode: 0),
            TarEntry("k", .link(target: ByteString(long + long)), mode: 0o777),
            TarEntry(ByteString([0xff, 0xfe, 0x2f, 0x0a]), .file, mode: 0o600),
        ]
        all[0].uid = 65_534
        all[0].gid = 3_000_000_000
        all[0].modified = 1_700_000_000
        all[1].modified = -5
        return all
    }

    @Test(arguments: entries)
    func `has its entries as they were written`(entry: TarEntry) throws {
        let trees = try Trees()
        let file = try trees.archive { writer in
            try writer.begin(entry)
            try writer.end()
        }
        let reader = TarReader(file.raw)
        #expect(try reader.next() == entry)
        #expect(try reader.next() == nil)
    }

    @Test
    func `says sizes that need more than eleven digits`() {
        var entry = TarEntry("huge", .file, mode: 0o600)
        entry.size = 1 << 40
        let blocks = TarHeader.blocks(of: entry)
        #expect(blocks.count == 3 * TarHeader.blockSize)
        #expect(String(decoding: blocks[512..<534], as: UTF8.self) == "22 size=1099511627776\n")
    }

    @Test(arguments: ["gnu", "ustar", "pax", "v7"])
    func `of tar's own is read`(format: String) throws {
        let trees = try Trees()
        _ = unsafe mkdir(trees.path("in"), 0o755)
        let name = format == "v7" || format == "ustar" ? "short" : Self.long
        try trees.write("in/\(name)", "text")
        _ = unsafe symlink("to", trees.path("in/link"))
        _ = unsafe link(trees.path("in/\(name)"), trees.path("in/other"))
        let words = ["tar", "--format=\(format)", "-cf", trees.path("archive"), "-C", trees.path("in"), "."]
        #expect(try Program.run(["/usr/bin/env"] + words) == 0)
        _ = unsafe mkdir(trees.path("out"), 0o755)
        let file = OwnedDescriptor(unsafe open(trees.path("archive"), O_RDONLY))
        try TreeWriter(TarReader(file.raw), keepsOwners: false) { _ in }.unpack(into: trees.path("out"))
        #expect(trees.text("out/\(name)") == "text" && trees.text("out/other") == "text")
        #expect(trees.directory.held.linkTarget("out/link") == "to")
    }

    @Test
    func `of this one's is read by tar`() throws {
        let trees = try Trees()
        _ = unsafe mkdir(trees.path("in"), 0o755)
        try trees.write("in/\(Self.long)", String(repeating: "x", count: 5000), mode: 0o640)
        _ = try trees.archive { writer in
            try TreeReader(writer, followsLink: false) { _ in }.read(trees.path("in"))
            try writer.end()
        }
        #expect(try Program.run(["/usr/bin/env", "tar", "-xf", trees.path("archive"), "-C", trees.path("in")]) == 0)
        #expect(try trees.status("in/in/\(Self.long)")?.size == 5000)
    }

    @Test(arguments: [0, 100, 511, 512, 513, 700, 1500])
    func `that is damaged or cut off is an error, or has an end`(count: Int) throws {
        let trees = try Trees()
        let file = try trees.archive { writer in
            try writer.begin(Self.entries[4])
            try writer.end()
        }
        _ = ftruncate(file.raw, count)
        let reader = TarReader(file.raw)
        if count == 0 {
            #expect(try reader.next() == nil)
        } else {
            #expect(throws: ContainerError.self) { while try reader.next() != nil {} }
        }
    }

    @Test
    func `that is none is an error`() throws {
        let trees = try Trees()
        let bytes = (0..<4096).map { UInt8($0 * 167 % 255 + 1) }
        let file = OwnedDescriptor(unsafe open(trees.path("noise"), O_RDWR | O_CREAT, 0o600))
        try file.write(all: bytes)
        lseek(file.raw, 0, SEEK_SET)
        #expect(throws: ContainerError.self) { _ = try TarReader(file.raw).next() }
    }
}

@Suite struct `A copy` {
    @Test
    func `of a file goes into a directory, under a new name, or over a file`() throws {
        let trees = try Trees()
        try trees.write("file", "text", mode: 0o640)
        _ = unsafe mkdir(trees.path("dir"), 0o755)
        #expect(try trees.copy("file", to: "dir").isEmpty)
        #expect(trees.text("dir/file") == "text")
        #expect(try trees.status("dir/file").map { $0.mode & 0o7777 } == 0o640)
        _ = try trees.copy("file", to: "dir/new")
        #expect(trees.text("dir/new") == "text")
        try trees.write("dir/old", "other")
        _ = try trees.copy("file", to: "dir/old")
        #expect(trees.text("dir/old") == "text")
        #expect(throws: ContainerError.self) { _ = try trees.copy("file", to: "nowhere/") }
        #expect(throws: ContainerError.self) { _ = try trees.copy("file", to: "no/where") }
        #expect(throws: ContainerError.self) { _ = try trees.copy("missing", to: "dir") }
    }

    @Test
    func `of a directory is that directory, or what is in it`() throws {
        let trees = try Trees()
        for name in ["in", "in/sub", "there"] { _ = unsafe mkdir(trees.path(name), 0o755) }
        try trees.write("in/sub/file", "text")
        _ = unsafe symlink("/etc", trees.path("in/link"))
        _ = unsafe chmod(trees.path("in/sub"), 0o500)
        _ = try trees.copy("in", to: "there")
        #expect(trees.text("there/in/sub/file") == "text" && trees.directory.held.linkTarget("there/in/link") == "/etc")
        #expect(try trees.status("there/in/sub").map { $0.mode & 0o777 } == 0o500)
        _ = try trees.copy("in", to: "new")
        #expect(trees.text("new/sub/file") == "text")
        _ = try trees.copy("in/.", to: "there")
        #expect(trees.text("there/sub/file") == "text")
        _ = try trees.copy("in/.", to: "newer")
        #expect(trees.text("newer/sub/file") == "text")
        try trees.write("plain", "x")
        #expect(throws: ContainerError.self) { _ = try trees.copy("in", to: "plain") }
        #expect(throws: ContainerError.self) { _ = try trees.copy("plain", to: "there/in/../../there/in/sub/file/x") }
        for name in ["in/sub", "there/in/sub", "new/sub", "there/sub", "newer/sub"] {
            _ = unsafe chmod(trees.path(name), 0o700)
        }
    }

    @Test
    func `takes a link as what it is, and on demand as what it leads to`() throws {
        let trees = try Trees()
        try trees.write("file", "text")
        _ = unsafe symlink("file", trees.path("link"))
        _ = try trees.copy("link", to: "as-link")
        #expect(trees.directory.held.linkTarget("as-link") == "file")
        _ = try trees.copy("link", to: "as-file", follow: true)
        #expect(trees.directory.held.linkTarget("as-file") == nil && trees.text("as-file") == "text")
    }

    @Test
    func `has no set-ID bits, leaves fifos out, and keeps holes`() throws {
        let trees = try Trees()
        _ = unsafe mkdir(trees.path("in"), 0o755)
        try trees.write("in/setuid", "text", mode: 0o6755)
        _ = unsafe mkfifo(trees.path("in/fifo"), 0o644)
        let sparse = OwnedDescriptor(unsafe open(trees.path("in/sparse"), O_RDWR | O_CREAT, 0o600))
        _ = ftruncate(sparse.raw, 32 << 20)
        let words = try trees.copy("in", to: "out")
        #expect(words.count == 1 && words[0].contains("in/fifo"))
        #expect(try trees.status("out/setuid").map { $0.mode & 0o7777 } == 0o755)
        var found = stat()
        _ = unsafe stat(trees.path("out/sparse"), &found)
        #expect(found.st_size == 32 << 20 && found.st_blocks < 1000)
        #expect(throws: ContainerError.self) { _ = try trees.copy("in/fifo", to: "out") }
    }

    @Test
    func `never leaves the place by a link that is there`() throws {
        let trees = try Trees()
        for name in ["in", "in/sub", "out", "out/in", "secret"] { _ = unsafe mkdir(trees.path(name), 0o755) }
        try trees.write("in/sub/file", "new")
        try trees.write("in/top", "new")
        try trees.write("secret/file", "old")
        // The link stands where a directory would go, and where a file would.
        _ = unsafe symlink("../../secret", trees.path("out/in/sub"))
        #expect(throws: ContainerError.self) { _ = try trees.copy("in", to: "out") }
        #expect(trees.text("secret/file") == "old")
        _ = unsafe unlink(trees.path("out/in/sub"))
        _ = unsafe symlink("../../secret/file", trees.path("out/in/top"))
        _ = try trees.copy("in", to: "out")
        #expect(trees.text("secret/file") == "old" && trees.text("out/in/top") == "new")
    }

    @Test(
        arguments: [
            [(TarEntry("../escaped", .file, mode: 0o644), "x")],
            [(TarEntry("a/../../escaped", .file, mode: 0o644), "x")],
            [
                (TarEntry("way", .link(target: ".."), mode: 0o777), ""),
                (TarEntry("way/escaped", .file, mode: 0o644), "x"),
            ],
            [(TarEntry("way", .hardLink(target: "../secret"), mode: 0o644), "")],
            [
                (TarEntry("up", .link(target: ".."), mode: 0o777), ""),
                (TarEntry("way", .hardLink(target: "up/secret"), mode: 0o644), ""),
            ],
            [(TarEntry("dir", .directory, mode: 0o755), ""), (TarEntry("dir", .file, mode: 0o644), "x")],
        ] as [[(TarEntry, String)]]
    )
    func `of a hostile archive is refused`(entries: [(TarEntry, String)]) throws {
        let trees = try Trees()
        _ = unsafe mkdir(trees.path("out"), 0o755)
        try trees.write("secret", "old")
        let error = #expect(throws: ContainerError.self) { try trees.unpack(entries, into: "out") }
        #expect(error != nil)
        #expect(trees.text("escaped") == nil && trees.text("out/way") != "old")
    }

    @Test
    func `of an absolute path stays below, and devices are left out`() throws {
        let trees = try Trees()
        _ = unsafe mkdir(trees.path("out"), 0o755)
        let device = TarEntry("null", .other(UInt8(ascii: "3")), mode: 0o666)
        try trees.unpack([(TarEntry("/etc/passwd", .file, mode: 0o644), "mine"), (device, "")], into: "out")
        #expect(trees.text("out/etc/passwd") == "mine")
        #expect(try trees.status("out/null") == nil)
    }
}
