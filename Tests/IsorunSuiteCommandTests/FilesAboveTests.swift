import IsorunModel
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `Files above a package in a home` {
    private let there: Set<FilePath> = [
        "/home/u/mono/pytest.ini", "/home/u/mono/conftest.py", "/home/u/mono/secret", "/home/u/setup.cfg",
        "/home/pytest.ini", "/pytest.ini", "/srv/mono/pytest.ini", "/home/u/git/pytest.ini",
    ]

    private func shown(_ package: FilePath, _ change: (inout FilesystemSpec) -> Void = { _ in }) -> [FilePath] {
        var files = FilesystemSpec()
        change(&files)
        let above = FilesAbove(
            homes: ["/home/u", "/root"],
            isFile: { there.contains($0) },
            exists: { $0 == "/home/u/git/.git" }
        )
        let names = ["pytest.ini", "setup.cfg", "conftest.py"]
        let volumes = above.volumes(named: names, above: package, for: files)
        #expect(volumes.allSatisfy { !$0.writable && $0.source == $0.destination })
        return volumes.map(\.destination)
    }

    @Test func `are shown, each alone, up to the home`() {
        let expected: [FilePath] = ["/home/u/mono/pytest.ini", "/home/u/mono/conftest.py", "/home/u/setup.cfg"]
        #expect(shown("/home/u/mono/services/a") == expected)
        #expect(shown("/home/u/mono") == ["/home/u/setup.cfg"])
    }

    @Test func `are seen anyway outside of homes, in a project with a repository, in a volume`() {
        #expect(shown("/srv/mono/a").isEmpty)
        #expect(shown("/home/u/git/a/b") == ["/home/u/setup.cfg"])
        let volume = VolumeSpec(source: "/home/u/mono", destination: "/home/u/mono", writable: false)
        #expect(shown("/home/u/mono/a") { $0.volumes = [volume] } == ["/home/u/setup.cfg"])
    }

    @Test func `are none of a job's that sees other files than the host's`() {
        #expect(shown("/home/u/mono/a") { $0.rootfs = .directory("/srv/root") }.isEmpty)
    }
}
