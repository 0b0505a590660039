// signals trap | ignore | stop | raise N | exit N | await N [COMMAND]: how a job can end, or refuse to.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static void remember(int signal) { caught = signal; }

static int wait_for_the_end(int refuse) {
    struct sigaction action = {.sa_handler = remember};
    int ends[] = {SIGTERM, SIGINT, SIGHUP};
    sigset_t mask, open;
    sigemptyset(&mask);
    for (int i = 0; i < 3; i++) sigaddset(&mask, ends[i]);
    sigprocmask(SIG_BLOCK, &mask, &open);
    for (int i = 0; i < 3; i++) sigaction(ends[i], &action, NULL);
    puts("READY");
    for (;;) {
        fflush(stdout);
        caught = 0;
        while (!caught) sigsuspend(&open);
        if (!refuse) break;
        puts("refused");
    }
    puts("cleaned up");
    return 0;
}

// A shell cannot do this: what comes between its last look for signals and its next read waits for that read.
static int await(int signal, char **command) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, signal);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    puts("READY");
    fflush(stdout);
    int came = 0;
    sigwait(&mask, &came);
    printf("caught %d\n", came);
    if (!command[0]) return 9;
    fflush(stdout);
    execvp(command[0], command);
    return 127;
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    int number = argc > 2 ? atoi(argv[2]) : 0;
    if (!strcmp(argv[1], "exit")) return number;
    if (!strcmp(argv[1], "trap")) return wait_for_the_end(0);
    if (!strcmp(argv[1], "ignore")) return wait_for_the_end(1);
    if (!strcmp(argv[1], "raise")) raise(number);
    if (!strcmp(argv[1], "await")) return await(number, argv + 3);
    if (!strcmp(argv[1], "stop")) raise(SIGSTOP);
    return 64;
}
