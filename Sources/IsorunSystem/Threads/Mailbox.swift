internal import Glibc

/// A queue between threads whose reader sleeps until something comes: a mutex and a condition of pthreads.
@safe public final class Mailbox<Element: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var elements: [Element] = []
    private var isClosed = false

    /// Makes an empty queue.
    public init() {
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Puts an element at the end.
    ///
    /// - Parameters:
    ///   - element: what is put there.
    ///   - wakes: whether a reader that sleeps is woken for it; else it is there when something else, or the reader's own
    ///     time, wakes it.
    public func put(_ element: Element, wakes: Bool = true) {
        unsafe pthread_mutex_lock(mutex)
        elements.append(element)
        unsafe pthread_mutex_unlock(mutex)
        // Outside of the lock, on which the reader would else sleep once more.
        if wakes { unsafe pthread_cond_signal(condition) }
    }

    /// Says that nothing more comes: readers get what is left, and then nil.
    public func close() {
        unsafe pthread_mutex_lock(mutex)
        isClosed = true
        unsafe pthread_cond_broadcast(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// The next element; nil when the mailbox is closed and empty, or the time (of `Clock.now`) has come.
    public func take(until deadline: UInt64? = nil) -> Element? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        wait(until: deadline)
        return elements.isEmpty ? nil : elements.removeFirst()
    }

    /// All elements that are there, once one is; none when the mailbox is closed and empty, or the time has come.
    public func takeAll(until deadline: UInt64? = nil) -> [Element] {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        wait(until: deadline)
        defer { elements = [] }
        return elements
    }

    // With the mutex held.
    private func wait(until deadline: UInt64?) {
        while elements.isEmpty && !isClosed {
            guard let deadline else {
                unsafe pthread_cond_wait(condition, mutex)
                continue
            }
            var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
            if unsafe pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return }
        }
    }
}
