public import IsorunModel

/// What happens in a run of many jobs, in one order: reports, terminal and exit code are consumers of this stream.
public enum SuiteEvent: Sendable {
    /// What the run is to do; the first event of every stream.
    case planned(SuitePlan)
    /// What happens to one job.
    case job(RunEvent)
    /// All that was to be done is done, or the run was ended; the last event.
    case finished(SuiteTotals)
}

/// What a run is to do.
public struct SuitePlan: Hashable, Sendable {
    /// Every result that the whole plan has, in order, those of all partitions among them.
    public var names: [String]
    /// Which of them this run is to give, by their index; the others are other partitions'.
    public var mine: [Int]
    /// The partition, as `--partition` takes it.
    public var partition: String?
    /// How often each is run; nil is until something fails.
    public var rounds: Int? = 1
    /// The most that there can be.
    public static let mostRounds = 1_000_000
    /// The seed of the order, where it was shuffled.
    public var seed: UInt64?
    /// Whether it has only what patterns selected of all that there is.
    public var isFiltered = false
    /// Results that an earlier run had already, which follow as events.
    public var resumed = 0
    /// What its names ran, and how, as a short word: of another word an earlier run is none to go on with.
    ///
    /// It is only in the journal, which stays on this host: partitions run on several, and some of what it is made of, as
    /// the values of variables, is nobody else's.
    public var digest: String?
    /// Whether the run ended before it had a plan; its one name is then of what told so.
    public var isUnplanned = false

    /// Makes a plan of which all is to be run here.
    public init(names: [String]) {
        self.names = names
        mine = Array(names.indices)
    }

    /// The plan as reports have it.
    public var told: SuitePlan {
        var plan = self
        plan.digest = nil
        return plan
    }

    /// How many results this run is to give; nil where that is not known.
    public var count: Int? { rounds.map { mine.count * min($0, Self.mostRounds) } }

    /// The results that a run of the plan has, or lacks, of a name: one for each round.
    ///
    /// Later rounds that a failure kept from being run are none of a run that came to its end, and a run until something
    /// fails would have had one more than it has.
    public func results(
        of name: String,
        isWhole: Bool,
        isKnown: @escaping (String) -> Bool
    ) -> some Sequence<String> {
        sequence(state: (round: 1, isOver: false)) { state -> String? in
            guard !state.isOver, rounds.map({ state.round <= $0 }) ?? true else { return nil }
            let result = RoundName(name, round: state.round).text
            let isMissing = !isKnown(result)
            if isMissing, isWhole, state.round > 1 { return nil }
            state = (state.round + 1, isMissing && rounds == nil)
            return result
        }
    }

    /// The plan by its names: partitions of the same plan have the same one.
    public var fingerprint: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in names {
            for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            // No byte of a name, which may hold a line end.
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        return String(hash, radix: 16)
    }
}

/// How many ended how, each counted by its last attempt.
public struct SuiteTotals: Hashable, Sendable {
    /// Passed, flaky ones among them.
    public var passed = 0
    /// Did not pass, for whatever reason.
    public var failed = 0
    /// The framework left out.
    public var skipped = 0
    /// Were not run, or ended because the run was.
    public var notRun = 0
    /// Passed at a later attempt.
    public var flaky = 0
    /// Left processes behind.
    public var leaky = 0
    /// Wall clock of the run.
    public var duration = Duration.zero

    /// Makes totals of nothing.
    public init() {}

    /// All that has an end.
    public var total: Int { passed + failed + skipped + notRun }

    /// Counts a result that is an item's last.
    public mutating func count(_ result: JobResult) {
        switch result.outcome {
        case .passed where result.skipped != nil: skipped += 1
        case .passed: passed += 1
        case .cancelled: notRun += 1
        default: failed += 1
        }
        if result.flaky { flaky += 1 }
        if (result.events.leakedProcesses ?? 0) > 0 { leaky += 1 }
    }
}

extension JobResult {
    /// Whether a person has to look at it.
    var isFailure: Bool { outcome != .passed && outcome != .cancelled }

    /// The result that counts of two attempts of a job, this one the later: an attempt that was cancelled hides no failure.
    public func counted(after former: JobResult?) -> JobResult {
        guard outcome == .cancelled, let former, former.isFailure, attempt > former.attempt else { return self }
        return former
    }
}
