import IsorunReporting
import Testing

@testable import IsorunImageStore
@testable import IsorunImages

@Suite struct `A line as in a Dockerfile` {
    private func applied(_ lines: [String]) throws -> JSON {
        var members: [JSON.Member] = []
        for line in lines { try ConfigChange(line).apply(to: &members) }
        return .object(members)
    }

    @Test(arguments: [
        (#"ENV A=1 B="x y""#, ["A=1", "B=x y"]), ("ENV A=1", ["A=1"]), ("env  A=1\tB=", ["A=1", "B="]),
        (#"ENV A='x "y" \z' B=x\ y C="a\"b\c""#, [#"A=x "y" \z"#, "B=x y", #"C=a"b\c"#]),
        ("ENV A=b=c", ["A=b=c"]), ("ENV A one  two= ", ["A=one  two="]), (#"ENV A "one two" 3"#, ["A=one two 3"]),
        ("ENV A=1 B=2 A=3", ["B=2", "A=3"]),
    ])
    func `sets variables`(line: String, expected: [String]) throws {
        #expect(try applied([line])["Env"]?.array?.compactMap(\.string) == expected)
    }

    @Test
    func `sets labels`() throws {
        let labels = try applied([#"LABEL "a.b"="one two" c=3"#, "LABEL d four five", "LABEL c=4"])["Labels"]
        #expect(labels?.members?.map(\.key) == ["a.b", "d", "c"])
        #expect(labels?.members?.compactMap(\.value.string) == ["one two", "four five", "4"])
    }

    @Test(arguments: ["ENV A", "ENV =1", "ENV A=1 B", #"ENV A="x"#, "LABEL a", "LABEL a='", "ENV ", "RUN true"])
    func `that is none is an error of the command line`(line: String) {
        let error = #expect(throws: ImageError.self) { try ConfigChange(line) }
        #expect(error?.kind == .usage)
    }
}
