internal import IsorunSandbox

/// Signals as people write them: `TERM`, `SIGTERM`, `15`.
package enum SignalNumber {
    /// The number; nil for what is no signal.
    package static func named(_ text: String) -> Int32? {
        if let number = Int32(text) { return 1...64 ~= number ? number : nil }
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? upper : "SIG" + upper
        if name.hasPrefix("SIGRTMIN+"), let offset = Int32(name.dropFirst(9)), 0...30 ~= offset { return 34 + offset }
        return (1...31).first { SignalName.name($0) == name }
    }
}
