import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite("Collect: the list of writes")
struct WritesTests {
    private let tree: HostileTree

    init() throws { tree = try HostileTree() }

    @Test(
        "Added, changed and deleted paths are listed in order, and directories that only lead there are not",
        .enabled(if: HostileTree.canHide, "a device 0:0 cannot be made here")
    )
    func marks() throws {
        for path in ["etc/conf", "etc/old", "etc/keep", "usr/dir/file"] { tree.file(FilePath(path), in: tree.lower) }
        tree.file("etc/conf", "new")
        tree.file("etc/new/file")
        tree.whiteout("etc/old")
        tree.whiteout("etc/never-there")
        tree.directory("usr")
        tree.whiteout("usr/dir")
        tree.link("etc/link", to: "/")
        tree.special("etc/fifo", 0o010000)
        let expected = [
            "M /etc/conf", "A /etc/fifo", "A /etc/link", "A /etc/new/", "A /etc/new/file", "D /etc/old", "D /usr/dir/",
        ]
        #expect(try tree.writes() == expected)
    }

    @Test("A directory whose own permissions changed is listed, the layer's top too")
    func metadata() throws {
        tree.directory("d", in: tree.lower)
        tree.directory("same", in: tree.lower)
        tree.directory("d", mode: 0o700)
        tree.directory("same")
        #expect(try tree.writes() == ["M /d/"])
        tree.directory("upper", mode: 0o711, in: tree.top)
        #expect(try tree.writes() == ["M /", "M /d/"])
        #expect(try tree.writes(tree.layer("/proj")) == ["M /proj/", "M /proj/d/"])
    }

    @Test(
        "Another type, and a directory made anew, are deleted and added",
        .enabled(if: HostileTree.canCover && HostileTree.canHide, "trusted.* is root's")
    )
    func replaced() throws {
        tree.file("dir/below", in: tree.lower)
        tree.file("file", in: tree.lower)
        tree.file("anew/old", in: tree.lower)
        tree.file("anew/both", in: tree.lower)
        tree.file("dir")
        tree.directory("file")
        tree.file("anew/both")
        try HeldDirectory(host: tree.upper).makeOpaque("anew")
        let expected = [
            "D /anew/", "A /anew/", "A /anew/both", "D /dir/", "A /dir", "D /file", "A /file/",
        ]
        #expect(try tree.writes().sorted() == expected.sorted())
    }

    @Test(
        "What isorun put there is listed only where the job changed it",
        .enabled(if: HostileTree.canCover && HostileTree.canHide, "trusted.* is root's")
    )
    func skeleton() throws {
        tree.file("tmp/of-the-host", in: tree.lower)
        tree.file("etc/shadow", in: tree.lower)
        tree.file("etc/gshadow", in: tree.lower)
        tree.directory("tmp", mode: 0o1777)
        try HeldDirectory(host: tree.upper).makeOpaque("tmp")
        tree.file("tmp/of-the-host", "the job's own")
        tree.whiteout("etc/gshadow")
        tree.file("etc/shadow", "forged")
        tree.file("dev/mountpoint", "")
        let skeleton: [String: SkeletonEntry] = [
            "tmp": HostileTree.made(mode: 0o1777, isOpaque: true), "etc": HostileTree.made(), "etc/shadow": .whiteout,
            "etc/gshadow": .whiteout, "dev": HostileTree.made(), "dev/mountpoint": .file(), "gone": HostileTree.made(),
            "gone/below": HostileTree.made(),
        ]
        let expected = ["A /etc/shadow", "D /gone/", "A /tmp/of-the-host"]
        #expect(try tree.writes(tree.layer(skeleton: skeleton)) == expected)
    }

    @Test(
        "A directory that isorun made is listed where the job removed it, made it anew or changed its permissions",
        .enabled(if: HostileTree.canCover && HostileTree.canHide, "trusted.* is root's")
    )
    func changedSkeleton() throws {
        for name in ["etc", "home", "tmp", "anew", "same", "secret"] { tree.directory(FilePath(name), in: tree.lower) }
        tree.directory("etc", mode: 0o700)
        tree.whiteout("home")
        tree.directory("tmp", mode: 0o755)
        tree.directory("anew")
        tree.directory("same")
        for name in ["tmp", "anew"] { try HeldDirectory(host: tree.upper).makeOpaque(name) }
        tree.directory("secret")
        tree.file("now-a-file")
        tree.whiteout("mountpoint")
        let skeleton: [String: SkeletonEntry] = [
            "etc": HostileTree.made(), "home": HostileTree.made(isOpaque: true),
            "tmp": HostileTree.made(mode: 0o1777, isOpaque: true), "anew": HostileTree.made(),
            "same": HostileTree.made(), "secret": .whiteout, "now-a-file": HostileTree.made(), "mountpoint": .file(),
        ]
        let expected = [
            "D /anew/", "A /anew/", "M /etc/", "D /home/", "D /mountpoint", "A /now-a-file", "D /now-a-file/",
            "A /secret/", "M /tmp/",
        ]
        #expect(try tree.writes(tree.layer(skeleton: skeleton)) == expected)
    }

    @Test(
        "In a scratch directory everything is added, even what looks like a whiteout",
        .enabled(if: HostileTree.canHide, "a device 0:0 cannot be made here")
    )
    func scratch() throws {
        tree.file("a/b")
        tree.whiteout("w")
        #expect(
            try tree.writes(tree.layer("/scratch", scratch: true)) == [
                "A /scratch/a/", "A /scratch/a/b", "A /scratch/w",
            ]
        )
    }

    @Test("A line is always one path, whatever its bytes are")
    func escaping() throws {
        tree.file(FilePath(Array("a\nD ".utf8) + [0xFF, 0x5C]))
        tree.file("über\u{202E}x")
        #expect(try tree.writes() == [#"A /a\nD \xff\\"#, #"A /über\xe2\x80\xaex"#])
    }

    @Test("A list that lacks something says so at its end")
    func incomplete() throws {
        for number in 0..<50 { tree.file(FilePath("f\(number)")) }
        var limits = CollectLimits()
        limits.writesBytes = 1000
        let full = try tree.writes(limits: limits)
        #expect(full.last == "! incomplete: the job wrote more paths than a list holds")
        #expect(full.count < 30)
        limits = CollectLimits()
        limits.entries = 10
        #expect(try tree.writes(limits: limits).last == "! incomplete: more than 10 entries were looked at")
    }

    @Test("A path that cannot be written is told, and a link is written through")
    func destination() throws {
        tree.file("x")
        var spec = CollectionSpec()
        spec.writes = tree.out.appending("missing/list")
        let failed = #expect(throws: SystemError.self) { _ = try Destinations(spec) }
        #expect(failed?.errno == .noSuchFileOrDirectory)
        spec.writes = "/dev/null"
        #expect(
            Collector(layers: [try tree.layer()], workdir: "/").collect(spec, to: try Destinations(spec)).writesFailure
                == nil
        )
        #expect(try HeldDirectory(host: "/dev").entry("null")?.kind == .characterDevice)
    }
}
