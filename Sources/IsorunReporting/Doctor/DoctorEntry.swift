/// What the renderers of `doctor` need to know of a finding; the sandbox's `Finding` has all of it.
///
/// Reporting stands below the sandbox and cannot name its types: `extension Finding: DoctorEntry` where both are known.
public protocol DoctorEntry {
    /// How it stands, as the enumeration that the finding has.
    associatedtype State: RawRepresentable<String>
    /// What it is about, in a few words.
    var name: String { get }
    /// `ok`, `limited` or `missing`.
    var state: State { get }
    /// What was found.
    var what: String { get }
    /// Why it is not all it could be.
    var cause: String? { get }
    /// The command that changes that.
    var fix: String? { get }
    /// Whether a job with every default needs it.
    var required: Bool { get }
    /// Whether a job with every default cannot run as it should for want of it.
    var blocks: Bool { get }
}
