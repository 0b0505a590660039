import IsorunReporting
import Testing

@testable import IsorunBench

@Suite struct `The kernel in a bzImage` {
    private let kernel = PackedKernel.kernel

    @Test(arguments: PackedKernel.Filter.allCases)
    func `is unpacked, however it is compressed`(filter: PackedKernel.Filter) throws {
        let file = try PackedKernel.bzImage(PackedKernel.payload(kernel, filter))
        #expect(try KernelImage.unpacked(file, .vmlinux) == kernel)
    }

    @Test func `is unpacked from lz4's older format, behind four sectors where it tells none`() throws {
        let payload = PackedKernel.legacyLZ4(kernel) + PackedKernel.word(UInt32(kernel.count))
        #expect(try KernelImage.unpacked(PackedKernel.bzImage(payload, sectors: 0), .vmlinux) == kernel)
    }

    @Test func `is left alone in a file that is a vmlinux`() throws {
        #expect(try KernelImage.unpacked(kernel, .vmlinux) == nil)
    }

    @Test(.enabled(if: MachineImage.kernel() != nil, "no kernel in /boot, nor in the cache of Harness/VM"))
    func `is unpacked from the one that the bench finds`() throws {
        let path = try #require(MachineImage.kernel())
        let file = try RegularFile.read(path, limit: VirtualMachines.memory, followLinks: true)
        let kernel = try #require(try KernelImage.unpacked(file))
        #expect(kernel.count > file.count)
        // It is no file of a kernel where it is cut short.
        for count in [1, 100, 0x24f, file.count / 2] {
            #expect(throws: KernelImage.Problem.self) { try KernelImage.unpacked(Array(file.prefix(count))) }
        }
    }

    /// A file that is wrong, and what is said of it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var file: @Sendable () throws -> [UInt8]
        var word: String
    }

    private static func gzip(_ contents: [UInt8] = PackedKernel.kernel, size: UInt32? = nil) throws -> [UInt8] {
        try PackedKernel.payload(contents, .gzip, size: size)
    }

    static let wrong = [
        Wrong(testDescription: "nothing", file: { [] }, word: "neither a bzImage nor a vmlinux"),
        Wrong(
            testDescription: "zeros",
            file: { [UInt8](repeating: 0, count: 4096) },
            word: "neither a bzImage nor a vmlinux"
        ),
        Wrong(
            testDescription: "a header that is cut short",
            file: { try Array(PackedKernel.bzImage(gzip()).prefix(0x24f)) },
            word: "neither a bzImage nor a vmlinux"
        ),
        Wrong(
            testDescription: "an old protocol",
            file: { try PackedKernel.bzImage(gzip(), version: 0x0207) },
            word: "boot protocol is older than 2.08"
        ),
        Wrong(
            testDescription: "an offset beyond all",
            file: { try PackedKernel.bzImage(gzip(), offset: .max) },
            word: "it is cut short"
        ),
        Wrong(
            testDescription: "a length beyond all",
            file: { try PackedKernel.bzImage(gzip(), length: .max) },
            word: "it is cut short"
        ),
        Wrong(
            testDescription: "a kernel that is cut short",
            file: { try PackedKernel.bzImage(gzip()).dropLast(4000) },
            word: "it is cut short"
        ),
        Wrong(testDescription: "no kernel", file: { PackedKernel.bzImage([]) }, word: "it holds no kernel"),
        Wrong(
            testDescription: "LZO, of which libarchive would ask another program",
            file: { PackedKernel.bzImage([0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a] + PackedKernel.word(9)) },
            word: "in a way that libarchive does not know"
        ),
        Wrong(
            testDescription: "what is no kernel",
            file: { try PackedKernel.bzImage(gzip(Array("no kernel".utf8))) },
            word: "what it unpacks to is not an ELF file"
        ),
        Wrong(
            testDescription: "a size that is more than the machine's memory",
            file: { try PackedKernel.bzImage(gzip(size: .max)) },
            word: "unpacks to more than 268435456 bytes"
        ),
        Wrong(
            testDescription: "more than it tells",
            file: { try PackedKernel.bzImage(PackedKernel.payload(PackedKernel.kernel, .zstd, size: 100)) },
            word: "unpacks to more than 100 bytes"
        ),
        Wrong(
            testDescription: "less than it tells",
            file: { try PackedKernel.bzImage(PackedKernel.payload(PackedKernel.kernel, .zstd, size: 9000)) },
            word: "unpacks to 8004 bytes, and not to the 9000 that it tells"
        ),
    ]

    @Test(arguments: wrong) func `is refused in a file that is wrong`(_ wrong: Wrong) throws {
        let file = try wrong.file()
        let problem = #expect(throws: KernelImage.Problem.self) { try KernelImage.unpacked(file, .vmlinux) }
        #expect(problem?.text.contains(wrong.word) == true, "\(problem?.text ?? "")")
    }

    @Test(arguments: PackedKernel.Filter.allCases)
    func `is never half of it where its stream ends early`(filter: PackedKernel.Filter) throws {
        let whole = try PackedKernel.packed(kernel, filter)
        for count in stride(from: 1, to: whole.count - 16, by: 211) {
            let payload = Array(whole.prefix(count)) + PackedKernel.word(UInt32(kernel.count))
            #expect(throws: KernelImage.Problem.self) {
                try KernelImage.unpacked(PackedKernel.bzImage(payload), .vmlinux)
            }
        }
    }

    @Test(arguments: PackedKernel.Filter.allCases)
    func `is itself or refused, whatever byte of its file is wrong`(filter: PackedKernel.Filter) throws {
        let file = try PackedKernel.bzImage(PackedKernel.payload(kernel, filter))
        for place in Array(stride(from: 0x1f0, to: 0x250, by: 1)) + stride(from: 0x250, to: file.count, by: 131) {
            var broken = file
            broken[place] ^= 0x5a
            // Not every kind of stream has a checksum.
            let found = try? KernelImage.unpacked(broken, .vmlinux)
            #expect(found == nil || found?.count == kernel.count)
        }
    }

    @Test func `takes no more memory than it tells, of however much there is`() throws {
        let zeros = try PackedKernel.packed(kernel + [UInt8](repeating: 0, count: 64 << 20), .gzip)
        #expect(zeros.count < 1 << 20)
        let packed = zeros.dropLast(4) + PackedKernel.word(UInt32(kernel.count))
        let problem = #expect(throws: KernelImage.Problem.self) {
            try KernelImage.unpacked(PackedKernel.bzImage(Array(packed)), .vmlinux)
        }
        #expect(problem == KernelImage.tooLarge(kernel.count))
        #expect(throws: KernelImage.tooLarge(1 << 20)) { try Decompression.bytes(of: zeros[...], limit: 1 << 20) }
    }
}

@Suite struct `The kernel in a file of arm64` {
    private let kernel = [UInt8](repeating: 0, count: 0x38) + Array("ARMd".utf8) + [UInt8](repeating: 7, count: 900)

    @Test func `is left alone in an Image`() throws {
        #expect(try KernelImage.unpacked(kernel, .image) == nil)
    }

    @Test func `is unpacked from gzip`() throws {
        #expect(try KernelImage.unpacked(PackedKernel.packed(kernel, .gzip), .image) == kernel)
    }

    @Test func `is unpacked from what EFI starts`() throws {
        let packed = try PackedKernel.packed(kernel, .zstd)
        let header = Array("MZ\0\0zimg".utf8) + PackedKernel.word(64) + PackedKernel.word(UInt32(packed.count))
        let file = header + [UInt8](repeating: 0, count: 48) + packed + Array("stub".utf8)
        #expect(try KernelImage.unpacked(file, .image) == kernel)
        #expect(throws: KernelImage.Problem.self) { try KernelImage.unpacked(Array(file.dropLast(9)), .image) }
    }

    @Test func `is refused where it is another's`() throws {
        for file in [[], PackedKernel.kernel, try PackedKernel.packed(PackedKernel.kernel, .gzip)] {
            #expect(throws: KernelImage.Problem.self) { try KernelImage.unpacked(file, .image) }
        }
    }
}
