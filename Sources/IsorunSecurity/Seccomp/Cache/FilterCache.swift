import Glibc
import IsorunModel
import SystemPackage

/// Compiled builtin filters in files: one open, fstat and read in place of 1.5 ms in libseccomp.
///
/// What lies here becomes the sandbox's filter, so it is taken only from a directory and a file that belong to the
/// effective user, that nobody else can write, and that no symbolic link leads to. Anything else is ignored.
struct FilterCache {
    var directory: String

    /// The key holds all that the program depends on: the tables' revision, options, libseccomp, the ABI.
    static func fileName(_ name: SeccompProfileName, _ options: FilterOptions) -> String {
        let flags = (options.forbidSetIDBits ? "-nosetid" : "") + (options.denyCoreLimit ? "-nocore" : "")
        let versions = "r\(BuiltinProfiles.revision)-f\(FilterCacheEntry.format)-\(SyscallNumber.libraryVersion)"
        return "\(name.rawValue)\(flags)-\(versions)-\(NativeABI.name).bpf"
    }

    /// The filter, or nil where there is none that can be trusted.
    func lookUp(_ name: String) -> CompiledFilter? {
        do throws(Descriptor.Errno) {
            let directory = try openDirectory()
            // O_NONBLOCK: a fifo in its place must not hold isorun up.
            let file = try directory.open(name, O_RDONLY | O_NONBLOCK)
            let status = try file.status()
            guard Self.isPrivate(status, S_IFREG), status.st_size <= FilterCacheEntry.maximumBytes else { return nil }
            return FilterCacheEntry.decode(try file.readAll(limit: Int(status.st_size)))
        } catch {
            return nil
        }
    }

    /// Writes the filter beside its name and renames it, so that a reader sees all of it or nothing; a failure is none.
    func store(_ filter: CompiledFilter, as name: String) {
        do throws(Descriptor.Errno) {
            makeDirectories()
            let directory = try openDirectory()
            let temporary = ".\(name).\(getpid()).\(UInt32.random(in: .min ... .max))"
            let file = try directory.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            do throws(Descriptor.Errno) {
                try file.writeAll(FilterCacheEntry.encode(filter))
                guard unsafe renameat(directory.number, temporary, directory.number, name) == 0 else { throw .last }
            } catch {
                _ = unsafe unlinkat(directory.number, temporary, 0)
            }
        } catch {}
    }

    private func openDirectory() throws(Descriptor.Errno) -> Descriptor {
        let directory = try Descriptor.open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        guard Self.isPrivate(try directory.status(), S_IFDIR) else { throw Descriptor.Errno(number: EPERM) }
        return directory
    }

    private static func isPrivate(_ status: stat, _ type: mode_t) -> Bool {
        status.st_mode & S_IFMT == type && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }

    /// `mkdir -p` with mode 0700 for what is missing.
    private func makeDirectories() {
        var path = directory.hasPrefix("/") ? "/" : ""
        for component in directory.split(separator: "/") {
            path += component
            _ = unsafe mkdir(path, 0o700)
            path += "/"
        }
    }
}
