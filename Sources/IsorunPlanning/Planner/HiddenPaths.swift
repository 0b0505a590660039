internal import IsorunModel
internal import SystemPackage

/// What `--rootfs host` hides of the host.
///
/// The list is documented in the DocC article *What a job sees*; `--mask` adds to it.
enum HiddenPaths {
    /// Empty inside: shared scratch space and everything that runs.
    static let scratch: [(path: FilePath, mode: UInt32)] = [
        ("/tmp", 0o1777), ("/var/tmp", 0o1777), ("/run", 0o755), ("/dev", 0o755), ("/proc", 0o555), ("/sys", 0o555),
    ]

    /// Empty inside where the host has them: other containers' stores, mail, cron, private state.
    static let stores: [FilePath] = [
        "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/lxc", "/var/lib/lxd",
        "/var/lib/incus", "/var/lib/machines", "/var/lib/kubelet", "/var/lib/rancher", "/var/lib/libvirt",
        "/var/lib/isorun", "/var/lib/private", "/var/lib/NetworkManager", "/var/lib/sss", "/var/lib/samba/private",
        "/var/spool/cron", "/var/mail", "/var/spool/mail", "/var/cache/isorun", "/lost+found", "/var/run", "/var/lock",
    ]

    /// Not there inside: password hashes, host keys, private keys of the machine.
    static let secrets: [FilePath] = [
        "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/security/opasswd", "/etc/sudoers",
        "/etc/sudoers.d", "/etc/ssl/private", "/etc/letsencrypt", "/etc/krb5.keytab", "/etc/wireguard", "/etc/ppp",
        "/etc/NetworkManager/system-connections", "/etc/ipsec.secrets", "/etc/ipsec.d/private", "/etc/openvpn",
        "/etc/docker/key.json", "/etc/kubernetes", "/etc/rancher", "/etc/crypttab", "/etc/luks", "/etc/credstore",
        "/etc/credstore.encrypted", "/var/lib/systemd/credential.secret", "/var/cache/debconf/passwords.dat",
        "/var/backups",
    ]

    /// The same, by pattern in the last component.
    static let secretPatterns: [FilePath] = ["/etc/ssh/ssh_host_*_key"]

    /// Directories in which every entry that others may not read is hidden.
    static let privateDirectories: [FilePath] = ["/etc"]

    /// Whether a directory is one of those, or lies in one of those, that are empty inside.
    static func hides(_ path: FilePath, homes: [FilePath]) -> Bool {
        (scratch.map(\.path) + stores + homes + ["/home"]).contains { path.starts(with: $0) }
    }
}
