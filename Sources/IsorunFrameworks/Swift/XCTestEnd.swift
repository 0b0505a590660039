/// Where XCTest comes to its own end: it says of the suite that began first how many tests it executed, and of nothing
/// after it.
///
/// A test that ends the process with 0 may have printed that it passed before.
struct XCTestEnd {
    private var outermost: Substring?
    private var isEnding = false
    private var begun: Set<Int> = []
    private(set) var isThere = false

    /// A notice of a suite.
    mutating func take(_ suite: Substring, _ rest: Substring) {
        outermost = outermost ?? suite
        isEnding = suite == outermost && !rest.hasPrefix("started at ")
        isThere = false
    }

    /// A test begins.
    mutating func begin(_ test: Int) {
        begun.insert(test)
        (isEnding, isThere) = (false, false)
    }

    /// `Executed 3 tests, with 1 test skipped and 1 failure (0 unexpected) in 0.003 (0.003) seconds`, by its own line or
    /// behind what a thread printed.
    mutating func take(_ line: Substring) {
        guard isEnding, let mark = line.ranges(of: "\t Executed ").last else { return }
        let words = line[mark.upperBound...].split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[1].hasPrefix("test"), let count = Int(words[0]) else { return }
        isThere = count >= begun.count
    }
}
