/// Classic BPF as bytes, and what libseccomp cannot do with it: chain programs.
package enum BPFProgram {
    /// `BPF_MAXINSNS` instructions of 8 bytes.
    package static let maximumBytes = 4096 * instructionBytes
    /// `sizeof(struct sock_filter)`.
    static let instructionBytes = 8

    /// What a stage returns for "not mine": an action that no profile can produce.
    static let passOn = SeccompAction.trace(0xfff0)

    /// Chains stages: where one returns ``passOn``, the program goes on with the next.
    ///
    /// `ret PASS_ON` is replaced by `ja END_OF_STAGE`, one instruction for one, so that no other offset changes.
    /// Every stage begins by loading what it compares, so it needs nothing of the one before. The kernel's constant
    /// action bitmap (5.11) follows `ja`.
    static func chain(_ stages: [[UInt8]]) -> [UInt8] {
        var program: [UInt8] = []
        program.reserveCapacity(stages.reduce(0) { $0 + $1.count })
        for stage in stages {
            let count = stage.count / instructionBytes
            for index in 0..<count {
                let bytes = stage[(index * instructionBytes)..<((index + 1) * instructionBytes)]
                if bytes.elementsEqual(returnPassOn) {
                    program += jump(count - index - 1)
                } else {
                    program += bytes
                }
            }
        }
        return program
    }

    /// A stage that allows these calls where their sixth argument is a key, which none of them has by its own, and
    /// leaves all else to the next stage.
    ///
    /// It looks at the argument of these calls only: for others the kernel's constant action bitmap (5.11) still holds.
    static func permit(_ numbers: [Int32], key: UInt64) -> [UInt8] {
        var program = load(.number)
        for (index, number) in numbers.enumerated() {
            let isLast = index == numbers.count - 1
            program += jump(
                .equal,
                UInt32(bitPattern: number),
                ifTrue: UInt8(numbers.count - 1 - index),
                ifFalse: isLast ? 5 : 0
            )
        }
        program += load(.lastArgument)
        program += jump(.equal, UInt32(truncatingIfNeeded: key), ifFalse: 3)
        program += load(.lastArgumentHigh)
        program += jump(.equal, UInt32(key >> 32), ifFalse: 1)
        return program + answer(.allow)
    }

    /// Offsets in `struct seccomp_data` on a little-endian machine.
    enum Field: UInt32 {
        case number = 0
        case architecture = 4
        case lastArgument = 56
        case lastArgumentHigh = 60
    }

    /// `BPF_JMP | BPF_J* | BPF_K` of `<linux/bpf_common.h>`.
    enum Comparison: UInt16 {
        case equal = 0x15
        case greaterOrEqual = 0x35
    }

    /// Loads what the next comparisons are about: `BPF_LD | BPF_W | BPF_ABS`.
    static func load(_ field: Field) -> [UInt8] { instruction(code: 0x20, constant: field.rawValue) }

    /// Passes over so many instructions, depending on a comparison.
    static func jump(
        _ comparison: Comparison,
        _ constant: UInt32,
        ifTrue: UInt8 = 0,
        ifFalse: UInt8 = 0
    ) -> [UInt8] {
        instruction(code: comparison.rawValue, ifTrue: ifTrue, ifFalse: ifFalse, constant: constant)
    }

    /// Passes over so many instructions: `BPF_JMP | BPF_JA`.
    static func jump(_ count: Int) -> [UInt8] { instruction(code: 0x05, constant: UInt32(count)) }

    /// Ends the program: `BPF_RET | BPF_K`.
    static func answer(_ action: SeccompAction) -> [UInt8] { instruction(code: 0x06, constant: action.returnValue) }

    /// `struct sock_filter`, in the machine's byte order.
    private static func instruction(
        code: UInt16,
        ifTrue: UInt8 = 0,
        ifFalse: UInt8 = 0,
        constant: UInt32
    ) -> [UInt8] {
        let code = unsafe withUnsafeBytes(of: code) { unsafe Array($0) }
        let constant = unsafe withUnsafeBytes(of: constant) { unsafe Array($0) }
        return code + [ifTrue, ifFalse] + constant
    }

    private static let returnPassOn = answer(passOn)
}
