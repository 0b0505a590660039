// What the parts of the child share. Nothing here is seen by Swift.
#pragma once
#define _GNU_SOURCE
#include "isorun_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The state of one child: its program, its descriptors, and where it is for the error.
struct child {
    const struct isorun_program *program;
    struct isorun_job job;          // the program's, or the one that came later
    int control;
    int slots[ISORUN_SLOTS];
    int empty;                      // an empty directory's mount, once there is one
    uint16_t here;                  // the slot of its working directory, once that is one
    int terminal;                   // the pty's slave
    uint64_t ready_ns;
    int is_reset;                   // what cloned it had reset all that a job is not to inherit of a process
    int job_pid;                    // 0 until there is one
    int job_is_early;               // it was started before its root was there
    uint32_t job_may_go;            // a futex: 1 once the root is there
    uint32_t job_is_here;           // a futex: 0 once the job has left this memory, by execve or by its end
    volatile int job_error;         // written by the job in the memory it shares with init
    volatile unsigned job_step;
    const char *volatile job_subject;
};

static inline const char *child_text(const struct child *child, uint32_t offset) {
    return child->program->arena + offset;
}

// Raw system calls: glibc's setresuid and the like signal other threads and take locks that may be held for ever.
long child_call(long number, long a, long b, long c, long d, long e);
// The sixth argument of every call, once the job has its filter: no call made here has six of its own. The filter of a
// user's profile, which may forbid what leads to execve, lets that pass with this number, which the job never learns.
extern uint64_t child_launch_key;
#define CALL(number, a, b, c, d, e) child_call((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

uint64_t child_now(void);

// Sends a report with up to one descriptor (-1 for none). Failure to send means that the keeper is gone.
void child_send(const struct child *child, struct isorun_report *report, int descriptor);

// Ends the child, also behind a filter.
__attribute__((noreturn)) void child_exit(void);

// Reports a failed step and ends the child.
__attribute__((noreturn)) void child_fail(const struct child *child, unsigned step, int error, const char *subject);

// Waits for one message: 0, -EPIPE when the keeper is gone, or -EMFILE. Received descriptors fill `descriptors`.
int child_receive(const struct child *child, struct isorun_command *command, int *descriptors, int count);

// Carries out one op: 0, or -errno.
int child_perform(struct child *child, const struct isorun_op *op);
int child_base(const struct child *child, const struct isorun_op *op);
int child_mount_new(struct child *child, const struct isorun_op *op);
int child_mount_made(struct child *child, const struct isorun_op *op);
int child_mount_clone(struct child *child, const struct isorun_op *op);
int child_mount_attach(struct child *child, const struct isorun_op *op);
int child_mount_device(struct child *child, const struct isorun_op *op);
int child_mount_attributes(const struct child *child, const struct isorun_op *op);
int child_mount_read_only(struct child *child, const struct isorun_op *op);
int child_mount_mask(struct child *child, const struct isorun_op *op);
int child_mount_pivot(const struct child *child, const struct isorun_op *op);
int child_mount_seal_root(void);
int child_mount_private(void);

// A detached clone of what stands at a path, its place on another one, and its place as `/` in that of all else.
int child_clone_tree(int base, const char *path, int flags);
int child_attach_by_name(int tree, int base, const char *path, unsigned flags);
int child_pivot(int root);
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

int child_open_directory(struct child *child, const struct isorun_op *op);
int child_send_directory(const struct child *child, const struct isorun_op *op);
int child_make_directory(const struct child *child, const struct isorun_op *op);
int child_make_file(const struct child *child, const struct isorun_op *op);
int child_make_terminal(struct child *child, const struct isorun_op *op);
int child_loopback_up(void);
void child_open_low_ports(void);
void child_set(const char *path, const char *value);

// Becomes the job: never returns to its caller but through _exit.
__attribute__((noreturn)) void child_become_job(struct child *child);

// Starts the job in memory shared with init: 0, or -errno. What needs no root it does at once where it is
// early; then it waits until child_release_job.
int child_start_job(struct child *child, int early);

// Lets the job go on to its execve, and waits until that has succeeded or failed.
void child_release_job(struct child *child);

// Shows init as what it is, and nothing of how the keeper was started.
void child_name_init(void);

// PID 1 of the container: ends when the keeper does.
__attribute__((noreturn)) void child_run_init(struct child *child, int job);

int child_close_from(unsigned first);

// Closes what came from the keeper and is not the program's, and readies the child's state.
void child_begin(struct child *child, const struct isorun_program *program);

// Waits for its ids, carries the program out and becomes init or the job: the body of a container's first process.
void child_run(const void *program);

// The same in a clone of a process that has called child_reset_process.
void child_run_reset(const void *program);

// Signals and soft limits as a fresh login has them.
void child_reset_process(void);

// Clones a process that runs `body` with every signal blocked; returns in the parent only: the pid, or -errno.
int child_clone(void (*body)(const void *), const void *argument, uint64_t flags, int cgroup, int *pidfd);

// Lets go of what a fork server has in its memory and does not need: of the program, and of the keeper's.
void fork_memory_shed(void);
void fork_mounts_shed(void);
void fork_heap_shed(const void *order, size_t size);
