// The program that runs between clone3 and execve, and PID 1 of the container.
//
// Theory of operation. The keeper (Swift) encodes everything the child has to do as a flat array of ops before it
// clones. After clone3 the child may find any lock of the keeper held for ever, so nothing here allocates, locks or
// calls into Swift: only system calls and plain memory. The child
//
//   1. closes what it has of the keeper's and does not need, then waits for the first message: its ids are mapped;
//   2. carries out the ops, in order; each is one kernel action with one way to fail;
//   3. becomes init: another uid than the job's, not dumpable;
//   4. where it was made ahead of its job, waits for that: one message into memory of its own, from a job with the same
//      rights and filter;
//   5. starts the job in its own memory, so that the moment execve succeeds is the moment the job leaves that; while
//      the keeper lays the root the job readies itself already, and then waits for it;
//   6. reaps, forwards signals, and reports the job's end, until the keeper is gone or says stop.
//
// Whatever fails is one isorun_report with the op's step, so that the error names the step of the plan.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ISORUN_SLOTS = 240, ISORUN_NO_SLOT = 0xffff };

// Init's own exit status when all went as it should: any other status means that something interfered with it.
enum { ISORUN_INIT_SENTINEL = 93 };

// What one op does. `slot` names a descriptor made or used, `base` the directory a relative path starts from.
enum isorun_op_kind {
    ISORUN_OP_SET_IDS = 1,      // setresgid, setresuid: value = gid << 32 | uid
    ISORUN_OP_JOIN_CGROUP,      // joins the v1 cgroup whose tasks file the descriptor value is; text names it
    ISORUN_OP_NAMESPACES,       // unshare(value): those that are not made by the clone
    ISORUN_OP_SESSION_KEYRING,  // a session keyring of its own, so that the caller's keys are out of reach
    ISORUN_OP_PRIVATE_MOUNTS,   // mount propagation off, recursively
    ISORUN_OP_LOOPBACK_UP,      // lo up in the new network namespace
    ISORUN_OP_LOW_PORTS,        // everybody in the new network namespace may bind ports below 1024
    ISORUN_OP_HOSTNAME,         // sethostname(text)
    ISORUN_OP_RECEIVE,          // value descriptors from the keeper into slot, slot + 1, …
    ISORUN_OP_OPEN_DIRECTORY,   // openat2(base, text) as O_PATH directory into slot, nothing followed
    ISORUN_OP_SEND_DIRECTORY,   // gives the keeper a descriptor of the directory in slot
    ISORUN_OP_NEW_MOUNT,        // fsopen(text), options, fsmount with attributes value, into slot
    ISORUN_OP_MOUNT,            // mount(text), other: type, options, with flags value; opened into slot, where there is one
    ISORUN_OP_CLONE_TREE,       // open_tree(base, text) with attributes value added, into slot; flag: recursive
    ISORUN_OP_ATTACH,           // move_mount(slot) onto text below base; flag: onto a path of the host, base unused
    ISORUN_OP_DEVICE,           // other, a device below base, is bound to the path text
    ISORUN_OP_ATTRIBUTES,       // mount_setattr(slot) with attributes value added; flag: recursive
    ISORUN_OP_READ_ONLY,        // text below base becomes read-only; flag: optional
    ISORUN_OP_MASK,             // text below base becomes empty: other, or a directory; an empty one may stand behind other; flag: optional
    ISORUN_OP_MAKE_DIRECTORY,   // mkdirat(base, text, value); flag: optional (EEXIST is fine)
    ISORUN_OP_MAKE_FILE,        // a file at text below base with mode value, in which stands other
    ISORUN_OP_MAKE_LINK,        // symlinkat(other, base, text)
    ISORUN_OP_MAKE_WHITEOUT,    // overlay's mark for "nothing is here": mknodat(base, text), a character device 0:0
    ISORUN_OP_PIVOT,            // the mount in slot becomes /, the host's tree is gone
    ISORUN_OP_SEAL_ROOT,        // / becomes read-only
    ISORUN_OP_TERMINAL,         // a pty of the container's own; its master goes to the keeper: value = rows << 16 | columns
    ISORUN_OP_OOM_SCORE,        // oom_score_adj back to 0 where the keeper's is lower
    ISORUN_OP_ENTER,            // setns into a process's namespaces: value = CLONE_NEW* << 32 | its pidfd; flag: low ports
    ISORUN_OP_AWAIT,            // waits for another GO: something outside is ready
    ISORUN_OP_START_JOB,        // starts the job, which readies itself beside what follows and waits behind its filter
    ISORUN_OP_FAIL,             // fails with errno value: for tests of the error path
};

enum isorun_op_flag {
    ISORUN_FLAG_OPTIONAL = 1,   // the object need not exist, or be more than a link, or may exist already
    ISORUN_FLAG_RECURSIVE = 2,
    ISORUN_FLAG_HOST_PATH = 4,
    ISORUN_FLAG_LOW_PORTS = 8,
    ISORUN_FLAG_OWN_NAME = 16,  // text is in a file system that the child has just made, and no link there
    ISORUN_FLAG_DIRECTORY = 32, // what text names is a directory on most kernels
    ISORUN_FLAG_ONE_NAME = 64,  // text is one name
};

struct isorun_op {
    uint16_t kind;
    uint16_t flags;
    uint16_t step;      // index into the plan, for the error
    uint16_t slot;
    uint16_t base;
    uint16_t reserved;
    uint32_t text;      // offset into the arena of a NUL-terminated string; 0 is the empty string
    uint32_t other;     // the same; for NEW_MOUNT key, value, key, value, …, empty key
    uint32_t filler;    // 0: what the compiler would put here is anything, and programs are compared byte for byte
    uint64_t value;
};

struct isorun_rlimit {
    uint32_t resource;
    uint32_t reserved;
    uint64_t soft, hard;
};

struct isorun_capabilities {
    uint64_t bounding, permitted, effective, inheritable, ambient;
};

// Who the job is; all pointers are the keeper's memory, which the child has a copy of.
struct isorun_job {
    const char *const *candidates;      // absolute paths to try in turn, as execvp would; NULL ends them
    char *const *argv;
    char *const *envp;
    const char *workdir;
    uint32_t uid, gid;
    uint32_t init_uid, init_gid;        // equal to the job's where only one id is mapped
    uint32_t may_set_groups;
    const uint32_t *groups;             // the supplementary ones
    uint32_t group_count;
    struct isorun_capabilities capabilities;
    const struct isorun_rlimit *rlimits;
    uint32_t rlimit_count;
    const void *filter;                 // struct sock_filter[]; NULL for none
    uint32_t filter_length;             // in instructions
    uint32_t filter_notifies;           // the listener goes to the keeper
    uint64_t launch_key;                // the filter lets pass what the launch calls with it as sixth argument; 0: none
    int32_t standard_input, standard_output, standard_error;
    uint32_t terminal;                  // the pty made by ISORUN_OP_TERMINAL is used instead
    uint32_t is_init;                   // --no-init: the job is PID 1 itself
    uint16_t step_workdir, step_exec, step_limits, step_credentials, step_seccomp, step_init;
};

enum isorun_command_kind { ISORUN_COMMAND_GO = 1, ISORUN_COMMAND_SIGNAL, ISORUN_COMMAND_EXIT };

struct isorun_command {
    uint32_t kind;
    int32_t signal;
};

struct isorun_program {
    const struct isorun_op *ops;
    uint32_t op_count;
    uint32_t early_count;               // how many of the first ops need no ids and run before these are mapped
    const char *arena;
    int32_t control;                    // the child's end of a SOCK_SEQPACKET pair
    uint32_t awaits_word;               // whether the job begins at another GO, when all else has been done
    struct isorun_job job;
};

enum isorun_report_kind {
    ISORUN_REPORT_FAILED = 1,   // a step failed: step, error, subject
    ISORUN_REPORT_STARTED,      // execve succeeded; carries a pidfd of the job
    ISORUN_REPORT_STOPPED,      // the job was stopped by a signal: status
    ISORUN_REPORT_CONTINUED,
    ISORUN_REPORT_EXITED,       // the job ended: code, status, usage; flag: others live on
    ISORUN_REPORT_DIRECTORY,    // carries a directory: value is its op's slot
    ISORUN_REPORT_TERMINAL,     // carries the pty's master
    ISORUN_REPORT_LISTENER,     // carries the seccomp listener
    ISORUN_REPORT_ENTERED,      // carries a pidfd of the process that will execute a visitor's command
};

struct isorun_report {
    uint32_t kind;
    uint32_t step;
    int32_t error;
    int32_t code;               // CLD_EXITED, CLD_KILLED, CLD_DUMPED
    int32_t status;             // exit code or signal
    uint32_t others_alive;
    uint64_t value;
    uint64_t ready_ns;          // CLOCK_MONOTONIC when the ops were done
    uint64_t started_ns;        // and when execve had succeeded
    uint64_t blocks_read, blocks_written;
    char subject[128];          // what the step was about: the head of a path
};

// Clones a child into new namespaces and carries out the program in it; returns in the parent only.
//
// flags: CLONE_NEW*; cgroup: a cgroup2 directory for CLONE_INTO_CGROUP, or -1. Returns the child's pid and its pidfd
// through `pidfd`, or -errno.
int isorun_child_start(const struct isorun_program *program, uint64_t flags, int cgroup, int *pidfd);

// What a fork server is asked for; what the program's pointers lead to stands behind it.
struct isorun_fork_order {
    uint64_t flags;                     // as for isorun_child_start
    int32_t cgroup;
    struct isorun_program program;
};

// A process that does what isorun_child_start does, in place of its parent, whose memory may grow.
struct isorun_fork_server {
    int pid;
    int process;                        // its pidfd
    int near, far;                      // a SOCK_SEQPACKET pair, of which far is its
};

// Starts a server, which ends with the calling thread at the latest. It reads each order into the memory at `order`, which
// it has at the same address: what the caller writes there and hands in is right as it stands. Returns 0 or -errno.
int isorun_fork_server_start(struct isorun_fork_order *order, size_t size, struct isorun_fork_server *server);

// As isorun_child_start, by one caller at a time; -ESRCH where the server is gone and has made nothing, -ECHILD where it
// went meanwhile and may have.
int isorun_fork_server_clone(const struct isorun_fork_server *server, const struct isorun_fork_order *order, size_t length, int *pidfd);

// Ends it.
void isorun_fork_server_end(const struct isorun_fork_server *server);

// The same for a container that shares namespaces of another one: `joined` (CLONE_NEW*) of `peer`, which is a pidfd of a
// process of it or a namespace; `owner` is a user namespace that is entered before, or -1. `entered` is 0 where these
// could not be entered.
int isorun_child_join(const struct isorun_program *program, int owner, int peer, uint64_t joined, uint64_t flags, int cgroup, int *pidfd, int *entered);

// Starts a visitor: a process that carries out the program, whose ops have it enter a container, and there starts the
// program's job as another child of the caller's. The job's pidfd comes as a report; that execve succeeded is the end of
// the control socket without a report of a failure. Returns the visitor's pid and its pidfd through `pidfd`, or -errno.
int isorun_child_visit(const struct isorun_program *program, int cgroup, int *pidfd);

#ifdef __cplusplus
}
#endif
