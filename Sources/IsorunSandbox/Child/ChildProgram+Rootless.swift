internal import CIsorunChild
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

extension ChildProgram {
    private static let attributes: MountAttributes = [.noSetID, .noDevices]

    /// Has the child make the layers: an unprivileged keeper may mount only inside the container's user namespace.
    ///
    /// Owners are not mapped there, and overlay has no `index`: what the host's other users own is nobody's inside, and
    /// a file's hard links part when it is first written to.
    mutating func layRoot(_ plan: RootPlan, _ steps: [SetupStep], anchor: FilePath) {
        let step = steps.firstIndex(of: .place("/")) ?? 0
        openVolumes(plan, steps)
        let scratch = newSlot()
        let limits = ["size", "\(plan.diskBytes)", "nr_inodes", "\(plan.inodes)", "mode", "700", ""]
        let value = Self.attributes.rawValue
        add(ISORUN_OP_NEW_MOUNT, step: step, slot: scratch, text: "tmpfs", others: limits, value: value)
        add(ISORUN_OP_ATTACH, step: step, slot: scratch, text: anchor.string, flags: ISORUN_FLAG_HOST_PATH)
        add(ISORUN_OP_MAKE_DIRECTORY, step: step, base: scratch, text: "root", value: 0o755)
        let root = OverlayPlan(source: plan.lower, destination: "/", optional: false)
        for (number, layer) in ([root] + plan.overlays).enumerated() {
            let step = steps.firstIndex(of: .place(layer.destination)) ?? step
            makeOverlay(number, layer, writable: plan.writable, scratch: scratch, anchor: anchor, step: step)
        }
        for directory in plan.tmpfs {
            guard let slot = slot(placedAt: directory.destination) else { continue }
            let size = directory.size?.bytes ?? plan.diskBytes
            let options = ["size", "\(size)", "nr_inodes", "\(plan.inodes)", "mode", "1777", ""]
            let step = steps.firstIndex(of: .place(directory.destination)) ?? step
            add(ISORUN_OP_NEW_MOUNT, step: step, slot: slot, text: "tmpfs", others: options, value: value)
        }
    }

    /// Sources are opened before the scratch file system stands over the anchor.
    private mutating func openVolumes(_ plan: RootPlan, _ steps: [SetupStep]) {
        for volume in plan.volumes {
            guard let slot = slot(placedAt: volume.destination) else { continue }
            let attributes = volume.writable ? Self.attributes : Self.attributes.union(.readOnly)
            add(
                ISORUN_OP_CLONE_TREE,
                step: steps.firstIndex(of: .place(volume.destination)) ?? 0,
                slot: slot,
                text: volume.source.string,
                value: attributes.rawValue,
                flags: ISORUN_FLAG_RECURSIVE
            )
        }
    }

    private mutating func makeOverlay(
        _ number: Int,
        _ layer: OverlayPlan,
        writable: Bool,
        scratch: UInt16,
        anchor: FilePath,
        step: Int
    ) {
        guard let slot = slot(placedAt: layer.destination) else { return }
        for name in ["upper", "work"] {
            add(ISORUN_OP_MAKE_DIRECTORY, step: step, base: scratch, text: "\(name)\(number)", value: 0o755)
        }
        let lower = layer.source.overlayOption
        let upper = anchor.appending("upper\(number)").string
        let work = anchor.appending("work\(number)").string
        let writing = ["lowerdir", lower, "upperdir", upper, "workdir", work]
        let reading = ["lowerdir", "\(upper):\(lower)"]
        let attributes = writable ? Self.attributes : Self.attributes.union(.readOnly)
        add(
            ISORUN_OP_NEW_MOUNT,
            step: step,
            slot: slot,
            text: "overlay",
            others: (writable ? writing : reading) + ["userxattr", "", ""],
            value: attributes.rawValue
        )
        guard writable else { return }
        let sent = newSlot()
        sentLayers[sent] = layer
        add(ISORUN_OP_OPEN_DIRECTORY, step: step, slot: sent, base: scratch, text: "upper\(number)")
        add(ISORUN_OP_SEND_DIRECTORY, step: step, slot: sent)
    }

    /// Puts empty file systems over what is hidden, and makes the places that mounts go to.
    mutating func cover(_ plan: RootPlan, _ step: Int) {
        for entry in plan.entries {
            switch entry.kind {
            case .emptyDirectory(let mode): coverDirectory(entry.path, mode, required: !entry.onlyIfPresent, step)
            case .hidden:
                let flags = ISORUN_FLAG_OPTIONAL
                add(
                    ISORUN_OP_MASK,
                    step: step,
                    base: Self.rootSlot,
                    text: entry.path.inside,
                    other: "/dev/null",
                    flags: flags
                )
            case .directory, .file, .hiddenMatches: break
            }
        }
        for overlay in plan.overlays { makePlace(overlay.destination, isDirectory: true, step) }
        for volume in plan.volumes { makePlace(volume.destination, isDirectory: volume.isDirectory, step) }
        for directory in plan.tmpfs { makePlace(directory.destination, isDirectory: true, step) }
    }

    private mutating func coverDirectory(_ path: FilePath, _ mode: UInt32, required: Bool, _ step: Int) {
        if required { makePlace(path, isDirectory: true, step) }
        // These become mount points of their own.
        if ["/proc", "/sys", "/dev"].contains(path.string) { return }
        let slot = newSlot()
        let options = ["size", "16m", "mode", String(mode, radix: 8), ""]
        add(
            ISORUN_OP_NEW_MOUNT,
            step: step,
            slot: slot,
            text: "tmpfs",
            others: options,
            value: Self.attributes.rawValue
        )
        let flags = required ? isorun_op_flag(0) : ISORUN_FLAG_OPTIONAL
        add(ISORUN_OP_ATTACH, step: step, slot: slot, base: Self.rootSlot, text: path.inside, flags: flags)
    }

    private mutating func makePlace(_ path: FilePath, isDirectory: Bool, _ step: Int) {
        var made = FilePath("/")
        for component in path.components {
            made.append(component)
            let isLast = made.components.count == path.components.count
            let kind = isLast && !isDirectory ? ISORUN_OP_MAKE_FILE : ISORUN_OP_MAKE_DIRECTORY
            let mode: UInt64 = isLast && !isDirectory ? 0o644 : 0o755
            let flags = ISORUN_FLAG_OPTIONAL
            add(kind, step: step, base: Self.rootSlot, text: made.inside, value: mode, flags: flags)
        }
    }
}

extension FilePath {
    /// The path as overlay's options take it: a colon separates layers and a backslash escapes.
    fileprivate var overlayOption: String {
        string.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
            .split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:")
    }
}
