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
        case unbuilt(UnbuiltTests)
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

        /// What a test belongs to in the reports: in a suite to its job too, or to nothing else.
        func classname(_ test: TestID) -> String {
            test.classname.isEmpty ? String(prefix.dropLast()) : prefix + test.classname
        }
    }

    let work: Work
    let names: [String]
    private let state: Mutex<State>

    private struct State {
        var left: [Int]
        var failed: [Int] = []
        /// Whether an earlier run had a failure in this round, for good.
        var failedBefore = false
        var seen = (round: 1, attempt: 1)
        var hostWasFull = false
        /// Those that are to be run alone.
        var suspects: Set<Int> = []
        /// What was said to have started and has no result yet.
        var announced: Set<Int> = []
    }

    init(_ work: Work) {
        self.work = work
        switch work {
        case .job(let spec): names = [spec.name ?? ""]
        case .tests(let work): names = work.tests.map { work.prefix + $0.fullName }
        case .unbuilt(let tests): names = [tests.test.fullName]
        }
        state = Mutex(State(left: Array(names.indices)))
    }

    /// What JUnit calls one of its tests, in its first round; nil for a job.
    func testcase(_ index: Int) -> TestcaseName? {
        switch work {
        case .job: nil
        case .tests(let work): TestcaseName(classname: work.classname(work.tests[index]), name: work.tests[index].name)
        case .unbuilt(let tests): TestcaseName(classname: tests.test.classname, name: tests.test.name)
        }
    }

    /// Whether a filter wants anything of it.
    func isWanted(by filter: TestFilter) -> Bool {
        switch work {
        case .job: return filter.wants(TestID(classname: "", name: names[0], specifier: "", runner: ""))
        case .tests(let work):
            return work.tests.contains { test in
                var test = test
                test.classname = work.classname(test)
                return filter.wants(test, of: work.prefix.isEmpty ? nil : String(work.prefix.dropLast()))
            }
        case .unbuilt(let tests): return filter.wants(tests.test, of: tests.test.classname)
        }
    }

    /// Whether any of it stands for tests that could not be built or listed.
    var hasUnbuilt: Bool {
        switch work {
        case .job: false
        case .tests(let work): work.tests.contains(where: \.isUnbuilt)
        case .unbuilt: true
        }
    }

    /// How many containers there are beside its own.
    var serviceCount: Int {
        switch work {
        case .job(let spec): spec.services.count
        case .tests(let work): work.base.services.count
        case .unbuilt: 0
        }
    }

    /// Whether what it leaves behind is seen: by the init that its container has.
    var showsLeaks: Bool {
        switch work {
        case .job(let spec): spec.process.initProcess
        case .tests(let work): work.base.process.initProcess
        case .unbuilt: true
        }
    }

    /// What of it is to be run in the next container; a new attempt takes what failed in the last one.
    func begin(_ start: RunMachine.Start) -> [Int] {
        state.withLock { state in
            if state.seen.round != start.round {
                state.left = Array(names.indices)
                state.failed = []
                state.failedBefore = false
                state.seen = (start.round, start.attempt)
                state.hostWasFull = false
            } else if state.seen.attempt != start.attempt {
                state.left = state.failed
                state.failed = []
                state.seen = (start.round, start.attempt)
            }
            let others = state.left.filter { !state.suspects.contains($0) }
            return others.isEmpty ? Array(state.left.prefix(1)) : others
        }
    }

    /// Has these run alone, each in a container of its own.
    func suspect(_ tests: [Int]) { state.withLock { $0.suspects.formUnion(tests) } }

    /// Whether a start of one of them is still to be told: each has one result, so each may be told to start once.
    func announce(_ test: Int) -> Bool {
        state.withLock { $0.announced.insert(test).inserted }
    }

    /// Takes in which of them have a result now: what the runner has to know.
    func end(_ results: [(test: Int, passed: Bool)]) -> ItemVerdict {
        state.withLock { state in
            let ended = Set(results.map(\.test))
            state.left.removeAll { ended.contains($0) }
            state.announced.subtract(ended)
            state.failed += results.filter { !$0.passed }.map(\.test)
            if !state.left.isEmpty { return .unfinished }
            return state.failed.isEmpty && !state.failedBefore ? .passed : .failed
        }
    }

    /// Takes out what an earlier run has finished of a round, which is the next one: of each test whether it passed, or
    /// nil where it is to be run.
    ///
    /// What failed then is not tried again, and the unit has failed with it, whatever becomes of the others.
    func leaveOut(_ passed: [Bool?], round: Int) {
        state.withLock { state in
            state.left = passed.indices.filter { passed[$0] == nil }
            state.failedBefore = passed.contains(false)
            state.seen = (round, 1)
        }
    }

    /// Whether the host has been out of memory for it once already.
    func noteFullHost() -> Bool {
        state.withLock { state in
            defer { state.hostWasFull = true }
            return state.hostWasFull
        }
    }
}
