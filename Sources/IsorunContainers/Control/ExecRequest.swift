package import IsorunModel
package import IsorunReporting
internal import IsorunSandbox
internal import SystemPackage

/// What `exec` asks a keeper for.
///
/// Arguments and variables are bytes, and go as base64.
package struct ExecRequest: Hashable, Sendable {
    package var arguments: [ByteString]
    package var environment: [ByteString] = []
    package var workdir: String?
    package var user: UserSpec?
    /// The same by names, which are looked up in the container's own files: `NAME|UID[:GROUP|GID]`.
    package var userName: String?
    package var terminal = false
    package var terminalSize: UInt64 = 24 << 16 | 80

    package init(_ arguments: [ByteString]) { self.arguments = arguments }

    /// As it goes over the socket.
    package var members: [JSON.Member] {
        [
            .init("arguments", .array(arguments.map { .string(Base64.encode($0.bytes)) })),
            .init("environment", .array(environment.map { .string(Base64.encode($0.bytes)) })),
            .init("workdir", .text(workdir)),
            .init("uid", .whole(user?.uid)),
            .init("gid", .whole(user?.gid)),
            .init("userName", .text(userName)),
            .init("terminal", .bool(terminal)),
            .init("terminalSize", .whole(terminalSize)),
        ]
    }

    /// Reads one; nil for what is none.
    package init?(_ json: JSON) {
        guard let arguments = Self.bytes(json["arguments"]), !arguments.isEmpty else { return nil }
        guard let environment = Self.bytes(json["environment"]) else { return nil }
        self.init(arguments)
        self.environment = environment
        workdir = json["workdir"]?.string
        if let uid: UInt32 = json["uid"]?.integer(), let gid: UInt32 = json["gid"]?.integer() {
            guard uid < 65536, gid < 65536 else { return nil }
            user = UserSpec(uid: uid, gid: gid)
        }
        userName = json["userName"]?.string
        terminal = json["terminal"]?.bool ?? false
        terminalSize = json["terminalSize"]?.integer() ?? terminalSize
    }

    private static func bytes(_ json: JSON?) -> [ByteString]? {
        guard let texts = json?.array else { return nil }
        let decoded = texts.compactMap { $0.string.flatMap(Base64.decode).map { ByteString($0) } }
        // A NUL would end the string in the kernel's eyes.
        return decoded.count == texts.count && decoded.allSatisfy { !$0.bytes.contains(0) } ? decoded : nil
    }

    /// For the sandbox.
    var visit: VisitRequest {
        var request = VisitRequest(arguments)
        request.environment = environment
        request.workdir = workdir.map { FilePath($0) }
        request.user = user
        request.terminal = terminal
        request.terminalSize = terminalSize
        return request
    }
}
