/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes as people read them. */
#ifndef FIL_SIZETEXT_H
#define FIL_SIZETEXT_H

#include <stdio.h>

#define FIL_SIZETEXT 32u

/* "1.2 GiB": at least MiB, at most EiB. Gives `text`. */
static inline const char *fil_sizetext(double bytes, char text[FIL_SIZETEXT]) {
    static const char *const units[] = {"MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    for (bytes /= 1 << 20; bytes >= 1024 && unit < 4; bytes /= 1024) unit++;
    snprintf(text, FIL_SIZETEXT, "%.1f %s", bytes, units[unit]);
    return text;
}

#endif
