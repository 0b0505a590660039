import Glibc
import IsorunModel
import IsorunReporting
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunImageStore
@testable import IsorunImages

@Suite(.asRoot) struct `A hostile image` {
    /// One entry behind a harmless one.
    private func tar(_ fill: (inout Tarball) -> Void) -> [Tarball] {
        var tar = Tarball()
        tar.add("harmless", "h")
        fill(&tar)
        return [tar]
    }

    private func refused(_ layers: [Tarball], _ part: String, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        let scratch = try ScratchStore()
        let error = #expect(throws: ImageError.self, sourceLocation: sourceLocation) { try scratch.add(layers) }
        let text = error?.description ?? ""
        #expect(text.contains(part), "\(text)", sourceLocation: sourceLocation)
        #expect(scratch.isTidy, sourceLocation: sourceLocation)
        #expect(scratch.layerCount == 0, sourceLocation: sourceLocation)
        #expect(scratch.count == 0, sourceLocation: sourceLocation)
    }

    @Test
    func `with an entry that leads out is refused, and the entry named`() throws {
        try refused(tar { $0.add("a/../../escaped", "x") }, "'a/../../escaped': its path leads through '..'")
        try refused(tar { $0.add("..", type: "5") }, "its path leads through")
        try refused(tar { $0.add("ln", type: "1", target: "../../etc/passwd") }, "'ln': its path leads through '..'")
        try refused(tar { $0.add("ln", type: "1", target: "/etc/passwd") }, "'etc/passwd', which is not there")
        try refused(tar { $0.add("dir/.wh...") }, "it is a whiteout of '..'")
        try refused(tar { $0.add("dir/.wh..") }, "it is a whiteout of '.'")
        try refused(tar { $0.add("dir/.wh.") }, "it is a whiteout of ''")
        try refused(tar { $0.add(".", "file") }, "it takes the place of the root")
    }

    @Test
    func `with links that lead in circles is refused`() throws {
        try refused(
            tar {
                $0.add("a", type: "2", target: "b")
                $0.add("b", type: "2", target: "a")
                $0.add("a/file", "x")
            },
            "'a/file': too many links lead to it"
        )
    }

    @Test
    func `that writes through a link writes into itself`() throws {
        let scratch = try ScratchStore()
        let outside = scratch.path.appending("outside")
        let id = try scratch.add(
            tar {
                $0.add("out", type: "2", target: "../../../../../../../..\(scratch.path)")
                $0.add("out/outside", "x")
            }
        )
        #expect(unsafe outside.withPlatformString { unsafe access($0, F_OK) } != 0)
        let inside = String(outside.string.dropFirst())
        #expect(try scratch.layer(0, of: id).status(inside)?.kind == .file)
    }

    @Test
    func `that speaks overlay's own language is refused`() throws {
        try refused(tar { $0.add("gone", type: "3", device: (0, 0)) }, "overlay's mark for what is gone")
        try refused(
            tar { $0.add("d", "x", attributes: [("trusted.overlay.redirect", "/etc")]) },
            "an attribute of overlay's own"
        )
    }

    @Test
    func `whose layer is no archive is refused`() throws {
        let scratch = try ScratchStore()
        for bytes in [Array("this is no archive at all".utf8), [UInt8](repeating: 0x41, count: 5000)] {
            #expect(throws: ImageError.self) { try scratch.add([bytes]) }
        }
        var cut = Tarball()
        cut.add("file", String(repeating: "x", count: 5000))
        #expect(throws: ImageError.self) { try scratch.add([Array(cut.bytes.dropLast(2000))]) }
        #expect(scratch.isTidy)
        #expect(scratch.layerCount == 0)
    }

    @Test
    func `whose layer is not the one that its configuration names is refused`() throws {
        let scratch = try ScratchStore()
        let other = ContentHash.digest(of: "another".utf8)
        let error = #expect(throws: ImageError.self) {
            try scratch.add([Tarball().closed], diffs: [other])
        }
        #expect(error?.message.contains("the configuration says \(other)") == true)
        #expect(scratch.layerCount == 0)
    }

    @Test
    func `that unpacks to more than is allowed is refused before it fills the disk`() throws {
        let scratch = try ScratchStore()
        var options = UnpackOptions()
        options.mostBytes = 100_000
        var tar = Tarball()
        tar.add("zeros", String(repeating: "\u{0}", count: 200_000))
        let error = #expect(throws: ImageError.self) { try scratch.add([tar.closed], options: options) }
        #expect(error?.description.contains("--max-size") == true)
        #expect(scratch.isTidy)
    }

    @Test
    func `whose blob is another than was announced is refused as soon as that is known`() throws {
        let scratch = try ScratchStore()
        let right = Array("right".utf8)
        let digest = ContentHash.digest(of: right)
        func write(_ bytes: [UInt8], size: UInt64) throws(ImageError) {
            let descriptor = Descriptor(mediaType: MediaType.layer, digest: digest, size: size)
            guard var writer = try scratch.store.beginBlob(descriptor) else { return }
            try writer.write(bytes)
            _ = try writer.finish()
        }
        #expect(throws: ImageError.self) { try write(Array("wrong".utf8), size: 5) }
        #expect(throws: ImageError.self) { try write(right + right, size: 5) }
        #expect(throws: ImageError.self) { try write(right, size: 6) }
        #expect(scratch.isTidy)
        try write(right, size: 5)
        #expect(try scratch.store.hasBlob(Descriptor(mediaType: "", digest: digest, size: 5)))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"schemaVersion":1}"#, #"{"schemaVersion":2,"config":{},"layers":[]}"#,
        String(repeating: "[", count: 100_000),
        #"{"schemaVersion":2,"config":{"mediaType":"x","digest":"md5:1","size":1},"layers":[]}"#,
    ])
    func `whose manifest is none is refused`(text: String) {
        #expect(throws: ImageError.self) { try Manifest(parsing: Array(text.utf8), named: "x") }
    }

    @Test
    func `whose manifest is larger than any is refused`() {
        let bytes = [UInt8](repeating: UInt8(ascii: " "), count: Manifest.mostBytes + 1)
        #expect(throws: ImageError.self) { try Manifest(parsing: bytes, named: "x") }
    }
}
