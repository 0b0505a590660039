// What outlives a killed keeper, and clears away after it.
#define _GNU_SOURCE
#include "isorun_system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEEPER = 3, DISMISSAL };

// Nothing but system calls: this is a copy of one thread of a process, fork(2).
static _Noreturn void wait_for_end(int keeper, int dismissal, const char *verb, const char *object) {
    setsid();
    prctl(PR_SET_NAME, "isorun-janitor");
    // Neither a lock of the keeper's nor its directory: both are to go with it.
    int far = fcntl(dismissal, F_DUPFD_CLOEXEC, DISMISSAL + 1);
    if (far < 0 || dup3(keeper, KEEPER, O_CLOEXEC) < 0 || dup3(far, DISMISSAL, O_CLOEXEC) < 0 || chdir("/") < 0) _exit(1);
    syscall(SYS_close_range, DISMISSAL + 1, ~0u, 0);
    isorun_let_code_go();
    struct pollfd ends[] = {{.fd = KEEPER, .events = POLLIN}, {.fd = DISMISSAL, .events = POLLIN}};
    while (poll(ends, 2, -1) < 0)
        if (errno != EINTR) _exit(1);
    if (ends[1].revents & POLLIN) _exit(0);
    execl("/proc/self/exe", "isorun-janitor", verb, object, (char *)0);
    _exit(1);
}

int isorun_start_janitor(const char *verb, const char *object, struct isorun_janitor *janitor) {
    int dismissal[2];
    int keeper = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (keeper < 0) return -errno;
    int result = pipe2(dismissal, O_CLOEXEC) < 0 ? -errno : 0;
    if (result == 0) {
        pid_t pid = fork();
        if (pid == 0) wait_for_end(keeper, dismissal[0], verb, object);
        if (pid < 0) result = -errno;
        close(dismissal[0]);
        *janitor = (struct isorun_janitor){pid, dismissal[1]};
        if (result < 0) close(dismissal[1]);
    }
    close(keeper);
    return result;
}

void isorun_dismiss_janitor(struct isorun_janitor janitor) {
    ssize_t count;
    do count = write(janitor.dismissal, "", 1);
    while (count < 0 && errno == EINTR);
    close(janitor.dismissal);
    while (waitpid(janitor.pid, 0, 0) < 0 && errno == EINTR) {}
}
