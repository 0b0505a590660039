// The clone, and the order in which the child does its work.
#include "child_internal.h"

#include <linux/sched.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

enum { MOST_CGROUPS = 32 };

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

// Init is neither the job's user nor open to ptrace, so that the job cannot make it report what it likes. It keeps its
// capabilities over the change of user: the job still has to be started from here.
static int become_init_user(const struct isorun_job *job) {
    long result;
    if ((result = CALL(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0)) < 0) return (int)result;
    if (job->init_uid == job->uid && job->init_gid == job->gid) return 0;
    if ((result = CALL(SYS_prctl, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)) < 0) return (int)result;
    if ((result = CALL(SYS_setresgid, job->init_gid, job->init_gid, job->init_gid, 0, 0)) < 0) return (int)result;
    if ((result = CALL(SYS_setresuid, job->init_uid, job->init_uid, job->init_uid, 0, 0)) < 0) return (int)result;
    // A change of user makes a process dumpable as fs.suid_dumpable says, which need not be 0.
    return (int)CALL(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// Where the job has to wait for its turn. Init waits as whom the job cannot reach, and ends with the keeper.
static void await_word(struct child *child) {
    struct isorun_command go;
    if (!child->program->awaits_word) return;
    if (child_receive(child, &go, 0, 0) < 0 || go.kind != ISORUN_COMMAND_GO) _exit(ISORUN_INIT_SENTINEL);
}

// In ascending order; what is closed already, or a standard stream, needs no place.
static unsigned keep(int32_t *kept, unsigned count, int32_t descriptor) {
    if (descriptor <= STDERR_FILENO) return count;
    unsigned place = count;
    while (place > 0 && kept[place - 1] > descriptor) {
        kept[place] = kept[place - 1];
        place--;
    }
    kept[place] = descriptor;
    return count + 1;
}

// A child has copies of all the keeper's descriptors: the keeper's own end of the control socket, and those of
// containers that start at the same time. With these open it would never hear that the keeper is gone.
static void keep_only_needed(const struct isorun_program *program) {
    const struct isorun_job *job = &program->job;
    int32_t kept[4 + MOST_CGROUPS];
    unsigned count = 0;
    count = keep(kept, count, program->control);
    count = keep(kept, count, job->standard_input);
    count = keep(kept, count, job->standard_output);
    count = keep(kept, count, job->standard_error);
    for (uint32_t i = 0; i < program->op_count; i++) {
        if (program->ops[i].kind != ISORUN_OP_JOIN_CGROUP && program->ops[i].kind != ISORUN_OP_ENTER) continue;
        if (count == 4 + MOST_CGROUPS) return;
        count = keep(kept, count, (int32_t)(uint32_t)program->ops[i].value);
    }
    uint32_t first = STDERR_FILENO + 1;
    for (unsigned i = 0; i < count; i++) {
        uint32_t descriptor = (uint32_t)kept[i];
        if (descriptor > first) CALL(SYS_close_range, first, descriptor - 1, 0, 0, 0);
        first = descriptor + 1;
    }
    child_close_from(first);
}

void child_begin(struct child *child, const struct isorun_program *program) {
    memset(child, 0, sizeof *child);
    child->program = program;
    child->job = program->job;
    child->control = program->control;
    child->terminal = -1;
    child->empty = -1;
    child->here = ISORUN_NO_SLOT;
    for (int i = 0; i < ISORUN_SLOTS; i++) child->slots[i] = -1;

    keep_only_needed(program);
    CALL(SYS_umask, 0, 0, 0, 0, 0);  // the modes in the program are meant as they stand
}

static void run(const struct isorun_program *program, int is_reset) {
    struct child child;
    child_begin(&child, program);
    child.is_reset = is_reset;
    // The keeper maps the ids meanwhile, and listens to errors only then.
    const struct isorun_op *op = program->ops, *early = op + program->early_count, *end = op + program->op_count;
    int result = 0;
    while (op < early && (result = child_perform(&child, op)) >= 0) op++;
    struct isorun_command go;
    if (child_receive(&child, &go, 0, 0) < 0 || go.kind != ISORUN_COMMAND_GO) _exit(1);
    while (result >= 0 && op < end && (result = child_perform(&child, op)) >= 0) op++;
    if (result < 0) child_fail(&child, op->step, result, child_text(&child, op->text));
    if (!child.job.is_init) {
        child_name_init();
        result = become_init_user(&child.job);
        if (result < 0) child_fail(&child, child.job.step_init, result, "init");
    }
    await_word(&child);
    child.ready_ns = child_now();
    if (child.job.is_init) child_become_job(&child);
    if (!child.job_pid && (result = child_start_job(&child, 0)) < 0) child_fail(&child, child.job.step_init, result, "the job");
    child_release_job(&child);
    if (child.job_error) child_fail(&child, child.job_step, child.job_error, child.job_subject);
    child_run_init(&child, child.job_pid);
}

void child_run(const void *program) { run(program, 0); }

void child_run_reset(const void *program) { run(program, 1); }

int child_clone(void (*body)(const void *), const void *argument, uint64_t flags, int cgroup, int *pidfd) {
    struct clone_args args;
    memset(&args, 0, sizeof args);
    args.flags = flags | (pidfd ? CLONE_PIDFD : 0);
    args.pidfd = (uint64_t)(uintptr_t)pidfd;
    args.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD;  // with CLONE_PARENT it is that of who clones
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    // No signal handler of the keeper may run in the child's copy of its memory.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) {
        body(argument);
        _exit(1);
    }
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, 0);
    return pid < 0 ? -error : (int)pid;
}

int isorun_child_start(const struct isorun_program *program, uint64_t flags, int cgroup, int *pidfd) {
    return child_clone(child_run, program, flags, cgroup, pidfd);
}
