internal import IsorunArguments
internal import IsorunModel
internal import Yams

/// Values of fields; what is none is a problem with its place.
extension SuiteReader {
    typealias Fields = [String: (key: Node, value: Node)]

    mutating func mapping(_ node: Node, _ field: String, _ known: [String]) -> Fields? {
        guard let mapping = node.mapping else {
            complain(
                node,
                field,
                "it is not a mapping of fields; it may have: \(known.prefix(6).joined(separator: ", ")), …"
            )
            return nil
        }
        var fields: Fields = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            guard known.contains(name) else {
                complain(key, field.isEmpty ? name : "\(field).\(name)", Self.unknown(name, known))
                continue
            }
            fields[name] = (key, value)
        }
        return fields
    }

    private static func unknown(_ name: String, _ known: [String]) -> String {
        guard name != "<<" else {
            return "merge keys are of YAML 1.1, and not read; what jobs have in common may stand in defaults"
        }
        let near = JobOptionNames.nearest(to: name, among: known).map { "did you mean \($0)?" }
        return "there is no such field; \(near ?? "there are: \(known.joined(separator: ", "))")"
    }

    mutating func text(_ node: Node, _ field: String, _ cell: [(String, String)]) -> String? {
        guard let scalar = node.text else {
            complain(node, field, "it is not a text")
            return nil
        }
        guard !scalar.utf8.contains(0) else {
            complain(node, field, "it has a NUL, and no word, path or variable can have one")
            return nil
        }
        let (text, missing) = Variables.expand(scalar, environment: environment, matrix: cell)
        if let missing { complain(node, field, missing) }
        guard text.utf8.count < Self.longest else {
            complain(node, field, Self.tooLong)
            return nil
        }
        return text
    }

    private static let longest = 128 << 10
    private static let tooLong = "it is longer than 128 KiB, as no word and no variable of a command may be (execve(2))"

    mutating func texts(
        _ node: Node,
        _ field: String,
        _ cell: [(String, String)]
    ) -> [(text: String, node: Node)] {
        guard let sequence = node.sequence else { return text(node, field, cell).map { [($0, node)] } ?? [] }
        var found: [(String, Node)] = []
        for (index, element) in sequence.enumerated() {
            if let text = text(element, "\(field)[\(index)]", cell) { found.append((text, element)) }
        }
        return found
    }

    mutating func count(_ node: Node, _ field: String) -> Int? {
        guard let text = node.text, let value = Int(text), 0...1000 ~= value else {
            complain(node, field, "it is not a number from 0 to 1000")
            return nil
        }
        return value
    }

    /// `{K: V}`, or a list of `K=V` and `K`, as docker compose has it.
    mutating func pairs(_ node: Node, _ field: String, _ cell: [(String, String)]) -> [ByteString] {
        guard let mapping = node.mapping else { return texts(node, field, cell).map { ByteString($0.text) } }
        var entries: [ByteString] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string, !name.isEmpty, !name.contains("="), !name.utf8.contains(0) else {
                complain(key, field, "it is no name of a variable")
                continue
            }
            if value.isNull {
                entries.append(ByteString(name))
            } else if let text = text(value, "\(field).\(name)", cell) {
                let entry = "\(name)=\(text)"
                if entry.utf8.count >= Self.longest { complain(value, "\(field).\(name)", Self.tooLong) }
                entries.append(ByteString(entry))
            }
        }
        return entries
    }

    /// Every combination of the values, the last variable changing fastest.
    mutating func matrix(_ node: Node, _ field: String) -> [[(String, String)]] {
        guard let mapping = node.mapping, !mapping.isEmpty else {
            complain(node, field, "it is not a mapping of variables to lists of values")
            return []
        }
        var cells: [[(String, String)]] = [[]]
        for (key, value) in mapping {
            guard let name = key.scalar?.string, !name.isEmpty else {
                complain(key, field, "it is no name of a variable")
                return []
            }
            let values = texts(value, "\(field).\(name)", []).map(\.text)
            if values.isEmpty { complain(value, "\(field).\(name)", "it has no values") }
            cells = cells.flatMap { cell in values.map { cell + [(name, $0)] } }
            guard cells.count <= 10_000 else {
                complain(node, field, "it makes more than 10000 jobs")
                return []
            }
        }
        return cells
    }
}
