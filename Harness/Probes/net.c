// net serve PORT… | udp PORT | connect ADDRESS PORT | ask ADDRESS PORT: small ends of connections.
//
// serve answers each connection on each of its ports with "port N" and the peer's address, udp each datagram likewise;
// connect prints what it is sent, ask sends a datagram and prints the answer. Everything ends by itself.
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 16, PATIENCE = 3000 };

static int listen_on(const char *port, int type) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
    int file = socket(AF_INET6, type, 0), yes = 1, no = 0;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(file, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(file, (struct sockaddr *)&address, sizeof address) < 0 || (type == SOCK_STREAM && listen(file, 8) < 0)) {
        perror(port);
        exit(1);
    }
    return file;
}

static int answer(char *text, size_t size, const char *port, const struct sockaddr_in6 *peer) {
    char host[INET6_ADDRSTRLEN] = "?";
    inet_ntop(AF_INET6, &peer->sin6_addr, host, sizeof host);
    return snprintf(text, size, "port %s for %s\n", port, host);
}

static int serve(int count, char **ports, int type) {
    struct pollfd files[MOST];
    if (count < 1 || count > MOST) return 64;
    for (int i = 0; i < count; i++) files[i] = (struct pollfd){listen_on(ports[i], type), POLLIN, 0};
    puts("READY");
    fflush(stdout);
    for (;;) {
        if (poll(files, (nfds_t)count, -1) < 0) return 1;
        for (int i = 0; i < count; i++) {
            struct sockaddr_in6 peer;
            socklen_t length = sizeof peer;
            char text[128], ignored[512];
            if (!(files[i].revents & POLLIN)) continue;
            if (type == SOCK_DGRAM) {
                if (recvfrom(files[i].fd, ignored, sizeof ignored, 0, (struct sockaddr *)&peer, &length) < 0) continue;
                int size = answer(text, sizeof text, ports[i], &peer);
                sendto(files[i].fd, text, (size_t)size, 0, (struct sockaddr *)&peer, length);
                continue;
            }
            int file = accept(files[i].fd, (struct sockaddr *)&peer, &length);
            if (file < 0) continue;
            int size = answer(text, sizeof text, ports[i], &peer);
            send(file, text, (size_t)size, MSG_NOSIGNAL);
            close(file);
        }
    }
}

static int talk(const char *host, const char *port, int type) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    struct sockaddr_in6 address6 = {.sin6_family = AF_INET6, .sin6_port = address.sin_port};
    int is6 = inet_pton(AF_INET6, host, &address6.sin6_addr) == 1;
    if (!is6 && inet_pton(AF_INET, host, &address.sin_addr) != 1) return 64;
    int file = socket(is6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK, 0);
    int result = is6 ? connect(file, (struct sockaddr *)&address6, sizeof address6)
                     : connect(file, (struct sockaddr *)&address, sizeof address);
    struct pollfd ready = {file, POLLOUT, 0};
    int error = result < 0 ? errno : 0;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof error;
        error = poll(&ready, 1, PATIENCE) == 1 ? 0 : ETIMEDOUT;
        if (!error) getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (!error && type == SOCK_DGRAM && send(file, "?", 1, 0) < 0) error = errno;
    char text[256];
    ssize_t count = 0;
    ready.events = POLLIN;
    if (!error && poll(&ready, 1, PATIENCE) != 1) error = ETIMEDOUT;
    if (!error && (count = recv(file, text, sizeof text, 0)) < 0) error = errno;
    if (error) printf("%s %s: %s\n", host, port, strerror(error));
    else printf("%s %s: %.*s%s", host, port, (int)count, text, count ? "" : "closed\n");
    return error != 0;
}

int main(int argc, char **argv) {
    alarm(60);
    if (argc < 3) return 64;
    if (!strcmp(argv[1], "serve")) return serve(argc - 2, argv + 2, SOCK_STREAM);
    if (!strcmp(argv[1], "udp")) return serve(argc - 2, argv + 2, SOCK_DGRAM);
    if (argc < 4) return 64;
    if (!strcmp(argv[1], "connect")) return talk(argv[2], argv[3], SOCK_STREAM);
    if (!strcmp(argv[1], "ask")) return talk(argv[2], argv[3], SOCK_DGRAM);
    return 64;
}
