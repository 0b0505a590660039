// What the parts of this module share.
#pragma once
#include <sys/types.h>

#include "isorun_bench.h"

// Starts a program in a process group of its own: 0 or an errno. What is -1 of output and errors goes nowhere.
int isorun_bench_spawn(const struct isorun_bench_request *request, char *const *arguments, int output, int errors,
                       pid_t *pid);

// What is below a process in other groups and sessions. It is noted before the process is ended, as nothing tells
// afterwards whose it was; by descriptors, which mean no other process later.
struct descendants {
    int count, pidfds[64];
};

void isorun_bench_note_below(pid_t pid, struct descendants *found);
void isorun_bench_end_all(struct descendants *found);

// A signal to a process and its group.
void isorun_bench_end_group(pid_t pid, int number);

extern int isorun_bench_adopts_orphans;
