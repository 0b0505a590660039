import FoundationEssentials
public import SystemPackage

extension SeccompProfile {
    /// Reads a docker-format JSON profile, `docker run --security-opt seccomp=FILE`.
    ///
    /// Calls that this architecture or libseccomp does not know are passed over, as docker does; misspelt actions and
    /// comparisons are errors. Actions that kill become ``SeccompAction/notify``. Architectures other than the native
    /// one are read and left out: their calls return ENOSYS.
    ///
    /// - Parameters:
    ///   - path: the file; at most 1 MiB.
    ///   - capabilities: what the job holds, for `includes.caps` and `excludes.caps`.
    /// - Throws: ``SecurityError`` with the file, the entry, the wrong value and a good one.
    public init(dockerFile path: FilePath, capabilities: CapabilitySet) throws(SecurityError) {
        let bytes: [UInt8]
        do throws(Descriptor.Errno) {
            bytes = try Descriptor.open(path.string, 0).readAll(limit: 1 << 20)
        } catch {
            throw SecurityError(
                .unreadableProfile,
                "read the seccomp profile",
                on: path.string,
                errno: error.number,
                reason: error.text,
                hint: "give default, strict, debug, unconfined or a docker-format JSON file of at most 1 MiB"
            )
        }
        try self.init(dockerJSON: bytes, file: path.string, host: .current(capabilities: capabilities))
    }

    package init(dockerJSON bytes: [UInt8], file: String, host: DockerHost) throws(SecurityError) {
        let reader = DockerProfileReader(file: file, host: host)
        let docker: DockerProfile
        do {
            docker = try JSONDecoder().decode(DockerProfile.self, from: Data(bytes))
        } catch {
            throw reader.notAProfile(error)
        }
        self = try reader.profile(from: docker)
    }
}

extension DockerProfileReader {
    fileprivate func notAProfile(_ error: any Error) -> SecurityError {
        let example = #"the least profile is {"defaultAction": "SCMP_ACT_ALLOW"}"#
        return switch error as? DecodingError {
        case .keyNotFound(let key, let context):
            invalid(place(context.codingPath + [key]), reason: "it is missing", example: example)
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            invalid(place(context.codingPath), reason: "it must be \(words(for: type))", example: example)
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            invalid(place(context.codingPath), reason: context.debugDescription, example: example)
        default:
            invalid("", reason: "it is not JSON", example: example)
        }
    }

    /// A place in the file, written as `syscalls[3].args[0].value`.
    private func place(_ path: [any CodingKey]) -> String {
        let text = path.reduce(into: "") { text, key in
            text += key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? "" : ".") + key.stringValue
        }
        return text.isEmpty ? "the document" : text
    }

    private func words(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Double.Type: "a number"
        case is [String: Any].Type: "an object"
        default: "a list"
        }
    }
}
