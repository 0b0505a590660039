import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunRunner
import IsorunSystem
import SystemPackage

/// What failed when it was last run, for `--failed`.
///
/// A run has a word only of what it finished. Of all else the word of the run before it holds: one that ran a few of the
/// tests, or was killed, has not made the others pass.
enum LastFailures {
    /// Whether a test failed: where its program could not be built then, no test of that had passed.
    static func includes(_ name: String, _ failed: Set<String>) -> Bool {
        failed.contains(name) || unbuilt(besides: name).contains(where: failed.contains)
    }

    // Of a test's own program or package, and of the job of a suite.
    private static func unbuilt(besides name: String) -> [String] {
        let places = Set([name.firstIndex(of: "/"), name.lastIndex(of: "/")].compactMap(\.self))
        return places.flatMap { place in TestID.unbuiltNames.map { "\(name[..<place])/\($0)" } }
    }

    /// Where the state is another run's, or none can be had, which was told.
    static let unknown = "what the last run left cannot be had"

    static func names(_ state: StateDirectory?) throws(Failure) -> Set<String> {
        guard let state else { throw Failure(text: "--failed: \(unknown)", code: 64) }
        let events = state.lastRun()
        let kept = state.keptFailures()
        guard case .planned = events.first else {
            // One that ended before it had a plan left what was known before it.
            guard let kept else { throw Failure(text: "--failed: there is no last run", code: 64) }
            return kept
        }
        return names(after: events, of: kept ?? [])
    }

    /// The names after a run, by its journal, where others had failed before it; nil where there is no journal.
    ///
    /// Of a run in which nothing failed no line need be read, which takes longer than some of its tests did; and of no
    /// line what the job wrote is kept, which may be more than all that a run takes itself.
    ///
    /// - Throws: where it cannot be read to its end, and failures may stand in what is left of it.
    static func names(
        afterJournal path: FilePath,
        of earlier: Set<String>
    ) throws(SystemError) -> Set<String>? {
        var lines: FileLines
        do throws(SystemError) { lines = try FileLines(path) } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw error
        }
        guard let plan = try lines.next().map(Array.init) else { return nil }
        var events: [SuiteEvent] = []
        while let line = try lines.next() {
            // Before a first failure passes say nothing that is not known.
            if events.isEmpty, earlier.isEmpty, tellsOnlyOfPassing(line) { continue }
            events += StateDirectory.events(in: Array(line)).map(withoutOutput)
        }
        if events.isEmpty && earlier.isEmpty { return [] }
        return names(after: StateDirectory.events(in: plan) + events, of: earlier)
    }

    private static func withoutOutput(_ event: SuiteEvent) -> SuiteEvent {
        guard case .job(.jobFinished(let result, _, _)) = event else { return event }
        return .job(.jobFinished(result, stdout: CapturedOutput(), stderr: CapturedOutput()))
    }

    // In a string the quotes would be escaped. Eight bytes are compared at a time: there may be as many megabytes.
    private static func tellsOnlyOfPassing(_ line: ArraySlice<UInt8>) -> Bool {
        let (key, rest) = (Array("\"outcome".utf8), Array("\":\"passed\"".utf8))
        return unsafe line.withUnsafeBytes { line in
            let word = unsafe key.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt64.self) }
            var place = 0
            while place + key.count <= line.count {
                let isKey = unsafe line.loadUnaligned(fromByteOffset: place, as: UInt64.self) == word
                place += isKey ? key.count : 1
                if isKey, unsafe !line[place...].starts(with: rest) { return false }
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
