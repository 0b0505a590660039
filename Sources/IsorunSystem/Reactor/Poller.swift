internal import CIsorunSystem
internal import Glibc

/// What to wait for on a descriptor, `epoll(7)`.
public struct Readiness: OptionSet, Hashable, Sendable {
    /// The kernel's bits.
    public let rawValue: UInt32
    /// Takes the kernel's bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Something can be read, or the other side is closed.
    public static let readable = Self(rawValue: 1)
    /// Something can be written.
    public static let writable = Self(rawValue: 4)
    /// An exceptional condition: a changed cgroup file, an error.
    public static let urgent = Self(rawValue: 2)
    /// The other side is closed; always reported.
    public static let hangup = Self(rawValue: 0x10)
}

/// Waits for many descriptors at once, each under a token of the caller's: `epoll(7)`.
public struct Poller: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// Itself something to wait for: readable while one of its descriptors is ready.
    package var raw: Int32 { descriptor.raw }

    /// Makes a poller.
    public init() throws(SystemError) {
        self.descriptor = try OwnedDescriptor(isorun_epoll_create(), "make an epoll")
    }

    /// Waits for a descriptor from now on.
    ///
    /// False for one that never makes anyone wait, such as a regular file.
    public func add(_ raw: Int32, _ readiness: Readiness, token: UInt64) throws(SystemError) -> Bool {
        let result = isorun_epoll_set(descriptor.raw, raw, readiness.rawValue, token, 0)
        if result == -EPERM { return false }
        _ = try check(result, "wait for a descriptor")
        return true
    }

    /// Waits for something else on the same descriptor.
    public func change(_ raw: Int32, _ readiness: Readiness, token: UInt64) throws(SystemError) {
        _ = try check(isorun_epoll_set(descriptor.raw, raw, readiness.rawValue, token, 1), "wait for a descriptor")
    }

    /// Waits for a descriptor no more.
    public func remove(_ raw: Int32) {
        _ = isorun_epoll_remove(descriptor.raw, raw)
    }

    /// Whether one descriptor can be read now or within so many milliseconds, or is closed on its other side.
    public func waitsNow(_ raw: Int32, milliseconds: Int32 = 0) throws(SystemError) -> Bool {
        var request = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, milliseconds) > 0
    }

    /// The descriptors that are ready; waits for one as long as it takes, or for `milliseconds`.
    public func wait(milliseconds: Int32 = -1) throws(SystemError) -> [(token: UInt64, readiness: Readiness)] {
        var ready = [isorun_ready](repeating: isorun_ready(), count: 16)
        let count = try unsafe check(isorun_epoll_wait(descriptor.raw, &ready, 16, milliseconds), "wait")
        return ready.prefix(Int(count)).map { ($0.token, Readiness(rawValue: $0.events)) }
    }
}

/// A descriptor that becomes readable at a time: `timerfd_create(2)` on CLOCK_MONOTONIC.
public struct Timer: ~Copyable {
    /// What to wait for.
    public let descriptor: OwnedDescriptor
    // What it is set to, as long as it has not fired.
    private var time: UInt64?

    /// Makes a timer that never fires.
    public init() throws(SystemError) {
        self.descriptor = try OwnedDescriptor(isorun_timer_create(), "make a timer")
    }

    /// Fires at a time of `Clock.now`, or never.
    public mutating func set(_ time: UInt64?) {
        guard time != self.time else { return }
        self.time = time
        _ = isorun_timer_set(descriptor.raw, time.map { max($0, 1) } ?? 0)
    }

    /// Takes the firing, so that the descriptor is quiet until the next.
    public mutating func acknowledge() {
        time = nil
        var count: UInt64 = 0
        _ = unsafe read(descriptor.raw, &count, 8)
    }
}
