/// Classic BPF as bytes, and the one thing libseccomp cannot do with it: chain programs.
package enum BPFProgram {
    /// `BPF_MAXINSNS` instructions of 8 bytes.
    package static let maximumBytes = 4096 * 8

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
            let count = stage.count / 8
            for index in 0..<count {
                let bytes = stage[(index * 8)..<(index * 8 + 8)]
                if bytes.elementsEqual(returnPassOn) {
                    program += instruction(code: 0x05, constant: UInt32(count - index - 1))
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
        var program = instruction(code: load, constant: 0)
        for (index, number) in numbers.enumerated() {
            let isLast = index == numbers.count - 1
            program += instruction(
                code: jumpIfEqual,
                ifTrue: UInt8(numbers.count - 1 - index),
                ifFalse: isLast ? 5 : 0,
                constant: UInt32(bitPattern: number)
            )
        }
        // `args[5]` of `struct seccomp_data`: its low half, then its high one, on a little-endian machine.
        program += instruction(code: load, constant: 56)
        program += instruction(code: jumpIfEqual, ifFalse: 3, constant: UInt32(truncatingIfNeeded: key))
        program += instruction(code: load, constant: 60)
        program += instruction(code: jumpIfEqual, ifFalse: 1, constant: UInt32(key >> 32))
        return program + instruction(code: returnConstant, constant: SeccompAction.allow.returnValue)
    }

    // BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K: <linux/bpf_common.h>.
    private static let load: UInt16 = 0x20
    private static let jumpIfEqual: UInt16 = 0x15
    private static let returnConstant: UInt16 = 0x06

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

    private static let returnPassOn = instruction(code: 0x06, constant: passOn.returnValue)
}
