# SPDX-License-Identifier: Apache-2.0
"""What `fil-profile --help` says, and `fil-profile COMMAND --help`."""

from __future__ import annotations

MAIN = """\
Usage: fil-profile [OPTIONS] COMMAND ...

Shows which lines of a Python program hold the memory at its peak.

Commands (fil-profile COMMAND --help says more):
  run      Run a program, recording all of it, and write a report at its end.
  python   Run Python with the profiler loaded but not recording: the program
           calls filprofiler.start() and stop() itself.
  list     All results, the newest first.
  open     Show the report of a result in the browser.
  report   Write the reports of a recording: of a program that was killed, or
           that still runs, or of a saved profile.
  summary  The peak, the lines that hold the most, and the process's memory.
  table    What holds the most, by line, function, file, package, import ....
  tree     The call tree, by what each call holds.
  diff     What changed between two profiles.
  export   A profile for other tools: folded, speedscope, pprof, JSON, CSV.
  live     Follow a program that runs.
  completion  A script that makes a shell complete commands and options.

Options:
  -o, --output-path DIR      Where reports go [default: fil-result]
  --no-browser               Don't open the report in a browser at the end.
  --disable-oom-detection    Don't look out for memory running out.
  -q, --quiet                run: say nothing but errors.
  --fail-above SIZE          run: fail when the peak is above SIZE.
  --no-source                No source line of the program in the report.
  --no-arguments             No argument of the program in the report.
  --own NAME                 A folder or package that is your own code, too.
  --version                  Print the version.
  -h, --help                 Print this text.

Examples:
  fil-profile run job.py --input data.csv
  fil-profile run --fail-above 2GiB -q job.py
  fil-profile -o /tmp/report run -m package.job
  python -X dev -m filprofiler run job.py
  kill -s SIGUSR2 PID        Write the report of a running program so far, into
                             a folder of its own in the run's.
  fil-profile list
  fil-profile report fil-result/2026-11-25T10-15-00_123-job
  fil-profile table fil-result --by package

When the program is killed, or crashes, the report of what it held is written
as soon as it is dead.

Exit codes: the program's own; 2: wrong usage, a file that can't be read or
written, or the result folder can't be made; 3: diff --fail-above was exceeded;
53: the program ran out of memory; 54: run --fail-above was exceeded.
"""

RUN = """\
Usage: fil-profile run [OPTIONS] SCRIPT|FOLDER|ZIP|-m MODULE|- [ARGUMENTS]

Runs the program, recording all of it, and writes a report at its end. Options
stand before SCRIPT (or before `run`); what is behind belongs to the program.

Options:
  -o, --output-path DIR      Where reports go [default: fil-result]
  --no-browser               Don't open the report in a browser at the end.
  --disable-oom-detection    Don't look out for memory running out.
  -q, --quiet                Say nothing at the start and at the end but errors.
  --fail-above SIZE          Exit with 54 when the program succeeded (with exit
                             code 0) and had allocated more than SIZE at its
                             peak, used or not: 2GiB, 1.5GB, 200MiB, 500000B.
                             A unit is needed.
  --no-source                Write no source line of the program into any file
                             of the report, nor into the recording.
  --no-arguments             Write no argument of the program, nor the text of
                             -c, into any of them. Both are settings, too: in
                             pyproject.toml, [tool.filprofiler], as in
                             no-source = true.
  --own NAME                 NAME is your own code, too: a folder, or a package
                             wherever it is installed. As often as need be; the
                             setting own in pyproject.toml says it once and for
                             all: [tool.filprofiler] own = ["src", "mypkg"].
  -h, --help                 Print this text.

Examples:
  fil-profile run job.py --input data.csv
  fil-profile run -m package.job
  fil-profile run --fail-above 2GiB job.py || echo "too much, or failed"
  fil-profile run -q -o /tmp/report --no-browser job.py
  echo 'print(len(bytearray(10**8)))' | fil-profile run -

Exit codes: the program's own; 2: wrong usage, or the result folder can't be
made; 53: the program ran out of memory; 54: --fail-above was exceeded.
"""

OWN = """\
  --own NAME                 NAME is your own code, too: a folder or a package.
                             As often as need be [default: what run was told]
"""

HIDING = """\
  --no-source                Write no source line of the program.
  --no-arguments             Write no argument of the program, nor the text of
                             -c. Both are settings, too, as for run.
"""

PYTHON = """\
Usage: fil-profile [--disable-oom-detection] [--own NAME] python [ARGUMENTS]

Runs Python with the profiler loaded but not recording. The program itself calls
filprofiler.start() and stop(), says `with filprofiler.recording()`, or has
functions decorated by @filprofiler.profile.

Examples:
  fil-profile python job.py
  fil-profile python -X dev -m package.job

Exit codes: Python's own; 2: wrong usage; 53: memory ran out in a recording.
"""

FORMAT = """\
  --format text|markdown|json
                             What is printed; markdown: for a CI's summary, or
                             a comment on a pull request [default: text]
  --json                     The same as --format json.
"""

FILES = """\
FILE is a result folder (fil-result/2026-11-25T10-15-00_123-job), its
recording.fil while the program runs, a profile (peak-memory.json) or another
file of its report, or a folder of results, for the newest of
them"""

LIST = """\
Usage: fil-profile list [OPTIONS] [FOLDER]

Prints the results in a folder, the newest first: when they were written, what
was in use at the peak, how long the program had run, how it ended, its command
line, and the result folder, which the other commands read. Indented below a run
are the reports that were written while it ran (kill -s SIGUSR2 PID).

FOLDER: what was given to run with -o. Default: fil-result.

Options:
  --json                     Print JSON instead.
  -h, --help                 Print this text.

Examples:
  fil-profile list
  fil-profile list /tmp/report
  fil-profile list --json | jq -r '.[0].folder'

Exit codes: 0; 2: wrong usage, or what can't be read.
"""

OPEN = f"""\
Usage: fil-profile open [OPTIONS] [FILE]

Shows the report of a result in the browser. Where there is no screen, as over
ssh, prints where it is and how to see it.

{FILES}. Default: fil-result.

Options:
  -h, --help                 Print this text.

Examples:
  fil-profile open
  fil-profile open fil-result/2026-11-25T10-15-00_123-job

Exit codes: 0; 2: wrong usage, or there is no report.
"""

COMPLETION = """\
Usage: fil-profile completion bash|zsh|fish

Prints what makes the shell complete the commands and their options.

Options:
  -h, --help                 Print this text.

Examples:
  eval "$(fil-profile completion bash)"      # in ~/.bashrc
  eval "$(fil-profile completion zsh)"       # in ~/.zshrc, behind compinit
  fil-profile completion fish | source       # in ~/.config/fish/config.fish

Exit codes: 0; 2: wrong usage.
"""

REPORT = f"""\
Usage: fil-profile report [OPTIONS] FILE

Writes all reports of a recording: of a program that was killed, or that still
runs, or of a saved profile; and prints the summary. With --no-source or
--no-arguments all reports in the result folder are written again, and the
recording of a program that has ended is removed, for it has what is left out.

{FILES}.

Options:
  -o, --output-path DIR      Write into a new folder in DIR
                             [default: the result folder itself]
  --no-browser               Don't open the report in a browser.
{HIDING}{OWN}  -h, --help                 Print this text.

Examples:
  fil-profile report fil-result
  fil-profile report -o /tmp/report old/peak-memory.json

Exit codes: 0; 2: wrong usage, or what can't be read or written.
"""

SUMMARY = f"""\
Usage: fil-profile summary [OPTIONS] [FILE]

Prints how much memory was in use at the peak, the lines that hold the most of
it, what was still in use at the end, and what the process's memory (RSS, as top
shows it) was made of. Memory that was allocated but never used, as numpy.empty
does, isn't in use: it takes no memory.

{FILES}. Default: fil-result.

Options:
  --at peak|end              end: what was still in use at the end, by line: of
                             run, before Python let go of the variables; of a
                             program that runs, now [default: peak]
{FORMAT}{OWN}  -h, --help                 Print this text.

Examples:
  fil-profile summary
  fil-profile summary --at end
  fil-profile summary --json fil-result | jq .peak_bytes

Exit codes: 0; 2: wrong usage, or what can't be read.
"""

TABLE = f"""\
Usage: fil-profile table [OPTIONS] [FILE]

Prints which lines of your own code hold the most memory at the peak, with all
that they called, and the package in which most of that was allocated. All
imports together are one row below them (--by import has each). With another
--by: what each row holds by itself (Self), with all that it calls (Total), and
how many allocations it made in the whole recording.

{FILES}. Default: fil-result.

Options:
  --by own|line|function|file|package|import|thread|kind
                             What the rows are; line: those that allocated, in
                             libraries too [default: own]
  --sort self|total|allocations
                             What comes first [default: self]
  --at peak|end              end: what was still in use at the end; of a
                             program that runs, now [default: peak]
  -n, --rows N               How many rows [default: 20]
{FORMAT}{OWN}  -h, --help                 Print this text.

Examples:
  fil-profile table
  fil-profile table --by package fil-result
  fil-profile table --at end
  fil-profile table --by function --sort total -n 50 peak-memory.json
  fil-profile table --json | jq '.rows[0]'
  fil-profile table --format markdown >>"$GITHUB_STEP_SUMMARY"

Exit codes: 0; 2: wrong usage, or what can't be read.
"""

TREE = f"""\
Usage: fil-profile tree [OPTIONS] [FILE]

Prints the call tree at the peak, with the memory that each call and all calls
below it hold: calls of your own code, and the lines that they end in. What
libraries call in between is one line, "+9 frames in pandas", and so is each
import. A call that is the only one below another isn't indented.

{FILES}. Default: fil-result.

Options:
  --all                      Show all frames, of libraries and imports, too.
  --min-percent P            Leave out what holds less than P percent of the
                             whole [default: 1]
  --at peak|end              end: what was still in use at the end; of a
                             program that runs, now [default: peak]
  --json                     Print JSON instead: all nodes, with the parent's
                             index. Their bytes are as allocated, with those
                             that were never used beside them.
{OWN}  -h, --help                 Print this text.

Examples:
  fil-profile tree
  fil-profile tree --at end
  fil-profile tree --all --min-percent 5 fil-result | less -S

Exit codes: 0; 2: wrong usage, or what can't be read.
"""

EXPORT = f"""\
Usage: fil-profile export --format FORMAT [OPTIONS] [FILE]

Writes the profile for other tools.

{FILES}. Default: fil-result.

Formats:
  folded       A line for each stack, `a.py:1 (f);b.py:2 (g) 1048576`, for
               flamegraph.pl, inferno, speedscope: the largest 99 % of the peak,
               "[No Python stack]" for what no line of Python holds, and
               "[frames left out]" for all others.
  speedscope   For https://www.speedscope.app: bytes, and allocations.
  pprof        profile.proto, gzipped: go tool pprof, and what else reads it.
  csv          A row for each stack: bytes, allocations, innermost line, stack.
  json         The profile itself.

All but json have the memory in use, as the headline says it, and leave the
import system's own frames out. Where the stacks would take more than 4 MiB of
text, the smallest end with "[frames left out]", and very deep ones have it in
their middle; what they hold together stays.

Options:
  -f, --format folded|speedscope|pprof|csv|json
                             Which of them.
  --at peak|end              end: what was still in use at the end, in all
                             formats but json, which has both [default: peak]
  -o, --output FILE          Where to write it; - is stdout [default: -]. A name
                             that ends as files of another format do is refused.
{HIDING}{OWN}  -h, --help                 Print this text.

Examples:
  fil-profile export --format speedscope -o job.speedscope.json
  fil-profile export --format pprof -o job.pb.gz fil-result
  go tool pprof -top -sample_index=inuse_space job.pb.gz
  fil-profile export --format folded --at end -o left.prof
  fil-profile export --format folded | flamegraph.pl --countname bytes >job.svg

Exit codes: 0; 2: wrong usage, or what can't be read or written.
"""

DIFF = f"""\
Usage: fil-profile diff [OPTIONS] OLD NEW

Prints what changed between two profiles: the memory in use at the peak, and
what the lines of your own code hold with all that they call, and in which
package. All imports together are one line (--json has each). A line is the same
if its function and its text are, wherever it has moved to; an edited line is
known by what is left of its text, else by its number.

OLD and NEW are result folders, recordings, profiles (peak-memory.json) or
other files of their reports, or folders of results, of which the newest is
taken.

Options:
  -n, --rows N               How many lines [default: 20]
  -o, --output FILE          Write the difference, too: as a page (FILE.html),
                             as this text (FILE.txt), as Markdown (FILE.md), or
                             as what --json prints (FILE.json).
  --at peak|end              end: compare what was still in use at the ends
                             [default: peak]
  --fail-above GROWTH        Exit with 3 if what is in use at the peak grew by
                             more: 10%, 100MiB, 500000B; with --at end, what is
                             in use then.
{FORMAT}{OWN}  -h, --help                 Print this text.

Examples:
  fil-profile diff fil-result/2026-11-25T10-15-00_123-job fil-result
  fil-profile diff --fail-above 10% main.json branch.json
  fil-profile diff --at end --fail-above 1MiB first.json second.json
  fil-profile diff -o change.html old/peak-memory.json new/peak-memory.json

Exit codes: 0; 2: wrong usage, or what can't be read or written; 3: the peak
grew by more than --fail-above.
"""

LIVE = f"""\
Usage: fil-profile live [OPTIONS] PID|FOLDER

Follows a program that was started by `fil-profile run`: each second the memory
that it holds now, the peak so far, the lines of your own code that hold the
most of it, and all imports together (--json has each). It reads the recording's
file; the program isn't stopped and doesn't notice. Ends with the program, or by
Ctrl-C.

PID|FOLDER: the program's process, or its result folder (fil-result stands for
the newest in it).

Options:
  --at peak|end              end: the lines that hold the most now, in place of
                             those at the peak so far [default: peak]
  --json                     Print a line of JSON each second instead.
{OWN}  -h, --help                 Print this text.

Examples:
  fil-profile live 4711
  fil-profile live --at end fil-result
  fil-profile live fil-result
  fil-profile live fil-result --json | jq --unbuffered .live_bytes

Exit codes: 0: the program ended; 2: wrong usage, or there is no such recording;
130: Ctrl-C.
"""

COMMANDS = {
    "run": RUN,
    "python": PYTHON,
    "list": LIST,
    "open": OPEN,
    "report": REPORT,
    "summary": SUMMARY,
    "table": TABLE,
    "tree": TREE,
    "diff": DIFF,
    "export": EXPORT,
    "live": LIVE,
    "completion": COMPLETION,
}
