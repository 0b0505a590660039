import Glibc
import IsorunModel
@testable import IsorunSecurity
import Testing

/// A directory of its own for one test, removed with all that is in it.
final class ScratchDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/isorun-security-XXXXXX".utf8CString)
        try #require(unsafe mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { remove(path) }

    private func remove(_ path: String) {
        for name in contents(path) { remove("\(path)/\(name)") }
        if unsafe unlink(path) != 0 { _ = unsafe rmdir(path) }
    }

    func contents(_ path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Writes a file below the directory and gives its path.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        try Descriptor(unsafe Glibc.open("\(path)/\(name)", flags, 0o600)).writeAll(bytes)
        return "\(path)/\(name)"
    }
}

extension SeccompProfile {
    static func builtin(_ name: SeccompProfileName, _ options: FilterOptions = FilterOptions()) throws -> SeccompProfile
    {
        try #require(BuiltinProfiles.profile(named: name)).applying(options)
    }
}

extension SeccompProfileName {
    static let filtering: [SeccompProfileName] = [.default, .strict, .debug]
}

extension FilterOptions {
    static let everything = FilterOptions(forbidSetIDBits: true, denyCoreLimit: true)
}

/// The number of a call that this architecture has.
func number(_ name: String) throws -> Int32 {
    try #require(SyscallNumber.resolve(name), "libseccomp does not know \(name)")
}
