// What the job is given and, above all, what it is not: everything inherited is reset here, then execve.
#include "child_internal.h"

#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

__attribute__((noreturn)) static void job_failed(struct child *child, unsigned step, long error, const char *subject) {
    if (child->job.is_init) child_fail(child, step, (int)error, subject);
    child->job_step = step;
    child->job_subject = subject;
    child->job_error = (int)-error;
    child_exit();
}

static long use_streams(const struct child *child) {
    const struct isorun_job *job = &child->job;
    int streams[3] = {job->standard_input, job->standard_output, job->standard_error};
    long result = CALL(SYS_setsid, 0, 0, 0, 0, 0);
    // As PID 1 it already leads a session of the new namespace only after this; a second call would be EPERM.
    if (result == -EPERM) result = 0;
    if (child->terminal >= 0) {
        streams[0] = streams[1] = streams[2] = child->terminal;
        if (result >= 0) result = CALL(SYS_ioctl, child->terminal, TIOCSCTTY, 0, 0, 0);
    }
    // The keeper keeps these above 2, so that no stream is overwritten before it was used.
    for (int i = 0; i < 3 && result >= 0; i++) result = CALL(SYS_dup3, streams[i], i, 0, 0, 0);
    return result;
}

// bubblewrap before 0.11.1 hung for ever under a caller that ignored SIGCHLD; a job that inherits an ignored SIGPIPE or
// a blocked SIGTERM behaves as nobody expects.
static void reset_signals(void) {
    struct {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        unsigned long mask;
    } kernel = {SIG_DFL, 0, 0, 0};
    for (int number = 1; number <= 64; number++) CALL(SYS_rt_sigaction, number, &kernel, 0, 8, 0);
}

static void unblock_signals(void) {
    uint64_t none = 0;
    CALL(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8, 0);
}

static void reset_attributes(void) {
    CALL(SYS_umask, 022, 0, 0, 0, 0);
    // The kernel's own default: 0 would be the keeper's, which a child takes for its default.
    CALL(SYS_prctl, PR_SET_TIMERSLACK, 50000, 0, 0, 0);
    CALL(SYS_personality, 0, 0, 0, 0, 0);
}

// What the plan sets no limit of has the soft limit of a fresh login, as far as the hard one lets it: a `ulimit -v` of
// the shell that isorun was started from is not the job's. A hard limit is whoever set it's, and stays.
static void reset_soft_limits(void) {
    static const struct { unsigned resource; uint64_t soft; } fresh[] = {
        {RLIMIT_CPU, RLIM_INFINITY}, {RLIMIT_FSIZE, RLIM_INFINITY}, {RLIMIT_DATA, RLIM_INFINITY},
        {RLIMIT_STACK, 8 << 20},     {RLIMIT_RSS, RLIM_INFINITY},   {RLIMIT_AS, RLIM_INFINITY},
        {RLIMIT_LOCKS, RLIM_INFINITY}, {RLIMIT_RTTIME, RLIM_INFINITY},
    };
    for (unsigned i = 0; i < sizeof fresh / sizeof *fresh; i++) {
        uint64_t pair[2];
        if (CALL(SYS_prlimit64, 0, fresh[i].resource, 0, pair, 0) < 0) continue;
        pair[0] = fresh[i].soft < pair[1] ? fresh[i].soft : pair[1];
        CALL(SYS_prlimit64, 0, fresh[i].resource, pair, 0, 0);
    }
}

// As `--ulimit` spells them, by the kernel's numbers.
static const char *limit_name(uint32_t resource) {
    static const char *const names[] = {"cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock",
        "as", "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime"};
    return resource < sizeof names / sizeof *names ? names[resource] : "setrlimit";
}

static long set_limits(const struct isorun_job *job, const struct isorun_rlimit **failed) {
    for (uint32_t i = 0; i < job->rlimit_count; i++) {
        const struct isorun_rlimit *limit = &job->rlimits[i];
        uint64_t pair[2] = {limit->soft, limit->hard};
        long result = CALL(SYS_prlimit64, 0, limit->resource, pair, 0, 0);
        if (result < 0) { *failed = limit; return result; }
    }
    return 0;
}

static long set_capabilities(const struct isorun_capabilities *sets) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++) {
        data[i].effective = (uint32_t)(sets->effective >> 32 * i);
        data[i].permitted = (uint32_t)(sets->permitted >> 32 * i);
        data[i].inheritable = (uint32_t)(sets->inheritable >> 32 * i);
    }
    long result = CALL(SYS_capset, &header, data, 0, 0, 0);
    for (unsigned long bit = 0; bit < 64 && result >= 0; bit++)
        if (sets->ambient >> bit & 1) result = CALL(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0);
    return result;
}

static long drop_bounding(uint64_t keep) {
    for (unsigned long bit = 0; bit < 64; bit++) {
        if (keep >> bit & 1) continue;
        long result = CALL(SYS_prctl, PR_CAPBSET_DROP, bit, 0, 0, 0);
        if (result == -EINVAL) return 0;  // past the last capability this kernel knows
        if (result < 0) return result;
    }
    return 0;
}

// Groups first, then gid, then uid: after the uid changes there is no right to the others. The bounding set goes while
// CAP_SETPCAP is still there; no_new_privs comes before the filter, which needs it.
static long take_credentials(const struct isorun_job *job) {
    long result = job->may_set_groups ? CALL(SYS_setgroups, job->group_count, job->groups, 0, 0, 0) : 0;
    if (result >= 0) result = drop_bounding(job->capabilities.bounding);
    if (result >= 0) result = CALL(SYS_setresgid, job->gid, job->gid, job->gid, 0, 0);
    // Capabilities must survive the change of user, those in effect as well: what follows needs them. Init has set this
    // for itself, but perhaps only after the job left it.
    if (result >= 0) result = CALL(SYS_prctl, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
    if (result >= 0) result = CALL(SYS_setresuid, job->uid, job->uid, job->uid, 0, 0);
    if (result >= 0) result = CALL(SYS_prctl, PR_SET_SECUREBITS, 0, 0, 0, 0);
    if (result >= 0) result = set_capabilities(&job->capabilities);
    if (result >= 0) result = CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (result >= 0) result = CALL(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    return result;
}

static long load_filter(const struct child *child) {
    const struct isorun_job *job = &child->job;
    if (!job->filter) return 0;
    struct sock_fprog filter = {(unsigned short)job->filter_length, (struct sock_filter *)job->filter};
    unsigned long flags = job->filter_notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    child_launch_key = job->launch_key;
    long result = CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter, 0, 0);
    if (result < 0 || !job->filter_notifies) return result;
    struct isorun_report report;
    memset(&report, 0, sizeof report);
    report.kind = ISORUN_REPORT_LISTENER;
    child_send(child, &report, (int)result);
    CALL(SYS_close, result, 0, 0, 0, 0);
    return 0;
}

// As execvp: the first candidate that can be executed; an EACCES is remembered over later ENOENTs.
static long execute(const struct isorun_job *job, const char **subject) {
    long worst = -ENOENT;
    *subject = job->argv[0];
    for (const char *const *candidate = job->candidates; *candidate; candidate++) {
        long result = CALL(SYS_execve, *candidate, job->argv, job->envp, 0, 0);
        if (result != -ENOENT && result != -ENOTDIR) {
            worst = result;
            *subject = *candidate;
            if (result != -EACCES) break;
        }
    }
    return worst;
}

void child_reset_process(void) {
    reset_signals();
    reset_soft_limits();
}

static void reset_process(const struct child *child) {
    if (!child->is_reset) child_reset_process();
    reset_attributes();
}

static void take_streams_and_limits(struct child *child) {
    const struct isorun_job *job = &child->job;
    const struct isorun_rlimit *limit = 0;
    long result;
    if ((result = use_streams(child)) < 0) job_failed(child, job->step_init, result, "standard streams");
    if ((result = set_limits(job, &limit)) < 0) job_failed(child, job->step_limits, result, limit_name(limit->resource));
}

static void take_rights(struct child *child) {
    long result = take_credentials(&child->job);
    if (result < 0) job_failed(child, child->job.step_credentials, result, "credentials");
}

static void take_filter(struct child *child) {
    long result = load_filter(child);
    if (result < 0) job_failed(child, child->job.step_seccomp, result, "seccomp");
}

static void enter_workdir(struct child *child) {
    const struct isorun_job *job = &child->job;
    long result = CALL(SYS_chdir, job->workdir, 0, 0, 0, 0);
    if (result < 0) job_failed(child, job->step_workdir, result, job->workdir);
}

__attribute__((noreturn)) static void become_command(struct child *child) {
    const struct isorun_job *job = &child->job;
    const char *subject = 0;
    unblock_signals();
    // With --no-init the control socket must live until execve closes it: that is how the keeper learns of success.
    if (job->is_init) {
        CALL(SYS_dup3, child->control, 3, O_CLOEXEC, 0, 0);
        child->control = 3;
        child_close_from(4);
    } else {
        // Init may share the table of descriptors; what it has open stays open there.
        CALL(SYS_close_range, 3, ~0u, CLOSE_RANGE_UNSHARE, 0, 0);
    }
    long result = execute(job, &subject);
    job_failed(child, job->step_exec, result, subject);
}

void child_become_job(struct child *child) {
    reset_process(child);
    take_streams_and_limits(child);
    take_rights(child);
    // A profile of the user's may forbid a change of directory.
    enter_workdir(child);
    take_filter(child);
    become_command(child);
}

static void await_value(const uint32_t *futex, uint32_t value) {
    while (__atomic_load_n(futex, __ATOMIC_ACQUIRE) != value)
        CALL(SYS_futex, futex, FUTEX_WAIT, !value, 0, 0);
}

// The job's thread of control while its memory is init's.
static int run_job(void *argument) {
    struct child *child = argument;
    if (!child->job_is_early) child_become_job(child);
    reset_process(child);
    take_streams_and_limits(child);
    take_rights(child);
    take_filter(child);
    await_value(&child->job_may_go, 1);
    enter_workdir(child);
    become_command(child);
}

// CLONE_VM as vfork has it: nothing is copied. The kernel clears job_is_here, and wakes who waits there, when the job
// leaves this memory (CLONE_CHILD_CLEARTID, clone(2)): by execve once that can fail no more, or by its end.
int child_start_job(struct child *child, int early) {
    static char stack[65536] __attribute__((aligned(16)));
    child->job_is_here = 1;
    child->job_may_go = 0;
    child->job_is_early = early;
    int flags = CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD;
    child->job_pid = clone(run_job, stack + sizeof stack, flags, child, 0, 0, &child->job_is_here);
    return child->job_pid < 0 ? -errno : 0;
}

void child_release_job(struct child *child) {
    __atomic_store_n(&child->job_may_go, 1, __ATOMIC_RELEASE);
    CALL(SYS_futex, &child->job_may_go, FUTEX_WAKE, 1, 0, 0);
    await_value(&child->job_is_here, 0);
}
