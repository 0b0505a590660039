import Glibc
import IsorunFrameworks

/// Which tests are wanted: names, globs and regular expressions.
struct TestFilter {
    private let patterns: [Pattern]
    private let skipped: [Pattern]
    /// Each pattern alone, of what is wanted and of what is not, with its text.
    let parts: [(text: String, filter: TestFilter)]

    private enum Pattern {
        case name(String)
        // A test may have such a name: then that is meant, too.
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

        func matches(_ test: TestID, _ job: String?) -> Bool {
            switch self {
            case .name(let name): Self.names(test, job).contains(name[...]) || Self.isUnbuilt(name, of: test, job)
            case .glob(let glob):
                Self.names(test, job).contains { unsafe glob == $0 || fnmatch(glob, String($0), 0) == 0 }
            case .regex(let regex): test.fullName.firstMatch(of: regex) != nil
            }
        }

        /// Whether one of the tests that could not be built might be meant, which is any of that place.
        ///
        /// To pass over it could call a run passed that did not run what it was asked for.
        func mayMean(anyOf unbuilt: TestID, _ job: String?) -> Bool {
            func place(_ text: String) -> Substring? { text.lastIndex(of: "/").map { text[...$0] } }
            return switch self {
            case .name(let text): place(text).map { Pattern.name("\($0)\(unbuilt.name)").matches(unbuilt, job) } ?? true
            case .glob(let text): place(text).map { Pattern.glob("\($0)*").matches(unbuilt, job) } ?? true
            case .regex: true
            }
        }

        // What could not be built when it was last run is by now, and what was meant are all tests of it.
        private static func isUnbuilt(_ name: String, of test: TestID, _ job: String?) -> Bool {
            guard let suffix = TestID.unbuiltNames.first(where: { name.hasSuffix("/\($0)") }) else { return false }
            return [test.classname, job].contains(String(name.dropLast(suffix.count + 1)))
        }

        /// The jobs that it names, alone or before a slash; nil where it names none, and tests of any may be meant.
        func jobs(among names: [String]) -> [String]? {
            let found: [String]
            switch self {
            // By its beginning only: a glob that matches a job's name may match tests of others.
            case .name(let text), .glob(let text): found = names.filter { text == $0 || text.hasPrefix($0 + "/") }
            case .regex: found = []
            }
            return found.isEmpty ? nil : found
        }

        /// What a test can be called: its own name, the whole one, what it belongs to, and the last two without the
        /// modules or directories before them: `ParserTests/testEmpty` of `AppTests.ParserTests/testEmpty`; also as the
        /// framework itself calls it, or all that have one function.
        private static func names(_ test: TestID, _ job: String?) -> [Substring] {
            // A job that is no test of a framework has no specifier.
            var names = [test.name[...], test.fullName[...], test.specifier[...]].filter { !$0.isEmpty }
            if let job { names.append(job[...]) }
            if let group = test.group { names.append(group[...]) }
            guard !test.classname.isEmpty else { return names }
            let classname = test.classname[...]
            let cuts = classname.indices.filter { "./:".contains(classname[$0]) }
            let later = cuts.map { classname.index(after: $0) }.filter { start in
                start < classname.endIndex && !"./:".contains(classname[start])
            }
            for start in [classname.startIndex] + later {
                let short = classname[start...]
                names += [short, "\(short)/\(test.name)"[...]]
                if test.isNested { names += cuts.filter { $0 > start }.map { classname[start..<$0] } }
            }
            return names
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
        parts = zip(patterns + skipping, self.patterns + skipped).map { ($0, TestFilter(alone: $1)) }
    }

    private init(alone pattern: Pattern) { (patterns, skipped, parts) = ([pattern], [], []) }

    /// The patterns that no test is meant by.
    func unmatched(by tests: [TestID]) -> [String] {
        parts.filter { part in !tests.contains { part.filter.wants($0) } }.map(\.text)
    }

    /// The jobs of a suite that can be meant; nil where any can.
    ///
    /// A job's name means that job, whatever tests of others are called; with a slash behind it something in it.
    func jobs(among names: [String]) -> Set<String>? {
        guard !patterns.isEmpty else { return nil }
        var meant: Set<String> = []
        for pattern in patterns {
            guard let found = pattern.jobs(among: names) else { return nil }
            meant.formUnion(found)
        }
        return meant
    }

    /// The tests that any pattern matches, or all where there is none, less those that are skipped.
    func select(_ tests: [TestID]) -> [TestID] {
        tests.filter { wants($0) }
    }

    /// Whether a test is wanted; in a suite also by the name of the job that it belongs to.
    func wants(_ test: TestID, of job: String? = nil) -> Bool {
        let isNamed =
            patterns.isEmpty
            || patterns.contains { $0.matches(test, job) || test.isUnbuilt && $0.mayMean(anyOf: test, job) }
        return isNamed && !skipped.contains { $0.matches(test, job) }
    }
}
