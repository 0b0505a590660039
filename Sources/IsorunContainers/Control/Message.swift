internal import CIsorunSystem
internal import Glibc
package import IsorunReporting
package import IsorunSystem
internal import SystemPackage

/// What client and keeper say to each other: a JSON object a packet, with descriptors beside it.
package struct Message: ~Copyable {
    package var body: JSON
    package var descriptors: ReceivedDescriptors

    /// More than this the kernel takes in no packet.
    package static let longest = 160 << 10

    /// What came of an attempt to receive.
    package enum Reception: ~Copyable {
        case message(Message)
        /// Nothing is there yet.
        case nothing
        /// The other side is gone, or talks nonsense.
        case ended
    }

    /// Takes the next message of a socket.
    package static func receive(from socket: Int32) -> Reception {
        var bytes = [UInt8](repeating: 0, count: longest)
        var raw = [Int32](repeating: -1, count: 16)
        var count: Int32 = 0
        let length = unsafe isorun_receive_all(socket, &bytes, bytes.count, &raw, 16, &count)
        let descriptors = ReceivedDescriptors(Array(raw.prefix(Int(count))))
        if length == -Int(EAGAIN) { return .nothing }
        guard length > 0, let body = try? JSON(parsing: Array(bytes.prefix(length))) else { return .ended }
        return .message(Message(body: body, descriptors: descriptors))
    }

    /// Sends a message; false where the other side is gone or does not listen.
    @discardableResult
    package static func send(_ body: JSON, _ descriptors: [Int32] = [], to socket: Int32) -> Bool {
        let bytes = Array(body.line.utf8)
        guard bytes.count <= longest else { return false }
        return unsafe isorun_send(socket, bytes, bytes.count, descriptors, Int32(descriptors.count)) == 0
    }
}

/// Descriptors that came with a message; those that nobody takes are closed.
package struct ReceivedDescriptors: ~Copyable {
    private var raw: [Int32]

    init(_ raw: [Int32]) { self.raw = raw }

    deinit { for descriptor in raw { close(descriptor) } }

    package var count: Int { raw.count }

    /// The first that is left.
    package mutating func take() -> OwnedDescriptor? {
        raw.isEmpty ? nil : OwnedDescriptor(raw.removeFirst())
    }
}
