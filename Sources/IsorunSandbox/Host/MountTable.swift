internal import IsorunModel
internal import SystemPackage

/// `/proc/self/mountinfo`, as proc_pid_mountinfo(5) describes it; linear in its length, as hosts with 10,000 mounts need.
enum MountTable {
    static func parse(_ bytes: [UInt8]) -> [HostMount] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { mount($0) }
    }

    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    private static func mount(_ line: ArraySlice<UInt8>) -> HostMount? {
        let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard fields.count >= 10, let dash = fields.dropFirst(6).firstIndex(where: { $0.elementsEqual("-".utf8) })
        else {
            return nil
        }
        guard dash + 3 < fields.endIndex else { return nil }
        return HostMount(
            mountPoint: path(fields[4]),
            root: path(fields[3]),
            type: String(decoding: fields[dash + 1], as: UTF8.self),
            device: String(decoding: fields[2], as: UTF8.self),
            superOptions: String(decoding: fields[dash + 3], as: UTF8.self)
        )
    }

    // Space, tab, newline and backslash stand as three octal digits.
    private static func path(_ field: ArraySlice<UInt8>) -> FilePath {
        let backslash = UInt8(ascii: "\\")
        guard field.contains(backslash) else { return FilePath(Array(field)) }
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            if byte == backslash, rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return FilePath(bytes)
    }
}
