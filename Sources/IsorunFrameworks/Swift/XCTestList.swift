/// The list that XCTest prints: `Listing 2 tests in NAME.xctest:`, an empty line, and a test on each.
enum XCTestList {
    /// The lines behind its heading, before which a library that was loaded may have printed some.
    static func names(in lines: [Substring]) throws(ListError) -> [Substring] {
        guard lines.contains(where: { !$0.isEmpty }) else { return [] }
        let places = lines.indices.filter { count(lines[$0]) != nil }
        guard let heading = places.first, places.count == 1, let count = count(lines[heading]) else {
            let headings = places.isEmpty ? "no heading" : "several headings"
            throw ListError("the list of tests has \(headings): \(lines.first { !$0.isEmpty }?.prefix(100) ?? "")")
        }
        let names = lines[(heading + 1)...].filter { !$0.isEmpty }
        guard names.count == count else {
            throw ListError("XCTest says that it has \(count) tests, and lists \(names.count)")
        }
        return names
    }

    private static func count(_ line: Substring) -> Int? {
        guard let mark = line.ranges(of: "Listing ").last, line.hasSuffix(":") else { return nil }
        let words = line[mark.upperBound...].split(separator: " ")
        guard words.count > 3, ["test", "tests"].contains(words[1]), words[2] == "in" else { return nil }
        return Int(words[0])
    }
}
