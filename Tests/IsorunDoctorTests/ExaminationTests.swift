import Foundation
import IsorunSandbox
import Testing

@Suite(.serialized) struct `An examination of this host` {
    @Test func `says something of everything, whatever this host has`() {
        let findings = Doctor.examine()
        #expect(findings.count >= 17)
        #expect(Set(findings.map(\.name)).count == findings.count)
        #expect(findings.allSatisfy { !$0.what.isEmpty })
    }

    // In a process of its own: other tests open files and start children meanwhile.
    @Test func `leaves no descriptor, child, mount or lock`() async {
        await #expect(processExitsWith: .success) {
            _ = Doctor.examine()
            let before = try Traces()
            for _ in 0..<10 { _ = Doctor.examine() }
            // The kernel takes an empty virtual machine down behind the examination's back.
            let deadline = ContinuousClock.now + .seconds(5)
            var after = try Traces()
            while !after.adds(nothingTo: before), ContinuousClock.now < deadline { after = try Traces() }
            #expect(after.adds(nothingTo: before))
        }
    }
}

/// What an examination could leave; a cgroup is held by a lock for as long as it is there.
private struct Traces {
    var mounts: String
    var locks: Set<String>
    var children: Set<String>
    var descriptors: Int

    /// Whether all of this was there before; a descriptor may have been closed since.
    func adds(nothingTo before: Traces) -> Bool {
        mounts == before.mounts && locks.isSubset(of: before.locks) && children.isSubset(of: before.children)
            && descriptors <= before.descriptors
    }

    init() throws {
        mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        let own = ProcessInfo.processInfo.processIdentifier
        let listed = try String(contentsOfFile: "/proc/self/task/\(own)/children", encoding: .utf8)
        children = Set(listed.split(separator: " ").map(String.init))
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        let held = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
        locks = Set(held.split(separator: "\n").filter { $0.split(separator: " ").contains("\(own)") }.map(String.init))
    }
}
