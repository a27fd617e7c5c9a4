# SPDX-License-Identifier: Apache-2.0
"""How much memory is left, on made-up systems."""

from pathlib import Path

import pytest
from support.memory import (
    BUILDS,
    CGROUP1,
    CGROUP2,
    GIB,
    MEMINFO,
    MIB,
    NO_LIMIT_V1,
    V1,
    V2,
    System,
    Talk,
    compiled,
)


@pytest.fixture(scope="module", params=BUILDS)
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(request.param, tmp_path_factory.mktemp("driver"))


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path / "root")


def read(driver: Path, system: System) -> tuple[int, int, int, int, str]:
    """The second time the mount is known."""
    with Talk([driver, system.root]) as talk:
        first, second = talk.read(), talk.read()
    assert first == second
    return first


def group(total: int, available: int, path: str) -> tuple[int, int, int, int, str]:
    return total, available, 20 * GIB, 2 * MIB, f"control group {path}"


def test_machine(driver: Path, system: System) -> None:
    assert read(driver, system) == System.host


def test_old_kernel(driver: Path, system: System) -> None:
    """Without MemAvailable: what is free, and the page cache."""
    system.file("/proc/meminfo", MEMINFO.replace("MemAvailable:", "Other:"))
    assert read(driver, system)[1] == 3584 * MIB


@pytest.mark.parametrize("missing", ["/proc/meminfo", "/proc/self/status"])
def test_file_missing(driver: Path, system: System, missing: str) -> None:
    (system.root / missing.lstrip("/")).unlink()
    with Talk([driver, system.root]) as talk:
        assert talk("read") == f"unknown {missing}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\0\0",
        "MemTotal: 16777216 kB\n",
        MEMINFO.replace("MemTotal:       1", "MemTotal:       -1"),
        MEMINFO.replace("8388608", "99999999999999999999999").replace("MemFree", "x"),
        MEMINFO.replace("MemAvailable", "x").replace("2097152 kB", "2097152kB"),
        "x" * 5000,
    ],
    ids=["empty", "nul", "total only", "negative", "overflow", "no blank", "one long line"],
)
def test_odd_meminfo(driver: Path, system: System, text: str) -> None:
    system.file("/proc/meminfo", text)
    with Talk([driver, system.root]) as talk:
        assert talk("read") == "unknown /proc/meminfo"


def test_last_line_has_no_end(driver: Path, system: System) -> None:
    system.in_v2()
    system.file("/proc/meminfo", MEMINFO.rstrip())
    system.file("/proc/self/cgroup", "1:x:/\n0::/long/enough")
    system.v2(f"{V2}/long/enough", GIB, 0)
    assert read(driver, system) == group(GIB, GIB, "/long/enough")


def test_no_swap(driver: Path, system: System) -> None:
    """Then nothing of the process can be in it."""
    system.file("/proc/meminfo", MEMINFO.replace("4194304", "0"))
    assert read(driver, system) == (16 * GIB, 8 * GIB, 16 * GIB, 0, "the machine")


def test_v2_tightest_in_the_middle(driver: Path, system: System) -> None:
    """/a has more left, /a/b/c has a smaller limit and more left; the root group has no files."""
    system.in_v2("/a/b/c")
    system.v2(f"{V2}/a", 10 * GIB, 5 * GIB)
    system.v2(
        f"{V2}/a/b",
        6 * GIB,
        5 * GIB,
        f"anon 1\ninactive_file {GIB}\nactive_file {GIB}\nslab 77\nslab_reclaimable {GIB // 2}\n",
    )
    system.v2(f"{V2}/a/b/c", 4 * GIB, 0)
    assert read(driver, system) == group(4 * GIB, 7 * GIB // 2, "/a/b")


def test_v2_page_cache_fills_the_group(driver: Path, system: System) -> None:
    """A group at its limit with page cache alone has nearly all of it left: no alarm."""
    system.in_v2("/a")
    system.v2(
        f"{V2}/a",
        GIB,
        GIB,
        f"anon {MIB}\ninactive_file {1022 * MIB}\nactive_file {MIB}\nslab_reclaimable 0\n",
    )
    assert read(driver, system) == group(GIB, 1023 * MIB, "/a")


def test_v2_more_cache_than_use(driver: Path, system: System) -> None:
    """The two files aren't of one moment."""
    system.in_v2("/a")
    system.file("/proc/meminfo", MEMINFO.replace("8388608", "16000000"))
    system.v2(f"{V2}/a", 15 * GIB, GIB, f"inactive_file {GIB}\nactive_file {GIB}\n")
    assert read(driver, system) == group(15 * GIB, 15 * GIB, "/a")


def test_v2_over_its_limit(driver: Path, system: System) -> None:
    system.in_v2("/a")
    system.v2(f"{V2}/a", GIB, GIB + MIB)
    assert read(driver, system) == group(GIB, 0, "/a")


def test_v2_no_limit(driver: Path, system: System) -> None:
    system.in_v2()
    system.v2(f"{V2}/a", "max", 15 * GIB)
    system.v2(f"{V2}/a/b", 17 * GIB, 17 * GIB)  # more than the machine has
    assert read(driver, system) == System.host


def test_v1(driver: Path, system: System) -> None:
    system.in_v1()
    system.v1(V1, NO_LIMIT_V1, 14 * GIB)
    system.v1(f"{V1}/a", 4 * GIB, 4 * GIB, cache=2 * GIB, kernel=GIB)
    system.v1(f"{V1}/a/b", NO_LIMIT_V1, 3 * GIB)
    system.v2("/sys/fs/cgroup/unified/not/this", MIB, MIB)
    system.v2("/sys/fs/cgroup/unified", MIB, MIB)
    assert read(driver, system) == group(4 * GIB, 3 * GIB, "/a")


def test_v1_without_kernel_memory(driver: Path, system: System) -> None:
    """Kernels may be built so; then it isn't counted as used either."""
    system.in_v1("/a")
    system.v1(f"{V1}/a", 4 * GIB, 3 * GIB, cache=GIB)
    (system.root / V1.lstrip("/") / "a/memory.kmem.usage_in_bytes").unlink()
    assert read(driver, system) == group(4 * GIB, 2 * GIB, "/a")


def test_hybrid_with_memory_in_v2(driver: Path, system: System) -> None:
    """Version 1 for the rest, the memory controller in version 2."""
    system.file("/proc/self/cgroup", "2:cpu:/c\n1:name=systemd:/s\n0::/u\n")
    system.mounts(
        CGROUP1.format(root="/", point="/sys/fs/cgroup/cpu", controllers="cpu"),
        CGROUP2.format(root="/", point="/sys/fs/cgroup/unified"),
    )
    system.v2("/sys/fs/cgroup/unified/u", GIB, 0)
    system.v1("/sys/fs/cgroup/cpu/c", MIB, MIB)
    assert read(driver, system) == group(GIB, GIB, "/u")


def test_container_without_namespace(driver: Path, system: System) -> None:
    """The path is the host's, and so is the mount's root."""
    system.file("/proc/self/cgroup", "4:memory:/docker/abc/inner\n0::/docker/abc\n")
    system.mounts(CGROUP1.format(root="/docker/abc", point=V1, controllers="memory"))
    system.v1(V1, 2 * GIB, GIB)
    system.v1(f"{V1}/inner", 3 * GIB, GIB)
    system.v1(f"{V1}/docker/abc", MIB, MIB)
    assert read(driver, system) == group(2 * GIB, GIB, "/docker/abc")


def test_container_with_namespace(driver: Path, system: System) -> None:
    system.in_v2("/")
    system.v2(V2, 2 * GIB, GIB)
    assert read(driver, system) == group(2 * GIB, GIB, "/")


@pytest.mark.parametrize(
    ("path", "root"),
    [("/", "/docker/abc"), ("/../other", "/"), ("/..", "/"), ("/docker/abcd", "/docker/abc")],
)
def test_container_with_another_name(driver: Path, system: System, path: str, root: str) -> None:
    """The group's path isn't below the mount's root, whose own limit counts. No way leads out of
    the mount."""
    system.file("/proc/self/cgroup", f"0::{path}\n")
    system.mounts(CGROUP2.format(root=root, point=V2))
    system.v2(V2, 2 * GIB, GIB)
    system.v2("/sys/fs/other", MIB, MIB)
    system.v2("/sys/fs", MIB, MIB)
    system.v2(f"{V2}/d", MIB, MIB)
    assert read(driver, system) == group(2 * GIB, GIB, V2)


def test_outer_mount_within_a_namespace(driver: Path, system: System) -> None:
    """After `unshare --cgroup` the mounts' roots are seen from below."""
    system.file("/proc/self/cgroup", "0::/../x\n")
    system.mounts(CGROUP2.format(root="/..", point=V2))
    system.v2(f"{V2}/x", GIB, 0)
    assert read(driver, system) == group(GIB, GIB, "/../x")


def test_later_mount_hides_earlier(driver: Path, system: System) -> None:
    """The host's mounts stay listed below a container's; a mount that doesn't hold the group counts
    for nothing then."""
    system.file("/proc/self/cgroup", "0::/a\n")
    system.mounts(
        CGROUP2.format(root="/../elsewhere", point="/mnt/first"),
        CGROUP2.format(root="/", point="/mnt/old"),
        CGROUP2.format(root="/", point=V2),
        CGROUP2.format(root="/b", point="/mnt/last"),
    )
    for point in ("/mnt/first", "/mnt/old/a", "/mnt/last", "/mnt/last/a"):
        system.v2(point, MIB, MIB)
    system.v2(f"{V2}/a", GIB, 0)
    assert read(driver, system) == group(GIB, GIB, "/a")


def test_odd_characters(driver: Path, system: System) -> None:
    r"""mountinfo has \040 for a blank and \134 for a backslash; /proc/self/cgroup has them as they
    are."""
    system.file("/proc/self/cgroup", "0::/ü o\\x2d:1/..in\tner\n")
    system.mounts(CGROUP2.format(root="/ü\\040o\\134x2d:1", point="/my\\040cgroups"))
    system.v2("/my cgroups/..in\tner", GIB, 0)
    assert read(driver, system) == group(GIB, GIB, "/ü o\\x2d:1/..in?ner")


def test_last_group_is_gone(driver: Path, system: System) -> None:
    system.in_v2("/a/b (deleted)")
    system.v2(f"{V2}/a", GIB, 0)
    assert read(driver, system) == group(GIB, GIB, "/a")


def test_long_path(driver: Path, system: System) -> None:
    """Of a path longer than the room for it the nearest ancestors count; of a long name the end is
    shown."""
    for name, shown in (("ä" * 100, "ä" * 71), ("ä" * 100 + "b", "ä" * 70 + "b")):
        system.in_v2(f"/kubepods/{name}/" + "x" * 300)
        system.v2(f"{V2}/kubepods/{name}", GIB, 0)
        assert read(driver, system) == group(GIB, GIB, "..." + shown)
    system.in_v2("/a" + "/xy" * 400)
    system.v2(f"{V2}/a", 2 * GIB, GIB)
    system.v2(f"{V2}/a" + "/xy" * 169 + "/x", MIB, MIB)  # where the path is cut
    assert read(driver, system) == group(2 * GIB, GIB, "/a")


@pytest.mark.parametrize("file", ["memory.max", "memory.current", "memory.stat"])
@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "\n",
        "-1\n",
        "-5 x\ninactive_file -1\nactive_file -1\n",
        "12abc\n",
        "9" * 40 + "\n",
        "\0\0",
        "inactive_file 5\n",
        "x" * 9000,
    ],
    ids=[
        "missing",
        "empty",
        "newline",
        "negative",
        "negatives",
        "letters",
        "overflow",
        "nul",
        "one figure",
        "long",
    ],
)
def test_odd_group(driver: Path, system: System, file: str, text: str | None) -> None:
    """The group is left out, its parent counts."""
    system.in_v2()
    system.v2(f"{V2}/a", 3 * GIB, GIB)
    system.v2(f"{V2}/a/b", GIB, GIB)
    if text is None:
        (system.root / f"sys/fs/cgroup/a/b/{file}").unlink()
    else:
        system.file(f"{V2}/a/b/{file}", text)
    assert read(driver, system) == group(3 * GIB, 2 * GIB, "/a")
    no_limit = file == "memory.max" and (not text or text == "9" * 40 + "\n")
    with Talk([driver, system.root]) as talk:
        assert talk("odd") == ("nothing" if no_limit else f"{V2}/a/b/{file}")


def test_nothing_odd(driver: Path, system: System) -> None:
    """Groups without the controller, the root, "max", and a process that is in no group below the
    root."""
    system.in_v2("/a/b/c")
    system.v2(f"{V2}/a", "max", 15 * GIB)
    (system.root / "sys/fs/cgroup/a/b").mkdir()
    system.v2(f"{V2}/a/b/c", GIB, 0)
    with Talk([driver, system.root]) as talk:
        assert talk("odd") == "nothing"
    system.file("/proc/self/cgroup", "0::/\n")
    system.mounts()
    with Talk([driver, system.root]) as talk:
        assert talk("odd") == "nothing"


def test_a_group_without_its_files(driver: Path, system: System) -> None:
    """As in a chroot: it may have a limit."""
    system.in_v2()
    system.mounts()
    with Talk([driver, system.root]) as talk:
        assert talk("odd") == V2


@pytest.mark.parametrize(
    ("mode", "forbidden"), [("0", False), ("1", False), ("2", True), ("", False), ("x", False)]
)
def test_memory_that_may_be_promised(
    driver: Path, system: System, mode: str, forbidden: bool
) -> None:
    system.file("/proc/sys/vm/overcommit_memory", f"{mode}\n")
    system.file(
        "/proc/meminfo", MEMINFO + "CommitLimit:    4194304 kB\nCommitted_AS:   3145728 kB\n"
    )
    text = "the machine's limit of memory promised (vm.overcommit_memory=2) of 4.0 GiB"
    with Talk([driver, system.root]) as talk:
        assert talk(f"forbids {GIB}") == "no"
        assert talk(f"forbids {GIB + 1}") == (text if forbidden else "no")


@pytest.mark.parametrize(
    ("cgroup", "mounts"),
    [
        (None, None),
        ("", ""),
        ("0::\n", CGROUP2),
        ("0:\n0\n:::\n\n", CGROUP2),
        ("4:memory\n", CGROUP1),
        ("0::a/b\n", CGROUP2),
        ("\0" * 100, "\0" * 100),
        (
            "0::/a\n",
            "1 2 3\n\n- -\n1 2 3 / / -\n5 5 5 / /sys/fs/cgroup x - cgroup2\n"
            "5 5 5 a b x - cgroup2 cgroup2 rw\n",
        ),
        ("0::/a\n", "1 2 3 / " + "/x" * 100 + " rw - cgroup2 cgroup2 rw\n"),
        (
            "4:memory:/a\n",
            "1 2 3 / /sys/fs/cgroup rw - cgroup cgroup rw,cpu\n"
            "1 2 3 / /sys/fs/cgroup rw - cgroup cgroup rw,memoryx\n",
        ),
    ],
)
def test_odd_paths_and_mounts(
    driver: Path, system: System, cgroup: str | None, mounts: str | None
) -> None:
    """The machine counts alone."""
    for path in (V2, f"{V2}/a", f"{V2}/a/b"):
        system.v2(path, MIB, MIB)
        system.v1(path, MIB, MIB)
    for name, text in (("cgroup", cgroup), ("mountinfo", mounts)):
        if text is None:
            (system.root / "proc/self" / name).unlink()
        else:
            system.file(f"/proc/self/{name}", text.format(root="/", point=V2, controllers="memory"))
    assert read(driver, system) == System.host


def test_figures_move(driver: Path, system: System) -> None:
    """The mount is looked for once, the rest is read each time, also when the process is moved."""
    system.in_v2()
    system.v2(f"{V2}/a/b", GIB, 0)
    system.v2(f"{V2}/c", 2 * GIB, 0)
    with Talk([driver, system.root]) as talk:
        assert talk.read() == group(GIB, GIB, "/a/b")
        system.v2(f"{V2}/a/b", GIB, MIB)
        assert talk.read() == group(GIB, 1023 * MIB, "/a/b")
        system.file("/proc/self/cgroup", "0::/c\n")
        system.file("/proc/self/mountinfo", "")
        assert talk.read() == group(2 * GIB, 2 * GIB, "/c")


def test_small_stack(system: System, tmp_path: Path) -> None:
    """Hooks run on 16 KiB. The first read's stack is the dynamic linker's, too, which binds
    functions then."""
    system.in_v2()
    system.v2(f"{V2}/a", GIB, GIB)
    with Talk([compiled("plain", tmp_path), system.root]) as talk:
        talk.read()
        assert 500 < int(talk("stack")) < 3072
