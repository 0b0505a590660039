// A directory of the bench's own.
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "isorun_bench.h"

int isorun_bench_scratch(const char *parent, char *path, size_t size) {
    if ((size_t)snprintf(path, size, "%s/isorun-bench-XXXXXX", parent) >= size) return -ENAMETOOLONG;
    if (!mkdtemp(path)) return -errno;
    // Whoever root of a container is outside has to reach the stand-in.
    return chmod(path, 0755) < 0 ? -errno : 0;
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
