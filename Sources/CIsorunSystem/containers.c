// Locks, sockets and keepers of containers that live on.
#define _GNU_SOURCE
#include "isorun_system.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define RESULT(call) ({ long result_ = (call); (int)(result_ < 0 ? -errno : result_); })

// Locks of the open file, not of the process (F_OFD_SETLK, fcntl(2)): they go over to a program that inherits the
// descriptor, and end with the last copy of it.
int isorun_lock(int file, int wait) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int result;
    do result = RESULT(fcntl(file, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock));
    while (result == -EINTR);
    return result;
}

int isorun_is_locked(int file) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int result = RESULT(fcntl(file, F_OFD_GETLK, &lock));
    return result < 0 ? result : lock.l_type != F_UNLCK;
}

int isorun_lock_shared(int file) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int result;
    do result = RESULT(fcntl(file, F_OFD_SETLKW, &lock));
    while (result == -EINTR);
    return result;
}

void isorun_unlock(int file) {
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)fcntl(file, F_OFD_SETLK, &lock);
}

int isorun_is_used(int file) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int result = RESULT(fcntl(file, F_OFD_GETLK, &lock));
    return result < 0 ? result : lock.l_type != F_UNLCK;
}

// As a reader: many can wait at once, and none of them looks like the one who holds it.
int isorun_wait_unlocked(int file) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int result;
    do result = RESULT(fcntl(file, F_OFD_SETLKW, &lock));
    while (result == -EINTR);
    lock.l_type = F_UNLCK;
    return result < 0 ? result : RESULT(fcntl(file, F_OFD_SETLK, &lock));
}

// A path through the held directory is always short enough for sun_path.
static int address_of(int directory, const char *name, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", directory, name);
    return length < 0 || (size_t)length >= sizeof address->sun_path ? -ENAMETOOLONG : 0;
}

int isorun_listen(int directory, const char *name) {
    struct sockaddr_un address;
    int result = address_of(directory, name, &address);
    if (result < 0) return result;
    int handle = RESULT(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (handle < 0) return handle;
    result = RESULT(bind(handle, (struct sockaddr *)&address, sizeof address));
    if (result >= 0) result = RESULT(listen(handle, 64));
    if (result >= 0) return handle;
    close(handle);
    return result;
}

int isorun_accept(int listener) { return RESULT(accept4(listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK)); }

int isorun_connect(int directory, const char *name, int milliseconds) {
    struct sockaddr_un address;
    int result = address_of(directory, name, &address);
    if (result < 0) return result;
    int handle = RESULT(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (handle < 0) return handle;
    // With as many waiting as the queue takes, connect(2) waits for room: unix(7), socket(7).
    struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
    setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    result = RESULT(connect(handle, (struct sockaddr *)&address, sizeof address));
    if (result >= 0) return handle;
    close(handle);
    return result;
}

int isorun_peer(int socket, struct isorun_peer *peer) {
    struct ucred found;
    socklen_t length = sizeof found;
    int result = RESULT(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &length));
    if (result < 0) return result;
    *peer = (struct isorun_peer){found.pid, found.uid};
    return 0;
}

int isorun_random(void *bytes, size_t length) {
    return getrandom(bytes, length, 0) == (ssize_t)length ? 0 : -EIO;
}

int isorun_watch_directory(const char *path) {
    int handle = RESULT(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (handle < 0) return handle;
    int result = RESULT(inotify_add_watch(handle, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF));
    if (result >= 0) return handle;
    close(handle);
    return result;
}

const int isorun_spawn_setsid = POSIX_SPAWN_SETSID;

int isorun_close_from(unsigned first) { return RESULT(syscall(SYS_close_range, first, ~0u, 0)); }

int isorun_enter_files(int pidfd) {
    int result = RESULT(setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS));
    if (result < 0) return result;
    // Where only one id is mapped the caller's groups cannot be shed; there they are nobody's.
    if (setgroups(0, 0) < 0 && errno != EPERM) return -errno;
    if ((result = RESULT(setresgid(0, 0, 0))) < 0) return result;
    if ((result = RESULT(setresuid(0, 0, 0))) < 0) return result;
    if ((result = RESULT(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))) < 0) return result;
    return RESULT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

// The linker's: the first byte of the program and the first after its code; ld(1).
extern const char __executable_start[] __attribute__((weak));
extern const char etext[] __attribute__((weak));

// Nobody may write to these pages, so what is mapped anew is the same: madvise(2), MADV_DONTNEED.
void isorun_let_code_go(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (uintptr_t)__executable_start & ~(page - 1), end = (uintptr_t)etext & ~(page - 1);
    if (start != 0 && end > start) madvise((void *)start, end - start, MADV_DONTNEED);
}
