internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// All layers of an unprivileged container's scratch file system, and which of them an entry of the plan belongs to.
struct ScratchLayers {
    /// The layers, those of the plan first: that of `/`, the overlays, and then what lies over hidden directories.
    private(set) var layers: [ScratchLayer]
    /// Paths to hide in parts that are bound, by the part: nothing can be made there, so they are covered.
    private(set) var masked: [FilePath: [FilePath]] = [:]
    /// Where layers and bound parts are seen.
    private var places: [FilePath]
    private let bound: [FilePath]

    // These become mount points of their own.
    private static let pseudo: [FilePath] = ["/proc", "/sys", "/dev"]

    init(_ plan: RootPlan) throws(SystemError) {
        let lower = plan.isAssembled ? nil : plan.lower
        layers = [ScratchLayer(path: "/", lower: lower, mode: lower.flatMap(Self.mode) ?? 0o755)]
        layers += plan.overlays.map { overlay in
            ScratchLayer(path: overlay.destination, lower: overlay.source, mode: Self.mode(overlay.source) ?? 0o755)
        }
        bound = plan.bound.filter(\.isDirectory).map(\.destination)
        places = layers.map(\.path) + bound
        for entry in plan.entries { cover(entry) }
        let mounts = plan.overlays.map { LayerEntry(path: $0.destination, kind: .directory, onlyIfPresent: false) }
        for index in layers.indices { try fill(index, plan.entries + mounts, plan.privateDirectories) }
        for part in bound { mask(part, plan.entries, plan.privateDirectories) }
    }

    /// The layer that a mount is made for.
    func index(of path: FilePath) -> Int? { layers.firstIndex { $0.path == path } }

    /// Where the mount is seen that a path lies in.
    func holder(of path: FilePath) -> FilePath {
        places.filter { path.starts(with: $0) && path != $0 }.max { $0.components.count < $1.components.count } ?? "/"
    }

    private static func mode(_ path: FilePath) -> UInt32? {
        HostLayer(path.removingLastComponent()).directoryMode(path.lastComponent?.string ?? "")
    }

    /// Gives a hidden directory that the host has a layer of its own: in an overlay what is below would shine through.
    private mutating func cover(_ entry: LayerEntry) {
        guard case .emptyDirectory(let mode) = entry.kind, !Self.pseudo.contains(entry.path) else { return }
        let holder = holder(of: entry.path)
        guard let below = lower(of: holder) else { return }
        let relative = FilePath(root: nil, entry.path.components.dropFirst(holder.components.count)).string
        guard HostLayer(below).status(relative)?.kind == .directory else { return }
        layers.append(ScratchLayer(path: entry.path, lower: nil, mode: mode))
        places.append(entry.path)
    }

    private func lower(of holder: FilePath) -> FilePath? {
        bound.contains(holder) ? holder : index(of: holder).flatMap { layers[$0].lower }
    }

    private mutating func fill(
        _ index: Int,
        _ entries: [LayerEntry],
        _ privateDirectories: [FilePath]
    ) throws(SystemError) {
        let path = layers[index].path
        let below = HostLayer(layers[index].lower)
        for entry in entries where holder(of: entry.path) == path && !isLayer(entry) {
            if entry.kind == .hiddenMatches {
                for found in matches(entry, path, below) { layers[index].hide(layers[index].relative(found)) }
            } else {
                try layers[index].take(entry, below: below)
            }
        }
        for directory in privateDirectories where directory == path || holder(of: directory) == path {
            for found in hidden(in: directory, path, below) { try layers[index].take(found, below: below) }
        }
    }

    // A layer's own place needs no entry but where its mount goes.
    private func isLayer(_ entry: LayerEntry) -> Bool {
        if case .emptyDirectory = entry.kind { return index(of: entry.path) != nil }
        return false
    }

    private mutating func mask(_ part: FilePath, _ entries: [LayerEntry], _ privateDirectories: [FilePath]) {
        let below = HostLayer(part)
        for entry in entries where holder(of: entry.path) == part {
            switch entry.kind {
            case .hidden: masked[part, default: []].append(entry.path)
            case .hiddenMatches: masked[part, default: []] += matches(entry, part, below)
            case .emptyDirectory, .directory, .file, .link: break
            }
        }
        for directory in privateDirectories where directory == part || holder(of: directory) == part {
            masked[part, default: []] += hidden(in: directory, part, below).map(\.path)
        }
    }

    private func matches(_ entry: LayerEntry, _ layer: FilePath, _ below: borrowing HostLayer) -> [FilePath] {
        let parent = entry.path.removingLastComponent()
        return below.names(in: Self.relative(parent, to: layer)).map { parent.appending($0) }.filter(entry.matches)
    }

    /// What others than the owner and the group may not read.
    private func hidden(in directory: FilePath, _ layer: FilePath, _ below: borrowing HostLayer) -> [LayerEntry] {
        below.names(in: Self.relative(directory, to: layer)).compactMap { name in
            let path = directory.appending(name)
            guard let status = below.status(Self.relative(path, to: layer)) else { return nil }
            guard status.kind != .link, status.mode & 0o004 == 0 else { return nil }
            return LayerEntry(path: path, kind: .hidden, onlyIfPresent: true)
        }
    }

    private static func relative(_ path: FilePath, to layer: FilePath) -> String {
        FilePath(root: nil, path.components.dropFirst(layer.components.count)).string
    }
}
