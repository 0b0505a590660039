import Glibc

/// Every way in which a test can go wrong, by name.
public enum Bad {
    /// Writes where no memory is.
    public static func crash() { UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1 }
    /// Ends by a trap of the runtime.
    public static func trap() -> Never { fatalError("on purpose") }
    /// Never ends.
    public static func loop() { while true { usleep(1000) } }
    /// Ends the process, and says that all was well.
    public static func leave() { exit(0) }
    /// Takes memory until the kernel says no.
    public static func takeMemory() {
        while true {
            let size = 16 << 20
            guard let block = malloc(size) else { abort() }
            memset(block, 1, size)
        }
    }
    /// Starts more processes than it may.
    public static func forkBomb() {
        for _ in 0..<2000 {
            var pid: pid_t = 0
            let path = strdup("/bin/sleep"), time = strdup("5")
            var arguments: [UnsafeMutablePointer<CChar>?] = [path, time, nil]
            if posix_spawn(&pid, "/bin/sleep", nil, nil, &arguments, environ) != 0 { abort() }
        }
    }
    /// Prints without end.
    public static func flood() {
        let line = [UInt8](repeating: 0x78, count: 65536)
        while true { _ = write(1, line, line.count) }
    }
    /// Leaves a process behind.
    public static func leak() {
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
        posix_spawn(&pid, "/bin/sleep", nil, nil, &arguments, environ)
    }
    /// Whether this was called before, with the same volume on `/flaky`.
    public static func wasHere() -> Bool {
        let file = open("/flaky/was-here", O_CREAT | O_EXCL | O_WRONLY, 0o600)
        return file < 0 && errno == EEXIST
    }
}
