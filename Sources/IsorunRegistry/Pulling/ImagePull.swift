internal import AsyncHTTPClient
package import IsorunImages
package import IsorunImageStore
internal import IsorunReporting
internal import NIOCore
internal import NIOHTTP1

/// Fetches an image from its registry into a store.
package struct ImagePull: Sendable {
    /// A store that several tasks write to.
    package final class Store: Sendable {
        package let writer: StoreWriter
        package init(_ writer: consuming StoreWriter) { self.writer = writer }
    }

    /// What was fetched.
    package struct Pulled: Sendable {
        /// That of what the reference names: a manifest, or an index.
        package var digest: Digest
        package var id: Digest
        /// Whether the store had the very same before.
        package var wasThere: Bool
        /// What the image is for, where that is not what was wanted.
        package var otherPlatform: Platform?
    }

    private let reference: ImageReference
    /// That which was asked for; nil where any will do, and this machine's first.
    private let platform: Platform?
    private let client: RegistryClient
    private let store: Store
    private let listener: any PullListener
    private let options: UnpackOptions
    // As many as docker fetches at once.
    private static let mostAtOnce = 3

    package init(
        _ reference: ImageReference,
        platform: Platform?,
        by client: RegistryClient,
        into store: Store,
        options: UnpackOptions,
        listener: any PullListener
    ) {
        self.reference = reference
        self.platform = platform
        self.client = client
        self.store = store
        self.listener = listener
        self.options = options
    }

    private var scope: String { "repository:\(reference.repository):pull" }
    private var path: String { "/v2/\(reference.repository)" }

    /// Fetches it.
    package func run() async throws -> Pulled {
        let named = reference.digest.map { "\($0)" } ?? reference.tag ?? "latest"
        let top = try await manifest(named, expecting: reference.digest, size: nil)
        let wanted = platform ?? .host
        var descriptor = top
        var isPromised = false
        for _ in 0..<4 where MediaType.isIndex(descriptor.mediaType) {
            let index = try ManifestIndex(parsing: store.writer.blob(descriptor), named: reference.familiar)
            let entry = try index.entry(for: wanted, named: reference.familiar)
            isPromised = entry.platform != nil
            let chosen = entry.descriptor
            descriptor = try await manifest("\(chosen.digest)", expecting: chosen.digest, size: chosen.size)
        }
        let manifest = try Manifest(parsing: store.writer.blob(descriptor), named: reference.familiar)
        let source = "\(reference.name)@\(top.digest)"
        // A tag beside a digest says nothing, as for docker.
        let name = reference.digest == nil ? reference : nil
        let isKnown = try store.writer.reader.index().entries.contains {
            $0.manifest.digest == descriptor.digest
                && (name == nil ? $0.sources.contains(source) : $0.name == name)
        }
        try await fetch(manifest.config, isLayer: false)
        let other = try otherPlatform(manifest.config, than: wanted)
        // An index's word counts more: there are images in use whose configuration names a wrong architecture.
        if let other, platform != nil, !isPromised {
            throw ImageError(.refused, "\(reference.familiar): no image for \(wanted), only one for \(other)")
        }
        try await fetchAll(manifest.layers)
        var unpacking = options
        let listener = listener
        unpacking.progress = { digest, isDone in listener.unpacking(digest, isDone: isDone) }
        let image = NewImage(manifest: descriptor, name: name, source: source)
        let id = try store.writer.add(image, options: unpacking)
        return Pulled(digest: top.digest, id: id, wasThere: isKnown, otherPlatform: other)
    }

    /// What an image is for by its configuration, where that is something else.
    private func otherPlatform(_ config: Descriptor, than wanted: Platform) throws -> Platform? {
        let found = try ImageConfig(parsing: store.writer.blob(config), named: reference.familiar).platform
        return wanted.accepts(found) ? nil : found
    }

    // MARK: Manifests

    private static let accepted = [
        MediaType.index, MediaType.dockerIndex, MediaType.manifest, MediaType.dockerManifest,
    ].joined(separator: ", ")

    private func manifest(_ name: String, expecting digest: Digest?, size: UInt64?) async throws -> Descriptor {
        try await patiently(nil) {
            let answer = try await client.get(
                "\(path)/manifests/\(name)",
                scope: scope,
                headers: [("Accept", Self.accepted)]
            )
            guard answer.status == 200 else { throw try await refusal(answer, "the manifest \(name)") }
            let bytes = try await client.read(answer, most: Manifest.mostBytes)
            let found = ContentHash.digest(of: bytes)
            let announced = answer.headers.first(name: "docker-content-digest").flatMap { Digest($0) }
            if let wanted = digest ?? announced, wanted != found {
                throw ImageError(.refused, "the manifest \(name): its digest is \(found), and \(wanted) was announced")
            }
            if let size, size != UInt64(bytes.count) {
                throw ImageError(
                    .refused,
                    "the manifest \(name): it has \(bytes.count) bytes, and \(size) were announced"
                )
            }
            let said = answer.headers.first(name: "content-type").map { String($0.prefix { $0 != ";" }) }
            let document = try Manifest.document(bytes, named: reference.familiar)
            let type = document["mediaType"]?.string ?? said ?? MediaType.manifest
            return try store.writer.addBlob(bytes, mediaType: type)
        }
    }

    // MARK: Blobs

    private func fetchAll(_ layers: [Descriptor]) async throws {
        var seen: Set<Digest> = []
        let wanted = layers.filter { seen.insert($0.digest).inserted }
        for layer in wanted {
            listener.layer(layer.digest, size: layer.size, isThere: try store.writer.hasBlob(layer))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = wanted[...]
            for layer in rest.prefix(Self.mostAtOnce) { group.addTask { try await fetch(layer, isLayer: true) } }
            rest = rest.dropFirst(Self.mostAtOnce)
            while try await group.next() != nil {
                if let layer = rest.popFirst() { group.addTask { try await fetch(layer, isLayer: true) } }
            }
        }
    }

    private func fetch(_ blob: Descriptor, isLayer: Bool) async throws {
        try await patiently(isLayer ? blob.digest : nil) {
            // Somebody else may be at it: then what that one made is taken.
            while try await begin(blob, isLayer) == false { try await Task.sleep(for: .milliseconds(200)) }
        }
        if isLayer { listener.downloaded(blob.digest) }
    }

    /// False where somebody else is writing the same blob.
    private func begin(_ blob: Descriptor, _ isLayer: Bool) async throws -> Bool {
        switch try store.writer.tryBeginBlob(blob) {
        case .isThere: return true
        case .isBusy: return false
        case .begun(var writer):
            if writer.size == blob.size {
                _ = try writer.finish()
                return true
            }
            var headers: [(String, String)] = []
            if writer.size > 0 { headers.append(("Range", "bytes=\(writer.size)-")) }
            let answer = try await client.get("\(path)/blobs/\(blob.digest)", scope: scope, headers: headers)
            switch answer.status {
            case 206 where writer.size > 0: break
            case 200: if writer.size > 0 { try writer.restart() }
            // What is there was not what the registry has.
            case 416:
                try writer.restart()
                throw Unfinished(reason: "the registry has less than was fetched before")
            default: throw try await refusal(answer, "the blob \(blob.digest)")
            }
            for try await part in answer.body {
                if Interruption.isRequested { throw ImageError(.failed, "interrupted") }
                try writer.write(Array(part.readableBytesView))
                if isLayer { listener.received(blob.digest, bytes: writer.size) }
            }
            guard writer.size == blob.size else {
                throw Unfinished(reason: "it ended after \(writer.size) of \(blob.size) bytes")
            }
            _ = try writer.finish()
            return true
        }
    }

    // MARK: Trying again

    private struct Unfinished: Error, CustomStringConvertible {
        var reason: String
        var pause: Duration?
        var description: String { reason }
    }

    /// The error that an answer is; one that may be another the next time is tried again.
    private func refusal(_ answer: RegistryClient.Answer, _ what: String) async throws -> any Error {
        _ = try? await client.read(answer, most: 1 << 20)
        switch answer.status {
        case 401, 403: return client.denied
        case 404:
            return ImageError(.missing, "\(reference.registry) has no \(reference.familiar): \(what) is not there")
        case 408, 425, 429, 500...599:
            let seconds = answer.headers.first(name: "retry-after").flatMap { Int64($0) }
            return Unfinished(
                reason: "HTTP \(answer.status) for \(what)",
                pause: seconds.map { .seconds(min(max($0, 0), 60)) }
            )
        default: return ImageError(.failed, "\(reference.registry): HTTP \(answer.status) for \(what)")
        }
    }

    /// Tries again with growing pauses what may go better then; what is refused is not tried again.
    private func patiently<Value: Sendable>(
        _ digest: Digest?,
        _ body: () async throws -> Value
    ) async throws -> Value {
        var pause = client.patience.firstPause
        for attempt in 1... {
            do {
                return try await body()
            } catch let error as ImageError {
                throw error
            } catch {
                // Whoever cancelled this knows why.
                if Task.isCancelled { throw CancellationError() }
                let failure = TransportFailure(error, at: reference.registry)
                let isOver = failure.isLasting || attempt >= client.patience.tries || Interruption.isRequested
                guard !isOver else { throw failure.imageError }
                listener.retrying(digest, failure.words)
                try await Task.sleep(for: (error as? Unfinished)?.pause ?? pause)
                pause *= 2
            }
        }
        throw CancellationError()
    }
}
