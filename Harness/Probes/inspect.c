// inspect: what a process finds when it starts, as "word value" lines.
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void file(const char *word, const char *path, const char *only) {
    char line[512];
    FILE *stream = fopen(path, "r");
    if (!stream) {
        printf("%s unreadable\n", word);
        return;
    }
    while (fgets(line, sizeof line, stream))
        if (!only || !strncmp(line, only, strlen(only))) printf("%s %s", word, line);
    fclose(stream);
}

int main(void) {
    printf("uid %d gid %d pid %d ppid %d\n", getuid(), getgid(), getpid(), getppid());
    printf("groups %d\n", getgroups(0, NULL));
    printf("fds");
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0) printf(" %d", fd);
    puts("");
    for (char **variable = environ; *variable; variable++) printf("env %s\n", *variable);
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    printf("blocked");
    for (int number = 1; number < 65; number++)
        if (sigismember(&mask, number) == 1) printf(" %d", number);
    printf("\nignored");
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        if (!sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN) printf(" %d", number);
    }
    mode_t mode = umask(022);
    printf("\numask %03o\n", mode);
    printf("no_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    struct {
        const char *name;
        int type;
    } limits[] = {{"core", RLIMIT_CORE}, {"nofile", RLIMIT_NOFILE}, {"cpu", RLIMIT_CPU}, {"stack", RLIMIT_STACK}};
    for (int i = 0; i < 4; i++) {
        struct rlimit limit;
        getrlimit(limits[i].type, &limit);
        printf("rlimit %s %ld:%ld\n", limits[i].name, (long)limit.rlim_cur, (long)limit.rlim_max);
    }
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    printf("hostname %s\n", name);
    printf("cwd %s\n", getcwd(name, sizeof name) ? name : "none");
    int terminal = open("/dev/tty", O_RDWR);
    printf("terminal %s\n", terminal >= 0 ? "yes" : "no");
    struct if_nameindex *interfaces = if_nameindex();
    for (int i = 0; interfaces && interfaces[i].if_index; i++) printf("interface %s\n", interfaces[i].if_name);
    file("uid_map", "/proc/self/uid_map", NULL);
    file("status", "/proc/self/status", "Cap");
    file("oom_score_adj", "/proc/self/oom_score_adj", NULL);
    file("cpus", "/proc/self/status", "Cpus_allowed_list");
    file("cgroup", "/proc/self/cgroup", NULL);
    file("init_environ", "/proc/1/environ", NULL);
    return 0;
}
