import Glibc
import IsorunFrameworks

/// Which tests are wanted: names, globs and regular expressions.
struct TestFilter {
    private let patterns: [Pattern]
    private let skipped: [Pattern]

    private enum Pattern {
        case name(String)
        case glob(String)
        case regex(Regex<AnyRegexOutput>)

        /// `/…/` is a regular expression, what has `*` or `?` a glob over the whole name, all else a name.
        init(_ text: String) throws(FilterError) {
            if text.count > 2, text.hasPrefix("/"), text.hasSuffix("/") {
                do { self = .regex(try Regex(String(text.dropFirst().dropLast()))) } catch {
                    throw FilterError(description: "\"\(text)\" is no regular expression: \(error)")
                }
            } else {
                self = text.contains(where: { $0 == "*" || $0 == "?" }) ? .glob(text) : .name(text)
            }
        }

        func matches(_ test: TestID) -> Bool {
            switch self {
            case .name(let name): test.fullName == name || test.name == name || test.classname == name
            case .glob(let glob): unsafe fnmatch(glob, test.fullName, 0) == 0
            case .regex(let regex): test.fullName.firstMatch(of: regex) != nil
            }
        }
    }

    /// Why a pattern cannot be meant.
    struct FilterError: Error, CustomStringConvertible { var description: String }

    init(_ patterns: [String], skipping: [String]) throws(FilterError) {
        var read: [Pattern] = []
        for text in patterns { read.append(try Pattern(text)) }
        self.patterns = read
        read = []
        for text in skipping { read.append(try Pattern(text)) }
        skipped = read
    }

    /// The tests that any pattern matches, or all where there is none, less those that are skipped.
    func select(_ tests: [TestID]) -> [TestID] {
        tests.filter { test in
            (patterns.isEmpty || patterns.contains { $0.matches(test) }) && !skipped.contains { $0.matches(test) }
        }
    }
}
