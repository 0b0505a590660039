/// Follows terminal control sequences scalar by scalar and says which scalars are text.
///
/// ECMA-48: escape sequences, CSI sequences and the command strings OSC, DCS, SOS, PM and APC, each introduced by ESC
/// or by a single C1 control. A command string ends at a line end too, so that one that is never closed hides no more
/// than its own line.
struct ControlSequences {
    private enum State { case text, escape, intermediate, control, command, commandEscape }
    private var state = State.text

    /// Takes one scalar; true where it is text and no part of a sequence.
    mutating func isText(_ scalar: Unicode.Scalar) -> Bool {
        switch state {
        case .text: begins(scalar)
        case .escape, .commandEscape: afterEscape(scalar)
        case .intermediate: finish(scalar, stay: " "..."/", end: "0"..."~")
        case .control: finish(scalar, stay: " "..."?", end: "@"..."~")
        case .command: inCommand(scalar)
        }
    }

    /// Takes a scalar that stands in text, and heeds it where it opens a sequence.
    private mutating func begins(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{1B}": state = .escape
        case "\u{9B}": state = .control
        case "\u{90}", "\u{98}", "\u{9D}", "\u{9E}", "\u{9F}": state = .command
        case "\u{80}"..."\u{84}", "\u{86}"..."\u{9F}": break
        default: return true
        }
        return false
    }

    private mutating func afterEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "[": state = .control
        case "]", "P", "X", "^", "_": state = .command
        case " "..."/": state = .intermediate
        case "0"..."~": state = .text
        default: return abort(scalar)
        }
        return false
    }

    private mutating func finish(
        _ scalar: Unicode.Scalar,
        stay: ClosedRange<Unicode.Scalar>,
        end: ClosedRange<Unicode.Scalar>
    ) -> Bool {
        if stay ~= scalar { return false }
        guard end ~= scalar else { return abort(scalar) }
        state = .text
        return false
    }

    private mutating func inCommand(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{07}", "\u{9C}": state = .text
        case "\u{1B}": state = .commandEscape
        case "\n", "\r", "\u{85}", "\u{18}", "\u{1A}": return abort(scalar)
        default: break
        }
        return false
    }

    /// The sequence is broken off: the scalar stands for itself.
    private mutating func abort(_ scalar: Unicode.Scalar) -> Bool {
        state = .text
        return begins(scalar)
    }
}
