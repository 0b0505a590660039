internal import Glibc
internal import IsorunModel
internal import SystemPackage

/// What `--mask` names, where it names links of the host.
enum Masks {
    /// Adds what masked links lead to: to hide the link alone would hide nothing.
    static func follow(_ spec: inout JobSpec) {
        guard spec.filesystem.rootfs == .host else { return }
        for mask in spec.filesystem.masks {
            guard let real = unsafe mask.withPlatformString({ unsafe realpath($0, nil) }) else { continue }
            defer { unsafe free(real) }
            let target = unsafe FilePath(platformString: real)
            if target != mask, target != "/" { spec.filesystem.masks.append(target) }
        }
    }
}
