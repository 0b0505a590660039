// memory touch MIB | memory grandchild MIB: memory up to a cap of its own, whatever the sandbox does.
// memory peak COMMAND…: runs it and prints the MiB that it was resident with at most. A program's own peak has in it
// that of whoever started it, so that is this small one.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void touch(long mib) {
    for (long i = 0; i < mib; i++) {
        char *page = malloc(1 << 20);
        if (!page) _exit(12);
        memset(page, 1, 1 << 20);
    }
}

static int peak(char **command) {
    pid_t pid = fork();
    if (pid == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) return 1;
    printf("%ld\n", usage.ru_maxrss >> 10);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv) {
    if (argc > 2 && !strcmp(argv[1], "peak")) return peak(argv + 2);
    if (argc != 3) return 64;
    long mib = atol(argv[2]);
    if (mib > 1024) return 64;
    if (!strcmp(argv[1], "touch")) {
        touch(mib);
        printf("touched %ld MiB\n", mib);
        return 0;
    }
    // The main process ends well although a child of its child was killed.
    if (fork() == 0) {
        if (fork() == 0) {
            touch(mib);
            _exit(0);
        }
        wait(NULL);
        _exit(0);
    }
    wait(NULL);
    usleep(200000);  // the keeper of a v1 host ends the job from outside: it has that long
    puts("main is well");
    return 0;
}
