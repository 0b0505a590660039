internal import IsorunReporting
internal import IsorunSandbox

/// What this host can and cannot enforce, found by trying.
public struct HostExamination {
    private let findings: [Finding]

    /// Tries everything; leaves nothing behind.
    public init() { findings = Doctor.examine() }

    /// Whether every default limit can be enforced here.
    public var enforcesEveryDefault: Bool { Doctor.enforcesEveryDefault(findings) }

    /// For a person.
    public func text(color: Bool) -> String { DoctorText.render(findings.map(Entry.init), color: color) }

    /// For a program: `isorun.doctor/1`.
    public var json: String { DoctorDocument.page(findings.map(Entry.init)) }

    /// A finding as the reporting layer takes it.
    private struct Entry: DoctorEntry {
        let finding: Finding
        var blocks: Bool { finding.blocks }
        var name: String { finding.name }
        var state: Finding.State { finding.state }
        var what: String { finding.what }
        var cause: String? { finding.cause }
        var fix: String? { finding.fix }
        var required: Bool { finding.required }
    }
}
