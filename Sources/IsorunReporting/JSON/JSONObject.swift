/// Reads the members of one object by their types, and names the key where one is not as it should be.
struct JSONObject {
    private let members: [String: JSON]
    private let path: String

    /// Takes an object; `path` is where it stands in its document, empty for the document itself.
    init(_ value: JSON?, at path: String = "") throws(ReportingError) {
        guard let members = value?.members else {
            throw ReportingError(.malformed, "the stored document has no object", path.isEmpty ? "{}" : path)
        }
        self.members = Dictionary(members.map { ($0.key, $0.value) }) { _, last in last }
        self.path = path
    }

    /// A member that must be there and fulfil the conversion.
    func required<Value>(_ key: String, _ convert: (JSON) -> Value?) throws(ReportingError) -> Value {
        guard let value = members[key].flatMap(convert) else { throw wrong(key) }
        return value
    }

    /// A member that may be null or missing, and fulfils the conversion otherwise.
    func optional<Value>(_ key: String, _ convert: (JSON) -> Value?) throws(ReportingError) -> Value? {
        guard let value = members[key], value != .null else { return nil }
        guard let converted = convert(value) else { throw wrong(key) }
        return converted
    }

    /// A text that must be there.
    func string(_ key: String) throws(ReportingError) -> String { try required(key) { $0.string } }

    /// A truth value, false where it is missing.
    func flag(_ key: String) throws(ReportingError) -> Bool { try optional(key) { $0.bool } ?? false }

    /// A whole number that must be there.
    func whole<Integer: FixedWidthInteger>(_ key: String) throws(ReportingError) -> Integer {
        try required(key) { $0.integer() }
    }

    /// A whole number, or nil.
    func count(_ key: String) throws(ReportingError) -> UInt64? { try optional(key) { $0.integer() } }

    /// A duration in milliseconds that must be there.
    func milliseconds(_ key: String) throws(ReportingError) -> Duration {
        try required(key) { $0.duration }
    }

    /// Values of one kind; none where the key is missing.
    func list<Value>(_ key: String, _ convert: (JSON) -> Value?) throws(ReportingError) -> [Value] {
        guard let values = try optional(key, { $0.array }) else { return [] }
        var converted: [Value] = []
        for value in values {
            guard let element = convert(value) else { throw wrong(key) }
            converted.append(element)
        }
        return converted
    }

    /// An object that must be there.
    func object(_ key: String) throws(ReportingError) -> JSONObject {
        try JSONObject(members[key], at: name(of: key))
    }

    /// An object, or nil.
    func optionalObject(_ key: String) throws(ReportingError) -> JSONObject? {
        guard let value = members[key], value != .null else { return nil }
        return try JSONObject(value, at: name(of: key))
    }

    private func name(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func wrong(_ key: String) -> ReportingError {
        ReportingError(.malformed, "the stored document lacks a proper", name(of: key))
    }
}

extension JSON {
    /// Milliseconds as a duration, rounded to microseconds; nil for what is no number below a million years.
    var duration: Duration? {
        guard let value = double, value.magnitude < 3e16 / 1e3 else { return nil }
        return .microseconds(Int64((value * 1000).rounded()))
    }
}
