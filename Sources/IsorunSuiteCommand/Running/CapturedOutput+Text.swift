import IsorunModel

extension CapturedOutput {
    /// What was kept, as it is read: a line that lost its middle is two.
    var text: [UInt8] { omitted == 0 ? head + tail : head + [UInt8(ascii: "\n")] + tail }

    /// The same with less of its middle.
    func trimmed(to limit: Int) -> CapturedOutput {
        if omitted == 0 && head.count + tail.count <= 2 * limit { return self }
        let end = tail.isEmpty ? Array(head.suffix(limit)) : Array(tail.suffix(limit))
        let start = Array(head.prefix(limit))
        let lost = UInt64(head.count + tail.count - start.count - end.count)
        return CapturedOutput(head: start, tail: end, omitted: omitted + lost)
    }
}
