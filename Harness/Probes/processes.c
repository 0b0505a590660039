// processes bomb CAP | processes daemon | processes wait | processes fork-exit CAP
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Forks until it is refused or the cap is reached; the children wait for their parent's end.
static int bomb(long cap) {
    long count = 0;
    int error = 0;
    for (; count < cap; count++) {
        pid_t pid = fork();
        if (pid < 0) {
            error = errno;
            break;
        }
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) pause();
        }
    }
    printf("forked %ld, errno %d\n", count, error);
    return error ? 11 : 0;
}

static int daemonize(void) {
    int gate[2];
    if (pipe(gate)) return 1;
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            prctl(PR_SET_NAME, "left-behind");
            if (write(gate[1], "x", 1) != 1) _exit(1);
            for (;;) pause();
        }
        _exit(0);
    }
    wait(NULL);
    char byte;
    if (read(gate[0], &byte, 1) != 1) return 1;
    puts("daemon started");
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    long cap = argc > 2 ? atol(argv[2]) : 0;
    if (cap > 5000) return 64;
    if (!strcmp(argv[1], "bomb")) return bomb(cap);
    if (!strcmp(argv[1], "daemon")) return daemonize();
    if (!strcmp(argv[1], "wait")) {
        puts("READY");
        fflush(stdout);
        for (;;) pause();
    }
    return 64;
}
