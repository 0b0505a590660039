// A pty of the container's own devpts. The keeper's terminal is never the job's: TIOCSTI (CVE-2017-5226) and modes left
// behind end at this pty, and the relay between the two stands outside.
#include "child_internal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

int child_make_terminal(struct child *child, const struct isorun_op *op) {
    int master = (int)CALL(SYS_openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0, 0);
    if (master < 0) return master;
    int unlocked = 0;
    struct winsize size = {.ws_row = (unsigned short)(op->value >> 16), .ws_col = (unsigned short)op->value};
    long result = CALL(SYS_ioctl, master, TIOCSPTLCK, &unlocked, 0, 0);
    if (result >= 0) result = CALL(SYS_ioctl, master, TIOCSWINSZ, &size, 0, 0);
    if (result >= 0) result = CALL(SYS_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC, 0, 0);
    if (result >= 0) {
        child->terminal = (int)result;
        result = CALL(SYS_fchown, child->terminal, child->job.uid, -1, 0, 0);
    }
    if (result >= 0) {
        struct isorun_report report;
        memset(&report, 0, sizeof report);
        report.kind = ISORUN_REPORT_TERMINAL;
        child_send(child, &report, master);
    }
    close(master);
    return result < 0 ? (int)result : 0;
}
