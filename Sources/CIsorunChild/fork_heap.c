// The keeper's heap and the stacks of its other threads, which a fork server has copies of and no use for.
//
// A clone copies where each page of them is, and its end takes that away again: in a suite of ten thousand jobs, some
// nine thousand pages for each container. The server runs C code on the stack that it was started on, and keeps beside
// the program itself only that, the order and what belongs to the thread.
#include "child_internal.h"

#include <string.h>
#include <sys/auxv.h>

enum { NEAR = 1 << 16, MOST_KEPT = 3 };

struct range {
    uintptr_t first, last;
};

static struct range around(const void *place, size_t size) {
    const uintptr_t page = (uintptr_t)getpagesize();
    struct range range = {(uintptr_t)place / page * page, ((uintptr_t)place + size + page - 1) / page * page};
    return range;
}

// In ascending order.
static void sort(struct range *ranges) {
    for (int i = 1; i < MOST_KEPT; i++)
        for (int j = i; j > 0 && ranges[j].first < ranges[j - 1].first; j--) {
            struct range other = ranges[j];
            ranges[j] = ranges[j - 1];
            ranges[j - 1] = other;
        }
}

static void unmap(uintptr_t first, uintptr_t last) {
    if (first < last) CALL(SYS_munmap, first, last - first, 0, 0, 0);
}

static void unmap_but(struct range mapping, const struct range *kept) {
    for (int i = 0; i < MOST_KEPT; i++) {
        unmap(mapping.first, kept[i].first < mapping.last ? kept[i].first : mapping.last);
        if (mapping.first < kept[i].last) mapping.first = kept[i].last;
    }
    unmap(mapping.first, mapping.last);
}

static const char *hexadecimal(const char *text, uintptr_t *value) {
    for (*value = 0;; text++) {
        if (*text >= '0' && *text <= '9') *value = *value << 4 | (uintptr_t)(*text - '0');
        else if (*text >= 'a' && *text <= 'f') *value = *value << 4 | (uintptr_t)(*text - 'a' + 10);
        else return text;
    }
}

// Reads a line of /proc/PID/maps (proc_pid_maps(5)): what follows it, or null where no whole one is left. `name` is where
// its name begins, or its end.
static const char *next_mapping(const char *text, const char *end, struct range *mapping, const char **name) {
    const char *newline = text;
    while (newline < end && *newline != '\n') newline++;
    if (newline == end) return 0;
    text = hexadecimal(text, &mapping->first);
    text = hexadecimal(text + 1, &mapping->last);
    for (int spaces = 0; text < newline && (spaces < 5 || *text == ' '); text++) spaces += *text == ' ';
    *name = text;
    return newline + 1;
}

void fork_heap_shed(const void *order, size_t size) {
    char maps[16384];
    // A dynamic linker has memory of its own among it.
    if (getauxval(AT_BASE)) return;
    int file = (int)CALL(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0, 0);
    if (file < 0) return;
    // A read gives no more than a page of it. What has no place here stays.
    size_t length = 0;
    for (long got; length < sizeof maps && (got = CALL(SYS_read, file, maps + length, sizeof maps - length, 0, 0)) > 0;)
        length += (size_t)got;
    CALL(SYS_close, file, 0, 0, 0, 0);

    const char *thread = (const char *)&errno;
    struct range kept[MOST_KEPT] = {around(order, size), around(thread - NEAR, 2 * NEAR), around(maps - NEAR, sizeof maps + 2 * NEAR)};
    sort(kept);
    struct range mapping;
    const char *name;
    uintptr_t program = 0;
    for (const char *line = maps; (line = next_mapping(line, maps + length, &mapping, &name));) {
        int is_heap = line - name > 6 && memcmp(name, "[heap]", 6) == 0;
        // What follows a part of a file without a gap is zeroes of that program (.bss), and has no name either, or is one
        // with the heap where addresses are not random.
        if ((is_heap || *name == '\n') && mapping.first != program) unmap_but(mapping, kept);
        else program = mapping.last;
    }
}
