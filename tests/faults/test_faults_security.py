# SPDX-License-Identifier: Apache-2.0
"""The fault suite: rights of what is written, links that aren't followed, names that can't be
guessed, files that aren't read."""

import ctypes
import os
import re
import stat
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pairs import FILES, LONGEST, check_report, profiled_line, run, run_pair

HELD = "kept = [[number] * 3 for number in range(50_000)]\n"


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o027, 0o077, 0o177])
def test_rights_are_the_umasks(umask: int, tmp_path: Path) -> None:
    """Those of every file and folder that stays; the recording, which is there meanwhile, is its
    owner's alone."""
    program = (
        "import os, glob\nfor name in glob.glob('out/*/*'): print(name.rpartition('/')[2], "
        "oct(os.stat(name).st_mode & 0o777))\n"
    )
    (tmp_path / "program.py").write_text(program + HELD)
    line = profiled_line([tmp_path / "program.py"])
    if umask == 0o177 and os.geteuid():
        pytest.skip("only root can work in a folder without the right to enter it")
    done = run(line, tmp_path / "profiled", preexec_fn=lambda: os.umask(umask) and None)
    assert done.stdout == b"recording.fil 0o600\n", done.stderr
    report = check_report(done)
    for path, full in (
        (report, 0o777),
        (report.parent, 0o777),
        *((report / name, 0o666) for name in FILES),
    ):
        assert stat.S_IMODE(path.stat().st_mode) == full & ~umask, path


LINKS = """
import glob, os
[folder] = glob.glob("out/*")
for name in {files!r}:
    for link in (name, f"{{name}}.{{os.getpid()}}.tmp"):
        os.symlink(os.path.abspath("theirs"), f"{{folder}}/{{link}}")
"""


@pytest.mark.parametrize(
    "ending",
    [
        "",
        "import signal; os.kill(os.getpid(), signal.SIGUSR2)\n",
        "os._exit(0)\n",
        "os.kill(os.getpid(), 9)\n",
    ],
)
def test_links_in_the_result_folder_are_replaced(ending: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(LINKS.format(files=sorted(FILES)) + HELD + ending)
    (tmp_path / "profiled").mkdir()
    (tmp_path / "profiled/theirs").write_text("theirs")
    done = run(profiled_line([tmp_path / "program.py"]), tmp_path / "profiled")
    assert (tmp_path / "profiled/theirs").read_text() == "theirs"
    for name in FILES:
        path = done.reports[0] / name
        assert path.is_file() and not path.is_symlink(), done.stderr


def test_a_link_in_place_of_the_recording(tmp_path: Path) -> None:
    """Neither written through nor read by who watches; the file behind it stays as it is."""
    swap = (
        "[name] = glob.glob('out/*/recording.fil')\nos.unlink(name)\n"
        "os.symlink(os.path.abspath('theirs'), name)\n"
    )
    (tmp_path / "program.py").write_text(
        "import glob, os\n"
        + swap
        + HELD
        + "[bytearray(100_000) for _ in range(300)]\nos._exit(0)\n"
    )
    (tmp_path / "profiled").mkdir()
    (tmp_path / "profiled/theirs").write_bytes(b"theirs" + bytes(8192))
    done = run(profiled_line([tmp_path / "program.py"]), tmp_path / "profiled")
    assert done.returncode == 0 and done.program_stderr == b""
    assert (tmp_path / "profiled/theirs").read_bytes() == b"theirs" + bytes(8192)


TEMPORARY = "/tmp /var/tmp /dev/shm"
IN_ITS_OWN_TMP = f"""
for folder in {TEMPORARY}; do mount -t tmpfs -o "$1" none $folder || exit 77; done
cd "$2"; shift 2; "$@"; code=$?
ls -A {TEMPORARY}
exit $code
"""
LOOK = f"import os\nfor folder in {TEMPORARY!r}.split(): assert os.listdir(folder) == [], folder\n"


@pytest.fixture
def outside_of_tmp() -> Iterator[Path]:
    """A folder elsewhere."""
    if not os.access("/mnt", os.W_OK) or sys.prefix.startswith(("/tmp", "/var/tmp")):
        pytest.skip("there is no folder to write to outside of /tmp, or Python itself lies there")
    with tempfile.TemporaryDirectory(dir="/mnt", prefix="filprofiler-") as folder:
        yield Path(folder)


@pytest.mark.parametrize("options", ["rw", "ro"])
@pytest.mark.parametrize("ending", ["", "os._exit(0)\n"], ids=["its own end", "who watches"])
def test_nothing_in_tmp(options: str, ending: str, outside_of_tmp: Path) -> None:
    """Nothing lies there while the program runs, nor after; where nothing can, nothing is
    missing."""
    (outside_of_tmp / "program.py").write_text(LOOK + HELD + ending)
    line = [
        "unshare",
        "-m",
        "sh",
        "-c",
        IN_ITS_OWN_TMP,
        "sh",
        options,
        str(outside_of_tmp),
        *profiled_line(["program.py"]),
    ]
    done = subprocess.run(line, capture_output=True, text=True, timeout=LONGEST)
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0 and "Wrote the report" in done.stderr, done.stderr
    assert done.stdout.split() == ["/dev/shm:", "/tmp:", "/var/tmp:"]
    assert {path.name for path in (outside_of_tmp / "out").glob("*/*")} == FILES


def test_the_page_allows_one_script_and_nothing_from_elsewhere(tmp_path: Path) -> None:
    import base64
    import hashlib

    (tmp_path / "program.py").write_text(HELD)
    page = (
        check_report(run(profiled_line([tmp_path / "program.py"]), tmp_path / "profiled"))
        / "index.html"
    ).read_text()
    [policy] = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert (
        rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        and "unsafe" not in rules["script-src"]
    )
    scripts = [
        text
        for kind, text in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
        if "json" not in kind
    ]
    allowed = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    }
    assert set(rules["script-src"].split()) == allowed
    assert not re.search(
        r"\bon\w+\s*=\s*[\"']|javascript:|(?:src|href)\s*=\s*[\"']?(?:https?:)?//",
        page.replace(scripts[0], ""),
    )


DECOYS = [
    "pyproject.toml",
    "setup.cfg",
    "filprofiler.toml",
    ".filprofiler",
    "filprofiler.py",
    "fil.ini",
    ".env",
    "json.py",
    "rich.py",
    "webbrowser.py",
    "pyvenv.cfg",
    "filwatch",
    "sitecustomize.py",
    "usercustomize.py",
    "libfilshim.so",
    "_filext.so",
    "libcjson.so.1",
    "ld.so.preload",
    "gconv-modules",
]


PEEPS = """
import os, sys, types
def hold(file):
    code = compile("def f(kept): kept.append(bytearray(1_000_000))", "<made>", "exec")
    inner = next(part for part in code.co_consts if isinstance(part, types.CodeType))
    types.FunctionType(inner.replace(co_filename=file), {{}})(kept)
kept = []
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for file in sys.argv[1:]: hold(file)
{ending}
"""


@pytest.mark.parametrize(
    "ending", ["", "os._exit(0)", "os.kill(os.getpid(), 9)"], ids=["its own end", "exit", "killed"]
)
def test_what_the_program_may_not_read_is_not_in_the_report(ending: str, tmp_path: Path) -> None:
    """It has become an unprivileged user; its watcher is still root, and reads the files it names
    with that user's rights."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        for name, rights in (("secret.py", 0o600), ("open.py", 0o644), ("program.py", 0o644)):
            (Path(folder) / name).write_text(
                f"{name.removesuffix('.py')} = 4711\n"
                if name != "program.py"
                else PEEPS.format(ending=ending)
            )
            (Path(folder) / name).chmod(rights)
        files = [f"{folder}/{name}" for name in ("program.py", "secret.py", "open.py")]
        done = run(profiled_line(files), tmp_path / "profiled")
        text = (done.reports[0] / "peak-memory.json").read_text()
        assert "open = 4711" in text and "secret = 4711" not in text and "secret.py" in text


def test_nothing_in_the_working_folder_is_opened(tmp_path: Path) -> None:
    """The kernel tells what is opened: of the files that lie there only the one with settings, for
    the program lies elsewhere, and the results, too."""
    libc = ctypes.CDLL(None, use_errno=True)
    work = tmp_path / "work"
    work.mkdir()
    for name in DECOYS:
        (work / name).write_text("raise SystemExit('read')\n")
    (tmp_path / "program.py").write_text(HELD)
    fd = libc.inotify_init1(os.O_NONBLOCK)
    if (
        fd < 0 or libc.inotify_add_watch(fd, os.fsencode(work), 0x1 | 0x2 | 0x20) < 0
    ):  # accessed, modified, opened
        pytest.skip(f"the system doesn't tell of opened files: {os.strerror(ctypes.get_errno())}")
    line = [
        str(Path(sys.executable).parent / "fil-profile"),
        "-o",
        str(tmp_path / "out"),
        "--no-browser",
        "run",
        str(tmp_path / "program.py"),
    ]
    done = subprocess.run(line, cwd=work, capture_output=True, text=True, timeout=LONGEST)
    assert done.returncode == 0 and "Wrote the report" in done.stderr
    opened = set()
    try:
        while True:
            events = os.read(fd, 65536)
            while events:
                length = struct.unpack("iIII", events[:16])[3]
                opened.add(events[16 : 16 + length].rstrip(b"\0").decode())
                events = events[16 + length :]
    except BlockingIOError:
        os.close(fd)
    assert opened <= {"", "pyproject.toml"}  # the folder itself; the settings, which are data


def forbid_sockets() -> None:
    """From now on, in whatever this process becomes and starts, the system call ends who makes
    it."""
    load, jump_if, answer = 0x20, 0x15, 0x06
    number = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
    lines = [
        (load, 0, 0, 0),
        (jump_if, 0, 1, number),
        (answer, 0, 0, 0x80000000),
        (answer, 0, 0, 0x7FFF0000),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(
        22, 2, program, 0, 0
    ):  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
        raise OSError(ctypes.get_errno(), "no filter of system calls")


@pytest.mark.parametrize(
    "ending", ["", "import os; os.kill(os.getpid(), 9)\n"], ids=["its own end", "who watches"]
)
def test_no_network(ending: str, tmp_path: Path) -> None:
    """No process opens a socket, not even a local one: launcher, program, watcher."""
    (tmp_path / "program.py").write_text(HELD + ending)
    done = run(
        profiled_line([tmp_path / "program.py"]), tmp_path / "profiled", preexec_fn=forbid_sockets
    )
    assert done.returncode == (-9 if ending else 0), done.stderr
    assert {path.name for path in done.reports[0].iterdir()} == FILES
    (tmp_path / "program.py").write_text("import socket\nsocket.socket()\n")
    assert (
        run(
            profiled_line([tmp_path / "program.py"]),
            tmp_path / "forbidden",
            preexec_fn=forbid_sockets,
        ).returncode
        == -31
    )  # SIGSYS


def test_two_programs_at_the_same_moment(tmp_path: Path) -> None:
    """Their results go into folders of their own."""
    (tmp_path / "program.py").write_text(HELD + "print(1)\n")
    line = profiled_line([tmp_path / "program.py"])
    started = [
        subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [program.communicate()[0] for program in started] == [b"1\n"] * 4
    assert len(list((tmp_path / "out").glob("*/index.html"))) == 4


def test_a_result_folder_that_is_a_link(tmp_path: Path) -> None:
    """`out` itself is where the user says, whatever it is."""
    for name in ("plain", "profiled"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "elsewhere").mkdir()
    (tmp_path / "profiled/out").symlink_to("elsewhere")
    (tmp_path / "program.py").write_text("print('done')\n" + HELD)
    plain, profiled = run_pair([tmp_path / "program.py"], tmp_path)
    assert (
        profiled.stdout == plain.stdout
        and len(list((tmp_path / "profiled/elsewhere").glob("*/index.html"))) == 1
    )
