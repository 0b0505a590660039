extension CapturedOutput {
    /// The same with text of isorun's own after it, which begins on a line of its own.
    public func followed(by section: [UInt8]) -> CapturedOutput {
        guard !section.isEmpty else { return self }
        var output = self
        let isWhole = omitted == 0
        let last = isWhole ? (tail.last ?? head.last) : tail.last
        let text = (last.map { $0 != UInt8(ascii: "\n") } ?? false ? [UInt8(ascii: "\n")] : []) + section
        if isWhole, tail.isEmpty { output.head += text } else { output.tail += text }
        return output
    }
}
