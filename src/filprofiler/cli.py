# SPDX-License-Identifier: Apache-2.0
"""The command `fil-profile`. Its own options stand before `run` or `python`; everything behind belongs to the program."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

HELP = """\
Usage: fil-profile [OPTIONS] run SCRIPT|FOLDER|ZIP|-m MODULE|- [ARGUMENTS]
       fil-profile [OPTIONS] python [PYTHON'S OWN ARGUMENTS]
       fil-profile [OPTIONS] report FOLDER|FILE

Shows which lines of a Python program hold the memory at its peak.

Commands:
  run      Run the program, recording all of it, and write a report at its end.
  python   Run Python with the profiler loaded but not recording: the program
           calls filprofiler.start() and stop() itself.
  report   Write the reports of a recording: of a program that was killed, or
           that still runs (its result folder), or of a saved profile.

Options:
  -o, --output-path DIR      Where reports go [default: fil-result]
  --no-browser               Don't open the report in a browser at the end.
  --disable-oom-detection    Don't look out for memory running out.
  --version                  Print the version.
  -h, --help                 Print this text.

Examples:
  fil-profile run job.py --input data.csv
  fil-profile -o /tmp/report run -m package.job
  python -X dev -m filprofiler run job.py
  kill -s SIGUSR2 PID        Write the report of a running program so far.
  fil-profile report fil-result/2026-11-25T10-15-00_123

When the program is killed, or crashes, the report of what it held is written
as soon as it is dead.

Exit codes: the program's own; 2: wrong usage, or the result folder can't be
made; 53: the program ran out of memory.
"""

PREFIX = "=fil-profile= "


def say(line: str) -> None:
    """Print one line of ours on stderr; when stderr is closed there is nobody to tell."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print(PREFIX + line, file=sys.stderr, flush=True)


def fail(line: str) -> NoReturn:
    """End with one line and exit code 2."""
    say(line)
    sys.exit(2)


class Options:
    """The options before the command."""

    output_path: str | None = None
    browser = True
    oom_detection = True


def parse(arguments: list[str]) -> tuple[Options, str, list[str]]:
    """Split the command line into our options, the command, and what belongs to the program."""
    options = Options()
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        argument = rest.pop(0)
        name, equals, value = argument.partition("=")
        if argument in ("-h", "--help"):
            print(HELP, end="")
            sys.exit(0)
        elif argument == "--version":
            from filprofiler import __version__

            print(__version__)
            sys.exit(0)
        elif argument == "--no-browser":
            options.browser = False
        elif argument == "--disable-oom-detection":
            options.oom_detection = False
        elif name == "--output-path" and equals:
            options.output_path = value
        elif argument in ("-o", "--output-path"):
            if not rest:
                fail(f"{argument} needs a folder, as in: fil-profile -o DIR run script.py")
            options.output_path = rest.pop(0)
        else:
            fail(f"Unknown option {argument}; see fil-profile --help")
    if not rest:
        print(HELP, end="")
        sys.exit(0)
    command = rest.pop(0)
    if command not in ("run", "python", "report"):
        fail(f"Unknown command {command!r}: use run, python or report, as in: fil-profile run script.py")
    return options, command, rest


def check_program(program: list[str]) -> None:
    """Leave a script that isn't there to Python's own message, before anything is written."""
    if not program:
        fail("run needs a script, as in: fil-profile run script.py")
    script = program[0]
    if script == "-m" and len(program) == 1:
        fail("-m needs a module, as in: fil-profile run -m module")
    if script.startswith("-") and script != "-" and not script.startswith(("-m", "-c")):
        fail(f"Unknown option {script} behind run; options of fil-profile stand before it, see fil-profile --help")
    if script.startswith("-"):
        return
    try:
        with open(script, "rb") if not os.path.isdir(script) else os.scandir(script):
            pass
    except OSError as error:
        name = sys.orig_argv[0] if sys.orig_argv else sys.executable
        path = os.path.join(os.getcwd(), script)
        try:
            print(f"{name}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr)
        finally:
            sys.exit(2)


def kept(folder: str) -> dict[str, str]:
    """Let the recording be kept in a file and this process be watched, for a report whatever happens; the setting that says so."""
    from filprofiler.kernel.watcher import keep_recording, watch

    try:
        recording = keep_recording(folder)
    except OSError as error:
        say(f"After a kill there will be no report: the recording can't be kept in {folder}: {error.strerror}")
        return {}
    try:
        watch(recording, folder)
    except OSError as error:
        say(f"After a kill only `fil-profile report {folder}` will make a report: can't start the watcher: {error.strerror}")
    return {"BLACKBOX": recording}


def report(options: Options, arguments: list[str]) -> None:
    """Write the reports of a recording, and its summary to stdout."""
    from filprofiler import _filext
    from filprofiler.reporting import ReportError, make

    if len(arguments) != 1:
        fail("report needs one result folder or recording, as in: fil-profile report fil-result/2026-11-25T10-15-00_123")
    try:
        snapshot, folder = make(arguments[0], options.output_path)
    except ReportError as error:
        fail(str(error))
    page = os.path.join(folder, "index.html")
    print(_filext.render(snapshot.profile, "summary").decode(), end="")
    print(f"Wrote the report to {page}")
    if options.browser and has_screen():
        import webbrowser
        from pathlib import Path

        webbrowser.open(Path(page).as_uri())


def has_screen() -> bool:
    """Whether a browser can be shown."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main() -> None:
    """Run the command line; for a program this process becomes the program."""
    from filprofiler.kernel.launcher import LaunchError, interpreter_flags, launch
    from filprofiler.results import PARENT, make_folder

    options, command, program = parse(sys.argv[1:])
    if command == "report":
        return report(options, program)
    settings = {"MODE": command if command == "run" else "python"}
    if not options.oom_detection:
        settings["OOM"] = "0"
    if command == "run":
        check_program(program)
        try:
            settings["OUTPUT"] = make_folder(options.output_path or PARENT)
        except OSError as error:
            fail(f"Can't make the result folder in {options.output_path or PARENT!r}: {error.strerror}. Choose another with -o DIR")
        if options.browser and has_screen():
            settings["BROWSER"] = "1"
        settings |= kept(settings["OUTPUT"])
        say(f"The report will be written to {settings['OUTPUT']} at exit.")
        say(f"To write it while the program runs: kill -s SIGUSR2 {os.getpid()}")
    try:
        launch([*interpreter_flags(), *program], settings)
    except LaunchError as error:
        fail(str(error))
