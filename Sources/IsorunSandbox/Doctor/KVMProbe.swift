internal import Glibc
internal import IsorunSystem
internal import Synchronization
package import SystemPackage

/// What /dev/kvm answered.
package enum KVMAnswer: Hashable, Sendable {
    /// There is no such device.
    case absent
    /// It cannot be opened.
    case closed(Errno)
    /// It was opened, and making a machine failed.
    case refused(Errno)
    /// A machine was made, by this version of the interface.
    case works(Int32)
    /// It did not answer in time.
    case hangs
}

/// Makes a virtual machine without memory and CPUs, and drops it.
enum KVMProbe {
    // linux/kvm.h: _IO(KVMIO, 0x00) and _IO(KVMIO, 0x01)
    private static let getVersion: UInt = 0xae00
    private static let createMachine: UInt = 0xae01

    /// Asks in a thread of its own, for at most `milliseconds`: nested virtualisation is known to hang.
    static func ask(within milliseconds: Int32 = 60) -> KVMAnswer {
        let descriptor = unsafe open("/dev/kvm", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT ? .absent : .closed(Errno(rawValue: errno)) }
        guard let sockets = try? SocketPair() else { return .hangs }
        let question = Question(descriptor: descriptor, writer: fcntl(sockets.far.raw, F_DUPFD_CLOEXEC, 3))
        let argument = unsafe Unmanaged.passRetained(question)
        var thread = pthread_t()
        let result = unsafe pthread_create(&thread, nil, { unsafe KVMProbe.answer($0) }, argument.toOpaque())
        guard result == 0 else {
            unsafe argument.release()
            return .refused(Errno(rawValue: result))
        }
        pthread_detach(thread)
        var request = pollfd(fd: sockets.near.raw, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&request, 1, milliseconds) > 0 else { return .hangs }
        return question.answer.withLock { $0 }
    }

    private static func answer(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument = unsafe argument else { return nil }
        let question = unsafe Unmanaged<Question>.fromOpaque(argument).takeRetainedValue()
        let version = ioctl(question.descriptor, getVersion, 0)
        let machine = version < 0 ? -1 : ioctl(question.descriptor, createMachine, 0)
        let answer: KVMAnswer = machine < 0 ? .refused(Errno(rawValue: errno)) : .works(version)
        question.answer.withLock { $0 = answer }
        // Taking a machine down waits for other CPUs, which nobody needs to wait for.
        _ = unsafe write(question.writer, "!", 1)
        if machine >= 0 { close(machine) }
        return nil
    }

    /// What the thread is asked; whoever drops it last closes its descriptors.
    private final class Question: Sendable {
        let descriptor: Int32
        let writer: Int32
        let answer = Mutex(KVMAnswer.hangs)

        init(descriptor: Int32, writer: Int32) {
            self.descriptor = descriptor
            self.writer = writer
        }

        deinit {
            close(descriptor)
            close(writer)
        }
    }
}
