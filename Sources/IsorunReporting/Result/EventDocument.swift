public import IsorunModel

/// The event stream, `isorun.events/1`: one JSON object a line for each event of a run, in order.
///
/// `--events` writes it and `isorun-report` reads it. Output stands as text where it is UTF-8, and otherwise as base64
/// under `headBase64` and `tailBase64`, so that no byte of it is lost.
public enum EventDocument {
    /// The value of the key `schema`.
    public static let schema = "isorun.events/1"

    /// The event on one line with its line end.
    public static func line(_ event: RunEvent) -> String {
        JSON.object([.init("schema", .string(schema))] + members(event)).line + "\n"
    }

    private static func members(_ event: RunEvent) -> [JSON.Member] {
        switch event {
        case .jobStarting(let name, let attempt, let atUs):
            [
                .init("event", .string("job-starting")),
                .init("name", .string(name)),
                .init("attempt", .whole(attempt)),
                .init("at", .string(Timestamp.text(microseconds: atUs))),
            ]
        case .jobStarted(let name, let startup):
            [
                .init("event", .string("job-started")),
                .init("name", .string(name)),
                .init("startup", ResultDocument.json(startup)),
            ]
        case .jobReported(let report):
            [
                .init("event", .string("job-reported")),
                .init("name", .string(report.job)),
                .init("path", .string(report.path)),
                json(report.content),
            ]
        case .jobFinished(let result, let stdout, let stderr):
            [
                .init("event", .string("job-finished")),
                .init("name", .string(result.name)),
                .init("result", ResultDocument.json(result)),
                .init("stdout", json(stdout)),
                .init("stderr", json(stderr)),
            ]
        case .note(let text):
            [.init("event", .string("note")), .init("text", .string(text))]
        }
    }

    private static func json(_ output: CapturedOutput) -> JSON {
        .object([
            bytes("head", output.head),
            bytes("tail", output.tail),
            .init("omitted", .whole(output.omitted)),
        ])
    }

    private static func json(_ content: JobReport.Content) -> JSON.Member {
        switch content {
        // Where most of it would be escapes, which are six bytes each, it is no text either.
        case .file(let content) where content.count { $0 < 32 && $0 != 10 } > content.count / 8:
            .init("fileBase64", .string(Base64.encode(content)))
        case .file(let content): bytes("file", content)
        case .refused(let reason): .init("refused", .string(reason))
        }
    }

    private static func bytes(_ key: String, _ bytes: [UInt8]) -> JSON.Member {
        if let text = String(validating: bytes, as: UTF8.self) {
            return .init(key, .string(text))
        }
        return .init(key + "Base64", .string(Base64.encode(bytes)))
    }
}

extension EventDocument {
    /// Reads an event back; a result document that stands alone is read as a finished job without output.
    ///
    /// - Returns: nil for an event that this version does not know.
    /// - Throws: `ReportingError` of kind `malformed` that names the key.
    public static func event(_ value: JSON) throws(ReportingError) -> RunEvent? {
        if value["schema"]?.string == ResultDocument.schema {
            let none = CapturedOutput()
            return .jobFinished(try ResultDocument.result(value), stdout: none, stderr: none)
        }
        let object = try JSONObject(value)
        guard try object.string("schema") == schema else {
            throw ReportingError(.malformed, "the stored document is neither \(ResultDocument.schema) nor", schema)
        }
        switch try object.string("event") {
        case "job-starting":
            return .jobStarting(
                name: try object.string("name"),
                attempt: try object.whole("attempt"),
                atUs: try object.required("at") { $0.string.flatMap(Timestamp.microseconds(parsing:)) }
            )
        case "job-started":
            let startup = try ResultDocument.startup(object.object("startup"))
            return .jobStarted(name: try object.string("name"), startup: startup)
        case "job-reported":
            let refusal = try object.optional("refused") { $0.string }
            let content: JobReport.Content =
                if let refusal { .refused(refusal) } else { .file(try bytes("file", in: object)) }
            return .jobReported(
                JobReport(job: try object.string("name"), path: try object.string("path"), content: content)
            )
        case "job-finished":
            let result = try object.required("result") { $0 }
            return .jobFinished(
                try ResultDocument.result(result),
                stdout: try output(object.object("stdout")),
                stderr: try output(object.object("stderr"))
            )
        case "note": return .note(try object.string("text"))
        default: return nil
        }
    }

    private static func output(_ object: JSONObject) throws(ReportingError) -> CapturedOutput {
        CapturedOutput(
            head: try bytes("head", in: object),
            tail: try bytes("tail", in: object),
            omitted: try object.whole("omitted")
        )
    }

    private static func bytes(_ key: String, in object: JSONObject) throws(ReportingError) -> [UInt8] {
        if let bytes = try object.optional(key + "Base64", { $0.string.flatMap(Base64.decode) }) { return bytes }
        return Array(try object.string(key).utf8)
    }
}
