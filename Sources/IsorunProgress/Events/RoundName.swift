/// The name of a result in a later round of a run: `name #2`.
///
/// A test may be called that itself, so what a name stands for is told by the names of the plan.
public struct RoundName: Hashable, Sendable {
    /// The name in the plan.
    public var base: String
    /// The round, from 1.
    public var round: Int

    /// Makes a name.
    public init(_ base: String, round: Int) {
        self.base = base
        self.round = round
    }

    /// Understands a result's name.
    public init(of name: String, in plan: Set<String>) {
        self.init(name, round: 1)
        guard !plan.contains(name), let mark = name.ranges(of: " #").last else { return }
        guard let round = Int(name[mark.upperBound...]), round > 1 else { return }
        let base = String(name[..<mark.lowerBound])
        if plan.contains(base) { self.init(base, round: round) }
    }

    /// The name that the result has.
    public var text: String { round == 1 ? base : "\(base) #\(round)" }
}
