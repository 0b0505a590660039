// System calls and constants that Swift's Glibc module lacks. Each function is the call it is named after, and returns
// its result or -errno, so that no errno is lost between C and Swift.
#pragma once
#include <dirent.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

// Mounts (kernel 5.2, idmapped since 5.12): open_tree(2), move_mount(2), fsopen(2), mount_setattr(2).
extern const uint64_t isorun_mount_rdonly, isorun_mount_nosuid, isorun_mount_nodev, isorun_mount_noexec;
int isorun_clone_mount(int directory, const char *path);
// Of no peer group from then on, with attributes added, and owners as a user namespace maps them, where that is not -1.
int isorun_own_mount(int tree, uint64_t set, int user_namespace);
int isorun_move_mount(int tree, int directory, const char *path);
int isorun_fsopen(const char *type);
int isorun_fsconfig_string(int context, const char *key, const char *value);
int isorun_fsconfig_descriptor(int context, const char *key, int descriptor);
int isorun_fsconfig_flag(int context, const char *key);
int isorun_fsmount(int context, uint64_t attributes);
int isorun_umount_detach(const char *path);
int isorun_private_mount_namespace(void);
int isorun_mount_namespace_is_private(void);  // whether this thread has made itself one
// What the kernel says about a failed fsconfig; 0 when there is no message.
ssize_t isorun_mount_message(int context, char *buffer, size_t length);

// Files below a directory that is held: openat2(2).
extern const uint64_t isorun_resolve_beneath, isorun_resolve_in_root, isorun_resolve_no_symlinks,
    isorun_resolve_no_magiclinks, isorun_resolve_no_xdev;
int isorun_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int isorun_whiteout(int directory, const char *path);
int isorun_set_attribute(int directory, const char *path, const char *name, const char *value);
// Whether an extended attribute of an open file is exactly this text: fgetxattr(2).
int isorun_attribute_is(int file, const char *name, const char *value);
struct isorun_stat { uint32_t mode, uid, gid; uint64_t size, links, device, inode; };
int isorun_lstat(int directory, const char *path, struct isorun_stat *status);
// What tells an open file from any other that stood, or will stand, in its place: statx(2). `born` is when it was made,
// and 0 where the file system does not keep that.
struct isorun_identity { uint64_t device, inode; int64_t born_s; uint32_t born_ns; };
int isorun_identity_of(int file, struct isorun_identity *identity);
// The next entry that is no link and that others than its owner and its group may not read; NULL with 0 in `error` at
// the end, with -errno where that cannot be told.
const char *isorun_next_private(DIR *directory, int *error);
int isorun_make_directory(int directory, const char *path, uint32_t mode, uint32_t uid, uint32_t gid);
int isorun_make_file(int directory, const char *path, uint32_t mode, uint32_t uid, uint32_t gid);
// Changes to a directory and to what is right in it, to be read without waiting: inotify(7).
int isorun_changes_create(void);
int isorun_changes_watch(int watch, const char *path);
int isorun_changes_forget(int watch, int place);
// Memory at an address of its own, which a cloned child has a copy of: mmap(2). NULL where there is none.
void *isorun_reserve_memory(size_t size);
void isorun_release_memory(void *memory, size_t size);
int isorun_memory_file(void);  // inherited by programs that are started
struct isorun_usage { uint64_t bytes_used, bytes_total, files_used, files_total; };
int isorun_file_system_usage(int file, struct isorun_usage *usage);
uint64_t isorun_mount_id(int file);  // the mount that it lies on, statx(2); 0 where the kernel cannot tell
int isorun_is_kernels(int file);  // whether it lies on proc, sysfs or cgroup: statfs(2)
extern const int isorun_path_only;  // O_PATH

// Trees of files: lsetxattr(2) of a name in a held directory, or of what is held where the name is empty; all attributes of one open file for another; syncfs(2);
// flock(2), which goes with the open file; a user namespace of one's own; makedev(3).
int isorun_set_attribute_bytes(int directory, const char *name, const char *key, const void *value, size_t length);
int isorun_copy_attributes(int from, int to);
int isorun_sync_file_system(int file);
int isorun_flock(int file, int exclusive, int wait);
int isorun_unshare_users(void);
uint64_t isorun_device_number(uint64_t major, uint64_t minor);

// Claims: a process in a user namespace of its own, whose map the caller writes when the first answer, 0 or -errno, has
// come. To each message of a mode with a file, held or open, it makes that root's there, with the mode, and answers.
int isorun_serve_claims(int socket);  // its id
void isorun_end_claims(int socket, int pid);
int isorun_set_mode(int file, uint32_t mode);  // of what is held, too

// Processes: pidfd_open(2), pidfd_send_signal(2), waitid(2) on a pidfd.
struct isorun_end {
    int32_t code;      // CLD_EXITED, CLD_KILLED, CLD_DUMPED; 0: it has not ended
    int32_t status;
    uint64_t blocks_read, blocks_written;
};
int isorun_pidfd_signal(int pidfd, int signal);
int isorun_pidfd_wait(int pidfd, int block, struct isorun_end *end);
const char *isorun_argument(int index);  // a word of this process's command line, 0 its name; null: there is none
const char *isorun_errno_name(int number);  // "EINVAL"; null where glibc knows none
// The CPUs this process may run on, as bits of `set`.
int isorun_affinity(uint8_t *set, size_t length);
// The hard limit of a resource, getrlimit(2); UINT64_MAX is unlimited.
uint64_t isorun_hard_limit(uint32_t resource);
uint64_t isorun_monotonic_ns(void);
int64_t isorun_wall_clock_us(void);

// Waiting: epoll(7), timerfd_create(2), signalfd(2).
int isorun_epoll_create(void);
int isorun_epoll_set(int epoll, int descriptor, uint32_t events, uint64_t token, int modify);
int isorun_epoll_remove(int epoll, int descriptor);
struct isorun_ready { uint32_t events; uint64_t token; };
int isorun_epoll_wait(int epoll, struct isorun_ready *ready, int count, int timeout_ms);
int isorun_timer_create(void);
int isorun_timer_set(int timer, uint64_t at_ns);
// Signals that are ignored already are left alone by all of these.
void isorun_signal_set(const int *signals, int count, sigset_t *set);
int isorun_signal_descriptor(const int *signals, int count);
uint64_t isorun_block_signals(const int *signals, int count);  // a bit for each that was not blocked before
void isorun_unblock_signals(uint64_t blocked);
// Does what a blocked signal does by default, now: stops this process, but where nobody could continue it.
void isorun_take_default(int signal);

int isorun_event_create(void);
int isorun_signal_next(int descriptor);  // the signal's number; 0: none is there

// Messages with descriptors: sendmsg(2), recvmsg(2), unix(7).
int isorun_socket_pair(int *first, int *second);
int isorun_pipe(int *reader, int *writer);
int isorun_send(int socket, const void *data, size_t length, const int *descriptors, int count);
// With `most` descriptors at most; what came beyond is closed.
ssize_t isorun_receive_all(int socket, void *data, size_t length, int *descriptors, int most, int *count);
ssize_t isorun_receive(int socket, void *data, size_t length, int *descriptor);  // with one; -1: none came

// Containers that live on: locks of an open file, SOCK_SEQPACKET sockets below a held directory, who is on the other
// side, inotify(7).
int isorun_lock(int file, int wait);
int isorun_is_locked(int file);  // whether somebody else holds the lock
int isorun_lock_shared(int file);  // as one of many readers; waits for a writer
void isorun_unlock(int file);  // whoever else has a copy of the descriptor
int isorun_is_used(int file);  // whether anybody else holds either lock
void isorun_let_code_go(void);  // the program's code is mapped anew as it is used
int isorun_wait_unlocked(int file);  // waits until nobody does
int isorun_listen(int directory, const char *name);
int isorun_accept(int listener);
int isorun_connect(int directory, const char *name, int milliseconds);  // -EAGAIN: nobody took the call in that time
struct isorun_peer { int32_t pid; uint32_t uid; };
int isorun_peer(int socket, struct isorun_peer *peer);
int isorun_random(void *bytes, size_t length);
int isorun_watch_directory(const char *path);
int isorun_close_from(unsigned first);
extern const int isorun_spawn_setsid;  // POSIX_SPAWN_SETSID
// A process of its own that waits for the end of this one, which must have one thread, and then becomes this program
// again, with these two words: unless it was dismissed before. It holds no file of this one's.
struct isorun_janitor { int32_t pid; int dismissal; };
int isorun_start_janitor(const char *verb, const char *object, struct isorun_janitor *janitor);
void isorun_dismiss_janitor(struct isorun_janitor janitor);
// Has this process, which must have one thread, see a container's files with the rights of root there: enters the user
// and the mount namespace of a process by its pidfd (Linux 5.8), setns(2). It stays out of the container's sight.
int isorun_enter_files(int pidfd);

// Binds a port of this host as a server would, to see whether it is free: a descriptor, and the port where that was 0.
// address: 4 bytes, or 16 of IPv6.
int isorun_bind_port(const uint8_t *address, int version6, int udp, uint16_t *port);

// seccomp_unotify(2). Never waits: EAGAIN where there is no notification, ENOENT where its sender is dead, EPIPE where
// nobody is left who could send one.
struct isorun_violation { uint64_t id; uint32_t pid; int32_t number; uint32_t architecture; };
int isorun_seccomp_receive(int listener, struct isorun_violation *violation);

#ifdef __cplusplus
}
#endif
