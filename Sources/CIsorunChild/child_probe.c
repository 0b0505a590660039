// Asks again and again whether a service in a container's network answers, and ends with 0 as soon as it does.
//
// A program with threads cannot enter a user namespace, so this is a process of its own; it ends with whoever holds the
// other end of its lifeline, and says there what it has heard.
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

// What came of asking: this, or an HTTP status, or -errno.
enum { READY = 0 };

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
static int hear_answer(int connection, const char *request, size_t length) {
    char answer[16];
    size_t got = 0;
    long count = CALL(SYS_sendto, connection, request, length, MSG_NOSIGNAL, 0);
    if (count != (long)length) return count < 0 ? (int)count : -EIO;
    while (got < 12) {
        count = CALL(SYS_read, connection, answer + got, sizeof answer - got, 0, 0);
        if (count <= 0) return count < 0 ? (int)count : -ECONNRESET;
        got += (size_t)count;
    }
    int status = 0;
    for (int i = 9; i < 12; i++) {
        if (answer[i] < '0' || answer[i] > '9') return -EPROTO;
        status = status * 10 + answer[i] - '0';
    }
    if (memcmp(answer, "HTTP/1.", 7) != 0 || answer[8] != ' ' || status < 100) return -EPROTO;
    if (status >= 200 && status < 400) return READY;
    // A server whose answer is not taken complains of that, and so its last words would be of nothing else.
    for (int i = 0; i < 8; i++) {
        char rest[4096];
        if (CALL(SYS_read, connection, rest, sizeof rest, 0, 0) <= 0) break;
    }
    return status;
}

static int ask(const struct isorun_probe *probe) {
    static const int families[] = {AF_INET, AF_INET6};
    int heard = READY;
    for (int i = 0; i < 2; i++) {
        int connection = open_connection(families[i], probe->port), got = connection;
        if (connection >= 0) {
            got = probe->request ? hear_answer(connection, probe->request, probe->request_length) : READY;
            close(connection);
            if (got == READY) return READY;
        }
        // Who takes a connection says more than who does not.
        if (heard == READY || connection >= 0) heard = got;
    }
    return heard;
}

static void run_probe(const void *argument) {
    const struct isorun_probe *probe = argument;
    int kept[2] = {probe->process, probe->lifeline};
    // Only these two: other descriptors of the caller's would keep what waits for their end.
    if (CALL(SYS_dup3, kept[0], 0, 0, 0, 0) < 0 || CALL(SYS_dup3, kept[1], 1, 0, 0, 0) < 0) _exit(2);
    child_close_from(2);
    if (probe->namespaces && CALL(SYS_setns, 0, probe->namespaces, 0, 0, 0) < 0) _exit(2);
    for (int heard, told = READY; (heard = ask(probe)) != READY; told = heard) {
        if (heard != told) CALL(SYS_sendto, 1, &heard, sizeof heard, MSG_DONTWAIT | MSG_NOSIGNAL, 0);
        struct pollfd lifeline = {.fd = 1};
        struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
        if (CALL(SYS_ppoll, &lifeline, 1, &pause, 0, 0) > 0) _exit(1);
    }
    _exit(0);
}

int isorun_probe_start(const struct isorun_probe *probe, int *pidfd) {
    return child_clone(run_probe, probe, 0, -1, pidfd);
}
