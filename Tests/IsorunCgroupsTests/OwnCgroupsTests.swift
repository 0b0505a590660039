import IsorunModel
import SystemPackage
import Testing

@testable import IsorunCgroups

@Suite struct `The own cgroup` {
    @Test func `is read from every line, colons in names included`() {
        let own = OwnCgroups(
            parsing: Array("4:memory:/a/b:c\n3:cpu,cpuacct:/x\n1:name=systemd:/s\n0::/u\nbad\n2:pids:rel\n".utf8)
        )
        #expect(own.unified == "/u")
        #expect(own.legacy == ["memory": "/a/b:c", "cpu": "/x", "cpuacct": "/x", "name=systemd": "/s"])
    }

    @Test func `may have a name that is no UTF-8`() {
        let own = OwnCgroups(parsing: Array("0::/a".utf8) + [0xff] + Array("b\n".utf8))
        #expect(own.unified?.components.count == 1)
        #expect(own.unified != "/ab")
    }

    /// Where a mount of `root` at /m shows the cgroup `own`; nil: it does not, and the mount's top stands in.
    @Test(arguments: [
        ("/", "/a/b", "/m/a/b"),  // the usual case
        ("/", "/", "/m"),  // a host without sessions
        ("/docker/1", "/docker/1/x", "/m/x"),  // the container's own cgroup, bind-mounted
        ("/docker/1", "/docker/1", "/m"),
        ("/docker/1", "/docker/12", "/m"),  // another container with a name that begins alike
        ("/docker/1", "/other", "/m"),  // outside of what is mounted
        ("/..", "/", "/m"),  // mounted from outside of the cgroup namespace
        ("/", "/../x", "/m"),  // moved out of the cgroup namespace
    ])
    func `is found through a mount of any root`(root: String, own: String, directory: String) throws {
        let mount = HostMount(
            mountPoint: "/m",
            root: FilePath(root),
            type: "cgroup2",
            device: "0:1",
            superOptions: "rw"
        )
        let found = MountedHierarchy.unified(mounts: [mount], own: OwnCgroups(parsing: Array("0::\(own)\n".utf8)))
        #expect(try #require(found).own == FilePath(directory))
    }

    /// Of a hierarchy mounted with `nsdelegate` the kernel lets nothing be moved across a cgroup namespace's border.
    @Test(arguments: [
        ("/..", "/", "rw,nsdelegate,memory_recursiveprot", false),
        ("/", "/../x", "rw,nsdelegate", false),
        ("/", "/x", "rw,nsdelegate", true),
        ("/..", "/", "rw", true),
    ])
    func `is of no use outside of the namespace under nsdelegate`(
        root: String,
        own: String,
        options: String,
        isUsable: Bool
    ) {
        let mount = HostMount(
            mountPoint: "/m",
            root: FilePath(root),
            type: "cgroup2",
            device: "0:1",
            superOptions: options
        )
        let found = MountedHierarchy.unified(mounts: [mount], own: OwnCgroups(parsing: Array("0::\(own)\n".utf8)))
        #expect((found != nil) == isUsable)
    }

    @Test func `is looked for in the first mount that shows it`() throws {
        let mounts = [("/a", "/elsewhere"), ("/b", "/"), ("/c", "/")].map {
            HostMount(
                mountPoint: FilePath($0.0),
                root: FilePath($0.1),
                type: "cgroup2",
                device: "0:1",
                superOptions: ""
            )
        }
        let found = MountedHierarchy.unified(mounts: mounts, own: OwnCgroups(parsing: Array("0::/x/y\n".utf8)))
        #expect(try #require(found).ancestors == ["/b/x/y", "/b/x", "/b"])
    }

    @Test(.timeLimit(.minutes(10))) func `is found behind twenty thousand other mounts`() {
        var mounts = (0..<20_000).map {
            HostMount(mountPoint: FilePath("/mnt/\($0)"), root: "/", type: "ext4", device: "8:1", superOptions: "rw")
        }
        mounts.append(HostMount(mountPoint: "/nowhere", root: "/", type: "cgroup2", device: "0:1", superOptions: "rw"))
        #expect(CgroupLayout(mounts: mounts, selfCgroup: Array("0::/\n".utf8)).facts.mode == .v2)
    }
}
