internal import Synchronization

/// Whether somebody who has made ready may go on: another thread says so, once.
public final class Turn: Sendable {
    private let word = Mailbox<Bool>()
    private let heard = Atomic(false)

    /// Makes one that nobody has spoken of yet.
    public init() {}

    /// One that has come.
    public static func come() -> Turn {
        let turn = Turn()
        turn.come()
        return turn
    }

    /// It has come: who waits for it goes on.
    public func come() { word.put(true) }

    /// It will not come: who waits for it goes away.
    public func fail() { word.put(false) }

    /// Waits for the word, and takes it: whether to go on.
    public func wait() -> Bool {
        defer { heard.store(true, ordering: .relaxed) }
        return word.take() ?? false
    }

    /// Whether the word was taken.
    public var isOver: Bool { heard.load(ordering: .relaxed) }
}
