internal import IsorunModel
internal import IsorunSystem

/// How long each try may take of the command that asks whether a service is ready.
///
/// One that hangs is ended and asked again; one that is merely slow has longer the next time.
struct ReadinessTries {
    /// Nanoseconds that the next one has.
    private(set) var limit: UInt64

    private static let (least, most): (UInt64, UInt64) = (1_000_000_000, 5_000_000_000)

    /// - Parameter patience: what all of them have together.
    init(within patience: Duration) {
        limit = min(max(patience.nanoseconds / 4, Self.least), Self.most)
    }

    /// When a try is ended; nil where there would be no time for a longer one, and it has all that is left.
    func end(of begin: UInt64, before deadline: UInt64) -> UInt64? {
        let end = begin + limit
        return end + 2 * limit <= deadline ? end : nil
    }

    /// One was ended.
    mutating func lengthen() { limit *= 2 }
}
