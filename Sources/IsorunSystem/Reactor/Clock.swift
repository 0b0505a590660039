internal import CIsorunSystem

/// The clocks that isorun's figures come from.
public enum Clock {
    /// CLOCK_MONOTONIC in nanoseconds: what durations are measured with.
    public static var now: UInt64 { isorun_monotonic_ns() }
    /// CLOCK_REALTIME in microseconds since 1970: what a report is dated with.
    public static var wallMicroseconds: Int64 { isorun_wall_clock_us() }
}
