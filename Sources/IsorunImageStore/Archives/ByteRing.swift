internal import Glibc
internal import IsorunImages

/// Buffers that one thread fills and another one reads, in order: a mutex and two conditions of pthreads.
@safe final class ByteRing: @unchecked Sendable {
    private static let slots = 8
    private static let slotSize = 512 << 10
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let freed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: slots * slotSize, alignment: 4096)
    private var counts = [Int](repeating: 0, count: slots)
    /// How many were filled, read and given back so far.
    private var written = 0
    private var read = 0
    private var isFinished = false
    private var isAbandoned = false
    private var failure: ImageError?

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(filled, nil)
        unsafe pthread_cond_init(freed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(filled)
        unsafe pthread_cond_destroy(freed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
        unsafe filled.deallocate()
        unsafe freed.deallocate()
        unsafe buffer.deallocate()
    }

    private func slot(_ number: Int) -> UnsafeMutableRawBufferPointer {
        let start = number % Self.slots * Self.slotSize
        return unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + Self.slotSize])
    }

    /// The writer's side: fills the next buffer.
    ///
    /// - Returns: false where nothing more is wanted: the reader is gone, or `body` had nothing more.
    func fill(_ body: (UnsafeMutableRawBufferPointer) throws(ImageError) -> Int) throws(ImageError) -> Bool {
        unsafe pthread_mutex_lock(mutex)
        while written - read == Self.slots && !isAbandoned { unsafe pthread_cond_wait(freed, mutex) }
        let number = written
        let stops = isAbandoned
        unsafe pthread_mutex_unlock(mutex)
        if stops { return false }
        let count = try unsafe body(slot(number))
        guard count > 0 else { return false }
        unsafe pthread_mutex_lock(mutex)
        counts[number % Self.slots] = count
        written += 1
        unsafe pthread_cond_signal(filled)
        unsafe pthread_mutex_unlock(mutex)
        return true
    }

    /// The writer's last word.
    func finish(_ error: ImageError? = nil) {
        unsafe pthread_mutex_lock(mutex)
        isFinished = true
        failure = error
        unsafe pthread_cond_signal(filled)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// The reader's side: gives the buffer that it had back and waits for the next; nil at the end.
    func next(hasOne: Bool) throws(ImageError) -> UnsafeRawBufferPointer? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        if hasOne {
            read += 1
            unsafe pthread_cond_signal(freed)
        }
        while written == read && !isFinished { unsafe pthread_cond_wait(filled, mutex) }
        if written > read {
            return unsafe UnsafeRawBufferPointer(rebasing: slot(read)[..<counts[read % Self.slots]])
        }
        if let failure { throw failure }
        return nil
    }

    /// The reader wants nothing more.
    func abandon() {
        unsafe pthread_mutex_lock(mutex)
        isAbandoned = true
        unsafe pthread_cond_signal(freed)
        unsafe pthread_mutex_unlock(mutex)
    }
}
