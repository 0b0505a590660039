#define _GNU_SOURCE
#include "isorun_system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 240, MOST_RECEIVED = 16 };

int isorun_socket_pair(int *first, int *second) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
    *first = pair[0];
    *second = pair[1];
    return 0;
}

int isorun_pipe(int *reader, int *writer) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0) return -errno;
    *reader = pair[0];
    *writer = pair[1];
    return 0;
}

int isorun_send(int socket, const void *data, size_t length, const int *descriptors, int count) {
    struct iovec part = {(void *)data, length};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)];
    } ancillary;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > MOST_DESCRIPTORS) return -E2BIG;
    if (count > 0) {
        memset(&ancillary, 0, sizeof ancillary);
        message.msg_control = ancillary.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
    }
    ssize_t result;
    do result = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

ssize_t isorun_receive_all(int socket, void *data, size_t length, int *descriptors, int most, int *count) {
    struct iovec part = {data, length};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * MOST_RECEIVED)];
    } ancillary;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    message.msg_control = ancillary.bytes;
    message.msg_controllen = sizeof ancillary.bytes;
    *count = 0;
    ssize_t result;
    do result = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return result;
    int got = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int)), received[MOST_RECEIVED];
    memcpy(received, CMSG_DATA(header), sizeof(int) * (size_t)got);
    for (int i = 0; i < got; i++) {
        if (*count < most) descriptors[(*count)++] = received[i];
        else close(received[i]);
    }
    return result;
}

ssize_t isorun_receive(int socket, void *data, size_t length, int *descriptor) {
    int count;
    *descriptor = -1;
    return isorun_receive_all(socket, data, length, descriptor, 1, &count);
}
