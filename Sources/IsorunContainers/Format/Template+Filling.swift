package import IsorunReporting

extension Template {
    /// Fills the template from a value; a field that is not there is an error that names it.
    package func fill(from value: JSON) throws(ContainerError) -> String {
        var text = ""
        try Self.fill(parts, TemplateExpression.Scope(present: value, variables: ["": value]), &text)
        return text
    }

    private static func fill(
        _ parts: [Part],
        _ scope: TemplateExpression.Scope,
        _ text: inout String
    ) throws(ContainerError) {
        for part in parts {
            switch part {
            case .text(let fixed): text += fixed
            case .value(let expression): text += plain(try expression.value(in: scope))
            case .when(let condition, let body, let otherwise):
                try fill(isTrue(try condition.value(in: scope)) ? body : otherwise, scope, &text)
            case .with(let expression, let body, let otherwise):
                var inner = scope
                let value = try expression.value(in: scope)
                if isTrue(value) { inner.present = value }
                try fill(isTrue(value) ? body : otherwise, inner, &text)
            case .range(let expression, let names, let body, let otherwise):
                let entries = entries(of: try expression.value(in: scope))
                if entries.isEmpty { try fill(otherwise, scope, &text) }
                for (key, value) in entries {
                    var inner = scope
                    inner.present = value
                    if let last = names.last { inner.variables[last] = value }
                    if names.count == 2 { inner.variables[names[0]] = key }
                    try fill(body, inner, &text)
                }
            }
        }
    }

    /// What a range goes over: a list in its order, an object by its names in order.
    private static func entries(of value: JSON) -> [(key: JSON, value: JSON)] {
        if let list = value.array { return list.enumerated().map { (.whole($0.offset), $0.element) } }
        let members = (value.members ?? []).sorted { $0.key < $1.key }
        return members.map { (.string($0.key), $0.value) }
    }

    static func isTrue(_ value: JSON) -> Bool {
        switch value {
        case .null, .bool(false): false
        case .string(let text): !text.isEmpty
        case .array(let values): !values.isEmpty
        case .object(let members): !members.isEmpty
        default: value.line != "0"
        }
    }

    /// The names of the fields, for the head of a table.
    package var heads: JSON {
        var members: [JSON.Member] = []
        for case .value(let expression) in parts {
            var field = expression
            if case .call(_, let arguments) = field, let first = arguments.first { field = first }
            guard case .field(nil, let path) = field, let name = path.first else { continue }
            members.append(.init(name, .string(Self.head(name))))
        }
        return .object(members)
    }

    /// `RunningFor` is headed as docker heads it.
    private static func head(_ name: String) -> String {
        switch name {
        case "ID": "CONTAINER ID"
        case "RunningFor": "CREATED"
        case "CreatedAt": "CREATED AT"
        case "CPUPerc": "CPU %"
        case "MemUsage": "MEM USAGE / LIMIT"
        case "MemPerc": "MEM %"
        case "NetIO": "NET I/O"
        case "BlockIO": "BLOCK I/O"
        default: name.uppercased()
        }
    }

    static func plain(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .null: "<no value>"
        case .array(let values): "[" + values.map(plain).joined(separator: " ") + "]"
        default: value.line
        }
    }
}
