internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// All layers of an unprivileged container's scratch file system, and which of them an entry of the plan belongs to.
struct ScratchLayers {
    /// The layers, those of the plan first: that of `/`, the overlays, and then what lies over hidden directories.
    private(set) var layers: [ScratchLayer]
    /// Where each layer's mount goes: the place that it is seen in.
    private(set) var holders: [FilePath]
    /// Paths to hide in parts that are bound, by the part: nothing can be made there, so they are covered.
    private(set) var masked: [FilePath: [FilePath]] = [:]
    private var places: Places

    // These become mount points of their own.
    private static let pseudo: [FilePath] = ["/proc", "/sys", "/dev"]

    /// A directory of the host to put the scratch file system on, in the child's own mount namespace, while overlays are
    /// made: they find their lower directories by path, so none of those may lie in it.
    static func anchor(for plan: RootPlan) -> FilePath {
        let lower =
            plan.overlays.map(\.source) + (plan.isAssembled ? [] : [plan.lower]) + plan.layers.map(\.source)
        return ["/run", "/tmp", "/mnt"].first { place in !lower.contains { $0.starts(with: place) } } ?? "/run"
    }

    init(_ plan: RootPlan) throws(SystemError) {
        let lower = plan.isAssembled ? nil : plan.lower
        let between = plan.layers.filter { $0.destination == "/" }.map(\.source)
        let mode = try (between.first ?? lower).flatMap(Self.mode) ?? 0o755
        layers = [
            ScratchLayer(path: "/", lower: lower, mode: mode, between: between, shown: plan.shown(in: "/"))
        ]
        for overlay in plan.overlays {
            let mode = try Self.mode(overlay.source) ?? 0o755
            let shown = plan.shown(in: overlay.destination)
            layers.append(
                ScratchLayer(path: overlay.destination, lower: overlay.source, mode: mode, shown: shown)
            )
        }
        places = Places()
        for (index, layer) in layers.enumerated() { places.add(layer.path, .layer(index)) }
        for part in plan.bound where part.isDirectory { places.add(part.destination, .bound(part.destination)) }
        holders = layers.map { _ in "/" }
        for index in layers.indices.dropFirst() { holders[index] = path(of: places.holder(of: layers[index].path)) }
        for entry in plan.entries { try cover(entry) }
        let mounts = plan.overlays.map { LayerEntry(path: $0.destination, kind: .directory, onlyIfPresent: false) }
        let held = Dictionary(grouping: plan.entries + mounts) { places.holder(of: $0.path) }
        for (place, entries) in held { try fill(place, entries) }
        for directory in plan.privateDirectories { try hidePrivate(in: directory) }
    }

    private func path(of place: Places.Place) -> FilePath {
        switch place {
        case .layer(let index): layers[index].path
        case .bound(let path): path
        }
    }

    /// What is below a place, the topmost first.
    private func lower(of place: Places.Place) -> [FilePath] {
        switch place {
        case .layer(let index): layers[index].lower.map { layers[index].between + [$0] } ?? []
        case .bound(let path): [path]
        }
    }

    private static func mode(_ path: FilePath) throws(SystemError) -> UInt32? {
        try HostLayer([path.removingLastComponent()]).directoryMode(path.lastComponent?.string ?? "")
    }

    /// Gives a hidden directory that the host has a layer of its own: in an overlay what is below would shine through.
    private mutating func cover(_ entry: LayerEntry) throws(SystemError) {
        guard case .emptyDirectory(let mode) = entry.kind, !Self.pseudo.contains(entry.path) else { return }
        let holder = places.holder(of: entry.path)
        let below = lower(of: holder)
        guard !below.isEmpty else { return }
        let relative = entry.path.below(path(of: holder))
        guard try HostLayer(below).status(relative)?.kind == .directory else { return }
        holders.append(path(of: holder))
        places.add(entry.path, .layer(layers.count))
        layers.append(ScratchLayer(path: entry.path, lower: nil, mode: mode))
    }

    private mutating func fill(_ place: Places.Place, _ entries: [LayerEntry]) throws(SystemError) {
        let below = try HostLayer(lower(of: place))
        for entry in entries {
            // A layer's own place needs no entry but where its mount goes.
            if case .emptyDirectory = entry.kind, places.contains(entry.path) { continue }
            switch (place, entry.kind) {
            case (_, .hiddenMatches):
                let parent = entry.path.removingLastComponent()
                for name in try below.names(in: parent.below(path(of: place)))
                where entry.matches(parent.appending(name)) {
                    try hide(parent.appending(name), place, below)
                }
            case (.layer(let index), _): try layers[index].take(entry, below: below)
            case (.bound, .hidden): try hide(entry.path, place, below)
            case (.bound, _): break
            }
        }
    }

    /// Hides what others than the owner and the group may not read.
    private mutating func hidePrivate(in directory: FilePath) throws(SystemError) {
        let place = places.place(at: directory) ?? places.holder(of: directory)
        let below = try HostLayer(lower(of: place))
        let relative = directory.below(path(of: place))
        for name in try below.names(in: relative) {
            let path = relative.isEmpty ? name : "\(relative)/\(name)"
            guard let status = try below.status(path), status.kind != .link, status.mode & 0o004 == 0 else { continue }
            try hide(directory.appending(name), place, below)
        }
    }

    private mutating func hide(
        _ path: FilePath,
        _ place: Places.Place,
        _ below: borrowing HostLayer
    ) throws(SystemError) {
        switch place {
        case .layer(let index):
            try layers[index].take(LayerEntry(path: path, kind: .hidden, onlyIfPresent: true), below: below)
        case .bound(let part): masked[part, default: []].append(path)
        }
    }
}

/// Which layer or part a path lies in.
private struct Places {
    enum Place: Hashable {
        case layer(Int)
        case bound(FilePath)
    }

    private var all: [(path: String, place: Place)] = []

    mutating func add(_ path: FilePath, _ place: Place) {
        all.append((path.string, place))
    }

    func place(at path: FilePath) -> Place? {
        let text = path.string
        return all.first { $0.path == text }?.place
    }

    func contains(_ path: FilePath) -> Bool { place(at: path) != nil }

    /// The deepest that a path lies in, itself left out; plans have hundreds of paths, so they are compared as text.
    func holder(of path: FilePath) -> Place {
        let text = path.string
        var best = (length: -1, place: Place.layer(0))
        for (candidate, place) in all where candidate.utf8.count > best.length && candidate != text {
            if candidate == "/" || text.hasPrefix(candidate) && text.utf8.dropFirst(candidate.utf8.count).first == 47 {
                best = (candidate.utf8.count, place)
            }
        }
        return best.place
    }
}

extension FilePath {
    /// The path from a directory that it lies in on.
    func below(_ directory: FilePath) -> String {
        let prefix = directory.string
        return String(string.dropFirst(prefix == "/" ? 1 : prefix.count + 1))
    }
}
