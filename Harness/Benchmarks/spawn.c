// spawn: how long each of several commands takes as a whole process, run in turn, over and over.
//
// One small C process starts everything, with posix_spawn (vfork's way: nothing of this process is copied), so that
// what is measured is the command and hardly its starter. In every round each command runs once, and each round begins
// with the next command, so that none of them always inherits what the same other one left to the kernel to clean up.
//
// Usage: spawn [-o FILE] [-w WARMUP] ROUNDS COMMAND… [:: COMMAND…]…
// Prints a line for each run: round, command (from 0), wall clock and CPU time in microseconds. CPU time is that of the
// command and of all descendants that were waited for. What commands print on stdout goes to the end of FILE, or
// nowhere. The first command that fails ends it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { maxCommands = 64 };

extern char **environ;

static char **commands[maxCommands];
static int commandCount;
static const char *output = "/dev/null";

static long microseconds(struct timeval time) { return time.tv_sec * 1000000L + time.tv_usec; }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static _Noreturn void usage(void) {
    fprintf(stderr, "usage: spawn [-o FILE] [-w WARMUP] ROUNDS COMMAND... [:: COMMAND...]...\n");
    exit(64);
}

static long number(const char *text, long least) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*text == 0 || *end != 0 || value < least || value > 1000000) usage();
    return value;
}

// Cuts the words into commands, at each "::".
static void readCommands(char **words) {
    while (*words) {
        if (commandCount == maxCommands || strcmp(*words, "::") == 0) usage();
        commands[commandCount++] = words;
        while (*words && strcmp(*words, "::") != 0) words++;
        if (*words) *words++ = NULL;
    }
    if (commandCount == 0) usage();
}

static void run(int command, long round, int warm) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0644);
    char **arguments = commands[command];
    struct rusage used;
    int status;
    pid_t pid;

    double begin = now();
    int error = posix_spawnp(&pid, arguments[0], &files, NULL, arguments, environ);
    if (error != 0) {
        fprintf(stderr, "spawn: cannot start %s: %s\n", arguments[0], strerror(error));
        exit(1);
    }
    while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR) {}
    double end = now();

    posix_spawn_file_actions_destroy(&files);
    if (status != 0) {
        fprintf(stderr, "spawn: %s ended with %s %d\n", arguments[0], WIFEXITED(status) ? "exit code" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        exit(1);
    }
    if (warm)
        printf("%ld %d %.1f %ld\n", round, command, end - begin,
               microseconds(used.ru_utime) + microseconds(used.ru_stime));
}

int main(int count, char **words) {
    long warmup = 0, rounds;
    int option;
    while ((option = getopt(count, words, "+o:w:")) != -1) {
        if (option == 'o') output = optarg;
        else if (option == 'w') warmup = number(optarg, 0);
        else usage();
    }
    if (words[optind] == NULL) usage();
    rounds = number(words[optind], 1);
    readCommands(words + optind + 1);
    for (long round = -warmup; round < rounds; round++)
        for (int turn = 0; turn < commandCount; turn++)
            run((int)((round + warmup + turn) % commandCount), round, round >= 0);
}
