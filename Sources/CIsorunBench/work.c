// What is timed inside and outside of a container. Each kind of work is one thing that a container may make dearer.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "isorun_bench.h"

int64_t isorun_bench_work_cpu(int64_t count) {
    volatile uint64_t value = 88172645463325252u;
    int64_t begin = isorun_bench_now();
    for (int64_t round = 0; round < count; round++) {
        uint64_t next = value;
        next ^= next << 13, next ^= next >> 7, next ^= next << 17;
        value = next;
    }
    return isorun_bench_now() - begin;
}

// getppid is never answered without entering the kernel, and does hardly anything there.
int64_t isorun_bench_work_syscalls(int64_t count) {
    int64_t begin = isorun_bench_now();
    for (int64_t round = 0; round < count; round++) syscall(SYS_getppid);
    return isorun_bench_now() - begin;
}

int64_t isorun_bench_work_files(int64_t count, const char *directory) {
    int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -errno;
    int64_t begin = isorun_bench_now(), result = 0;
    for (int64_t round = 0; round < count && result == 0; round++) {
        char name[40];
        snprintf(name, sizeof name, "isorun-bench-%lld", (long long)round);
        int file = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (file < 0 || write(file, name, sizeof name) != sizeof name || unlinkat(folder, name, 0) < 0) result = -errno;
        if (file >= 0) close(file);
    }
    int64_t end = isorun_bench_now();
    close(folder);
    return result ? result : end - begin;
}

int64_t isorun_bench_work_reads(int64_t count, const char *path) {
    char byte[64];
    int64_t begin = isorun_bench_now();
    for (int64_t round = 0; round < count; round++) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) return -errno;
        ssize_t length = read(file, byte, sizeof byte);
        close(file);
        if (length < 0) return -errno;
    }
    return isorun_bench_now() - begin;
}

int64_t isorun_bench_work_forks(int64_t count) {
    int64_t begin = isorun_bench_now();
    for (int64_t round = 0; round < count; round++) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        if (child < 0) return -errno;
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    }
    return isorun_bench_now() - begin;
}
