# SPDX-License-Identifier: Apache-2.0
"""`fil-profile completion`: what makes bash, zsh and fish complete commands and options. It is made
of the help texts (optiontable.py)."""

from __future__ import annotations

import re

from filprofiler.helptexts import COMMANDS, MAIN
from filprofiler.optiontable import FOLDERS, Option, commands, options

BASH = """\
# fil-profile(1) for bash
_fil_profile() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local command='' program='' choices='' known='' i
    if [[ $word == '=' ]]; then word=''
    elif [[ $before == '=' ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ -n $command ]]; then
            case ${COMP_WORDS[i-1]} in %(with_values)s) continue ;; esac
            [[ ${COMP_WORDS[i]} == -[!mc]* || ${COMP_WORDS[i]} == -- ]] || program=${COMP_WORDS[i]}
        else
            case ${COMP_WORDS[i]} in %(commands)s) command=${COMP_WORDS[i]} ;; esac
        fi
    done
    if [[ $command == python || ($command == run && -n $program) ]]; then
        compopt -o default
        return
    fi
    case $command:$before in
%(values)s
    esac
    if [[ -n $choices ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
        return
    fi
    case $command in
%(options)s
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$known" -- "$word")
    elif [[ -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W "%(words)s" -- "$word")
    elif [[ $command == completion ]]; then
        mapfile -t COMPREPLY < <(compgen -W "bash zsh fish" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames
    fi
}
complete -F _fil_profile fil-profile
"""

ZSH = """\
#compdef fil-profile
# fil-profile(1) for zsh
_fil_profile() {
    local context state state_descr line
    typeset -A opt_args
    _arguments -C \\
%(main)s
        '1:command:->command' '*::argument:->argument'
    case $state in
    command)
        local -a commands
        commands=(
%(commands)s
        )
        _describe command commands ;;
    argument)
        case $words[1] in
%(options)s
        esac ;;
    esac
}
if [[ $funcstack[1] == _fil-profile ]]; then _fil_profile "$@"
else compdef _fil_profile fil-profile
fi
"""


def _known() -> dict[str, list[Option]]:
    """Return the options of each command, of "" those before one."""
    return {"": list(options(MAIN))} | {
        name: list(options(text)) for name, text in COMMANDS.items()
    }


def _first_words(option: Option) -> str:
    """Return what the option does, in few words."""
    words = re.sub(r" \[default:.*|\.( .*|$)", "", option.text)
    return words.partition(":")[0] if len(words) > 70 else words


def bash() -> str:
    """Return the script for bash."""
    known, values, lists = _known(), [], []
    for command, described in known.items():
        names = " ".join(name for option in described for name in option.names)
        lists.append(f"    '{command}') known='{names}' ;;")
        for option in described:
            patterns = "|".join(f"{command}:{name}" for name in option.names)
            if option.choices:
                values.append(f"    {patterns}) choices='{' '.join(option.choices)}' ;;")
            elif option.value in FOLDERS:
                complete = 'mapfile -t COMPREPLY < <(compgen -d -- "$word")'
                values.append(f"    {patterns}) {complete}; compopt -o filenames; return ;;")
            elif option.value == "FILE":
                values.append(f"    {patterns}) compopt -o default; return ;;")
            elif option.value:
                values.append(f"    {patterns}) return ;;")
    with_values = {
        name
        for described in known.values()
        for option in described
        if option.value
        for name in option.names
    }
    return BASH % {
        "with_values": "|".join(sorted(with_values)),
        "commands": "|".join(COMMANDS),
        "values": "\n".join(values),
        "options": "\n".join(lists),
        "words": " ".join(COMMANDS),
    }


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _zsh_option(option: Option) -> str:
    """Return the option as `_arguments` has it."""
    words = re.sub(r"([\[\]:\\])", r"\\\1", _first_words(option))
    value = ""
    if option.choices:
        value = f":value:({' '.join(option.choices)})"
    elif option.value:
        complete = {"DIR": "_files -/", "FOLDER": "_files -/", "FILE": "_files"}.get(
            option.value, " "
        )
        value = f":{option.value}:{complete}"
    alone = f"({' '.join(option.names)})"
    one = [_quoted(f"{alone}{name}[{words}]{value}") for name in option.names]
    return " ".join(one)


def zsh() -> str:
    """Return the script for zsh."""
    known = _known()
    cases = []
    for command in COMMANDS:
        described = " ".join(map(_zsh_option, known[command]))
        rest = {
            "run": "'*:::program:_normal'",
            "python": "'*:::argument:_normal'",
            "list": "'*:folder:_files -/'",
        }
        rest["completion"] = "'1:shell:(bash zsh fish)'"
        cases.append(
            f"        {command}) _arguments {described} "
            f"{rest.get(command, _quoted('*:file:_files'))} ;;"
        )
    named = [
        f"            {_quoted(name + ':' + text.replace(':', ' -'))}"
        for name, text in commands(MAIN)
    ]
    main = "\n".join(f"        {_zsh_option(option)} \\" for option in known[""])
    return ZSH % {"main": main, "commands": "\n".join(named), "options": "\n".join(cases)}


def _fish_option(option: Option, condition: str) -> str:
    names = " ".join(
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
    )
    value = ""
    if option.choices:
        value = f" -x -a {_quoted(' '.join(option.choices))}"
    elif option.value in FOLDERS:
        value = " -x -a '(__fish_complete_directories)'"
    elif option.value:
        value = " -r" if option.value == "FILE" else " -x"
    return (
        f"complete -c fil-profile -n {_quoted(condition)} {names}{value} -d "
        f"{_quoted(_first_words(option))}"
    )


def fish() -> str:
    """Return the script for fish."""
    lines = ["# fil-profile(1) for fish"]
    first = "not __fish_seen_subcommand_from " + " ".join(COMMANDS)
    for name, text in commands(MAIN):
        lines.append(f"complete -c fil-profile -f -n {_quoted(first)} -a {name} -d {_quoted(text)}")
    for command, described in _known().items():
        condition = f"__fish_seen_subcommand_from {command}" if command else first
        lines += [_fish_option(option, condition) for option in described]
    seen = _quoted("__fish_seen_subcommand_from completion")
    lines.append(f"complete -c fil-profile -f -n {seen} -a 'bash zsh fish'")
    return "\n".join(lines) + "\n"


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}
