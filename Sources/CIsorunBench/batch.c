// Many runs, some at a time.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "running.h"

struct worker {
    pid_t pid;
    int pidfd, index;
    struct descendants below;
};

static int launchWorker(const struct isorun_bench_request *request, char *const *arguments, int output,
                        struct worker *worker) {
    int error = isorun_bench_spawn(request, arguments, output, -1, &worker->pid);
    if (error) return error;
    worker->below.count = 0;
    worker->pidfd = (int)syscall(SYS_pidfd_open, worker->pid, 0);
    return worker->pidfd < 0 ? errno : 0;
}

// Memory that all of a batch write to, one after the other as they share the place in it. It cannot grow, so that who
// writes without end gets an error.
static int sink(int count) {
    int file = memfd_create("isorun-bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -1;
    if (ftruncate(file, (off_t)count * 4096 + 65536) < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_GROW) < 0) {
        int error = errno;
        close(file), errno = error;
        return -1;
    }
    // Opened as a file is: only then the kernel keeps those apart who write at the same time (FMODE_ATOMIC_POS).
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int shared = open(path, O_RDWR | O_CLOEXEC), error = errno;
    close(file), errno = error;
    return shared;
}

static int compare(const void *left, const void *right) {
    int64_t one = *(const int64_t *)left, other = *(const int64_t *)right;
    return (one > other) - (one < other);
}

// How many different instants between two were told.
static int words(int file, int count, const char *mark, int64_t begin, int64_t end) {
    off_t length = lseek(file, 0, SEEK_CUR);
    char *text = length > 0 ? malloc((size_t)length + 1) : NULL;
    int64_t *told = calloc((size_t)count, sizeof *told);
    int found = 0, different = 0;
    if (text && told && pread(file, text, (size_t)length, 0) == length) {
        for (off_t index = 0; index < length; index++)
            if (text[index] == 0) text[index] = '?';
        text[length] = 0;
        for (char *place = text; found < count && (place = strstr(place, mark)); place++) {
            char *digits = place + strlen(mark), *rest;
            int64_t clock = strtoll(digits, &rest, 16);
            if (rest - digits == 16 && clock > begin && clock < end) told[found++] = clock;
        }
        qsort(told, (size_t)found, sizeof *told, compare);
        for (int index = 0; index < found; index++) different += index == 0 || told[index] != told[index - 1];
    }
    free(text), free(told);
    return different;
}

int isorun_bench_batch(const struct isorun_bench_request *request, char *const *const *arguments, int count, int width,
                       unsigned char *cut, struct isorun_bench_run *run) {
    enum { widest = 256 };
    struct worker workers[widest];
    struct pollfd waited[widest + 1];
    int alive = 0, started = 0, all = count;
    if (width > widest) width = widest;
    memset(run, 0, sizeof *run);
    int output = sink(count);
    if (output < 0) {
        run->ending = isorun_bench_not_started, run->error = errno;
        return 0;
    }
    run->begin = isorun_bench_now();
    int64_t limit = run->begin + request->limit_ns;
    while (alive > 0 || (started < count && run->ending == 0 && run->error == 0)) {
        while (alive < width && started < count && run->ending == 0 && run->error == 0) {
            run->error = launchWorker(request, arguments[started], output, &workers[alive]);
            if (run->error) {
                run->ending = isorun_bench_not_started;
                break;
            }
            workers[alive].index = started;
            alive++, started++;
        }
        if (alive == 0) break;
        for (int index = 0; index < alive; index++)
            waited[index] = (struct pollfd){workers[index].pidfd, POLLIN, 0};
        waited[alive] = (struct pollfd){request->interrupt, POLLIN, 0};
        // Those that were asked to end have two seconds for it.
        int64_t left = run->ending == 0 ? limit - isorun_bench_now() : INT64_C(2000000000);
        if (left < 0) left = 0;
        struct timespec wait = {left / 1000000000, left % 1000000000};
        int ready = ppoll(waited, (nfds_t)alive + (run->ending == 0), &wait, NULL);
        if (ready == 0 || (run->ending == 0 && ready > 0 && waited[alive].revents)) {
            int isFirst = run->ending == 0;
            if (isFirst) run->ending = ready == 0 ? isorun_bench_timed_out : isorun_bench_interrupted;
            for (int index = 0; index < alive; index++) {
                cut[workers[index].index] = 1;
                if (isFirst) isorun_bench_note_below(workers[index].pid, &workers[index].below);
                isorun_bench_end_group(workers[index].pid, isFirst ? SIGTERM : SIGKILL);
            }
            continue;
        }
        for (int index = alive; ready > 0 && index-- > 0;) {
            if (!waited[index].revents) continue;
            int status = 0;
            while (waitpid(workers[index].pid, &status, 0) < 0 && errno == EINTR) {}
            close(workers[index].pidfd);
            isorun_bench_end_all(&workers[index].below);
            if (status != 0 && run->status == 0 && run->ending == 0) {
                run->status = status;
                count = started;
            }
            workers[index] = workers[--alive];
        }
    }
    run->end = isorun_bench_now();
    int told = words(output, all, request->mark, run->begin, run->end);
    close(output);
    return told;
}
