import ArgumentParser
import Glibc
import IsorunBench
import IsorunModel
import IsorunReporting

/// What is measured and how often.
struct MeasuringOptions: ParsableArguments {
    @Option(help: "Runs of each that is fast.")
    var runs = 100

    @Option(help: "Runs of each that takes longer than 150 ms.")
    var slowRuns = 20

    @Option(help: "Runs of each before those that count.")
    var warmup = 3

    @Option(
        help: ArgumentHelp("Only this row, beside isorun and bare fork and exec; may be repeated.", valueName: "name")
    )
    var only: [String] = []

    @Option(help: ArgumentHelp("The time that one run may take.", valueName: "duration"))
    var timeout = "30s"

    @Option(
        help: ArgumentHelp(
            "The isorun to measure; without it the one that this program belongs to.",
            valueName: "program"
        )
    )
    var isorun: String?

    @Flag(name: .shortAndLong, help: "Say nothing while it runs.")
    var quiet = false

    func options() throws -> BenchOptions {
        var options = BenchOptions()
        options.runs = try Self.count(runs, "--runs", 1...100_000)
        options.slowRuns = try Self.count(slowRuns, "--slow-runs", 1...100_000)
        options.warmup = try Self.count(warmup, "--warmup", 1...1000)
        guard let limit = Duration(parsing: timeout), limit > .zero else {
            throw ValidationError("--timeout: '\(timeout)' is no duration; an example: 30s")
        }
        options.limit = limit
        for name in only where !BenchOptions.ids.contains(name) {
            throw ValidationError(
                "--only: there is no '\(name)'; known are \(BenchOptions.ids.joined(separator: ", "))"
            )
        }
        options.only = Set(only)
        options.quiet = quiet
        return options
    }

    static func count(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws -> Int {
        guard range.contains(value) else {
            throw ValidationError("\(name): \(value) is not from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// The isorun beside this program, as in a build folder, or in `bin` where this one is in `libexec/isorun`.
    func program() throws -> String {
        if let isorun {
            guard let path = unsafe realpath(isorun, nil) else {
                throw ValidationError("--isorun: '\(isorun)' is not there")
            }
            defer { unsafe free(path) }
            let text = unsafe String(cString: path)
            guard unsafe access(text, X_OK) == 0 else {
                throw ValidationError("--isorun: '\(isorun)' cannot be executed")
            }
            return text
        }
        let directory = try Self.ownPath().split(separator: "/").dropLast()
        let beside = "/" + directory.joined(separator: "/")
        let above = "/" + directory.dropLast(2).joined(separator: "/")
        let places = ["\(beside)/isorun", "\(above)/bin/isorun"]
        guard let found = places.first(where: { unsafe access($0, X_OK) == 0 }) else {
            throw ValidationError("isorun is neither \(places.joined(separator: " nor ")); name it with --isorun")
        }
        return found
    }
}

/// How often batches and idle containers are measured.
struct RoundOptions: ParsableArguments {
    @Option(help: "Rounds. (default: 5; of overhead 100)")
    var rounds: Int?

    func count(else standard: Int = 5) throws -> Int {
        try MeasuringOptions.count(rounds ?? standard, "--rounds", 1...1000)
    }
}

extension MeasuringOptions {
    /// The path of this program.
    static func ownPath() throws -> String {
        guard let own = unsafe realpath("/proc/self/exe", nil) else { throw ValidationError("/proc is not there") }
        defer { unsafe free(own) }
        return unsafe String(cString: own)
    }
}

/// The virtual machine.
struct MachineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The guest's kernel, a bzImage or vmlinux; without it a Debian cloud kernel that is found.",
            valueName: "file"
        )
    )
    var kernel: String?

    @Option(
        help: ArgumentHelp(
            "An initramfs that the guest unpacks first; the stand-in is laid on top of it.",
            valueName: "file"
        )
    )
    var initrd: String?

    func file(_ path: String?, _ name: String) throws -> String? {
        guard let path else { return nil }
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
            let whole = unsafe realpath(path, nil)
        else { throw ValidationError("\(name): '\(path)' is not a file that can be read") }
        defer { unsafe free(whole) }
        return unsafe String(cString: whole)
    }
}

/// Where the report goes.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The report as JSON (isorun.bench/1), with every sample; - is standard output.",
            valueName: "file"
        )
    )
    var json: String?

    @Option(help: ArgumentHelp("The report as Markdown.", valueName: "file"))
    var markdown: String?

    @Option(
        help: ArgumentHelp("The report as one page with charts, for a browser without a network.", valueName: "file")
    )
    var html: String?

    @Option(help: ArgumentHelp("A stored JSON report to compare this run to.", valueName: "file"))
    var compare: String?

    @Option(help: ArgumentHelp("How much worse a median may have become before --compare fails.", valueName: "percent"))
    var tolerance = "10%"

    /// The tolerance as a part of 1.
    func part() throws -> Double {
        let digits = tolerance.hasSuffix("%") ? String(tolerance.dropLast()) : tolerance
        guard let value = Double(digits), value.isFinite, value >= 0, value <= 1000 else {
            throw ValidationError("--tolerance: '\(tolerance)' is no percentage; an example: 10%")
        }
        return value / 100
    }
}
