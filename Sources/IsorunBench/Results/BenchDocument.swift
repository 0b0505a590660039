public import IsorunReporting

/// The report as JSON, `isorun.bench/1`: every sample is in it, so that another run can be compared to it.
extension BenchReport {
    /// What the document says it is.
    public static let schema = "isorun.bench/1"

    /// The document.
    public var json: JSON {
        .object([
            .init("schema", .string(Self.schema)),
            .init("kind", .string(kind)),
            .init("startedAt", .string(startedAt)),
            .init("host", .object(host.map { .init($0.name, .string($0.value)) })),
            .init("noise", noise.map(\.json) ?? .null),
            .init("notes", .array(notes.map(JSON.string))),
            .init("reference", .string(reference)),
            .init("interrupted", .bool(interrupted)),
            .init("rows", .array(rows.map(\.json))),
        ])
    }

    /// Reads a stored document.
    ///
    /// - Throws: `ReportingError` where it is none, or none of this version.
    public init(json: JSON, path: String) throws(ReportingError) {
        guard json["schema"]?.string == Self.schema else {
            let found = json["schema"]?.string ?? "no schema"
            throw ReportingError(.malformed, "this is no \(Self.schema) but \(found):", path)
        }
        guard let kind = json["kind"]?.string, let rows = json["rows"]?.array else {
            throw ReportingError(.malformed, "the stored document lacks a kind or rows:", path)
        }
        self.init(kind: kind, startedAt: json["startedAt"]?.string ?? "", host: [])
        host = json["host"]?.members?.map { Fact($0.key, $0.value.string ?? "") } ?? []
        if let spread = json["noise"]?["spread"]?.double, let tail = json["noise"]?["tail"]?.double {
            noise = Noise(spread: spread, tail: tail)
        }
        notes = json["notes"]?.array?.compactMap(\.string) ?? []
        reference = json["reference"]?.string ?? reference
        interrupted = json["interrupted"]?.bool ?? false
        for row in rows {
            guard let read = BenchRow(row) else {
                throw ReportingError(.malformed, "a row of the stored document lacks its id or its measures:", path)
            }
            self.rows.append(read)
        }
    }
}

extension Noise {
    var json: JSON {
        .object([
            .init("spread", .decimal(spread)), .init("tail", .decimal(tail)), .init("text", .string(text)),
        ])
    }
}

extension BenchRow {
    var json: JSON {
        .object([
            .init("id", .string(id)),
            .init("name", .string(name)),
            .init("command", .array(command.map(JSON.string))),
            .init("limits", .string(limits)),
            .init("note", .text(note)),
            .init(
                "failure",
                failure.map {
                    .object([.init("reason", .string($0.reason)), .init("help", .text($0.help))])
                } ?? .null
            ),
            .init("measures", .array(measures.map(\.json))),
            .init(
                "phases",
                .array(
                    phases.map { .object([.init("name", .string($0.name)), .init("ms", .decimal($0.milliseconds))]) }
                )
            ),
        ])
    }

    init?(_ json: JSON) {
        guard let id = json["id"]?.string, let measures = json["measures"]?.array else { return nil }
        self.init(id: id, name: json["name"]?.string ?? id)
        command = json["command"]?.array?.compactMap(\.string) ?? []
        limits = json["limits"]?.string ?? ""
        note = json["note"]?.string
        failure = json["failure"]?["reason"]?.string.map { Failure($0, help: json["failure"]?["help"]?.string) }
        for measure in measures {
            guard let read = Measure(measure) else { return nil }
            self.measures.append(read)
        }
        phases = (json["phases"]?.array ?? []).compactMap { phase in
            guard let name = phase["name"]?.string, let value = phase["ms"]?.double else { return nil }
            return Phase(name, value)
        }
    }
}

extension Measure {
    var json: JSON {
        let summary = summary
        return .object([
            .init("id", .string(id)),
            .init("title", .string(title)),
            .init("unit", .string(unit)),
            .init("better", .string(higherIsBetter ? "higher" : "lower")),
            .init("count", .whole(samples.count)),
            .init("min", .decimal(summary?.least)),
            .init("p50", .decimal(summary?.p50)),
            .init("p90", .decimal(summary?.p90)),
            .init("p99", .decimal(summary?.p99)),
            .init("max", .decimal(summary?.greatest)),
            .init("ratio", ratio?.json ?? .null),
            .init("samples", .array(samples.map(JSON.decimal))),
        ])
    }

    init?(_ json: JSON) {
        guard let id = json["id"]?.string, let values = json["samples"]?.array else { return nil }
        let samples = values.compactMap(\.double)
        guard samples.count == values.count else { return nil }
        self.init(
            id: id,
            title: json["title"]?.string ?? id,
            unit: json["unit"]?.string ?? "",
            higherIsBetter: json["better"]?.string == "higher",
            samples: samples
        )
        if let value = json["ratio"]?["value"]?.double, let low = json["ratio"]?["low"]?.double {
            // JSON has no infinity.
            ratio = Ratio(value: value, low: low, high: json["ratio"]?["high"]?.double ?? .infinity)
        }
    }
}

extension Ratio {
    var json: JSON {
        .object([.init("value", .decimal(value)), .init("low", .decimal(low)), .init("high", .decimal(high))])
    }
}
