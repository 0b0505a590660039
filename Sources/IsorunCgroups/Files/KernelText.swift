/// The decimal number that bytes begin with; nil where they begin with none or it has more than 64 bits.
func decimal(_ bytes: Span<UInt8>, from start: Int = 0) -> UInt64? {
    var index = start
    var value: UInt64 = 0
    while index < bytes.count, UInt8(ascii: "0") <= bytes[index], bytes[index] <= UInt8(ascii: "9") {
        let (scaled, tooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflow) = scaled.addingReportingOverflow(UInt64(bytes[index] - UInt8(ascii: "0")))
        if tooLarge || overflow { return nil }
        value = sum
        index += 1
    }
    return index == start ? nil : value
}

/// A file of lines `key value`, as `memory.stat`, `cpu.stat` and `memory.events` are.
struct KeyedText {
    /// The file's bytes.
    let bytes: [UInt8]

    /// The number behind a key; nil where no line has it.
    func value(_ key: StaticString) -> UInt64? {
        let text = bytes.span
        let length = key.utf8CodeUnitCount
        var line = 0
        while line < text.count {
            if begins(text, at: line, key), line + length < text.count, text[line + length] == UInt8(ascii: " ") {
                return decimal(text, from: line + length + 1)
            }
            while line < text.count, text[line] != UInt8(ascii: "\n") { line += 1 }
            line += 1
        }
        return nil
    }

    private func begins(_ text: Span<UInt8>, at start: Int, _ key: StaticString) -> Bool {
        guard start + key.utf8CodeUnitCount <= text.count else { return false }
        for index in 0..<key.utf8CodeUnitCount where unsafe text[start + index] != key.utf8Start[index] { return false }
        return true
    }
}

extension GroupDirectory {
    /// Reads a file of lines `key value`; nil where there is none.
    func keyed(_ file: StaticString) -> KeyedText? { text(file).map { KeyedText(bytes: $0) } }
}

/// The words of a text that spaces and line ends part.
func words(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") }
}
