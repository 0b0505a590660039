internal import SystemPackage

/// What to do about a step that failed, where that is known.
enum Hints {
    static func hint(step: String, errno: Errno) -> String? {
        table.first { $0.errno == errno && step.contains($0.step) }?.hint
    }

    // What isorun hides and mounts on stands in the writable layer, too.
    private static let writableLayer =
        "the writable layer is too small for what isorun itself puts there before the job starts: raise --inodes or "
        + "--disk"

    private static let limitOnNamespaces =
        "a limit on namespaces is reached: see the sysctls under user.max_*_namespaces"

    private static let table: [(step: String, errno: Errno, hint: String)] = [
        (
            "clone", .notPermitted,
            "user namespaces are off for this user: see sysctl kernel.unprivileged_userns_clone and, on Ubuntu, "
                + "kernel.apparmor_restrict_unprivileged_userns; `isorun doctor` says which"
        ),
        ("clone", .noSpace, limitOnNamespaces),
        ("namespaces", .noSpace, limitOnNamespaces),
        (
            "clone", .resourceTemporarilyUnavailable,
            "no more processes may be started here: a pids limit or ulimit -u is reached"
        ),
        ("clone", .noMemory, "the pid namespace of this host is being taken down, or memory ran out"),
        (
            "mount proc", .notPermitted,
            "parts of /proc are covered on this host, as in most containers; run isorun outside of it, or start that "
                + "container with an unmasked /proc (docker: --security-opt systempaths=unconfined)"
        ),
        (
            "mount sysfs", .notPermitted,
            "parts of /sys are covered on this host, as in most containers; run isorun outside of it, or start that "
                + "container with an unmasked /sys (docker: --security-opt systempaths=unconfined), or take "
                + "--network host, with which the host's own /sys is shown"
        ),
        ("make the directory", .noSpace, writableLayer),
        ("make the file", .noSpace, writableLayer),
        ("mount", .noSpace, writableLayer + "; or the host has no room for more mounts: sysctl fs.mount-max"),
        ("overlay", Errno(rawValue: 19), "the kernel has no overlay file system: modprobe overlay"),
        (
            "overlay", .invalidArgument,
            "without root no overlay can lie over a directory in which other file systems are mounted, nor over some "
                + "file systems: run isorun as root, or name a directory that holds no mounts"
        ),
        ("map the owners", .invalidArgument, "this file system does not know idmapped mounts (ext4, xfs and btrfs do)"),
        (
            "per-process limits nofile", .notPermitted,
            "nobody may have more descriptors than sysctl fs.nr_open says; up to that only root of the host may raise a "
                + "hard limit: ulimit -H -n shows isorun's own"
        ),
        (
            "per-process limits", .notPermitted,
            "only root of the host may raise a hard limit, and isorun's own is lower: ulimit -H -a shows it"
        ),
        (
            "change to the working directory", .noSuchFileOrDirectory,
            "give a directory that exists inside: --workdir DIR"
        ),
        ("execute", .permissionDenied, "the file is not executable for the job's user"),
        ("execute", Errno(rawValue: 8), "the file is no program this machine can run; a script needs a #! line"),
    ]
}
