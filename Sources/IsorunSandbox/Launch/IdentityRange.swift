internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// The ids outside that stand behind those inside, and how the kernel is told.
struct IdentityRange {
    /// The host id behind container root.
    let first: UInt32
    /// The id that init has inside.
    let initID: UInt32
    /// The id inside of what carries a private network; 0 where that is who isorun's caller is.
    let networkID: UInt32
    /// Whether setgroups(2) is allowed inside.
    let maySetGroups: Bool
    private let uidMap: [Line]
    private let gidMap: [Line]
    private let needsHelper: Bool
    private let isLeased: Bool

    private struct Line { var inside: UInt32; var outside: UInt32; var count: UInt32 }

    // Above what systemd hands to its containers and below 2^31: nobody assigns from there (systemd, UIDs-GIDs). The
    // stride leaves room for init's own id after the 65,536 of the job.
    private static let firstLeased: UInt32 = 0x7000_0000
    private static let stride: UInt32 = 0x2_0000

    init(_ plan: IdentityPlan, caller: Caller, slot: Int, hasCarrier: Bool = false) {
        switch plan {
        case .leased:
            first = Self.firstLeased + UInt32(slot) * Self.stride
            initID = initContainerID
            networkID = networkContainerID
            // What nobody needs is not mapped.
            uidMap = [Line(inside: 0, outside: first, count: (hasCarrier ? networkContainerID : initContainerID) + 1)]
            gidMap = uidMap
            (needsHelper, maySetGroups, isLeased) = (false, true, true)
        case .subordinate(let ids):
            first = caller.uid
            let count = min(ids.uids.count, ids.gids.count, initContainerID)
            initID = count
            networkID = 0
            uidMap = [
                Line(inside: 0, outside: caller.uid, count: 1), Line(inside: 1, outside: ids.uids.start, count: count),
            ]
            gidMap = [
                Line(inside: 0, outside: caller.gid, count: 1), Line(inside: 1, outside: ids.gids.start, count: count),
            ]
            (needsHelper, maySetGroups, isLeased) = (true, true, false)
        case .single:
            first = caller.uid
            initID = 0
            networkID = 0
            uidMap = [Line(inside: 0, outside: caller.uid, count: 1)]
            gidMap = [Line(inside: 0, outside: caller.gid, count: 1)]
            (needsHelper, maySetGroups, isLeased) = (false, false, false)
        }
    }

    /// Gives pipes to the job's user, who may then open them by their paths, as /dev/stderr; fchown(2).
    ///
    /// Without root they are the caller's, who is root inside.
    func give(_ streams: [Int32], to user: UserSpec) {
        guard isLeased, user.uid <= initContainerID, user.gid <= initContainerID else { return }
        for stream in streams {
            var status = stat()
            // Never what is not the keeper's own, as /dev/null.
            guard unsafe fstat(stream, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { continue }
            _ = fchown(stream, first + user.uid, first + user.gid)
        }
    }

    /// Writes the maps of a process: user_namespaces(7).
    func apply(to pid: Int32) throws(SystemError) {
        if needsHelper {
            try IDMapHelper.run("newuidmap", pid, uidMap.flatMap { [$0.inside, $0.outside, $0.count] })
            try IDMapHelper.run("newgidmap", pid, gidMap.flatMap { [$0.inside, $0.outside, $0.count] })
            return
        }
        if !maySetGroups { try SmallFile.write("deny", to: FilePath("/proc/\(pid)/setgroups")) }
        try SmallFile.write(text(uidMap), to: FilePath("/proc/\(pid)/uid_map"))
        try SmallFile.write(text(gidMap), to: FilePath("/proc/\(pid)/gid_map"))
    }

    private func text(_ map: [Line]) -> String {
        var text = ""
        for line in map { text += "\(line.inside) \(line.outside) \(line.count)\n" }
        return text
    }
}
