/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a report before anything is drawn: its snapshot, its process, its source lines;
 * the formats and files that are made of it. All of this room stands on it; it knows no writer. */
#ifndef FIL_FACTS_H
#define FIL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../filext/base/processfacts.h"
#include "../filext/base/snapshot.h"
#include "buffer.h"
#include "look.h"
#include "reason.h"

/* What stands in place of the frames where memory has none. */
#define FIL_NO_PYTHON_STACK "[No Python stack]"

#define FIL_LEAST_SHOWN 52429 /* bytes: less would read "0.0 MiB" */

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
        *older;         /* in a difference: what `snapshot` is compared with; else NULL */
    int64_t requested;  /* bytes among its figures that were asked for and weren't given; 0: none */
    int64_t end_in_use; /* in a difference: bytes in use at the recording's end; -1: unknown */
    bool at_end;        /* its figures are those at the recording's end, not the peak's */
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
    struct fil_named installed; /* packages that lie in folders of the reader's (installed.h) */
    bool no_source;             /* nothing of the program's source belongs in it */
    struct fil_source_line *sources;
    uint32_t source_count;
    struct fil_passage *passages; /* sorted by file, then line (passages.h) */
    uint32_t passage_count;
    struct fil_arena *arena; /* holds what the report owns */
};

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

/* Whether so much was never touched, of all that a node holds, that the report says so: a tenth. */
bool fil_report_marks_untouched(int64_t untouched, int64_t all);
/* Why a report has no end, as the rest of a sentence. */
const char *fil_report_why_no_end(const struct fil_report *report);
/* "peak" or "out-of-memory" */
const char *fil_report_kind_name(const struct fil_report *report);
/* "Peak Memory (76.4 MiB)" and its kin; `whole`: the bytes that it tells. */
void fil_report_title(const struct fil_report *report, int64_t whole, bool reversed,
                      struct fil_buffer *buffer);
/* Releases what the report owns (sources; for a parsed one everything). */
void fil_report_free(struct fil_report *report);

#endif
