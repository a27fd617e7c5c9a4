/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names of result folders. fil_resultfolder_make is its main entry. */
#include "resultfolder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

enum { MOST_OF_ONE_NAME = 1000, DAY = 86400, TIME_LENGTH = sizeof "2026-11-24T23-16-08_123" - 1 };

struct date {
    long year, month, day;
};

/* The date of a day since 1970. libc's own functions take a lock. Years begin in March here: the
 * day that leap years have more is their last, and 400 years have 146,097 days. */
static struct date date_of(long day) {
    day += 719468; /* from March 1 of the year 0 */
    long era = day / 146097, of_era = day % 146097;
    long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    struct date date = {year + era * 400, month < 10 ? month + 3 : month - 9,
                        of_year - (153 * month + 2) / 5 + 1};
    if (date.month <= 2) date.year++;
    return date;
}

/* As results.py names a run's: 2026-11-24T23-16-08_123. */
static int write_path(const char *run, double now, long utc_offset, char *path) {
    long second = (long)now + utc_offset, of_day = second % DAY;
    struct date date = date_of(second / DAY);
    return snprintf(path, FIL_RESULTFOLDER_PATH, "%s/%04ld-%02ld-%02ldT%02ld-%02ld-%02ld_%03d", run,
                    date.year, date.month, date.day, of_day / 3600, of_day / 60 % 60, of_day % 60,
                    (int)((now - (double)(long)now) * 1000));
}

void fil_resultfolder_make(const char *run, double now, long utc_offset,
                           char path[FIL_RESULTFOLDER_PATH]) {
    int length = write_path(run, now, utc_offset, path);
    if (length >= (int)FIL_RESULTFOLDER_PATH)
        return; /* nothing can be written into such a folder */
    for (int attempt = 1; mkdir(path, 0777) != 0 && errno == EEXIST && attempt < MOST_OF_ONE_NAME;
         attempt++)
        snprintf(path + length, FIL_RESULTFOLDER_PATH - (size_t)length, "-%d", attempt);
}

/* Whether a folder of this name isn't newer than that one. Names begin with their time; equal times
 * tell nothing. */
static bool is_older(const char *name, void *than) {
    return strcmp(name, than) == 0 || strncmp(name, than, TIME_LENGTH) < 0;
}

bool fil_resultfolder_is_newest(const char *folder) {
    char parent[FIL_RESULTFOLDER_PATH];
    if (snprintf(parent, sizeof parent, "%s", folder) >= (int)sizeof parent) return false;
    char *slash = strrchr(parent, '/');
    if (!slash) return false;
    *slash = 0;
    return fil_folder_visit(parent, is_older, slash + 1);
}

void fil_resultfolder_remove(const char *folder, long made) {
    char path[FIL_RESULTFOLDER_PATH];
    if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path) return;
    for (; made > 0 && rmdir(path) == 0; made--) {
        char *slash = strrchr(path, '/');
        if (!slash || slash == path) return;
        *slash = 0;
    }
}
