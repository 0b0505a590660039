// Ops on mounts. Everything is built with descriptors; no path is looked up through anything the job could have made.
#include "child_internal.h"

#include <linux/mount.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/mount.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif

int child_base(const struct child *child, const struct isorun_op *op) {
    return op->base == ISORUN_NO_SLOT ? AT_FDCWD : child->slots[op->base];
}

// Opens a path below a directory and follows no link on the way: CVE-2019-19921, CVE-2021-30465, CVE-2025-31133.
static int open_below(const struct child *child, const struct isorun_op *op, uint64_t flags) {
    const char *path = child_text(child, op->text);
    struct open_how how = {
        .flags = flags | O_PATH | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    if (op->base != ISORUN_NO_SLOT) how.resolve |= RESOLVE_IN_ROOT;
    return (int)CALL(SYS_openat2, child_base(child, op), *path ? path : ".", &how, sizeof how, 0);
}

// By a path of the host, or by one name in a directory, where a link is not followed but refused.
int child_attach_by_name(int tree, int directory, const char *path, unsigned flags) {
    return (int)CALL(SYS_move_mount, tree, "", directory, path, MOVE_MOUNT_F_EMPTY_PATH | flags);
}

static int attach(int tree, int target) { return child_attach_by_name(tree, target, "", MOVE_MOUNT_T_EMPTY_PATH); }

// A mount of what stands at a path, which itself stands nowhere yet; `flags`: AT_*.
int child_clone_tree(int directory, const char *path, int flags) {
    return (int)CALL(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags, 0, 0);
}

static int set_attributes(int tree, uint64_t attributes, int recursive) {
    struct mount_attr attr = {.attr_set = attributes};
    return (int)CALL(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

int child_mount_new(struct child *child, const struct isorun_op *op) {
    int context = (int)CALL(SYS_fsopen, child_text(child, op->text), FSOPEN_CLOEXEC, 0, 0, 0);
    if (context < 0) return context;
    const char *key = child_text(child, op->other);
    long result = 0;
    while (*key && result >= 0) {
        const char *value = key + strlen(key) + 1;
        result = *value ? CALL(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0)
                        : CALL(SYS_fsconfig, context, FSCONFIG_SET_FLAG, key, 0, 0);
        key = value + strlen(value) + 1;
    }
    if (result >= 0) result = CALL(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    if (result >= 0) result = CALL(SYS_fsmount, context, FSMOUNT_CLOEXEC, op->value, 0, 0);
    close(context);
    if (result >= 0) child->slots[op->slot] = (int)result;
    return result < 0 ? (int)result : 0;
}

int child_mount_clone(struct child *child, const struct isorun_op *op) {
    int recursive = op->flags & ISORUN_FLAG_RECURSIVE;
    int tree = child_clone_tree(child_base(child, op), child_text(child, op->text), recursive ? AT_RECURSIVE : 0);
    if (tree < 0) return tree;
    int result = op->value ? set_attributes(tree, op->value, recursive) : 0;
    child->slots[op->slot] = tree;
    return result;
}

int child_mount_attach(struct child *child, const struct isorun_op *op) {
    const char *path = child_text(child, op->text);
    if (op->flags & ISORUN_FLAG_HOST_PATH) {
        return child_attach_by_name(child->slots[op->slot], AT_FDCWD, path, MOVE_MOUNT_T_SYMLINKS);
    }
    if (op->flags & ISORUN_FLAG_ONE_NAME) {
        int result = child_attach_by_name(child->slots[op->slot], child_base(child, op), path, 0);
        if (result >= 0) return result;
        // What is wrong with it is said as of every other path.
    }
    int target = open_below(child, op, 0);
    if (target < 0) return target;
    int result = attach(child->slots[op->slot], target);
    close(target);
    return result;
}

// Puts a clone of `source`, a path of the host, or the target itself where it is empty, onto a target.
static int bind_over(int target, const char *source, uint64_t attributes) {
    int tree = source ? child_clone_tree(AT_FDCWD, source, 0) : child_clone_tree(target, "", AT_EMPTY_PATH);
    if (tree < 0) return tree;
    int result = attributes ? set_attributes(tree, attributes, 0) : 0;
    if (result >= 0) result = attach(tree, target);
    close(tree);
    return result;
}

enum { SEALED = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

static int new_empty_directory(void) {
    int context = (int)CALL(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC, 0, 0, 0);
    if (context < 0) return context;
    long result = CALL(SYS_fsconfig, context, FSCONFIG_SET_STRING, "nr_inodes", "1", 0);
    if (result >= 0) result = CALL(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    if (result >= 0) result = CALL(SYS_fsmount, context, FSMOUNT_CLOEXEC, SEALED, 0, 0);
    close(context);
    return (int)result;
}

// All masks of directories are clones of the first: a file system of its own takes longer to make, and to end. A mount
// can be cloned on every kernel once it is attached.
static int cover_directory(struct child *child, int target) {
    int first = child->empty < 0;
    int tree = first ? new_empty_directory() : child_clone_tree(child->empty, "", AT_EMPTY_PATH);
    if (tree < 0) return tree;
    int result = attach(tree, target);
    if (first && result >= 0) child->empty = tree;
    else close(tree);
    return result;
}

static long enter_base(struct child *child, const struct isorun_op *op) {
    if (child->here == op->base) return 0;
    long result = CALL(SYS_fchdir, child_base(child, op), 0, 0, 0, 0);
    if (result >= 0) child->here = op->base;
    return result;
}

// mount(2) with a name of the child's own: one call, where a mount is otherwise cloned, moved and closed, and is in a mount
// namespace of its own meanwhile (open_tree(2)).
static int mount_name(struct child *child, const struct isorun_op *op, const char *source, unsigned long flags) {
    long result = enter_base(child, op);
    return (int)(result < 0 ? result : CALL(SYS_mount, source, child_text(child, op->text), 0, flags, 0));
}

// mount(2) of a file system of its own: one call, where fsopen(2) takes one for each option and several besides, and has a
// mount namespace for a moment.
int child_mount_made(struct child *child, const struct isorun_op *op) {
    const char *type = child_text(child, op->other), *options = type + strlen(type) + 1;
    const char *path = child_text(child, op->text);
    long result = op->base == ISORUN_NO_SLOT ? 0 : enter_base(child, op);
    if (result >= 0) result = CALL(SYS_mount, type, path, type, op->value, options);
    if (result < 0 || op->slot == ISORUN_NO_SLOT) return (int)result;
    int directory = (int)CALL(SYS_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
    if (directory >= 0) child->slots[op->slot] = directory;
    return directory < 0 ? directory : 0;
}

// The host's /dev is beneath the container's own by then, and is still where it was for who stands in it.
int child_mount_device(struct child *child, const struct isorun_op *op) {
    long result = enter_base(child, op);
    if (result >= 0) result = CALL(SYS_mount, child_text(child, op->other), child_text(child, op->text), 0, MS_BIND, 0);
    return (int)result;
}

int child_mount_attributes(const struct child *child, const struct isorun_op *op) {
    return set_attributes(child->slots[op->slot], op->value, op->flags & ISORUN_FLAG_RECURSIVE);
}

int child_mount_mask(struct child *child, const struct isorun_op *op) {
    const char *cover = child_text(child, op->other), *directory = cover + strlen(cover) + 1;
    if (op->flags & ISORUN_FLAG_OWN_NAME) {
        // As what it is on most kernels, then as the other: what is bound to a thing of another kind is made, refused and
        // unmade, for which the kernel waits for a grace period of RCU. One without that directory leads on to what follows.
        int is_directory = op->flags & ISORUN_FLAG_DIRECTORY && *directory;
        int result = mount_name(child, op, is_directory ? directory : cover, MS_BIND);
        if (result >= 0 || (result == -ENOENT && !is_directory)) return result;
        const char *other = is_directory ? cover : directory;
        if (result == -ENOTDIR && *other && mount_name(child, op, other, MS_BIND) >= 0) return 0;
    }
    int target = open_below(child, op, 0);
    if (target < 0) return target;
    struct stat status;
    int result = fstat(target, &status) < 0 ? -errno : 0;
    if (result == 0 && S_ISDIR(status.st_mode)) {
        result = cover_directory(child, target);
    } else if (result == 0) {
        result = bind_over(target, cover, 0);
    }
    close(target);
    return result;
}

int child_mount_read_only(struct child *child, const struct isorun_op *op) {
    if (op->flags & ISORUN_FLAG_OWN_NAME) {
        int result = mount_name(child, op, child_text(child, op->text), MS_BIND);
        const unsigned long sealed = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
        return result < 0 ? result : mount_name(child, op, 0, MS_REMOUNT | MS_BIND | sealed);
    }
    int target = open_below(child, op, 0);
    if (target < 0) return target;
    int result = bind_over(target, 0, SEALED);
    close(target);
    return result;
}

int child_mount_pivot(const struct child *child, const struct isorun_op *op) {
    return child_pivot(child->slots[op->slot]);
}

// pivot_root(".", "."): the old root lies over the new one and is detached, so no directory for it is needed.
int child_pivot(int root) {
    long result = CALL(SYS_fchdir, root, 0, 0, 0, 0);
    if (result >= 0) result = CALL(SYS_pivot_root, ".", ".", 0, 0, 0);
    if (result >= 0) result = CALL(SYS_umount2, ".", MNT_DETACH, 0, 0, 0);
    if (result >= 0) result = CALL(SYS_chdir, "/", 0, 0, 0, 0);
    return (int)result;
}

int child_open_directory(struct child *child, const struct isorun_op *op) {
    int directory = open_below(child, op, O_DIRECTORY);
    if (directory >= 0) child->slots[op->slot] = directory;
    return directory < 0 ? directory : 0;
}

// A descriptor of an attached mount stays good after the container is gone: the keeper reads artifacts through it.
int child_send_directory(const struct child *child, const struct isorun_op *op) {
    struct isorun_report report;
    memset(&report, 0, sizeof report);
    report.kind = ISORUN_REPORT_DIRECTORY;
    report.value = op->slot;
    int directory = (int)CALL(SYS_openat, child->slots[op->slot], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0);
    if (directory < 0) return directory;
    child_send(child, &report, directory);
    close(directory);
    return 0;
}

// The directory that holds an op's path, opened with no link followed, and the path's last name in it. Without a slash
// that is the base itself, which stays open.
static int open_parent(const struct child *child, const struct isorun_op *op, const char **name) {
    const char *path = child_text(child, op->text);
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] != '/') length--;
    *name = path + length;
    if (length == 0) return child_base(child, op);
    char parent[4096];
    if (length >= sizeof parent) return -ENAMETOOLONG;
    memcpy(parent, path, length);
    parent[length] = 0;
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT,
    };
    return (int)CALL(SYS_openat2, child_base(child, op), parent, &how, sizeof how, 0);
}

int child_make_directory(const struct child *child, const struct isorun_op *op) {
    const char *name;
    int parent = open_parent(child, op, &name);
    if (parent < 0) return parent;
    int result = (int)CALL(SYS_mkdirat, parent, name, op->value, 0, 0);
    // mkdir(2) takes permissions and the sticky bit; a set-group-ID directory has to be made one.
    if (result >= 0 && op->value & (S_ISUID | S_ISGID)) result = (int)CALL(SYS_fchmodat, parent, name, op->value, 0, 0);
    if (parent != child_base(child, op)) close(parent);
    return result;
}

int child_make_file(const struct child *child, const struct isorun_op *op) {
    const char *name;
    int parent = open_parent(child, op, &name);
    if (parent < 0) return parent;
    const char *text = child_text(child, op->other);
    const int flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
    // An empty one needs no descriptor.
    int file = *text ? (int)CALL(SYS_openat, parent, name, flags, op->value, 0)
                     : (int)CALL(SYS_mknodat, parent, name, S_IFREG | op->value, 0, 0);
    if (parent != child_base(child, op)) close(parent);
    if (file < 0 || !*text) return file;
    long length = (long)strlen(text);
    long result = CALL(SYS_write, file, text, length, 0, 0);
    close(file);
    // It is written to a fresh tmpfs in one go, or there is no room for it.
    return result == length ? 0 : result < 0 ? (int)result : -ENOSPC;
}

int child_mount_seal_root(void) {
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    return (int)CALL(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof attr);
}

int child_mount_private(void) {
    return (int)CALL(SYS_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0);
}
