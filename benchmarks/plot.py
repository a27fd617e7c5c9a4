# SPDX-License-Identifier: Apache-2.0
"""The picture: for each workload, a dot a tool, at its ratio of CPU time, on a scale of powers."""

import math
from html import escape

from benchmarks.catalogue import WORKLOADS
from benchmarks.results import Results, summary
from benchmarks.tools import TOOLS

COLOURS = {
    "ours": "#d62728",
    "fil": "#1f77b4",
    "memray": "#9467bd",
    "memray-objects": "#8c564b",
    "scalene": "#2ca02c",
    "tracemalloc": "#ff7f0e",
}
LEFT, WIDTH, ROW, TOP = 210, 640, 22, 60
LEAST, MOST = 0.8, 40.0
STYLE = """text { font: 12px sans-serif; fill: #222 } .line { stroke: #ccc } .row { stroke: #eee }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .line { stroke: #555 } .row { stroke: #333 }
}"""


def _x(ratio: float) -> float:
    """Return the place of a ratio; what is off the scale stands at its end."""
    share = math.log(max(LEAST, min(MOST, ratio)) / LEAST) / math.log(MOST / LEAST)
    return LEFT + share * WIDTH


def picture(results: Results) -> str:
    """Draw it, as SVG."""
    tools = [name for name in COLOURS if name in results.tools()]
    rows = [
        workload
        for workload in WORKLOADS
        if workload.figures[0].is_ratio and any(results.get(workload.name, t) for t in tools)
    ]
    bottom = TOP + ROW * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {bottom + 10}" '
        'role="img">'
    ]
    parts.append("<title>CPU time of workloads under each tool, as ratios to plain Python</title>")
    parts.append(f"<style>{STYLE}</style>")
    for place, name in enumerate(tools):
        x, y = 10 + 290 * (place % 3), 16 + 18 * (place // 3)
        parts.append(
            f'<circle cx="{x}" cy="{y - 4}" r="5" fill="{COLOURS[name]}"/><text x="{x + 10}" '
            f'y="{y}">{escape(TOOLS[name].title)}</text>'
        )
    for ratio in (1, 1.2, 1.5, 2, 3, 5, 10, 20, 40):
        parts.append(
            f'<line class="line" x1="{_x(ratio):.1f}" x2="{_x(ratio):.1f}" y1="{TOP}" '
            f'y2="{bottom}"/>'
        )
        parts.append(
            f'<text x="{_x(ratio):.1f}" y="{TOP - 5}" text-anchor="middle">{ratio:g}</text>'
        )
    for number, workload in enumerate(rows):
        y = TOP + ROW * number + ROW // 2
        parts.append(f'<line class="row" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y}" y2="{y}"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(workload.name)}</text>'
        )
        for name in reversed(tools):  # ours is drawn last, above the others
            result = results.get(workload.name, name)
            if result and "cpu" in result.values:
                ratio = summary(result.values["cpu"]).median
                told = escape(f"{workload.name}, {TOOLS[name].title}: {ratio:.2f}")
                parts.append(
                    f'<circle cx="{_x(ratio):.1f}" cy="{y}" r="5" '
                    f'fill="{COLOURS[name]}"><title>{told}</title></circle>'
                )
    return "\n".join([*parts, "</svg>\n"])
