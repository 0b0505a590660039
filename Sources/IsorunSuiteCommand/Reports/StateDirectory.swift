import Glibc
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunRunner
import IsorunSystem
import SystemPackage

/// What is kept of a suite or package between runs: the journal of the last one and the times of all.
///
/// It lies in `$XDG_STATE_HOME/isorun`, else `~/.local/state/isorun`, under a name made of the suite's path. One run at a
/// time has it; another of the same suite runs without.
final class StateDirectory {
    private let path: FilePath
    private let lock: StateLock
    /// Times from earlier runs by the full name.
    private(set) var times: [String: Duration] = [:]
    private var isRetired = false

    private static let journalName = "last.jsonl"
    private static let formerName = "former.jsonl"
    private static let nextName = "next.jsonl"
    private static let failuresName = "failed.jsonl"
    private static let mostBytes = 1 << 30

    /// Takes the directory; nil, after it was said why, where it cannot be had.
    init?(of subject: String) {
        guard let base = Self.place("XDG_STATE_HOME") ?? Self.place("HOME")?.appending(".local/state") else {
            let why = "neither XDG_STATE_HOME nor HOME is an absolute path"
            Say.error("note: \(why): no times, --failed or --resume from this run")
            return nil
        }
        path = base.appending("isorun").appending(String(Partition.hash(subject), radix: 16))
        guard let held = try? HeldDirectory(makingHost: path) else {
            Say.error("note: \(path) cannot be written to: no times, --failed or --resume from this run")
            return nil
        }
        // What jobs wrote stands in the journal.
        _ = fchmod(held.descriptor.raw, 0o700)
        let raw = unsafe openat(held.descriptor.raw, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard raw >= 0 else { return nil }
        guard let lock = StateLock(OwnedDescriptor(raw)) else {
            Say.error("note: another run of the same suite is under way: this one leaves no times and no journal")
            return nil
        }
        self.lock = lock
        readTimes()
    }

    // What is no absolute path is none, as the XDG Base Directory Specification has it.
    private static func place(_ variable: String) -> FilePath? {
        Environment.value(variable).map { FilePath($0) }.flatMap { $0.isAbsolute ? $0 : nil }
    }

    /// The events of the last run, the line left out that it was killed within.
    func lastRun() -> [SuiteEvent] { Self.events(in: journal()) }

    /// Puts the journal of the last run aside before another builds; what had failed is kept.
    ///
    /// The new one may end before it has a plan, and what the former one passed is no word on what it has built.
    func retire() {
        do throws(ReportingError) { try keepFailures() } catch {
            return Say.error(
                "note: what failed in the last run cannot be kept, so --resume goes on with that: \(error)"
            )
        }
        isRetired = move(Self.journalName, Self.formerName)
    }

    /// Takes the last run's journal back: what was asked for was no run.
    func restore() {
        if isRetired { isRetired = !move(Self.formerName, Self.journalName) }
    }

    private func move(_ old: String, _ new: String) -> Bool {
        unsafe path.appending(old).withPlatformString { old in
            unsafe path.appending(new).withPlatformString { unsafe rename(old, $0) } == 0
        }
    }

    private func journal() -> [UInt8] {
        let bytes = (try? SmallFile.read(path.appending(Self.journalName), limit: Self.mostBytes)) ?? []
        guard bytes.count >= Self.mostBytes else { return bytes }
        Say.error("note: the journal of the last run is too long to be read: \(path.appending(Self.journalName))")
        return []
    }

    /// The names of what had failed before the last run; nil where nothing was ever kept.
    func keptFailures() -> Set<String>? {
        guard let bytes = try? SmallFile.read(path.appending(Self.failuresName), limit: 1 << 28) else { return nil }
        let names = bytes.split(separator: UInt8(ascii: "\n")).compactMap { (try? JSON(parsing: Array($0)))?.string }
        return Set(names)
    }

    /// The events in lines, those left out that are none.
    static func events(in bytes: [UInt8]) -> [SuiteEvent] {
        var events: [SuiteEvent] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let value = try? JSON(parsing: Array(line)) else { continue }
            if let event = try? SuiteEventDocument.event(value) { events.append(event) }
        }
        return events
    }

    /// Begins the journal of a run anew, with what an earlier one has finished; nil, after it was said why, without one.
    func beginJournal(_ events: [SuiteEvent]) -> LineFile? {
        let temporary = path.appending(Self.nextName)
        guard let file = LineFile(temporary.string) else { return withoutJournal(Errno(rawValue: errno).text) }
        for event in events { file.write(SuiteEventDocument.line(event)) }
        if let failure = file.failure {
            _ = unsafe temporary.withPlatformString { unsafe unlink($0) }
            return withoutJournal(failure)
        }
        // Before the old journal goes; where isorun is killed between the two, both together say the same once more.
        do throws(ReportingError) { try keepFailures() } catch { return withoutJournal("\(error)") }
        guard move(Self.nextName, Self.journalName) else { return withoutJournal(Errno(rawValue: errno).text) }
        _ = unsafe path.appending(Self.formerName).withPlatformString { unsafe unlink($0) }
        return file
    }

    private func withoutJournal(_ reason: String) -> LineFile? {
        Say.error(
            "note: the journal of this run cannot be kept, so --failed and --resume know nothing of it: \(reason)"
        )
        return nil
    }

    private func keepFailures() throws(ReportingError) {
        let journal = path.appending(Self.journalName)
        let found: Set<String>?
        do throws(SystemError) {
            found = try LastFailures.names(afterJournal: journal, of: keptFailures() ?? [])
        } catch {
            throw ReportingError(.system, "cannot read", journal.string, errno: error.errno.rawValue)
        }
        guard let names = found else { return }
        let lines = names.sorted().map { JSON.string($0).line + "\n" }
        let target = try ReportTarget.check(path.appending(Self.failuresName).string)
        try AtomicFile.write(Array(lines.joined().utf8), to: target)
    }

    /// Takes over the times of a run, and keeps those of what did not run.
    func keep(_ new: [String: Duration]) {
        times.merge(new) { $1 }
        let lines = times.sorted { $0.key < $1.key }.map { name, time in
            JSON.object([.init("name", .string(name)), .init("ms", .milliseconds(time))]).line + "\n"
        }
        do throws(ReportingError) {
            let target = try ReportTarget.check(path.appending("times.jsonl").string)
            try AtomicFile.write(Array(lines.joined().utf8), to: target)
        } catch {
            Say.error("note: the times of this run cannot be kept: \(error)")
        }
    }

    private func readTimes() {
        let bytes = (try? SmallFile.read(path.appending("times.jsonl"), limit: 1 << 28)) ?? []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let value = try? JSON(parsing: Array(line)), let name = value["name"]?.string else { continue }
            guard let time = value["ms"]?.double, 0...1e9 ~= time else { continue }
            times[name] = .microseconds(Int64(time * 1000))
        }
    }
}
