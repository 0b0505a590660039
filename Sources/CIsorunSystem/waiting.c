#define _GNU_SOURCE
#include "isorun_system.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MOST_EVENTS = 32 };

int isorun_epoll_create(void) {
    int result = epoll_create1(EPOLL_CLOEXEC);
    return result < 0 ? -errno : result;
}

int isorun_epoll_set(int epoll, int descriptor, uint32_t events, uint64_t token, int modify) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, modify ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int isorun_epoll_remove(int epoll, int descriptor) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0) < 0 ? -errno : 0;
}

int isorun_epoll_wait(int epoll, struct isorun_ready *ready, int count, int timeout_ms) {
    struct epoll_event events[MOST_EVENTS];
    int result;
    do result = epoll_wait(epoll, events, count < MOST_EVENTS ? count : MOST_EVENTS, timeout_ms);
    while (result < 0 && errno == EINTR);
    for (int i = 0; i < result; i++) ready[i] = (struct isorun_ready){events[i].events, events[i].data.u64};
    return result < 0 ? -errno : result;
}

int isorun_timer_create(void) {
    int result = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return result < 0 ? -errno : result;
}

// An absolute time on CLOCK_MONOTONIC; 0 disarms.
int isorun_timer_set(int timer, uint64_t at_ns) {
    struct itimerspec when = {.it_value = {(time_t)(at_ns / 1000000000u), (long)(at_ns % 1000000000u)}};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, 0) < 0 ? -errno : 0;
}

// What whoever started this process ignores stays ignored: nohup(1) means it, and a shell that starts a command with &.
// The kernel would hand an ignored signal to a signalfd, or to sigwait(3), all the same.
void isorun_signal_set(const int *signals, int count, sigset_t *set) {
    sigemptyset(set);
    for (int i = 0; i < count; i++) {
        struct sigaction action;
        if (sigaction(signals[i], 0, &action) == 0 && action.sa_handler == SIG_IGN) continue;
        sigaddset(set, signals[i]);
    }
}

// The signals in a descriptor, once they are blocked.
int isorun_signal_descriptor(const int *signals, int count) {
    sigset_t set;
    isorun_signal_set(signals, count, &set);
    int result = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return result < 0 ? -errno : result;
}

uint64_t isorun_block_signals(const int *signals, int count) {
    sigset_t set, before;
    isorun_signal_set(signals, count, &set);
    uint64_t blocked = 0;
    if (sigprocmask(SIG_BLOCK, &set, &before) < 0) return 0;
    for (int i = 0; i < count; i++)
        if (sigismember(&set, signals[i]) && !sigismember(&before, signals[i])) blocked |= (uint64_t)1 << signals[i];
    return blocked;
}

void isorun_unblock_signals(uint64_t blocked) {
    sigset_t set;
    sigemptyset(&set);
    for (int number = 1; number < 64; number++)
        if (blocked >> number & 1) sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, 0);
}

// The kernel stops no process of an orphaned process group by SIGTSTP; SIGSTOP would.
void isorun_take_default(int signal) {
    sigset_t one, before;
    sigemptyset(&one);
    sigaddset(&one, signal);
    raise(signal);
    sigprocmask(SIG_UNBLOCK, &one, &before);
    sigprocmask(SIG_SETMASK, &before, 0);
}

int isorun_event_create(void) {
    int result = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return result < 0 ? -errno : result;
}

int isorun_signal_next(int descriptor) {
    struct signalfd_siginfo info;
    return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}
