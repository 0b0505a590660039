// The program that stands in for a job: it tells when its first instruction ran.
//
// It is compiled into a section of its own, which the bench copies behind an ELF header: so it is one page, has no
// loader and no library to start, and no compiler is needed where the bench runs. For that it must do without the rest
// of this program: no library, no constant in memory, no call but what is inlined.
#include <linux/reboot.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <elf.h>
#include <time.h>

#include "isorun_bench.h"

const char *const isorun_bench_mark = "isorun-clock ";

#define STANDIN __attribute__((section("isorun_standin"), used))
#if defined(__clang__)
#define PLAIN __attribute__((optnone, no_stack_protector))
#else
#define PLAIN
#endif
#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
enum { machine_kind = EM_X86_64 };
INLINE long call(long number, long first, long second, long third, long fourth) {
    register long r10 __asm__("r10") = fourth;
    long result;
    __asm__ volatile("syscall" : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10) : "rcx", "r11", "memory");
    return result;
}
STANDIN __attribute__((naked, noreturn)) static void start(void) {
    __asm__ volatile("mov %rsp, %rdi\n and $-16, %rsp\n call isorun_standin_main");
}
#elif defined(__aarch64__)
enum { machine_kind = EM_AARCH64 };
INLINE long call(long number, long first, long second, long third, long fourth) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = first;
    register long x1 __asm__("x1") = second;
    register long x2 __asm__("x2") = third;
    register long x3 __asm__("x3") = fourth;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
STANDIN __attribute__((naked, noreturn)) static void start(void) {
    __asm__ volatile("mov x0, sp\n bl isorun_standin_main");
}
#else
#error "the stand-in knows x86_64 and aarch64"
#endif

// `stack` is what execve left: the count of arguments, and the arguments.
STANDIN PLAIN __attribute__((visibility("hidden"), noreturn)) void isorun_standin_main(const long *stack) {
    struct timespec now;
    call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0);
    uint64_t value = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    volatile char line[30];
    line[0] = 'i', line[1] = 's', line[2] = 'o', line[3] = 'r', line[4] = 'u', line[5] = 'n', line[6] = '-';
    line[7] = 'c', line[8] = 'l', line[9] = 'o', line[10] = 'c', line[11] = 'k', line[12] = ' ';
    for (int digit = 0; digit < 16; digit++) {
        int nibble = (int)(value >> (60 - 4 * digit)) & 15;
        line[13 + digit] = (char)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
    }
    line[29] = '\n';
    call(SYS_write, 1, (long)line, 30, 0);
    const char *mode = stack[0] > 1 ? (const char *)stack[2] : NULL;
    if (mode && *mode == 'm')
        call(SYS_reboot, (long)LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART, 0);
    if (mode && *mode == 'p')
        call(SYS_reboot, (long)LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
    if (mode && *mode == 'w')
        for (;;) call(SYS_ppoll, 0, 0, 0, 0);
    for (;;) call(SYS_exit_group, 0, 0, 0, 0);
}

extern const char __start_isorun_standin[], __stop_isorun_standin[];

const void *isorun_bench_standin(size_t *size, size_t *entry, int *machine) {
    *size = (size_t)(__stop_isorun_standin - __start_isorun_standin);
    *entry = (size_t)((const char *)(uintptr_t)start - __start_isorun_standin);
    *machine = machine_kind;
    return __start_isorun_standin;
}
