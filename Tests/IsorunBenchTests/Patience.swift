/// Runs what hangs with longer and longer limits, until it came as far as is asked: how long a program takes until it
/// hangs is the host's business.
///
/// - Returns: what the last one gave, and its limit.
func patiently<Found>(
    _ run: (Duration) throws -> Found,
    until cameFarEnough: (Found) -> Bool
) rethrows -> (Found, limit: Duration) {
    var limit = Duration.milliseconds(200)
    while true {
        let found = try run(limit)
        guard !cameFarEnough(found), limit < .seconds(40) else { return (found, limit) }
        limit *= 4
    }
}
