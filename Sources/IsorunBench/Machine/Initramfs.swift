/// An initramfs in the kernel's own format, `newc` of cpio, whose init is the stand-in.
///
/// Documentation/driver-api/early-userspace/buffer-format.rst. The kernel unpacks archives one after the other, so
/// this one can follow another: its files come on top.
enum Initramfs {
    /// The init's path.
    static let entry = "isorun-init"

    /// The archive, with a console for init to write to.
    static func archive(_ program: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        append("dev", mode: 0o040755, links: 2, to: &bytes)
        append("dev/console", mode: 0o020600, device: (5, 1), to: &bytes)
        append(entry, mode: 0o100755, contents: program, to: &bytes)
        append("TRAILER!!!", mode: 0, to: &bytes)
        while bytes.count % 512 != 0 { bytes.append(0) }
        return bytes
    }

    private static func append(
        _ name: String,
        mode: UInt32,
        links: UInt32 = 1,
        device: (major: UInt32, minor: UInt32) = (0, 0),
        contents: [UInt8] = [],
        to bytes: inout [UInt8]
    ) {
        let inode = UInt32(bytes.count + 1)
        let fields: [UInt32] = [
            inode, mode, 0, 0, links, 0, UInt32(contents.count), 0, 0, device.major, device.minor,
            UInt32(name.utf8.count + 1), 0,
        ]
        bytes += "070701".utf8
        for field in fields {
            let digits = String(field, radix: 16, uppercase: true)
            bytes += String(repeating: "0", count: 8 - digits.count).utf8
            bytes += digits.utf8
        }
        bytes += Array(name.utf8) + [0]
        while bytes.count % 4 != 0 { bytes.append(0) }
        bytes += contents
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}
