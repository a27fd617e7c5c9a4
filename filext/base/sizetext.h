/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes, shares and times as people read them; src/filprofiler/sizes.py and report/web/text.js
 * write them likewise. */
#ifndef FIL_SIZETEXT_H
#define FIL_SIZETEXT_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FIL_SIZETEXT 32u

/* "1.2 GiB": at least MiB, at most EiB. Gives `text`. */
static inline const char *fil_sizetext(double bytes, char text[FIL_SIZETEXT]) {
    static const char *const units[] = {"MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    for (bytes /= 1 << 20; bytes >= 1024 && unit < 4; bytes /= 1024) unit++;
    snprintf(text, FIL_SIZETEXT, "%.1f %s", bytes, units[unit]);
    return text;
}

/* "1,234.5 MiB"; what would read 0.0 there in KiB or bytes. Returns `text`. */
static inline const char *fil_sizetext_mebibytes(int64_t bytes, char text[FIL_SIZETEXT]) {
    const char *sign = bytes < 0 ? "\u2212" : "";
    int64_t size = bytes < 0 ? -bytes : bytes;
    if (size == 0) return strcpy(text, "0 MiB");
    if (size < 1024) snprintf(text, FIL_SIZETEXT, "%s%d B", sign, (int)size);
    else if (size < (1 << 20) / 20)
        snprintf(text, FIL_SIZETEXT, "%s%.1f KiB", sign, (double)size / 1024);
    if (size < (1 << 20) / 20) return text;
    char digits[FIL_SIZETEXT];
    int length = snprintf(digits, sizeof digits, "%.1f", (double)size / (1 << 20)),
        whole = length - 2;
    char *to = stpcpy(text, sign);
    for (int i = 0; i < length; i++) {
        if (i && i < whole && (whole - i) % 3 == 0) *to++ = ',';
        *to++ = digits[i];
    }
    strcpy(to, " MiB");
    return text;
}

/* "12.5 %" */
static inline const char *fil_sizetext_percent(int64_t part, int64_t whole,
                                               char text[FIL_SIZETEXT]) {
    snprintf(text, FIL_SIZETEXT, "%.1f %%", whole ? 100 * (double)part / (double)whole : 0.0);
    return text;
}

/* "1.25 s", "12.3 s", "4 min 5 s", "2 h 10 min": rounded half up. */
static inline const char *fil_sizetext_duration(double seconds, char text[FIL_SIZETEXT]) {
    int decimals = seconds < 10 ? 2 : 1;
    int64_t step = decimals == 2 ? 10000 : 100000, micro = llround(seconds * 1e6);
    double rounded = (double)((micro + step / 2) / step) / (decimals == 2 ? 100 : 10);
    int64_t minutes = (int64_t)seconds / 60;
    if (seconds < 60) snprintf(text, FIL_SIZETEXT, "%.*f s", decimals, rounded);
    else if (minutes < 60)
        snprintf(text, FIL_SIZETEXT, "%d min %d s", (int)minutes, (int)seconds % 60);
    else
        snprintf(text, FIL_SIZETEXT, "%lld h %d min", (long long)minutes / 60, (int)(minutes % 60));
    return text;
}

#endif
