internal import IsorunPlanning
internal import IsorunSystem

/// The last program for a child of a run: that of the next container is the same, but for the descriptors of its own.
final class SharedPrograms: Sendable {
    private struct Setting: Equatable, Sendable {
        /// Without what is executed in the end, which is no part of a program.
        let steps: ArraySlice<SetupStep>
        let surroundings: ChildSurroundings
    }

    private let last = Latest<Setting, ChildProgram>()

    /// The program for the steps of a plan.
    func program(steps: [SetupStep], in surroundings: ChildSurroundings) throws(SystemError) -> ChildProgram {
        // Layers that the child makes are filled as the host is at the moment.
        guard surroundings.keeperLaysRoot else { return try ChildProgram(steps: steps, in: surroundings) }
        return try last.made(from: Setting(steps: steps.dropLast(), surroundings: surroundings)) {
            () throws(SystemError) in try ChildProgram(steps: steps, in: surroundings)
        }
    }
}
