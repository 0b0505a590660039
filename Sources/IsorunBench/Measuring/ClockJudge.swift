internal import IsorunModel

/// Judges what runs told of their first instruction: a figure is for those of the stand-in only.
struct ClockJudge {
    /// Why what a run told is not believed.
    struct Doubt: Error {
        let text: String
    }

    private var told: Set<Int64> = []

    /// The instant of the first instruction of a run that went well.
    ///
    /// - Parameters:
    ///   - run: What was run.
    ///   - ownClock: Whether it is a machine with a clock of its own; then the instant at which its word came is taken.
    /// - Returns: Nanoseconds of CLOCK_MONOTONIC.
    /// - Throws: What gives away that it was no run of the stand-in, or that its clock stands still or is wrong.
    mutating func instant(of run: ProgramRun, ownClock: Bool = false) throws(Doubt) -> Int64 {
        guard let clock = run.clock, let mark = run.mark else {
            let said = run.output.isEmpty ? "it printed nothing" : "it printed something else: \(run.output.prefix(80))"
            throw Doubt(text: "no word of the stand-in: \(said)")
        }
        if ownClock, clock <= 0 { throw Doubt(text: "the machine's clock stands still at 0") }
        // A guest takes the rate of its clock from a short look at another, but is not wrong by as much as this.
        if ownClock, clock > 2 * (mark - run.begin) {
            let told = StartSeries.milliseconds(clock).text(decimals: 1)
            let went = StartSeries.milliseconds(mark - run.begin).text(decimals: 1)
            throw Doubt(text: "its clock is wrong: the machine told \(told) ms, of which \(went) ms had gone by")
        }
        guard told.insert(clock).inserted else {
            throw Doubt(text: "its clock stands still: two runs told the same instant")
        }
        let instant = ownClock ? mark : clock
        if instant < run.begin {
            throw Doubt(text: "its clock is wrong: the first instruction would lie before the start")
        }
        if run.end > 0, instant > run.end {
            throw Doubt(text: "its clock is wrong: the first instruction would lie after the end")
        }
        return instant
    }
}
