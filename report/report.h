/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: a frozen profile in, text out. The public face of this room.
 *
 * No function here allocates through malloc, takes a lock or needs Python; all may run at process
 * exit and in a signal handler that interrupted the program's own code. Memory comes from own.h;
 * without it they return an error and write nothing. */
#ifndef FIL_REPORT_H
#define FIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../filext/base/processfacts.h"
#include "../filext/base/snapshot.h"
#include "buffer.h"
#include "look.h"
#include "reason.h"

enum fil_format {
    FIL_FORMAT_PROF,
    FIL_FORMAT_SVG,
    FIL_FORMAT_SVG_REVERSED,
    FIL_FORMAT_JSON,
    FIL_FORMAT_HTML,
    FIL_FORMAT_HTML_EMBED,
    FIL_FORMAT_SUMMARY,  /* a few lines of text: the headline, the lines that hold the most, the
                            account */
    FIL_FORMAT_HEADLINE, /* the summary's lines above those that hold the most, */
    FIL_FORMAT_ACCOUNT,  /* and those below them */
    FIL_FORMAT_LARGEST,  /* the line that asked for the most, with its figures, in one line without
                            its end */
    FIL_FORMAT_HTML_SMALL, /* the page as small as in a notebook, where the disk has no room for
                              more */
    FIL_FORMAT_END, /* one line of the summary: what is still in use at the end, where that is worth
                       a line */
    FIL_FORMAT_NOTES, /* the last lines of the summary: child processes, what was never touched */
    FIL_FORMAT_FACTS, /* what is known of the process, as JSON */
    FIL_FORMATS
};
enum fil_report_kind { FIL_REPORT_PEAK, FIL_REPORT_OUT_OF_MEMORY };
/* The files of a report, in the order in which they are written: the most useful first, should
 * there be no room for all. */
enum {
    FIL_REPORT_PAGE,
    FIL_REPORT_SVG,
    FIL_REPORT_PROF,
    FIL_REPORT_JSON,
    FIL_REPORT_REVERSED,
    FIL_REPORT_FILES
};

/* One line of a source file, trimmed. */
struct fil_source_line {
    const char *file;
    uint32_t line;
    const char *text;
};

/* Consecutive lines of a file of own code as they stand there: all of it, or a part. */
struct fil_passage {
    const char *file;
    uint32_t line;    /* the first one's number */
    const char *text; /* the lines, with a line feed between them */
};

struct fil_report {
    const struct fil_snapshot *snapshot;
    enum fil_report_kind kind;
    struct fil_reason reason; /* why there is a report before the end */
    const struct fil_report
        *older;        /* in a difference: what `snapshot` is compared with; else NULL */
    int64_t requested; /* bytes among its figures that were asked for and weren't given; 0: none */
    bool at_end;       /* its figures are those at the recording's end, not the peak's */
    bool durable; /* files are on the disk, not only on their way there, when they count as written
                   */
    const char *const *command; /* the program's command line */
    int command_count;
    const char *python; /* version, "3.11.7" */
    int pid;
    const char *package_dir;  /* frames in files below it are ours and are left out; "" for none */
    const char *cwd;          /* where relative file names start; "" for none */
    struct fil_named own;     /* what the reader named as own code */
    struct fil_named program; /* the package that is run, by -m or by a console script */
    bool no_source;           /* nothing of the program's source belongs in it */
    struct fil_source_line *sources;
    uint32_t source_count;
    struct fil_passage *passages; /* sorted by file, then line (passages.h) */
    uint32_t passage_count;
    struct fil_arena *arena; /* holds what the report owns */
};

/* "svg-reversed" => FIL_FORMAT_SVG_REVERSED; false for an unknown name. */
bool fil_report_format_by_name(const char *name, enum fil_format *format);

/* Appends the report to `buffer`. 0, or ENOMEM. */
int fil_report_render(const struct fil_report *report, enum fil_format format,
                      struct fil_buffer *buffer);

/* Appends the page that shows this JSON, a profile's or that of a difference of two (docs/page.md),
 * as it is. 0, or ENOMEM. */
int fil_report_page(const struct fil_buffer *title, const struct fil_buffer *json, bool embed,
                    struct fil_buffer *buffer);

/* What became of one file. */
struct fil_written {
    char path[4096];
    int error; /* 0 or an errno */
};
/* What is said when the files are written, and how it looks. */
struct fil_report_end {
    const struct fil_look *look;
    uint32_t taken; /* columns of the first line that something else stands in */
    struct fil_buffer *text;
};

/* Writes index.html and <stem>.svg .prof .json -reversed.svg into `directory`, which is made where
 * it is missing; each whole or not at all, and one file's failure doesn't keep the others from
 * being written. Puts what is to be said into the empty text of `end`, unless NULL, which stays
 * empty without memory: all are drawn of one tree. Returns the number of files that failed. */
int fil_report_write_files(const struct fil_report *report, const char *directory, const char *stem,
                           struct fil_written written[FIL_REPORT_FILES],
                           const struct fil_report_end *end);

/* Reads the JSON of fil_report_render back; everything is checked. 0 or -1 with a sentence in
 * `error`. On success release with fil_report_free. */
int fil_report_parse(const char *json, size_t length, struct fil_report *report, char *error,
                     size_t error_size);

/* Fills report->sources with the lines that nodes name, and report->passages with whole files of
 * own code, read from regular files. What can't be read is left out. */
void fil_report_read_sources(struct fil_report *report);

/* Releases what the report owns (sources; for a parsed one everything). */
void fil_report_free(struct fil_report *report);

#endif
