import IsorunModel
@testable import IsorunSecurity
import Testing

/// Arguments at the edges of every rule, each also with a bit of the upper half.
private let boundaries: [UInt64] = {
    let low: [UInt64] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 17, 36, 37, 38, 40, 0o100, 0o2000, 0o4000, 0o6777, 1023, 1024,
        0x5411, 0x5412, 0x5413, 0x541c, 0x541d, 0x2_0000, 0x2_0008, 0x4_0000, 0x6_0000, 0x40_0000, 0x200_0000,
        0x1000_0000, 0x7e02_0000, 0x8000_0000, 0xffff_ffff,
    ]
    return low + low.map { $0 | 1 << 32 } + [1 << 63, .max]
}()

private let foreign: [UInt32] = [0x4000_0003, 0xc000_00b7, 0x4000_0028, 0]

@Suite struct `Programs` {
    private static func grid(_ width: Int) -> [[UInt64]] {
        var grid: [[UInt64]] = [[], [UInt64](repeating: .max, count: 6)]
        for (index, value) in (0..<4).flatMap({ index in boundaries.map { (index, $0) } }) {
            var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]
            arguments[index] = value
            grid.append(arguments)
        }
        for (first, second) in [(0, 1), (0, 2), (1, 2), (2, 3)] {
            for left in boundaries.prefix(width) {
                for right in boundaries.prefix(width) {
                    var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]
                    (arguments[first], arguments[second]) = (left, right)
                    grid.append(arguments)
                }
            }
        }
        return grid
    }

    @Test(arguments: SeccompProfileName.filtering, [FilterOptions(), .everything])
    func `optimised and plain, mean what the profile means`(name: SeccompProfileName, options: FilterOptions) throws {
        let profile = try SeccompProfile.builtin(name, options)
        let reference = ReferenceEvaluator(profile)
        let optimized = BPFEmulator(try profile.compiled(optimized: true).program)
        let plain = BPFEmulator(try profile.compiled(optimized: false).program)
        let conditional = reference.conditionalNumbers
        #expect(conditional.count > 4)
        let wide = Self.grid(20)
        var mismatches: [String] = []
        for number in Int32(-1)...600 {
            for arguments in conditional.contains(number) ? wide : [[], [.max, .max, .max, .max, .max, .max]] {
                let expected = reference.action(number, arguments).returnValue
                let first = try optimized.run(number, arch: NativeABI.auditArch, arguments)
                let second = try plain.run(number, arch: NativeABI.auditArch, arguments)
                if first != expected || second != expected { mismatches.append("\(number) \(arguments)") }
            }
        }
        #expect(mismatches.isEmpty, "\(mismatches.count), the first: \(mismatches.prefix(5))")
    }

    @Test(arguments: SeccompProfileName.filtering, [true, false])
    func `are closed to every other ABI`(name: SeccompProfileName, optimized: Bool) throws {
        let filter = try SeccompProfile.builtin(name, .everything).compiled(optimized: optimized)
        let emulator = BPFEmulator(filter.program)
        let refusal = (name == .strict ? SeccompAction.notify : .errno(38)).returnValue
        for arch in foreign where arch != NativeABI.auditArch {
            for number in Int32(0)...600 { #expect(try emulator.run(number, arch: arch, []) == refusal) }
        }
        #if arch(x86_64)
        for number in Int32(0)...600 {
            #expect(try emulator.run(number | 0x4000_0000, arch: NativeABI.auditArch, []) == refusal)
        }
        #endif
    }

    @Test(arguments: [0, 1, 2, 3, 100, 1500])
    func `find each call in a table, however many there are`(count: Int32) throws {
        // No two neighbours have one answer, so each number is a run of its own.
        let answers = Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, SeccompAction.errno(UInt16($0 % 3))) })
        let table = CallTable(answers, otherwise: .notify, foreign: .errno(38))
        let emulator = BPFEmulator(table.program)
        for number in [Int32(-1)] + (0...(count + 10)) {
            let expected = answers[number] ?? .notify
            #expect(try emulator.run(number, arch: NativeABI.auditArch, []) == expected.returnValue, "\(number)")
        }
        #expect(try emulator.run(1, arch: foreign[2], []) == SeccompAction.errno(38).returnValue)
    }

    @Test func `have one comparison for all calls in a row that have one answer`() {
        let row = Dictionary(uniqueKeysWithValues: (Int32(10)..<300).map { ($0, SeccompAction.allow) })
        let emulator = BPFEmulator(CallTable(row, otherwise: .errno(1), foreign: .errno(38)).program)
        #expect(emulator.count <= 4 + 2 * 5)
    }

    @Test func `are chained by jumps to the end of each stage`() throws {
        // ld [0]; jeq #1, 0, 1; ret ALLOW; ret PASS_ON - twice, the second with another number.
        func stage(_ number: UInt8, otherwise: [UInt8]) -> [UInt8] {
            [0x20, 0, 0, 0, 0, 0, 0, 0] + [0x15, 0, 0, 1, number, 0, 0, 0] + [6, 0, 0, 0, 0, 0, 0xff, 0x7f] + otherwise
        }
        let passOn: [UInt8] = [6, 0, 0, 0, 0xf0, 0xff, 0xf0, 0x7f]
        let program = BPFProgram.chain([stage(1, otherwise: passOn), stage(2, otherwise: [6, 0, 0, 0, 38, 0, 5, 0])])
        let emulator = BPFEmulator(program)
        #expect(emulator.count == 8)
        #expect(try emulator.run(1, arch: 0, []) == SeccompAction.allow.returnValue)
        #expect(try emulator.run(2, arch: 0, []) == SeccompAction.allow.returnValue)
        #expect(try emulator.run(3, arch: 0, []) == SeccompAction.errno(38).returnValue)
    }
}
