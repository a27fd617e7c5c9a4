# SPDX-License-Identifier: Apache-2.0
"""The C functions of platform/memory.h for tests in Python: a driver, and made-up systems for
it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from support.running import REPOSITORY

BUILDS = {
    "plain": ["-O2"],
    "asan-ubsan": ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover"],
}
MIB, GIB = 1 << 20, 1 << 30
MEMINFO = """\
MemTotal:       16777216 kB
MemFree:         1048576 kB
MemAvailable:    8388608 kB
Buffers:          524288 kB
Cached:          2097152 kB
SwapCached:            0 kB
SwapTotal:       4194304 kB
"""
STATUS = (
    "Name:\tpython\nGroups:\t"
    + "1000 " * 5000
    + "\nVmPTE:\t      60 kB\nVmSwap:\t    2048 kB\nThreads:\t1\n"
)
MOUNTS = """\
21 26 0:19 / /sys rw,nosuid - sysfs sysfs rw
26 1 0:40 / / rw,relatime master:1 - overlay overlay rw,lowerdir={layers}
"""
CGROUP2 = "31 21 0:28 {root} {point} rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
CGROUP1 = (
    "35 31 0:32 {root} {point} rw,relatime shared:12 master:3 - cgroup cgroup rw,{controllers}\n"
)
V2, V1 = "/sys/fs/cgroup", "/sys/fs/cgroup/memory"
NO_LIMIT_V1 = 9223372036854771712


class System:
    """A made-up system of 16 GiB with 8 GiB available and 4 GiB of swap; 2 MiB of the process are
    swapped out."""

    host = (16 * GIB, 8 * GIB, 20 * GIB, 2 * MIB, "the machine")

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file("/proc/meminfo", MEMINFO)
        self.file("/proc/self/status", STATUS)
        self.file("/proc/self/cgroup", "0::/\n")
        self.mounts()

    def file(self, path: str, text: str) -> None:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def mounts(self, *lines: str) -> None:
        """The mounts; among them one with a long line."""
        self.file("/proc/self/mountinfo", MOUNTS.format(layers="/layer:" * 900) + "".join(lines))

    def v2(
        self,
        path: str,
        limit: object,
        used: object,
        stat: str = "anon 0\ninactive_file 0\nactive_file 0\nslab_reclaimable 0\n",
    ) -> None:
        """A group of version 2 in the folder `path`."""
        self.file(f"{path}/memory.max", f"{limit}\n")
        self.file(f"{path}/memory.high", "4096\n")
        self.file(f"{path}/memory.current", f"{used}\n")
        self.file(f"{path}/memory.stat", stat)

    def v1(self, path: str, limit: object, used: object, cache: int = 0, kernel: int = 0) -> None:
        """A group of version 1; half of the cache is in groups below."""
        self.file(f"{path}/memory.limit_in_bytes", f"{limit}\n")
        self.file(f"{path}/memory.usage_in_bytes", f"{used}\n")
        self.file(f"{path}/memory.kmem.usage_in_bytes", f"{kernel}\n")
        names = (
            "cache",
            "rss",
            "inactive_file",
            "active_file",
            "hierarchical_memory_limit",
            "total_cache",
            "total_rss",
        )
        own = "".join(f"{name} {cache // 4}\n" for name in names)
        self.file(
            f"{path}/memory.stat",
            own + f"total_inactive_file {cache // 2}\ntotal_active_file {cache // 2}\n",
        )

    def in_v2(self, path: str = "/a/b") -> None:
        """The process is in a group of version 2."""
        self.file("/proc/self/cgroup", f"1:name=systemd:{path}\n0::{path}\n")
        self.mounts(CGROUP2.format(root="/", point=V2))

    def in_v1(self, path: str = "/a/b") -> None:
        self.file(
            "/proc/self/cgroup",
            f"5:devices:/else\n4:cpu,memory:{path}\n1:name=memory:/no\n0::/not/this\n",
        )
        self.mounts(
            CGROUP1.format(root="/", point="/sys/fs/cgroup/devices", controllers="devices"),
            CGROUP1.format(root="/", point=V1, controllers="cpu,memory"),
            CGROUP2.format(root="/", point="/sys/fs/cgroup/unified"),
        )


def compiled(build: str, folder: Path) -> Path:
    program = folder / "memory_driver"
    sources = [
        REPOSITORY / "tests/engine/c/memory_driver.c",
        *(REPOSITORY / "filext/platform").glob("*.c"),
    ]
    warnings = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-DFIL_PROC_TESTED"]
    subprocess.run(["cc", *warnings, *BUILDS[build], "-o", program, *sources], check=True)
    return program


class Talk:
    """A running driver."""

    def __init__(self, line: list[Path], prepare: Callable[[], None] | None = None) -> None:
        self.program = subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            preexec_fn=prepare,
        )

    def __call__(self, question: str) -> str:
        assert self.program.stdin and self.program.stdout
        self.program.stdin.write(question + "\n")
        return self.program.stdout.readline().rstrip("\n")

    def read(self) -> tuple[int, int, int, int, str]:
        total, available, machine, swapped, limit = self("read").split(" ", 4)
        return int(total), int(available), int(machine), int(swapped), limit

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *error: object) -> None:
        self.program.communicate(timeout=60)
        assert self.program.returncode == 0 or error[0]
