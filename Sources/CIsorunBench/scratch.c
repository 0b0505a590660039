// A directory of the bench's own.
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
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

void isorun_bench_remove(const char *path) { nftw(path, removeOne, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT); }
