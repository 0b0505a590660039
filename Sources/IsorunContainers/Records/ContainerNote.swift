internal import IsorunReporting

/// Something that isorun would have said on stderr, had somebody been there.
package struct ContainerNote: Hashable, Sendable {
    /// When, in microseconds since 1970.
    package var atUs: Int64
    /// One line of printable text.
    package var text: String

    /// So many a record has at most, and of so many characters.
    static let most = 32
    static let longest = 1000

    /// Makes a note of any text.
    package init(_ text: String, atUs: Int64) {
        self.atUs = atUs
        self.text = TerminalText.escape(text, limit: Self.longest)
    }

    var json: JSON { .object([.init("atUs", .whole(atUs)), .init("text", .string(text))]) }

    init?(_ json: JSON) {
        guard let atUs: Int64 = json["atUs"]?.integer(), let text = json["text"]?.string else { return nil }
        (self.atUs, self.text) = (atUs, text)
    }
}

extension ContainerRecord {
    /// Keeps a note, once; whether it was kept.
    mutating func note(_ text: String, atUs: Int64) -> Bool {
        let note = ContainerNote(text, atUs: atUs)
        guard notes.count < ContainerNote.most, !notes.contains(where: { $0.text == note.text }) else { return false }
        notes.append(note)
        if notes.count == ContainerNote.most {
            notes[ContainerNote.most - 1].text = "there is more to note than is kept"
        }
        return true
    }

    /// What was noted since the job ran, which nobody was told who started it.
    package var laterNotes: [String] {
        guard let startedAtUs else { return [] }
        return notes.filter { $0.atUs >= startedAtUs }.map(\.text)
    }
}
