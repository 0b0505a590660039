import Glibc
import IsorunModel
import IsorunSystem
import IsorunTestSupport
import Synchronization
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite struct `The store of volumes` {
    private func withStore(_ body: (VolumeStore) throws -> Void) throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-volumes-")
        defer {
            try? directory.held.removeContents()
            _ = unsafe directory.path.withPlatformString { unsafe rmdir($0) }
        }
        try body(VolumeStore(at: directory.path.appending("deep").appending("volumes")))
    }

    private func entries(_ store: VolumeStore) throws -> [String] { try HeldDirectory(host: store.path).names() }

    private func remove(_ name: String, _ store: VolumeStore) throws -> VolumeStore.Removal {
        try store.remove(name) { _ in false }
    }

    @Test
    func `makes a volume once, and keeps what is in it`() throws {
        try withStore { store in
            #expect(store.names().isEmpty && !store.exists("data"))
            #expect(try store.create("data"))
            #expect(try !store.create("data"))
            #expect(store.names() == ["data"])
            #expect(store.createdAtUs("data") ?? 0 > 0)
            let top = try HeldDirectory(host: store.path)
            #expect(try EntryStatus(of: top.descriptor).mode & 0o777 == 0o700)
            #expect(try top.status("data/_data").map { $0.mode & 0o777 } == 0o755)
            #expect(try entries(store) == ["data"])
        }
    }

    @Test
    func `removes a volume with all that is in it, but not one that is used`() throws {
        try withStore { store in
            do {
                let held = try store.hold("data")
                #expect(store.isUsed("data"))
                let other = try store.hold("data")
                #expect(try remove("data", store) == .used)
                #expect(store.exists("data"))
                _ = consume held
                _ = consume other
            }
            #expect(!store.isUsed("data"))
            let file = store.data(of: "data").appending("file")
            _ = unsafe file.withPlatformString { unsafe close(open($0, O_CREAT | O_WRONLY, 0o600)) }
            #expect(try remove("data", store) == .removed)
            #expect(try remove("data", store) == .missing)
            #expect(try remove("../data", store) == .missing)
            #expect(try entries(store).isEmpty)
        }
    }

    @Test
    func `is let go of though a process cloned meanwhile has a copy of the lock`() throws {
        try withStore { store in
            let held = try store.hold("data")
            let copies = dup(held.number)
            defer { close(copies) }
            #expect(try remove("data", store) == .used)
            _ = consume held
            #expect(try remove("data", store) == .removed)
        }
    }

    @Test
    func `gives a new volume to who comes after its removal, whoever is first`() throws {
        try withStore { store in
            let lost = Mutex(0)
            let threads = try (0..<4).map { number in
                try WorkerThread {
                    for _ in 0..<100 {
                        if number == 0 {
                            _ = try? store.remove("data") { _ in false }
                        } else if let held = try? store.hold("data") {
                            // What is held is there.
                            if !store.exists("data") { lost.withLock { $0 += 1 } }
                            _ = consume held
                        } else {
                            lost.withLock { $0 += 1 }
                        }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(lost.withLock { $0 } == 0)
            #expect(try remove("data", store) != .used)
            #expect(try entries(store).isEmpty)
        }
    }

    @Test
    func `fills a new volume before it has its name, and one that fails is none`() throws {
        try withStore { store in
            let error = #expect(throws: SystemError.self) {
                try store.create("data") { directory throws(SystemError) in
                    #expect(!store.exists("data"))
                    // Nobody sweeps what is being filled, however long that takes.
                    let aside = directory.removingLastComponent()
                    let old = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
                    _ = unsafe aside.withPlatformString { unsafe utimensat(AT_FDCWD, $0, old, 0) }
                    try store.sweep { _ in false }
                    try HeldDirectory(host: directory).makeFile("half", mode: 0o600, uid: geteuid(), gid: getegid())
                    throw SystemError("fill", "data", .ioError)
                }
            }
            #expect(error?.errno == .ioError)
            #expect(try !store.exists("data") && entries(store).isEmpty)
            var filled = 0
            for _ in 0..<2 {
                _ = try store.hold("data") { _ throws(SystemError) in
                    filled += 1
                    return true
                }
            }
            #expect(filled == 1 && store.exists("data"))
        }
    }

    @Test
    func `fills one that was made empty at its first use, and once`() throws {
        try withStore { store in
            var filled = 0
            func put(_ name: String) -> VolumeStore.Filling {
                { directory throws(SystemError) in
                    filled += 1
                    try HeldDirectory(host: directory).makeFile(name, mode: 0o600, uid: geteuid(), gid: getegid())
                    return true
                }
            }
            func names(_ volume: String) throws -> [String] { try HeldDirectory(host: store.data(of: volume)).names() }
            try store.create("made")
            let made = store.createdAtUs("made")
            // Nothing to begin with: still to be filled. And while somebody has it, it stays as it is.
            do {
                let hold = try store.hold("made")
                _ = try store.hold("made", fill: put("early"))
                #expect(try names("made").isEmpty)
                _ = consume hold
            }
            _ = try store.hold("made") { _ throws(SystemError) in false }
            #expect(throws: SystemError.self) {
                _ = try store.hold("made") { _ throws(SystemError) in throw SystemError("fill", "made", .ioError) }
            }
            #expect(try names("made").isEmpty && entries(store) == ["made"])
            // What one that was killed left goes with the next sweep.
            let left = store.path.appending("made").appending(".filling-left")
            #expect(unsafe mkdir(left.string, 0o700) == 0)
            try HeldDirectory(host: left).makeFile("half", mode: 0o600, uid: geteuid(), gid: getegid())
            try store.sweep { _ in false }
            #expect(unsafe access(left.string, F_OK) != 0)
            _ = try store.hold("made", fill: put("first"))
            #expect(try names("made") == ["first"] && store.createdAtUs("made") == made)
            try HeldDirectory(host: store.data(of: "made")).removeContents()
            _ = try store.hold("made", fill: put("again"))
            #expect(try names("made").isEmpty && filled == 1)
            try store.create("used")
            try HeldDirectory(host: store.data(of: "used")).makeFile("own", mode: 0o600, uid: geteuid(), gid: getegid())
            _ = try store.hold("used", fill: put("never"))
            #expect(try names("used") == ["own"] && filled == 1)
            #expect(
                try remove("made", store) == .removed && remove("used", store) == .removed && entries(store).isEmpty
            )
        }
    }

    @Test
    func `of two who fill a new volume at once takes the first, and nothing is left of the other`() throws {
        try withStore { store in
            let isFirst = try store.create("data") { directory throws(SystemError) in
                try HeldDirectory(host: directory).makeFile("late", mode: 0o600, uid: geteuid(), gid: getegid())
                try store.create("data") { other throws(SystemError) in
                    try HeldDirectory(host: other).makeFile("first", mode: 0o600, uid: geteuid(), gid: getegid())
                    return true
                }
                return true
            }
            #expect(!isFirst)
            #expect(try HeldDirectory(host: store.data(of: "data")).names() == ["first"])
            #expect(try entries(store) == ["data"])
        }
    }

    @Test
    func `finishes what a killed remover began`() throws {
        try withStore { store in
            try store.create("data")
            let gone = store.path.appending(".gone-x")
            let renamed = unsafe store.path.appending("data").withPlatformString { old in
                unsafe gone.withPlatformString { unsafe rename(old, $0) }
            }
            #expect(renamed == 0 && store.names().isEmpty)
            try store.sweep { _ in false }
            #expect(try entries(store).isEmpty)
        }
    }

    @Test(arguments: [
        ("data", true), ("a1", true), ("a", false), ("", false), (".hidden", false), ("a/b", false), ("a_b.c-d", true),
        ("..", false), ("ä1", false), (String(repeating: "a", count: 128), true),
        (String(repeating: "a", count: 129), false),
    ])
    func `knows names as docker does`(name: String, isName: Bool) {
        #expect(VolumeStore.isName(name) == isName)
    }
}
