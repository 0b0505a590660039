// A container that shares another one's network namespace.
//
// The right to enter a network namespace belongs to the user namespace that owns it: root has it from outside, anybody
// else by entering that user namespace, too; and what a child has in a user namespace of its own does not count. So it
// is entered before the container is cloned: by a process between, for a program with threads cannot enter a user
// namespace, and its own network is nobody's to change. The container is cloned as the caller's child (CLONE_PARENT).
#include "child_internal.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

struct outcome {
    int result;
    int pidfd;
    int entered;
};

static void enter_and_clone(const struct isorun_program *program, int process, uint64_t joined, uint64_t flags, int cgroup, int channel) {
    struct outcome outcome = {.pidfd = -1};
    outcome.result = (int)CALL(SYS_setns, process, joined, 0, 0, 0);
    if (outcome.result >= 0) {
        outcome.entered = 1;
        outcome.result = child_clone(child_run, program, flags | CLONE_PARENT, cgroup, &outcome.pidfd);
    }
    CALL(SYS_write, channel, &outcome, sizeof outcome, 0, 0);
    _exit(0);
}

int isorun_child_join(const struct isorun_program *program, int process, uint64_t joined, uint64_t flags, int cgroup, int *pidfd, int *entered) {
    int channel[2];
    if (pipe2(channel, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    struct clone_args args;
    memset(&args, 0, sizeof args);
    // With one table of descriptors the container's pidfd is in the caller's hands as soon as it is there.
    args.flags = CLONE_FILES;
    args.exit_signal = SIGCHLD;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    long between = syscall(SYS_clone3, &args, sizeof args);
    if (between == 0) enter_and_clone(program, process, joined, flags, cgroup, channel[1]);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, 0);
    struct outcome outcome = {.result = between < 0 ? -error : -ECHILD, .pidfd = -1};
    if (between > 0) {
        int status;
        while (waitpid((pid_t)between, &status, 0) < 0 && errno == EINTR) continue;
        if (read(channel[0], &outcome, sizeof outcome) != sizeof outcome) outcome.result = -ECHILD;
    }
    close(channel[0]);
    close(channel[1]);
    *pidfd = outcome.pidfd;
    *entered = outcome.entered;
    return outcome.result;
}
