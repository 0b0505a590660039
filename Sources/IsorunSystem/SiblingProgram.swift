internal import Glibc
internal import SystemPackage

/// A program that belongs to isorun and is not linked into the one that runs.
public enum SiblingProgram {
    /// Beside this program itself, as in a build folder, or where `Harness/install` puts it.
    ///
    /// - Parameter name: its file's name.
    /// - Returns: its path; nil where it is in neither place.
    public static func path(of name: String) -> String? {
        guard let own = unsafe realpath("/proc/self/exe", nil) else { return nil }
        defer { unsafe free(own) }
        let directory = unsafe FilePath(platformString: own).removingLastComponent()
        let places = [directory, directory.removingLastComponent().appending("libexec").appending("isorun")]
        return places.map { $0.appending(name).string }.first { unsafe access($0, X_OK) == 0 }
    }
}
