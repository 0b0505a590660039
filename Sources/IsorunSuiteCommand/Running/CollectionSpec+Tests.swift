import IsorunModel
import IsorunRunner
import SystemPackage

extension CollectionSpec {
    /// Gives what is copied out of a test's container a directory of the test's own: all tests of a package have one
    /// destination, and of files that are called the same in each only the last one's would stay.
    mutating func keepApart(by test: String) {
        let directory = Self.directory(of: test)
        for index in artifacts.indices where artifacts[index].intoDirectory || artifacts[index].destination == nil {
            artifacts[index].below = directory
            artifacts[index].intoDirectory = true
        }
    }

    /// The directory of a test: where its name has slashes, one in another.
    static func directory(of test: String) -> FilePath {
        let parts = test.split(separator: "/", omittingEmptySubsequences: false).map(component)
        return FilePath(root: nil, parts.compactMap { FilePath.Component($0) })
    }

    // Another one for each text, and readable where that can be.
    private static func component(of text: Substring) -> String {
        var name = ""
        for scalar in text.unicodeScalars where name.utf8.count < longest {
            name.unicodeScalars.append(isPlain(scalar) ? scalar : "_")
        }
        guard name != text || name.hasPrefix(".") || name.isEmpty else { return name }
        return "\(name.drop { $0 == "." })-\(String(Partition.hash(String(text)), radix: 16))"
    }

    // Of the 255 bytes that a name may have; the rest is the hash's.
    private static let longest = 200

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "-._+=@,()".unicodeScalars.contains(scalar)
    }
}
