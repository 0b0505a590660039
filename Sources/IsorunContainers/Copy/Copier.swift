internal import CIsorunSystem
internal import Glibc
package import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// A process among the container's files: what a client copies goes through it as a tar archive.
///
/// Theory of operation. It is a program of its own with one thread, started by the client with a pidfd of the container.
/// It enters the container's user and mount namespaces, and is root there and nobody outside; so whatever path it is
/// given, whatever links and mounts the container has and however fast they change, the kernel finds nothing for it that
/// is not the container's, and lets it do nothing that root there may not. It stays out of the container's pid
/// namespace: nobody inside sees it. The client itself stays outside, and touches nothing but the archive and its own
/// files (CVE-2018-15664, CVE-2019-14271). It is counted with the container, where its client may put it there.
package enum Copier {
    static let processDescriptor: Int32 = 3

    /// Which way it copies.
    package enum Way: String, Sendable { case read, write, unpack }

    /// What it is told.
    package struct Task: Sendable {
        package var way: Way
        package var path: String
        /// Of `read`: whether a link that was named itself is followed.
        package var followsLink = false
        /// Of the others: whether owners are those of the archive.
        package var keepsOwners = false

        /// How many groups it shall join, whose files it finds behind the container's pidfd.
        var groups = 0

        package init(_ way: Way, _ path: String) {
            self.way = way
            self.path = path
        }

        /// As arguments of its program.
        package var words: [ByteString] {
            [
                ByteString(way.rawValue), followsLink ? "follow" : "-", keepsOwners ? "owners" : "-",
                ByteString("\(groups)"), ByteString(path),
            ]
        }

        package init?(_ words: [ByteString]) {
            guard words.count == 5, let way = Way(rawValue: words[0].text) else { return nil }
            guard let groups = Int(words[3].text), 0...64 ~= groups else { return nil }
            self.init(way, words[4].text)
            self.groups = groups
            followsLink = words[1] == "follow"
            keepsOwners = words[2] == "owners"
        }
    }

    // MARK: The client's side

    /// Starts one; its messages go to this process's stderr.
    ///
    /// - Parameters:
    ///   - task: what it does.
    ///   - container: whose files; its keeper is asked.
    ///   - program: its program.
    ///   - words: its arguments before the task's.
    ///   - input: what it reads the archive from.
    ///   - output: what it writes the archive to.
    /// - Returns: its process.
    /// - Throws: where the container does not run, or no process can be made.
    package static func start(
        _ task: Task,
        in container: borrowing Container,
        program: String,
        words: [ByteString],
        input: Int32?,
        output: Int32?
    ) throws(ContainerError) -> ChildProcess {
        guard container.isAlive, let keeper = try Conversation(with: container) else {
            throw ContainerError("container \(container.record.name) is not running, and its files are gone with it")
        }
        try keeper.ask("files")
        guard var reply = try keeper.answer(), let process = reply.descriptors.take() else {
            throw ContainerError("container \(container.record.name) has ended")
        }
        var groups: [ChildProcess.Descriptor] = []
        while let group = reply.descriptors.take() { groups.append(.init(group)) }
        let descriptors = [process.raw] + groups.map(\.raw)
        var task = task
        task.groups = groups.count
        return try telling { () throws(SystemError) in
            try ChildProcess(program, words + task.words, input: input, output: output, descriptors: descriptors)
        }
    }

    // MARK: Its own side

    /// Carries a task out: the exit code.
    package static func run(_ task: Task, complain: @escaping @Sendable (String) -> Void) -> Int32 {
        do throws(ContainerError) {
            try enter(joining: task.groups)
            // It never outlives the container: that would keep its mounts.
            let watch = try? WorkerThread {
                var end = pollfd(fd: processDescriptor, events: Int16(POLLIN), revents: 0)
                while unsafe poll(&end, 1, -1) < 0 && errno == EINTR {}
                complain("the container ended while its files were copied")
                _exit(1)
            }
            try carryOut(task, complain)
            _ = watch
            return 0
        } catch {
            complain(error.description)
            return 1
        }
    }

    private static func enter(joining groups: Int) throws(ContainerError) {
        let first = processDescriptor + 1
        // Where the kernel does not let the client's process over to the container's groups it is counted where it is.
        for group in first..<first + Int32(groups) { _ = unsafe write(group, "0", 1) }
        // What whoever started the client has left open is no business of the container's.
        _ = isorun_close_from(UInt32(first))
        _ = fcntl(processDescriptor, F_SETFD, FD_CLOEXEC)
        try telling { () throws(SystemError) in
            _ = try check(isorun_enter_files(processDescriptor), "enter the container")
        }
        umask(0)
    }

    private static func carryOut(
        _ task: Task,
        _ complain: @escaping @Sendable (String) -> Void
    ) throws(ContainerError) {
        switch task.way {
        case .read:
            let archive = TarWriter(STDOUT_FILENO)
            try TreeReader(archive, followsLink: task.followsLink, warn: complain).read(task.path)
            try telling { () throws(SystemError) in try archive.end() }
        case .write:
            let archive = TarReader(STDIN_FILENO)
            let writer = TreeWriter(archive, keepsOwners: task.keepsOwners, warn: complain)
            if try writer.write(to: task.path) { archive.drain() }
        case .unpack:
            let writer = TreeWriter(TarReader(STDIN_FILENO), keepsOwners: task.keepsOwners, warn: complain)
            try writer.unpack(into: task.path)
        }
    }
}
