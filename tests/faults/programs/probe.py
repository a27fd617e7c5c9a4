# SPDX-License-Identifier: Apache-2.0
"""What a program sees of itself, printed: of its interpreter, its names, its process, and what its
children get."""

import json
import os
import subprocess
import sys
import sysconfig

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.append(FOLDER)  # -I and -P leave it out
from surroundings import descriptors, seen  # noqa: E402

sys.path.pop()


def look():
    """Prints all of it, however Python was started."""
    about = seen() | {
        "main": {
            name: str(globals()[name]).partition(" at 0x")[0]
            for name in ("__name__", "__file__", "__spec__", "__package__", "__cached__")
        },
        "loader": type(__loader__).__name__,
        "interpreter": [
            sys.executable,
            sys.prefix,
            sys.exec_prefix,
            sys.base_prefix,
            sys.platlibdir,
            sysconfig.get_path("scripts"),
        ],
        "encodings": [
            sys.getfilesystemencoding(),
            sys.stdout.encoding,
            sys.stderr.errors,
            sys.stdin and sys.stdin.encoding,
        ],
        "limits of Python": [
            sys.getrecursionlimit(),
            sys.getswitchinterval(),
            sys.get_int_max_str_digits(),
            sys.getallocatedblocks() > 0,
        ],
        "hash": hash("text") if os.environ.get("PYTHONHASHSEED") == "0" else None,
        "assertions": __debug__,
        "hooks": [
            str(sys.excepthook),
            str(sys.unraisablehook),
            str(sys.displayhook),
            len(sys.meta_path),
            len(sys.path_hooks),
        ],
        "caches": [sys.dont_write_bytecode, sys.pycache_prefix],
        "tracing": [
            "_tracemalloc" in sys.modules and sys.modules["_tracemalloc"].get_traceback_limit(),
            descriptors().keys() >= {"0"},
        ],
        "children's": subprocess.run(
            ["/usr/bin/env"],
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=True,
        ).stdout.splitlines(),
    }
    del about["signals"]  # test_faults.py compares them
    json.dump(about, sys.stdout, indent=1, sort_keys=True, default=str)
    print()
    print("stderr", file=sys.stderr)


if __name__ == "__main__":
    look()
