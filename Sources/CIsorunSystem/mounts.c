#define _GNU_SOURCE
#include "isorun_system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

#define RESULT(call) ({ long result_ = (call); (int)(result_ < 0 ? -errno : result_); })

const uint64_t isorun_mount_rdonly = MOUNT_ATTR_RDONLY, isorun_mount_nosuid = MOUNT_ATTR_NOSUID,
               isorun_mount_nodev = MOUNT_ATTR_NODEV, isorun_mount_noexec = MOUNT_ATTR_NOEXEC;

int isorun_clone_mount(int directory, const char *path) {
    const unsigned flags = O_CLOEXEC | AT_EMPTY_PATH | OPEN_TREE_CLONE;
    return RESULT(syscall(SYS_open_tree, directory, path, flags));
}

// A clone of a shared mount, as systemd makes all of a host's, is of its peer group: what is mounted on it, by isorun or
// by a job in whose root it stands, would be mounted on the host as well.
int isorun_own_mount(int tree, uint64_t set, int user_namespace) {
    struct mount_attr attr = {.propagation = MS_PRIVATE, .attr_set = set};
    if (user_namespace >= 0) {
        attr.attr_set |= MOUNT_ATTR_IDMAP;
        attr.userns_fd = (uint64_t)user_namespace;
    }
    return RESULT(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr));
}

uint64_t isorun_mount_id(int file) {
    struct statx found;
    memset(&found, 0, sizeof found);
    // STATX_MNT_ID, Linux 5.8.
    return statx(file, "", AT_EMPTY_PATH, STATX_MNT_ID, &found) == 0 ? found.stx_mnt_id : 0;
}

int isorun_move_mount(int tree, int directory, const char *path) {
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);
    return RESULT(syscall(SYS_move_mount, tree, "", directory, path, flags));
}

int isorun_fsopen(const char *type) { return RESULT(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC)); }

int isorun_fsconfig_string(int context, const char *key, const char *value) {
    return RESULT(syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0));
}

int isorun_fsconfig_descriptor(int context, const char *key, int descriptor) {
    return RESULT(syscall(SYS_fsconfig, context, FSCONFIG_SET_FD, key, 0, descriptor));
}

int isorun_fsconfig_flag(int context, const char *key) {
    return RESULT(syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, key, 0, 0));
}

int isorun_fsmount(int context, uint64_t attributes) {
    int result = RESULT(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0));
    return result < 0 ? result : RESULT(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes));
}

int isorun_umount_detach(const char *path) { return RESULT(umount2(path, MNT_DETACH)); }

static _Thread_local int has_private_namespace;

int isorun_mount_namespace_is_private(void) { return has_private_namespace; }

int isorun_private_mount_namespace(void) {
    int result = RESULT(unshare(CLONE_NEWNS));
    if (result >= 0) result = RESULT(mount(0, "/", 0, MS_REC | MS_SLAVE, 0));
    has_private_namespace = result >= 0;
    return result;
}

ssize_t isorun_mount_message(int context, char *buffer, size_t length) {
    ssize_t result = read(context, buffer, length);
    return result < 0 ? 0 : result;
}
