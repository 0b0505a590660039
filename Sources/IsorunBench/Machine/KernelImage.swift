/// The kernel in a file that holds it compressed, behind code that unpacks it.
///
/// x86: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header": `payload_offset` and `payload_length`, from
/// protocol 2.08 on. arm64: Documentation/arch/arm64/booting.rst, and drivers/firmware/efi/libstub/zboot-header.S.
enum KernelImage {
    struct Problem: Error, Hashable {
        let text: String
    }

    /// What a monitor takes.
    enum Kind {
        /// An ELF file, as x86's vmlinux is.
        case vmlinux
        /// arm64's Image.
        case image

        static var native: Kind {
            #if arch(arm64)
            .image
            #else
            .vmlinux
            #endif
        }

        /// Whether it is one by the mark that it bears.
        func holds(_ file: [UInt8]) -> Bool {
            switch self {
            case .vmlinux: file.starts(with: [0x7f, 0x45, 0x4c, 0x46])
            case .image: file.dropFirst(0x38).starts(with: "ARM\u{64}".utf8)
            }
        }

        var name: String { self == .vmlinux ? "an ELF file" : "an Image" }
    }

    /// Compressed bytes in the file, and how many they are to become where that is told.
    private struct Payload {
        var bytes: ArraySlice<UInt8>
        var size: Int?
    }

    /// Unpacks it.
    ///
    /// - Parameters:
    ///   - file: All of the file.
    ///   - kind: What is wanted.
    ///   - limit: The most bytes that it may unpack to: more has no room in the machine.
    /// - Returns: The kernel; nil where the file is what is wanted as it is.
    /// - Throws: `Problem`, without the file's name.
    static func unpacked(
        _ file: [UInt8],
        _ kind: Kind = .native,
        limit: Int = VirtualMachines.memory
    ) throws(Problem) -> [UInt8]? {
        guard !kind.holds(file) else { return nil }
        let payload = try kind == .vmlinux ? bzImage(file) : compressedImage(file)
        if let size = payload.size, size > limit { throw tooLarge(limit) }
        let kernel = try Decompression.bytes(of: payload.bytes, limit: payload.size ?? limit)
        if let size = payload.size, kernel.count != size {
            throw Problem(text: "its kernel unpacks to \(kernel.count) bytes, and not to the \(size) that it tells")
        }
        guard kind.holds(kernel) else { throw Problem(text: "what it unpacks to is not \(kind.name)") }
        return kernel
    }

    static func tooLarge(_ limit: Int) -> Problem { Problem(text: "its kernel unpacks to more than \(limit) bytes") }

    private static func bzImage(_ file: [UInt8]) throws(Problem) -> Payload {
        guard file.count >= 0x250, file[0x1fe...].starts(with: [0x55, 0xaa]),
            file[0x202...].starts(with: "HdrS".utf8)
        else { throw Problem(text: "it is neither a bzImage nor a vmlinux") }
        let version = number(file, at: 0x206, bytes: 2)
        guard version >= 0x0208 else {
            throw Problem(text: "its boot protocol is older than 2.08, and does not tell where the kernel is")
        }
        // 0 means 4, for compatibility; one more is the boot sector.
        let sectors = (file[0x1f1] == 0 ? 4 : Int(file[0x1f1])) + 1
        let start = sectors * 512 + number(file, at: 0x248, bytes: 4)
        let payload = try part(of: file, from: start, count: number(file, at: 0x24c, bytes: 4))
        guard payload.count > 4 else { throw Problem(text: "it holds no kernel") }
        // The kernel's build appends the size that it unpacks to, in gzip's own trailer it is anyway.
        let size = number(file, at: payload.endIndex - 4, bytes: 4)
        let isGzip = payload.starts(with: [0x1f, 0x8b])
        return Payload(bytes: isGzip ? payload : payload.dropLast(4), size: size)
    }

    /// An image that EFI starts and that unpacks itself, or a gzip file, which the boot loader unpacks.
    private static func compressedImage(_ file: [UInt8]) throws(Problem) -> Payload {
        if file.starts(with: [0x1f, 0x8b]) { return Payload(bytes: file[...]) }
        guard file.count >= 64, file[4...].starts(with: "zimg".utf8) else {
            throw Problem(text: "it is neither an Image nor a compressed one")
        }
        return try Payload(
            bytes: part(of: file, from: number(file, at: 8, bytes: 4), count: number(file, at: 12, bytes: 4))
        )
    }

    private static func part(of file: [UInt8], from start: Int, count: Int) throws(Problem) -> ArraySlice<UInt8> {
        guard start + count <= file.count else {
            throw Problem(text: "its kernel lies beyond its end: it is cut short")
        }
        return file[start..<start + count]
    }

    /// A number as a little-endian machine stores it.
    private static func number(_ file: [UInt8], at place: Int, bytes: Int) -> Int {
        file[place..<place + bytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
