package import IsorunReporting

/// The images of a store, and their names: the `index.json` of an OCI layout, with a few annotations of isorun's own.
package struct StoreIndex: Hashable, Sendable {
    /// An image under a name, or under none any more.
    package struct Entry: Hashable, Sendable {
        package var manifest: Descriptor
        package var platform: Platform
        /// The configuration's digest: the image's id.
        package var id: Digest
        /// The name in full with its tag; nil where another image has taken it, or it was fetched by a digest.
        package var name: ImageReference?
        /// `REGISTRY/REPOSITORY@sha256:…`, for each that it was fetched by.
        package var sources: [String] = []
        /// When the image was made, in microseconds since 1970.
        package var createdAtUs: Int64?

        package init(manifest: Descriptor, platform: Platform, id: Digest, name: ImageReference?) {
            self.manifest = manifest
            self.platform = platform
            self.id = id
            self.name = name
        }
    }
    package var entries: [Entry] = []

    package init() {}

    private enum Key {
        static let name = "org.opencontainers.image.ref.name"
        static let id = "isorun.image.id"
        static let source = "isorun.image.source"
        static let created = "isorun.image.created"
    }

    /// Reads what a store has.
    package init(parsing bytes: [UInt8]) throws(ImageError) {
        guard let json = try? JSON(parsing: bytes), let list = json["manifests"]?.array else {
            throw ImageError(.failed, "the store's index.json is damaged")
        }
        for item in list {
            let notes = item["annotations"]
            guard let manifest = Descriptor(item), let id = notes?[Key.id]?.string.flatMap({ Digest($0) }) else {
                continue
            }
            let platform = item["platform"]
            var entry = Entry(
                manifest: manifest,
                platform: Platform(
                    os: platform?["os"]?.string ?? "linux",
                    architecture: platform?["architecture"]?.string ?? "",
                    variant: platform?["variant"]?.string
                ),
                id: id,
                name: notes?[Key.name]?.string.flatMap(ImageReference.init).flatMap { $0.digest == nil ? $0 : nil }
            )
            entry.sources = (notes?[Key.source]?.string ?? "").split(separator: " ").map(String.init)
            entry.createdAtUs = notes?[Key.created]?.string.flatMap { Int64($0) }
            entries.append(entry)
        }
    }

    package var json: JSON {
        let list = entries.map { entry in
            var notes: [JSON.Member] = []
            if let name = entry.name { notes.append(.init(Key.name, .string(name.full))) }
            notes.append(.init(Key.id, .string("\(entry.id)")))
            if !entry.sources.isEmpty {
                notes.append(.init(Key.source, .string(entry.sources.joined(separator: " "))))
            }
            if let created = entry.createdAtUs { notes.append(.init(Key.created, .string("\(created)"))) }
            var platform: [JSON.Member] = [
                .init("architecture", .string(entry.platform.architecture)), .init("os", .string(entry.platform.os)),
            ]
            if let variant = entry.platform.variant { platform.append(.init("variant", .string(variant))) }
            return JSON.object(
                entry.manifest.members
                    + [.init("platform", .object(platform)), .init("annotations", .object(notes))]
            )
        }
        return .object([
            .init("schemaVersion", .whole(2)), .init("mediaType", .string(MediaType.index)),
            .init("manifests", .array(list)),
        ])
    }

    /// Gives an image a name: whoever had it keeps its image without one.
    package mutating func add(_ entry: Entry) {
        if let name = entry.name {
            for index in entries.indices where entries[index].name == name { entries[index].name = nil }
        }
        var entry = entry
        let former = entries.filter { $0.id == entry.id && ($0.name == nil || $0.name == entry.name) }
        entries.removeAll { former.contains($0) }
        for one in former { entry.take(one.sources) }
        entries.append(entry)
        // A nameless entry says nothing but where it came from, where the same image has a name.
        for nameless in entries where nameless.name == nil {
            guard let index = entries.firstIndex(where: { $0.id == nameless.id && $0.name != nil }) else { continue }
            entries[index].take(nameless.sources)
            entries.removeAll { $0 == nameless }
        }
    }

    /// The images that a reference means: a name, a digest, an id or the beginning of one.
    ///
    /// - Returns: all entries of one image, those that the reference names first; empty where there is none.
    /// - Throws: where it means more than one image.
    package func matching(_ text: String) throws(ImageError) -> [Entry] {
        if let reference = ImageReference(text) {
            let found = entries.filter { $0.isNamed(reference) }
            if let first = found.first { return found.filter { $0.id == first.id } }
        }
        let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        guard !digits.isEmpty, digits.utf8.allSatisfy(Digest.isHexDigit) else { return [] }
        var found = entries.filter { $0.id.hex.hasPrefix(digits) }
        if found.isEmpty { found = entries.filter { $0.manifest.digest.hex.hasPrefix(digits) } }
        guard Set(found.map(\.id)).count < 2 else {
            throw ImageError(.usage, "more than one image has an id that begins with \(digits): give more of it")
        }
        return found
    }
}

extension StoreIndex.Entry {
    fileprivate mutating func take(_ others: [String]) {
        sources += others.filter { !sources.contains($0) }
    }

    /// Whether a reference by name, or by name and digest, means this image.
    fileprivate func isNamed(_ reference: ImageReference) -> Bool {
        if let digest = reference.digest {
            let isHere = name?.name == reference.name || sources.contains { $0.hasPrefix(reference.name + "@") }
            return isHere && manifest.digest == digest || sources.contains("\(reference.name)@\(digest)")
        }
        return name?.name == reference.name && name?.tag == reference.tag
    }
}
