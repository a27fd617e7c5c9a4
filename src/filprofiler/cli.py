# SPDX-License-Identifier: Apache-2.0
"""The command `fil-profile`. What stands behind a program's name belongs to the program."""

from __future__ import annotations

import os
import sys

from filprofiler.console import fail, has_screen, say

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from typing import NoReturn

OPTIONS = (
    "--output-path",
    "--no-browser",
    "--disable-oom-detection",
    "--quiet",
    "--fail-above",
    "--no-source",
    "--no-arguments",
    "--own",
    "--help",
)
NEEDED = {
    "-o": "a folder, as in: -o DIR run script.py",
    "--output-path": "a folder, as in: -o DIR run script.py",
    "--fail-above": "a size, as in: --fail-above 2GiB",
    "--own": "a folder or a package, as in: --own src",
}
COMMANDS = (
    "run", "python", "list", "open", "report", "summary", "table", "tree", "diff", "export", "live",
    "completion",
)  # fmt: skip


def help_and_end(command: str | None) -> NoReturn:
    """Print the help, of one command or of all, and end."""
    from filprofiler import helptexts

    print(helptexts.COMMANDS[command] if command else helptexts.MAIN, end="", flush=True)
    sys.exit(0)


class Options:
    """The options before the command, and of `run`. `words` are those given, as they were given,
    but for those of `run` alone."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.output_path: str | None = None
        self.browser = True
        self.oom_detection = True
        self.quiet = False
        self.fail_above: int | None = None
        self.hidden: set[str] = set()
        self.own: list[str] = []

    def take(self, rest: list[str], command: str | None) -> None:
        """Take the options off the beginning of `rest`. `command`: behind which they stand; None:
        before any."""
        while (
            rest
            and rest[0].startswith("-")
            and not (command and (rest[0] in ("-", "--") or rest[0].startswith(("-m", "-c"))))
        ):
            before = list(rest)
            argument = rest.pop(0)
            name, equals, value = argument.partition("=")
            if argument in ("-h", "--help"):
                help_and_end(command)
            elif argument == "--version" and not command:
                from filprofiler import __version__

                print(__version__, flush=True)
                sys.exit(0)
            elif argument == "--no-browser":
                self.browser = False
            elif argument == "--disable-oom-detection":
                self.oom_detection = False
            elif argument in ("-q", "--quiet"):
                self.quiet = True
            elif argument in ("--no-source", "--no-arguments"):
                self.hidden.add(argument)
            elif name in ("-o", "--output-path", "--fail-above", "--own") and (
                not equals or name != "-o"
            ):
                if not equals:
                    value = rest.pop(0) if rest else fail(f"{argument} needs {NEEDED[name]}")
                self.set(name, value)
            else:
                from filprofiler.suggestions import did_you_mean

                where = f" behind {command}" if command else ""
                python = "; what is for Python stands before it: python OPTIONS -m filprofiler"
                known = OPTIONS if command else (*OPTIONS, "--version")
                meant = did_you_mean(name, known, python if command else "")
                helped = f"{command} --help" if command else "--help"
                fail(f"Unknown option {argument}{where}{meant}; see fil-profile {helped}")
            self.words += before[: len(before) - len(rest)]

    def set(self, name: str, value: str) -> None:
        """Set an option that has a value."""
        if name == "--own":
            self.own.append(value or fail(f"--own needs {NEEDED[name]}"))
            return
        if name != "--fail-above":
            self.output_path = value
            return
        from filprofiler.sizes import parse_size

        try:
            self.fail_above = parse_size(value)
        except ValueError as error:
            fail(f"--fail-above: {error}")


def parse(arguments: list[str]) -> tuple[Options, str, list[str]]:
    """Split the command line into our options, the command, and what stands behind it, but for the
    options of `run`."""
    options, rest = Options(), list(arguments)
    if rest[:1] == ["help"]:
        rest = [*rest[1:2], "--help"]
    options.take(rest, None)
    if not rest:
        help_and_end(None)
    command = rest.pop(0)
    if command not in COMMANDS:
        from filprofiler.suggestions import did_you_mean

        names = f": use {', '.join(COMMANDS[:-1])} or {COMMANDS[-1]}"
        otherwise = f": did you mean {'run ' + command!r}?" if os.path.exists(command) else names
        fail(f"Unknown command {command!r}{did_you_mean(command, COMMANDS, otherwise)}")
    if command == "run":
        options.take(rest, command)
    elif command == "python":
        if rest in (["-h"], ["--help"]):
            help_and_end(command)
        if options.quiet or options.fail_above is not None:
            fail(
                f"{'--quiet' if options.quiet else '--fail-above'} is for run: python writes no "
                "report"
            )
    return options, command, rest


def check_program(program: list[str]) -> None:
    """Leave a script that isn't there to Python's own message, before anything is written."""
    if not program:
        fail("run needs a script, as in: fil-profile run script.py")
    script = program[0]
    if script == "-m" and len(program) == 1:
        fail("-m needs a module, as in: fil-profile run -m module")
    if script.startswith("-"):
        return
    try:
        with open(script, "rb") if not os.path.isdir(script) else os.scandir(script):
            pass
    except OSError as error:
        name = sys.orig_argv[0] if sys.orig_argv else sys.executable
        path = os.path.join(os.getcwd(), script)
        try:
            if sys.stderr:
                print(
                    f"{name}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}",
                    file=sys.stderr,
                )
        finally:
            sys.exit(2)


def kept(folder: str, made: int) -> dict[str, str]:
    """Let the recording be kept in a file and this process be watched, for a report whatever
    happens. Returns the setting that says so.

    `made`: how many folders were made for it.
    """
    from filprofiler.kernel.watcher import make_blackbox, watch

    try:
        blackbox = make_blackbox(folder)
    except OSError as error:
        say(
            f"After a kill there will be no report: the recording can't be kept in {folder}: "
            f"{error.strerror}"
        )
        return {}
    try:
        watch(blackbox, folder, made)
    except OSError as error:
        say(
            f"After a kill only `fil-profile report {folder}` will make a report: can't start the "
            f"watcher: {error.strerror}"
        )
    return {"BLACKBOX": blackbox}


def run_settings(options: Options, program: list[str]) -> dict[str, str]:
    """Make ready for `run`: the result folder and the watcher. Returns the settings
    (docs/design/starting.md)."""
    from filprofiler.resultfolders import PARENT, make_folder, missing_folders, name_of, utc_offset

    check_program(program)
    settings = {"UTC_OFFSET": str(utc_offset())}
    made = 1 + missing_folders(options.output_path or PARENT)
    try:
        settings["OUTPUT"] = make_folder(options.output_path or PARENT, name_of(program))
        settings["MADE"] = str(made)
    except OSError as error:
        fail(
            f"Can't make the result folder in {options.output_path or PARENT!r}: {error.strerror}. "
            "Choose another with -o DIR"
        )
    if options.browser and has_screen():
        settings["BROWSER"] = "1"
    if options.fail_above is not None:
        settings["FAIL_ABOVE"] = str(options.fail_above)
    settings |= kept(settings["OUTPUT"], made)
    if options.quiet:
        settings["QUIET"] = "1"
    else:
        say(f"The report will be written to {settings['OUTPUT']} at exit.")
        say(f"To write it while the program runs: kill -s SIGUSR2 {os.getpid()}")
    return settings


def start(command: str, options: Options, program: list[str]) -> NoReturn:
    """Become the program, with the profiler."""
    from filprofiler import ownership, privacy
    from filprofiler.kernel.launcher import LaunchError, interpreter_flags, launch
    from filprofiler.projectsettings import settings as settings_of_project

    settings, found = {"MODE": command}, settings_of_project()
    if not options.oom_detection:
        settings["OOM"] = "0"
    if command == "run":
        settings |= run_settings(options, program)
    settings |= ownership.settings_for(options.own, program, found)
    settings |= privacy.settings_for(options.hidden, interpreter_flags(), program, found)
    try:
        launch([*interpreter_flags(), *program], settings)
    except LaunchError as error:
        if command == "run":
            take_back(settings)
        fail(str(error))


def take_back(settings: dict[str, str]) -> None:
    """Remove what was made for a run that can't be started."""
    from filprofiler.resultfolders import remove_folders

    try:
        os.unlink(settings.get("BLACKBOX", ""))
    except OSError:  # there is none, or the watcher was faster
        pass
    remove_folders(settings["OUTPUT"], int(settings["MADE"]))


def end_with_the_pipe() -> None:
    """Let us end without a word when our output has no reader any more, as other programs do; not
    the program that we run."""
    import signal

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def main() -> None:
    """Run the command line; for a program this process becomes the program."""
    arguments = sys.argv[1:]
    if not any(name in arguments for name in ("run", "python")):
        end_with_the_pipe()
    try:
        options, command, rest = parse(arguments)
        if command in ("run", "python"):
            start(command, options, rest)
        from filprofiler.commands import perform

        end_with_the_pipe()
        code = perform(command, [*options.words, *rest])
        sys.stdout.flush()
    except OSError as error:  # our own output's: whatever else can fail has a sentence of its own
        try:
            sys.stdout.close()
        except OSError:
            pass
        fail(f"Can't write the output: {error.strerror}")
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
