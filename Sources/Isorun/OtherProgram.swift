internal import Glibc
public import IsorunModel
internal import IsorunSystem

/// The programs that isorun becomes: what only many jobs or a bench need is not loaded to launch a single job.
public enum OtherProgram {
    /// Becomes the program whose command the first argument is.
    ///
    /// - Returns: nil where the command is nobody else's, or the reason why that program cannot be executed.
    public static func become(_ arguments: [ByteString]) -> String? {
        if arguments.first == "gc" {
            // Where that program is not there nothing of containers can have been left.
            _ = become("isorun-container", named: "isorun", arguments)
            return nil
        }
        return switch arguments.first?.text {
        case "test", "suite", "merge": become("isorun-suite", named: "isorun", arguments)
        case let verb? where containerVerbs.contains(verb): become("isorun-container", named: "isorun", arguments)
        case "image", "login", "logout": become("isorun-image", named: "isorun", arguments)
        case "bench": become("isorun-bench", named: "isorun bench", Array(arguments.dropFirst()))
        default: nil
        }
    }

    /// Commands about containers that live on.
    public static let containerVerbs: Set<String> = [
        "attach", "cp", "exec", "inspect", "kill", "logs", "pause", "port", "ps", "rm", "stats", "stop", "top",
        "unpause",
        "volume", "wait",
    ]

    /// Becomes the program that starts a job which lives on (`run -d`).
    ///
    /// - Returns: the reason why it cannot be executed.
    public static func becomeDetached(_ arguments: [ByteString]) -> String {
        let words = arguments.first == "run" ? arguments : ["run"] + arguments
        return become("isorun-container", named: "isorun", words)
    }

    private static func become(_ name: String, named called: String, _ arguments: [ByteString]) -> String {
        guard let program = SiblingProgram.path(of: name) else {
            return "\(name) is not beside isorun nor in ../libexec/isorun"
        }
        var vector: [UnsafeMutablePointer<CChar>?] = unsafe [strdup(called)]
        for argument in arguments {
            let closed = argument.bytes.map { CChar(bitPattern: $0) } + [0]
            unsafe vector.append(strdup(closed))
        }
        unsafe vector.append(nil)
        _ = unsafe execv(program, vector)
        let answer = unsafe String(cString: strerror(errno))
        return "cannot execute \(program): \(answer)"
    }
}
