// cpu MS: burns that much CPU time (0: without end, but a minute at most) and prints the wall clock it took.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
    double wanted = argc > 1 ? atof(argv[1]) : 0, began = now(CLOCK_MONOTONIC);
    if (wanted == 0) wanted = 60000;
    while (now(CLOCK_PROCESS_CPUTIME_ID) < wanted) {}
    printf("wall %.0f ms\n", now(CLOCK_MONOTONIC) - began);
    return 0;
}
