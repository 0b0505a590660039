/// What `--gtest_list_tests` prints, read line by line.
///
/// What stands before the first suite and behind the last test is the program's own: of what it makes before `main` and
/// ends after it. A line between them may hide a test, and a test that nobody knows of is never run.
struct GoogleTestList {
    private(set) var names: [(suite: String, name: String)] = []
    private var suite: String?
    private var passedOver: [Substring] = []
    private var wrong: Substring?

    /// The first line for which it is no list.
    var strange: Substring? { wrong ?? (suite == nil ? passedOver.first : nil) }

    mutating func take(_ line: Substring) {
        // Of a type or a value that is a parameter.
        let text = line.firstRange(of: "  # ").map { line[..<$0.lowerBound] } ?? line
        if line.hasPrefix("  "), let suite {
            wrong = wrong ?? passedOver.first
            names.append((suite, String(text.dropFirst(2))))
        } else if text.last == ".", !text.contains(" ") || text.count < line.count {
            if suite == nil { passedOver = [] }
            suite = String(text.dropLast())
        } else if line.hasPrefix("  "), passedOver.last?.last == "." {
            // Its suite, behind what was printed without a line end.
            wrong = wrong ?? passedOver.last
        } else if !line.hasPrefix("Running main() from") {
            passedOver.append(line)
        }
    }
}
