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

    /// `struct sock_filter` without jump offsets, in the machine's byte order.
    private static func instruction(code: UInt16, constant: UInt32) -> [UInt8] {
        let code = unsafe withUnsafeBytes(of: code) { unsafe Array($0) }
        let constant = unsafe withUnsafeBytes(of: constant) { unsafe Array($0) }
        return code + [0, 0] + constant
    }

    private static let returnPassOn = instruction(code: 0x06, constant: passOn.returnValue)
}
