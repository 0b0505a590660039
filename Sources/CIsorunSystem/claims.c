// Makes files the caller's own that belong to other ids of his containers.
#define _GNU_SOURCE
#include "isorun_system.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET = 3 };

#define RESULT(call) ({ long result_ = (call); (int)(result_ < 0 ? -errno : result_); })

// By way of /proc, for what is held without being open: fchmodat2(2) is of Linux 6.6.
int isorun_set_mode(int file, uint32_t mode) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return RESULT(chmod(path, mode));
}

// Root of this user namespace is who it was cloned for.
static int claim(int file, uint32_t mode) {
    int result = RESULT(fchownat(file, "", 0, 0, AT_EMPTY_PATH));
    return result < 0 ? result : isorun_set_mode(file, mode);
}

// Nothing that takes a lock: this is a copy of one thread of a process, fork(2).
static _Noreturn void serve(int socket) {
    // No lock and no socket of the others' lives on in it.
    if (socket != SOCKET && dup3(socket, SOCKET, O_CLOEXEC) < 0) _exit(1);
    syscall(SYS_close_range, SOCKET + 1, ~0u, 0);
    int result = RESULT(unshare(CLONE_NEWUSER));
    while (isorun_send(SOCKET, &result, sizeof result, 0, 0) == 0) {
        uint32_t mode;
        int file;
        if (isorun_receive(SOCKET, &mode, sizeof mode, &file) != sizeof mode) break;
        result = file < 0 ? -EBADF : claim(file, mode);
        if (file >= 0) close(file);
    }
    _exit(0);
}

int isorun_serve_claims(int socket) {
    pid_t pid = fork();
    if (pid == 0) serve(socket);
    return RESULT(pid);
}

void isorun_end_claims(int socket, int pid) {
    shutdown(socket, SHUT_RDWR);
    while (waitpid(pid, 0, 0) < 0 && errno == EINTR) {}
}
