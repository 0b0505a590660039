internal import Glibc
internal import IsorunModel
internal import IsorunSystem
public import SystemPackage

/// Directories of the host that every container has, too, and that are empty there: homes, and shared scratch space.
///
/// A package that is such a directory, and does not only lie in one, is not to be seen inside.
public enum EmptyPlaces {
    /// Those that every host has.
    static let shared: [FilePath] = ["/home", "/tmp", "/var/tmp", "/run"]

    /// Those of this host for this caller.
    public static var ofHost: [FilePath] {
        var caller = Caller()
        caller.uid = geteuid()
        if let home = Environment.value("HOME") {
            caller.environment = [EnvironmentEntry(name: "HOME", value: ByteString(home))]
        }
        var reading = HostReading()
        return HostTables.users(&reading).homes(andOf: caller) + shared
    }
}
