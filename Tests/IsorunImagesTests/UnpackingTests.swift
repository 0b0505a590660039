import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunImageStore
@testable import IsorunImages

@Suite(.asRoot) struct `A layer` {
    private func text(_ directory: borrowing HeldDirectory, _ path: String) throws -> String {
        String(decoding: try SmallFile.read(try directory.file(path), named: FilePath(path)), as: UTF8.self)
    }

    @Test
    func `is unpacked with modes, owners, times, links and attributes`() throws {
        try needsOwner(70000)
        var tar = Tarball()
        tar.add("./", type: "5", mode: 0o751, time: 77)
        tar.add("./etc/", type: "5", mode: 0o700, owner: 5)
        tar.add("./etc/passwd", "root:x:0:0::/root:/bin/sh\n", mode: 0o4640, owner: 70000)
        tar.add("etc/same", type: "1", target: "etc/passwd")
        tar.add("/etc/link", type: "2", target: "../../../etc/shadow")
        tar.add("etc/fifo", type: "6", mode: 0o666)
        tar.add("dev/null", type: "3", mode: 0o666, device: (1, 3))
        tar.add("etc/tagged", "x", attributes: [("user.colour", "blue")])
        let scratch = try ScratchStore()
        let id = try scratch.add([tar])
        let root = try scratch.layer(0, of: id)
        #expect(try root.status("")?.mode ?? 0 & 0o7777 == 0o040751)
        #expect(try EntryStatus(of: root.descriptor).modified.seconds == 77)
        #expect(try root.entry("etc")?.uid == 5)
        let passwd = try #require(try root.directory("etc").entry("passwd"))
        #expect(passwd.mode == 0o104640)
        #expect(passwd.uid == 70000)
        #expect(passwd.links == 2)
        #expect(passwd.modified.seconds == 1_000_000_000)
        #expect(try root.directory("etc").entry("link")?.kind == .link)
        #expect(try root.directory("etc").entry("fifo")?.kind == .fifo)
        #expect(try root.directory("dev").entry("null")?.kind == .characterDevice)
        #expect(try root.directory("etc").entry("etc") == nil)
        #expect(scratch.isTidy)
        #expect(try scratch.hold(id.hex)?.table("passwd").starts(with: "root:x".utf8) == true)
    }

    @Test
    func `says what is gone as overlay does`() throws {
        var lower = Tarball()
        lower.add("a/one", "1")
        lower.add("a/two", "2")
        lower.add("b/three", "3")
        lower.add("c/four", "4")
        var upper = Tarball()
        upper.add("a/.wh.one")
        upper.add("a/.wh.never-there")
        upper.add("b/.wh..wh..opq")
        upper.add("b/new", "n")
        upper.add(".wh.c")
        upper.add("c/", type: "5", mode: 0o755)
        upper.add("c/five", "5")
        let scratch = try ScratchStore()
        try scratch.needsWhiteouts()
        let root = try scratch.layer(1, of: try scratch.add([lower, upper]))
        #expect(try root.directory("a").entry("one")?.isWhiteout == true)
        #expect(try root.directory("a").entry("never-there") == nil)
        #expect(try root.directory("a").entry("two") == nil)
        #expect(try root.directory("b").isOpaque)
        #expect(try !root.directory("a").isOpaque)
        #expect(try root.directory("c").isOpaque)
        #expect(try text(root, "c/five") == "5")
    }

    @Test
    func `hides what it named before only as a lower layer's, and makes nothing to hide what is not there`() throws {
        var lower = Tarball()
        for path in ["b/hard", "b/kept", "c/x", "c/y", "d/x", "e/x", "e/y"] { lower.add(path, path) }
        var upper = Tarball()
        upper.add("b/hard2", type: "1", target: "b/hard")
        upper.add("b/.wh.hard")
        upper.add("own", type: "1", target: "b/kept")
        upper.add("b/kept", "anew")
        upper.add("b/.wh.kept")
        upper.add("c-x", type: "1", target: "c/x")
        upper.add("c/.wh..wh..opq")
        upper.add("d/.wh.x")
        upper.add(".wh.d")
        upper.add("e/new", "new")
        upper.add("e-x", type: "1", target: "e/x")
        upper.add(".wh.e")
        upper.add("nodir/.wh.q")
        upper.add("nodir2/.wh..wh..opq")
        let scratch = try ScratchStore()
        try scratch.needsWhiteouts()
        let root = try scratch.layer(1, of: try scratch.add([lower, upper]))
        #expect(try root.directory("b").entry("hard")?.isWhiteout == true)
        #expect(try text(root, "b/hard2") == "b/hard")
        #expect(try text(root, "b/kept") == "anew")
        #expect(try text(root, "own") == "b/kept")
        #expect(try text(root, "c-x") == "c/x")
        #expect(try root.directory("c").isOpaque)
        #expect(try root.directory("c").names().isEmpty)
        #expect(try root.entry("d")?.isWhiteout == true)
        #expect(try text(root, "e-x") == "e/x")
        #expect(try root.directory("e").isOpaque)
        #expect(try root.directory("e").names() == ["new"])
        #expect(try root.entry("nodir") == nil)
        #expect(try root.entry("nodir2") == nil)
    }

    @Test
    func `has directories of the layers below as they are there, and their links lead within the image`() throws {
        var lower = Tarball()
        lower.add("usr/lib/", type: "5", mode: 0o711, owner: 9, time: 5)
        lower.add("usr/lib/old", "old", mode: 0o600, owner: 8, time: 6)
        lower.add("lib", type: "2", target: "/usr/lib")
        lower.add("up", type: "2", target: "../../usr/lib")
        var upper = Tarball()
        upper.add("lib/new", "new")
        upper.add("up/newer", "newer")
        upper.add("copy", type: "1", target: "lib/old")
        let scratch = try ScratchStore()
        let root = try scratch.layer(1, of: try scratch.add([lower, upper]))
        #expect(try text(root, "usr/lib/new") == "new")
        #expect(try text(root, "usr/lib/newer") == "newer")
        #expect(try text(root, "copy") == "old")
        #expect(try root.entry("copy")?.uid == 8)
        let directory = try #require(try root.directory("usr").entry("lib"))
        #expect(directory.mode == 0o040711)
        #expect(directory.uid == 9)
        #expect(directory.modified.seconds == 5)
    }

    @Test
    func `takes the last of entries that have one name`() throws {
        var tar = Tarball()
        tar.add("a", "first")
        tar.add("a", "second")
        tar.add("d/", type: "5", mode: 0o755)
        tar.add("d/x/y", "y")
        tar.add("d", type: "2", target: "a")
        tar.add("e", "file")
        tar.add("e/", type: "5", mode: 0o700)
        tar.add("e/f", "f")
        let scratch = try ScratchStore()
        let root = try scratch.layer(0, of: try scratch.add([tar]))
        #expect(try text(root, "a") == "second")
        #expect(try root.entry("d")?.kind == .link)
        #expect(try text(root, "e/f") == "f")
    }

    @Test
    func `takes the last of entries that have one name, in whichever directory the others were`() throws {
        var tar = Tarball()
        // What an entry takes the place of is forgotten with all directories, and those are opened anew in another order.
        for path in ["file", "link", "hard", "fifo", "b-dir"] {
            tar.add("a/other", "other")
            tar.add("b/\(path)", "first")
        }
        tar.add("b/file", "second")
        tar.add("a/again", "again")
        tar.add("b/link", type: "2", target: "file")
        tar.add("a/again2", "again")
        tar.add("b/hard", type: "1", target: "a/other")
        tar.add("a/again3", "again")
        tar.add("b/fifo", type: "6", mode: 0o640)
        tar.add("a/again4", "again")
        tar.add("b/b-dir/", type: "5", mode: 0o700)
        let scratch = try ScratchStore()
        let root = try scratch.layer(0, of: try scratch.add([tar]))
        #expect(try text(root, "b/file") == "second")
        #expect(try root.directory("b").entry("link")?.kind == .link)
        #expect(try text(root, "b/hard") == "other")
        #expect(try root.directory("b").entry("fifo")?.kind == .fifo)
        #expect(try root.directory("b").entry("b-dir")?.kind == .directory)
        #expect(try root.directory("a").names().sorted() == ["again", "again2", "again3", "again4", "other"])
        #expect(try root.directory("b").names().sorted() == ["b-dir", "fifo", "file", "hard", "link"])
    }

    @Test
    func `is unpacked once for all images that have it`() throws {
        var base = Tarball()
        base.add("base", "b")
        var one = Tarball()
        one.add("one", "1")
        let scratch = try ScratchStore()
        try scratch.add([base], name: "base")
        try scratch.add([base, one], name: "one")
        #expect(scratch.layerCount == 4)  // two, and what is known of each
    }

    @Test
    func `may be one of five hundred, and not of more`() throws {
        let layers = (0..<127).map { number in
            var tar = Tarball()
            tar.add("f\(number)", "\(number)")
            return tar
        }
        let scratch = try ScratchStore()
        let id = try scratch.add(layers)
        #expect(try scratch.hold(id.hex)?.layers.count == 127)
        #expect(throws: ImageError.self) { try scratch.add([[UInt8]](repeating: Tarball().closed, count: 501)) }
    }
}
