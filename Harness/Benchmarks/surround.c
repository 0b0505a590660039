// surround: runs a command in a mount namespace of its own that is large in one way, and gone with the command.
//
// Usage: surround mounts COUNT DIRECTORY COMMAND…    COUNT file systems are mounted below DIRECTORY
//        surround files COUNT DIRECTORY COMMAND…     a tmpfs over DIRECTORY with COUNT empty files, and what was there
//
// The host's own mounts and files stay as they are. Needs root.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { perDirectory = 1000 };

static void must(long result, const char *what) {
    if (result >= 0) return;
    fprintf(stderr, "surround: %s: %s\n", what, strerror(errno));
    exit(1);
}

// One file system that is mounted again and again: a tmpfs, which a container does not show of its host.
static void makeMounts(long count, const char *directory) {
    char place[4096];
    must(mount("tmpfs", directory, "tmpfs", 0, "mode=755"), directory);
    for (long index = 0; index < count; index++) {
        snprintf(place, sizeof place, "%s/%ld", directory, index);
        must(mkdir(place, 0755), place);
        must(mount(directory, place, NULL, MS_BIND, NULL), place);
    }
}

static void makeFiles(long count, const char *directory) {
    char name[64];
    int old = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), new = -1;
    must(old, directory);
    must(mount("tmpfs", directory, "tmpfs", 0, "size=50%,nr_inodes=0,mode=755"), directory);
    new = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(new, directory);
    for (long index = 0; index < count; index++) {
        if (index % perDirectory == 0) {
            snprintf(name, sizeof name, "d%ld", index / perDirectory);
            must(mkdirat(new, name, 0755), name);
        }
        snprintf(name, sizeof name, "d%ld/f%ld", index / perDirectory, index % perDirectory);
        must(mknodat(new, name, S_IFREG | 0644, 0), name);
    }
    // The programs that were there, for what runs in it: old is inherited for this one command.
    char line[8400];
    fcntl(old, F_SETFD, 0);
    snprintf(line, sizeof line, "cp -a /proc/self/fd/%d/. '%s'", old, directory);
    must(system(line) == 0 ? 0 : -1, "cp");
}

int main(int count, char **words) {
    if (count < 5 || (strcmp(words[1], "mounts") != 0 && strcmp(words[1], "files") != 0)) {
        fprintf(stderr, "usage: surround mounts|files COUNT DIRECTORY COMMAND...\n");
        return 64;
    }
    must(unshare(CLONE_NEWNS), "unshare");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private /");
    if (strcmp(words[1], "mounts") == 0) makeMounts(atol(words[2]), words[3]);
    else makeFiles(atol(words[2]), words[3]);
    execvp(words[4], words + 4);
    must(-1, words[4]);
}
