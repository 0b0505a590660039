internal import Glibc
internal import IsorunContainers

/// Says something on stderr.
func complain(_ text: String) {
    var line = "isorun: \(text)\n"
    line.withUTF8 { bytes in _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
}

/// Says what was noted of a container while it ran and nobody was there to be told.
func tell(_ notes: [String], of name: String) {
    for note in notes { complain("\(name): \(note)") }
}

/// Writes all of it to one of this process's own streams; who does not read any more ends this process.
func emit(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) {
    var done = 0
    while done < bytes.count {
        let count = unsafe bytes.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { exit(errno == EPIPE ? 0 : 1) }
        done += count
    }
}

/// Writes a text to stdout.
func emit(_ text: String) { emit(Array(text.utf8)) }

/// Does the same for each of many containers, as docker does: says what went wrong with one, and goes on.
///
/// - Returns: 1 where anything went wrong.
func forEach(_ references: [String], _ body: (String) throws(ContainerError) -> Void) -> Int32 {
    var code: Int32 = 0
    for reference in references {
        do throws(ContainerError) {
            try body(reference)
        } catch {
            complain(error.description)
            code = 1
        }
    }
    return code
}

/// Runs a verb: its exit code; 64 where the command line is at fault, 1 where anything else is.
func attempt(_ body: () throws(ContainerError) -> Int32) -> Int32 {
    do throws(ContainerError) {
        return try body()
    } catch {
        complain(error.description)
        return error.isUsage ? 64 : 1
    }
}
