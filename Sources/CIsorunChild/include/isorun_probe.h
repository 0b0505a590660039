// A process that asks a service in a container's network until it answers.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isorun_probe {
    int process;            // a process of the container, by its pidfd
    uint64_t namespaces;    // which of its namespaces to enter: CLONE_NEWNET, and CLONE_NEWUSER for who is not root; 0 for the caller's own
    int lifeline;           // one of a pair of sockets; the other one, which the caller holds, hears of each new answer in an int: an HTTP status or -errno
    uint16_t port;          // at 127.0.0.1 and ::1
    const char *request;    // an HTTP request; NULL where a connection is enough
    size_t request_length;
};

// Starts it: exit code 0 when it was answered, 1 when the lifeline was cut, 2 where the network cannot be entered.
// Returns its pid and its pidfd through `pidfd`, or -errno.
int isorun_probe_start(const struct isorun_probe *probe, int *pidfd);

#ifdef __cplusplus
}
#endif
