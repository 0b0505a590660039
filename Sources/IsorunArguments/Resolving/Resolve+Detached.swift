import IsorunModel

extension RunArguments {
    /// What does not go together with a job that lives on behind its caller's back, or only with such a one.
    func checkDetached() throws(UsageError) {
        guard detach else {
            guard logOptions.isEmpty else {
                throw UsageError(option: "--log-opt", problem: "is about the log of -d, which was not given")
            }
            return
        }
        if let name, !Self.isContainerName(name) {
            let hint = "for example: web-1; letters, digits and _ . - after the first"
            throw OptionValue("--name", name).refused("is no name for a container", hint: hint)
        }
        let reports: [(String, Bool)] = [
            ("--json", json != nil), ("--junit", junit != nil), ("--events", events != nil),
            ("--collect-junit", !collectJUnit.isEmpty),
        ]
        for (option, isGiven) in reports where isGiven {
            let hint = "isorun inspect shows the result of a container that has ended"
            throw UsageError(option: option, problem: "is not written of a detached job", hint: hint)
        }
    }

    /// docker's rule: a letter or digit, then at least one more of these and `_`, `.`, `-`.
    private static func isContainerName(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard 2...128 ~= bytes.count, let first = bytes.first, isLetterOrDigit(first) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || "_.-".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        }
    }
}
