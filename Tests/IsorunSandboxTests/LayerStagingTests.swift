import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite("Layers")
struct LayerStagingTests {
    @Test(
        "stand nowhere from Linux 6.15 on, and over a directory before",
        arguments: [
            ("6.15.0", true), ("6.18.44-cloud-amd64", true), ("7.0-rc1", true), ("6.14.11", false),
            ("6.1.0-40-amd64", false), ("5.15.0", false), ("", false), ("unknown", false),
        ]
    )
    func choosesByKernel(release: String, detached: Bool) {
        guard case .detached = LayerStaging(kernelRelease: release, anchor: "/mnt") else {
            #expect(!detached)
            return
        }
        #expect(detached)
    }
}
