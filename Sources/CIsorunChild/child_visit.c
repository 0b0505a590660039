// A visitor: a process of the keeper's that enters a container and starts a command there.
//
// Entering a pid namespace counts for children only. So the visitor clones once more, as a sibling (CLONE_PARENT): the
// command is a child of the keeper's, who waits for it and hears the truth from the kernel, and nobody inside has a part
// in it. The visitor itself is in no pid namespace of the container's and cannot be seen or traced from there; the
// command's process is not dumpable until its execve, and has no descriptor that leads out (CVE-2016-9962).
#include "child_internal.h"

#include <linux/sched.h>
#include <string.h>
#include <sys/prctl.h>

static int clone_command(int *pidfd) {
    struct clone_args args;
    memset(&args, 0, sizeof args);
    args.flags = CLONE_PARENT | CLONE_PIDFD;  // with CLONE_PARENT the exit signal is the visitor's own
    args.pidfd = (uint64_t)(uintptr_t)pidfd;
    return (int)CALL(SYS_clone3, &args, sizeof args, 0, 0, 0);
}

static void run_visitor(const void *argument) {
    const struct isorun_program *program = argument;
    struct child child;
    child_begin(&child, program);
    int result = (int)CALL(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    const struct isorun_op *op = program->ops, *end = op + program->op_count;
    while (result >= 0 && op < end && (result = child_perform(&child, op)) >= 0) op++;
    if (result < 0) child_fail(&child, op < end ? op->step : 0, result, op < end ? child_text(&child, op->text) : "");
    // Other ids and capabilities make a process dumpable as fs.suid_dumpable says.
    CALL(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    int pidfd = -1;
    int command = clone_command(&pidfd);
    if (command == 0) child_become_job(&child);
    if (command < 0) child_fail(&child, program->job.step_exec, command, "fork");
    struct isorun_report report;
    memset(&report, 0, sizeof report);
    report.kind = ISORUN_REPORT_ENTERED;
    child_send(&child, &report, pidfd);
    _exit(ISORUN_INIT_SENTINEL);
}

int isorun_child_visit(const struct isorun_program *program, int cgroup, int *pidfd) {
    return child_clone(run_visitor, program, 0, cgroup, pidfd);
}
