// What the kernel shows of init: /proc/1/comm and /proc/1/cmdline, which everybody inside may read (proc(5)).
#include "child_internal.h"

#include <string.h>
#include <sys/prctl.h>

static const char init_name[] = "isorun-init";

// The words this program was started with lie one behind the other (execve(2)), and the child's copy of them is shown.
static char *words;
static size_t words_length;

// glibc hands constructors main's arguments. In the keeper, long before any clone.
__attribute__((constructor)) static void find_words(int count, char **arguments) {
    if (count < 1) return;
    const char *last = arguments[count - 1];
    words = arguments[0];
    words_length = (size_t)(last + strlen(last) + 1 - words);
}

// The last byte stays NUL: otherwise the kernel takes what follows for more of a name.
void child_name_init(void) {
    CALL(SYS_prctl, PR_SET_NAME, init_name, 0, 0, 0);
    if (words_length == 0) return;
    memset(words, 0, words_length);
    memcpy(words, init_name, words_length > sizeof init_name ? sizeof init_name : words_length - 1);
}
