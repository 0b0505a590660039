extension Duration {
    /// A time that a test's text tells; nil where nothing can take so long.
    ///
    /// Whoever writes the text may write anything: no number, an infinite one, or one that overflows.
    init?(told seconds: Double?) {
        guard let seconds, seconds.isFinite, 0...1e9 ~= seconds else { return nil }
        self = .nanoseconds(Int64(seconds * 1e9))
    }
}
