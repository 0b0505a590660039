internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Fills a new volume with what the image has at its place, as docker does.
///
/// An image is hostile, and without root its files are of ids that the caller has inside of containers only: so a
/// container of the image copies them, in which the program `isorun-container` is the job.
package enum VolumeFilling {
    /// Where the container sees the volume, and the program.
    package static let volume = "/.isorun/volume"
    private static let program = "/.isorun/program"

    /// Whether an image may have something for a named volume.
    static func isWanted(_ volume: VolumeSpec, in spec: JobSpec) -> Bool {
        guard volume.name != nil, volume.copiesImage, case .image = spec.filesystem.rootfs else { return false }
        return true
    }

    /// What the image has at the place of a named volume; nil where that is nothing to copy.
    ///
    /// A link on the way leads to somewhere else, which is not what is covered.
    static func place(of volume: VolumeSpec, in spec: JobSpec) -> FilePath? {
        guard isWanted(volume, in: spec), case .image(let image) = spec.filesystem.rootfs,
            let found = image.found, let layers = try? MergedLayers(found.layers)
        else { return nil }
        let relative = ByteString(String(volume.destination.string.drop { $0 == "/" }))
        guard let there = try? layers.find(relative), there.status.kind == .directory else { return nil }
        return volume.destination
    }

    /// Copies a directory of a job's image into a volume that is not there yet for anybody else.
    static func fill(
        _ directory: FilePath,
        from path: FilePath,
        for spec: JobSpec,
        cancellation: Cancellation?
    ) throws(SystemError) {
        guard let own = SiblingProgram.path(of: "isorun-container") else {
            throw SystemError("find isorun-container, which fills the volume", "", .noSuchFileOrDirectory)
        }
        var job = JobSpec(command: [ByteString(program), "fill-volume", ByteString(path.string)])
        job.filesystem.rootfs = spec.filesystem.rootfs
        job.filesystem.workdir = "/"
        job.filesystem.volumes = [
            VolumeSpec(source: directory, destination: FilePath(Self.volume), writable: true),
            VolumeSpec(source: FilePath(own), destination: FilePath(program), writable: false),
        ]
        job.allowUnenforced = spec.allowUnenforced
        var sandbox = Sandbox()
        sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
        sandbox.onlookers.cancellation = cancellation
        sandbox.capturedBytes = 4096
        let run = sandbox.run(job)
        guard run.exitCode != 0 else { return }
        let said = String(decoding: run.stderr.head, as: UTF8.self).split(separator: "\n").last.map(String.init)
        let why = run.error?.description ?? said ?? run.result.reason
        throw SystemError("copy what the image has into the new volume", path.string, .ioError, detail: why)
    }
}
