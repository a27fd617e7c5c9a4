# SPDX-License-Identifier: Apache-2.0
"""`./dev bench`: what the profiler costs, as ratios to plain Python.

Each workload runs plain and profiled in turn, PAIRS times. A figure is the median over the pairs of the CPU time (user and system, whole process)
less that of an empty script measured in the same way. malloc's thresholds are the same on both sides.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORKLOADS = {  # name => (at most, program)
    "calls without allocations": (1.05, "def f(x): return x\ndef g():\n    i = 0\n    while i < 250:\n        i += 1\n" + "        for j in r: f(1); f(2); f(3)\nr = range(250)\n" + "for _ in range(150): g()"),
    "fib(30), eight times": (1.3, "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nfor _ in range(8): fib(30)"),
    "small objects": (1.3, "for _ in range(3):\n    kept = []\n    for i in range(600_000): kept.append([i]); kept.append({i: i})\n    del kept"),
    "json.loads": (1.3, "import json\ntext = json.dumps([{'id': i, 'name': 'n%d' % i, 'v': [i, i + 0.5]} for i in range(200_000)])\nfor _ in range(3): json.loads(text)"),
    "pandas read_csv, groupby": (1.45, "import io, pandas as pd, numpy as np\nn = 400_000\nd = pd.DataFrame({'k': np.arange(n) % 1000, 'v': np.arange(n) * 1.5, 's': ['s%d' % (i % 5000) for i in range(n)]})\nt = d.to_csv(index=False)\nfor _ in range(5):\n    e = pd.read_csv(io.StringIO(t)); e.groupby('k')['v'].mean(); e.groupby('s')['v'].sum()"),
    "NumPy arithmetic": (1.1, "import numpy as np\na = np.arange(2_000_000.0)\nfor _ in range(150): b = a * 2 + a; b.sum()"),
}  # fmt: skip


def cpu_and_wall(command: list[str]) -> tuple[float, float]:
    """Run a command; its CPU and wall time in seconds."""
    environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_MMAP_THRESHOLD_": "1000000000"}
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", help="workloads whose name contains this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "workload.py"
        plain = [sys.executable, str(script)]
        profiled = [sys.executable, "-m", "filprofiler", "--no-browser", "-o", folder, "run", str(script)]
        script.write_text("")
        empty = [(cpu_and_wall(plain), cpu_and_wall(profiled)) for _ in range(options.pairs)]
        base = [statistics.median(pair[side][0] for pair in empty) for side in (0, 1)]
        added = statistics.median(pair[1][1] - pair[0][1] for pair in empty)
        print(f"{'empty script, start and report':32} +{1000 * added:.0f} ms wall (at most +100)", flush=True)
        results: dict[str, object] = {"empty_script_added_ms": 1000 * added}
        for name, (most, program) in WORKLOADS.items():
            if options.only and options.only not in name:
                continue
            script.write_text(program)
            ratios = []
            for _ in range(options.pairs):
                a, b = cpu_and_wall(plain)[0], cpu_and_wall(profiled)[0]
                ratios.append((b - base[1]) / (a - base[0]))
            median = statistics.median(ratios)
            print(f"{name:32} {median:.2f}  [{min(ratios):.2f}-{max(ratios):.2f}]  (at most {most})", flush=True)
            results[name] = {"median": median, "min": min(ratios), "max": max(ratios), "at_most": most}
    Path("build").mkdir(exist_ok=True)
    Path("build/bench.json").write_text(json.dumps(results, indent=1))


main()
