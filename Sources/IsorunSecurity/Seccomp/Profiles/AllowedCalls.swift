/// What every profile allows whatever the arguments, by topic: the names docker's default profile allows without a
/// capability, those of 64-bit ABIs.
///
/// A name that the kernel's architecture or libseccomp does not know is left out.  Changed a list? Then raise
/// ``BuiltinProfiles/revision``.
enum AllowedCalls {
    static let unconditional =
        files + fileContents + fileAttributes + directories + readiness + memory + processes + identity + scheduling
        + signals + time + sockets + ipc + information + sandboxing

    static let files = [
        "open", "openat", "openat2", "creat", "close", "close_range", "dup", "dup2", "dup3", "fcntl", "flock",
        "ioctl", "lseek", "pipe", "pipe2", "umask", "memfd_create", "memfd_secret", "name_to_handle_at",
    ]
    static let fileContents = [
        "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev", "pwritev2",
        "sendfile", "splice", "tee", "vmsplice", "copy_file_range", "readahead", "fadvise64", "fallocate",
        "ftruncate", "truncate", "fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "cachestat",
        "io_setup", "io_submit", "io_getevents", "io_pgetevents", "io_cancel", "io_destroy",
    ]
    static let fileAttributes = [
        "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs", "statmount", "listmount",
        "access", "faccessat", "faccessat2", "chmod", "fchmod", "fchmodat", "fchmodat2",
        "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "futimesat", "utimensat",
        "getxattr", "lgetxattr", "fgetxattr", "getxattrat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat",
        "listxattr", "llistxattr", "flistxattr", "listxattrat",
        "removexattr", "lremovexattr", "fremovexattr", "removexattrat",
    ]
    static let directories = [
        "chdir", "fchdir", "getcwd", "getdents", "getdents64", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat",
        "link", "linkat", "symlink", "symlinkat", "readlink", "readlinkat", "unlink", "unlinkat",
        "rename", "renameat", "renameat2",
    ]
    static let readiness = [
        "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
        "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "signalfd", "signalfd4",
        "inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "fanotify_mark",
    ]
    static let memory = [
        "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "mincore", "msync", "mseal", "remap_file_pages",
        "mlock", "mlock2", "munlock", "mlockall", "munlockall", "membarrier", "map_shadow_stack",
        "pkey_alloc", "pkey_free", "pkey_mprotect",
    ]
    static let processes = [
        "fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4", "waitid", "kill", "tkill", "tgkill",
        "pidfd_open", "pidfd_send_signal", "process_mrelease", "prctl", "arch_prctl", "restart_syscall", "rseq",
        "set_tid_address", "set_robust_list", "get_robust_list", "set_thread_area", "get_thread_area",
        "futex", "futex_wait", "futex_wake", "futex_requeue", "futex_waitv", "uretprobe",
        "getrlimit", "setrlimit", "prlimit64", "getrusage", "times",
    ]
    static let identity = [
        "getpid", "getppid", "gettid", "getpgid", "getpgrp", "setpgid", "getsid", "setsid",
        "getuid", "geteuid", "getresuid", "setuid", "setreuid", "setresuid", "setfsuid",
        "getgid", "getegid", "getresgid", "setgid", "setregid", "setresgid", "setfsgid", "getgroups", "setgroups",
        "capget", "capset",
    ]
    static let scheduling = [
        "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getattr", "sched_setattr",
        "sched_getparam", "sched_setparam", "sched_getscheduler", "sched_setscheduler",
        "sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval",
        "getpriority", "setpriority", "ioprio_get", "ioprio_set", "getcpu",
    ]
    static let signals = [
        "rt_sigaction", "rt_sigprocmask", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigreturn",
        "rt_sigqueueinfo", "rt_tgsigqueueinfo", "sigaltstack", "pause",
    ]
    static let time = [
        "time", "gettimeofday", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "alarm",
        "getitimer", "setitimer", "timer_create", "timer_delete", "timer_settime", "timer_gettime",
        "timer_getoverrun", "timerfd_create", "timerfd_settime", "timerfd_gettime",
        // They only read without CAP_SYS_TIME, which no user namespace can give over the host's clock.
        "adjtimex", "clock_adjtime",
    ]
    static let sockets = [
        "bind", "listen", "accept", "accept4", "connect", "shutdown", "getsockname", "getpeername", "getsockopt",
        "setsockopt", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg",
    ]
    static let ipc = [
        "mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr",
        "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semtimedop", "semctl",
        "shmget", "shmat", "shmdt", "shmctl",
    ]
    static let information = ["uname", "sysinfo", "getrandom"]
    static let sandboxing = [
        "seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
    ]

    /// What looks into other processes: debuggers, LeakSanitizer, crash reporters; docker allows the first three since
    /// Linux 4.8, where seccomp runs after ptrace.
    ///
    /// Init is out of reach: another uid, not dumpable.
    static let inspection = ["ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "process_madvise"]

    /// NUMA placement, which numpy, JVMs and databases probe at their start.
    static let memoryPolicy = ["get_mempolicy", "set_mempolicy", "mbind", "set_mempolicy_home_node"]

    /// In docker's default too, since its default capabilities hold CAP_SYS_CHROOT.
    static let changeRoot = ["chroot"]
}
