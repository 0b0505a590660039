import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@Suite struct `The skeleton of a layer` {
    private func root(_ overlays: FilePath...) throws -> RootPlan {
        var root = try plan().root
        root.overlays = overlays.map { OverlayPlan(source: $0, destination: $0, optional: true) }
        root.entries = [
            entry("/tmp", .emptyDirectory(mode: 0o1777)), entry("/etc/shadow", .hidden),
            entry("/etc/ssh/ssh_host_*_key", .hiddenMatches), entry("/srv/p/mount", .directory),
            entry("/srv", .directory),
        ]
        root.privateDirectories = ["/etc", "/srv/p/private"]
        return root
    }

    private func entry(_ path: FilePath, _ kind: LayerEntry.Kind) -> LayerEntry {
        LayerEntry(path: path, kind: kind, onlyIfPresent: false)
    }

    @Test func `of the root alone has everything`() throws {
        let root = try root()
        let skeleton = root.skeleton(of: "/")
        #expect(skeleton.entries == root.entries && skeleton.privateDirectories == ["/etc", "/srv/p/private"])
    }

    @Test func `has what belongs to it, by paths from it on, and the others have not`() throws {
        let root = try root("/etc", "/srv/p")
        #expect(
            root.skeleton(of: "/etc").entries == [
                entry("/shadow", .hidden), entry("/ssh/ssh_host_*_key", .hiddenMatches),
            ]
        )
        #expect(root.skeleton(of: "/etc").privateDirectories == ["/"])
        #expect(root.skeleton(of: "/srv/p").entries == [entry("/mount", .directory)])
        #expect(root.skeleton(of: "/srv/p").privateDirectories == ["/private"])
        let own = root.skeleton(of: "/")
        #expect(own.entries.map(\.path) == ["/tmp", "/srv", "/etc", "/srv/p"] && own.privateDirectories.isEmpty)
    }

    @Test func `has the places of the layers within it, and of none further in`() throws {
        let root = try root("/srv", "/srv/p", "/srv/p/deep/er")
        #expect(root.skeleton(of: "/").entries.map(\.path).contains("/srv"))
        #expect(root.skeleton(of: "/srv").entries == [entry("/p", .directory)])
        #expect(root.skeleton(of: "/srv/p").entries == [entry("/mount", .directory), entry("/deep/er", .directory)])
        #expect(root.skeleton(of: "/srv/p/deep/er").entries.isEmpty)
    }

    @Test func `of the root shows what is a part of it, before what is made in that`() throws {
        var root = try root("/etc")
        root.overlays.append(OverlayPlan(source: "/srv/p", destination: "/srv/p", optional: false, isPartOfRoot: true))
        let folded = root.folded
        #expect(folded.overlays.map(\.destination) == ["/etc"])
        #expect(
            folded.skeleton(of: "/").entries == [
                entry("/tmp", .emptyDirectory(mode: 0o1777)), entry("/srv/p", .uncovered),
                entry("/srv/p/mount", .directory), entry("/srv", .directory), entry("/etc", .directory),
            ]
        )
        root.overlays.removeLast()
        #expect(root.folded == root)
    }

    @Test func `takes whole names, not beginnings of them`() throws {
        let root = try root("/et", "/srv/pp")
        #expect(root.skeleton(of: "/et").entries.isEmpty && root.skeleton(of: "/srv/pp").entries.isEmpty)
        #expect(root.skeleton(of: "/").entries.count == 7)
    }
}
