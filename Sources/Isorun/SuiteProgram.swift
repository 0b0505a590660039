internal import Glibc
public import IsorunModel

/// The program that runs many jobs: what only they need is not loaded to launch a single one.
public enum SuiteProgram {
    /// The commands that are its.
    public static let commands: Set<String> = ["test", "suite", "merge"]

    /// Becomes it, with these arguments; returns only where that cannot be, with the reason.
    public static func become(_ arguments: [ByteString]) -> String {
        guard let program = SiblingProgram.path(of: "isorun-suite") else {
            return "isorun-suite is not beside isorun nor in ../libexec/isorun"
        }
        var vector: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("isorun")]
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
