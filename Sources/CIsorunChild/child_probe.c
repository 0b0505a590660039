// Asks again and again whether a service in a container's network answers, and ends with 0 as soon as it does.
//
// A program with threads cannot enter a user namespace, so this is a process of its own; it ends with whoever holds the
// other end of its lifeline, a pipe.
#include "child_internal.h"
#include "isorun_probe.h"

#include <arpa/inet.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { PAUSE_MS = 20, PATIENCE_S = 2 };

static int open_connection(int family, uint16_t port) {
    int handle = (int)CALL(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC, 0, 0, 0);
    if (handle < 0) return handle;
    struct timeval patience = {.tv_sec = PATIENCE_S};
    CALL(SYS_setsockopt, handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    CALL(SYS_setsockopt, handle, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    struct sockaddr_in version4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 version6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    version4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    version6.sin6_addr.s6_addr[15] = 1;
    const void *address = family == AF_INET ? (const void *)&version4 : (const void *)&version6;
    size_t size = family == AF_INET ? sizeof version4 : sizeof version6;
    long result = CALL(SYS_connect, handle, address, size, 0, 0);
    if (result >= 0) return handle;
    close(handle);
    return (int)result;
}

// The first line is enough: "HTTP/1.1 200 OK".
static int is_answered(int connection, const char *request, size_t length) {
    char answer[16];
    size_t got = 0;
    if (CALL(SYS_sendto, connection, request, length, MSG_NOSIGNAL, 0) != (long)length) return 0;
    while (got < 12) {
        long count = CALL(SYS_read, connection, answer + got, sizeof answer - got, 0, 0);
        if (count <= 0) return 0;
        got += (size_t)count;
    }
    return memcmp(answer, "HTTP/1.", 7) == 0 && answer[8] == ' ' && (answer[9] == '2' || answer[9] == '3');
}

static int is_ready(const struct isorun_probe *probe) {
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        int connection = open_connection(families[i], probe->port);
        if (connection < 0) continue;
        int ready = !probe->request || is_answered(connection, probe->request, probe->request_length);
        close(connection);
        if (ready) return 1;
    }
    return 0;
}

static void run_probe(const void *argument) {
    const struct isorun_probe *probe = argument;
    int kept[2] = {probe->process, probe->lifeline};
    // Only these two: other descriptors of the caller's would keep what waits for their end.
    if (CALL(SYS_dup3, kept[0], 0, 0, 0, 0) < 0 || CALL(SYS_dup3, kept[1], 1, 0, 0, 0) < 0) _exit(2);
    child_close_from(2);
    if (probe->namespaces && CALL(SYS_setns, 0, probe->namespaces, 0, 0, 0) < 0) _exit(2);
    while (!is_ready(probe)) {
        struct pollfd lifeline = {.fd = 1};
        struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
        if (CALL(SYS_ppoll, &lifeline, 1, &pause, 0, 0) > 0) _exit(1);
    }
    _exit(0);
}

int isorun_probe_start(const struct isorun_probe *probe, int *pidfd) {
    return child_clone(run_probe, probe, 0, -1, pidfd);
}
