package import IsorunReporting

extension JSON {
    /// The value with four spaces for each level, as docker prints it.
    package func indented(_ depth: Int = 0) -> String {
        let inner = String(repeating: " ", count: (depth + 1) * 4)
        let outer = String(repeating: " ", count: depth * 4)
        switch self {
        case .array(let values) where !values.isEmpty:
            let lines = values.map { inner + $0.indented(depth + 1) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map { "\(inner)\(JSON.string($0.key).line): \($0.value.indented(depth + 1))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        default: return line
        }
    }
}
