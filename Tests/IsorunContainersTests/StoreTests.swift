import CIsorunSystem
import Glibc
import IsorunSystem
import IsorunTestSupport
import Synchronization
import SystemPackage
import Testing

@testable import IsorunContainers

@Suite struct `The store of containers` {
    private func withStore(_ body: (borrowing ContainerStore) throws -> Void) throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-store-")
        defer { removeAll(directory) }
        try body(try ContainerStore(at: directory.path))
    }

    private static func record(_ claimed: borrowing ClaimedContainer, rm: Bool = false) throws {
        var record = `A container's record`.full()
        record.id = claimed.id
        record.name = claimed.name
        record.phase = .running
        record.isPaused = false
        record.autoRemove = rm
        try record.write(to: claimed.directory)
    }

    @Test
    func `gives a name to one alone, however many want it at once`() throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-store-")
        defer { removeAll(directory) }
        let path = directory.path
        let won = Mutex(0)
        let lost = Mutex(0)
        let threads = try (0..<8).map { _ in
            try WorkerThread {
                guard let store = try? ContainerStore(at: path) else { return }
                do {
                    let claimed = try store.claim(name: "web")
                    won.withLock { $0 += 1 }
                    // Held until all have tried.
                    while lost.withLock({ $0 }) < 7 { usleep(1000) }
                    _ = claimed.lock.raw
                } catch {
                    lost.withLock { $0 += 1 }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(won.withLock { $0 } == 1 && lost.withLock { $0 } == 7)
    }

    @Test
    func `loses no record for want of descriptors`() async {
        await #expect(processExitsWith: .success) {
            let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-store-")
            defer { removeAll(directory) }
            let store = try ContainerStore(at: directory.path)
            let claimed = try store.claim(name: "web")
            let id = claimed.id
            try Self.record(claimed)
            _ = consume claimed
            var usual = rlimit()
            #expect(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) == 0)
            let next = fcntl(0, F_DUPFD_CLOEXEC, 0)
            close(next)
            for room in 0..<8 {
                var few = rlimit(rlim_cur: rlim_t(next) + rlim_t(room), rlim_max: usual.rlim_max)
                #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &few) == 0)
                store.tidy()
                #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) == 0)
                #expect(store.ids() == [id], "with room for \(room)")
            }
        }
    }

    @Test
    func `removes a container's record before its name: none is left that its name does not find`()
        throws
    {
        try withStore { store in
            let claimed = try store.claim(name: "web")
            try Self.record(claimed)
            let watch = OwnedDescriptor(isorun_changes_create())
            _ = unsafe isorun_changes_watch(watch.raw, "\(store.path)/containers/\(claimed.id)")
            _ = unsafe isorun_changes_watch(watch.raw, "\(store.path)/names")
            store.remove(id: claimed.id, name: claimed.name)
            let gone = changed(watch).filter { ["record.json", "web"].contains($0) }
            #expect(gone == ["record.json", "web"])
        }
    }

    /// The names of what changed, in order, inotify(7).
    private func changed(_ watch: borrowing OwnedDescriptor) -> [String] {
        var events = [UInt8](repeating: 0, count: 1 << 14)
        let count = unsafe read(watch.raw, &events, events.count)
        var rest = events.prefix(max(count, 0))
        var names: [String] = []
        while rest.count >= 16 {
            let length = rest.dropFirst(12).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            names.append(String(decoding: rest.dropFirst(16).prefix(length).prefix { $0 != 0 }, as: UTF8.self))
            rest = rest.dropFirst(16 + length)
        }
        return names
    }

    @Test
    func `finds a container by its name, its id and the beginning of it`() throws {
        try withStore { store in
            let claimed = try store.claim(name: "web")
            try Self.record(claimed)
            for reference in ["web", "/web", claimed.id, String(claimed.id.prefix(12))] {
                #expect(try store.container(reference).id == claimed.id)
            }
            for reference in ["", "we", "nobody", "zz", String(repeating: "f", count: 64)] {
                let error = #expect(throws: ContainerError.self) { _ = try store.container(reference) }
                #expect(error?.isMissing == true)
            }
        }
    }

    @Test
    func `says that a container lives for exactly as long as its lock is held`() throws {
        try withStore { store in
            let id: String
            do {
                let claimed = try store.claim(name: nil)
                try Self.record(claimed)
                id = claimed.id
                #expect(try store.container(id).status == .running)
                let copy = try claimed.lock.duplicate("pass the lock on")
                _ = consume claimed
                // A keeper that inherited the open file holds it on.
                #expect(try store.container(id).status == .running)
                _ = copy.raw
            }
            #expect(try store.container(id).status == .dead)
        }
    }

    @Test
    func `forgets what a killed client began, and gives its name to the next`() throws {
        try withStore { store in
            let first: String
            do {
                let claimed = try store.claim(name: "web")
                first = claimed.id
            }
            let second = try store.claim(name: "web")
            #expect(second.id != first)
            #expect(store.ids() == [second.id])
        }
    }

    @Test
    func `keeps the record of a dead container, but not with --rm`() throws {
        try withStore { store in
            do {
                let kept = try store.claim(name: "kept")
                try Self.record(kept)
                let gone = try store.claim(name: "gone")
                try Self.record(gone, rm: true)
            }
            store.tidy()
            #expect(try store.container("kept").status == .dead)
            #expect(throws: ContainerError.self) { _ = try store.container("gone") }
            #expect(store.ids().count == 1)
        }
    }

    @Test
    func `removes a container with its name, and leaves nothing`() throws {
        try withStore { store in
            let claimed = try store.claim(name: "web")
            try Self.record(claimed)
            store.remove(id: claimed.id, name: claimed.name)
            #expect(store.ids().isEmpty)
            #expect(try store.names.names().isEmpty && store.containers.names().isEmpty)
        }
    }

    @Test
    func `is nobody else's to read`() throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-store-")
        defer { removeAll(directory) }
        let path = directory.path.appending("deep").appending("store")
        let store = try ContainerStore(at: path)
        let held = try HeldDirectory(host: path)
        #expect(try EntryStatus(of: held.descriptor).mode & 0o777 == 0o700)
        _ = store.ids()
    }
}
