/// The keys that end `attach` and leave the container running: by default Ctrl-P and then Ctrl-Q, as docker's.
package struct DetachKeys: Hashable, Sendable {
    private let keys: [UInt8]
    private var matched = 0

    package static let usual = "ctrl-p,ctrl-q"

    /// Reads `a`, `ctrl-c`, or several with commas between; nil for what is none of those.
    package init?(_ text: String) {
        var keys: [UInt8] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bytes = Array(word.utf8)
            if bytes.count == 1, 0x20...0x7e ~= bytes[0] {
                keys.append(bytes[0])
            } else if word.lowercased().hasPrefix("ctrl-"), bytes.count == 6 {
                let letter = bytes[5] & 0xdf  // as the terminal does it: the letter without its upper bits
                let isLetter = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= letter
                guard isLetter || "@[\\]^_".utf8.contains(bytes[5]) else { return nil }
                keys.append((isLetter ? letter : bytes[5]) & 0x1f)
            } else {
                return nil
            }
        }
        guard !keys.isEmpty else { return nil }
        self.keys = keys
    }

    /// Takes what was typed.
    ///
    /// - Parameter typed: the next bytes.
    /// - Returns: what goes on to the container, and whether all keys came; the first ones are held back until then.
    package mutating func take(_ typed: some Sequence<UInt8>) -> (passed: [UInt8], isOver: Bool) {
        var passed: [UInt8] = []
        for key in typed {
            if key != keys[matched] {
                passed += keys[..<matched]
                matched = 0
            }
            if key == keys[matched] { matched += 1 } else { passed.append(key) }
            if matched == keys.count { return (passed, true) }
        }
        return (passed, false)
    }
}
