/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the rules about colours, widths and links of text. fil_look_of is its main entry. */
#include "look.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_WIDTH 80u
#define MOST_WIDTH 1000000L
#define OLDEST_VTE 5000 /* 0.50: the first of GNOME's terminals with links */

const char *const fil_style_names[FIL_STYLES] = {
    "",      "bold",   "dim",      "cyan",       "red", // as enum fil_style
    "green", "yellow", "bold red", "bold green",
};

static const char *const codes[FIL_STYLES] = {"", "1", "2", "36", "31", "32", "33", "1;31", "1;32"};

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static bool is_one_of(const char *word, const char *const *words) {
    for (; *words; words++) {
        if (strcmp(word, *words) == 0) return true;
    }
    return false;
}

static bool is_dumb(void) {
    const char *terminal = variable("TERM");
    return !*terminal || strcmp(terminal, "dumb") == 0;
}

/* https://no-color.org: set, to whatever but nothing; FORCE_COLOR likewise, as other programs
 * have it. */
static bool wants_colours(bool is_terminal) {
    if (*variable("NO_COLOR")) return false;
    const char *forced = variable("FORCE_COLOR");
    return *forced ? strcmp(forced, "0") != 0 : is_terminal && !is_dumb();
}

/* Terminals that say who they are, and know links. Inside screen and tmux it is unknown; of
 * another machine's files there are no links. */
static bool knows_links(void) {
    static const char *const programs[] = {"iTerm.app", "WezTerm", "vscode", // by TERM_PROGRAM
                                           "ghostty",   "Hyper",   "Tabby",  "rio", "mintty", NULL};
    static const char *const terminals[] = {"xterm-kitty", "alacritty",     "foot",    "foot-extra",
                                            "wezterm",     "xterm-ghostty", "contour", NULL};
    const char *forced = variable("FORCE_HYPERLINK"), *terminal = variable("TERM");
    if (*forced) return strcmp(forced, "0") != 0;
    if (*variable("SSH_CONNECTION") || *variable("TMUX") || *variable("STY")) return false;
    if (strncmp(terminal, "screen", 6) == 0 || strncmp(terminal, "tmux", 4) == 0) return false;
    return is_one_of(variable("TERM_PROGRAM"), programs) || is_one_of(terminal, terminals) ||
           strtol(variable("VTE_VERSION"), NULL, 10) >= OLDEST_VTE || *variable("WT_SESSION") ||
           *variable("KONSOLE_VERSION") || *variable("KITTY_WINDOW_ID");
}

bool fil_look_is_terminal(int descriptor) {
    return isatty(descriptor);
}

uint32_t fil_look_width(int descriptor) {
    if (!isatty(descriptor)) return 0;
    char *end;
    long wanted = strtol(variable("COLUMNS"), &end, 10);
    if (wanted > 0 && wanted <= MOST_WIDTH && !*end) return (uint32_t)wanted;
    struct winsize size = {0};
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : USUAL_WIDTH;
}

struct fil_look fil_look_of(int descriptor) {
    bool is_terminal = isatty(descriptor), colours = wants_colours(is_terminal);
    bool links = is_terminal && !is_dumb() && knows_links();
    enum fil_form form = colours ? FIL_FORM_COLOURS : FIL_FORM_TEXT;
    return (struct fil_look){form, fil_look_width(descriptor), links, NULL, getenv("HOME")};
}

void fil_look_begin(const struct fil_look *look, enum fil_style style, struct fil_buffer *buffer) {
    bool is_coloured = look->form == FIL_FORM_COLOURS && style;
    if (is_coloured) fil_buffer_format(buffer, "\033[%sm", codes[style]);
    if (look->form == FIL_FORM_MARKDOWN && style == FIL_STYLE_BOLD) fil_buffer_text(buffer, "**");
}

void fil_look_end(const struct fil_look *look, enum fil_style style, struct fil_buffer *buffer) {
    if (look->form == FIL_FORM_COLOURS && style) fil_buffer_text(buffer, "\033[0m");
    if (look->form == FIL_FORM_MARKDOWN && style == FIL_STYLE_BOLD) fil_buffer_text(buffer, "**");
}

static bool is_word(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* What may stand in a URL as it is, of a path. */
static bool stands_in_url(unsigned char c) {
    return is_word(c) || (c && strchr("/-_.~", c));
}

void fil_look_link(const struct fil_look *look, const char *path, const char *shown,
                   struct fil_buffer *buffer) {
    char host[256] = "";
    if (look->links) gethostname(host, sizeof host - 1);
    if (look->links) fil_buffer_format(buffer, "\033]8;;file://%s", host);
    for (const char *c = path; look->links && *c; c++) {
        if (stands_in_url((unsigned char)*c)) fil_buffer_add(buffer, c, 1);
        else fil_buffer_format(buffer, "%%%02X", (unsigned char)*c);
    }
    if (look->links) fil_buffer_text(buffer, "\033\\");
    fil_buffer_text(buffer, shown);
    if (look->links) fil_buffer_text(buffer, "\033]8;;\033\\");
}

/* What has no meaning in Markdown, wherever in a line it stands; "_" has none within a word. */
static bool is_plain(const char *text, const char *at) {
    unsigned char c = (unsigned char)*at;
    bool is_within = at > text && at[-1] != ' ' && at[1] != ' ' && at[1];
    if (c == '_') return is_within && is_plain(text, at - 1);
    return is_word(c) || c >= 0x80 || strchr(" ,/()=+-;'\"%?.", c);
}

/* A character that a number names is never a mark of Markdown, nor of a table or of HTML. A name
 * of a host that begins with "www." would be a link. */
void fil_look_markdown(const char *text, struct fil_buffer *buffer) {
    for (const char *at = text; *at; at++) {
        bool is_host = *at == '.' && at - text >= 3 && (at[-1] | 32) == 'w';
        if (is_plain(text, at) && !is_host) fil_buffer_add(buffer, at, 1);
        else fil_buffer_format(buffer, "&#%d;", (unsigned char)*at);
    }
}
