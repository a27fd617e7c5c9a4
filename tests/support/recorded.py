# SPDX-License-Identifier: Apache-2.0
"""The made-up profile whose reports are recorded in tests/reports/golden."""

import json

MIB = 1 << 20
HOSTILE = "odd;\n]]><b>&\x01.py"


def profile() -> bytes:
    names = [
        ("", ""),
        ("<module>", "job.py"),
        ("load", "lib/data.py"),
        ("join", "lib/data.py"),
        ("<lambda>", HOSTILE),
    ]
    return json.dumps(
        {
            "format": "filprofiler", "version": 1, "kind": "peak", "peak_bytes": 101 * MIB,
            "error_bound_bytes": 0,
            "command": ["python", "job.py", "a b"], "python": "3.13.1", "pid": 7,
            "started": 1790000000.5, "seconds": 2.25,
            "functions": [{"name": name, "file": file, "first_line": 1} for name, file in names],
            "nodes": [[0, 0, 0, MIB, 5], [0, 1, 3, 0, 0], [1, 2, 10, 60 * MIB, 2],
            [1, 3, 20, 30 * MIB, 1], [3, 2, 10, 8 * MIB, 1],
                      [1, 4, 1, 2 * MIB - 3, 1], [5, 2, 11, 3, 1]],
            "resident": {"start_bytes": 9 * MIB, "at_peak_bytes": 80 * MIB, "most_bytes": 90 * MIB,
            "files_bytes": 3 * MIB,
                         "allocator_overhead_bytes": MIB, "profiler_bytes": 2 * MIB},
            "threads": ["MainThread", "loader;\n"],
            "parts": [[2, 0, 0, 60 * MIB, 40 * MIB], [3, 1, 1, 30 * MIB, 0]],
            "files": [{"path": HOSTILE, "node": 3, "mapped_bytes": 500 * MIB,
            "resident_bytes": 20 * MIB}],
            "sources": {
                "lib/data.py": {"10": "rows = numpy.ones(n)", "20": "left.merge(right)  # <both>"},
                "job.py": {"3": "main()"},
            },
        }
    ).encode()  # fmt: skip
