internal import CIsorunBench
internal import Glibc

/// The program that stands in for a job: one page without libraries that tells when its first instruction ran.
enum StandIn {
    /// How its line begins.
    static var mark: String { unsafe String(cString: isorun_bench_mark) }

    /// What it does after its line.
    enum Mode: String {
        /// It ends.
        case end = ""
        /// It waits for a signal.
        case wait = "wait"
        /// It restarts the machine that it is the init of.
        case machine = "machine"
        /// It powers the machine off that it is the init of.
        case powerOff = "poweroff"
    }

    /// The whole file, elf(5): a header, one segment, and the code.
    static var program: [UInt8] {
        var size = 0
        var entry = 0
        var machine: Int32 = 0
        let code = unsafe isorun_bench_standin(&size, &entry, &machine)
        let header = 64 + 56
        let base: UInt64 = 0x40_0000
        var file = ByteWriter()
        file.append([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9))
        file.half(2)
        file.half(UInt16(machine))
        file.word(1)
        file.long(base + UInt64(header + entry))
        file.long(64)
        file.long(0)
        file.word(0)
        for value: UInt16 in [64, 56, 1, 64, 0, 0] { file.half(value) }
        // PT_LOAD, readable and executable.
        file.word(1)
        file.word(5)
        for value in [0, base, base, UInt64(header + size), UInt64(header + size), 0x1_0000] { file.long(value) }
        if let code = unsafe code { unsafe file.append(Array(UnsafeRawBufferPointer(start: code, count: size))) }
        return file.bytes
    }
}

/// Numbers as a little-endian machine stores them.
private struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func append(_ more: [UInt8]) { bytes += more }
    mutating func half(_ value: UInt16) { write(UInt64(value), 2) }
    mutating func word(_ value: UInt32) { write(UInt64(value), 4) }
    mutating func long(_ value: UInt64) { write(value, 8) }

    private mutating func write(_ value: UInt64, _ count: Int) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }
}
