import IsorunModel
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite("Collect: patterns")
struct PatternTests {
    private func matches(_ pattern: String, _ path: FilePath) -> Bool? {
        guard let pattern = PathPattern(pattern, workdir: "/w*rk") else { return nil }
        return pattern.advance(pattern.start, along: path).isMatch
    }

    @Test(
        "A pattern matches what a shell's would, and ** any number of directories",
        arguments: [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b/c", true),  // with all below it
            ("/a/b", "/a/bc", false),
            ("x", "/w*rk/x", true),  // the working directory is no pattern
            ("x", "/proj/x", false),
            ("./x", "/w*rk/x", true),
            ("../x", "/x", true),
            ("../../../x", "/x", true),
            ("a/../x", "/w*rk/x", true),
            ("/a//b/", "/a/b", true),
            ("/*", "/a", true),
            ("/*.log", "/.log", true),  // a leading dot is nothing special
            ("/*.log", "/d/x.log", false),
            ("/*a*b*c", "/xxaxxbxxc", true),
            ("/*a*b*c", "/xxaxxcxxb", false),
            ("/?", "/ü", true),
            ("/??", "/ü", false),
            ("/[a-c]x", "/bx", true),
            ("/[!a-c]x", "/bx", false),
            ("/[^a-c]x", "/dx", true),
            ("/[]]x", "/]x", true),
            ("/[a-]x", "/-x", true),
            ("/[ab", "/[ab", true),  // never closed
            ("/\\*", "/*", true),
            ("/\\*", "/a", false),
            ("/**/x", "/x", true),
            ("/**/x", "/a/b/c/x", true),
            ("/a/**/b/**/c", "/a/b/c", true),
            ("/a/**/b/**/c", "/a/1/b/2/3/c", true),
            ("/a/**/b/**/c", "/a/1/2/c", false),
            ("/a/**", "/a", true),
            ("/a/**", "/a/b/c", true),
            ("/a**c", "/abbc", true),  // within a name as *
            ("/a**c", "/ab/bc", false),
            ("/", "/anything/at/all", true),
        ] as [(String, String, Bool)]
    )
    func table(pattern: String, path: String, expected: Bool) {
        #expect(matches(pattern, FilePath(path)) == expected)
    }

    @Test("A pattern that leaves a wildcard upwards, or is longer than a path, is none")
    func refused() {
        #expect(matches("*/../x", "/x") == nil)
        #expect(matches(String(repeating: "a", count: 5000), "/x") == nil)
    }

    @Test("A byte that is no UTF-8 is one character that only wildcards match")
    func invalid() {
        let name = ByteString([0x61, 0xFF])
        #expect(NamePattern("a?".utf8).matches(name))
        #expect(NamePattern("*".utf8).matches(name))
        #expect(!NamePattern("aÿ".utf8).matches(name))
    }

    @Test("A pattern made to be slow is not")
    func bounded() throws {
        let pattern = NamePattern(String(repeating: "*a", count: 100).utf8)
        #expect(!pattern.matches(ByteString(String(repeating: "a", count: 254) + "b")))
        let path = try #require(PathPattern(String(repeating: "/**/a", count: 200), workdir: "/"))
        let deep = FilePath(String(repeating: "/a", count: 250) + "/b")
        #expect(path.advance(path.start, along: deep).isMatch)
    }
}
