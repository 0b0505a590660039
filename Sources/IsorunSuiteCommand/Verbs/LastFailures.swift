import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunRunner

/// What failed when it was last run, for `--failed`.
///
/// A run has a word only of what it finished. Of all else the word of the run before it holds: one that ran a few of the
/// tests, or was killed, has not made the others pass.
enum LastFailures {
    static func select(_ tests: [TestID], _ state: StateDirectory?) throws(Failure) -> [TestID] {
        let failed = try names(state)
        return tests.filter { includes($0.fullName, failed) }
    }

    /// Whether a test failed: where its program could not be built then, no test of that had passed.
    static func includes(_ name: String, _ failed: Set<String>) -> Bool {
        failed.contains(name) || unbuilt(besides: name).contains(where: failed.contains)
    }

    // Of a test's own program or package, and of the job of a suite.
    private static func unbuilt(besides name: String) -> [String] {
        let places = Set([name.firstIndex(of: "/"), name.lastIndex(of: "/")].compactMap(\.self))
        return places.map { "\(name[..<$0])/\(TestID.unbuiltName)" }
    }

    static func names(_ state: StateDirectory?) throws(Failure) -> Set<String> {
        let events: [SuiteEvent] = state?.lastRun() ?? []
        let kept = state?.keptFailures()
        guard case .planned = events.first else {
            // One that ended before it had a plan left what was known before it.
            guard let kept else { throw Failure(text: "--failed: there is no last run", code: 64) }
            return kept
        }
        return names(after: events, of: kept ?? [])
    }

    /// The names after a run, by the lines of its journal, where others had failed before it.
    ///
    /// A run in which nothing failed need not be read line by line, which takes longer than some of its tests did.
    static func names(afterJournal lines: [UInt8], of earlier: Set<String>) -> Set<String> {
        if earlier.isEmpty && tellOnlyOfPassing(lines) { return [] }
        return names(after: StateDirectory.events(in: lines), of: earlier)
    }

    // In a string the quotes would be escaped. Eight bytes are compared at a time: there may be as many megabytes.
    private static func tellOnlyOfPassing(_ lines: [UInt8]) -> Bool {
        let (key, rest) = (Array("\"outcome".utf8), Array("\":\"passed\"".utf8))
        return unsafe lines.withUnsafeBytes { lines in
            let word = unsafe key.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt64.self) }
            var place = 0
            while place + key.count <= lines.count {
                let isKey = unsafe lines.loadUnaligned(fromByteOffset: place, as: UInt64.self) == word
                place += isKey ? key.count : 1
                if isKey, unsafe !lines[place...].starts(with: rest) { return false }
            }
            return true
        }
    }

    /// The names after a run, by its events, where others had failed before it.
    static func names(after events: [SuiteEvent], of earlier: Set<String>) -> Set<String> {
        guard case .planned(let plan) = events.first else { return earlier }
        let known = Set(plan.names)
        // The last attempt of each round, and then every round, has to have passed.
        var passed: [String: Bool] = [:]
        for case .job(.jobFinished(let result, _, _)) in events where result.outcome != .cancelled {
            passed[result.name] = result.outcome == .passed
        }
        let told = passed.map { (name: RoundName(of: $0, in: known).base, passed: $1) }
        let now = plan.isFiltered ? earlier : knowing(plan, earlier, told: Set(told.map(\.name)))
        return now.subtracting(told.map(\.name)).union(told.filter { !$0.passed }.map(\.name))
    }

    // What could not be built is by now, where the plan of all tests has some of it: those that have not been run yet
    // failed last then.
    private static func knowing(_ plan: SuitePlan, _ earlier: Set<String>, told: Set<String>) -> Set<String> {
        var known = earlier
        for name in plan.names {
            for unbuilt in unbuilt(besides: name) where unbuilt != name && earlier.contains(unbuilt) {
                known.remove(unbuilt)
                if !told.contains(name) { known.insert(name) }
            }
        }
        return known
    }
}
