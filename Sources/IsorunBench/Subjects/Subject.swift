/// One way to start a program, found on this host and ready to be measured.
struct Subject {
    let id: String
    let name: String
    /// The command that runs the stand-in; `{run}` becomes a number that no other run has.
    var command: [String]
    /// The command that runs the stand-in so that it stays.
    var idleCommand: [String]?
    /// What to run when a run was ended by force, `{run}` as above.
    var removal: [String]?
    /// What prints a word that the command lines of processes elsewhere have which belong to the run.
    var identify: [String]?
    /// What to run when all is over.
    var farewell: [[String]] = []
    /// Which of the limits it was given.
    var limits: String
    var note: String?
    /// Whether it has a clock of its own, so that the instant at which its line came is taken.
    var ownClock = false

    /// The command of one run.
    static func filled(_ command: [String], run: Int) -> [String] {
        command.map { word in
            guard let range = word.firstRange(of: "{run}") else { return word }
            return word.replacingCharacters(in: range, with: "\(run)")
        }
    }
}

extension String {
    func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}

/// What a look for a runtime came to.
enum Finding {
    case found(Subject)
    case missing(BenchRow)

    /// What was found.
    var subject: Subject? {
        if case .found(let subject) = self { subject } else { nil }
    }

    static func missing(_ id: String, _ name: String, _ reason: String, help: String? = nil) -> Finding {
        var row = BenchRow(id: id, name: name)
        row.failure = .init(reason, help: help)
        return .missing(row)
    }

    /// Ctrl-C came before it was known whether it is here and works.
    static func interrupted(_ id: String, _ name: String? = nil) -> Finding {
        .missing(id, name ?? id, "the bench was ended before it was known whether it works here")
    }
}
