internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
package import IsorunSystem
internal import SystemPackage

/// A user namespace for this process, with the ids that an unprivileged caller's containers have: what is written to a
/// store in it has the owners that containers see.
package enum OwnUserNamespace {
    /// Enters one; the process must not have begun a second thread.
    ///
    /// Its map is written from outside, by a helper that was started before: the kernel lets nobody inside name ids that
    /// are not his own (user_namespaces(7)).
    ///
    /// - Parameter helper: arguments of a program that calls ``map(_:)`` once its standard input has ended.
    /// - Returns: whether only the caller's own id is mapped.
    /// - Throws: where the kernel makes none, or the helper fails.
    package static func enter(helper: [String]) throws(SystemError) -> Bool {
        let isSingle = Planner.identity(try facts()) == .single
        let program = try PipedProgram(helper)
        let result = isorun_unshare_users()
        let status = program.finish()
        _ = try check(result, "make a user namespace")
        guard status == 0 else {
            throw SystemError("map ids", "", .notPermitted, detail: "\(helper[0]) exited with \(status)")
        }
        return isSingle
    }

    /// Writes the map of a process: the helper's part.
    package static func map(_ pid: Int32) throws(SystemError) {
        let facts = try facts()
        try IdentityRange(Planner.identity(facts), caller: facts.caller, slot: 0).apply(to: pid)
    }

    private static func facts() throws(SystemError) -> HostFacts {
        var facts = HostFacts()
        var reading = HostReading()
        facts.caller.uid = geteuid()
        facts.caller.gid = getegid()
        facts.subordinateIDs = SubordinateTable.ranges(
            uid: facts.caller.uid,
            user: HostTables.users(&reading).name(of: facts.caller.uid),
            &reading
        )
        if let failure = reading.failure { throw failure }
        facts.hasMapHelpers = IDMapHelper.areThere
        return facts
    }
}
