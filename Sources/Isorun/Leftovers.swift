internal import Glibc
internal import IsorunSandbox
internal import IsorunSystem

/// isorun's version.
public enum IsorunVersion {
    /// The version as `isorun --version` prints it.
    public static let text = "0.1.0"
}

/// What a killed isorun left behind: empty cgroups, for everything else goes with its last process.
public enum Leftovers {
    /// Removes it: the paths that are gone.
    ///
    /// - Throws: where there is no room for the descriptors that it takes to look.
    public static func remove() throws -> [String] { try Sandbox.sweep() }
}

/// The reporting program as a command.
public enum ReportProgram {
    /// Runs it with these arguments: its exit code.
    public static func run(_ arguments: [String]) -> Int32 {
        guard let program = JUnitProgram.path else { return 125 }
        return (try? Program.run([program] + arguments)) ?? 125
    }
}
