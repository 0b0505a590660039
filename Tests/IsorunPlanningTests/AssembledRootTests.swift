import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@Suite struct `The root of an unprivileged caller` {
    private func root(_ change: Change = { _ in }, _ ask: Ask = { _ in }) throws -> RootPlan {
        var host = Hosts.subordinate
        change(&host)
        return try plan(on: host, ask).root
    }

    private func overlays(_ root: RootPlan) -> [FilePath] { root.overlays.map(\.destination).filter { $0 != project } }

    private let project: FilePath = "/home/ann/project"

    @Test func `is put together of links, and of an overlay for each directory that is not hidden`() throws {
        let root = try root()
        #expect(root.isAssembled)
        #expect(root.entries.contains(LayerEntry(path: "/bin", kind: .link(target: "usr/bin"), onlyIfPresent: false)))
        #expect(overlays(root) == ["/etc", "/usr", "/var"])
        #expect(root.overlays.allSatisfy { $0.source == $0.destination && !$0.optional })
    }

    @Test func `is one layer for root, and where a directory was named`() throws {
        #expect(try !plan().root.isAssembled)
        let named = try root { _ in
        } _: {
            $0.filesystem.rootfs = .directory("/data")
        }
        #expect(!named.isAssembled && named.lower == "/data" && named.overlays.isEmpty && named.bound.isEmpty)
    }

    @Test func `shows files of the host read-only, and no socket or device`() throws {
        let root = try root()
        #expect(root.bound.map(\.destination) == ["/swapfile"])
        #expect(root.bound.allSatisfy { !$0.writable && !$0.isDirectory })
        #expect(root.entries.contains(LayerEntry(path: "/swapfile", kind: .file, onlyIfPresent: false)))
    }

    // An overlay over a directory with mounts in it is refused in a user namespace: EINVAL.
    @Test func `takes a directory that holds mounts apart in the same way`() throws {
        let root = try root { facts in
            facts.mounts += [mount("/var/lib/data", "xfs"), mount("/var/nfs", "nfs4")]
            facts.listings["/var"] = [
                HostEntry("cache", .directory), HostEntry("lib", .directory), HostEntry("nfs", .directory),
                HostEntry("run", .link(target: "/run")), HostEntry("tmp", .directory),
            ]
            facts.listings["/var/lib"] = [HostEntry("data", .directory), HostEntry("docker", .directory)]
        }
        // The disk that root's containers show is shown, the network's is not; hidden ones are left out.
        #expect(overlays(root) == ["/etc", "/usr", "/var/cache", "/var/lib/data"])
        for place in ["/var", "/var/lib", "/var/nfs"] as [FilePath] {
            #expect(root.entries.contains(LayerEntry(path: place, kind: .directory, onlyIfPresent: false)))
        }
        #expect(root.entries.contains(LayerEntry(path: "/var/run", kind: .link(target: "/run"), onlyIfPresent: false)))
    }

    @Test func `binds a directory read-only that holds mounts and too much else, and says so`() throws {
        var host = Hosts.subordinate
        host.mounts.append(mount("/etc/resolv.conf", "ext4"))
        host.listings["/etc"] = (0..<200).map { HostEntry("entry\($0)", .file) }
        let plan = try plan(on: host)
        #expect(plan.root.bound.filter(\.isDirectory).map(\.destination) == ["/etc"])
        #expect(plan.root.bound.allSatisfy { !$0.writable })
        #expect(plan.notes.contains { $0.hasPrefix("/etc is read-only") })
        // Within what a child can hold descriptors of.
        #expect(plan.root.mountPoints.count < 100)
    }

    @Test func `shows no part that is masked, private or named by a pattern`() throws {
        let root = try root { facts in
            facts.mounts.append(mount("/etc/ssh/known", "tmpfs"))
            facts.listings["/etc"] = [
                HostEntry("passwd", .file), HostEntry("shadow", .file), HostEntry("ssh", .directory),
                HostEntry("secret", .directory, isPrivate: true),
            ]
            facts.listings["/etc/ssh"] = [
                HostEntry("known", .directory), HostEntry("ssh_config", .file), HostEntry("ssh_host_rsa_key", .file),
            ]
        } _: {
            $0.filesystem.masks = ["/usr"]
        }
        #expect(overlays(root) == ["/var"])
        #expect(root.bound.map(\.destination) == ["/etc/passwd", "/etc/ssh/ssh_config", "/swapfile"])
    }

    @Test func `gives way to what is mounted in the place of a part`() throws {
        let root = try root { _ in
        } _: { spec in
            spec.filesystem.tmpfs = [TmpfsSpec(destination: "/var", size: nil)]
            spec.filesystem.volumes = [VolumeSpec(source: "/data/file", destination: "/swapfile", writable: false)]
        }
        #expect(overlays(root) == ["/etc", "/usr"])
        #expect(root.bound.isEmpty)
        #expect(Set(root.mountPoints).count == root.mountPoints.count)
    }

    @Test func `has one id, and says why, where there is no range or nothing to map it with`() throws {
        #expect(try plan(on: Hosts.single).notes.contains { $0.contains("/etc/subuid") })
        var host = Hosts.subordinate
        host.hasMapHelpers = false
        let plan = try plan(on: host)
        #expect(plan.identity == .single)
        #expect(plan.notes.contains { $0.contains("newuidmap") })
    }
}
