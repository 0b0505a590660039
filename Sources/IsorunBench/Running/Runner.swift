internal import CIsorunBench
internal import Glibc
internal import IsorunModel

/// How one run of a program went; times are nanoseconds of CLOCK_MONOTONIC, nil where a thing never happened.
struct ProgramRun: Hashable, Sendable {
    /// How it came to its end.
    enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)
        case timedOut
        case interrupted
        case notStarted(Int32)
    }
    var ending: Ending
    /// Just before the process was made.
    var begin: Int64
    /// When the first byte came.
    var firstByte: Int64?
    /// When the line that was waited for had come.
    var mark: Int64?
    /// When the process had ended.
    var end: Int64
    var output: String
    var errors: String

    /// What the stand-in said of its first instruction, nanoseconds; nil where there is no such line.
    var clock: Int64? {
        guard let word = lines(of: output).last(where: { $0.hasPrefix(StandIn.mark) }) else { return nil }
        let digits = word.dropFirst(StandIn.mark.count)
        return digits.count == 16 ? Int64(digits, radix: 16) : nil
    }

    /// Why this is no good run; nil where the program ended with code 0.
    func problem(after limit: Duration) -> String? {
        let said = [errors, output].map { lastWords(of: $0) }.first { !$0.isEmpty }
        let words = said.map { ": \($0)" } ?? ""
        switch ending {
        case .exited(0): return nil
        case .exited(let code): return "exit code \(code)\(words)"
        case .signaled(let number): return "ended by signal \(number)\(words)"
        case .timedOut: return "it hung: no end within \(limit.text)\(words)"
        case .interrupted: return "interrupted"
        case .notStarted(let error):
            let answer = unsafe String(cString: strerror(error))
            return "it could not be started: \(answer)"
        }
    }

    /// The last three lines, as one: an error may take as many to say what, why and what to do.
    private func lastWords(of text: String) -> String {
        lines(of: text).map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.suffix(3).joined(separator: "; ")
    }

    private func lines(of text: String) -> [Substring] {
        text.unicodeScalars.split(whereSeparator: { $0 == "\n" || $0 == "\r" }).map { Substring($0) }
    }
}

/// Starts programs and waits for them, until somebody presses Ctrl-C.
final class Runner {
    /// What programs find in their environment.
    let environment: [String]
    /// A descriptor that is readable once the bench is to end; -1 for none.
    let interrupt: Int32
    /// The directory that programs start in.
    let directory: String
    private(set) var isInterrupted = false

    init(environment: [String], directory: String, interrupt: Int32 = -1) {
        self.environment = environment
        self.directory = directory
        self.interrupt = interrupt
    }

    /// Runs a command to its end.
    func run(_ command: [String], within limit: Duration) -> ProgramRun {
        unsafe with(command, limit) { request in
            var run = isorun_bench_run()
            unsafe isorun_bench_run_once(request, &run)
            return note(ProgramRun(run))
        }
    }

    /// Starts a command that is to stay; nil and the run where it did not say its line.
    func start(_ command: [String], within limit: Duration) -> (idle: isorun_bench_idle?, run: ProgramRun) {
        unsafe with(command, limit) { request in
            var run = isorun_bench_run()
            var idle = isorun_bench_idle()
            let result = unsafe isorun_bench_start(request, &idle, &run)
            return (result == 0 ? idle : nil, note(ProgramRun(run)))
        }
    }

    /// Ends what was started to stay.
    func stop(_ idle: isorun_bench_idle, within limit: Duration = .seconds(10)) {
        var idle = idle
        unsafe isorun_bench_stop(&idle, limit.nanoseconds)
    }

    /// What a batch came to.
    struct Batch {
        /// From the first start to the last end, and the first failure.
        var run: ProgramRun
        /// How many different instants of first instructions were told, all of this time.
        var words: Int
        /// The indices of the commands that were ended by force.
        var cut: [Int]
    }

    /// Runs commands, so many at a time, whose output goes to memory.
    func batch(_ commands: [[String]], width: Int, within limit: Duration) -> Batch {
        let vectors = commands.map { CStrings($0) }
        var pointers: [UnsafePointer<UnsafeMutablePointer<CChar>?>?] = unsafe vectors.map {
            unsafe UnsafePointer($0.base)
        }
        var cut = [UInt8](repeating: 0, count: commands.count)
        return unsafe with(commands.first ?? [], limit) { request in
            var run = isorun_bench_run()
            let count = Int32(commands.count)
            let words = unsafe isorun_bench_batch(request, &pointers, count, Int32(width), &cut, &run)
            withExtendedLifetime(vectors) {}
            return Batch(
                run: note(ProgramRun(run)),
                words: Int(words),
                cut: cut.indices.filter { cut[$0] != 0 }
            )
        }
    }

    private func note(_ run: ProgramRun) -> ProgramRun {
        if run.ending == .interrupted { isInterrupted = true }
        return run
    }

    private func with<Result>(
        _ command: [String],
        _ limit: Duration,
        _ body: (UnsafePointer<isorun_bench_request>) -> Result
    ) -> Result {
        let arguments = CStrings(command)
        let environment = CStrings(environment)
        let place = CStrings([directory, StandIn.mark])
        var request = unsafe isorun_bench_request(
            arguments: arguments.base,
            environment: environment.base,
            directory: place.base[0],
            mark: place.base[1],
            limit_ns: limit.nanoseconds,
            interrupt: interrupt
        )
        defer { withExtendedLifetime((arguments, environment, place)) {} }
        return unsafe body(&request)
    }
}

/// Words as C takes them.
@safe private final class CStrings {
    let base: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ words: [String]) {
        count = words.count
        unsafe base = .allocate(capacity: count + 1)
        for (index, word) in words.enumerated() { unsafe base[index] = strdup(word) }
        unsafe base[count] = nil
    }

    deinit {
        for index in 0..<count { unsafe free(base[index]) }
        unsafe base.deallocate()
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
