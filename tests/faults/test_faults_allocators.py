# SPDX-License-Identifier: Apache-2.0
"""The fault suite: other allocators beside us, the user's own preloaded libraries, and the shim in
programs that know nothing of it."""

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pytest
from support.pairs import LONGEST, check_report, check_same, run, run_pair
from support.running import REPOSITORY, Outcome

import filprofiler

SHIM = Path(filprofiler.__file__).parent / "libfilshim.so"
HELD = """
import ctypes, os, threading
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
def objects(): return [bytearray(1000) for _ in range(5_000)]
def blocks(): return [libc.malloc(1_000_000) for _ in range(10)]
kept = [objects(), blocks()]
def lists(): return [[number] for number in range(10_000)]
threads = [threading.Thread(target=lists) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
child = os.fork()
if not child:
    kept.append(objects())
    os._exit(4)
print(os.waitpid(child, 0)[1], end=' ')
print(os.environ['LD_PRELOAD'], SYMBOL and hasattr(libc, SYMBOL), flush=True)
os.system('/usr/bin/env | /bin/grep LD_PRELOAD')
"""


@pytest.mark.parametrize(
    ("library", "symbol"),
    [("jemalloc", "mallctl"), ("tcmalloc_minimal", "tc_malloc"), ("mimalloc", "mi_malloc")],
)
def test_another_allocator_preloaded(
    library: str, symbol: str, tmp_path: Path, fault_environment: dict[str, str]
) -> None:
    path = find_library(library)
    if not path:
        pytest.skip(f"this machine has no {library}")
    (tmp_path / "program.py").write_text(f"SYMBOL = {symbol!r}\n" + HELD)
    plain, profiled = run_pair(
        [tmp_path / "program.py"], tmp_path, env=fault_environment | {"LD_PRELOAD": path}
    )
    assert plain.stdout == f"1024 {path} True\nLD_PRELOAD={path}\n".encode(), plain.stderr
    check_same(plain, profiled)
    outcome = Outcome(0, "", "", check_report(profiled))
    assert outcome.bytes_at(
        "program.py:8 (<module>);program.py:7 (blocks);program.py:7 (blocks.<listcomp>)"
    ) + outcome.bytes_at("program.py:8 (<module>);program.py:7 (blocks)") == pytest.approx(
        10_000_000, rel=0.02
    )


PRELOADED = """
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void *allocate(void *n) { free(malloc(1000)); return n; }
static char *kept;
pid_t getppid(void) { return %(number)d; }
__attribute__((constructor)) static void first(void) {
    pthread_t thread;
    kept = memset(malloc(100000), 1, 100000);
    pthread_create(&thread, NULL, allocate, NULL);
    pthread_join(thread, NULL);
    if (getenv("LD_PRELOAD")) kept = realloc(kept, 200000);
}
__attribute__((destructor)) static void last(void) {
    free(kept);
    free(malloc(10));
    if (write(1, "%(number)d\\n", 2) < 0) _exit(1);
}
"""


def test_the_users_own_libraries_in_their_order(
    tmp_path: Path, fault_environment: dict[str, str]
) -> None:
    """Their constructors come before ours and their destructors after, and allocate; the first
    answers for both."""
    for number in (1, 2):
        (tmp_path / f"{number}.c").write_text(PRELOADED % {"number": number})
        subprocess.run(
            [
                "cc",
                "-shared",
                "-fPIC",
                "-o",
                tmp_path / f"own{number}.so",
                tmp_path / f"{number}.c",
                "-lpthread",
            ],
            check=True,
        )
    (tmp_path / "program.py").write_text(
        "SYMBOL = ''\n" + HELD + "print(os.getppid(), flush=True)\n"
    )
    for order in ("12", "21"):
        preload = ":".join(str(tmp_path / f"own{number}.so") for number in order)
        folder = tmp_path / order
        folder.mkdir()
        plain, profiled = run_pair(
            [tmp_path / "program.py"], folder, env=fault_environment | {"LD_PRELOAD": preload}
        )
        assert order[0].encode() in plain.stdout.split() and preload.encode() in plain.stdout
        check_same(plain, profiled)
        check_report(profiled)


OPERATORS = """
#include <cstdlib>
#include <new>
#include <string>
#include <vector>
#include <map>
static long news, deletes;
void *operator new(std::size_t n) {
    news++;
    if (void *p = std::malloc(n)) return p;
    throw std::bad_alloc();
}
void operator delete(void *p) noexcept { deletes++; std::free(p); }
void operator delete(void *p, std::size_t) noexcept { deletes++; std::free(p); }
extern "C" long work() {
    {
        std::map<int, std::vector<std::string>> all;
        for (int i = 0; i < 1000; i++) all[i % 50].push_back(std::string(1000, 'x'));
        try { throw std::string(500, 'y'); } catch (const std::string &) {}
    }
    return news > 1000 && news == deletes ? 1 : 0;
}
"""


def test_a_library_that_replaces_new_and_delete(
    tmp_path: Path, fault_environment: dict[str, str]
) -> None:
    if not shutil.which("g++"):
        pytest.skip("this machine has no g++")
    (tmp_path / "own.cpp").write_text(OPERATORS)
    subprocess.run(
        ["g++", "-shared", "-fPIC", "-o", tmp_path / "own.so", tmp_path / "own.cpp"], check=True
    )
    (tmp_path / "program.py").write_text(
        f"import ctypes\nlibrary = ctypes.CDLL({str(tmp_path / 'own.so')!r})\n"
        "print(library.work(), library.work())\n"
    )
    plain, profiled = run_pair([tmp_path / "program.py"], tmp_path, env=fault_environment)
    assert plain.stdout == b"1 1\n"
    check_same(plain, profiled)
    check_report(profiled)


SHIM_SOURCES = [
    path
    for room in ("engine", "platform", "shim")
    for path in sorted((REPOSITORY / "filext" / room).glob("*.c"))
]
EXTENSION = REPOSITORY / "filext/base/own.c"
OTHER_PROGRAMS: dict[str, list[str | Path]] = {
    "true": ["/bin/true"],
    "false": ["/bin/false"],
    "sort": ["/usr/bin/sort", "-r", REPOSITORY / "README.md"],
    "bash": [
        "/bin/bash",
        "-c",
        "for i in 1 2 3; do (echo $i | cat); done; echo ${LD_PRELOAD##*/}; exit 7",
    ],
    "perl": [
        "/usr/bin/perl",
        "-e",
        "my %h = map { $_ => 'x' x $_ } 1..2000; print scalar(keys %h), qq(\\n); kill 'TERM', $$; "
        "sleep 9",
    ],
    "gcc": ["/usr/bin/gcc", "-O2", "-c", "-o", "own.o", EXTENSION],
    "gcc building the shim": [
        "/usr/bin/gcc",
        "-shared",
        "-fPIC",
        "-std=gnu11",
        "-o",
        "shim.so",
        *SHIM_SOURCES,
        "-lpthread",
    ],
    "tar": [
        "/bin/tar",
        "-C",
        str(REPOSITORY),
        "--mtime=@0",
        "-czf",
        "made.tgz",
        "README.md",
        "docs",
    ],
    "git": ["/usr/bin/git", "-C", str(REPOSITORY), "log", "-3", "--stat"],
    "python": [
        sys.executable,
        "-c",
        "import os, threading; print(sum(range(100)), os.fork() >= 0)",
    ],
    "stress-ng": [
        "/usr/bin/stress-ng",
        "--malloc",
        "2",
        "--malloc-ops",
        "20000",
        "--timeout",
        "20",
        "--quiet",
    ],
}


SETTINGS = {"_FIL_MODE": "run", "_FIL_EXTENSION": "/nowhere.so"}


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for mode in ({}, SETTINGS)
        for name in OTHER_PROGRAMS
        if name != "python" or not mode
    ],  # that would be `run`
    ids=lambda value: value if isinstance(value, str) else "with settings" if value else "alone",
)
def test_the_shim_in_any_program(name: str, mode: dict[str, str], tmp_path: Path) -> None:
    line = OTHER_PROGRAMS[name]
    if not Path(line[0]).exists():
        pytest.skip(f"this machine has no {line[0]}")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    before = (
        environment if mode else environment | {"LD_PRELOAD": ""}
    )  # with settings the shim takes itself out of the environment
    plain = run(line, tmp_path / "plain", env=before)
    shimmed = run(line, tmp_path / "shimmed", env=environment | {"LD_PRELOAD": str(SHIM)} | mode)
    shimmed.stdout = shimmed.stdout.replace(
        SHIM.name.encode(), b""
    )  # what bash prints, which plain is nothing
    check_same(plain, shimmed)


def test_the_shim_is_silent_where_there_is_no_python(tmp_path: Path) -> None:
    """Settings in the environment of another program are taken out all the same."""
    done = subprocess.run(
        ["/usr/bin/env"],
        env={"LD_PRELOAD": str(SHIM), "_FIL_MODE": "run", "A": "b"},
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("A=b\n", "", 0)
