/// Runs classic BPF over `struct seccomp_data` as the kernel does: the filters' test bench, without a kernel.
struct BPFEmulator {
    struct Failure: Error { var text: String }

    private struct Instruction {
        var code: UInt16
        var jumpTrue: Int
        var jumpFalse: Int
        var constant: UInt32
    }
    private var instructions: [Instruction] = []

    init(_ program: [UInt8]) {
        func number(_ at: Int, _ length: Int) -> UInt32 {
            (0..<length).reduce(0) { $0 | UInt32(program[at + $1]) << (8 * $1) }
        }
        instructions = stride(from: 0, to: program.count, by: 8).map {
            Instruction(
                code: UInt16(number($0, 2)),
                jumpTrue: Int(program[$0 + 2]),
                jumpFalse: Int(program[$0 + 3]),
                constant: number($0 + 4, 4)
            )
        }
    }

    var count: Int { instructions.count }

    /// What the filter returns for a call: `SECCOMP_RET_*` with its data.
    func run(_ number: Int32, arch: UInt32, _ arguments: [UInt64]) throws -> UInt32 {
        var words = [UInt32(bitPattern: number), arch, 0, 0]
        for index in 0..<6 {
            let value = index < arguments.count ? arguments[index] : 0
            words.append(UInt32(truncatingIfNeeded: value))
            words.append(UInt32(value >> 32))
        }
        var accumulator: UInt32 = 0
        var scratch = [UInt32](repeating: 0, count: 16)
        var next = 0
        while next < instructions.count {
            let instruction = instructions[next]
            next += 1
            let constant = instruction.constant
            func jump(_ condition: Bool) { next += condition ? instruction.jumpTrue : instruction.jumpFalse }
            switch instruction.code {
            case 0x20: accumulator = words[Int(constant / 4)]  // ld [k]
            case 0x60: accumulator = scratch[Int(constant)]  // ld M[k]
            case 0x02: scratch[Int(constant)] = accumulator  // st M[k]
            case 0x54: accumulator &= constant  // and #k
            case 0x05: next += Int(constant)  // ja
            case 0x15: jump(accumulator == constant)
            case 0x25: jump(accumulator > constant)
            case 0x35: jump(accumulator >= constant)
            case 0x45: jump(accumulator & constant != 0)
            case 0x06: return constant
            default: throw Failure(text: "instruction \(next - 1) has code 0x\(String(instruction.code, radix: 16))")
            }
        }
        throw Failure(text: "the program ran off its end")
    }
}
