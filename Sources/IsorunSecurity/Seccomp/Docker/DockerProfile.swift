/// A docker-format profile as it stands in the file, before any word of it was judged.
struct DockerProfile: Decodable {
    var defaultAction: String
    var defaultErrnoRet: DockerNumber?
    var architectures: [String]?
    var archMap: [ArchitectureEntry]?
    var syscalls: [Entry]?

    struct ArchitectureEntry: Decodable {
        var architecture: String
        var subArchitectures: [String]?
    }

    struct Entry: Decodable {
        var name: String?
        var names: [String]?
        var action: String
        var errnoRet: DockerNumber?
        var args: [Argument]?
        var includes: Filter?
        var excludes: Filter?
    }

    struct Argument: Decodable {
        var index: DockerNumber
        var value: DockerNumber
        var valueTwo: DockerNumber?
        var op: String
    }

    /// For whom an entry holds.
    struct Filter: Decodable {
        var caps: [String]?
        var arches: [String]?
        var minKernel: String?
    }
}

/// A number of the file.
///
/// JSONDecoder would say of -1 where it expects a UInt64 only that the file is not JSON; so every number is taken, and
/// judged where its place is known.
enum DockerNumber: Decodable {
    case whole(UInt64)
    case other(Double)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let whole = try? container.decode(UInt64.self) {
            self = .whole(whole)
        } else {
            self = .other(try container.decode(Double.self))
        }
    }
}
