import Foundation
import Testing

@Suite struct `The reporting program's pages` {
    @Test(arguments: ["html", "markdown"])
    func `of nothing say so, and are an error`(_ kind: String) throws {
        let scratch = try Scratch()
        let first = try Data(contentsOf: storedEvents).split(separator: 10)[0]
        for input in [Data(), first.prefix(30)] {
            let result = try run(reportProgram, [kind, "--output", scratch.url("page").path], input: input)
            #expect(result.status == 125)
            #expect(result.complaints.contains("standard input has neither a plan nor a result"))
            #expect(try scratch.text("page").contains("isorun: nothing is known of the run"))
        }
    }

    @Test(arguments: ["html", "markdown"])
    func `name an input that tells nothing beside those that do`(_ kind: String) throws {
        let scratch = try Scratch()
        try Data().write(to: scratch.url("empty.ev"))
        let inputs = [scratch.url("empty.ev").path, storedEvents.path]
        let result = try run(reportProgram, [kind, "--output", "-"] + inputs)
        #expect(result.status == 0 && result.complaints.contains("empty.ev has neither a plan nor a result"))
        #expect(result.output.contains("empty.ev") && !result.output.contains("nothing is known of the run"))
    }

    @Test(arguments: ["html", "markdown"])
    func `have each result of two inputs that have the same names`(_ kind: String) throws {
        let scratch = try Scratch()
        func result(_ outcome: String) throws -> Data {
            let folder = storedEvents.deletingLastPathComponent()
            let text = try String(contentsOf: folder.appending(path: "result.json"), encoding: .utf8)
            let found = try #require(text.firstMatch(of: /"outcome": ?"[a-z-]*"/))
            return Data(text.replacingCharacters(in: found.range, with: #""outcome":"\#(outcome)""#).utf8)
        }
        try result("failed").write(to: scratch.url("A.json"))
        try result("passed").write(to: scratch.url("B.json"))
        for inputs in [["A.json", "B.json"], ["B.json", "A.json"]] {
            let page = try run(reportProgram, [kind, "--output", "-"] + inputs.map { scratch.url($0).path })
            #expect(page.status == 0, "\(page.complaints)")
            let right = kind == "html" ? "isorun: 1 passed, 1 failed in" : "| 1 | 0 | 1 | 0 | 0 |"
            #expect(page.output.contains(right), "\(page.output)")
        }
    }
}
