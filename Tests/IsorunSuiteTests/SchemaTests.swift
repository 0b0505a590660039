import Foundation
import IsorunFrameworks
import IsorunReporting
import IsorunSuite
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
        case .flag: return types == ["boolean"]
        case .count: return types == ["integer"]
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
}
