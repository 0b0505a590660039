import Foundation
import Testing

/// The published XSDs, which are not ours to ship: `ISORUN_JUNIT_XSD_DIR` names a directory that has them.
enum Schema: String {
    case surefire = "surefire.xsd"
    case jenkins = "jenkins-junit-10.xsd"

    /// Checks a document with `xmllint`; only that it is well formed where the schema is not at hand.
    func expectValid(_ xml: String, location: SourceLocation = #_sourceLocation) throws {
        let scratch = try Scratch()
        try Data(xml.utf8).write(to: scratch.url("report.xml"))
        var arguments = ["xmllint", "--noout", "--nonet"]
        if let directory = ProcessInfo.processInfo.environment["ISORUN_JUNIT_XSD_DIR"] {
            arguments += ["--schema", "\(directory)/\(rawValue)"]
        }
        let result = try run("/usr/bin/env", arguments + [scratch.url("report.xml").path])
        #expect(result.status == 0, "\(result.complaints.prefix(2000))", sourceLocation: location)
    }
}
