import CIsorunSystem
import Glibc

/// Where a report goes, checked before anything is created, and held from then on: a job that can write to a directory
/// on the way there leads the report nowhere else.
public struct ReportTarget: Sendable {
    /// The ways a report can be written.
    enum Place: Hashable, Sendable {
        /// Standard output.
        case standardOutput
        /// A file that is replaced atomically: its directory with every link resolved, and its name.
        case file(directory: String, name: String)
        /// A pipe or device that can only be written to.
        case stream(path: String)
    }
    /// What holds a place, open as a path only: its directory, or the pipe or device itself.
    final class Hold: Sendable {
        private let file: OpenFile
        /// The descriptor, which stays this one's.
        var number: Int32 { file.number }
        /// A path to what is held, for this process.
        var path: String { "/proc/self/fd/\(number)" }

        init(_ path: String, flags: Int32 = 0) throws(FileFailure) {
            file = try OpenFile(path, flags: isorun_path_only | flags)
        }
    }
    /// The path as the user gave it.
    public let path: String
    let place: Place
    /// Nil for standard output.
    let hold: Hold?

    /// Whether a report can be replaced as a run goes on; what goes to a pipe is written once, at the end.
    public var isReplaceable: Bool {
        if case .file = place { true } else { false }
    }

    /// Whether it goes to standard output.
    public var isStandardOutput: Bool { hold == nil }

    /// Looks at where a report is to go and creates nothing.
    ///
    /// `-` is standard output. A link is followed now, so that the file it leads to is replaced and not the link.
    /// - Parameters:
    ///   - path: the user's path, absolute or from the working directory.
    ///   - shown: what messages call it, where that is not the path.
    /// - Returns: where to write it with `AtomicFile`.
    /// - Throws: `ReportingError` that names the path and the way out: the directory is missing or not writable, the
    ///   path is a directory.
    public static func check(_ path: String, shown: String? = nil) throws(ReportingError) -> ReportTarget {
        let (place, path) = (path, shown ?? path)
        guard place != "-" else { return ReportTarget(path: path, place: .standardOutput, hold: nil) }
        guard !place.isEmpty, !place.utf8.contains(0) else {
            throw ReportingError(.usage, "this is no path for a report:", path, hint: "an example of one: out.xml")
        }
        var resolved = place
        for _ in 0..<40 {
            guard let link = target(ofLink: resolved) else { break }
            resolved = link.hasPrefix("/") ? link : parent(of: resolved) + "/" + link
        }
        if resolved == "/proc/self/fd/1" { return ReportTarget(path: path, place: .standardOutput, hold: nil) }
        let depth = depthBelowDescriptor(resolved)
        // What lies in a directory that was handed over is replaced, whatever a job has put there since.
        switch depth == 1 ? nil : kind(of: resolved) {
        case S_IFDIR: throw isDirectory(path)
        case S_IFREG where depth != 0, nil: break
        default: return ReportTarget(path: path, place: .stream(path: resolved), hold: try held(resolved, for: path))
        }
        let name = resolved.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        guard !name.isEmpty, name != ".", name != ".." else { throw isDirectory(path) }
        let parent = parent(of: resolved)
        let directory = try writableDirectory(parent, for: path)
        let hold = try held(parent, flags: O_DIRECTORY, for: path)
        return ReportTarget(path: path, place: .file(directory: directory, name: name), hold: hold)
    }

    /// Refuses two reports that would overwrite each other.
    ///
    /// - Throws: `ReportingError` of kind `usage` that names both paths.
    public static func checkDistinct(_ targets: [ReportTarget]) throws(ReportingError) {
        for (index, target) in targets.enumerated() {
            for other in targets[..<index] where other.place == target.place {
                guard target.place != .stream(path: "/dev/null") else { continue }
                let what = other.path == "-" ? "two reports go to standard output:" : "two reports go to one file:"
                let both = other.path == target.path ? target.path : "\(other.path) and \(target.path)"
                throw ReportingError(.usage, what, both, hint: "give each a file of its own")
            }
        }
    }

    /// Refuses a report in the place of a file that is to be read.
    public static func protect(_ input: String, from targets: [ReportTarget]) throws(ReportingError) {
        // Where no report can be, none takes its place.
        guard let own = try? check(input), own.isReplaceable else { return }
        guard let target = targets.first(where: { $0.place == own.place }) else { return }
        throw ReportingError(
            .usage,
            "the report would take the place of what is read:",
            target.path,
            hint: "give it a file of its own"
        )
    }

    /// Removes the report of a former run, so that it is never taken for this one's: what stands there afterwards was
    /// written by this run, even where isorun is killed before it writes anything.
    ///
    /// Call it when the run is certain to begin. Standard output, pipes and devices are left as they are.
    /// - Throws: `ReportingError` with the kernel's answer where the old one cannot be removed, and so not replaced.
    public func removeFormer() throws(ReportingError) {
        guard case .file(_, let name) = place, let hold else { return }
        guard unsafe unlinkat(hold.number, name, 0) != 0, errno != ENOENT else { return }
        let error = errno
        let hint =
            error == ENAMETOOLONG
            ? "a file's name has 255 bytes at most"
            : "the former report could not be removed, so it could not be replaced either"
        throw ReportingError(.system, "cannot write the report", self.path, errno: error, hint: hint)
    }

    /// A path at which a program that is started meanwhile finds the place, wherever its directory is moved to.
    public func withInheritedPath<Result, Failure>(
        _ body: (String) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let hold else { return try body(path) }
        // Without O_CLOEXEC, for the time being.
        let inherited = dup(hold.number)
        defer { close(inherited) }
        guard case .file(_, let name) = place else { return try body("/proc/self/fd/\(inherited)") }
        return try body("/proc/self/fd/\(inherited)/\(name)")
    }

    private static func held(_ place: String, flags: Int32 = 0, for path: String) throws(ReportingError) -> Hold {
        do throws(FileFailure) {
            return try Hold(place, flags: flags)
        } catch {
            throw ReportingError(.system, "cannot write the report", path, errno: error.errno)
        }
    }

    /// How deep below an open file's name in /proc it is: 0 for that file, which cannot be replaced; nil elsewhere.
    private static func depthBelowDescriptor(_ path: String) -> Int? {
        let names = path.split(separator: "/")
        return names.count >= 4 && names[0] == "proc" && names[2] == "fd" ? names.count - 4 : nil
    }

    private static func writableDirectory(_ directory: String, for path: String) throws(ReportingError) -> String {
        let what = "cannot write the report"
        guard let resolved = unsafe realpath(directory, nil) else {
            let error = errno
            let shown = TerminalText.escape(directory)
            let hint = error == ENOENT ? "make its directory first: mkdir -p '\(shown)'" : "its directory is '\(shown)'"
            throw ReportingError(.system, what, path, errno: error, hint: hint)
        }
        defer { unsafe free(resolved) }
        let text = unsafe String(cString: resolved)
        guard kind(of: text) == S_IFDIR else {
            throw ReportingError(.system, what, path, errno: ENOTDIR, hint: "'\(TerminalText.escape(text))' is a file")
        }
        guard unsafe faccessat(AT_FDCWD, text, W_OK | X_OK, AT_EACCESS) == 0 else {
            let hint = "the directory '\(TerminalText.escape(text))' must be writable: the file is replaced in one step"
            throw ReportingError(.system, what, path, errno: errno, hint: hint)
        }
        return text
    }

    private static func isDirectory(_ path: String) -> ReportingError {
        ReportingError(.usage, "the report's path is a directory:", path, hint: "name a file in it")
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The file type of what a path leads to; nil where there is nothing.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func target(ofLink path: String) -> String? {
        // A link in /proc leads to an open file, which need not have the name that the link shows.
        guard !path.hasPrefix("/proc/") else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &buffer, Int(PATH_MAX))
        return count > 0 ? String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
