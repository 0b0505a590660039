/// Looks through a hostile document before libxml2 does, and refuses what a JUnit report never has.
///
/// No declaration but comments and CDATA sections, so no document type, no entity and no default attribute; no NUL; no
/// element with so many attributes that comparing them would take minutes; no deep nesting.
struct XMLGuard {
    private let limits: CollectLimits
    private var depth = 0
    private var count = 0

    /// Checks a document in UTF-8.
    ///
    /// - Throws: `JUnitError` with the reason.
    static func check(_ bytes: [UInt8], _ limits: CollectLimits) throws(JUnitError) {
        var guardian = XMLGuard(limits: limits)
        var at = bytes.startIndex
        while at < bytes.endIndex {
            if bytes[at] == 0 { throw JUnitError("it holds a NUL byte") }
            guard bytes[at] == UInt8(ascii: "<") else {
                at += 1
                continue
            }
            at = try guardian.markup(bytes, at)
        }
    }

    private init(limits: CollectLimits) { self.limits = limits }

    /// Passes over what begins with `<` and returns where it ends.
    private mutating func markup(_ bytes: [UInt8], _ start: Int) throws(JUnitError) -> Int {
        count += 1
        guard count <= limits.markup else {
            throw JUnitError("it has more than \(limits.markup) elements and the like")
        }
        let rest = bytes[start...]
        if rest.starts(with: "<!--".utf8) { return try end(of: "-->", bytes, start + 4) }
        if rest.starts(with: "<![CDATA[".utf8) { return try end(of: "]]>", bytes, start + 9) }
        if rest.starts(with: "<!".utf8) { throw JUnitError("it holds a document type declaration, which is refused") }
        if rest.starts(with: "<?".utf8) { return try end(of: "?>", bytes, start + 2) }
        return try tag(bytes, start)
    }

    private mutating func tag(_ bytes: [UInt8], _ start: Int) throws(JUnitError) -> Int {
        var quote: UInt8?
        var attributes = 0
        var at = start + 1
        while at < bytes.endIndex {
            let byte = bytes[at]
            at += 1
            if byte == 0 { throw JUnitError("it holds a NUL byte") }
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                attributes += 1
                guard attributes <= limits.attributes else {
                    throw JUnitError("an element has more than \(limits.attributes) attributes")
                }
            } else if byte == UInt8(ascii: ">") {
                if bytes[start + 1] == UInt8(ascii: "/") {
                    depth -= 1
                } else if bytes[at - 2] != UInt8(ascii: "/") {
                    depth += 1
                    guard depth <= limits.depth else {
                        throw JUnitError("elements are nested deeper than \(limits.depth) levels")
                    }
                }
                return at
            }
        }
        throw JUnitError("it ends within an element")
    }

    /// Where a closing mark ends.
    private func end(of mark: StaticString, _ bytes: [UInt8], _ start: Int) throws(JUnitError) -> Int {
        let closing = Array(mark.description.utf8)
        var at = start
        while at + closing.count <= bytes.count {
            if bytes[at] == 0 { throw JUnitError("it holds a NUL byte") }
            if bytes[at] == closing[0], bytes[at..<at + closing.count].elementsEqual(closing) {
                return at + closing.count
            }
            at += 1
        }
        throw JUnitError("it ends within a comment or the like")
    }
}
