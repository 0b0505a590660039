import IsorunModel
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A package that is a home` {
    private func problem(_ package: FilePath, _ change: (inout FilesystemSpec) -> Void = { _ in }) -> String? {
        var files = FilesystemSpec()
        change(&files)
        return EmptyPackage.problem(of: package, seen: files, places: ["/home/u", "/home", "/tmp"])
    }

    @Test func `is refused, with what helps`() {
        #expect(problem("/home/u")?.contains("-v /home/u:/home/u") == true)
        #expect(problem("/tmp") != nil)
        #expect(problem("/home/u/package") == nil)
    }

    @Test func `is not where all of it is shown, nor where the root is another`() {
        let whole = VolumeSpec(source: "/home", destination: "/home", writable: true)
        let part = VolumeSpec(source: "/home/u/a", destination: "/home/u/a", writable: true)
        #expect(problem("/home/u") { $0.volumes = [whole] } == nil)
        #expect(problem("/home/u") { $0.views = [whole] } == nil)
        #expect(problem("/home/u") { $0.volumes = [part] } != nil)
        #expect(problem("/home/u") { $0.rootfs = .directory("/srv/root") } == nil)
    }
}
