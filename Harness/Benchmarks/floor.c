// floor: the least that a container shaped like isorun's costs on this host.
//
// It makes containers one after the other with as few system calls as such a container can be made of, and knows
// nothing of options, errors that can be put right, reports, filters or an init:
//   - user, pid, mount, network, uts, ipc and cgroup namespaces, ids mapped to a range outside;
//   - a cgroup with limits of memory, CPU bandwidth and tasks, on v1 or v2;
//   - the host's root, idmapped, under an overlay whose upper layer is on a tmpfs; /proc, and a /dev of six devices;
//   - no_new_privs, then execve of /bin/true.
// "start" is from the first mkdir of a cgroup until execve has closed the pipe, as `startup.totalMs` of isorun is, and
// "total" until the container's cgroups are gone too. isorun's own figures are read as ratios to these.
//
// Needs root. Usage: floor [COUNT]; prints one JSON object, with every start in it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { hostID = 0x20000000, idCount = 65536, maxCount = 100000 };

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    _exit(1);
}

// What every call here goes through: there is nothing to be done about a failure.
static int must(long result, const char *what) {
    if (result < 0) fail(what);
    return (int)result;
}

static double milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void writeFile(int directory, const char *path, const char *format, ...) {
    char text[64];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    int file = must(openat(directory, path, O_WRONLY | O_CLOEXEC), path);
    must(write(file, text, length), path);
    close(file);
}

// MARK: cgroups

// A mounted hierarchy; `directory` is the container's own cgroup in it while there is one.
struct hierarchy {
    const char *path;
    const char *limitFile;
    const char *limit;
    dev_t device;
    int root, directory;
};

static struct hierarchy legacy[] = {
    {.path = "/sys/fs/cgroup/memory", .limitFile = "memory.limit_in_bytes", .limit = "268435456"},
    {.path = "/sys/fs/cgroup/cpu", .limitFile = "cpu.cfs_quota_us", .limit = "50000"},
    {.path = "/sys/fs/cgroup/cpuacct"},
    {.path = "/sys/fs/cgroup/pids", .limitFile = "pids.max", .limit = "64"},
    {.path = "/sys/fs/cgroup/freezer"},
};
static struct hierarchy unified = {.path = "/sys/fs/cgroup"};
static struct hierarchy *used[5];
static int usedCount, isUnified;
static char groupName[32];

// Controllers that are mounted together, as cpu and cpuacct often are, are one hierarchy; it keeps the limit.
static void findHierarchies(void) {
    isUnified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    sprintf(groupName, "isorun-floor-%d", getpid());
    if (isUnified) {
        used[usedCount++] = &unified;
        unified.root = must(open(unified.path, O_PATH | O_DIRECTORY | O_CLOEXEC), unified.path);
        writeFile(unified.root, "cgroup.subtree_control", "+memory +cpu +pids");
        return;
    }
    for (size_t index = 0; index < sizeof legacy / sizeof *legacy; index++) {
        struct hierarchy *one = &legacy[index];
        struct stat facts;
        one->root = must(open(one->path, O_PATH | O_DIRECTORY | O_CLOEXEC), one->path);
        must(fstat(one->root, &facts), one->path);
        one->device = facts.st_dev;
        int known = 0;
        for (int other = 0; other < usedCount; other++) known |= used[other]->device == one->device;
        if (!known) used[usedCount++] = one;
    }
}

static void makeCgroups(void) {
    for (int index = 0; index < usedCount; index++) {
        struct hierarchy *one = used[index];
        must(mkdirat(one->root, groupName, 0755), one->path);
        one->directory = must(openat(one->root, groupName, O_PATH | O_DIRECTORY | O_CLOEXEC), one->path);
        if (one->limitFile) writeFile(one->directory, one->limitFile, "%s", one->limit);
    }
    if (!isUnified) return;
    writeFile(unified.directory, "memory.max", "268435456");
    writeFile(unified.directory, "cpu.max", "50000 100000");
    writeFile(unified.directory, "pids.max", "64");
}

static void removeCgroups(void) {
    for (int index = 0; index < usedCount; index++) {
        close(used[index]->directory);
        must(unlinkat(used[index]->root, groupName, AT_REMOVEDIR), used[index]->path);
    }
}

// MARK: The root

static int makeTmpfs(void) {
    int context = must(fsopen("tmpfs", FSOPEN_CLOEXEC), "fsopen tmpfs");
    must(fsconfig(context, FSCONFIG_SET_STRING, "size", "64m", 0), "tmpfs size");
    must(fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "tmpfs");
    int mounted = must(fsmount(context, FSMOUNT_CLOEXEC, 0), "fsmount tmpfs");
    close(context);
    must(mkdirat(mounted, "upper", 0755), "upper");
    must(mkdirat(mounted, "work", 0755), "work");
    must(fchownat(mounted, "upper", hostID, hostID, 0), "upper");
    return mounted;
}

static int makeLower(int userNamespace) {
    int tree = must(open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open_tree /");
    struct mount_attr attributes = {
        .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)userNamespace, .propagation = MS_PRIVATE};
    must(mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes), "idmapped mount of /");
    return tree;
}

// Layers are attached below the working directory while the overlay is made: older kernels take no detached ones.
static int makeOverlay(int userNamespace) {
    static const char *const options[][2] = {{"lowerdir", "lower"}, {"upperdir", "scratch/upper"},
                                             {"workdir", "scratch/work"}, {"index", "on"}, {"xino", "on"}};
    int lower = makeLower(userNamespace), scratch = makeTmpfs();
    must(move_mount(lower, "", AT_FDCWD, "lower", MOVE_MOUNT_F_EMPTY_PATH), "lower");
    must(move_mount(scratch, "", AT_FDCWD, "scratch", MOVE_MOUNT_F_EMPTY_PATH), "scratch");
    int context = must(fsopen("overlay", FSOPEN_CLOEXEC), "fsopen overlay");
    for (size_t index = 0; index < sizeof options / sizeof *options; index++)
        must(fsconfig(context, FSCONFIG_SET_STRING, options[index][0], options[index][1], 0), options[index][0]);
    must(fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "overlay");
    int mounted = must(fsmount(context, FSMOUNT_CLOEXEC, 0), "fsmount overlay");
    must(umount2("lower", MNT_DETACH), "lower");
    must(umount2("scratch", MNT_DETACH), "scratch");
    close(context);
    close(lower);
    close(scratch);
    return mounted;
}

// MARK: One container

union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

static void sendDescriptor(int socket, int descriptor) {
    char byte = 0;
    struct iovec bytes = {&byte, 1};
    union control control = {0};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    must(sendmsg(socket, &message, 0), "sendmsg");
}

static int receiveDescriptor(int socket) {
    char byte;
    struct iovec bytes = {&byte, 1};
    union control control;
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    if (recvmsg(socket, &message, 0) != 1 || message.msg_controllen == 0) _exit(1);
    int descriptor;
    memcpy(&descriptor, CMSG_DATA(&control.header), sizeof descriptor);
    return descriptor;
}

static _Noreturn void becomeJob(int socket) {
    static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
    int root = receiveDescriptor(socket);
    must(setresgid(0, 0, 0), "setresgid");
    must(setresuid(0, 0, 0), "setresuid");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private /");
    must(move_mount(root, "", AT_FDCWD, "root", MOVE_MOUNT_F_EMPTY_PATH), "root");
    must(chdir("root"), "root");
    must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "proc");
    must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755"), "dev");
    for (size_t index = 0; index < sizeof devices / sizeof *devices; index++) {
        char outside[32], inside[32];
        sprintf(outside, "/dev/%s", devices[index]);
        sprintf(inside, "dev/%s", devices[index]);
        close(must(open(inside, O_CREAT | O_WRONLY | O_CLOEXEC, 0666), inside));
        must(mount(outside, inside, NULL, MS_BIND, NULL), inside);
    }
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "the old root");
    must(chdir("/"), "/");
    must(sethostname("floor", 5), "sethostname");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    execve("/bin/true", (char *[]){"/bin/true", NULL}, (char *[]){NULL});
    fail("/bin/true");
}

static pid_t cloneChild(void) {
    struct clone_args arguments = {
        .flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC
            | CLONE_NEWCGROUP,
        .exit_signal = SIGCHLD,
    };
    if (isUnified) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (unsigned)unified.directory;
    }
    return must(syscall(SYS_clone3, &arguments, sizeof arguments), "clone3");
}

// Maps ids, puts the child into its cgroups, and gives it its root.
static void equip(pid_t pid, int socket) {
    char path[32];
    sprintf(path, "/proc/%d", pid);
    int process = must(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path);
    writeFile(process, "uid_map", "0 %d %d", hostID, idCount);
    writeFile(process, "gid_map", "0 %d %d", hostID, idCount);
    for (int index = 0; !isUnified && index < usedCount; index++)
        writeFile(used[index]->directory, "cgroup.procs", "%d", pid);
    int userNamespace = must(openat(process, "ns/user", O_RDONLY | O_CLOEXEC), "ns/user");
    int root = makeOverlay(userNamespace);
    sendDescriptor(socket, root);
    close(root);
    close(userNamespace);
    close(process);
}

static void measure(double *start, double *total) {
    int sockets[2], executed[2], status;
    char byte;
    double begin = milliseconds();
    makeCgroups();
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "socketpair");
    must(pipe2(executed, O_CLOEXEC), "pipe2");
    pid_t pid = cloneChild();
    if (pid == 0) {
        close(sockets[0]);
        becomeJob(sockets[1]);
    }
    close(sockets[1]);
    close(executed[1]);
    equip(pid, sockets[0]);
    must(read(executed[0], &byte, 1), "read");  // the end of it: execve closed the other side, or the child is gone
    *start = milliseconds() - begin;
    must(waitpid(pid, &status, 0), "waitpid");
    close(sockets[0]);
    close(executed[0]);
    removeCgroups();
    *total = milliseconds() - begin;
    if (status != 0) {
        fprintf(stderr, "floor: the container ended with status 0x%x\n", (unsigned)status);
        exit(1);
    }
}

// MARK: The program

static int byValue(const void *left, const void *right) {
    double one = *(const double *)left, other = *(const double *)right;
    return (one > other) - (one < other);
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, byValue);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

// A mount namespace of its own, in which a tmpfs over /mnt has the places where mounts are attached.
static void makeWorkplace(void) {
    must(unshare(CLONE_NEWNS), "unshare (floor needs root)");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private /");
    must(mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755"), "tmpfs on /mnt");
    must(chdir("/mnt"), "/mnt");
    must(mkdir("lower", 0755), "lower");
    must(mkdir("scratch", 0755), "scratch");
    must(mkdir("root", 0755), "root");
}

int main(int argumentCount, char **arguments) {
    int count = argumentCount > 1 ? atoi(arguments[1]) : 200;
    if (argumentCount > 2 || count < 1 || count > maxCount) {
        fprintf(stderr, "usage: floor [1..%d]\n", maxCount);
        return 64;
    }
    double *start = calloc((size_t)count, sizeof *start), *total = calloc((size_t)count, sizeof *total);
    if (!start || !total) fail("memory");
    findHierarchies();
    makeWorkplace();
    for (int index = 0; index < count; index++) measure(&start[index], &total[index]);

    printf("{\"count\":%d,\"cgroup\":\"%s\",\"startMs\":[", count, isUnified ? "v2" : "v1");
    for (int index = 0; index < count; index++) printf("%s%.3f", index ? "," : "", start[index]);
    printf("],\"startMedianMs\":%.3f,\"totalMedianMs\":%.3f", median(start, count), median(total, count));
    printf(",\"startMinMs\":%.3f,\"totalMinMs\":%.3f}\n", start[0], total[0]);
}
