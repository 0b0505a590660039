internal import CIsorunSystem

/// A process that a keeper has beside it, which does nothing until the keeper is killed, and then clears away what that
/// could not: the container's cgroups, its keeper's socket, and all of it where it was started with `--rm`.
///
/// It is a copy of the keeper in which nothing but a poll(2) of C runs. It holds no lock of the keeper's, so it does as
/// the next command would, and becomes a new program for it; where it was killed, too, the next command does.
package struct Janitor {
    private let process: isorun_janitor

    /// Starts it; nil where there is no process to be had.
    init?(for id: String) {
        var process = isorun_janitor()
        guard unsafe isorun_start_janitor(Self.verb, id, &process) == 0 else { return nil }
        self.process = process
    }

    /// Has it go: nothing is left to clear away, or its keeper does that itself.
    func dismiss() { isorun_dismiss_janitor(process) }

    // MARK: After the keeper's end

    /// The first word of the command that it becomes.
    package static let verb = "clear-after"

    /// Clears away what a killed keeper left of a container.
    package static func clear(after id: String) {
        guard let store = try? ContainerStore.own() else { return }
        if let container = try? store.container(id) { container.waitForKeeper() }
        store.clear()
        store.removeSocket(ofDead: id)
    }
}
