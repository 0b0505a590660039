import IsorunCgroups
import IsorunModel
import Testing

@testable import IsorunSandbox

@Suite(.enabled(if: LiveHost.canMakeContainers, "no container can be made here: isorun doctor says why"))
struct `The directories of cgroups` {
    // A suite of a thousand jobs has a thousand times what each of them holds open.
    @Test func `are opened once for all jobs, but on a v2 host`() throws {
        let layout = HostProbe.cgroups()
        let first = try SharedCgroups.tree(layout)
        #expect((try SharedCgroups.tree(layout) === first) == (layout.facts.mode != .v2))
    }
}
