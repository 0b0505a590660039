// PID 1 of the container: reaps, forwards signals, tells the keeper how the job ended, and ends with the keeper.
#include "child_internal.h"

#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

// Of all capabilities init keeps the one to signal the job.
static void keep_only_kill(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{1u << CAP_KILL, 1u << CAP_KILL, 0}, {0, 0, 0}};
    CALL(SYS_capset, &header, data, 0, 0, 0);
    CALL(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// No stream of the job may stay open here: its reader waits for the end of it.
static int shed_descriptors(struct child *child, int signals) {
    CALL(SYS_dup3, child->control, 0, O_CLOEXEC, 0, 0);
    CALL(SYS_dup3, signals, 1, O_CLOEXEC, 0, 0);
    child->control = 0;
    child_close_from(2);
    return 1;
}

static int child_signals(void) {
    uint64_t only = 1ull << (SIGCHLD - 1);
    return (int)CALL(SYS_signalfd4, -1, &only, 8, SFD_CLOEXEC | SFD_NONBLOCK, 0);
}

static void report_state(const struct child *child, const siginfo_t *info) {
    struct isorun_report report;
    memset(&report, 0, sizeof report);
    report.kind = info->si_code == CLD_STOPPED || info->si_code == CLD_TRAPPED ? ISORUN_REPORT_STOPPED : ISORUN_REPORT_CONTINUED;
    report.status = info->si_status;
    child_send(child, &report, -1);
}

// kill(-1, 0) is ESRCH only where no other process is left in this namespace.
static int report_end(const struct child *child, const siginfo_t *info) {
    struct isorun_report report;
    memset(&report, 0, sizeof report);
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    CALL(SYS_getrusage, RUSAGE_CHILDREN, &usage, 0, 0, 0);
    report.kind = ISORUN_REPORT_EXITED;
    report.code = info->si_code;
    report.status = info->si_status;
    report.blocks_read = (uint64_t)usage.ru_inblock;
    report.blocks_written = (uint64_t)usage.ru_oublock;
    report.others_alive = CALL(SYS_kill, -1, 0, 0, 0, 0) != -ESRCH;
    child_send(child, &report, -1);
    return report.others_alive != 0;
}

// Reaps whatever ended. Returns 1 once the job has ended and nothing else is left; then init may go at once.
static int reap(const struct child *child, int job) {
    siginfo_t end;
    memset(&end, 0, sizeof end);
    for (;;) {
        siginfo_t info;
        memset(&info, 0, sizeof info);
        long result = CALL(SYS_waitid, P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG, 0);
        if (result < 0 || info.si_pid == 0) break;
        if (info.si_pid != job) continue;
        if (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) end = info;
        else report_state(child, &info);
    }
    return end.si_pid == job && !report_end(child, &end);
}

// The job leads a process group: what a shell started in it hears the signal too, as with coreutils' timeout.
static void signal_job(int job, int signal) {
    if (CALL(SYS_kill, -job, signal, 0, 0, 0) < 0) CALL(SYS_kill, job, signal, 0, 0, 0);
}

static void obey(const struct child *child, int job) {
    struct isorun_command command;
    if (child_receive(child, &command, 0, 0) < 0) _exit(1);  // the keeper is gone, and with init goes the container
    if (command.kind == ISORUN_COMMAND_EXIT) _exit(ISORUN_INIT_SENTINEL);
    if (command.kind == ISORUN_COMMAND_SIGNAL) signal_job(job, command.signal);
}

void child_run_init(struct child *child, int job) {
    struct isorun_report report;
    memset(&report, 0, sizeof report);
    report.kind = ISORUN_REPORT_STARTED;
    report.started_ns = child_now();
    // The keeper enters the container by it: init itself, which is not dumpable, would let nobody in but root.
    long process = CALL(SYS_pidfd_open, job, 0, 0, 0, 0);
    child_send(child, &report, (int)process);

    keep_only_kill();
    int signals = child_signals();
    if (signals < 0) child_fail(child, child->job.step_init, signals, "signalfd");
    signals = shed_descriptors(child, signals);
    // SIGCHLD may have come before the descriptor was there; it stays pending while it is blocked, and is not lost.
    if (reap(child, job)) _exit(ISORUN_INIT_SENTINEL);
    for (;;) {
        struct pollfd ready[2] = {{child->control, POLLIN, 0}, {signals, POLLIN, 0}};
        if (poll(ready, 2, -1) < 0) continue;
        if (ready[1].revents) {
            struct signalfd_siginfo drained[8];
            while (read(signals, drained, sizeof drained) > 0) {}
            if (reap(child, job)) _exit(ISORUN_INIT_SENTINEL);
        }
        if (ready[0].revents) obey(child, job);
    }
}
