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
        guard !plan.contains(name), let later = Self.later(name), plan.contains(later.base) else { return }
        self = later
    }

    /// What a name would be of, were it a later round's.
    private static func later(_ name: String) -> RoundName? {
        guard let mark = name.ranges(of: " #").last else { return nil }
        guard let round = Int(name[mark.upperBound...]), round > 1 else { return nil }
        return RoundName(String(name[..<mark.lowerBound]), round: round)
    }

    /// The name that the result has.
    public var text: String { round == 1 ? base : "\(base) #\(round)" }

    /// A name of the plan that is also that of another one's later round, with that one: their results could not be
    /// told apart.
    public static func collision(in names: [String], rounds: Int?) -> (name: String, other: String)? {
        guard rounds != 1 else { return nil }
        let plan = Set(names)
        for name in names {
            guard let later = later(name), plan.contains(later.base), later.round <= rounds ?? .max,
                later.text == name
            else { continue }
            return (name, later.base)
        }
        return nil
    }
}
