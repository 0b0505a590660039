// output flood | pattern BYTES | both BYTES | bytes | cat: what passes through stdout and stderr.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int put(int file, const unsigned char *bytes, size_t count) {
    while (count) {
        ssize_t done = write(file, bytes, count);
        if (done <= 0) return 0;
        bytes += done;
        count -= done;
    }
    return 1;
}

// Byte n of a stream is a function of n, so that a lost, doubled or swapped piece shows.
static unsigned char at(unsigned long n, unsigned long salt) { return (n * 2654435761UL + salt) >> 7; }

static int pattern(unsigned long count, int streams) {
    static unsigned char block[2][4096];
    for (unsigned long from = 0; from < count; from += 4096) {
        unsigned long part = count - from < 4096 ? count - from : 4096;
        for (int stream = 0; stream < streams; stream++) {
            for (unsigned long i = 0; i < part; i++) block[stream][i] = at(from + i, stream * 77);
            if (!put(stream + 1, block[stream], part)) return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (!strcmp(argv[1], "pattern")) return pattern(count, 1);
    if (!strcmp(argv[1], "both")) return pattern(count, 2);
    if (!strcmp(argv[1], "flood")) {
        for (long i = 0; i < 1 << 22; i++)  // 256 MiB at most
            if (!put(1, (const unsigned char *)"flood flood flood flood flood flood flood flood flood flood fl\r\n", 64)) return 1;
        return 0;
    }
    if (!strcmp(argv[1], "bytes")) {  // what no XML document may hold, and broken UTF-8
        unsigned char all[256];
        for (int i = 0; i < 256; i++) all[i] = i;
        put(1, all, 256);
        put(1, (const unsigned char *)"]]>&<\x1b[31mred\x1b[0m\xed\xa0\x80\xef\xbf\xbf\xf4\x90\x80\x80", 28);
        put(2, all, 256);
        return 1;
    }
    unsigned char block[4096];
    for (ssize_t got; (got = read(0, block, sizeof block)) > 0;)
        if (!put(1, block, got)) return 1;
    return 0;
}
