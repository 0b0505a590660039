internal import IsorunPlanning
internal import IsorunSystem
internal import Synchronization

/// The last program for a child of a run: that of the next container is the same, but for the descriptors of its own.
final class SharedPrograms: Sendable {
    private struct Known: Sendable {
        let steps: ArraySlice<SetupStep>
        let surroundings: ChildSurroundings
        let program: ChildProgram
    }

    private let last = Mutex<Known?>(nil)

    /// The program for the steps of a plan.
    func program(steps: [SetupStep], in surroundings: ChildSurroundings) throws(SystemError) -> ChildProgram {
        // Layers that the child makes are filled as the host is at the moment.
        guard surroundings.keeperLaysRoot else { return try ChildProgram(steps: steps, in: surroundings) }
        // What is executed in the end is not part of it.
        let shared = steps.dropLast()
        if let known = last.withLock({ $0 }), known.steps == shared, known.surroundings == surroundings {
            return known.program
        }
        let program = try ChildProgram(steps: steps, in: surroundings)
        last.withLock { $0 = Known(steps: shared, surroundings: surroundings, program: program) }
        return program
    }
}
