// What trees of files are made and copied with beyond names and modes.
#define _GNU_SOURCE
#include "isorun_system.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define RESULT(call) ({ long result_ = (call); (int)(result_ < 0 ? -errno : result_); })

// By way of /proc: setxattrat(2) is of Linux 6.13, and links and devices cannot be opened.
int isorun_set_attribute_bytes(int directory, const char *name, const char *key, const void *value, size_t length) {
    if (!*name) return RESULT(fsetxattr(directory, key, value, length, 0));
    char path[320];
    if (snprintf(path, sizeof path, "/proc/self/fd/%d/%s", directory, name) >= (int)sizeof path) return -ENAMETOOLONG;
    return RESULT(lsetxattr(path, key, value, length, 0));
}

// Overlay's own marks belong to the layer that they are in; labels of a security module to the file itself.
static int is_copied(const char *key) {
    return strncmp(key, "trusted.overlay.", 16) && strncmp(key, "user.overlay.", 13) && strcmp(key, "security.selinux");
}

int isorun_copy_attributes(int from, int to) {
    char names[65536];
    ssize_t length = flistxattr(from, names, sizeof names);
    if (length < 0) return errno == ENOTSUP ? 0 : -errno;
    char *value = malloc(65536);
    if (!value) return -ENOMEM;
    int result = 0;
    for (const char *key = names; key < names + length && result == 0; key += strlen(key) + 1) {
        if (!is_copied(key)) continue;
        ssize_t size = fgetxattr(from, key, value, 65536);
        if (size < 0) continue;
        result = RESULT(fsetxattr(to, key, value, (size_t)size, 0));
        // What this user namespace may not set is left out, as it is where an archive has it.
        if (result == -EPERM || result == -ENOTSUP) result = 0;
    }
    free(value);
    return result;
}

int isorun_sync_file_system(int file) { return RESULT(syncfs(file)); }

int isorun_flock(int file, int exclusive, int wait) {
    int result;
    do result = RESULT(flock(file, (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB)));
    while (result == -EINTR);
    return result;
}

int isorun_unshare_users(void) { return RESULT(unshare(CLONE_NEWUSER)); }

uint64_t isorun_device_number(uint64_t major, uint64_t minor) { return makedev((unsigned)major, (unsigned)minor); }
