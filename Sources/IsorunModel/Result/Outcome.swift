/// How a job ended, from kernel evidence and from what isorun itself did.
public enum Outcome: String, Hashable, Sendable, CaseIterable, Codable {
    /// It exited with 0.
    case passed
    /// It exited with another code.
    case failed
    /// A signal ended it.
    case signaled
    /// A time limit ended it.
    case timedOut = "timed-out"
    /// The kernel killed a process of it because its own memory limit was reached.
    case outOfMemory = "out-of-memory"
    /// It wrote more than the output limit.
    case outputLimit = "output-limit"
    /// The filter caught a system call that no honest program makes.
    case seccompViolation = "seccomp-violation"
    /// isorun was told to stop.
    case cancelled
    /// The job interfered with isorun's own init.
    case tampered
    /// The container could not be made, or the command not executed: nothing of the job ran.
    case setupFailed = "setup-failed"
}

/// Which time limit ended a job.
public enum TimeLimit: String, Hashable, Sendable, Codable {
    /// The wall clock.
    case wall
    /// CPU time of the whole container.
    case cpu
}

/// A limit by the name it has in reports and in `--allow-unenforced`.
public enum Limit: String, Hashable, Sendable, CaseIterable, Codable {
    case memory, swap, cpu, cpuset, pids, disk, inodes, io, output, timeout, cpuTime, rlimit, seccomp

    /// As options spell it: `cpu-time`.
    public var optionName: String { OptionSpelling.kebab(rawValue) }
}

/// How options spell what suite files and reports write in one word.
public enum OptionSpelling {
    /// `cpuTime` as options spell it: `cpu-time`.
    public static func kebab(_ camel: String) -> String {
        camel.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
    }
}
