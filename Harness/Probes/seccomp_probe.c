/*
 * Loads a compiled filter and makes system calls under it: seccomp_probe FILTER [-n] CALL...
 *
 * CALL is [i386:|x32:]NUMBER[,ARGUMENT...]. One line a call: "N" (the result), "-N" (the errno) or, with -n, which
 * takes the filter's notifications as the keeper does, "notify NUMBER ABI". A signal ends it with "signal N".
 * A process of the shape of isorun's job: no_new_privs, then the raw program; needs no privilege.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CALLS 256

/* Seen by both processes; results are written here since write(2) may be what is filtered. */
struct shared {
	volatile int listener; /* descriptor plus one; -1 where loading failed */
	volatile int current, failure;
	volatile long result[MAX_CALLS];
	volatile unsigned notified[MAX_CALLS], arch[MAX_CALLS];
	volatile char has_result[MAX_CALLS];
};

static long make_call(const char *text)
{
	unsigned long a[6] = {0};
	int i386 = !strncmp(text, "i386:", 5), x32 = !strncmp(text, "x32:", 4);
	char *end;
	long number = strtol(text + (i386 ? 5 : x32 ? 4 : 0), &end, 0);
	for (int i = 0; i < 6 && *end == ','; i++)
		a[i] = strtoul(end + 1, &end, 0);
	if (i386) {
#if defined(__x86_64__)
		long result;
		__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]) : "memory");
		return (int)result;
#else
		return -ENOSYS;
#endif
	}
	long result = syscall(x32 ? number | 0x40000000 : number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return result == -1 ? -errno : result;
}

static void job(struct shared *shared, const char *path, int notify, char **calls, int count)
{
	static struct sock_filter program[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, program, sizeof program);
	struct sock_fprog filter = {(unsigned short)(length / 8), program};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	long loaded = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &filter);
	shared->failure = errno;
	shared->listener = loaded < 0 ? -1 : (int)loaded + 1;
	for (int i = 0; loaded >= 0 && i < count; i++) {
		shared->current = i;
		shared->result[i] = make_call(calls[i]);
		shared->has_result[i] = 1;
	}
	_exit(0);
}

static void answer(struct shared *shared)
{
	struct seccomp_notif request = {0};
	if (ioctl(shared->listener - 1, SECCOMP_IOCTL_NOTIF_RECV, &request))
		return;
	shared->notified[shared->current] = 1 + (unsigned)request.data.nr;
	shared->arch[shared->current] = request.data.arch;
	struct seccomp_notif_resp response = {.id = request.id, .error = -EPERM};
	ioctl(shared->listener - 1, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int main(int argc, char **argv)
{
	int notify = argc > 2 && !strcmp(argv[2], "-n"), first = 2 + notify, count = argc - first, status;
	if (count < 1 || count > MAX_CALLS)
		return 64;
	struct shared *shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* CLONE_FILES: the listener that the child gets is this process's too. */
	long child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		job(shared, argv[1], notify, argv + first, count);
	while (waitpid((pid_t)child, &status, WNOHANG) == 0) {
		struct pollfd waited = {shared->listener - 1, POLLIN, 0};
		if (notify && shared->listener > 0 && poll(&waited, 1, 1) > 0 && waited.revents & POLLIN)
			answer(shared);
		else
			usleep(200);
	}
	if (shared->listener < 0) {
		fprintf(stderr, "seccomp: %s\n", strerror(shared->failure));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		if (shared->notified[i])
			printf("notify %u 0x%x\n", shared->notified[i] - 1, shared->arch[i]);
		else if (shared->has_result[i])
			printf("%ld\n", shared->result[i]);
	}
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	return 0;
}
