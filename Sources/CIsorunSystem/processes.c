#define _GNU_SOURCE
#include "isorun_system.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int isorun_pidfd_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0) < 0 ? -errno : 0;
}

int isorun_pidfd_wait(int pidfd, int block, struct isorun_end *end) {
    siginfo_t info;
    struct rusage usage;
    long result;
    memset(&info, 0, sizeof info);
    memset(&usage, 0, sizeof usage);
    memset(end, 0, sizeof *end);
    do result = syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | (block ? 0 : WNOHANG), &usage);
    while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    if (info.si_pid == 0) return 0;
    end->code = info.si_code;
    end->status = info.si_status;
    end->blocks_read = (uint64_t)usage.ru_inblock;
    end->blocks_written = (uint64_t)usage.ru_oublock;
    return 1;
}

uint64_t isorun_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t isorun_wall_clock_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// Before Linux 6.11 the ioctl waits for ever on a filter that nobody lives under any more; poll(2) tells so everywhere.
int isorun_seccomp_receive(int listener, struct isorun_violation *violation) {
    struct seccomp_notif notification;
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    int count;
    do count = poll(&ready, 1, 0);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    if (!(ready.revents & POLLIN)) return ready.revents ? -EPIPE : -EAGAIN;
    memset(&notification, 0, sizeof notification);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0) return -errno;
    violation->id = notification.id;
    violation->pid = notification.pid;
    violation->number = notification.data.nr;
    violation->architecture = notification.data.arch;
    return 0;
}

int isorun_affinity(uint8_t *set, size_t length) {
    return sched_getaffinity(0, length, (cpu_set_t *)set) < 0 ? -errno : 0;
}

uint64_t isorun_hard_limit(uint32_t resource) {
    struct rlimit limit;
    return getrlimit(resource, &limit) < 0 ? UINT64_MAX : limit.rlim_max;
}

const char *isorun_errno_name(int number) { return strerrorname_np(number); }
