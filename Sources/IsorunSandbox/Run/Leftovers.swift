internal import IsorunSystem
internal import SystemPackage

/// The processes of a container that live on when its job has ended.
struct Leftovers {
    private(set) var count: UInt64 = 0
    /// Names as the kernel has them; the job chose them, so they are shown only escaped.
    private(set) var names: [String] = []
    private static let mostNamed = 16

    /// Looks at processes of the container, init left out.
    init(_ pids: [Int32], initPID: Int32) {
        for pid in pids where pid != initPID {
            guard let name = Self.name(of: pid) else { continue }
            count += 1
            if names.count < Self.mostNamed { names.append(name) }
        }
    }

    /// Nil for a process that is gone or a zombie.
    private static func name(of pid: Int32) -> String? {
        guard let bytes = try? SmallFile.read(FilePath("/proc/\(pid)/stat"), limit: 4096) else { return nil }
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")) else { return nil }
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")), close + 2 < bytes.count else { return nil }
        let state = bytes[close + 2]
        if state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") { return nil }
        return String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
    }
}
