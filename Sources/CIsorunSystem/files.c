#define _GNU_SOURCE
#include "isorun_system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define RESULT(call) ({ long result_ = (call); (int)(result_ < 0 ? -errno : result_); })

const uint64_t isorun_resolve_beneath = RESOLVE_BENEATH, isorun_resolve_in_root = RESOLVE_IN_ROOT,
               isorun_resolve_no_symlinks = RESOLVE_NO_SYMLINKS, isorun_resolve_no_magiclinks = RESOLVE_NO_MAGICLINKS,
               isorun_resolve_no_xdev = RESOLVE_NO_XDEV;

int isorun_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    return RESULT(syscall(SYS_openat2, directory, path, &how, sizeof how));
}

int isorun_whiteout(int directory, const char *path) { return RESULT(mknodat(directory, path, S_IFCHR, 0)); }

// setxattrat(2), Linux 6.13: one call for three.
static int set_attribute_at(int directory, const char *path, const char *name, const char *value) {
    struct { uint64_t value; uint32_t size, flags; } arguments = {(uintptr_t)value, (uint32_t)strlen(value), 0};
    return RESULT(syscall(463, directory, path, AT_SYMLINK_NOFOLLOW, name, &arguments, sizeof arguments));
}

int isorun_set_attribute(int directory, const char *path, const char *name, const char *value) {
    int done = set_attribute_at(directory, path, name, value);
    if (done != -ENOSYS) return done;
    int file = RESULT(openat(directory, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file < 0) return file;
    int result = RESULT(fsetxattr(file, name, value, strlen(value), 0));
    close(file);
    return result;
}

int isorun_attribute_is(int file, const char *name, const char *value) {
    char found[64];
    ssize_t length = fgetxattr(file, name, found, sizeof found);
    return length == (ssize_t)strlen(value) && memcmp(found, value, (size_t)length) == 0;
}

int isorun_lstat(int directory, const char *path, struct isorun_stat *status) {
    struct stat found;
    if (fstatat(directory, path, &found, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) return -errno;
    *status = (struct isorun_stat){
        found.st_mode, found.st_uid, found.st_gid, (uint64_t)found.st_size, found.st_nlink, found.st_dev, found.st_ino};
    return 0;
}

int isorun_identity_of(int file, struct isorun_identity *identity) {
    struct statx found;
    memset(&found, 0, sizeof found);
    if (statx(file, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &found) < 0) return -errno;
    const int is_born = (found.stx_mask & STATX_BTIME) != 0;
    *identity = (struct isorun_identity){
        makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino, is_born ? found.stx_btime.tv_sec : 0,
        is_born ? found.stx_btime.tv_nsec : 0};
    return 0;
}

const char *isorun_next_private(DIR *directory, int *error) {
    struct dirent *entry;
    struct stat status;
    while (errno = 0, (entry = readdir(directory))) {
        if (entry->d_type == DT_LNK || !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
            if (errno == ENOENT) continue;
            break;
        }
        if (!S_ISLNK(status.st_mode) && !(status.st_mode & S_IROTH)) return entry->d_name;
    }
    *error = -errno;
    return 0;
}

static int own(int directory, const char *path, uint32_t mode, uint32_t uid, uint32_t gid) {
    int result = RESULT(fchownat(directory, path, uid, gid, AT_SYMLINK_NOFOLLOW));
    // After the owner: chown takes set-ID bits away, and umask has been at the mode.
    return result < 0 ? result : RESULT(fchmodat(directory, path, mode & 07777, 0));
}

int isorun_make_directory(int directory, const char *path, uint32_t mode, uint32_t uid, uint32_t gid) {
    int result = RESULT(mkdirat(directory, path, 0700));
    return result < 0 ? result : own(directory, path, mode, uid, gid);
}

int isorun_make_file(int directory, const char *path, uint32_t mode, uint32_t uid, uint32_t gid) {
    int file = RESULT(openat(directory, path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file < 0) return file;
    close(file);
    return own(directory, path, mode, uid, gid);
}

int isorun_file_system_usage(int file, struct isorun_usage *usage) {
    struct statfs found;
    if (fstatfs(file, &found) < 0) return -errno;
    usage->bytes_total = (uint64_t)found.f_blocks * (uint64_t)found.f_bsize;
    usage->bytes_used = (uint64_t)(found.f_blocks - found.f_bfree) * (uint64_t)found.f_bsize;
    usage->files_total = found.f_files;
    usage->files_used = found.f_files - found.f_ffree;
    return 0;
}

int isorun_changes_create(void) { return RESULT(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)); }

int isorun_changes_watch(int watch, const char *path) {
    uint32_t changes = IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    return RESULT(inotify_add_watch(watch, path, changes));
}

int isorun_changes_forget(int watch, int place) { return RESULT(inotify_rm_watch(watch, place)); }

void *isorun_reserve_memory(size_t size) {
    void *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? 0 : memory;
}

void isorun_release_memory(void *memory, size_t size) { munmap(memory, size); }

int isorun_memory_file(void) { return RESULT(memfd_create("isorun", 0)); }

int isorun_is_kernels(int file) {
    struct statfs found;
    int result = RESULT(fstatfs(file, &found));
    if (result < 0) return result;
    switch ((unsigned long)found.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC: return 1;
    default: return 0;
    }
}

const int isorun_path_only = O_PATH;
