// What a fork server keeps where it is cheap to clone.
//
// A clone copies where the pages of writable memory are, one by one, and takes that away again when it ends. Of a program
// with large libraries most of these pages are still as the file has them: constants that a linker put among what can be
// written to. Mapped afresh they belong to nobody's copy, and a clone passes over them (vma_needs_copy, mm/memory.c). So
// does one over what was written to, where that is mapped from a file of memory in the same way. What is written to later
// is copied from the files then, as ever.
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
    int written;        // a memfd: what was written to, each page as far from the beginning as from `first`
    uintptr_t first;
    uintptr_t size;     // of a page
};

// Pages from `first` to before `last`.
struct pages {
    uintptr_t first, last;
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

// Not of a program that its loader was told to start, or of a library: then the file is another one.
static int is_program(const struct memory *memory) {
    ElfW(Ehdr) header;
    long length = CALL(SYS_pread64, memory->program, &header, sizeof header, 0, 0);
    return length == sizeof header && header.e_entry == __ehdr_start.e_entry && header.e_phoff == __ehdr_start.e_phoff &&
        header.e_shoff == __ehdr_start.e_shoff && header.e_phnum == __ehdr_start.e_phnum;
}

// The first run of own pages among these, with what lies between two of them where that is less than `gap`: an empty one
// at the end where there is none, and at the beginning where that is not told.
static struct pages own_run(const struct memory *memory, struct pages among, uintptr_t gap) {
    uint64_t entries[MOST_ENTRIES];
    struct pages run = {among.last, among.last};
    for (uintptr_t page = among.first; page < among.last;) {
        long wanted = (long)((among.last - page) / memory->size);
        if (wanted > MOST_ENTRIES) wanted = MOST_ENTRIES;
        long length = CALL(SYS_pread64, memory->pages, entries, wanted * (long)sizeof *entries, page / memory->size * sizeof *entries, 0);
        if (length < (long)sizeof *entries) return (struct pages){among.first, among.first};
        for (long i = 0; i < length / (long)sizeof *entries; i++, page += memory->size) {
            if (run.first < run.last && page >= run.last + gap) return run;
            if (!is_own(entries[i])) continue;
            if (run.first == among.last) run.first = page;
            run.last = page + memory->size;
        }
    }
    return run;
}

static int keep(const struct memory *memory, struct pages run) {
    long length = (long)(run.last - run.first);
    return CALL(SYS_pwrite64, memory->written, run.first, length, run.first - memory->first, 0) == length;
}

// Where that fails the pages are as they were.
static void map_private(struct pages run, int protection, int file, uintptr_t offset) {
    if (run.first < run.last) mmap((void *)run.first, run.last - run.first, protection, MAP_PRIVATE | MAP_FIXED, file, (off_t)offset);
}

static void map_written(const struct memory *memory, struct pages run, int protection) {
    map_private(run, protection, memory->written, run.first - memory->first);
}

// What the program's file has; `offset`: of the first page in it.
static void shed_file(const struct memory *memory, struct pages all, uintptr_t offset, int protection) {
    struct pages rest = all;
    while (rest.first < rest.last) {
        struct pages run = own_run(memory, rest, FEWEST_PAGES * memory->size);
        if (run.last == rest.first) return;
        struct pages untouched = {rest.first, run.first};
        if (untouched.last - untouched.first < FEWEST_PAGES * memory->size) run.first = untouched.last = rest.first;
        if (rest.last - run.last < FEWEST_PAGES * memory->size) run.last = rest.last;
        map_private(untouched, protection, memory->program, offset + (untouched.first - all.first));
        if (keep(memory, run)) map_written(memory, run, protection);
        rest.first = run.last;
    }
}

// What begins as zeroes, behind the last bytes of the file's on the same page.
static void shed_zeroes(const struct memory *memory, struct pages all, int begins_with_bytes, int protection) {
    struct pages rest = all;
    if (begins_with_bytes) {
        rest.first += memory->size;
        if (!keep(memory, (struct pages){all.first, rest.first})) return;
    }
    while (rest.first < rest.last) {
        struct pages run = own_run(memory, rest, 1);
        if (run.last == rest.first || !keep(memory, run)) return;
        rest.first = run.last;
    }
    map_written(memory, all, protection);
}

// What the linker sealed, from the beginning of the segment to `sealed`, stays so.
static void shed_segment(struct memory *memory, const ElfW(Phdr) *segment, uintptr_t base, uintptr_t sealed) {
    const uintptr_t size = memory->size, begin = base + segment->p_vaddr, end = begin + segment->p_filesz;
    const uintptr_t first = begin / size * size;
    const uintptr_t middle = end / size * size;
    const uintptr_t last = (begin + segment->p_memsz + size - 1) / size * size;
    const uintptr_t offset = segment->p_offset / size * size;
    const uintptr_t open = sealed < first ? first : sealed > middle ? middle : sealed;
    if (!memory->first) memory->first = first;
    if (CALL(SYS_ftruncate, memory->written, last - memory->first, 0, 0, 0) < 0) return;
    shed_file(memory, (struct pages){first, open}, offset, PROT_READ);
    shed_file(memory, (struct pages){open, middle}, offset + (open - first), PROT_READ | PROT_WRITE);
    shed_zeroes(memory, (struct pages){middle, last}, end > middle, sealed > middle ? PROT_READ : PROT_READ | PROT_WRITE);
}

static void shed_program(struct memory *memory) {
    const uintptr_t size = memory->size;
    const ElfW(Ehdr) *header = &__ehdr_start;
    const ElfW(Phdr) *segments = (const void *)((uintptr_t)header + header->e_phoff), *sealed = 0;
    uintptr_t base = 0;
    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_GNU_RELRO) sealed = &segments[i];
    for (int i = 0, found = 0; i < header->e_phnum; i++) {
        const ElfW(Phdr) *segment = &segments[i];
        if (segment->p_type != PT_LOAD) continue;
        if (!found++) base = (uintptr_t)header - segment->p_vaddr / size * size;
        if (!(segment->p_flags & PF_W)) continue;
        int begins_sealed = sealed && sealed->p_vaddr == segment->p_vaddr;
        shed_segment(memory, segment, base, begins_sealed ? (base + sealed->p_vaddr + sealed->p_memsz) / size * size : 0);
    }
}

void fork_memory_shed(void) {
    struct memory memory = {.size = (uintptr_t)getpagesize()};
    memory.pages = (int)CALL(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0, 0);
    memory.program = (int)CALL(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, 0);
    memory.written = (int)CALL(SYS_memfd_create, "isorun", MFD_CLOEXEC, 0, 0, 0);
    if (memory.pages >= 0 && memory.program >= 0 && memory.written >= 0 && is_program(&memory) && tells_own_pages(&memory))
        shed_program(&memory);
    if (memory.pages >= 0) CALL(SYS_close, memory.pages, 0, 0, 0, 0);
    if (memory.program >= 0) CALL(SYS_close, memory.program, 0, 0, 0, 0);
    if (memory.written >= 0) CALL(SYS_close, memory.written, 0, 0, 0, 0);
}
