import IsorunFrameworks
import IsorunModel
import IsorunRunner
import Synchronization

/// What shares a container: one job, or tests of one framework.
final class WorkUnit: Sendable {
    /// What it runs.
    enum Work: Sendable {
        case job(JobSpec)
        case tests(TestWork)
    }

    /// Tests that share a container.
    struct TestWork: Sendable {
        var framework: any Framework
        var package: Package
        var tests: [TestID]
        /// The job without its command.
        var base: JobSpec
        /// What stands before their names in the reports of a suite.
        var prefix: String
    }

    let work: Work
    let names: [String]
    private let state: Mutex<State>

    private struct State {
        var left: [Int]
        var failed: [Int] = []
        var seen = (round: 1, attempt: 1)
        var hostWasFull = false
    }

    init(_ work: Work) {
        self.work = work
        switch work {
        case .job(let spec): names = [spec.name ?? ""]
        case .tests(let work): names = work.tests.map { work.prefix + $0.fullName }
        }
        state = Mutex(State(left: Array(names.indices)))
    }

    /// What of it is to be run in the next container; a new attempt takes what failed in the last one.
    func begin(_ start: RunMachine.Start) -> [Int] {
        state.withLock { state in
            if state.seen.round != start.round {
                state.left = Array(names.indices)
                state.failed = []
                state.seen = (start.round, start.attempt)
                state.hostWasFull = false
            } else if state.seen.attempt != start.attempt {
                state.left = state.failed
                state.failed = []
                state.seen = (start.round, start.attempt)
            }
            return state.left
        }
    }

    /// Takes in which of them have a result now: what the runner has to know.
    func end(_ results: [(test: Int, passed: Bool)]) -> ItemVerdict {
        state.withLock { state in
            let ended = Set(results.map(\.test))
            state.left.removeAll { ended.contains($0) }
            state.failed += results.filter { !$0.passed }.map(\.test)
            if !state.left.isEmpty { return .unfinished }
            return state.failed.isEmpty ? .passed : .failed
        }
    }

    /// Takes out what an earlier run has finished.
    func leaveOut(_ done: Set<String>) {
        state.withLock { state in state.left.removeAll { done.contains(names[$0]) } }
    }

    /// Whether the host has been out of memory for it once already.
    func noteFullHost() -> Bool {
        state.withLock { state in
            defer { state.hostWasFull = true }
            return state.hostWasFull
        }
    }
}
