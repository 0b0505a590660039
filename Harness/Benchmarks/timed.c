// Tests that take a given time: what a container for each costs is measured beside a process for each.
// timed list COUNT prints a name a line; timed compute|wait MILLISECONDS NAME is one of them.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long long now(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) exit(2);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int count, char **words) {
    if (count == 3 && strcmp(words[1], "list") == 0) {
        for (int number = 1; number <= atoi(words[2]); number++) printf("test%d\n", number);
        return 0;
    }
    if (count != 4) return 64;
    long long time = atoi(words[2]) * 1000000LL;
    if (strcmp(words[1], "wait") == 0) {
        struct timespec wanted = {.tv_sec = time / 1000000000, .tv_nsec = time % 1000000000};
        return nanosleep(&wanted, NULL) != 0;
    }
    // Its own CPU time: the same work, whoever else wants the CPU.
    while (now(CLOCK_PROCESS_CPUTIME_ID) < time) {}
    return 0;
}
