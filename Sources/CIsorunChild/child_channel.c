// The control socket between keeper and child: fixed-size records, at most a few descriptors beside them.
#include "child_internal.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST_DESCRIPTORS = 240 };

uint64_t child_launch_key;

// Without errno: init and the job that readies itself beside it share all memory, and with it errno.
static long bare_call(long number, long a, long b, long c, long d, long e) {
#if defined __x86_64__
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    register long sixth __asm__("r9") = (long)child_launch_key;
    long result = number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
#elif defined __aarch64__
    register long first __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = d;
    register long fifth __asm__("x4") = e;
    register long sixth __asm__("x5") = (long)child_launch_key;
    register long name __asm__("x8") = number;
    __asm__ volatile("svc 0"
                     : "+r"(first)
                     : "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth), "r"(name)
                     : "memory");
    return first;
#else
#error "isorun knows how to make a system call on x86-64 and AArch64; add this architecture's instruction here"
#endif
}

long child_call(long number, long a, long b, long c, long d, long e) {
    long result;
    do result = bare_call(number, a, b, c, d, e);
    while (result == -EINTR);
    return result;
}

uint64_t child_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void child_send(const struct child *child, struct isorun_report *report, int descriptor) {
    struct iovec data = {report, sizeof *report};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } ancillary;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    report->ready_ns = child->ready_ns;
    if (descriptor >= 0) {
        memset(&ancillary, 0, sizeof ancillary);
        message.msg_control = ancillary.bytes;
        message.msg_controllen = sizeof ancillary.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    CALL(SYS_sendmsg, child->control, &message, MSG_NOSIGNAL, 0, 0);
}

void child_exit(void) {
    for (;;) CALL(SYS_exit_group, ISORUN_INIT_SENTINEL, 0, 0, 0, 0);
}

void child_fail(const struct child *child, unsigned step, int error, const char *subject) {
    struct isorun_report report;
    memset(&report, 0, sizeof report);
    report.kind = ISORUN_REPORT_FAILED;
    report.step = step;
    report.error = error < 0 ? -error : error;
    size_t length = subject ? strlen(subject) : 0;
    if (length >= sizeof report.subject) length = sizeof report.subject - 1;
    if (length) memcpy(report.subject, subject, length);
    child_send(child, &report, -1);
    child_exit();
}

int child_receive(const struct child *child, struct isorun_command *command, int *descriptors, int count) {
    struct iovec data = {command, sizeof *command};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)];
    } ancillary;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    message.msg_control = ancillary.bytes;
    message.msg_controllen = sizeof ancillary.bytes;
    ssize_t length;
    do length = recvmsg(child->control, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length != (ssize_t)sizeof *command) return -EPIPE;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (count == 0) return 0;
    // The kernel cuts the list short where no descriptor is free.
    if (message.msg_flags & MSG_CTRUNC) return -EMFILE;
    if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int) * (size_t)count)) return -EPIPE;
    memcpy(descriptors, CMSG_DATA(header), sizeof(int) * (size_t)count);
    return 0;
}

int child_close_from(unsigned first) {
    return (int)CALL(SYS_close_range, first, ~0u, 0, 0, 0);
}
