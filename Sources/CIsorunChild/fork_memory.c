// What a fork server does without, so that its clones are cheap.
//
// A clone copies where the pages of writable memory are, one by one, and takes that away again when it ends. Of a program
// with large libraries most of these pages are still as the file has them: constants that a linker put among what can be
// written to. Mapped afresh they belong to nobody's copy, and a clone passes over them (vma_needs_copy, mm/memory.c).
#include "child_internal.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>

// The program's own ELF header, the linker's.
extern const ElfW(Ehdr) __ehdr_start;

enum { MOST_ENTRIES = 512, FEWEST_PAGES = 16 };

struct memory {
    int pages;          // /proc/self/pagemap
    int program;        // /proc/self/exe
    uintptr_t size;     // of a page
};

// Whether a page is this process's own: there, or swapped, and not the file's (Documentation/admin-guide/mm/pagemap.rst).
static int is_own(uint64_t entry) {
    return entry >> 62 && !(entry >> 61 & 1);
}

// Not where the kernel keeps to itself which pages are whose: then the one that this is on is nobody's own either.
static int tells_own_pages(const struct memory *memory) {
    uint64_t entry = 0;
    uintptr_t here = (uintptr_t)&entry / memory->size;
    long length = CALL(SYS_pread64, memory->pages, &entry, sizeof entry, here * sizeof entry, 0);
    return length == sizeof entry && is_own(entry);
}

// What is written to later is copied from the file then, as ever.
static void map_afresh(const struct memory *memory, uintptr_t first, uintptr_t last, uintptr_t offset) {
    if (last - first < FEWEST_PAGES * memory->size) return;
    // Where that fails the pages are as they were.
    mmap((void *)first, last - first, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, memory->program, (off_t)offset);
}

// Goes through the pages from `first` to before `last`; `offset`: of the first in the file.
static void shed(const struct memory *memory, uintptr_t first, uintptr_t last, uintptr_t offset) {
    uint64_t entries[MOST_ENTRIES];
    uintptr_t begin = first;
    for (uintptr_t page = first; page < last;) {
        long wanted = (long)((last - page) / memory->size);
        if (wanted > MOST_ENTRIES) wanted = MOST_ENTRIES;
        long length = CALL(SYS_pread64, memory->pages, entries, wanted * (long)sizeof *entries, page / memory->size * sizeof *entries, 0);
        if (length < (long)sizeof *entries) return;
        for (long i = 0; i < length / (long)sizeof *entries; i++, page += memory->size) {
            if (!is_own(entries[i])) continue;
            map_afresh(memory, begin, page, offset + (begin - first));
            begin = page + memory->size;
        }
    }
    map_afresh(memory, begin, last, offset + (begin - first));
}

static void shed_segments(const struct memory *memory) {
    const uintptr_t size = memory->size;
    const ElfW(Ehdr) *header = &__ehdr_start;
    const ElfW(Phdr) *segments = (const void *)((uintptr_t)header + header->e_phoff);
    uintptr_t base = 0;
    for (int i = 0, found = 0; i < header->e_phnum; i++) {
        const ElfW(Phdr) *segment = &segments[i];
        if (segment->p_type != PT_LOAD) continue;
        if (!found++) base = (uintptr_t)header - segment->p_vaddr / size * size;
        if (!(segment->p_flags & PF_W)) continue;
        uintptr_t first = (base + segment->p_vaddr) / size * size;
        uintptr_t last = (base + segment->p_vaddr + segment->p_filesz) / size * size;
        shed(memory, first, last, segment->p_offset / size * size);
    }
}

void fork_memory_shed(void) {
    struct memory memory = {.size = (uintptr_t)getpagesize()};
    memory.pages = (int)CALL(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0, 0);
    memory.program = (int)CALL(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, 0);
    if (memory.pages >= 0 && memory.program >= 0 && tells_own_pages(&memory)) shed_segments(&memory);
    if (memory.pages >= 0) CALL(SYS_close, memory.pages, 0, 0, 0, 0);
    if (memory.program >= 0) CALL(SYS_close, memory.program, 0, 0, 0, 0);
}
