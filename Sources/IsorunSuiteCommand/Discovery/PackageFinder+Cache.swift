import IsorunFrameworks
import IsorunModel
import IsorunSandbox
import IsorunSystem
import SystemPackage

extension PackageFinder {
    /// The build directories of former runs; nil, after it was said why, where there are none to be had.
    func cache(_ framework: any Framework, _ package: Package) -> BuildCache? {
        let names = framework.buildDirectories(package)
        guard !names.isEmpty else {
            Say.error("note: \(framework.name) names no build directory, so --build-cache keeps nothing")
            return nil
        }
        var job = base
        do {
            try JobImage.fetch(for: job)
            _ = try JobImage.settle(&job)
        } catch {
            // The build will say it.
            return nil
        }
        let key = BuildCacheKey(package, framework, for: job, network: buildNetwork) { Environment.value($0) }
        do throws(BuildCache.Refusal) {
            let subject = BuildCache.Subject(
                package: FilePath(package.directory),
                names: names,
                key: key.name,
                identity: try Self.identity(of: FilePath(package.directory), job.filesystem),
                user: job.process.user
            )
            return try BuildCache(in: workspace.caches, for: subject)
        } catch {
            Say.error("note: this run builds without --build-cache: \(error)")
            return nil
        }
    }

    /// What tells the directories that a build reads from others that were, or will be, at the same paths: tools compare
    /// times, and those of files that were copied or unpacked may be older than what was built of others.
    private static func identity(of package: FilePath, _ files: FilesystemSpec) throws(BuildCache.Refusal) -> String {
        // What a build writes to is made anew often enough, and says nothing of what it reads.
        var others = (files.volumes + files.views).filter { !$0.writable && $0.name == nil }.map(\.source)
        if case .directory(let root) = files.rootfs { others.append(root) }
        do throws(SystemError) {
            var text = "\(try DirectoryIdentity(of: HeldDirectory(host: package)))\n"
            for path in others {
                // What is no directory, or none that can be opened, the build itself will tell of.
                guard let held = try? HeldDirectory(host: path) else { continue }
                text += "\(try DirectoryIdentity(of: held)) \(path)\n"
            }
            return text
        } catch {
            throw .failure(error)
        }
    }
}
