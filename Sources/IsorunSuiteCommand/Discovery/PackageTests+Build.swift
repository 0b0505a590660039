import IsorunModel
import IsorunSystem

extension PackageTests {
    /// The time that a build has: what a test may take says little of it, and a longer time was meant for it, too.
    static func buildTimeout(_ asked: Duration?) -> Duration { max(asked ?? .zero, .seconds(3600)) }

    /// The build directories as a build sees them, which is under way from now on.
    func beginBuild() throws(Problem) -> [VolumeSpec] {
        guard let cache else { return [] }
        do throws(SystemError) { try cache.begin() } catch { throw Problem(text: "\(error)", code: 125) }
        return cache.volumes(writable: true)
    }
}
