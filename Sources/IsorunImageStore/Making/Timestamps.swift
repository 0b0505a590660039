internal import IsorunReporting

/// Times as images write them: RFC 3339, with any number of digits behind the second.
package enum Timestamps {
    /// Microseconds since 1970; nil for what is no time of UTC.
    package static func microseconds(_ text: String) -> Int64? {
        guard text.hasSuffix("Z"), text.utf8.count >= 20 else { return nil }
        let fraction = text.dropFirst(20).dropLast()
        let three = (fraction + "000").prefix(3)
        return Timestamp.microseconds(parsing: "\(text.prefix(19)).\(three)Z")
    }
}
