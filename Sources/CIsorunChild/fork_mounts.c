// The host's mounts, of which a container needs a few.
//
// A clone with a mount namespace of its own copies every mount that its process sees, and takes all of them away again
// when it has its root: on a host of many containers these are hundreds. A container takes devices from `/dev`, and may
// have a `/proc` and `/sys` of its own where it sees all of the host's (mount_too_revealing, fs/namespace.c): these stay as
// they are, with all that is mounted there.
#include "child_internal.h"

#include <linux/sched.h>

enum { KEPT = 4 };

static int keep(const int *trees, const char *const *paths) {
    // Over a directory that every host has.
    int result = child_attach_by_name(trees[0], AT_FDCWD, paths[KEPT - 1], 0);
    for (int i = 1; i < KEPT && result >= 0; i++) result = child_attach_by_name(trees[i], trees[0], paths[i] + 1, 0);
    return result < 0 ? result : child_pivot(trees[0]);
}

void fork_mounts_shed(void) {
    static const char *const paths[KEPT] = {"/", "/dev", "/proc", "/sys"};
    if (CALL(SYS_unshare, CLONE_NEWNS, 0, 0, 0, 0) < 0) return;
    // What is done in a namespace that is shared with the host's is done there, too.
    if (child_mount_private() < 0) _exit(1);
    int trees[KEPT], made = 0, result = 0;
    for (; made < KEPT && result >= 0; made++) {
        result = trees[made] = child_clone_tree(AT_FDCWD, paths[made], made ? AT_RECURSIVE : 0);
    }
    int is_half = result >= 0 && keep(trees, paths) < 0;
    // The keeper has the same descriptors.
    while (made-- > 0) {
        if (trees[made] >= 0) close(trees[made]);
    }
    // Then the keeper clones by itself.
    if (is_half) _exit(1);
}
