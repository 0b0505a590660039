internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSandbox
package import IsorunSystem
internal import SystemPackage

/// A container's own directory: its record, its lock, its log and its keeper's socket.
package struct Container: ~Copyable {
    /// How it is, by docker's words.
    package enum Status: String, Hashable, Sendable, CaseIterable {
        case created, running, paused, exited
        /// Its keeper was killed, and the kernel ended the container with it.
        case dead
    }

    package let directory: HeldDirectory
    package let id: String
    /// What its keeper wrote last.
    package let record: ContainerRecord
    /// How it was when it was looked at.
    package let status: Status

    static let recordName = "record.json"
    static let lockName = "lock"
    package static let socketName = RunDirectory.socketName

    /// Looks at a container; nil where there is none, or only the beginning of one.
    init?(in containers: borrowing HeldDirectory, id: String) {
        guard let directory = try? containers.directory(id) else { return nil }
        // In this order: a keeper that ends in between has written its last record by then.
        guard let lives = try? Self.isLocked(directory) else { return nil }
        guard let record = try? Self.read(directory), record.id == id else { return nil }
        self.directory = directory
        self.id = id
        self.record = record
        status = Self.status(record, keeperLives: lives)
    }

    /// The kernel's word that a keeper lives outweighs the record, but for the end that it told itself.
    static func status(_ record: ContainerRecord, keeperLives: Bool) -> Status {
        if record.phase == .exited { return .exited }
        guard keeperLives else { return .dead }
        if record.phase == .created { return .created }
        return record.isPaused ? .paused : .running
    }

    /// Whether a keeper holds the lock: nobody does when it is dead, however it died.
    ///
    /// - Throws: where that is not known, as no more files can be opened.
    static func isLocked(_ directory: borrowing HeldDirectory) throws(SystemError) -> Bool {
        let file = try HostReading.answer { () throws(SystemError) in try directory.file(lockName) }
        guard let file else { return false }
        return try check(isorun_is_locked(file.raw), "look at the lock") == 1
    }

    /// What was written down of it; nil where that is nothing, or is no record.
    ///
    /// - Throws: where that is not known, as no more files can be opened.
    static func read(_ directory: borrowing HeldDirectory) throws(SystemError) -> ContainerRecord? {
        let file = try HostReading.answer { () throws(SystemError) in try directory.file(recordName) }
        guard let file else { return nil }
        let bytes = try SmallFile.read(file, named: FilePath(recordName))
        return (try? JSON(parsing: bytes)).flatMap(ContainerRecord.init)
    }

    /// Waits until its keeper is gone: the kernel closes a killed one's files one after the other, the socket perhaps
    /// before the lock.
    package func waitForKeeper() {
        guard let file = try? directory.file(Self.lockName) else { return }
        _ = isorun_wait_unlocked(file.raw)
    }

    /// Whether its processes may still be there.
    package var isAlive: Bool { status != .exited && status != .dead }

    /// The exit code as docker tells it; 137 where it died with its keeper.
    package var exitCode: Int32 { record.exitCode ?? (status == .dead ? 137 : 0) }

    /// Why it is dead, in words.
    package var problem: String {
        status == .dead
            ? "its keeper was killed, and the kernel ended the container with it"
            : record.result?["reason"]?.string ?? ""
    }
}

extension ContainerRecord {
    /// Replaces the record in one step.
    func write(to directory: borrowing HeldDirectory) throws(SystemError) {
        let text = json.page
        try directory.replace(.init(Container.recordName), mode: 0o600) { file throws(SystemError) in
            try file.write(all: text.utf8)
        }
    }
}
