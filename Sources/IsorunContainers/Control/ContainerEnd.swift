internal import IsorunReporting

/// What a keeper tells everybody who waits for its container's end.
package struct ContainerEnd: Hashable, Sendable {
    /// As docker tells it.
    package var exitCode: Int32?
    /// What was noted while the container ran; of one with `--rm` it stands nowhere else.
    package var notes: [String]

    package init(exitCode: Int32?, notes: [String]) {
        self.exitCode = exitCode
        self.notes = notes
    }

    /// As it goes over the socket.
    var json: JSON {
        .object([
            .init("ended", .bool(true)),
            .init("exitCode", .whole(exitCode)),
            .init("notes", .array(notes.map { .string($0) })),
        ])
    }

    /// Reads one; nil for any other message.
    init?(_ json: JSON) {
        guard json["ended"]?.bool == true else { return nil }
        self.init(exitCode: json["exitCode"]?.integer(), notes: json["notes"]?.array?.compactMap(\.string) ?? [])
    }
}
