internal import IsorunModel
package import SystemPackage

/// Empties a volume, or another directory that containers have written to, in which those of an unprivileged user have
/// made directories of ids that this user has inside of containers only: from inside of one.
package enum VolumeClearing {
    /// Whether the directory is empty.
    package static func clear(_ directory: FilePath) -> Bool {
        // The directory itself may be another's, too, where an image has it so.
        let script: ByteString = "find /volume -mindepth 1 -delete && chown 0:0 /volume && chmod 700 /volume"
        var spec = JobSpec(command: ["/bin/sh", "-c", script])
        spec.filesystem.volumes = [VolumeSpec(source: directory, destination: "/volume", writable: true)]
        spec.filesystem.workdir = "/"
        spec.allowUnenforced = .all
        var sandbox = Sandbox()
        sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
        return sandbox.run(spec).exitCode == 0
    }
}
