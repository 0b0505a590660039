internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// What was taken out of a container.
struct Collection {
    var files: [CollectedFile] = []
    var junitFiles: [FilePath] = []
}

/// Takes files out of what a job wrote, when all its processes are dead.
///
/// Names, types and contents are the job's and hostile: everything is opened below a held directory with no link
/// followed, looked at by its descriptor, and copied into fresh files of isorun's own (CVE-2018-15664 and its kind).
struct Collector {
    var layers: [WrittenLayer]
    var workdir: FilePath

    func collect(_ spec: CollectionSpec) -> Collection {
        Collection()
    }
}
