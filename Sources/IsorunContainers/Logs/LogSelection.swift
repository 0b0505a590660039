internal import IsorunModel
internal import IsorunReporting

/// Which part of a log is shown.
package struct LogSelection: Hashable, Sendable {
    /// The last so many lines; nil for all.
    package var tail: Int?
    /// Not before this moment, in microseconds since 1970.
    package var since: Int64?
    /// Not after this one.
    package var until: Int64?

    package init() {}

    /// Whether a record is within the times.
    package func contains(_ record: LogRecord) -> Bool {
        (since.map { record.timeUs >= $0 } ?? true) && (until.map { record.timeUs <= $0 } ?? true)
    }

    /// The records of the last lines; a line may have been written in parts.
    package func last(of records: [LogRecord]) -> ArraySlice<LogRecord> {
        guard let tail else { return records[...] }
        var start = records.endIndex
        var lines = 0
        while start > records.startIndex {
            let earlier = records[start - 1]
            // A whole record ends a line; so does the last one there is.
            if earlier.isWhole || start == records.endIndex {
                if lines == tail { break }
                lines += 1
            }
            start -= 1
        }
        return records[start...]
    }

    /// A moment as `--since` takes it: a time before now (`10m`), `2026-11-23T12:00:00Z`, or seconds since 1970.
    package static func moment(_ text: String, nowUs: Int64) -> Int64? {
        if let seconds = Double(text), seconds.isFinite, seconds.magnitude < 1e12 { return Int64(seconds * 1e6) }
        if let ago = Duration(parsing: text) {
            return nowUs - ago.components.seconds * 1_000_000 - ago.components.attoseconds / 1_000_000_000_000
        }
        guard text.hasSuffix("Z") || text.count <= 19 else { return nil }
        var whole = text.hasSuffix("Z") ? String(text.dropLast()) : text
        if whole.count == 10 { whole += "T00:00:00" }
        let parts = whole.split(separator: ".", maxSplits: 1).map(String.init)
        guard let base = parts.first.flatMap({ Timestamp.microseconds(parsing: $0 + ".000Z") }) else { return nil }
        guard parts.count == 2 else { return base }
        let digits = (parts[1] + "000000").prefix(6)
        return Int64(digits).map { base + $0 }
    }
}
