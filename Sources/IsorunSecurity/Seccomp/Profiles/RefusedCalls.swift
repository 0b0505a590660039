/// Calls that every profile refuses, and why.
///
/// They fail visibly with EPERM in `default` and `debug`; in `strict` the dangerous ones are reported to the keeper,
/// which ends the job.  Changed a list? Then raise ``BuiltinProfiles/revision``.
enum RefusedCalls {
    /// No honest program makes them by accident, and each was a way out of a sandbox or into the kernel.
    static let dangerous =
        mounts + namespaces + handles + keyrings + kernelCode + tracing + machine + clocks + hardware + accounting

    /// The old mount API: CVE-2022-0185 (fs context), CVE-2022-0492 (release_agent), CVE-2023-0386 (overlayfs).
    static let mounts = ["mount", "umount2", "pivot_root", "swapon", "swapoff"]
    /// A nested user namespace opens some sixty of the known kernel bugs (nf_tables, qdisc, packet sockets).
    static let namespaces = ["unshare", "setns"]
    /// Opens any inode by number, past every mount (the "shocker" escape of 2014; user namespaces may since 6.11).
    static let handles = ["open_by_handle_at"]
    /// Keyrings are no part of any namespace (CVE-2016-0728); runc leaks them from container to container.
    static let keyrings = ["keyctl", "add_key", "request_key"]
    /// Code for the kernel.
    static let kernelCode = ["bpf", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load"]
    /// CVE-2013-2094 (perf_event_open); userfaultfd holds the kernel still at a chosen point, which makes races won.
    static let tracing = ["perf_event_open", "userfaultfd"]
    /// They act on the whole machine.
    static let machine = ["reboot", "syslog", "vhangup", "fanotify_init"]
    /// No namespace has a real-time clock of its own.
    static let clocks = ["settimeofday", "clock_settime"]
    /// Direct access to ports, and the descriptor tables of CVE-2015-5157.
    static let hardware = ["iopl", "ioperm", "modify_ldt"]
    /// Host-wide accounting, and cookies that leak paths of the host (removed in Linux 6.7).
    static let accounting = ["acct", "quotactl", "quotactl_fd", "lookup_dcookie"]

    /// Refused with EPERM everywhere: a program may well try them and go on without.
    static let harmless = [
        // Moves pages of other processes (CVE-2017-14140); libnuma tries it.
        "move_pages", "migrate_pages",
        // Takes a descriptor out of another process: the way to init's status channel. `debug` allows it.
        "pidfd_getfd",
        // `hostname NAME` in a script; the name is isorun's.
        "sethostname", "setdomainname",
    ]

    /// ENOSYS everywhere, so that libraries take the older call whose arguments a filter can see.
    static let hidden = [
        // Flags behind a pointer (CVE-2021-41133); glibc falls back to clone.
        "clone3",
        // 60 % of the exploits in Google's kCTF, and a way past every rule on sockets and files; libuv probes it.
        "io_uring_setup", "io_uring_enter", "io_uring_register",
        // The new mount API; mount(8) falls back to mount.
        "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    ]

    /// Left to the default, ENOSYS, on purpose: the kernel removed them, never had them, or nothing needs them.
    ///
    /// The canary test holds that each call libseccomp knows is in one of these tables.
    static let unneeded = [
        "_sysctl", "afs_syscall", "create_module", "epoll_ctl_old", "epoll_wait_old", "get_kernel_syms", "getpmsg",
        "nfsservctl", "putpmsg", "query_module", "security", "sysfs", "tuxcall", "uselib", "ustat", "vserver",
        "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "open_tree_attr", "file_getattr",
        "file_setattr", "listns", "rseq_slice_yield",
    ]
}
