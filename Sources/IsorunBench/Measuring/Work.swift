internal import CIsorunBench
internal import Glibc

/// Work that is timed inside and outside of a container, by the process that does it.
public enum Work: String, CaseIterable, Sendable {
    /// Arithmetic, which no container should be able to slow.
    case cpu
    /// `getppid`, over and over: what a filter costs each system call.
    case syscalls
    /// Making a file, writing to it, removing it.
    case files
    /// Opening a small file and reading from it.
    case reads
    /// fork, exit and wait.
    case fork
    /// Compiling C files, one after the other.
    case build

    var title: String {
        switch self {
        case .cpu: "CPU loop, a round"
        case .syscalls: "system call loop, a getppid"
        case .files: "file creation: make, write 40 bytes, remove"
        case .reads: "small read: open, read 64 bytes, close"
        case .fork: "fork, exit, wait"
        case .build: "a build: cc -O1 of 12 files"
        }
    }

    var rounds: Int64 {
        switch self {
        case .cpu: 5_000_000
        case .syscalls: 300_000
        case .files: 5000
        case .reads: 20_000
        case .fork: 500
        case .build: 1
        }
    }

    /// The unit of a round: what it is called, and its nanoseconds.
    var unit: (name: String, nanoseconds: Double) {
        switch self {
        case .cpu, .syscalls: ("ns", 1)
        case .files, .reads, .fork: ("µs", 1e3)
        case .build: ("ms", 1e6)
        }
    }

    /// Does it and prints the nanoseconds of all rounds as the stand-in prints its clock: the exit code.
    ///
    /// - Parameters:
    ///   - count: Rounds.
    ///   - directory: Where files are made.
    /// - Returns: 0, or 1 after a message.
    public func run(_ count: Int64, in directory: String) -> Int32 {
        let result =
            switch self {
            case .cpu: isorun_bench_work_cpu(count)
            case .syscalls: isorun_bench_work_syscalls(count)
            case .files: unsafe isorun_bench_work_files(count, directory)
            case .reads: unsafe isorun_bench_work_reads(count, "/etc/os-release")
            case .fork: isorun_bench_work_forks(count)
            case .build: Self.build(in: directory)
            }
        guard result >= 0 else {
            let answer = unsafe String(cString: strerror(Int32(-result)))
            Self.print("\(rawValue): \(answer)\n", to: STDERR_FILENO)
            return 1
        }
        let digits = String(result, radix: 16)
        Self.print(StandIn.mark + String(repeating: "0", count: 16 - digits.count) + digits + "\n", to: STDOUT_FILENO)
        return 0
    }

    /// A shell that writes the sources first, which is not timed.
    private static func build(in directory: String) -> Int64 {
        let place = "\(directory)/isorun-bench-build-\(getpid())"
        let prepare = """
            set -e; mkdir "$1"; cd "$1"
            for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
              printf '#include <stdio.h>\\n#include <stdlib.h>\\n#include <string.h>\\nint f%s(int n) { int s = 0; for (int i = 0; i < n; i++) s += i * %s; printf("%%d", s); return s; }\\n' $i $i > $i.c
            done
            """
        guard shell(prepare, place) == 0 else { return -Int64(EIO) }
        let begin = isorun_bench_now()
        let status = shell("cd \"$1\" && for i in *.c; do cc -O1 -c $i || exit 1; done", place)
        let end = isorun_bench_now()
        _ = shell("rm -r \"$1\"", place)
        return status == 0 ? end - begin : -Int64(ENOEXEC)
    }

    private static func shell(_ script: String, _ argument: String) -> Int32 {
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
        let runner = Runner(environment: ["PATH=\(path)", "TMPDIR=/tmp"], directory: "/")
        let run = runner.run(["/bin/sh", "-c", script, "sh", argument], within: .seconds(300))
        guard let problem = run.problem(after: .seconds(300)) else { return 0 }
        print("build: \(problem)\n", to: STDERR_FILENO)
        return 1
    }

    private static func print(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe write(descriptor, bytes.baseAddress, bytes.count) }
    }
}
