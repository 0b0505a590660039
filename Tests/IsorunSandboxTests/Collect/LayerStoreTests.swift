import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite struct `The store of layers` {
    private let tree: HostileTree

    init() throws { tree = try HostileTree() }

    private func store(
        _ layer: WrittenLayer? = nil,
        bytes: UInt64 = 1 << 30,
        files: UInt64 = 1000,
        depth: Int = 256,
        first: UInt32? = nil
    ) throws -> StoredLayers {
        let limits = LayerLimits(bytes: bytes, files: files)
        var store = LayerStore(directory: tree.out, first: first, identity: nil, limits: limits)
        store.depth = depth
        return try store.store([layer ?? tree.layer("/proj")])
    }

    private func entry(_ path: ByteString) throws -> EntryStatus? {
        try HeldDirectory(host: tree.out.appending("0")).statusBeneath(path)
    }

    @Test func `keeps what has several names one file, and leaves nothing beside the layer`() throws {
        tree.file("a", String(repeating: "x", count: 1 << 16), mode: 0o640)
        for name in ["b", "deep/down/c"] { tree.hardLink(FilePath(name), to: tree.upper.appending("a")) }
        tree.file("other", "x")
        // More than once would not fit.
        _ = try store(bytes: 100 << 10)
        let (a, b, c) = (try entry("a"), try entry("b"), try entry("deep/down/c"))
        #expect(a?.links == 3 && a?.inode == b?.inode && a?.inode == c?.inode)
        #expect(try entry("other")?.links == 1)
        #expect(tree.copied("0/deep/down/c")?.count == 1 << 16)
        #expect(try HeldDirectory(host: tree.out).names() == ["0"])
    }

    @Test func `keeps a link with several names one link`() throws {
        tree.link("l", to: "/etc/passwd")
        let directory = try HeldDirectory(host: tree.upper)
        #expect(unsafe linkat(directory.descriptor.raw, "l", directory.descriptor.raw, "m", 0) == 0)
        _ = try store()
        let (first, second) = (try link("l"), try link("m"))
        #expect(first?.links == 2 && first?.inode == second?.inode)
    }

    private func link(_ name: ByteString) throws -> EntryStatus? {
        try HeldDirectory(host: tree.out.appending("0")).entry(name)
    }

    @Test func `takes no more than the writable layer could, and names what does not fit`() throws {
        tree.file("d/large", String(repeating: "x", count: 1 << 16))
        let error = #expect(throws: SystemError.self) { try store(bytes: 32 << 10) }
        #expect(error?.errno == .noSpace && error?.subject == "/proj/d/large")
        let told = error.map { SandboxError($0).description } ?? ""
        #expect(told.hasPrefix("cannot keep the build's files: /proj/d/large: "))
        #expect(error?.detail?.contains("32.0 KiB (--disk)") == true)
    }

    @Test func `takes no more files than the writable layer could`() throws {
        for name in ["a", "b", "c"] { tree.file(FilePath(name)) }
        let error = #expect(throws: SystemError.self) { try store(files: 2) }
        #expect(error?.errno == .noSpace && error?.detail?.contains("--inodes") == true)
    }

    @Test func `counts no holes`() throws {
        tree.sparse("sparse", size: 1 << 30)
        _ = try store(bytes: 1 << 20)
        #expect(try entry("sparse")?.size == 1 << 30)
    }

    @Test func `names the whole path of what cannot be kept`() throws {
        tree.file("a/b/c/d")
        let error = #expect(throws: SystemError.self) { try store(depth: 2) }
        #expect(error?.action == LayerCopy.action && error?.subject == "/proj/a/b")
    }

    // Root reads it anyway: this says something without root.
    @Test func `keeps what its owner may not read`() throws {
        tree.file("file", "secret", mode: 0)
        tree.file("unlisted/inner", "inner")
        tree.file("unsearched/deep/inner", "deep")
        tree.directory("unlisted", mode: 0o311)
        tree.directory("unsearched/deep", mode: 0)
        tree.directory("unsearched", mode: 0o644)
        // It is held from before the job.
        let layer = try tree.layer("/proj")
        tree.directory("upper", mode: 0o300, in: tree.top)
        _ = try store(layer)
        #expect(tree.copied("0/file") == "secret")
        #expect(tree.copied("0/unlisted/inner") == "inner")
        #expect(tree.copied("0/unsearched/deep/inner") == "deep")
        // Whoever is to get it has to read it, too.
        #expect(try entry("unlisted").map { $0.mode & 0o777 } == 0o711)
        #expect(try entry("file").map { $0.mode & 0o777 } == 0o600)
    }

    @Test(.enabled(if: HostileTree.canHide, "a device 0:0 cannot be made here"))
    func `marks a deleted file by its own name`() throws {
        let name: [UInt8] = Array("non".utf8) + [0xFF]
        tree.whiteout(.bytes(name))
        _ = try store()
        #expect(try link(ByteString(name))?.isWhiteout == true)
        #expect(try HeldDirectory(host: tree.out.appending("0")).names().count == 1)
    }

    @Test func `takes nothing for isorun's own that only looks like it`() throws {
        let name: [UInt8] = Array("non".utf8) + [0xFF]
        tree.file(.bytes(name), "odd")
        tree.file("\u{E9}", "composed")
        tree.file("own", "")
        let skeleton: [String: SkeletonEntry] = ["non\u{FFFD}": .file(), "e\u{301}": .file(), "own": .file()]
        _ = try store(tree.layer("/proj", skeleton: skeleton))
        #expect(try link(ByteString(name))?.size == 3)
        #expect(tree.copied("0/\u{E9}") == "composed")
        #expect(try link("own") == nil)
    }

    @Test func `keeps a file that was made where one is hidden, and says that it is seen`() throws {
        tree.file("d/f", "made")
        tree.link("l", to: "f")
        let skeleton: [String: SkeletonEntry] = [
            "d": HostileTree.made(), "d/f": .whiteout, "l": .whiteout, "never": .whiteout,
        ]
        let stored = try store(tree.layer("/proj", skeleton: skeleton))
        #expect(stored.layers.map(\.shown) == [["d/f", "l"]])
        #expect(tree.copied("0/d/f") == "made")
        #expect(try link("l")?.kind == .link)
        #expect(stored.leftOut.note == nil)
    }

    @Test(.enabled(if: HostileTree.canCover && HostileTree.canHide, "trusted.* is root's"))
    func `keeps what was made in place of what is hidden, and nothing shines through`() throws {
        tree.file("hidden/new", "made")
        tree.file("anew/new", "made")
        try HeldDirectory(host: tree.upper).makeOpaque("anew")
        tree.whiteout("gone")
        tree.whiteout("still-hidden")
        let skeleton: [String: SkeletonEntry] = [
            "hidden": .whiteout, "anew": HostileTree.made(), "gone": HostileTree.made(), "still-hidden": .whiteout,
        ]
        let stored = try store(tree.layer("/proj", skeleton: skeleton), first: 0)
        #expect(stored.layers.map(\.shown) == [["hidden"]])
        let top = try HeldDirectory(host: tree.out.appending("0"))
        #expect(try top.directory("hidden").isOpaque && top.directory("anew").isOpaque)
        #expect(try top.entry("gone")?.isWhiteout == true && top.entry("still-hidden") == nil)
    }

    @Test func `tells what was written where every container has its own`() throws {
        for name in ["tmp/x", "tmp/proj/y", "tmp/dir/z", "tmp/.cache/c"] { tree.file(FilePath(name)) }
        tree.file("tmp/empty", "")
        tree.file("hosts", "another")
        let skeleton: [String: SkeletonEntry] = [
            "tmp": HostileTree.made(isOpaque: true), "tmp/proj": HostileTree.made(), "hosts": .file(),
        ]
        let stored = try store(tree.layer(skeleton: skeleton))
        // Three are named, in the order that the file system has them in.
        #expect(Set(stored.leftOut.paths).isSubset(of: ["/hosts", "/tmp/dir", "/tmp/proj/y", "/tmp/x"]))
        #expect(stored.leftOut.note?.contains("and 1 other path") == true)
        #expect(try entry("tmp") == nil && entry("hosts") == nil)
    }

    @Test func `tells what was written to scratch directories, of which no layer is stored`() throws {
        tree.file("x")
        let stored = try store(tree.layer("/scratch", scratch: true))
        #expect(stored.layers.isEmpty)
        #expect(stored.leftOut.paths == ["/scratch/x"])
    }
}
