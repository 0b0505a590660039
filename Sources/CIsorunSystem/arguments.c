#include "isorun_system.h"

static int count;
static char **arguments;

// glibc hands a constructor what main is given. Swift 6.3 looks for it by /proc/self/maps, and where that cannot be
// opened it finds a command line without words, which is another one.
__attribute__((constructor)) static void keep(int given, char **words, char **environment) {
    (void)environment;
    count = given;
    arguments = words;
}

const char *isorun_argument(int index) { return index >= 0 && index < count ? arguments[index] : 0; }
