import IsorunModel
import SystemPackage
import Testing

@testable import IsorunCgroups

@Suite struct `The parent on v2` {
    let tree: FixtureTree
    init() throws { tree = try FixtureTree() }

    /// One cgroup of the tree; nil type is the root.
    private func make(
        _ path: String,
        controllers: String,
        enabled: String = "",
        processes: String = "",
        type: String? = "domain\n"
    ) {
        tree.write(path + "cgroup.controllers", controllers + "\n")
        tree.write(path + "cgroup.subtree_control", enabled + "\n")
        tree.write(path + "cgroup.procs", processes)
        if let type { tree.write(path + "cgroup.type", type) }
    }

    private func layout(own: String, needs: CgroupFacts.Controllers = [.memory, .pids, .cpu]) -> CgroupLayout {
        CgroupLayout(mounts: [tree.mount("", type: "cgroup2")], selfCgroup: Array("0::\(own)\n".utf8), needs: needs)
    }

    @Test func `is the root itself where isorun runs there`() {
        make("", controllers: "cpu io memory pids", processes: "1\n", type: nil)
        let layout = layout(own: "/")
        #expect(layout.facts.unifiedParent == tree.root)
        #expect(Set(layout.facts.parents.entries.map(\.key)) == [.cpu, .io, .memory, .pids])
        #expect(layout.parents[0].possible == [.cpu, .io, .memory, .pids], "to be enabled when a job is made")
        #expect(tree.text("cgroup.subtree_control") == "\n", "looking writes nothing")
    }

    @Test func `is the nearest ancestor that hands everything down, not the own cgroup, which holds isorun`() {
        make("", controllers: "cpu io memory pids", enabled: "cpu memory pids", type: nil)
        make("slice/", controllers: "cpu memory pids", enabled: "cpu memory pids")
        make("slice/scope/", controllers: "cpu memory pids", processes: "42\n")
        #expect(layout(own: "/slice/scope").facts.unifiedParent == tree.root.appending("slice"))
    }

    @Test func `can be an ancestor that hands down only once it is told to`() {
        make("", controllers: "memory pids cpu", enabled: "memory pids", type: nil)
        make("user/", controllers: "memory pids cpu", enabled: "memory")
        make("user/own/", controllers: "memory", processes: "42\n")
        let layout = layout(own: "/user/own")
        #expect(layout.facts.unifiedParent == tree.root.appending("user"))
        #expect(layout.parents[0].possible == [.pids, .cpu])
    }

    @Test func `is the root where no slice has all that is needed`() {
        make("", controllers: "cpu memory pids", enabled: "memory pids", type: nil)
        make("user/", controllers: "memory pids", enabled: "memory pids")
        make("user/own/", controllers: "memory pids", processes: "42\n")
        #expect(layout(own: "/user/own").facts.unifiedParent == tree.root)
        #expect(layout(own: "/user/own", needs: [.memory, .pids]).facts.unifiedParent == tree.root.appending("user"))
    }

    @Test func `is the delegated own cgroup where nobody is in it`() {
        make("", controllers: "cpu memory pids", enabled: "cpu memory pids", type: nil)
        make("job/", controllers: "cpu memory pids")
        #expect(layout(own: "/job").facts.unifiedParent == tree.root.appending("job"))
    }

    @Test func `is no threaded cgroup`() {
        make("", controllers: "cpu memory pids", type: nil)
        make("threads/", controllers: "cpu pids", enabled: "cpu pids", type: "threaded\n")
        #expect(layout(own: "/threads").facts.unifiedParent == tree.root)
    }

    @Test func `of a container whose root holds processes hands nothing down, and the refusal says what helps`() {
        make("", controllers: "cpu memory pids", processes: "1\n")
        let layout = layout(own: "/")
        #expect(layout.facts.unifiedParent == tree.root, "the life cycle needs no controller")
        #expect(layout.facts.parents.entries.isEmpty)
        let refusal = layout.facts.refusals[.memory] ?? ""
        #expect(refusal.contains("systemd-run"))
        #expect(refusal.contains("--allow-unenforced memory"))
    }

    @Test func `is missing where nothing is writable, and every refusal names delegation`() {
        tree.write("cgroup.controllers", "memory pids\n")
        let layout = layout(own: "/gone")
        #expect(layout.facts.unifiedParent == nil)
        #expect(!layout.supportsJobs)
        #expect(layout.facts.refusals[.pids]?.contains("Delegate=yes") == true)
    }
}
