import IsorunFrameworks
import IsorunModel
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `The digest of what a run runs` {
    private func digest(leaks: Bool = false, _ change: (inout JobSpec) -> Void = { _ in }) -> String {
        var spec = JobSpec(command: ["sh", "-c", "true"])
        spec.name = "a"
        spec.process.environment = [EnvironmentEntry(name: "A", value: "b")]
        change(&spec)
        return UnitDigest.text(of: [WorkUnit(.job(spec))], failsOnLeaks: leaks)
    }

    @Test func `is the same for the same`() {
        #expect(digest() == digest())
        // Sets of the same have another order where they were made otherwise.
        var roomy = Set<Limit>(minimumCapacity: 1000)
        for limit in Limit.allCases.reversed() { roomy.insert(limit) }
        let close = digest { $0.allowUnenforced = .limits(Set(Limit.allCases)) }
        #expect(digest { $0.allowUnenforced = .limits(roomy) } == close && close != digest())
    }

    @Test func `is the same wherever what is kept of a job goes to`() {
        let artifact = ArtifactSpec(pattern: "*.log", destination: "/kept")
        #expect(digest { $0.collection.artifacts = [artifact] } == digest())
    }

    @Test func `is another one for whatever decides on a result`() {
        let all = [
            digest(), digest(leaks: true), digest { $0.command = ["sh", "-c", "false"] },
            digest { $0.command = ["sh", "-ctrue"] }, digest { $0.name = "b" },
            digest { $0.process.environment[0].value = nil }, digest { $0.process.environment[0].value = "nil" },
            digest { $0.limits.memory = ByteCount(1 << 20) }, digest { $0.limits.memory = ByteCount(1 << 20 | 1) },
            digest { $0.limits.timeout = .seconds(1) }, digest { $0.limits.pids = 1 }, digest { $0.untrusted = true },
            digest { $0.filesystem.readOnly = true }, digest { $0.network = .host },
            digest { $0.filesystem.volumes = [VolumeSpec(source: "/a", destination: "/b", writable: true)] },
            digest { $0.filesystem.volumes = [VolumeSpec(source: "/a", destination: "/b", writable: false)] },
            digest { $0.services = [ServiceSpec(name: "s", job: $0, ready: .tcp(1))] },
            digest { $0.services = [ServiceSpec(name: "s", job: $0, ready: .tcp(2))] },
        ]
        #expect(Set(all).count == all.count)
    }

    @Test func `of tests goes by their framework, templates and containers, and not by where a build is kept`() {
        func digest(_ groups: [[String]], run: String = "x {}", _ change: (inout JobSpec) -> Void = { _ in }) -> String
        {
            var base = JobSpec(command: ["true"])
            change(&base)
            var package = Package(directory: "/p", files: [])
            package.templates = ExecTemplates(build: nil, list: "l", run: run)
            let units = groups.map { names in
                let tests = names.map { TestID(classname: "", name: $0, specifier: $0, runner: "") }
                return WorkUnit(
                    .tests(.init(framework: ExecFramework(), package: package, tests: tests, base: base, prefix: ""))
                )
            }
            return UnitDigest.text(of: units, failsOnLeaks: false)
        }
        let one = digest([["a", "b"]])
        #expect(digest([["a"], ["b"]]) != one && digest([["a", "b"]], run: "y {}") != one)
        #expect(digest([["a", "b"]]) { $0.limits.pids = 1 } != one)
        #expect(digest([["a", "b"]]) { $0.filesystem.layers = [LayerSpec(source: "/l", destination: "/")] } == one)
    }
}
