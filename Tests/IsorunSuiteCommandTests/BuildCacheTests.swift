import Glibc
import IsorunModel
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A build directory that is kept` {
    private func withCaches(_ body: (FilePath) throws -> Void) throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-cache-")
        defer {
            try? directory.held.removeContents()
            _ = unsafe rmdir(directory.path.string)
        }
        try body(directory.path.appending("isorun"))
    }

    private func take(_ caches: FilePath, identity: String = "1", user: UInt32 = 0) throws -> BuildCache {
        let user = UserSpec(uid: user, gid: user)
        let subject = BuildCache.Subject(package: "/p", names: ["out"], key: "key", identity: identity, user: user)
        return try BuildCache(in: caches, for: subject) { _ in false }
    }

    private func made(_ caches: FilePath) -> FilePath { caches.appending("builds/key/out/made") }

    private func make(_ path: FilePath) throws {
        let raw = unsafe open(path.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        try #require(raw >= 0)
        close(raw)
    }

    private func exists(_ path: FilePath) -> Bool { unsafe access(path.string, F_OK) == 0 }

    private func status(_ path: FilePath) throws -> stat {
        var status = stat()
        let result = unsafe stat(path.string, &status)
        try #require(result == 0)
        return status
    }

    private func result(_ outcome: Outcome, exitCode: Int32?, oomKills: UInt64? = 0) -> JobResult {
        var result = JobResult(
            name: "build",
            command: [],
            outcome: outcome,
            reason: "",
            startedAtUs: 0,
            duration: .zero,
            host: HostSummary(kernel: "", cgroup: "none", rootless: false)
        )
        result.exitCode = exitCode
        result.events.oomKills = oomKills
        return result
    }

    @Test func `has what a build left that ended by itself, passed or not`() throws {
        try withCaches { caches in
            for (outcome, code) in [(Outcome.passed, Int32(0)), (.failed, 2)] {
                let cache = try take(caches)
                try cache.begin()
                try make(made(caches))
                cache.end(result(outcome, exitCode: code))
            }
            let cache = try take(caches)
            #expect(exists(made(caches)))
            #expect(cache.volumes(writable: true).map(\.destination) == ["/p/out"])
        }
    }

    @Test(arguments: [
        (Outcome.outOfMemory, Int32?.none, UInt64(1)), (.outputLimit, nil, 0), (.timedOut, 143, 0), (.signaled, nil, 0),
        (.cancelled, 130, 0), (.tampered, nil, 0), (.setupFailed, nil, 0), (.passed, 0, 1),
    ])
    func `has nothing of a build of which something was killed`(
        _ outcome: Outcome,
        _ code: Int32?,
        _ kills: UInt64
    ) throws {
        try withCaches { caches in
            do {
                let cache = try take(caches)
                try cache.begin()
                try make(made(caches))
                cache.end(result(outcome, exitCode: code, oomKills: kills))
            }
            let cache = try take(caches)
            #expect(!exists(made(caches)))
            _ = cache
        }
    }

    @Test func `has nothing of a build whose end nobody saw, and what empties it may be killed as well`() throws {
        try withCaches { caches in
            do {
                let cache = try take(caches)
                try cache.begin()
                try make(made(caches))
            }
            // As when emptying ended in the middle: the mark stands until all of it is done.
            #expect(exists(caches.appending("builds/key/building")))
            _ = try take(caches)
            #expect(!exists(made(caches)) && !exists(caches.appending("builds/key/building")))
        }
    }

    @Test func `has nothing of another directory that had the package's path`() throws {
        try withCaches { caches in
            _ = try take(caches, identity: "1")
            try make(made(caches))
            _ = try take(caches, identity: "1")
            #expect(exists(made(caches)))
            _ = try take(caches, identity: "2")
            #expect(!exists(made(caches)))
        }
    }

    @Test func `is one run's at a time`() throws {
        try withCaches { caches in
            let cache = try take(caches)
            let refusal = #expect(throws: BuildCache.Refusal.self) { try take(caches) }
            #expect(refusal?.description.contains("another run") == true)
            _ = cache
        }
    }

    @Test func `is entered by the caller alone, and not where others could write before`() throws {
        try withCaches { caches in
            let builds = caches.appending("builds")
            _ = unsafe mkdir(caches.string, 0o777)
            _ = unsafe chmod(caches.string, 0o777)
            _ = unsafe mkdir(builds.string, 0o755)
            _ = try take(caches)
            for path in [builds, builds.appending("key")] { #expect(try status(path).st_mode & 0o7777 == 0o700) }
            #expect(try status(caches).st_mode & 0o022 == 0)
        }
    }

    @Test(arguments: ["", "builds", "builds/key"])
    func `is not had behind a link`(_ place: String) throws {
        try withCaches { caches in
            let elsewhere = caches.removingLastComponent().appending("elsewhere")
            let link = place.isEmpty ? caches : caches.appending(place)
            _ = try HeldDirectory(makingHost: elsewhere)
            _ = try HeldDirectory(makingHost: link.removingLastComponent())
            _ = unsafe symlink(elsewhere.string, link.string)
            let refusal = #expect(throws: BuildCache.Refusal.self) { try take(caches) }
            #expect(refusal?.description.contains("it is a link") == true)
            #expect(try HeldDirectory(host: elsewhere).isEmpty())
        }
    }

    @Test(.enabled(if: geteuid() == 0), arguments: ["", "builds", "builds/key"])
    func `is not had of somebody else`(_ place: String) throws {
        try withCaches { caches in
            _ = try take(caches)
            let path = place.isEmpty ? caches : caches.appending(place)
            _ = unsafe chown(path.string, 4321, 4321)
            let refusal = #expect(throws: BuildCache.Refusal.self) { try take(caches) }
            #expect(refusal?.description.contains("it belongs to another user") == true)
        }
    }

    @Test func `that cannot be made is told with the reason`() throws {
        try withCaches { caches in
            _ = try HeldDirectory(makingHost: caches)
            try make(caches.appending("builds"))
            let refusal = #expect(throws: BuildCache.Refusal.self) { try take(caches) }
            #expect(refusal?.description.contains("builds") == true)
            #expect(refusal?.description.contains("another run") == false)
        }
    }

    @Test func `belongs to whoever builds`() throws {
        let user = UserSpec(uid: 1000, gid: 100)
        #expect(BuildCache.owner(UserSpec(uid: 0, gid: 0), isRoot: false).mode == 0o755)
        #expect(BuildCache.owner(user, isRoot: false).mode == 0o777)
        #expect(BuildCache.owner(user, isRoot: false).uid == nil)
        #expect(BuildCache.owner(user, isRoot: true).uid == 1000)
        #expect(BuildCache.owner(user, isRoot: true).gid == 100)
        guard geteuid() == 0 else { return }
        try withCaches { caches in
            _ = try take(caches, user: 1000)
            #expect(try status(caches.appending("builds/key/out")).st_uid == 1000)
        }
    }

    @Test func `that only a container can empty is emptied by one, or not used`() throws {
        try withCaches { caches in
            let subject = BuildCache.Subject(package: "/p", names: ["out"], key: "key", identity: "1")
            var asked: [FilePath] = []
            do {
                let cache = try BuildCache(in: caches, for: subject) { _ in false }
                try cache.begin()
            }
            let out = caches.appending("builds/key/out")
            // Nothing that is no directory can be looked into: stands for one that the caller has no right to.
            _ = unsafe rmdir(out.string)
            try make(out)
            #expect(throws: BuildCache.Refusal.self) {
                _ = try BuildCache(in: caches, for: subject) { path in
                    asked.append(path)
                    return false
                }
            }
            #expect(asked == [out])
            #expect(exists(caches.appending("builds/key/building")))
        }
    }
}
