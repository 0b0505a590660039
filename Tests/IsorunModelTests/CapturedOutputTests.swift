import IsorunModel
import Testing

@Suite struct `What is kept of a job's output` {
    private static let section = Array("--- service db ---\n".utf8)

    @Test(arguments: [
        ("", "--- service db ---\n"),
        ("whole\n", "whole\n--- service db ---\n"),
        ("open", "open\n--- service db ---\n"),
    ])
    func `is followed by text of isorun's own on a line of its own`(before: String, after: String) {
        let output = CapturedOutput(head: Array(before.utf8)).followed(by: Self.section)
        #expect(output == CapturedOutput(head: Array(after.utf8)))
    }

    @Test func `is followed by it after what was left out, too`() {
        let output = CapturedOutput(head: [65], tail: [66, 10], omitted: 7).followed(by: Self.section)
        #expect(output == CapturedOutput(head: [65], tail: [66, 10] + Self.section, omitted: 7))
    }

    @Test func `stays as it is where there is none`() {
        #expect(CapturedOutput(head: [65]).followed(by: []) == CapturedOutput(head: [65]))
    }
}
