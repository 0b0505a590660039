import IsorunModel
import SystemPackage

/// A file of variables as docker reads it: `NAME=VALUE` or `NAME` a line, `#` comments, nothing quoted or expanded.
enum EnvironmentFile {
    /// No honest file is larger; `/dev/zero` is.
    private static let largest = 1 << 20

    /// The variables of a file, in its order.
    static func entries(of path: FilePath, for value: OptionValue) throws(UsageError) -> [EnvironmentEntry] {
        let content: [UInt8]
        do {
            content = try read(path)
        } catch {
            throw UsageError(option: value.option, problem: "\(path): \(error)", hint: "for example: settings.env")
        }
        guard content.count <= largest else {
            throw UsageError(option: value.option, problem: "\(path): larger than 1 MiB")
        }
        return try entries(in: content, of: value)
    }

    /// The variables of a file's content.
    static func entries(in content: [UInt8], of value: OptionValue) throws(UsageError) -> [EnvironmentEntry] {
        var entries: [EnvironmentEntry] = []
        var rest = content[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in zip(1..., lines) {
            let line = (line.last == UInt8(ascii: "\r") ? line.dropLast() : line).drop(while: isBlank)
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            let place = "\(value.text):\(number)"
            guard !line.contains(0) else {
                throw UsageError(option: value.option, problem: "\(place): a NUL byte", hint: "is it a text file?")
            }
            guard let entry = EnvironmentEntry(assignment: line) else {
                throw UsageError(option: value.option, problem: "\(place): no name", hint: "for example: MODE=test")
            }
            guard !entry.name.bytes.contains(where: isBlank) else {
                let problem = "\(place): the name \(OptionValue.quoted(entry.name.text)) has a blank in it"
                throw UsageError(option: value.option, problem: problem, hint: "for example: MODE=test")
            }
            entries.append(entry)
        }
        return entries
    }

    private static func read(_ path: FilePath) throws(Errno) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                var content: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 16384)
                while content.count <= largest {
                    let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                    guard count > 0 else { break }
                    content += buffer[..<count]
                }
                return content
            }
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || 9...13 ~= byte
    }
}

extension EnvironmentEntry {
    /// Reads `NAME=VALUE`, or `NAME` for the host's value; nil where there is no name.
    init?(assignment: ArraySlice<UInt8>) {
        let equals = assignment.firstIndex(of: UInt8(ascii: "="))
        let name = assignment[..<(equals ?? assignment.endIndex)]
        guard !name.isEmpty else { return nil }
        self.init(name: ByteString(name), value: equals.map { ByteString(assignment[($0 + 1)...]) })
    }
}
