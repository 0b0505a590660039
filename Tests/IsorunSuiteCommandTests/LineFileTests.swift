import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A file of lines` {
    private func text(_ path: FilePath) throws -> String { String(decoding: try SmallFile.read(path), as: UTF8.self) }

    @Test func `takes the place of a former one at once, when all of that is in it`() throws {
        try PrivateFile.with("former 1\nformer 2\n".utf8) { path in
            let file = try #require(LineFile(path.string, keepsFormer: true))
            file.write("former 1\n")
            #expect(try text(path) == "former 1\nformer 2\n", "a run that is killed here has lost nothing")
            file.write("former 2\n")
            file.settle()
            file.write("new\n")
            #expect(try text(path) == "former 1\nformer 2\nnew\n")
            #expect(file.failure == nil)
        }
    }

    @Test func `is empty at first where nothing is to be kept`() throws {
        try PrivateFile.with("former\n".utf8) { path in
            let file = try #require(LineFile(path.string))
            #expect(try text(path).isEmpty)
            file.settle()
            file.write("new\n")
            #expect(try text(path) == "new\n")
        }
    }

    @Test(arguments: ["", "a", "a\n", "\n\na\n", "a\nb", String(repeating: "x", count: 600_000) + "\ny\n"])
    func `is read line by line, as long as they may be`(_ content: String) throws {
        try PrivateFile.with(content.utf8) { path in
            var lines = try FileLines(path)
            var read: [String] = []
            while let line = try lines.next() { read.append(String(decoding: line, as: UTF8.self)) }
            var expected = content.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if expected.last?.isEmpty == true { expected.removeLast() }
            #expect(read == expected)
        }
    }
}
