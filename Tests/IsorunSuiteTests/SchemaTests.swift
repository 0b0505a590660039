import Foundation
import IsorunFrameworks
import IsorunReporting
import IsorunSuite
import SystemPackage
import Testing

@Suite struct `The JSON Schema` {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/IsorunSuite/Schema/isorun.schema.json")

    private func schema() throws -> JSON { try JSON(parsing: Array(Data(contentsOf: Self.path))) }

    private func properties(_ value: JSON?) -> [String: JSON] {
        Dictionary((value?["properties"]?.members ?? []).map { ($0.key, $0.value) }) { $1 }
    }

    /// Whether a field of this kind is what a part of the schema describes.
    private func fits(_ kind: SuiteFields.Kind, _ schema: JSON) -> Bool {
        let alternatives = schema["oneOf"]?.array ?? [schema]
        let types = alternatives.flatMap { $0["type"]?.array?.compactMap(\.string) ?? [$0["type"]?.string ?? ""] }
        switch kind {
        case .text: return types.contains("string") && !types.contains("array")
        case .flag: return types == ["boolean", "string"]
        case .count: return types == ["integer", "string"]
        case .texts, .words: return types.contains("string") && types.contains("array")
        case .pairs: return types.contains("object") && types.contains("array")
        case .matrix, .tests, .ready, .defaults: return types == ["object"]
        case .jobs, .services: return types == ["array"]
        case .version, .choice: return schema["enum"] != nil
        }
    }

    @Test func `has the fields that the reader has, of the same kinds, and no others`() throws {
        let schema = try schema()
        let tests = properties(schema["$defs"]?["job"])["tests"]
        let service = schema["$defs"]?["service"]
        let places: [(JSON?, [(name: String, kind: SuiteFields.Kind)])] = [
            (schema, SuiteFields.file), (properties(schema)["defaults"], SuiteFields.shared),
            (schema["$defs"]?["job"], SuiteFields.job + SuiteFields.shared), (tests, SuiteFields.tests),
            (service, SuiteFields.service), (properties(service)["ready"], SuiteFields.ready),
        ]
        for (place, fields) in places {
            let found = properties(place)
            #expect(Set(found.keys) == Set(fields.map(\.name)))
            #expect(place?["additionalProperties"]?.bool == false)
            for field in fields {
                let described = try #require(found[field.name])
                #expect(fits(field.kind, described), "\(field.name)")
            }
        }
    }

    @Test func `names the frameworks that there are`() throws {
        let tests = properties(properties(try schema()["$defs"]?["job"])["tests"])
        #expect(
            tests["framework"]?["enum"]?.array?.compactMap(\.string).sorted() == Frameworks.all.map(\.name).sorted()
        )
    }

    /// What may come to stand in a field, right or wrong; JSON is YAML, so both sides are given the same text.
    private static let values = [
        "4", #""4""#, #""007""#, #""+4""#, "1000", #""1000""#, "1001", #""1001""#, "-1", #""-1""#, #""4.5""#, "4.5",
        "true", "false", #""true""#, #""False""#, #""TRUE""#, #""tRUE""#, #""yes""#, #""on""#, #""x""#, #""""#, "null",
        "[]", #"["x"]"#, "[4]", #"["4", true]"#, "[null]", "[[]]", "{}", #"{"x": 1}"#,
    ]

    // A value may be of the right kind and wrong all the same, as no path or no size is: of that the schema says nothing.
    private static let complaints = ["it is neither true nor false", "it is not a number from", "it is not a text"]

    private func complains(_ text: String, of field: String) -> Bool {
        do throws(SuiteProblems) {
            _ = try SuiteReader.read(text, name: "f", directory: "/", frameworks: Frameworks.all.map(\.name)) { _ in nil
            }
            return false
        } catch {
            return error.all.contains { problem in
                problem.field.contains(field) && Self.complaints.contains { problem.message.hasPrefix($0) }
            }
        }
    }

    /// Whether a value is what the schema allows, by the few words of JSON Schema that fields of these kinds use.
    private func allows(_ schema: JSON, _ value: JSON) throws -> Bool {
        if let all = schema["oneOf"]?.array { return try all.count { try allows($0, value) } == 1 }
        let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string ?? ""]
        let type: (String) -> Bool = { type in
            switch value {
            case .null: type == "null"
            case .bool: type == "boolean"
            case .number: type == "number" || type == "integer" && value.integer(Int.self) != nil
            case .string: type == "string"
            case .array: type == "array"
            case .object: type == "object"
            }
        }
        guard types.contains(where: type) else { return false }
        if let known = schema["enum"]?.array, !known.contains(value) { return false }
        if let number = value.double {
            if let least = schema["minimum"]?.double, number < least { return false }
            if let most = schema["maximum"]?.double, number > most { return false }
        }
        if let text = value.string, let pattern = schema["pattern"]?.string {
            return try text.firstMatch(of: Regex(pattern)) != nil
        }
        guard let elements = value.array, let items = schema["items"] else { return true }
        return try elements.allSatisfy { try allows(items, $0) }
    }

    @Test(
        arguments: (SuiteFields.job + SuiteFields.shared).filter {
            [.flag, .count, .text, .texts].contains($0.kind) && $0.name != "name"
        }.map(\.name)
    )
    func `allows in a field what the reader takes, quoted numbers and truth values among it`(_ field: String) throws {
        let described = try #require(properties(try schema()["$defs"]?["job"])[field])
        for value in Self.values {
            let text = #"{"version": 1, "jobs": [{"name": "j", "run": "x", "\#(field)": \#(value)}]}"#
            let isAllowed = try allows(described, try JSON(parsing: Array(value.utf8)))
            #expect(isAllowed != complains(text, of: field), "\(field): \(value)")
        }
    }
}
