import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage

@testable import IsorunCgroups

/// A folder of made-up control files, gone with its owner.
final class FixtureTree {
    let root: FilePath
    /// The device of the folder, as mountinfo would write it.
    let device: String

    init() throws {
        var template = Array("/tmp/isorun-cgroups-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
        }
        root = FilePath(try requireNotNil(made))
        var status = stat()
        _ = unsafe stat(root.string, &status)
        device = deviceNumber(UInt64(status.st_dev))
    }

    deinit { removeTree(root) }

    /// Makes a file with its directories; a path that ends in a slash is a directory.
    func write(_ path: String, _ text: String = "") {
        let full = root.appending(path)
        makeDirectories(path.hasSuffix("/") ? full : full.removingLastComponent())
        guard !path.hasSuffix("/") else { return }
        let descriptor = unsafe open(full.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        precondition(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        precondition(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    /// The text of a file.
    func text(_ path: String) -> String? {
        fileText(root.appending(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A mount of this tree's as mountinfo would show it.
    func mount(
        _ path: String,
        type: String = "cgroup",
        options: String = "rw",
        root mounted: FilePath = "/"
    ) -> HostMount {
        HostMount(
            mountPoint: root.appending(path),
            root: mounted,
            type: type,
            device: device,
            superOptions: options
        )
    }

    /// A directory of the tree as the group of slot 7, opened for `body`.
    func withGroup<Result>(_ path: String, _ body: (GroupDirectory) throws -> Result) rethrows -> Result {
        write(path + "/isorun-7/")
        let parent = unsafe open(root.appending(path).string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        precondition(parent >= 0)
        defer { close(parent) }
        return try body(GroupDirectory(parent: parent, name: GroupName(slot: 7)))
    }

    private func makeDirectories(_ path: FilePath) {
        var prefix = FilePath("/")
        for component in path.components {
            prefix.append(component)
            _ = unsafe mkdir(prefix.string, 0o755)
        }
    }

    private func removeTree(_ path: FilePath) {
        guard let listing = unsafe opendir(path.string) else { return }
        while let entry = unsafe readdir(listing) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            let child = path.appending(name)
            if unsafe unlink(child.string) != 0 { removeTree(child) }
        }
        unsafe closedir(listing)
        _ = unsafe rmdir(path.string)
    }
}

/// A missing value where a test needs one.
struct Missing: Error {}

/// The value, or an error that ends the test.
func requireNotNil<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
}

/// The bytes of a file; nil where it cannot be read.
func fileText(_ path: FilePath) -> [UInt8]? { try? SmallFile.read(path) }
