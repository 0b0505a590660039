import Glibc
import IsorunReporting
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunImageStore
@testable import IsorunImages

private struct Unexpected: Error {}

@Suite(.asRoot) struct `A store of images` {
    private func image(_ word: String) -> [Tarball] {
        var tar = Tarball()
        tar.add(word, word)
        return [tar]
    }

    @Test
    func `finds an image by its name, its digest, its id and the beginning of that`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.add(image("a"), name: "127.0.0.1:5000/team/app:1")
        try scratch.add(image("b"), name: "other")
        for reference in ["127.0.0.1:5000/team/app:1", "\(id)", id.hex, id.short] {
            #expect(try scratch.hold(reference)?.record.id == id)
        }
        #expect(try scratch.hold("app:1") == nil)
        #expect(try scratch.hold("other", "arm64") == nil)
        #expect(try scratch.hold("other:latest", "amd64") != nil)
    }

    @Test
    func `remembers each digest that an image was fetched by, once and beside its names`() throws {
        let digest = try #require(Digest(hex: String(repeating: "1", count: 64)))
        let other = try #require(Digest(hex: String(repeating: "2", count: 64)))
        let manifest = Descriptor(mediaType: MediaType.manifest, digest: digest, size: 1)
        var index = StoreIndex()
        func fetched(_ name: String?, _ source: String) {
            let name = name.flatMap { ImageReference($0) }
            var entry = StoreIndex.Entry(manifest: manifest, platform: .host, id: digest, name: name)
            entry.sources = [source]
            index.add(entry)
        }
        fetched(nil, "a.example/x@\(digest)")
        fetched("a.example/x:1", "a.example/x@\(digest)")
        fetched(nil, "a.example/x@\(digest)")
        fetched(nil, "b.example/y@\(other)")
        let again = try StoreIndex(parsing: Array(index.json.line.utf8))
        #expect(again == index)
        #expect(again.entries.map(\.sources) == [["a.example/x@\(digest)", "b.example/y@\(other)"]])
        for reference in ["a.example/x:1", "a.example/x:other@\(digest)", "b.example/y@\(other)"] {
            #expect(try again.matching(reference).count == 1)
        }
        #expect(try again.matching("b.example/y").isEmpty)
    }

    @Test
    func `keeps an image whose name another one takes, until it is pruned`() throws {
        let scratch = try ScratchStore()
        let first = try scratch.add(image("a"), name: "x")
        let second = try scratch.add(image("b"), name: "x")
        #expect(try scratch.hold("x")?.record.id == second)
        #expect(try scratch.hold(first.hex) != nil)
        let removal = try scratch.store.prune(all: false)
        #expect(removal.deleted.contains(first))
        #expect(try scratch.hold(first.hex) == nil)
        #expect(try scratch.hold("x") != nil)
    }

    @Test
    func `does not remove an image that somebody holds`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.add(image("a"), name: "x")
        var held = try scratch.hold("x")
        #expect(throws: ImageError.self) { try scratch.store.remove("x", force: false) }
        #expect(try scratch.store.prune(all: true).deleted.isEmpty)
        #expect(try scratch.store.remove("x", force: true).untagged == ["x:latest"])
        // Its name is gone, and its files are there.
        #expect(scratch.count == 0)
        let layers = try #require(held?.layers)
        #expect(unsafe layers[0].withPlatformString { unsafe access($0, F_OK) } == 0)
        held = nil
        #expect(try scratch.store.prune(all: false).deleted.contains(id))
        #expect(scratch.layerCount == 0)
        #expect(scratch.isTidy)
    }

    @Test
    func `removes a layer with the last image that has it`() throws {
        let scratch = try ScratchStore()
        try scratch.add(image("a"), name: "x")
        try scratch.add(image("a") + image("b"), name: "y")
        _ = try scratch.store.remove("x", force: false)
        #expect(scratch.layerCount == 4)
        _ = try scratch.store.remove("y", force: false)
        #expect(scratch.layerCount == 0)
    }

    @Test
    func `takes up a blob where an earlier try ended, and begins a layer anew`() throws {
        let scratch = try ScratchStore()
        let bytes = image("a")[0].closed
        let digest = ContentHash.digest(of: bytes)
        let descriptor = Descriptor(mediaType: MediaType.layer, digest: digest, size: UInt64(bytes.count))
        do {
            guard var writer = try scratch.store.beginBlob(descriptor) else { throw Unexpected() }
            try writer.write(Array(bytes[..<1000]))
        }
        guard var again = try scratch.store.beginBlob(descriptor) else { throw Unexpected() }
        #expect(again.size == 1000)
        try again.write(Array(bytes[1000...]))
        _ = try again.finish()
        let half = scratch.path.appending("partial").appending("layer-\(digest.hex)")
        #expect(unsafe half.withPlatformString { unsafe mkdir($0, 0o755) } == 0)
        #expect(unsafe half.appending("rest").withPlatformString { unsafe mkdir($0, 0o755) } == 0)
        let root = try scratch.layer(0, of: try scratch.add([bytes]))
        #expect(try root.names() == ["a"])
    }

    @Test
    func `has one layer of those that several threads make at once`() throws {
        let scratch = try ScratchStore()
        let path = scratch.path
        let layers = image("a")
        _ = try scratch.store.addBlob(layers[0].closed, mediaType: MediaType.layer)
        let threads = try (0..<6).map { number in
            try WorkerThread {
                guard let other = try? ScratchStore(at: path) else { return }
                _ = try? other.add(layers, name: "name-\(number)")
            }
        }
        for thread in threads { thread.join() }
        #expect(scratch.count == 6)
        #expect(scratch.layerCount == 2)
        #expect(scratch.isTidy)
    }
}
