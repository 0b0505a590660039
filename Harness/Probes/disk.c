// disk fill PATH MIB | disk files DIRECTORY COUNT: writes up to a cap, says how far it came and why not farther.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    long cap = atol(argv[3]), done = 0;
    int error = 0;
    if (cap > 20000) return 64;
    if (!strcmp(argv[1], "fill")) {
        static char block[1 << 20];
        int file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file < 0) error = errno;
        for (; !error && done < cap; done++)
            if (write(file, block, sizeof block) != sizeof block) error = errno ? errno : ENOSPC;
    } else {
        char path[4096];
        for (; !error && done < cap; done++) {
            snprintf(path, sizeof path, "%s/file-%ld", argv[2], done);
            int file = open(path, O_WRONLY | O_CREAT, 0644);
            if (file < 0) {
                error = errno;
                break;
            }
            close(file);
        }
    }
    printf("wrote %ld, %s\n", done, error ? strerror(error) : "all");
    return error ? 1 : 0;
}
