internal import IsorunModel
internal import IsorunSystem

/// The named volumes of one job, held while it runs.
final class HeldVolumes {
    private var locks: [Lock] = []

    private final class Lock {
        private let hold: VolumeHold
        init(_ hold: consuming VolumeHold) { self.hold = hold }
    }

    /// None.
    init() {}

    /// Names the directories of a job's volumes, and makes and holds these.
    ///
    /// - Parameters:
    ///   - spec: the job; its image is found already.
    ///   - store: where they are.
    ///   - cancellation: ends the filling of a new one.
    /// - Throws: the kernel's answer.
    convenience init(
        _ spec: inout JobSpec,
        in store: VolumeStore = .own,
        cancellation: Cancellation? = nil
    ) throws(SystemError) {
        self.init()
        let asked = spec
        for index in spec.filesystem.volumes.indices {
            guard let name = spec.filesystem.volumes[index].name else { continue }
            let volume = asked.filesystem.volumes[index]
            let fill: VolumeStore.Filling = { directory throws(SystemError) in
                guard let place = VolumeFilling.place(of: volume, in: asked) else { return false }
                try VolumeFilling.fill(directory, from: place, for: asked, cancellation: cancellation)
                return true
            }
            locks.append(Lock(try store.hold(name, fill: VolumeFilling.isWanted(volume, in: asked) ? fill : nil)))
            spec.filesystem.volumes[index].source = store.data(of: name)
        }
    }

    /// Lets go of them.
    func release() { locks = [] }

    /// Names the directories of a job's volumes, and changes nothing.
    static func name(_ spec: JobSpec, in store: VolumeStore = .own) -> JobSpec {
        var spec = spec
        for index in spec.filesystem.volumes.indices {
            guard let name = spec.filesystem.volumes[index].name else { continue }
            spec.filesystem.volumes[index].source = store.data(of: name)
        }
        return spec
    }
}
