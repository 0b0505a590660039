// What carries a private network, between its clone and its execve.
#include "child_internal.h"
#include "isorun_network.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { FIRST_FREE = 10, LAST_SIGNAL = 64, TUNNEL_DEVICE = 10 << 8 | 200 };

__attribute__((noreturn)) static void fail(int messages, enum isorun_network_step step, long error) {
    struct isorun_network_failure failure = {0, step, (int32_t)-error};
    CALL(SYS_write, messages, &failure, sizeof failure, 0, 0);
    _exit(1);
}

// What the keeper ignores would be ignored after execve too, and pasta takes an ignored SIGPIPE for a failure.
static void reset_signals(void) {
    unsigned long plain[4] = {0, 0, 0, 0}, none = 0;
    for (int signal = 1; signal <= LAST_SIGNAL; signal++) CALL(SYS_rt_sigaction, signal, plain, 0, 8, 0);
    CALL(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8, 0);
}

// On some hosts only root may open /dev/net/tun, and from here on this is not root: the device in a directory of its
// own, in a mount namespace of its own. An interface can be made through it only with rights in a network namespace.
static long make_tunnel(void) {
    long result = CALL(SYS_unshare, CLONE_NEWNS, 0, 0, 0, 0);
    if (result < 0) return result;
    if ((result = CALL(SYS_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0)) < 0) return result;
    if ((result = CALL(SYS_mount, "tmpfs", "/dev/net", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755")) < 0) return result;
    return CALL(SYS_mknodat, AT_FDCWD, "/dev/net/tun", S_IFCHR | 0666, TUNNEL_DEVICE, 0);
}

// In a process of its own, which does not have to come back: the carrier belongs to the host's network namespace.
static long settle_namespace(int network_namespace) {
    struct clone_args args;
    memset(&args, 0, sizeof args);
    args.exit_signal = SIGCHLD;
    long pid = CALL(SYS_clone3, &args, sizeof args, 0, 0, 0);
    if (pid < 0) return pid;
    if (pid == 0) {
        if (CALL(SYS_setns, network_namespace, CLONE_NEWNET, 0, 0, 0) < 0) _exit(1);
        // An address is good at once, and not after a second of asking who else has it: there is nobody else.
        child_set("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
        child_open_low_ports();
        _exit(0);
    }
    siginfo_t info;
    memset(&info, 0, sizeof info);
    long result = CALL(SYS_waitid, P_PID, pid, &info, WEXITED, 0);
    if (result < 0) return result;
    return info.si_code == CLD_EXITED && info.si_status == 0 ? 0 : -EPERM;
}

static long take_ids(uint32_t id) {
    long result;
    if ((result = CALL(SYS_setgroups, 0, 0, 0, 0, 0)) < 0) return result;
    if ((result = CALL(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0)) < 0) return result;
    if ((result = CALL(SYS_setresgid, id, id, id, 0, 0)) < 0) return result;
    return CALL(SYS_setresuid, id, id, id, 0, 0);
}

// Over the container's namespaces and nothing else: to enter the network's, to make an interface, to let traffic to
// low ports inside. Ambient, so that they outlive execve without root's id.
static long keep_rights(void) {
    static const int kept[] = {CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_SYS_ADMIN};
    uint32_t mask = 0;
    for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++) mask |= 1u << kept[i];
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{mask, mask, mask}, {0, 0, 0}};
    long result = CALL(SYS_capset, &header, data, 0, 0, 0);
    for (unsigned i = 0; result >= 0 && i < sizeof kept / sizeof *kept; i++)
        result = CALL(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0);
    return result;
}

__attribute__((noreturn)) static void become_carrier(const void *argument) {
    const struct isorun_network *network = argument;
    int messages = network->messages;
    long result;
    reset_signals();
    // The terminal's Ctrl-C is for isorun, which ends the job first.
    CALL(SYS_setsid, 0, 0, 0, 0, 0);
    CALL(SYS_umask, 0, 0, 0, 0, 0);  // the device's mode is meant as it stands
    // The keeper may have been started without standard streams: nothing of ours is below 3 from here on.
    int own[4] = {network->user_namespace, network->network_namespace, network->ready, network->messages};
    for (int i = 0; i < 4; i++) {
        result = CALL(SYS_fcntl, own[i], F_DUPFD, FIRST_FREE, 0, 0);
        if (result < 0) fail(messages, ISORUN_NETWORK_DESCRIPTORS, result);
        own[i] = (int)result;
    }
    messages = own[3];
    if (network->own_tunnel && (result = make_tunnel()) < 0) fail(messages, ISORUN_NETWORK_TUNNEL, result);
    result = CALL(SYS_setns, own[0], CLONE_NEWUSER, 0, 0, 0);
    if (result < 0) fail(messages, ISORUN_NETWORK_USER_NAMESPACE, result);
    if ((result = settle_namespace(own[1])) < 0) fail(messages, ISORUN_NETWORK_SETTINGS, result);
    for (int i = 0; i < 3; i++) {
        if ((result = CALL(SYS_dup3, own[i + 1], i, 0, 0, 0)) < 0) fail(messages, ISORUN_NETWORK_DESCRIPTORS, result);
    }
    messages = STDERR_FILENO;
    child_close_from(STDERR_FILENO + 1);
    if (network->id) {
        if ((result = take_ids(network->id)) < 0) fail(messages, ISORUN_NETWORK_IDS, result);
        if ((result = keep_rights()) < 0) fail(messages, ISORUN_NETWORK_RIGHTS, result);
    }
    // After the change of ids, which takes it back. Whose parent is another by now has lost its keeper already.
    CALL(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (CALL(SYS_getppid, 0, 0, 0, 0, 0) != network->keeper) _exit(1);
    CALL(SYS_umask, 077, 0, 0, 0, 0);
    CALL(SYS_chdir, "/", 0, 0, 0, 0);
    fail(messages, ISORUN_NETWORK_EXECUTE, CALL(SYS_execve, network->program, network->argv, network->envp, 0, 0));
}

int isorun_network_start(const struct isorun_network *network, int *pidfd) {
    return child_clone(become_carrier, network, 0, -1, pidfd);
}
