public import IsorunModel

extension RunOutline {
    /// What was kept of an attempt's output.
    public struct Output: Sendable {
        /// The streams that it wrote to, as text that may stand in any report.
        public var streams: [(name: String, text: String)] = []
        /// Whether it wrote something of which nothing is left, as others had taken the room.
        public var isLeftOut = false

        /// Makes the output of an attempt that wrote nothing.
        public init() {}
    }

    /// An attempt that is not the one that counts.
    public struct Attempt: Sendable {
        /// How it ended.
        public var result: JobResult
        /// What it wrote.
        public var output: Output
    }

    /// A result with what was kept of its output.
    public struct Entry: Sendable {
        /// The last attempt, or the last that failed where that one was cancelled.
        public var result: JobResult
        /// How many attempts there were.
        public var attempts = 1
        /// Its output.
        public var output: Output
        /// The attempts that did not pass, without the one that counts; the last few where there were many.
        public var others: [Attempt] = []
        /// What its run is called where there are several.
        public var run: String?
        /// The number of the last attempt, which need not be the one that counts.
        private(set) var lastAttempt: Int

        // More of them tell nothing that these do not.
        private static let mostOthers = 8

        /// Makes an entry of a first attempt.
        init(result: JobResult, output: Output) {
            self.result = result
            self.output = output
            lastAttempt = result.attempt
        }

        /// Takes another attempt of the same stream in.
        mutating func take(_ later: Entry) {
            // What an attempt of 1 begins anew forgets what was before.
            guard later.result.attempt > 1 else { return self = later }
            var (counted, other) = (later, self)
            if later.result.counted(after: result).outcome != later.result.outcome { (counted, other) = (self, later) }
            counted.others = others
            if other.result.outcome != .passed {
                counted.others.append(Attempt(result: other.result, output: other.output))
            }
            counted.others.removeFirst(max(0, counted.others.count - Self.mostOthers))
            counted.attempts = attempts + 1
            counted.lastAttempt = later.result.attempt
            self = counted
        }

        /// The name by which it is told from those of other runs.
        var name: String { run.map { "\(result.name) (\($0))" } ?? result.name }
    }
}
