# SPDX-License-Identifier: Apache-2.0
"""Write the tables by which source files in other encodings than UTF-8 are read, as a C header:
encodingtables.py OUTPUT.

All of it comes from Python's own codecs: what a byte, or two, stand for, and the names that an
encoding goes by."""

import codecs
import encodings.aliases
import pkgutil
import re
import sys
from collections.abc import Iterable
from pathlib import Path

# Of each family the one that knows most; another of the family is this one but for some characters.
FAMILIES = {
    "gb18030": ("gb18030", "gbk", "gb2312"),
    "cp932": ("cp932", "shift_jis"),
    "cp950": ("cp950", "big5"),
    "cp949": ("cp949", "euc_kr"),
    "euc_jp": ("euc_jp",),
}
# UTF-8 is read without tables, and what shifts between sets of characters, or spells them out, as
# if it were UTF-8.
OTHERS = r"utf_8|utf_8_sig|utf_7|ascii|iso2022.*|.*_escape|charmap"
LEADS = range(0x81, 0xFF)
TRAILS = range(0x40, 0xFF)


def character(codec: str, code: bytes) -> int:
    """What a code stands for; 0: no character of 16 bits."""
    try:
        text = code.decode(codec)
    except (UnicodeError, ValueError):
        return 0
    return ord(text) if len(text) == 1 and text != "\ufffd" and ord(text) < 0x10000 else 0


def singles(codec: str) -> list[int]:
    """What the bytes from 128 on stand for by themselves."""
    return [character(codec, bytes([byte])) for byte in range(128, 256)]


def pairs(codec: str) -> dict[int, int]:
    """What two bytes stand for together, where the first of them stands for nothing."""
    known = singles(codec)
    codes = [(lead, trail) for lead in LEADS if not known[lead - 128] for trail in TRAILS]
    return {lead << 8 | trail: character(codec, bytes([lead, trail])) for lead, trail in codes}


def holds_ascii(codec: str) -> bool:
    """Whether it is an encoding of text in which the first 128 bytes are ASCII."""
    try:
        return bytes(range(128)).decode(codec) == bytes(range(128)).decode("ascii")
    except (LookupError, UnicodeError, ValueError):
        return False


def is_single(codec: str) -> bool:
    """Whether each of its characters is one byte."""
    decoder = codecs.lookup(codec).decode
    try:
        return len(decoder(bytes(range(128, 256)), "replace")[0]) == 128
    except (UnicodeError, ValueError):
        return False


def numbers(values: Iterable[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def names_of(codec: str) -> set[str]:
    """Names as they are looked up: in lower case."""
    aliases = {alias for alias, module in encodings.aliases.aliases.items() if module == codec}
    return {codec} | {alias for alias in aliases if alias == alias.lower()}


def main(output: str) -> None:
    """Write `singles`, `pairs`, `exceptions`, the encodings made of them, and their names in
    order."""
    multi = {member: base for base, members in FAMILIES.items() for member in members}
    modules = [
        module.name
        for module in pkgutil.iter_modules(encodings.__path__)
        if not re.fullmatch(OTHERS, module.name)
    ]
    found = [name for name in modules if name in multi or (holds_ascii(name) and is_single(name))]
    lines = ["/* Generated from Python's codecs by encodingtables.py. */"]
    tables = {base: pairs(base) for base in FAMILIES}
    for base, table in tables.items():
        row = (table.get(lead << 8 | trail, 0) for lead in LEADS for trail in TRAILS)
        lines.append(f"static const uint16_t pairs_{base}[] = {numbers(row)};")
    entries = []
    for name in found:
        lines.append(f"static const uint16_t singles_{name}[] = {numbers(singles(name))};")
        base = multi.get(name)
        if not base:
            entries.append(f"{{singles_{name}, NULL, NULL, 0}}")
            continue
        other = [
            (code, value)
            for code, value in pairs(name).items()
            if value and value != tables[base].get(code)
        ]
        flat = numbers(number for pair in [*other, (0, 0)] for number in pair)
        lines.append(f"static const uint16_t exceptions_{name}[] = {flat};")
        entries.append(f"{{singles_{name}, pairs_{base}, exceptions_{name}, {len(other)}}}")
    lines.append("static const struct fil_encoding encodings[] = {" + ",\n".join(entries) + "};")
    names = sorted((alias, found.index(name)) for name in found for alias in names_of(name))
    longest = max(len(alias) for alias, _ in names) + 1
    lines.append(f"static const struct {{ uint8_t encoding; char name[{longest}]; }} names[] = {{")
    lines += [f'{{{index}, "{alias}"}},' for alias, index in names]
    lines.append("};")
    lines.append(f"#define FIRST_LEAD {LEADS.start}\n#define FIRST_TRAIL {TRAILS.start}")
    lines.append(f"#define LEADS {len(LEADS)}\n#define TRAILS {len(TRAILS)}")
    Path(output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
