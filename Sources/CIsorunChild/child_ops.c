// One op, one kernel action. The table of all of them.
#include "child_internal.h"

#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

static int receive_descriptors(struct child *child, const struct isorun_op *op) {
    struct isorun_command command;
    if (op->slot + op->value > ISORUN_SLOTS) return -E2BIG;
    return child_receive(child, &command, child->slots + op->slot, (int)op->value);
}

static int set_ids(uint64_t ids) {
    uint32_t uid = (uint32_t)ids, gid = (uint32_t)(ids >> 32);
    long result = CALL(SYS_setresgid, gid, gid, gid, 0, 0);
    return (int)(result < 0 ? result : CALL(SYS_setresuid, uid, uid, uid, 0, 0));
}

// The child moves itself, for the kernel makes that cheap. The rights are those of the keeper, who opened the file
// (CVE-2021-4197).
static int join_cgroup(int tasks) {
    long result = CALL(SYS_write, tasks, "0", 1, 0, 0);
    close(tasks);
    return result < 0 ? (int)result : 0;
}

// The caller's keys stay with the caller: a session keyring is inherited otherwise, by every process it starts.
static int join_session_keyring(void) {
    long result = CALL(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
    return result < 0 && result != -ENOSYS ? (int)result : 0;
}

// All at once (Linux 5.8): the user namespace first, which gives the rights to enter the others. In the container's own
// /proc nothing can be set: for low ports the network's comes before the mount namespace.
static int enter(const struct isorun_op *op) {
    int process = (int)(uint32_t)op->value, namespaces = (int)(op->value >> 32);
    long result = 0;
    if (op->flags & ISORUN_FLAG_LOW_PORTS) {
        const int first = CLONE_NEWUSER | CLONE_NEWNET;
        if ((result = CALL(SYS_setns, process, namespaces & first, 0, 0, 0)) >= 0) child_open_low_ports();
        namespaces &= ~first;
    }
    if (result >= 0) result = CALL(SYS_setns, process, namespaces, 0, 0, 0);
    close(process);
    return (int)result;
}

// Raising it is always allowed; it is only asked for where the keeper's own is negative.
static int reset_oom_score(void) {
    int file = (int)CALL(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0, 0);
    if (file < 0) return file;
    long result = CALL(SYS_write, file, "0", 1, 0, 0);
    close(file);
    return result < 0 ? (int)result : 0;
}

static int await_go(struct child *child) {
    struct isorun_command go;
    int result = child_receive(child, &go, 0, 0);
    return result < 0 ? result : go.kind == ISORUN_COMMAND_GO ? 0 : -EPROTO;
}

static int perform(struct child *child, const struct isorun_op *op) {
    const char *text = child_text(child, op->text), *other = child_text(child, op->other);
    switch (op->kind) {
    case ISORUN_OP_SET_IDS: return set_ids(op->value);
    case ISORUN_OP_JOIN_CGROUP: return join_cgroup((int)op->value);
    case ISORUN_OP_NAMESPACES: return (int)CALL(SYS_unshare, op->value, 0, 0, 0, 0);
    case ISORUN_OP_SESSION_KEYRING: return join_session_keyring();
    case ISORUN_OP_PRIVATE_MOUNTS: return child_mount_private();
    case ISORUN_OP_LOOPBACK_UP: return child_loopback_up();
    case ISORUN_OP_LOW_PORTS: child_open_low_ports(); return 0;
    case ISORUN_OP_HOSTNAME: return (int)CALL(SYS_sethostname, text, strlen(text), 0, 0, 0);
    case ISORUN_OP_RECEIVE: return receive_descriptors(child, op);
    case ISORUN_OP_OPEN_DIRECTORY: return child_open_directory(child, op);
    case ISORUN_OP_SEND_DIRECTORY: return child_send_directory(child, op);
    case ISORUN_OP_NEW_MOUNT: return child_mount_new(child, op);
    case ISORUN_OP_MOUNT: return child_mount_made(child, op);
    case ISORUN_OP_CLONE_TREE: return child_mount_clone(child, op);
    case ISORUN_OP_ATTACH: return child_mount_attach(child, op);
    case ISORUN_OP_DEVICE: return child_mount_device(child, op);
    case ISORUN_OP_ATTRIBUTES: return child_mount_attributes(child, op);
    case ISORUN_OP_READ_ONLY: return child_mount_read_only(child, op);
    case ISORUN_OP_MASK: return child_mount_mask(child, op);
    case ISORUN_OP_MAKE_DIRECTORY: return child_make_directory(child, op);
    case ISORUN_OP_MAKE_FILE: return child_make_file(child, op);
    case ISORUN_OP_MAKE_LINK: return (int)CALL(SYS_symlinkat, other, child_base(child, op), text, 0, 0);
    case ISORUN_OP_MAKE_WHITEOUT: return (int)CALL(SYS_mknodat, child_base(child, op), text, S_IFCHR, 0, 0);
    case ISORUN_OP_PIVOT: return child_mount_pivot(child, op);
    case ISORUN_OP_SEAL_ROOT: return child_mount_seal_root();
    case ISORUN_OP_TERMINAL: return child_make_terminal(child, op);
    case ISORUN_OP_OOM_SCORE: return reset_oom_score();
    case ISORUN_OP_ENTER: return enter(op);
    case ISORUN_OP_AWAIT: return await_go(child);
    case ISORUN_OP_START_JOB: return child_start_job(child, 1);
    case ISORUN_OP_FAIL: return -(int)op->value;
    default: return -EINVAL;
    }
}

int child_perform(struct child *child, const struct isorun_op *op) {
    int known = op->slot == ISORUN_NO_SLOT || op->slot < ISORUN_SLOTS;
    int result = known ? perform(child, op) : -E2BIG;
    if (!(op->flags & ISORUN_FLAG_OPTIONAL)) return result;
    int absent = result == -ENOENT || result == -ENOTDIR || result == -ELOOP;
    return absent || result == -EEXIST ? 0 : result;
}
