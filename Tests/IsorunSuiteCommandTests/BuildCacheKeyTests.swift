import IsorunFrameworks
import IsorunModel
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `The key of a build cache` {
    private func key(
        _ build: String? = nil,
        network: NetworkMode = .none,
        path: String = "/bin",
        _ change: (inout JobSpec) -> Void = { _ in }
    ) -> String {
        var package = Package(directory: "/p", files: [])
        package.templates.build = build
        var job = JobSpec(command: ["true"])
        change(&job)
        return BuildCacheKey(package, CTestFramework(), for: job, network: network) { name in
            ["PATH": path, "HOSTS": "1"][name]
        }
        .name
    }

    private func image(_ id: String) -> RootfsSource {
        var image = ImageSpec("debian")
        image.found = FoundImage(id: id, layers: [FilePath("/store/\(id)")])
        return .image(image)
    }

    @Test func `tells what changes a build`() {
        let volume = VolumeSpec(source: "/dep1", destination: "/opt/dep", writable: false)
        let other = VolumeSpec(source: "/dep2", destination: "/opt/dep", writable: false)
        let keys = [
            key(), key("make"), key("make all"), key(network: .host), key(path: "/usr/bin"),
            key { $0.filesystem.volumes = [volume] }, key { $0.filesystem.volumes = [other] },
            key { $0.filesystem.rootfs = .directory("/root1") }, key { $0.filesystem.rootfs = image("1") },
            key { $0.filesystem.rootfs = image("2") }, key { $0.filesystem.masks = ["/usr/include"] },
            key { $0.process.user = UserSpec(uid: 1000, gid: 1000) }, key { $0.process.hostname = "other" },
            key { $0.process.capDrop = ["ALL"] }, key { $0.untrusted = true },
            key { $0.process.environment = [EnvironmentEntry(name: "CC", value: "gcc")] },
            key { $0.process.environment = [EnvironmentEntry(name: "HOSTS", value: nil)] },
            key { $0.process.environment = [EnvironmentEntry(name: "HOSTS", value: "2")] },
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test func `leaves out what only ends a build, or shows it in another way`() {
        #expect(key { $0.limits.memory = ByteCount(1 << 30) } == key())
        #expect(key { $0.limits.timeout = .seconds(1) } == key())
        #expect(key { $0.name = "unit" } == key())
        #expect(key { $0.collection.layers = "/layers" } == key())
        #expect(key { $0.allowUnenforced = .all } == key())
        #expect(key { $0.process.environment = [EnvironmentEntry(name: "LC_ALL", value: "C")] } == key())
        #expect(
            key { $0.process.environment = [EnvironmentEntry(name: "HOSTS", value: nil)] }
                == key { $0.process.environment = [EnvironmentEntry(name: "HOSTS", value: "1")] }
        )
    }
}
