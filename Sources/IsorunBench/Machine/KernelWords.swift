internal import Glibc

/// What the guest's kernel is told: as little as it can be told to do.
///
/// Documentation/admin-guide/kernel-parameters.txt. What follows `--` are the arguments of init.
enum KernelWords {
    /// Of QEMU's guest nothing is printed but the first word of its set-up code.
    static func qemu(emulated: Bool, _ mode: StandIn.Mode) -> String {
        var words = ["console=ttyS0", "loglevel=0", "panic=-1", "reboot=t"]
        // A guest that is emulated measures its time stamp counter against a slow clock and can fail at it on a busy
        // host. It reads the host's own counter, whose rate the host shows where it does not scale its frequency.
        if emulated, let rate = kilohertz { words.append("tsc_early_khz=\(rate)") }
        return line(words, mode)
    }

    /// A restart by the keyboard controller is what ends Firecracker (its FAQ.md).
    ///
    /// The rest is of its own default.
    static func firecracker(_ mode: StandIn.Mode) -> String {
        line(console("ttyS0") + ["reboot=k", "pci=off", "i8042.noaux", "i8042.nomux", "i8042.dumbkbd"], mode)
    }

    /// arm64 has its console as a PL011.
    static func cloudHypervisor(_ mode: StandIn.Mode) -> String {
        #if arch(arm64)
        line(console("ttyAMA0"), mode)
        #else
        line(console("ttyS0"), mode)
        #endif
    }

    private static func line(_ words: [String], _ mode: StandIn.Mode) -> String {
        (words + ["rdinit=/\(Initramfs.entry)", "--", mode.rawValue]).joined(separator: " ")
    }

    /// A kernel that comes unpacked has no set-up code that would say when it starts.
    ///
    /// Words are heeded in turn: the early console prints what there is so far, the banner, and nothing is printed after
    /// that.
    private static func console(_ name: String) -> [String] {
        #if arch(x86_64)
        ["console=\(name)", "loglevel=6", "earlyprintk=\(name)", "loglevel=0", "panic=-1"]
        #else
        ["console=\(name)", "loglevel=0", "panic=-1"]
        #endif
    }

    private static var kilohertz: Int? {
        guard unsafe access("/sys/devices/system/cpu/cpu0/cpufreq", F_OK) != 0 else { return nil }
        return HostView.value("/proc/cpuinfo", "cpu MHz").flatMap(Double.init).map { Int($0 * 1000) }
    }
}
