#ifndef ISORUN_CLIBSECCOMP_H
#define ISORUN_CLIBSECCOMP_H
#include <seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

/* memfd_create(2): glibc declares it only for _GNU_SOURCE, which Swift's importer does not define. 1 is MFD_CLOEXEC. */
static inline int isorun_seccomp_memfd(void) { return (int)syscall(SYS_memfd_create, "isorun-seccomp", 1u); }

#endif
