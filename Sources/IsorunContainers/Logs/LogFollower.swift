internal import CIsorunSystem
internal import Glibc
package import IsorunSandbox
package import IsorunSystem
internal import SystemPackage

/// Shows a log and goes on until the container ends: it reads files and has no part in the container's life.
package final class LogFollower {
    private var reader: LogReader
    private var watch: OwnedDescriptor?
    private var keeper: Conversation?
    /// Streams whose last shown line is not ended.
    private var inLine: Set<JobStream> = []

    package init(_ container: borrowing Container, follows: Bool) throws(SystemError) {
        // Watched first, so that nothing written from now on goes by.
        let goesOn = follows && container.isAlive
        let path = "/proc/self/fd/\(container.directory.descriptor.raw)"
        let raw = goesOn ? unsafe isorun_watch_directory(path) : -1
        if goesOn { _ = try check(raw, "watch the log of", container.id) }
        watch = raw < 0 ? nil : OwnedDescriptor(raw)
        keeper = goesOn ? try? Conversation(with: container) : nil
        reader = try LogReader(container.directory)
    }

    /// Whether a record of this stream begins a line.
    package func isLineStart(_ stream: JobStream) -> Bool { !inLine.contains(stream) }

    /// Calls a function with each record that is selected, in order, until the end.
    package func run(_ selection: LogSelection, show: (LogRecord) -> Void) throws(SystemError) {
        var first: [LogRecord] = []
        var isTold = selection.tail == nil
        while true {
            let isOver = keeper?.isOver ?? true
            let records = reader.next().filter(selection.contains)
            if !isTold { first += records } else { tell(records[...], show) }
            // Only the last lines of what was there when this began are kept.
            if !isTold, first.count > 65536 { first = Array(selection.last(of: first)) }
            guard records.isEmpty else { continue }
            if !isTold {
                tell(selection.last(of: first), show)
                first = []
                isTold = true
            }
            if isOver { return }
            if let until = selection.until, Clock.wallMicroseconds > until { return }
            wait()
        }
    }

    /// Passes over what is there by now.
    package func skip() {
        while !reader.next().isEmpty {}
    }

    /// Calls a function with each record that has come since, without waiting.
    package func showNew(_ show: (LogRecord) -> Void) {
        var events = [UInt8](repeating: 0, count: 4096)
        if let raw = watch?.raw { while unsafe read(raw, &events, events.count) > 0 {} }
        while case let records = reader.next(), !records.isEmpty { tell(records[...], show) }
    }

    /// Readable when something may have come.
    package var watchDescriptor: Int32 { watch?.raw ?? -1 }

    private func tell(_ records: ArraySlice<LogRecord>, _ show: (LogRecord) -> Void) {
        for record in records {
            show(record)
            if record.isWhole { inLine.remove(record.stream) } else { inLine.insert(record.stream) }
        }
    }

    /// Waits until something is written or the keeper is gone.
    private func wait() {
        var requests = [
            pollfd(fd: watch?.raw ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: keeper?.socket.raw ?? -1, events: 0, revents: 0),
        ]
        _ = unsafe poll(&requests, 2, -1)
        var events = [UInt8](repeating: 0, count: 4096)
        if let raw = watch?.raw { while unsafe read(raw, &events, events.count) > 0 {} }
    }
}
