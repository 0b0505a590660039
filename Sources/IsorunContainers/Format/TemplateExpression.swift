internal import IsorunReporting

/// What stands between the braces of a template: a value, a function of values, or one in parentheses with fields of it.
indirect enum TemplateExpression: Hashable, Sendable {
    /// `.`, `.A.B`, `$`, `$x.A`: a variable, or the present value where it has no name, and fields of it.
    case field(variable: String?, [String])
    case literal(JSON)
    case call(String, [TemplateExpression])
    /// `(index .A 0).B`
    case fields(of: TemplateExpression, [String])

    /// The values that names stand for.
    struct Scope {
        /// What `.` is.
        var present: JSON
        /// `$` is the whole document.
        var variables: [String: JSON]
    }

    /// Finds the value; a field that is not there is an error that names it.
    func value(in scope: Scope) throws(ContainerError) -> JSON {
        switch self {
        case .literal(let value): return value
        case .field(let variable, let path):
            guard let variable else { return try Self.follow(path, from: scope.present) }
            guard let start = scope.variables[variable] else {
                throw ContainerError("--format: there is no variable $\(variable)", isUsage: true)
            }
            return try Self.follow(path, from: start)
        case .fields(let inner, let path): return try Self.follow(path, from: inner.value(in: scope))
        case .call(let name, let arguments):
            var values: [JSON] = []
            for argument in arguments { values.append(try argument.value(in: scope)) }
            return try Self.call(name, values)
        }
    }

    private static func follow(_ path: [String], from value: JSON) throws(ContainerError) -> JSON {
        var found = value
        for key in path {
            guard let next = found[key] else {
                throw ContainerError("--format: there is no field .\(path.joined(separator: "."))")
            }
            found = next
        }
        return found
    }

    /// How many arguments a function takes; nil for what is none.
    static func arity(of name: String) -> ClosedRange<Int>? {
        switch name {
        case "json", "len", "upper", "lower", "not": 1...1
        case "index": 2...9
        case "join", "eq", "ne": 2...2
        case "print", "println": 1...9
        default: nil
        }
    }

    private static func call(_ name: String, _ values: [JSON]) throws(ContainerError) -> JSON {
        let first = values[0]
        switch name {
        case "json": return .string(first.line)
        case "len":
            guard let count = first.array?.count ?? first.members?.count ?? first.string?.utf8.count else {
                throw ContainerError("--format: len: \(first.line) has no length")
            }
            return .whole(count)
        case "index":
            var found = first
            for key in values.dropFirst() { found = try index(found, key) }
            return found
        case "join":
            let texts = first.array?.map(Template.plain) ?? []
            return .string(texts.joined(separator: Template.plain(values[1])))
        case "upper": return .string(Template.plain(first).uppercased())
        case "lower": return .string(Template.plain(first).lowercased())
        case "eq": return .bool(first == values[1])
        case "ne": return .bool(first != values[1])
        case "not": return .bool(!Template.isTrue(first))
        case "println": return .string(values.map(Template.plain).joined(separator: " ") + "\n")
        default: return .string(values.map(Template.plain).joined(separator: " "))
        }
    }

    /// Of a list by number, of all else by name: a name that is not there has no value, a place beyond the end is wrong.
    private static func index(_ value: JSON, _ key: JSON) throws(ContainerError) -> JSON {
        if let name = key.string { return value[name] ?? .null }
        guard let list = value.array, let place: Int = key.integer() else { return .null }
        guard list.indices.contains(place) else {
            throw ContainerError("--format: index: there is no place \(place) in a list of \(list.count)")
        }
        return list[place]
    }
}
