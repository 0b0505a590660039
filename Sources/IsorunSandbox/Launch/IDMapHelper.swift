internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// newuidmap(1) and newgidmap(1), set-user-ID programs that write maps an unprivileged user may not write.
enum IDMapHelper {
    /// Whether both are installed.
    static var areThere: Bool {
        ["newuidmap", "newgidmap"].allSatisfy { unsafe access("/usr/bin/\($0)", X_OK) == 0 }
    }

    static func run(_ program: String, _ pid: Int32, _ map: [UInt32]) throws(SystemError) {
        let status = try Program.run(["/usr/bin/\(program)", "\(pid)"] + map.map(String.init))
        if status != 0 {
            throw SystemError("map ids with \(program)", "\(pid)", .notPermitted, detail: "it exited with \(status)")
        }
    }
}
