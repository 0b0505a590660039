/// A part of a run, for several machines that share it: every item is in exactly one part, whoever computes it.
public struct Partition: Hashable, Sendable {
    /// How the parts are made.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Every n-th item; by known times, longest first to the part that has least, where there are any.
        case slice
        /// By a hash of the name: an item stays in its part when others come and go.
        case hash
    }
    /// How the parts are made.
    public var kind: Kind
    /// Which part, from 1.
    public var index: Int
    /// How many parts.
    public var count: Int

    /// Makes a part; nil where there is no such one.
    public init?(_ kind: Kind, index: Int, count: Int) {
        guard count >= 1, index >= 1, index <= count else { return nil }
        self.kind = kind
        self.index = index
        self.count = count
    }

    /// Reads `slice:1/3`, `hash:2/3` or `auto`; `auto` takes the CI's own variables.
    public init?(parsing text: String, environment: (String) -> String?) {
        if text == "auto" {
            guard let found = Self.fromEnvironment(environment) else { return nil }
            self = found
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { return nil }
        let numbers = parts[1].split(separator: "/", omittingEmptySubsequences: false)
        guard numbers.count == 2, let index = Int(numbers[0]), let count = Int(numbers[1]) else { return nil }
        self.init(kind, index: index, count: count)
    }

    // GitLab counts from 1, the others from 0.
    private static let variables: [(index: String, count: String, first: Int)] = [
        ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1), ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0),
        ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0),
        ("SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", 1),
        ("BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT", 0),
    ]

    /// Why `auto` is no part here.
    public static func problem(of environment: (String) -> String?) -> String {
        for names in variables {
            guard let index = environment(names.index), let count = environment(names.count) else { continue }
            let range = names.first == 0 ? "from 0 to one less than" : "from 1 to"
            return
                "\(names.index) is \"\(index)\" and \(names.count) \"\(count)\"; the first should be \(range) the second"
        }
        return "no variable of a CI says which part this is (\(variables.map(\.index).joined(separator: ", ")))"
    }

    private static func fromEnvironment(_ environment: (String) -> String?) -> Partition? {
        for names in variables {
            guard let index = environment(names.index), let count = environment(names.count) else { continue }
            // What is no number, or out of range, is no part, however large it is.
            guard let index = Int(index), let count = Int(count) else { return nil }
            return Partition(.slice, index: index &- names.first &+ 1, count: count)
        }
        // GitLab says of a job without `parallel` that it is one of one, and not which.
        return environment("CI_NODE_TOTAL") == "1" ? Partition(.slice, index: 1, count: 1) : nil
    }

    /// The part's items by their index, in order.
    public func indices(of items: [RunItem]) -> [Int] {
        switch kind {
        case .hash: items.indices.filter { Int(Self.hash(items[$0].name) % UInt64(count)) == index - 1 }
        case .slice where items.contains { $0.expected != nil }: balanced(items)
        case .slice: items.indices.filter { $0 % count == index - 1 }
        }
    }

    /// Longest first, each to the part that has least to do (Graham, 1969); what has no known time counts as the mean.
    private func balanced(_ items: [RunItem]) -> [Int] {
        let known = items.compactMap(\.expected)
        let mean = known.reduce(.zero, +) / max(known.count, 1)
        func time(_ index: Int) -> Duration { max(items[index].expected ?? mean, .microseconds(1)) }
        // Parts behind as many as there are items get none.
        var loads = [Duration](repeating: .zero, count: min(count, max(items.count, 1)))
        var mine: [Int] = []
        for item in items.indices.sorted(by: { (time($1), $0) < (time($0), $1) }) {
            let part = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            loads[part] += time(item)
            if part == index - 1 { mine.append(item) }
        }
        return mine.sorted()
    }

    /// FNV-1a of 64 bits: the same on every host, unlike Swift's own hashes.
    public static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension Partition: CustomStringConvertible {
    /// As `--partition` takes it.
    public var description: String { "\(kind.rawValue):\(index)/\(count)" }
}
