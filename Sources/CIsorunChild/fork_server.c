// A small process that clones containers for a keeper that has grown.
//
// A clone costs what its process is large: the tables of all its memory are copied, and so is each page that either of
// the two writes to afterwards. The server is cloned off before the keeper has many jobs in its memory, and does nothing
// but receive a program and clone. It has the keeper's own table of descriptors (CLONE_FILES), so that every number in
// the program means what it does there and the container's pidfd is in the keeper's hands as soon as it is there; and the
// container is the keeper's child (CLONE_PARENT). It ends with the keeper.
#include "child_internal.h"

#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct forked {
    int pid;
    int pidfd;
};

// What the server is cloned with.
struct server {
    struct isorun_fork_order *order;
    size_t size;
    int keeper, socket;
};

static void run_ordered(const void *argument) {
    const struct isorun_fork_order *order = argument;
    child_run_reset(&order->program);
}

static void serve(const void *argument) {
    const struct server server = *(const struct server *)argument;
    struct isorun_fork_order *order = server.order;
    fork_mounts_shed();
    fork_memory_shed();
    fork_heap_shed(order, server.size);
    child_reset_process();
    CALL(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (CALL(SYS_getppid, 0, 0, 0, 0, 0) != server.keeper) _exit(1);
    while (CALL(SYS_read, server.socket, order, server.size, 0, 0) >= (long)sizeof *order) {
        struct forked forked = {.pidfd = -1};
        uint64_t flags = order->flags | CLONE_PARENT;
        forked.pid = child_clone(run_ordered, order, flags, order->cgroup, &forked.pidfd);
        CALL(SYS_write, server.socket, &forked, sizeof forked, 0, 0);
    }
    _exit(0);
}

int isorun_fork_server_start(struct isorun_fork_order *order, size_t size, struct isorun_fork_server *server) {
    int sockets[2];
    int result = (int)CALL(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets, 0);
    if (result < 0) return result;
    const struct server argument = {order, size, (int)CALL(SYS_getpid, 0, 0, 0, 0, 0), sockets[1]};
    result = child_clone(serve, &argument, CLONE_FILES, -1, &server->process);
    if (result < 0) {
        close(sockets[0]);
        close(sockets[1]);
        return result;
    }
    server->pid = result;
    server->near = sockets[0];
    server->far = sockets[1];
    return 0;
}

int isorun_fork_server_clone(const struct isorun_fork_server *server, const struct isorun_fork_order *order, size_t length, int *pidfd) {
    // The server's end of the socket is the keeper's too: that it is gone is told by its pidfd alone.
    struct pollfd polled[] = {{server->near, POLLIN, 0}, {server->process, POLLIN, 0}};
    if (poll(&polled[1], 1, 0) != 0) return -ESRCH;
    if (CALL(SYS_write, server->near, order, length, 0, 0) != (long)length) return -ESRCH;
    struct forked forked;
    while (poll(polled, 2, -1) < 0 && errno == EINTR) continue;
    if (!(polled[0].revents & POLLIN) || read(server->near, &forked, sizeof forked) != sizeof forked) return -ECHILD;
    *pidfd = forked.pidfd;
    return forked.pid;
}

void isorun_fork_server_end(const struct isorun_fork_server *server) {
    CALL(SYS_shutdown, server->near, SHUT_RDWR, 0, 0, 0);
    while (waitpid(server->pid, 0, 0) < 0 && errno == EINTR) continue;
    close(server->process);
    close(server->near);
    close(server->far);
}
