// A directory of the bench's own.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "isorun_bench.h"

static const char prefix[] = "isorun-bench-";
enum { randomLength = 6 };  // of mkdtemp(3)

// A bench that sweeps can have it between the two calls, and takes it away then.
static int makeLocked(char *path) {
    if (!mkdtemp(path)) return -errno;
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat facts;
    if (directory < 0) return errno == ENOENT ? -EAGAIN : -errno;
    // Whoever root of a container is outside has to reach the stand-in.
    int result = flock(directory, LOCK_EX) < 0 || fstat(directory, &facts) < 0 || fchmod(directory, 0755) < 0 ? -errno
        : facts.st_nlink == 0 ? -EAGAIN : 0;
    if (result == 0) return directory;
    close(directory);
    return result;
}

int isorun_bench_scratch(const char *parent, char *path, size_t size) {
    int result = -EAGAIN;
    while (result == -EAGAIN) {
        if ((size_t)snprintf(path, size, "%s/%sXXXXXX", parent, prefix) >= size) return -ENAMETOOLONG;
        result = makeLocked(path);
    }
    return result;
}

static int removeOne(const char *path, const struct stat *facts, int kind, struct FTW *place) {
    (void)facts, (void)kind, (void)place;
    remove(path);
    return 0;
}

// What a runtime that was ended mounted there; the last first, as one may lie on another.
static void unmountBelow(const char *path) {
    FILE *list = fopen("/proc/self/mountinfo", "re");
    char line[8192], target[4096], *points[64];
    size_t length = strlen(path);
    int count = 0;
    while (list && count < 64 && fgets(line, sizeof line, list)) {
        if (sscanf(line, "%*s %*s %*s %*s %4095s", target) != 1) continue;
        if (strncmp(target, path, length) == 0 && target[length] == '/') points[count++] = strdup(target);
    }
    if (list) fclose(list);
    while (count-- > 0) {
        if (points[count]) umount2(points[count], MNT_DETACH | UMOUNT_NOFOLLOW);
        free(points[count]);
    }
}

void isorun_bench_remove(const char *path) {
    unmountBelow(path);
    nftw(path, removeOne, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void isorun_bench_sweep(const char *parent) {
    DIR *list = opendir(parent);
    struct dirent *entry;
    while (list && (entry = readdir(list))) {
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0) continue;
        if (strlen(entry->d_name) != sizeof prefix - 1 + randomLength) continue;
        int directory = openat(dirfd(list), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (directory < 0) continue;
        struct stat facts;
        char path[4096];
        // Anybody may make a directory of that name where all may write; and whose bench runs has locked it.
        if (fstat(directory, &facts) == 0 && facts.st_uid == geteuid() && flock(directory, LOCK_EX | LOCK_NB) == 0 &&
            (size_t)snprintf(path, sizeof path, "%s/%s", parent, entry->d_name) < sizeof path)
            isorun_bench_remove(path);
        close(directory);
    }
    if (list) closedir(list);
}
