import Testing

@testable import IsorunArguments

@Suite struct `A suggestion` {
    @Test(arguments: [
        ("strict", "strict", 0), ("strcit", "strict", 1), ("strit", "strict", 1), ("", "abc", 3),
        ("kitten", "sitting", 3),
    ])
    func `counts edits, and an exchange of neighbours as one`(first: String, second: String, distance: Int) {
        #expect(Suggestion.distance(Array(first.utf8), Array(second.utf8)) == distance)
        #expect(Suggestion.distance(Array(second.utf8), Array(first.utf8)) == distance)
    }

    @Test(
        arguments: [("grop", "group"), ("PROCES", "process"), ("x", nil), ("", nil), ("unrelated", nil)]
            as [(String, String?)]
    )
    func `is made for a slip and not for another word`(word: String, nearest: String?) {
        #expect(Suggestion.nearest(to: word, among: ["group", "process"]) == nearest)
    }

    @Test(
        arguments: [
            ("pids", "pidsLimit"), ("environment", "env"), ("mem", "memory"), ("cap", nil), ("xy", nil), ("xyz", nil),
        ] as [(String, String?)]
    )
    func `is what a word begins, or is begun by, where that is one`(word: String, nearest: String?) {
        let names = ["pidsLimit", "env", "memory", "memorySwap", "capAdd", "capDrop"]
        #expect(Suggestion.nearest(to: word, among: names) == nearest)
    }
}
