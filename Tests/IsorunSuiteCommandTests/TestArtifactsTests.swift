import IsorunModel
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `What is copied out of a test's container` {
    private func directories(_ test: String, _ artifacts: [ArtifactSpec]) -> [FilePath] {
        var collection = CollectionSpec()
        collection.artifacts = artifacts
        collection.keepApart(by: test)
        #expect(collection.artifacts.map(\.destination) == artifacts.map(\.destination))
        return collection.artifacts.map(\.below)
    }

    @Test func `goes into a directory of the test's own, unless it is one file`() {
        let artifacts = [
            ArtifactSpec(pattern: "x", destination: "/r", intoDirectory: true),
            ArtifactSpec(pattern: "x", destination: nil),
            ArtifactSpec(pattern: "x", destination: "/r/x"),
        ]
        #expect(directories("Suite/testA", artifacts) == ["Suite/testA", "Suite/testA", ""])
    }

    @Test(
        arguments: [
            "..", ".", "", "a b", "\n", "x;rm -rf ", String(repeating: "é", count: 500), "a\0b", ".x", "a/..", "/",
        ]
    )
    func `has a directory that lies where it should, whatever the test is called`(name: String) throws {
        let directory = CollectionSpec.directory(of: name)
        #expect(directory.isRelative && !directory.isEmpty && directory.isLexicallyNormal)
        for component in directory.components {
            #expect(component.kind == .regular && component.string.utf8.count <= 255)
            #expect(!component.string.hasPrefix("."))
        }
    }

    @Test func `has another directory for each test, and a readable one`() {
        let names = ["unit/Suite/test(x)", "unit/Suite/test x", "unit/Suite/test_x", "tést", "測試", "a//b", "a/b"]
        let directories = names.map(CollectionSpec.directory)
        #expect(Set(directories).count == names.count)
        #expect(directories[0] == "unit/Suite/test(x)" && directories[2] == "unit/Suite/test_x")
        #expect(directories[1].string.hasPrefix("unit/Suite/test_x-"))
        #expect(directories[3...4] == ["tést", "測試"])
    }
}
