// forge: tries to make PID 1 report another status than its own, by every way at hand, and exits with 7.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void told(const char *what, long result) { printf("%s: %s\n", what, result < 0 ? strerror(errno) : "WENT THROUGH"); }

int main(void) {
    if (getppid() != 1) puts("init is not my parent");
    told("attach", ptrace(PTRACE_SEIZE, 1, 0, 0));
    told("memory", open("/proc/1/mem", O_RDWR));
    char word[8], path[64];
    struct iovec mine = {word, 8}, theirs = {(void *)0x400000, 8};
    told("read its memory", process_vm_readv(1, &mine, 1, &theirs, 1, 0));
    int reached = 0;
    for (int fd = 0; fd < 256; fd++) {
        snprintf(path, sizeof path, "/proc/1/fd/%d", fd);
        int file = open(path, O_WRONLY | O_NONBLOCK);
        if (file >= 0) {
            reached++;
            if (fd > 2 && write(file, "\0\0\0\0\0\0\0\0", 8) > 0) printf("wrote to descriptor %d of init\n", fd);
            close(file);
        }
        long pidfd = syscall(SYS_pidfd_open, 1, 0);
        if (pidfd >= 0) {
            if (syscall(SYS_pidfd_getfd, pidfd, fd, 0) >= 0) printf("took descriptor %d of init: WENT THROUGH\n", fd);
            close(pidfd);
        }
    }
    printf("descriptors of init reached: %d\n", reached);
    kill(1, SIGKILL);
    kill(1, SIGTERM);
    kill(1, SIGSTOP);
    kill(1, SIGCHLD);
    fflush(stdout);
    return 7;
}
