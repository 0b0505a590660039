// Starts programs, listens to them, and takes their times.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "running.h"

int64_t isorun_bench_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

const char *isorun_bench_output(const struct isorun_bench_run *run) { return run->output; }
const char *isorun_bench_errors(const struct isorun_bench_run *run) { return run->errors; }

// vfork's way: nothing of this process is copied, so its size does not count. A process group of its own, so that
// Ctrl-C reaches the bench alone, and what has to be killed is killed with its children. Signals as at a login.
int isorun_bench_spawn(const struct isorun_bench_request *request, char *const *arguments, int output, int errors,
                       pid_t *pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (output < 0) posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    else posix_spawn_file_actions_adddup2(&files, output, 1);
    if (errors < 0) posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    else posix_spawn_file_actions_adddup2(&files, errors, 2);
    if (request->directory) posix_spawn_file_actions_addchdir_np(&files, request->directory);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int error = posix_spawnp(pid, arguments[0], &files, &attributes, arguments, request->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

// Keeps the end of what comes, and has a room of one byte for the terminating zero.
static void keep(char *buffer, size_t *count, const char *bytes, size_t length) {
    size_t room = isorun_bench_kept - 1;
    if (length > room) bytes += length - room, length = room;
    if (*count + length > room) {
        size_t drop = *count + length - room;
        memmove(buffer, buffer + drop, *count - drop);
        *count -= drop;
    }
    memcpy(buffer + *count, bytes, length);
    *count += length;
    buffer[*count] = 0;
}

// A complete line that holds the mark.
static int hasMark(const struct isorun_bench_run *run, const char *mark) {
    const char *found = mark ? strstr(run->output, mark) : NULL;
    return found && strchr(found, '\n');
}

// Reads what is there; 0 at the end of the stream.
static int hear(int descriptor, char *buffer, size_t *count) {
    char bytes[4096];
    ssize_t length = read(descriptor, bytes, sizeof bytes);
    if (length < 0) return errno == EAGAIN || errno == EINTR;
    // A zero byte would end the text for what searches in it.
    for (ssize_t index = 0; index < length; index++)
        if (bytes[index] == 0) bytes[index] = '?';
    keep(buffer, count, bytes, (size_t)length);
    return length > 0;
}

struct listening {
    int output, errors, pidfd;
    pid_t pid;
};

// What is read after the end had come before it.
static int64_t moment(const struct isorun_bench_run *run) { return run->end ? run->end : isorun_bench_now(); }

static void hearOutput(struct listening *child, const char *mark, struct isorun_bench_run *run) {
    size_t before = run->output_count;
    int open = hear(child->output, run->output, &run->output_count);
    if (!run->first_byte && run->output_count > before) run->first_byte = moment(run);
    if (!run->mark && hasMark(run, mark)) run->mark = moment(run);
    if (!open) close(child->output), child->output = -1;
}

static void hearErrors(struct listening *child, struct isorun_bench_run *run) {
    if (!hear(child->errors, run->errors, &run->error_count)) close(child->errors), child->errors = -1;
}

static void reap(struct listening *child, struct isorun_bench_run *run) {
    struct rusage used;
    while (wait4(child->pid, &run->status, 0, &used) < 0 && errno == EINTR) {}
    run->cpu_us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000) + used.ru_utime.tv_usec +
                  used.ru_stime.tv_usec;
}

// What had been written before the end is still in the pipes.
static void drain(struct listening *child, const char *mark, struct isorun_bench_run *run) {
    for (int more = 1; more;) {
        struct pollfd pipes[] = {{child->output, POLLIN, 0}, {child->errors, POLLIN, 0}};
        more = poll(pipes, 2, 0) > 0;
        if (pipes[0].revents) hearOutput(child, mark, run);
        if (pipes[1].revents) hearErrors(child, run);
    }
}

static int launch(const struct isorun_bench_request *request, struct listening *child, struct isorun_bench_run *run) {
    int output[2], errors[2];
    memset(run, 0, sizeof *run);
    if (pipe2(output, O_CLOEXEC) < 0) return errno;
    if (pipe2(errors, O_CLOEXEC) < 0) {
        int error = errno;
        close(output[0]), close(output[1]);
        return error;
    }
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    fcntl(errors[0], F_SETFL, O_NONBLOCK);
    run->begin = isorun_bench_now();
    int error = isorun_bench_spawn(request, request->arguments, output[1], errors[1], &child->pid);
    close(output[1]), close(errors[1]);
    if (error == 0 && (child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0)) < 0) {
        error = errno;
        isorun_bench_end_group(child->pid, SIGKILL);
        reap(child, run);
    }
    if (error) close(output[0]), close(errors[0]);
    child->output = output[0], child->errors = errors[0];
    return error;
}

// Listens until the process has ended, or, with `untilMark`, until its mark was there.
static int listen_to(const struct isorun_bench_request *request, struct listening *child, int untilMark,
                     struct isorun_bench_run *run) {
    int64_t limit = run->begin + request->limit_ns;
    for (;;) {
        struct pollfd waited[] = {
            {child->output, POLLIN, 0}, {child->pidfd, POLLIN, 0}, {child->errors, POLLIN, 0},
            {request->interrupt, POLLIN, 0}};
        int64_t left = limit - isorun_bench_now();
        if (left <= 0) return isorun_bench_timed_out;
        struct timespec wait = {left / 1000000000, left % 1000000000};
        if (ppoll(waited, 4, &wait, NULL) < 0) continue;
        if (waited[1].revents) run->end = isorun_bench_now();
        if (waited[0].revents) hearOutput(child, request->mark, run);
        if (waited[2].revents) hearErrors(child, run);
        if (waited[1].revents) return isorun_bench_ended;
        if (untilMark && run->mark) return isorun_bench_ended;
        if (waited[3].revents) return isorun_bench_interrupted;
    }
}

static void finish(struct listening *child) {
    if (child->output >= 0) close(child->output);
    if (child->errors >= 0) close(child->errors);
    close(child->pidfd);
}

// SIGTERM first, as who made mounts and cgroups shall have the time to remove them.
static void terminate(struct listening *child, int64_t limit) {
    struct pollfd waited = {child->pidfd, POLLIN, 0};
    struct descendants below = {0};
    isorun_bench_note_below(child->pid, &below);
    isorun_bench_end_group(child->pid, SIGTERM);
    if (poll(&waited, 1, (int)(limit / 1000000)) <= 0) isorun_bench_end_group(child->pid, SIGKILL);
    isorun_bench_end_all(&below);
}

void isorun_bench_run_once(const struct isorun_bench_request *request, struct isorun_bench_run *run) {
    struct listening child;
    run->error = launch(request, &child, run);
    if (run->error) {
        run->ending = isorun_bench_not_started;
        return;
    }
    run->ending = listen_to(request, &child, 0, run);
    if (run->ending != isorun_bench_ended) terminate(&child, 2000000000);
    reap(&child, run);
    if (!run->end) run->end = isorun_bench_now();
    drain(&child, request->mark, run);
    finish(&child);
}

int isorun_bench_start(
    const struct isorun_bench_request *request, struct isorun_bench_idle *idle, struct isorun_bench_run *run) {
    struct listening child;
    run->error = launch(request, &child, run);
    if (run->error) return run->ending = isorun_bench_not_started;
    run->ending = listen_to(request, &child, 1, run);
    if (run->ending == isorun_bench_ended && run->mark && !run->end) {
        *idle = (struct isorun_bench_idle){child.pid, child.pidfd, child.output, child.errors};
        return 0;
    }
    if (run->ending != isorun_bench_ended) terminate(&child, 2000000000);
    reap(&child, run);
    drain(&child, request->mark, run);
    finish(&child);
    return run->ending == isorun_bench_ended ? -1 : run->ending;
}

void isorun_bench_stop(struct isorun_bench_idle *idle, int64_t limit_ns) {
    struct listening child = {idle->output, idle->error, idle->pidfd, idle->pid};
    struct isorun_bench_run run = {0};
    terminate(&child, limit_ns);
    reap(&child, &run);
    finish(&child);
    // Whoever adopts no orphans has children that somebody else waits for.
    while (isorun_bench_adopts_orphans && waitpid(-1, NULL, WNOHANG) > 0) {}
}
