// What `isorun bench` does in C: it starts programs and takes their times, and holds the stand-in's machine code.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How a run came to its end.
enum isorun_bench_ending {
    isorun_bench_ended,        // the program ended by itself; `status` says how
    isorun_bench_timed_out,    // it was killed when its time was over
    isorun_bench_interrupted,  // it was killed as somebody pressed Ctrl-C
    isorun_bench_not_started,  // `error` says why
};

enum { isorun_bench_kept = 8192 };

// One program, started and waited for. Times are nanoseconds of CLOCK_MONOTONIC; 0 where a thing never happened.
struct isorun_bench_run {
    int ending, status, error;
    int64_t begin;       // just before the process is made
    int64_t first_byte;  // something came on stdout
    int64_t mark;        // the line that was waited for was complete
    int64_t end;         // the process has ended
    int64_t cpu_us;      // CPU time of it and of all descendants that were waited for
    size_t output_count, error_count;
    char output[isorun_bench_kept];  // the end of what it wrote
    char errors[isorun_bench_kept];
};

// Swift does not take arrays of this size from a struct.
const char *isorun_bench_output(const struct isorun_bench_run *run);
const char *isorun_bench_errors(const struct isorun_bench_run *run);

struct isorun_bench_request {
    char *const *arguments;
    char *const *environment;
    const char *directory;  // NULL: this process's own
    const char *mark;       // the beginning of the line to wait for
    int64_t limit_ns;
    int interrupt;  // a descriptor that becomes readable when it is to end; -1: none
};

int64_t isorun_bench_now(void);

// Runs a program to its end.
void isorun_bench_run_once(const struct isorun_bench_request *request, struct isorun_bench_run *run);

// A program that is left to run beside the measurement; ended with isorun_bench_stop.
struct isorun_bench_idle {
    int pid, pidfd, output, error;
};
// Starts it and waits for its mark: 0, or the ending of a run that failed, of which `run` tells more.
int isorun_bench_start(
    const struct isorun_bench_request *request, struct isorun_bench_idle *idle, struct isorun_bench_run *run);
// SIGTERM, and SIGKILL to its process group where it is still there after the time.
void isorun_bench_stop(struct isorun_bench_idle *idle, int64_t limit_ns);

// `count` runs with `width` of them at a time, whose output goes to memory: how many different instants between the
// begin and the end of all were told there. Of what failed the first is told in `run`, and nothing more is started;
// what was ended by force has a 1 in `cut`, which has `count` zeros before.
int isorun_bench_batch(const struct isorun_bench_request *request, char *const *const *arguments, int count, int width,
                       unsigned char *cut, struct isorun_bench_run *run);

// A descriptor that becomes readable at any signal that would end this process; they are blocked from then on, and
// SIGPIPE is ignored; -errno where it cannot be.
int isorun_bench_interrupts(void);
// Orphans of what is started become children of this process.
void isorun_bench_adopt_orphans(void);
// Ends every child that is left, when nothing is to run any more; only where orphans are adopted.
void isorun_bench_end_orphans(void);

// Makes a directory of its own below `parent` that others may enter, and writes its path. Returns the directory, which
// is locked for as long as that is open, or -errno.
int isorun_bench_scratch(const char *parent, char *path, size_t size);
// Removes the caller's directories below `parent` that nobody has locked: those of benches that were killed.
void isorun_bench_sweep(const char *parent);
// Unmounts what is mounted below a directory, and removes it with all that is in it.
void isorun_bench_remove(const char *path);

// The stand-in: the machine code of a whole program without libraries. Its first act is to read CLOCK_MONOTONIC, its
// second to write `isorun-clock ` and the nanoseconds as 16 hexadecimal digits in one line. Then it ends with code 0;
// with a first argument `wait` it waits for a signal, and with `machine` it restarts the machine that it is the init
// of, with `poweroff` it powers it off.
extern const char *const isorun_bench_mark;
const void *isorun_bench_standin(size_t *size, size_t *entry, int *machine);

// Work to be timed inside and outside of a container: nanoseconds for `count` rounds, or -errno.
int64_t isorun_bench_work_cpu(int64_t count);
int64_t isorun_bench_work_syscalls(int64_t count);
int64_t isorun_bench_work_files(int64_t count, const char *directory);
int64_t isorun_bench_work_reads(int64_t count, const char *file);
int64_t isorun_bench_work_forks(int64_t count);

#ifdef __cplusplus
}
#endif
