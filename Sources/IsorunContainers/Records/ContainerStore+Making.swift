internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunSandbox
package import IsorunSystem
internal import SystemPackage

/// A container's directory before its keeper has it: locked, named, and without a record.
package struct ClaimedContainer: ~Copyable {
    package let id: String
    package let name: String
    package let directory: HeldDirectory
    /// The lock; it goes over to the keeper with the open file.
    package let lock: OwnedDescriptor
}

extension ContainerStore {
    /// Makes a container's directory under a name that nobody else has.
    ///
    /// - Parameter name: nil for one of chance.
    /// - Returns: the directory, locked.
    /// - Throws: where the name is taken.
    package func claim(name: String?) throws(ContainerError) -> ClaimedContainer {
        try locked { () throws(ContainerError) in
            collect()
            let id = try telling { () throws(SystemError) in try ContainerID.make() }
            var chosen = name
            if let name {
                guard let holder = names.linkTarget(.init(name)) else { return try make(id, name) }
                guard isFree(name, holder) else {
                    throw ContainerError(
                        "The container name \"/\(name)\" is already in use by container \"\(holder)\". "
                            + "Remove it (isorun rm \(name)) or take another name."
                    )
                }
                return try make(id, name)
            }
            for attempt in 0..<1000 where chosen == nil {
                let candidate = ContainerName.random(attempt: attempt)
                let holder = names.linkTarget(.init(candidate))
                if holder.map({ isFree(candidate, $0) }) ?? true { chosen = candidate }
            }
            return try make(id, chosen ?? ContainerID.short(id))
        }
    }

    /// Removes a name whose container is gone; false where it is there.
    private func isFree(_ name: String, _ holder: String) -> Bool {
        if ContainerID.isWhole(holder), (try? containers.directory(holder)) != nil { return false }
        _ = unsafe unlinkat(names.descriptor.raw, name, 0)
        return true
    }

    private func make(_ id: String, _ name: String) throws(ContainerError) -> ClaimedContainer {
        try telling { () throws(SystemError) in
            try containers.makeDirectory(id, mode: 0o700, uid: geteuid(), gid: getegid())
            let directory = try containers.directory(id)
            let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
            let raw = unsafe openat(directory.descriptor.raw, Container.lockName, flags, 0o600)
            let lock = try OwnedDescriptor(raw < 0 ? -errno : raw, "make the lock of", id)
            _ = try check(isorun_lock(lock.raw, 0), "lock", id)
            let linked = unsafe symlinkat(id, names.descriptor.raw, name)
            guard linked == 0 else { throw SystemError("name the container", name, Errno(rawValue: errno)) }
            return ClaimedContainer(id: id, name: name, directory: directory, lock: lock)
        }
    }

    /// Removes a container's directory and its name; whoever still reads its files may go on.
    package func remove(id: String, name: String) {
        locked { () throws(Never) in discard(id, name) }
    }

    private func discard(_ id: String, _ name: String?) {
        // First the record: without it this is no container any more, wherever the rest is interrupted. With a record
        // and without a name it would be one that `ps` shows and its name does not find.
        _ = unsafe unlinkat(containers.descriptor.raw, "\(id)/\(Container.recordName)", 0)
        for name in name.map({ [$0] }) ?? (try? names.names()) ?? [] where names.linkTarget(.init(name)) == id {
            _ = unsafe unlinkat(names.descriptor.raw, name, 0)
        }
        guard let directory = try? containers.directory(id) else { return }
        for file in (try? directory.names()) ?? [] { _ = unsafe unlinkat(directory.descriptor.raw, file, 0) }
        _ = unsafe unlinkat(containers.descriptor.raw, id, AT_REMOVEDIR)
    }

    /// Removes the socket on which a container's keeper listened, if that is dead.
    func removeSocket(ofDead id: String) {
        locked { () throws(Never) in
            guard let directory = try? containers.directory(id), (try? Container.isLocked(directory)) == false else {
                return
            }
            _ = unsafe unlinkat(directory.descriptor.raw, Container.socketName, 0)
        }
    }

    /// Removes what killed clients and keepers left: directories without a record, and dead containers with `--rm`.
    @discardableResult
    private func collect() -> [String] {
        var removed: [String] = []
        for id in ids() {
            let record: ContainerRecord?
            do throws(SystemError) {
                let directory = try containers.directory(id)
                if try Container.isLocked(directory) { continue }
                record = try Container.read(directory)
            } catch {
                // What could not be looked at is not taken for what never was.
                continue
            }
            guard let record else {
                discard(id, nil)
                removed.append(id)
                continue
            }
            guard record.autoRemove else { continue }
            discard(id, record.name)
            removed.append(id)
        }
        return removed
    }

    /// Removes all that killed clients and keepers left: records that were to be none, and cgroups.
    package func clear() {
        tidy()
        _ = try? Sandbox.sweep()
    }

    /// Removes what killed clients and keepers left: the ids of the containers that never were, or that were to leave no
    /// record.
    @discardableResult
    package func tidy() -> [String] {
        locked { () throws(Never) in collect() }
    }
}
