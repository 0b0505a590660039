internal import Glibc

/// How many descriptors this process may have open at a time.
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one: `getrlimit(2)`.
    ///
    /// What a shell leaves at 1024 is too few for many containers at a time. Jobs have a limit of their own.
    ///
    /// - Returns: how many may be open now.
    public static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if unsafe setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
