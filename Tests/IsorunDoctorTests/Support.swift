import Foundation
public import IsorunReporting
public import IsorunSandbox
import Testing

extension Finding: DoctorEntry {}

/// Compares a text with one that is checked in; `ISORUN_RECORD_SNAPSHOTS=1` writes it anew.
func expectSnapshot(_ text: String, _ name: String, location: SourceLocation = #_sourceLocation) throws {
    let stored = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots").appending(path: name)
    if ProcessInfo.processInfo.environment["ISORUN_RECORD_SNAPSHOTS"] != nil {
        try Data(text.utf8).write(to: stored)
    }
    let expected = try String(decoding: Data(contentsOf: stored), as: UTF8.self)
    #expect(text == expected, "ISORUN_RECORD_SNAPSHOTS=1 writes \(name) anew", sourceLocation: location)
}
