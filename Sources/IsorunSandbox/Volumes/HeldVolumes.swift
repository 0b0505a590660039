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
    convenience init(_ spec: inout JobSpec, in store: VolumeStore = .own) throws(SystemError) {
        self.init()
        for index in spec.filesystem.volumes.indices {
            guard let name = spec.filesystem.volumes[index].name else { continue }
            locks.append(Lock(try store.hold(name)))
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
