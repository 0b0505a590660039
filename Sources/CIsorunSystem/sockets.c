#define _GNU_SOURCE
#include "isorun_system.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in version4;
    struct sockaddr_in6 version6;
};

static socklen_t fill(union address *address, const uint8_t *bytes, int version6, uint16_t port) {
    memset(address, 0, sizeof *address);
    if (version6) {
        address->version6.sin6_family = AF_INET6;
        address->version6.sin6_port = htons(port);
        memcpy(&address->version6.sin6_addr, bytes, 16);
        return sizeof address->version6;
    }
    address->version4.sin_family = AF_INET;
    address->version4.sin_port = htons(port);
    memcpy(&address->version4.sin_addr, bytes, 4);
    return sizeof address->version4;
}

static int failed(int file) {
    int error = errno;
    close(file);
    return -error;
}

int isorun_bind_port(const uint8_t *bytes, int version6, int udp, uint16_t *port) {
    union address address;
    socklen_t length = fill(&address, bytes, version6, *port);
    int file = socket(version6 ? AF_INET6 : AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (file < 0) return -errno;
    int yes = 1;
    // As pasta does: connections that are over for good keep no port busy.
    if (!udp) setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (version6) setsockopt(file, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (bind(file, &address.any, length) < 0) return failed(file);
    if (!udp && listen(file, 1) < 0) return failed(file);
    if (getsockname(file, &address.any, &length) < 0) return failed(file);
    *port = ntohs(version6 ? address.version6.sin6_port : address.version4.sin_port);
    return file;
}
