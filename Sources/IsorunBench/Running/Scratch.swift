internal import CIsorunBench
internal import Glibc

/// A directory of the bench's own, gone with it; that of a bench that was killed goes with the next one.
final class Scratch {
    let path: String
    /// Locks it, which says that somebody uses it.
    private let directory: Int32

    /// Makes it in TMPDIR, else in /var/tmp: that is seldom a tmpfs, which knows idmapped mounts only from
    /// Linux 6.3 on, and from there isorun gives the stand-in to a container.
    convenience init() throws(BenchError) {
        try self.init(in: unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/var/tmp")
    }

    init(in parent: String) throws(BenchError) {
        unsafe isorun_bench_sweep(parent)
        var buffer = [CChar](repeating: 0, count: 4096)
        directory = unsafe isorun_bench_scratch(parent, &buffer, buffer.count)
        guard directory >= 0 else { throw BenchError("cannot make a directory in \(parent)", errno: -directory) }
        path = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        unsafe isorun_bench_remove(path)
        close(directory)
    }

    /// The path of something below it.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a directory, and those above it.
    func makeDirectory(_ name: String) throws(BenchError) {
        var whole = path
        for part in name.split(separator: "/") {
            whole += "/" + part
            guard unsafe mkdir(whole, 0o755) == 0 || errno == EEXIST else {
                throw BenchError("cannot make the directory \(whole)", errno: errno)
            }
        }
    }

    /// Writes a file; a program can be started when this returns.
    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws(BenchError) {
        try fill(name, bytes, mode)
        if mode & 0o111 != 0 { awaitLastWriter(of: name) }
    }

    /// Waits until no process has a file open for writing, at most a second.
    ///
    /// A child that another thread made meanwhile has it until its own execve(2), and the kernel starts no such program
    /// (ETXTBSY). A read lease is given when the last writer is gone (`F_SETLEASE`, fcntl(2)).
    private func awaitLastWriter(of name: String) {
        let setLease: Int32 = 1024
        let file = unsafe open(path(name), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        for _ in 0..<10_000 {
            guard fcntl(file, setLease, F_RDLCK) != 0, errno == EAGAIN else { return }
            usleep(100)
        }
    }

    private func fill(_ name: String, _ bytes: [UInt8], _ mode: mode_t) throws(BenchError) {
        let file = unsafe open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw BenchError("cannot write \(path(name))", errno: errno) }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw BenchError("cannot write \(path(name))", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }
}

/// The bench itself failed: what, and the kernel's answer.
public struct BenchError: Error, Hashable, CustomStringConvertible {
    /// What is to be said.
    public let description: String

    init(_ what: String) { description = what }

    init(_ what: String, errno: Int32) {
        let answer = unsafe String(cString: strerror(errno))
        description = "\(what): \(answer)"
    }
}
