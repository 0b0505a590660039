import IsorunModel
import SystemPackage
import Testing

@testable import IsorunCgroups

@Suite struct `The layout` {
    let tree: FixtureTree
    init() throws { tree = try FixtureTree() }

    @Test func `of v1 puts a job below the own cgroup of every hierarchy`() {
        tree.write("memory/own/cgroup.procs")
        tree.write("cpu,cpuacct/")
        tree.write("pids/session/")
        tree.write("freezer/")
        let layout = CgroupLayout(
            mounts: [
                tree.mount("memory", options: "rw,memory"), tree.mount("cpu,cpuacct", options: "rw,cpu,cpuacct"),
                tree.mount("pids", options: "rw,pids"), tree.mount("freezer", options: "rw,freezer"),
            ],
            selfCgroup: Array("4:memory:/own\n3:cpu,cpuacct:/\n2:pids:/session\n1:freezer:/\n".utf8)
        )
        #expect(layout.facts.mode == .v1)
        #expect(layout.facts.unifiedParent == nil)
        #expect(
            layout.facts.parents == [
                .memory: tree.root.appending("memory/own"), .cpu: tree.root.appending("cpu,cpuacct"),
                .cpuacct: tree.root.appending("cpu,cpuacct"), .pids: tree.root.appending("pids/session"),
            ]
        )
        #expect(
            layout.parents.map(\.directory).first == tree.root.appending("pids/session"),
            "pids carries the life cycle"
        )
        #expect(layout.parents.count == 4, "co-mounted controllers share a directory")
        #expect(layout.parents.filter(\.freezes).map(\.directory) == [tree.root.appending("freezer")])
        #expect(Set(layout.facts.refusals.entries.map(\.key)) == [.io, .cpuset])
    }

    @Test func `of a hybrid host takes limits from v1 and the life cycle from v2`() {
        tree.write("memory/")
        tree.write("pids/")
        tree.write("freezer/")
        tree.write("unified/job/cgroup.procs", "1\n")
        tree.write("unified/job/cgroup.type", "domain\n")
        tree.write("unified/cgroup.controllers", "cpu\n")
        tree.write("unified/cgroup.procs", "1\n")
        tree.write("unified/cgroup.subtree_control", "")
        let layout = CgroupLayout(
            mounts: [
                tree.mount("memory", options: "rw,memory"), tree.mount("pids", options: "rw,pids"),
                tree.mount("freezer", options: "rw,freezer"), tree.mount("unified", type: "cgroup2"),
            ],
            selfCgroup: Array("2:memory:/\n1:pids:/\n0::/job\n".utf8)
        )
        #expect(layout.facts.mode == .hybrid)
        #expect(layout.parents.first?.version == .v2)
        #expect(layout.facts.unifiedParent == tree.root.appending("unified"), "the cpu controller is only at the top")
        #expect(layout.facts.parents[.cpu] == tree.root.appending("unified"))
        #expect(layout.facts.parents[.memory] == tree.root.appending("memory"))
        #expect(!layout.parents.contains { $0.freezes }, "cgroup.kill makes the freezer needless")
        #expect(layout.facts.refusals[.cpuacct] == nil, "cpu.stat of the unified hierarchy counts CPU time")
    }

    @Test func `of a hybrid host without v2 controllers stays below the own cgroup`() {
        tree.write("memory/")
        tree.write("unified/guard/cgroup.procs", "1\n")
        tree.write("unified/guard/cgroup.type", "domain\n")
        tree.write("unified/cgroup.procs", "")
        let layout = CgroupLayout(
            mounts: [tree.mount("memory", options: "rw,memory"), tree.mount("unified", type: "cgroup2")],
            selfCgroup: Array("1:memory:/\n0::/guard\n".utf8)
        )
        #expect(layout.facts.unifiedParent == tree.root.appending("unified/guard"))
    }

    @Test func `refuses what nothing carries, and says how to get it`() {
        tree.write("pids/")
        let layout = CgroupLayout(
            mounts: [tree.mount("pids", options: "rw,pids"), tree.mount("memory", options: "rw,memory")],
            selfCgroup: Array("2:pids:/\n1:memory:/x\n".utf8)
        )
        #expect(
            layout.facts.refusals[.memory]?.contains("give this user a cgroup there to start in, or pass") == true
        )
        #expect(layout.facts.refusals[.io]?.contains("no mounted cgroup hierarchy has the io controller") == true)
        #expect(layout.supportsJobs)
    }

    @Test func `of a host without cgroups supports no job`() throws {
        let layout = CgroupLayout(mounts: [], selfCgroup: [])
        #expect(layout.facts.mode == .none)
        #expect(!layout.supportsJobs)
        #expect(Set(layout.facts.refusals.entries.map(\.key)) == Set(CgroupFacts.Controller.allCases))
        let error = #expect(throws: CgroupError.self) { _ = try CgroupTree(layout) }
        #expect(error?.description.contains("--allow-unenforced memory") == true)
    }

    @Test func `is not opened where something else is mounted by now`() {
        tree.write("pids/")
        var mount = tree.mount("pids", options: "rw,pids")
        mount.device = "0:0"
        let layout = CgroupLayout(mounts: [mount], selfCgroup: Array("1:pids:/\n".utf8))
        let error = #expect(throws: CgroupError.self) { _ = try CgroupTree(layout) }
        #expect(error?.detail == "something else is mounted there")
    }

    @Test func `locks slots on one file for all isoruns of the host`() {
        tree.write("user/session/")
        let parent = CgroupLayout.Parent(
            version: .v2,
            directory: "/cg/user/session",
            device: "",
            controllers: [],
            top: "/cg"
        )
        #expect(
            SlotLock.files(parents: [parent]).map(\.string) == [
                "/cg/memory.reclaim", "/cg/cgroup.procs", "/cg/user/memory.reclaim", "/cg/user/cgroup.procs",
                "/cg/user/session/memory.reclaim", "/cg/user/session/cgroup.procs",
            ]
        )
        let memory = CgroupLayout.Parent(
            version: .v1,
            directory: "/m/own",
            device: "",
            controllers: [.memory],
            top: "/m"
        )
        #expect(SlotLock.files(parents: [parent, memory]).first == "/m/memory.force_empty")
    }
}
