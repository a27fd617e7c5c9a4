/* SPDX-License-Identifier: Apache-2.0 */
/* The same inputs each time: inputs COUNT FILE... gives the files to the target, then COUNT changed
 * copies of them. Which changes they are follows from the copy's number alone. Before each the
 * number is on stdout, should it be the last. */
#include <string.h>

#include "fuzz.h"

enum { MOST = 1 << 22, MOST_FILES = 64 };

static struct seed {
    uint8_t *data;
    size_t size;
} seeds[MOST_FILES];
static int seed_count;
static uint64_t state;
static uint8_t *text;
static size_t used;

static size_t number(size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return below ? (size_t)(state >> 33) % below : 0;
}

static void replace(size_t at, size_t length, const void *with, size_t bytes) {
    if (at > used || length > used - at || used - length + bytes > MOST) return;
    memmove(text + at + bytes, text + at + length, used - at - length);
    memcpy(text + at, with, bytes);
    used += bytes - length;
}

static void replace_word(void) {
    static const char *const words[] = {"0",
                                        "-1",
                                        "1",
                                        "4294967295",
                                        "4294967296",
                                        "9000000000000001",
                                        "1e300",
                                        "null",
                                        "[]",
                                        "{}",
                                        "\"\"",
                                        "true",
                                        "\"</script>\"",
                                        "\"]]>\"",
                                        "\"a;b\\n c\"",
                                        "\"\\u0000\"",
                                        "\"\\ud800\"",
                                        "\"\\u0085\\u2028<!--\"",
                                        "\"peak\"",
                                        "\"f\""};
    const char *word = words[number(sizeof words / sizeof *words)];
    size_t at = number(used + 1), length = 0;
    static const char ends[] = ",]}:[{ \n";
    while (at < used && at > 0 && !strchr(ends, text[at - 1])) at--;
    while (at + length < used && text[at + length] && !strchr(ends, text[at + length])) length++;
    replace(at, length, word, strlen(word));
}

static void change(void) {
    static const uint8_t odd[] = {0, 1, 0x7F, 0x80, 0xFF, ';', '"', '<', 0xC2, 0xE2};
    size_t at = number(used + 1);
    uint8_t byte = number(2) ? odd[number(sizeof odd)] : (uint8_t)number(256);
    switch (number(8)) {
    case 0:
    case 1: replace_word(); break;
    case 2:
    case 3: replace(at, 1, &byte, 1); break;
    case 4: replace(at, 0, &byte, 1); break;
    case 5: replace(at, number(64), "", 0); break;
    case 6: {
        const struct seed *other = &seeds[number((size_t)seed_count)];
        size_t from = number(other->size),
               bytes = number(other->size - from < 200 ? other->size - from : 200);
        replace(at, number(bytes + 1), other->data + from, bytes);
        break;
    }
    default:
        if (number(8) == 0) used = at;
        else if (at + 8 <= used) text[at] ^= (uint8_t)(1u << number(8));
    }
}

static void give(const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees its end */
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void read_seed(const char *path) {
    FILE *file = fopen(path, "rb");
    PROMISE(file && seed_count < MOST_FILES);
    struct seed *seed = &seeds[seed_count++];
    seed->data = malloc(MOST);
    seed->size = fread(seed->data, 1, MOST, file);
    fclose(file);
}

int main(int count, char **arguments) {
    PROMISE(count > 2);
    long copies = strtol(arguments[1], NULL, 10);
    text = malloc(MOST);
    for (int i = 2; i < count; i++) read_seed(arguments[i]);
    for (int i = 0; i < seed_count; i++) give(seeds[i].data, seeds[i].size);
    for (long copy = 0; copy < copies; copy++) {
        state = (uint64_t)copy;
        for (int i = 0; i < 4; i++) number(1); /* numbers that are close begin alike */
        const struct seed *seed = &seeds[number((size_t)seed_count)];
        memcpy(text, seed->data, seed->size);
        used = seed->size;
        printf("%ld\n", copy);
        fflush(stdout);
        for (size_t changes = number(6) + 1; changes > 0; changes--) change();
        give(text, used);
    }
    printf("all good\n");
    return 0;
}
