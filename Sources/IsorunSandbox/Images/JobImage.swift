internal import Glibc
package import IsorunImages
package import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Puts an image in the place that a job names it for: its layers, and what its configuration says of the process.
package enum JobImage {
    /// Sees to it that a job's image is in the store: fetches it where it is not, and says so on stderr.
    package static func fetch(for spec: JobSpec) throws(ImageError) {
        guard case .image(let image) = spec.filesystem.rootfs, image.pull != .never else { return }
        if image.pull == .missing, try hold(image) != nil { return }
        try pull(image)
    }

    /// Fills in a job's image from the store.
    ///
    /// - Returns: what keeps it from being removed; nil where the job has none.
    /// - Throws: where it is not there, or its configuration cannot be heeded.
    package static func settle(_ spec: inout JobSpec) throws(ImageError) -> HeldImage? {
        guard case .image(var image) = spec.filesystem.rootfs, image.found == nil else { return nil }
        guard let held = try hold(image) else {
            throw image.platform == nil ? .noSuch(image.reference) : noSuchPlatform(image)
        }
        try ImageProcess(held, image).apply(to: &spec)
        image.found = try found(held, spec)
        spec.filesystem.rootfs = .image(image)
        return held
    }

    private static func noSuchPlatform(_ image: ImageSpec) -> ImageError {
        let platform = image.platform ?? ""
        return ImageError(
            .missing,
            "No such image for \(platform): \(image.reference)",
            hint: "to fetch it: isorun image pull --platform \(platform) \(image.reference)"
        )
    }

    private static func hold(_ image: ImageSpec) throws(ImageError) -> HeldImage? {
        var platform: Platform?
        if let text = image.platform {
            guard let parsed = Platform(text) else {
                throw ImageError(.usage, "--platform: \"\(text)\" is no platform; for example: linux/arm64")
            }
            platform = parsed
        }
        return try ImageStore(at: ImageStore.ownPath).hold(image.reference, platform: platform)
    }

    private static func pull(_ image: ImageSpec) throws(ImageError) {
        guard ImageReference(image.reference) != nil else { throw .noSuch(image.reference) }
        guard let program = SiblingProgram.path(of: "isorun-image") else {
            throw ImageError(.failed, "isorun-image is not beside isorun nor in ../libexec/isorun")
        }
        var words = [program, "image", "pull"]
        if let platform = image.platform { words += ["--platform", platform] }
        let command = words + ["--", image.reference]
        // What is said of it is no part of the job's output.
        let status = try telling { () throws(SystemError) in
            try Program.run(command, output: FileDescriptor(rawValue: STDERR_FILENO), hearsSignals: true)
        }
        guard status == 0 else { throw ImageError(.missing, "the image \(image.reference) could not be fetched") }
    }

    private static func found(_ held: HeldImage, _ spec: JobSpec) throws(ImageError) -> FoundImage {
        let config = held.record.config
        var found = FoundImage(id: "\(held.record.id)", layers: held.layers)
        guard !found.layers.isEmpty else { throw ImageError(.refused, "the image \(held.reference) has no layers") }
        found.exposedPorts = config.exposedPorts
        found.stopSignal = config.stopSignal
        let volumes = config.volumes.map { FilePath($0) }.filter(\.isAbsolute).map { $0.lexicallyNormalized() }
        let wanted = ([spec.filesystem.workdir].compactMap { $0 } + volumes).filter { !$0.components.isEmpty }
        if wanted.isEmpty { return found }
        let layers = found.layers
        try telling { () throws(SystemError) in
            let merged = try MergedLayers(layers)
            for path in wanted where try isMissing(path, in: merged) { found.missingDirectories.append(path) }
        }
        return found
    }

    /// Whether nothing stands at a path, and no link on the way leads elsewhere.
    private static func isMissing(_ path: FilePath, in layers: MergedLayers) throws(SystemError) -> Bool {
        var walked = ""
        for component in path.components {
            walked += (walked.isEmpty ? "" : "/") + component.string
            guard let found = try layers.find(ByteString(walked)) else { return true }
            if found.status.kind != .directory { return false }
        }
        return false
    }
}
