internal import CIsorunBench
internal import Glibc

extension ProgramRun {
    /// Reads what C noted.
    init(_ run: isorun_bench_run) {
        var run = run
        begin = run.begin
        firstByte = run.first_byte == 0 ? nil : run.first_byte
        mark = run.mark == 0 ? nil : run.mark
        end = run.end
        output = unsafe String(cString: isorun_bench_output(&run))
        errors = unsafe String(cString: isorun_bench_errors(&run))
        switch UInt32(run.ending) {
        case isorun_bench_timed_out.rawValue: ending = .timedOut
        case isorun_bench_interrupted.rawValue: ending = .interrupted
        case isorun_bench_not_started.rawValue: ending = .notStarted(run.error)
        default: ending = Self.ending(of: run.status)
        }
    }

    private static func ending(of status: Int32) -> Ending {
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signaled(signal)
    }
}
