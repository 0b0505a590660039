internal import Glibc
internal import IsorunSystem

/// What tells this process to end (``EndingSignals``), held back while a container is made and until its reports are
/// written.
///
/// A run reads what is held (``JobRunner``), so that a job is ended in good order whenever isorun is told to end.
/// What comes when it has ended waits: it would end isorun before the reports are there.
public struct Interruptions: ~Copyable {
    private var held: HeldSignals?

    /// Holds nothing back yet.
    public init() {}

    /// Holds them back from now on.
    public mutating func hold() {
        if held == nil { held = HeldSignals(EndingSignals.all) }
    }

    /// Lets them through again, what came meanwhile at once: call it before anything that can wait for somebody else.
    public mutating func release() {
        held = nil
    }
}
