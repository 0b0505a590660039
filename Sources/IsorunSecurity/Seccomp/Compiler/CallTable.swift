/// The calls that are decided by their number alone, as a program: a binary search over runs of numbers that have one
/// answer.
///
/// libseccomp compares each number, which makes a filter three times as long. Every process that gets a filter pays for
/// its length: the kernel translates it anew, and runs it once for each number to build its bitmap of constant actions
/// (5.11).
struct CallTable {
    /// Numbers from here to the next run's first one.
    private struct Run {
        var first: UInt32
        var answer: SeccompAction
    }
    /// By number, the first one's is 0.
    private var runs: [Run]
    private let foreign: SeccompAction

    /// Makes a table of the native ABI's calls.
    ///
    /// - Parameters:
    ///   - answers: what happens to calls, by number.
    ///   - otherwise: what happens to all others.
    ///   - foreign: what happens to calls of another ABI.
    init(_ answers: [Int32: SeccompAction], otherwise: SeccompAction, foreign: SeccompAction) {
        self.foreign = foreign
        runs = [Run(first: 0, answer: otherwise)]
        for (number, answer) in answers.sorted(by: { $0.key < $1.key }) where number >= 0 {
            begin(UInt32(number), answer)
            begin(UInt32(number) + 1, otherwise)
        }
        #if arch(x86_64)
        begin(UInt32(bitPattern: SyscallNumber.x32Bit), foreign)
        // -1 is no call of x32, but what a tracer writes to skip one.
        begin(.max, otherwise)
        #endif
    }

    /// `struct sock_filter` after `struct sock_filter`.
    var program: [UInt8] {
        BPFProgram.load(.architecture)
            + BPFProgram.jump(.equal, NativeABI.auditArch, ifTrue: 1)
            + BPFProgram.answer(foreign)
            + BPFProgram.load(.number)
            + search(runs[...])
    }

    private mutating func begin(_ first: UInt32, _ answer: SeccompAction) {
        if runs.last?.first == first { runs.removeLast() }
        if runs.last?.answer != answer { runs.append(Run(first: first, answer: answer)) }
    }

    private func search(_ runs: ArraySlice<Run>) -> [UInt8] {
        guard runs.count > 1 else { return BPFProgram.answer(runs[runs.startIndex].answer) }
        let middle = runs.startIndex + runs.count / 2
        let lower = search(runs[..<middle])
        let past = lower.count / BPFProgram.instructionBytes
        // A conditional jump reaches 255 instructions far, `ja` any number.
        let reach =
            past <= UInt8.max
            ? BPFProgram.jump(.greaterOrEqual, runs[middle].first, ifTrue: UInt8(past))
            : BPFProgram.jump(.greaterOrEqual, runs[middle].first, ifFalse: 1) + BPFProgram.jump(past)
        return reach + lower + search(runs[middle...])
    }
}
