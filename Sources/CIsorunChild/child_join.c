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

// What the process between is cloned with.
struct between {
    const struct isorun_program *program;
    int owner, peer;
    uint64_t joined, flags;
    int cgroup, channel;
};

static void enter_and_clone(const void *argument) {
    const struct between *between = argument;
    struct outcome outcome = {.pidfd = -1};
    if (between->owner >= 0) outcome.result = (int)CALL(SYS_setns, between->owner, CLONE_NEWUSER, 0, 0, 0);
    if (outcome.result >= 0) outcome.result = (int)CALL(SYS_setns, between->peer, between->joined, 0, 0, 0);
    if (outcome.result >= 0) {
        outcome.entered = 1;
        // From outside of the user namespace that owns it not even the new container's root could bind one.
        child_open_low_ports();
        uint64_t flags = between->flags | CLONE_PARENT;
        outcome.result = child_clone(child_run, between->program, flags, between->cgroup, &outcome.pidfd);
    }
    CALL(SYS_write, between->channel, &outcome, sizeof outcome, 0, 0);
    _exit(0);
}

int isorun_child_join(const struct isorun_program *program, int owner, int peer, uint64_t joined, uint64_t flags, int cgroup, int *pidfd, int *entered) {
    int channel[2];
    if (pipe2(channel, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    const struct between between = {program, owner, peer, joined, flags, cgroup, channel[1]};
    // With one table of descriptors the container's pidfd is in the caller's hands as soon as it is there.
    int pid = child_clone(enter_and_clone, &between, CLONE_FILES, -1, 0);
    struct outcome outcome = {.result = pid < 0 ? pid : -ECHILD, .pidfd = -1};
    if (pid > 0) {
        int status;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
        if (read(channel[0], &outcome, sizeof outcome) != sizeof outcome) outcome.result = -ECHILD;
    }
    close(channel[0]);
    close(channel[1]);
    *pidfd = outcome.pidfd;
    *entered = outcome.entered;
    return outcome.result;
}
