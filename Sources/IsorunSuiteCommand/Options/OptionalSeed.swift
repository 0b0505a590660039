/// `--shuffle` without a seed takes one by chance; ArgumentParser knows no option whose value may be missing.
enum OptionalSeed {
    /// The arguments with `random` where no seed follows.
    static func filled(in arguments: [String]) -> [String] {
        var filled: [String] = []
        for (index, word) in arguments.enumerated() {
            filled.append(word)
            if word == "--" { return filled + arguments[(index + 1)...] }
            guard word == "--shuffle" else { continue }
            let next = index + 1 < arguments.count ? arguments[index + 1] : ""
            if next != "random", UInt64(next) == nil { filled.append("random") }
        }
        return filled
    }
}
