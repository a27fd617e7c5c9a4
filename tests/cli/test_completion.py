# SPDX-License-Identifier: Apache-2.0
"""Completion in real shells, and the man page: both are made of the help texts, which name each
option."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.terminals import fil

from filprofiler import cli
from filprofiler.arguments import parser
from filprofiler.helptexts import COMMANDS, MAIN
from filprofiler.optiontable import commands, options

BASH = """\
source {script}
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
compopt() {{ :; }}
_fil_profile
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ASKED = [
    ("fil-profile ta", {"table"}),
    ("fil-profile --no-", {"--no-browser", "--no-source", "--no-arguments"}),
    ("fil-profile run --fail", {"--fail-above"}),
    ("fil-profile table --by pa", {"package"}),
    ("fil-profile table --by = pa", {"package"}),
    ("fil-profile -o out run --qu", {"--quiet"}),
    ("fil-profile completion z", {"zsh"}),
    ("fil-profile export -f sp", {"speedscope"}),
    ("fil-profile summary --format m", {"markdown"}),
    ("fil-profile summary so", {"some-result"}),
    ("fil-profile run job.py --qu", {""}),  # what stands behind the script is the program's
]


def names(text: str) -> set[str]:
    return {name for option in options(text) for name in option.names}


def test_the_help_texts_name_each_option_and_command() -> None:
    assert [name for name, _ in commands(MAIN)] == list(COMMANDS) == list(cli.COMMANDS)
    for command in set(COMMANDS) - {"run", "python"}:
        assert names(COMMANDS[command]) == set(parser(command).option_names()), command
        choices = {
            name: action.choices
            for action in parser(command)._actions
            for name in action.option_strings
        }
        for option in options(COMMANDS[command]):
            assert sorted(choices[option.names[0]] or []) == sorted(option.choices), option
    known = {*cli.OPTIONS, "-o", "-q", "-h"}
    assert names(COMMANDS["run"]) == known and names(MAIN) == known | {"--version"}
    assert all(option.text for text in (MAIN, *COMMANDS.values()) for option in options(text))


@pytest.mark.parametrize(("line", "expected"), ASKED)
def test_bash(line: str, expected: set[str], tmp_path: Path) -> None:
    (tmp_path / "some-result").mkdir()
    (tmp_path / "script").write_text(fil("completion", "bash").stdout)
    words = " ".join(f"'{word}'" for word in line.split())
    program = BASH.format(script="./script", words=words)
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and set(done.stdout.splitlines()) == expected


def test_fish(tmp_path: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("there is no fish")
    (tmp_path / "script").write_text(fil("completion", "fish").stdout)
    for line, expected in ASKED:
        if "=" in line or "" in expected or "some-result" in expected:
            continue
        done = subprocess.run(
            ["fish", "-c", f"source ./script; complete -C '{line}'"], capture_output=True, text=True
        )
        found = {answer.partition("\t")[0] for answer in done.stdout.splitlines()}
        assert done.stderr == "" and expected <= found, (line, done.stdout)
        assert all(answer.startswith(line.split()[-1]) for answer in found), (line, found)


def test_zsh(tmp_path: Path) -> None:
    """What `_arguments` would offer, which zsh tells only at a prompt: it is asked with a recorder
    in its place."""
    if not shutil.which("zsh"):
        pytest.skip("there is no zsh")
    (tmp_path / "_fil-profile").write_text(fil("completion", "zsh").stdout)
    assert subprocess.run(["zsh", "-n", "_fil-profile"], capture_output=True).stderr == b""
    recorder = "compdef() { :; }; _arguments() { print -l -- $@; state=argument; }; words=(table); "
    recorder += "source ./_fil-profile; _fil_profile"
    done = subprocess.run(["zsh", "-fc", recorder], capture_output=True, text=True)
    values = ":value:(own line function file package import thread kind)"
    by = [
        line for line in done.stdout.splitlines() if line.startswith("(--by)--by[What the rows are")
    ]
    assert done.stderr == "" and len(by) == 1 and by[0].endswith(values)


def test_wrong_usage() -> None:
    assert "there is none for 'bahs': did you mean 'bash'?" in fil("completion", "bahs").stderr
    assert "completion needs a shell" in fil("completion").stderr


# ---- the man page


def page() -> Path:
    return Path(sys.prefix) / "share/man/man1/fil-profile.1"


def test_the_man_page_is_installed_and_names_everything() -> None:
    text = page().read_text().replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
    for command, words in COMMANDS.items():
        assert f".SH {command.upper()}\n" in text
        assert all(
            re.search(rf"^{re.escape(name)}\b|, {re.escape(name)}\b", text, re.M)
            for name in names(words)
        ), command


@pytest.mark.parametrize(
    "checker",
    [["groff", "-ww", "-man", "-Tutf8"], ["mandoc", "-Tlint", "-Wwarning"]],
    ids=["groff", "mandoc"],
)
def test_the_man_page_is_well_formed(checker: list[str]) -> None:
    if not shutil.which(checker[0]):
        pytest.skip(f"there is no {checker[0]}")
    done = subprocess.run([*checker, str(page())], capture_output=True, text=True)
    said = done.stderr if checker[0] == "groff" else done.stdout
    assert [line for line in said.splitlines() if "missing date" not in line] == []
