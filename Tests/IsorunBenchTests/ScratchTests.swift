import Glibc
import Testing

@testable import IsorunBench

@Suite struct `A directory of the bench's own` {
    private let parent: Scratch

    init() throws { parent = try Scratch() }

    @Test func `is gone with it`() throws {
        var scratch: Scratch? = try Scratch(in: parent.path)
        let path = try #require(scratch).path
        try scratch?.write("file", [1])
        #expect(exists(path))
        scratch = nil
        #expect(!exists(path))
    }

    @Test func `is removed by the next bench where its own was killed`() throws {
        let used = try Scratch(in: parent.path)
        // Nobody has locked it; nor those of other names, which are not the bench's.
        for name in ["isorun-bench-killed", "isorun-bench-abcdefg", "isorun-test-killed"] {
            try parent.makeDirectory("\(name)/below")
            try parent.write("\(name)/below/file", [1])
        }
        #expect(unsafe symlink("isorun-test-killed", parent.path("isorun-bench-a-link")) == 0)
        let next = try Scratch(in: parent.path)
        #expect(!exists(parent.path("isorun-bench-killed")))
        #expect(exists(used.path) && exists(next.path) && exists(parent.path("isorun-bench-abcdefg/below/file")))
        #expect(exists(parent.path("isorun-test-killed/below/file")) && exists(parent.path("isorun-bench-a-link")))
    }

    @Test(.enabled(if: geteuid() == 0, "only root may give a directory away"))
    func `of somebody else stays`() throws {
        try parent.makeDirectory("isorun-bench-theirs")
        #expect(unsafe chown(parent.path("isorun-bench-theirs"), 65534, 65534) == 0)
        _ = try Scratch(in: parent.path)
        #expect(exists(parent.path("isorun-bench-theirs")))
    }

    private func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }
}
