// Ends what was started with all that is below it, and hears of the bench's own end.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "running.h"

// `path` lists the children that one thread started.
static void noteChildren(const char *path, struct descendants *found) {
    char text[4096], *rest = text;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = 0;
    for (char *end; found->count < 64; rest = end) {
        pid_t child = (pid_t)strtol(rest, &end, 10);
        if (end == rest || child <= 0) return;
        int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
        if (pidfd < 0) continue;
        found->pidfds[found->count++] = pidfd;
        isorun_bench_note_below(child, found);
    }
}

void isorun_bench_note_below(pid_t pid, struct descendants *found) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    for (struct dirent *thread; threads && (thread = readdir(threads));) {
        if (thread->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.10s/children", (int)pid, thread->d_name);
        noteChildren(path, found);
    }
    if (threads) closedir(threads);
}

void isorun_bench_end_all(struct descendants *found) {
    while (found->count > 0) {
        int pidfd = found->pidfds[--found->count];
        syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
        struct pollfd gone = {pidfd, POLLIN, 0};
        poll(&gone, 1, 1000);
        close(pidfd);
    }
}

void isorun_bench_end_group(pid_t pid, int number) {
    if (kill(-pid, number) < 0) kill(pid, number);
}

// All that would end this process (EndingSignals of isorun), but for what whoever started it ignores, as nohup does.
int isorun_bench_interrupts(void) {
    const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
        struct sigaction now;
        if (sigaction(numbers[index], NULL, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&signals, numbers[index]);
    }
    // Whoever stops reading the progress or the table is told by an error, and ends nothing in the middle.
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0) return -errno;
    int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int isorun_bench_adopts_orphans;

void isorun_bench_adopt_orphans(void) { isorun_bench_adopts_orphans = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0; }

void isorun_bench_end_orphans(void) {
    if (!isorun_bench_adopts_orphans) return;
    // Those below become children as those above them end.
    for (int round = 0; round < 1000; round++) {
        struct descendants below = {0};
        isorun_bench_note_below(getpid(), &below);
        if (below.count == 0) return;
        isorun_bench_end_all(&below);
        while (waitpid(-1, NULL, 0) < 0 && errno == EINTR) {}
    }
}
