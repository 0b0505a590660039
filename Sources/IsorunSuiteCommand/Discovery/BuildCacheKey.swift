import IsorunFrameworks
import IsorunModel
import SystemPackage

/// What builds have in common that may start from each other's files: the package's place, the commands that build it,
/// the tools in PATH, and all that a container of the job sees and may do.
struct BuildCacheKey {
    /// A name for the directory of such builds.
    let name: String

    /// - Parameters:
    ///   - package: the package.
    ///   - framework: what builds it.
    ///   - job: the job of its tests; of an image it has to be known which one it is.
    ///   - network: what the build sees of the network.
    ///   - variable: gives a variable of isorun's own environment.
    init(
        _ package: Package,
        _ framework: any Framework,
        for job: JobSpec,
        network: NetworkMode,
        variable: (String) -> String?
    ) {
        var seen = Self.seen(by: job)
        seen.network = network
        seen.process.environment = Self.environment(job, variable)
        var digest = StableDigest()
        for text in [package.directory, framework.name, variable("PATH") ?? ""] { digest.take(text) }
        digest.walk(framework.build(package))
        digest.walk(seen)
        name = digest.text
    }

    // What is left out is named, and not what is in, so that nothing new is forgotten: limits end a build and do not
    // change it, and the rest is nothing that it sees.
    private static func seen(by job: JobSpec) -> JobSpec {
        var job = job
        job.command = []
        job.name = nil
        job.limits = LimitSpec()
        job.streams = StreamSpec()
        job.collection = CollectionSpec()
        job.ports = []
        job.services = []
        job.allowUnenforced = .nothing
        if case .image(var image) = job.filesystem.rootfs {
            // The store's own affair: what is in them is said by the image's id.
            image.found?.layers = []
            image.pull = .missing
            job.filesystem.rootfs = .image(image)
        }
        return job
    }

    // What only changes how things are shown builds nothing else.
    private static func environment(_ job: JobSpec, _ variable: (String) -> String?) -> [EnvironmentEntry] {
        job.process.environment.compactMap { entry in
            guard !["LANG", "TERM", "TZ", "CI"].contains(entry.name), !entry.name.text.hasPrefix("LC_") else {
                return nil
            }
            return EnvironmentEntry(
                name: entry.name,
                value: entry.value ?? variable(entry.name.text).map { ByteString($0) }
            )
        }
    }
}
