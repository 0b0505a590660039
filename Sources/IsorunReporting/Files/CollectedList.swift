/// The list of JUnit files that a job wrote and isorun copied out: one JSON object a line, `isorun.collected/1`.
///
/// isorun writes it and `isorun-report --collected` reads it.
public enum CollectedList {
    /// The value of the key `schema`.
    public static let schema = "isorun.collected/1"

    /// One file of the list.
    public struct Entry: Hashable, Sendable {
        /// The job that wrote it.
        public var job: String
        /// The path inside the container, for people.
        public var path: String
        /// The copy on the host, in a directory that only isorun can write to; nil where it was refused.
        public var file: String?
        /// Why it was not copied: a link, a device, too long.
        public var refused: String?

        /// Makes an entry.
        public init(job: String, path: String, file: String?, refused: String? = nil) {
            self.job = job
            self.path = path
            self.file = file
            self.refused = refused
        }
    }

    /// An entry on one line with its line end.
    public static func line(_ entry: Entry) -> String {
        let members: [JSON.Member] = [
            .init("schema", .string(schema)), .init("job", .string(entry.job)), .init("path", .string(entry.path)),
            .init("file", .text(entry.file)), .init("refused", .text(entry.refused)),
        ]
        return JSON.object(members).line + "\n"
    }

    /// Reads a list back.
    ///
    /// - Throws: `ReportingError` of kind `malformed` that names the key.
    public static func entries(parsing bytes: [UInt8]) throws(ReportingError) -> [Entry] {
        var records = JSONRecords()
        var entries: [Entry] = []
        for record in try records.append(bytes) {
            let object = try JSONObject(JSON(parsing: record))
            guard try object.string("schema") == schema else {
                throw ReportingError(.malformed, "the list of collected files is not of the schema", schema)
            }
            let refused = try object.optional("refused") { $0.string }
            let file = try object.optional("file") { $0.string }
            guard file != nil || refused != nil else {
                throw ReportingError(.malformed, "the list of collected files lacks a proper", "file")
            }
            entries.append(
                Entry(job: try object.string("job"), path: try object.string("path"), file: file, refused: refused)
            )
        }
        guard !records.isIncomplete else {
            throw ReportingError(.malformed, "the list of collected files ends within an entry", "")
        }
        return entries
    }
}
