# SPDX-License-Identifier: Apache-2.0
"""The commands that read profiles: list, open, report, summary, table, tree, diff, export, live."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from filprofiler.arguments import FORMATS, UsageError, hold_to_format, parser
from filprofiler.console import fail, has_screen, say
from filprofiler.ownership import reader
from filprofiler.reportsources import ReportError, load, make
from filprofiler.resultfolders import PARENT
from filprofiler.snapshots import Snapshot
from filprofiler.suggestions import did_you_mean

if TYPE_CHECKING:
    from filprofiler.diffs import Diff

EXCEEDED = 3  # the exit code of `diff --fail-above`


def as_json(data: Any, is_read: bool = False) -> str:
    """Return JSON: indented for people, in a line for programs."""
    import json

    return json.dumps(data, indent=2 if is_read else None, ensure_ascii=False)


def put_json(data: Any) -> None:
    """Print JSON."""
    print(as_json(data, sys.stdout.isatty()))


def one_target(command: str, options: argparse.Namespace) -> str:
    """Return what is to be read: the one that was named, or the newest of what `run` wrote here.
    Raises UsageError."""
    if len(options.targets) == 1:
        return str(options.targets[0])
    if options.targets:
        raise UsageError(
            f"{command} reads one result folder, recording or profile; what is "
            f"{options.targets[1]!r} for?"
        )
    if not os.path.isdir(PARENT):
        raise UsageError(
            f"{command} needs a result folder, recording or profile, as in: fil-profile {command} "
            "fil-result"
        )
    return PARENT


def load_at(
    path: str, options: argparse.Namespace, seen: Callable[[Snapshot], Snapshot]
) -> Snapshot:
    """Read what `path` names, as seen at the moment that --at names, with the own code that --own
    names. Raises UsageError, ReportError."""
    snapshot = seen(load(path))
    try:
        return snapshot.at_end() if options.at == "end" else snapshot
    except ValueError as error:
        raise UsageError(f"--at end: {path!r}: {error}") from None


def snapshot_of(command: str, options: argparse.Namespace) -> Snapshot:
    """Read what was named. Raises UsageError, ReportError."""
    return load_at(one_target(command, options), options, reader(options.own))


def seen_without(
    options: argparse.Namespace,
) -> tuple[Callable[[Snapshot], Snapshot], bool]:
    """Return how a command sees a profile of which files are made for others: as --own says, and
    without what --no-source and --no-arguments, or the settings, keep out; whether they do."""
    from filprofiler import privacy
    from filprofiler.projectsettings import settings

    found = settings()
    owned, hidden = reader(options.own, found), privacy.wanted(options.hidden, found)
    if not hidden:
        return owned, False
    kept_out = {"source": "no-source" in hidden, "arguments": "no-arguments" in hidden}
    return lambda snapshot: owned(snapshot).hiding(**kept_out), True


def show(page: str) -> None:
    """Show a page in the browser."""
    import webbrowser
    from pathlib import Path

    webbrowser.open(Path(page).as_uri())


def report(options: argparse.Namespace) -> int:
    """Write the reports of a recording, and its summary to stdout."""
    if len(options.targets) != 1:
        raise UsageError(
            "report needs one result folder or recording, as in: fil-profile report "
            "fil-result/2026-11-25T10-15-00_123-job"
        )
    from filprofiler import terminal

    seen, hides = seen_without(options)
    snapshot, folder = make(options.targets[0], options.output_path, seen, hides)
    page = os.path.join(folder, "index.html")
    to = terminal.target()
    to.write(snapshot.native.text("summary", to.look, False))
    to.write(f"Wrote the report to {terminal.linked(page, to)}\n")
    sys.stdout.flush()
    if not options.no_browser and has_screen():
        show(page)
    return 0


def listed(options: argparse.Namespace) -> int:
    """Print what results there are."""
    from filprofiler import listing

    if len(options.targets) > 1:
        raise UsageError(f"list reads one folder of results; what is {options.targets[1]!r} for?")
    parent = options.targets[0] if options.targets else PARENT
    if not os.path.isdir(parent):
        example = "as in: fil-profile list DIR"
        raise UsageError(f"There is no folder {parent!r}: name one with results, {example}")
    found = list(listing.results_in(parent))
    if options.json:
        put_json(listing.as_data(found))
    elif found:
        listing.put(found)
    else:
        print(f"There are no results in {parent}")
    return 0


def opened(options: argparse.Namespace) -> int:
    """Show the newest report, or the one that was named, in the browser; or say how it can be
    seen."""
    from filprofiler import reportsources, terminal

    page = reportsources.page_of(one_target("open", options))
    to = terminal.target()
    to.write(terminal.linked(page, to) + "\n")
    sys.stdout.flush()
    if has_screen():
        show(page)
    elif connection := os.environ.get("SSH_CONNECTION", "").split():
        import getpass
        import shlex

        say(
            "To see it, on your own machine: scp "
            f"{getpass.getuser()}@{connection[2]}:{shlex.quote(page)} ."
        )
    else:
        say("There is no screen here: the page is one file, which any browser shows")
    return 0


def completion(options: argparse.Namespace) -> int:
    """Print what a shell needs to complete command lines."""
    from filprofiler.completion import SHELLS

    if len(options.targets) != 1:
        raise UsageError(
            f"completion needs a shell, as in: fil-profile completion {'|'.join(SHELLS)}"
        )
    shell = options.targets[0]
    if shell not in SHELLS:
        known = f"use {', '.join(SHELLS)}"
        raise UsageError(
            f"completion: there is none for {shell!r}{did_you_mean(shell, SHELLS, f': {known}')}"
        )
    print(SHELLS[shell](), end="")
    return 0


def summary(options: argparse.Namespace) -> int:
    """Print the summary."""
    from filprofiler import tables, terminal

    snapshot = snapshot_of("summary", options)
    if not options.json:
        to = terminal.target(options.format)
        to.write(snapshot.native.text("summary", to.look, True))
        return 0
    data = tables.about(snapshot) | {"resident": snapshot.facts.get("resident", {})}
    if (end := snapshot.end_bytes) is not None:
        data["end_bytes"] = end
    if "children" in snapshot.facts:
        data["children"] = snapshot.facts["children"]
    data["own_lines"] = [
        {**line.frame._asdict(), "source": line.source, "held_bytes": line.bytes,
         "untouched_bytes": line.untouched_bytes, "below": line.below}
        for line in snapshot.own_lines()
    ]  # fmt: skip
    data["top_lines"] = [
        {
            **line.frame._asdict(),
            "source": line.source,
            "own_bytes": line.bytes,
            "untouched_bytes": line.untouched_bytes,
        }
        for line in snapshot.top_lines()
    ]
    data["bytes_by_kind"], data["bytes_by_thread"] = (
        snapshot.bytes_by_kind,
        snapshot.bytes_by_thread,
    )
    put_json(data)
    return 0


def table(options: argparse.Namespace) -> int:
    """Print what holds the most."""
    from filprofiler import tables

    snapshot = snapshot_of("table", options)
    found = tables.rows(snapshot, options.by)
    if options.sort != "self":
        field = {"total": "through_in_use_bytes", "allocations": "allocations"}[options.sort]
        found.sort(key=lambda row: -getattr(row, field))
    if options.json:
        put_json(tables.as_data(snapshot, options.by, found, options.rows))
        return 0
    from filprofiler import terminal

    if options.by == "own" and options.sort == "self":
        found = tables.in_reading_order(found, options.rows)
    terminal.put_table(terminal.target(options.format), snapshot, options.by, found, options.rows)
    return 0


def tree(options: argparse.Namespace) -> int:
    """Print the call tree."""
    from filprofiler import tables, terminal
    from filprofiler.calltree import call_tree
    from filprofiler.folding import folded_tree

    snapshot = snapshot_of("tree", options)
    is_whole = options.all or options.json
    whole = call_tree(snapshot) if is_whole else folded_tree(snapshot)
    found, left_out = terminal.branches(snapshot, options.min_percent, whole, options.json)
    if options.json:
        nodes = terminal.tree_as_data(snapshot, found)
        put_json({**tables.about(snapshot), "min_percent": options.min_percent, "nodes": nodes})
    else:
        terminal.put_tree(terminal.target(), snapshot, found, left_out, options.min_percent)
    return 0


def write_to(path: str, content: bytes) -> None:
    """Write a file whole or not at all. Raises UsageError."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a device or a pipe
            with open(path, "wb") as file:
                file.write(content)
            return
        unfinished = f"{path}.{os.getpid()}~"
        try:
            with open(unfinished, "wb") as file:
                file.write(content)
            os.replace(unfinished, path)
        finally:
            if os.path.exists(unfinished):
                os.unlink(unfinished)
    except OSError as error:
        raise UsageError(f"Can't write {path!r}: {error.strerror}") from None


def export(options: argparse.Namespace) -> int:
    """Write the profile for another tool."""
    from filprofiler.exportformats import WRITERS

    if not options.format:
        raise UsageError(
            f"export needs a format, as in: fil-profile export --format {'|'.join(FORMATS)}"
        )
    hold_to_format(options.output, options.format)
    if options.format == "json" and options.at == "end":
        raise UsageError("export: --at is for the other formats: the JSON has both moments")
    snapshot = load_at(one_target("export", options), options, seen_without(options)[0])
    if options.output == "-" and options.format == "pprof" and sys.stdout.isatty():
        raise UsageError(
            "export: pprof is no text for a terminal; write it to a file, as in: -o profile.pb.gz"
        )
    content = WRITERS[options.format](snapshot)
    if options.output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    else:
        write_to(options.output, content)
    return 0


def difference_as(path: str, difference: Diff, rows: int, excess: str | None) -> bytes:
    """Return the difference as the file's name says: a page, what --json prints, or what the
    terminal shows."""
    import io

    from filprofiler import diffview
    from filprofiler.terminal import Target

    ending = os.path.splitext(path)[1].lower()
    if ending == ".json":
        return f"{as_json(diffview.as_data(difference, rows, excess))}\n".encode()
    if ending not in (".txt", ".md"):
        return difference.html()

    text = io.StringIO()
    form = "markdown" if ending == ".md" else "text"
    diffview.put(Target((form, 0, False, os.getcwd()), text), difference, rows)
    return text.getvalue().encode()


def diff(options: argparse.Namespace) -> int:
    """Print what changed, write it, and judge it."""
    from filprofiler import diffview

    if len(options.targets) != 2:
        raise UsageError("diff needs two results, as in: fil-profile diff OLD NEW")
    seen = reader(options.own)
    old, new = (load_at(path, options, seen) for path in options.targets)
    difference = new.diff(old)
    excess = None
    if options.fail_above is not None:
        excess = difference.exceeds(*options.fail_above)
    if options.output:
        write_to(options.output, difference_as(options.output, difference, options.rows, excess))
    if options.json:
        put_json(diffview.as_data(difference, options.rows, excess))
    else:
        from filprofiler.terminal import target

        diffview.put(target(options.format), difference, options.rows)
        if options.output:
            print(f"Wrote the difference to {os.path.abspath(options.output)}")
    sys.stdout.flush()
    if excess:
        say(excess)
    return EXCEEDED if excess else 0


def live(options: argparse.Namespace) -> int:
    """Follow a program that runs."""
    from filprofiler.live import follow

    if len(options.targets) != 1:
        raise UsageError("live needs a process or its result folder, as in: fil-profile live PID")
    return follow(options.targets[0], options.json, reader(options.own), options.at == "end")


PERFORM: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": listed,
    "open": opened,
    "report": report,
    "summary": summary,
    "table": table,
    "tree": tree,
    "diff": diff,
    "export": export,
    "live": live,
    "completion": completion,
}


def perform(command: str, arguments: list[str]) -> int:
    """Run a command. Returns the exit code."""
    try:
        return PERFORM[command](parser(command).read(arguments))
    except (UsageError, ReportError) as error:
        fail(str(error))
