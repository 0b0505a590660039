import Testing

@testable import IsorunSuiteCommand

@Suite struct `Marks of progress` {
    private func found(_ marks: [String], in pieces: [String]) -> [Bool] {
        var search = MarkSearch(marks)
        return pieces.map { piece in
            unsafe Array(piece.utf8).withUnsafeBytes { unsafe search.finds(in: $0) }
        }
    }

    @Test func `are found wherever they stand, and where a read cuts them in two`() {
        #expect(found(["[ RUN"], in: ["a [ RUN b", "nothing", "[ RUN"]) == [true, false, true])
        #expect(found(["begin"], in: ["be", "gi", "n", "begi", "x"]) == [false, false, true, false, false])
        #expect(found(["aab"], in: ["aaab", "aa", "b"]) == [true, false, true])
    }

    @Test func `are any of several, and none where there are none`() {
        #expect(found(["one", "two!"], in: ["a two", "!", "on", "e"]) == [false, true, false, true])
        #expect(found([], in: ["anything"]) == [false])
        #expect(found(["x"], in: ["", "x", ""]) == [false, true, false])
    }

    @Test(
        arguments: [
            (["a\nx [ RUN ] A\nb\n", "c"], "x [ RUN ] A", 4), (["a\n[ RU", "N ] lo", "ng\nb"], "[ RUN ] long", 2),
            (["[ RUN ] A\n[ RUN ] B", "\n"], "[ RUN ] B", 10), (["nothing"], "", nil),
        ] as [([String], String, Int?)]
    )
    func `are kept with the line of the last one, whatever reads cut in two`(
        _ pieces: [String],
        _ line: String,
        _ place: Int?
    ) {
        var search = MarkSearch(["[ RUN ]"])
        for piece in pieces { _ = unsafe Array(piece.utf8).withUnsafeBytes { unsafe search.finds(in: $0) } }
        #expect(String(decoding: search.line, as: UTF8.self) == line)
        #expect(search.last == place)
        #expect(search.count == pieces.joined().utf8.count)
    }
}
