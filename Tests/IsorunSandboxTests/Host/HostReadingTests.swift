import Glibc
import IsorunModel
import IsorunPlanning
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

/// A host that cannot be read is none without cgroups, and none on which nobody has a home to hide.
@Suite struct `A host that cannot be read` {
    /// Lets this process open nothing while a body runs.
    private static func withoutDescriptors<T>(_ body: () throws -> T) rethrows -> T {
        var usual = rlimit()
        #expect(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) == 0)
        var none = rlimit(rlim_cur: 0, rlim_max: usual.rlim_max)
        #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none) == 0)
        defer { #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) == 0) }
        return try body()
    }

    @Test func `is told by the file that did not tell`() async {
        await #expect(processExitsWith: .success) {
            var reading = HostReading()
            #expect(reading.bytes("/etc/no-such-file").isEmpty && reading.bytes("/etc/passwd/x").isEmpty)
            #expect(reading.failure == nil, "that says that it is not there")
            Self.withoutDescriptors { #expect(reading.bytes("/etc/passwd").isEmpty) }
            #expect(reading.failure == SystemError("open", "/etc/passwd", .tooManyOpenFiles))
            #expect(!reading.bytes("/etc/passwd").isEmpty && reading.failure != nil, "it is not forgotten")
        }
    }

    @Test func `needs what every host has`() {
        var reading = HostReading()
        _ = reading.bytes("/proc/self/no-such-file", isVital: true)
        #expect(reading.failure?.errno == .noSuchFileOrDirectory)
    }

    @Test func `gives no plan, and no other cause is named`() async {
        await #expect(processExitsWith: .success) {
            let spec = JobSpec(command: ["true"])
            Self.withoutDescriptors {
                let error = #expect(throws: PlanError.self) { try Sandbox.plan(spec) }
                #expect(error?.message.contains("cannot open (/proc/") == true, "\(String(describing: error))")
                #expect(error?.message.contains("Too many open files (EMFILE)") == true)
                #expect(error?.kind == .impossible && error?.hint?.contains("ulimit -n") == true)
            }
            // Nothing of it is remembered.
            #expect(HostProbe.facts(for: spec).facts.unread == nil)
        }
    }

    @Test func `is not laid out as if what is to be hidden were not there`() async {
        await #expect(processExitsWith: .success) {
            var spec = JobSpec(command: ["true"])
            // Whether limits can be enforced here is not what is asked.
            spec.allowUnenforced = .all
            let root = try Sandbox.plan(spec).root
            _ = try ScratchLayers(root)
            Self.withoutDescriptors {
                let error = #expect(throws: SystemError.self) { try ScratchLayers(root) }
                #expect(error?.errno == .tooManyOpenFiles)
            }
            let nothing = try HostLayer(["/etc/no-such-directory"])
            #expect(try nothing.status("x") == nil && nothing.names(in: "").isEmpty)
        }
    }

    @Test func `is read again for the next job`() async {
        await #expect(processExitsWith: .success) {
            let shared = SharedFacts()
            let failed = Self.withoutDescriptors { shared.current() }
            #expect(failed.survey.facts.unread != nil)
            let whole = shared.current()
            #expect(whole.survey.facts.unread == nil && !whole.survey.facts.mounts.isEmpty)
            #expect(whole.edition != failed.edition && shared.edition == whole.edition)
        }
    }
}
