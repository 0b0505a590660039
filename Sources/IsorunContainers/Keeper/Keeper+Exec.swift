internal import IsorunModel
internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem
internal import SystemPackage

extension Keeper {
    /// Starts a command in the container for a client, who is told what becomes of it.
    func execute(_ message: inout Message, for client: Client, _ job: any RunningJob) -> JSON? {
        guard !job.isFrozen else { return Self.problem("the container is paused: unpause it first") }
        guard let asked = ExecRequest(message.body) else { return Self.problem("the command is not understood") }
        var request = asked.visit
        var streams: [OwnedDescriptorBox] = []
        while let stream = message.descriptors.take() { streams.append(OwnedDescriptorBox(stream)) }
        request.streams = streams.map(\.raw)
        guard request.terminal || streams.count == 3 else { return Self.problem("three streams are needed") }
        do throws(SandboxError) {
            if let name = asked.userName { request.user = try job.user(named: name) }
            follow(Visiting(try job.visit(request), for: client))
            return Self.done
        } catch {
            return Self.problem("\(error)")
        }
    }

    /// An owned descriptor that can stand in an array.
    private final class OwnedDescriptorBox {
        private let descriptor: OwnedDescriptor
        var raw: Int32 { descriptor.raw }
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
    }
}
