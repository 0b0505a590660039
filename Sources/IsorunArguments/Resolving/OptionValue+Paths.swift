import IsorunModel
import SystemPackage

extension OptionValue {
    /// A path on the host, absolute and without `.` and `..`, as docker reads it: lexically, from the current directory.
    func hostPath(from workingDirectory: FilePath, example: String) throws(UsageError) -> FilePath {
        guard !bytes.bytes.isEmpty else { throw refused("is not a path", example: example) }
        return workingDirectory.pushing(FilePath(bytes)).lexicallyNormalized()
    }

    /// A file on the host that is to be written, so not a directory by its spelling.
    func hostFile(from workingDirectory: FilePath, example: String) throws(UsageError) -> FilePath {
        let path = try hostPath(from: workingDirectory, example: example)
        let last = bytes.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last
        guard let last, !last.isEmpty, !last.elementsEqual(".".utf8), !last.elementsEqual("..".utf8) else {
            throw refused("is a directory, and a file is needed", example: example)
        }
        return path
    }

    /// The parts between colons.
    var parts: [ByteString] {
        bytes.bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { ByteString($0) }
    }
}

extension FilePath {
    /// The path of these bytes.
    init(_ bytes: ByteString) {
        unsafe self.init(platformString: bytes.bytes.map { CChar(bitPattern: $0) } + [0])
    }
}
