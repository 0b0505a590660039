// The host's mounts, of which a container needs a few.
//
// A clone with a mount namespace of its own copies every mount that its process sees, and takes all of them away again
// when it has its root: on a host of many containers these are hundreds.
#include "child_internal.h"

#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>

void fork_mounts_shed(const char *paths) {
    if (!*paths || CALL(SYS_unshare, CLONE_NEWNS, 0, 0, 0, 0) < 0) return;
    // What is shared with the host would be unmounted there, too.
    if (child_mount_private() < 0) _exit(1);
    for (; *paths; paths += strlen(paths) + 1) CALL(SYS_umount2, paths, MNT_DETACH | UMOUNT_NOFOLLOW, 0, 0, 0);
}
