internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// What was taken out of a container.
struct Collection {
    /// Artifacts, and what was refused.
    var files: [CollectedFile] = []
    /// Why the host did not take the copy of an artifact.
    var copyFailure: String?
    /// The job's own JUnit files.
    var reports: [JobReport] = []
    /// Why the list of writes is not there.
    var writesFailure: SystemError?
    /// The layers that were stored.
    var layers: [LayerSpec] = []
    /// Why the layers were not stored.
    var layersFailure: SystemError?
    /// What was written and is in none of them, for a person.
    var leftOut: String?
    /// What the list of writes lacks, for a person.
    var notes: [String] = []
}

/// Takes files out of what a job wrote, when all its processes are dead.
///
/// Names, types and contents are the job's and hostile: everything is opened below a held directory with no link
/// followed, looked at by its descriptor, and copied into fresh files of isorun's own (CVE-2018-15664 and its kind).
struct Collector {
    var layers: [WrittenLayer]
    var workdir: FilePath
    /// Where bind mounts are seen inside: what is written there is on the host already.
    var volumes: [FilePath] = []
    /// The name of the job's result.
    var job = ""
    var limits = CollectLimits()

    /// Takes out what is asked for; whatever cannot be taken is in the result with its reason.
    ///
    /// - Parameters:
    ///   - spec: what is asked for.
    ///   - destinations: those of the same specification, from before the job.
    /// - Returns: what was taken, and what was not.
    func collect(_ spec: CollectionSpec, to destinations: Destinations) -> Collection {
        var collection = Collection()
        if let path = spec.writes, let file = destinations.writes { writeList(to: file, path, &collection) }
        if !spec.artifacts.isEmpty { artifacts(spec.artifacts, destinations.artifacts, &collection) }
        if !spec.junitPatterns.isEmpty { collection.reports = reports(spec.junitPatterns) }
        return collection
    }

    private func artifacts(
        _ artifacts: [ArtifactSpec],
        _ destinations: [ArtifactDestination],
        _ collection: inout Collection
    ) {
        let account = ArtifactAccount(limits: limits)
        for (artifact, destination) in zip(artifacts, destinations) {
            find(artifact.pattern, for: ArtifactCopier(artifact, to: destination, account: account))
        }
        collection.files = account.finish()
        collection.copyFailure = account.hostFailure
    }

    private func reports(_ patterns: [String]) -> [JobReport] {
        let reader = JUnitReader(job: job, limits: limits)
        for pattern in patterns { find(pattern, for: reader, suffixBelow: ".xml") }
        return reader.reports.sorted { $0.path < $1.path }
    }

    private func find(_ text: String, for sink: any MatchSink, suffixBelow: String = "") {
        let shown = ByteString(text)
        guard let pattern = PathPattern(text, workdir: workdir) else {
            return sink.refuse(shown, "the pattern has .. behind a wildcard, or is too long")
        }
        var budget = limits.entries
        var found = false
        for walk in LayerStack(layers: layers, limits: limits).walks {
            let start = pattern.advance(pattern.start, along: walk.layer.path)
            if start.isDead { continue }
            var visitor = MatchVisitor(pattern: pattern, layer: walk.layer, sink: sink)
            visitor.suffixBelow = Array(suffixBelow.utf8)
            let finished = walk.run(&visitor, from: start, budget: &budget)
            found = found || visitor.found
            guard finished else {
                return sink.refuse(shown, "more than \(limits.entries) entries were looked at; the others are left out")
            }
        }
        if !found { sink.refuse(shown, reasonForNothing(pattern)) }
    }

    private func reasonForNothing(_ pattern: PathPattern) -> String {
        if let volume = volumes.first(where: { pattern.fixedPath.starts(with: $0) }) {
            return "\(volume) is a volume: what the job wrote there is on the host already"
        }
        return "the job wrote nothing that matches"
    }

    private func writeList(to target: HostFile, _ path: FilePath, _ collection: inout Collection) {
        var list = WritesList(limits: limits)
        var budget = limits.entries
        for walk in LayerStack(layers: layers, limits: limits).walks {
            var visitor = WritesVisitor(walk.layer, list)
            let top = try? walk.layer.lower?.statusBeneath("")
            if !walk.run(&visitor, from: .init(below: top), budget: &budget) {
                visitor.list.leaveOut("more than \(limits.entries) entries were looked at")
            }
            visitor.listRemovedSkeleton()
            list = visitor.finish()
        }
        do throws(SystemError) {
            try target.write { (file: borrowing OwnedDescriptor) throws(SystemError) in
                try list.write { bytes throws(SystemError) in try file.write(all: bytes) }
            }
        } catch {
            collection.writesFailure = error
        }
        collection.notes = list.missing.map { "\(path) is incomplete: \($0)" }
    }
}
