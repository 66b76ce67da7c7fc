"""
One table of what a decision costs, here and beside others; each program and workload in a process of its own.

`python benchmarks/table.py` prints it; `--write FILE` puts it between the marks in FILE. It imports nothing but the
standard library, so that the processes that are measured start from a small one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BEGIN = "<!-- measured: `python benchmarks/table.py --write docs/benchmarks.md` writes what follows -->"
END = "<!-- end of what was measured -->"
WORKLOADS = ("a", "b", "c")
COUNTS = {"a": 1, "b": 100, "c": 18_000}
NOT_INSTALLED = "not installed"
MOTO = "benchmarks.peers.moto_policies"


@dataclass(frozen=True, slots=True)
class Program:
    """
    A row: how it is called in the table, what is measured, and on which workloads.

    `module` measures it; without one, the peer on Node does.
    """

    name: str
    way: str
    workloads: tuple[str, ...] = WORKLOADS
    module: str | None = "benchmarks.worker"


DECIDE = Program("iamsim `decide`", "decide")
PROGRAMS = (
    DECIDE,
    Program("iamsim `explain`", "explain"),
    Program("iamsim `Batch().answers`, lines", "batch", ("c",)),
    Program("`iamsim simulate --batch -`, lines, with its start", "command", ("c",)),
    Program("moto, policies read once", "moto", module=MOTO),
    Program("moto, as its server asks", "moto-server", module=MOTO),
    Program("iam-simulate `authorize`, policies loaded once", "inner", module=None),
    Program("iam-simulate `runSimulation`", "run", module=None),
)
GROWTH = (
    ("Statements that do not name the action, beside 20 that do", "others", (0, 100, 1_000, 10_000)),
    ("Statements that name the action, with conditions; the last one allows", "same", (10, 100, 1_000, 10_000)),
    ("Roles of workload c, 60 requests each", "roles", (3, 30, 300)),
    ("Different requests to one set of 20 statements", "requests", (60, 600, 6_000, 60_000)),
)

Measure = Mapping[str, Any]
Results = Mapping[tuple[str, str], Measure | str]
"""What was measured of a way and a workload, or why it was not."""


def measure(programs: Iterable[Program], workloads: Iterable[str], *, seconds: float, node_modules: Path) -> Results:
    """Every program on every workload that it knows, one after the other."""
    wanted = tuple(workloads)
    found: dict[tuple[str, str], Measure | str] = {}
    for program in programs:
        for workload in wanted:
            if workload in program.workloads:
                found[program.way, workload] = (
                    in_python(program.module, program.way, workload, seconds)
                    if program.module
                    else on_node(program.way, workload, seconds, node_modules)
                )
    return found


def in_python(module: str, way: str, workload: str, seconds: float) -> Measure | str:
    """One measurement by a module of this folder."""
    return _measured([sys.executable, "-m", module, way, workload, str(seconds)])


def on_node(way: str, workload: str, seconds: float, node_modules: Path) -> Measure | str:
    """One measurement by the peer on Node; where it is not installed, that."""
    node = shutil.which("node")
    if node is None or not (node_modules / "node_modules" / "@cloud-copilot" / "iam-simulate").is_dir():
        return NOT_INSTALLED
    script = ROOT / "benchmarks" / "peers" / "iam_simulate.mjs"
    file = ROOT / "benchmarks" / "workloads" / f"{workload}.json.gz"
    return _measured([node, str(script), str(node_modules), way, str(file), str(seconds)])


# ---------------------------------------------------------------- the text


def text(results: Results, growth: Mapping[tuple[str, str], Measure | str]) -> str:
    """The tables as Markdown."""
    lines = [f"{machine()}.", "", *_speeds(results), "", *_answers(results), "", *_references(results)]
    for title, way, sizes in GROWTH:
        rows = [(size, growth[way, str(size)]) for size in sizes if (way, str(size)) in growth]
        if rows:
            lines += ["", f"**{title}**", "", *_growth(rows)]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What it was measured on, and when."""
    model = re.search(r"^model name\s*:\s*(.+)$", _read(Path("/proc/cpuinfo")), re.MULTILINE)
    processor = model[1] if model else platform.machine()
    date = datetime.now(UTC).date().isoformat()
    return f"Measured on {date}: {processor}, {os.cpu_count()} cores, Python {platform.python_version()}"


def written(page: str, block: str) -> str:
    """`page` with `block` between its marks."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"the page has no place for the table: `{BEGIN}` and `{END}`")
    return f"{head}{BEGIN}\n\n{block}\n{END}{tail}"


def _speeds(results: Results) -> list[str]:
    lines = [
        "| program | a, per CPU-second | b | c | compiled in, ms: a, b, c | peak memory, MB: a, b, c |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for program in PROGRAMS:
        row = [results.get((program.way, workload)) for workload in WORKLOADS]
        if not any(row):
            continue
        version = next((each["version"] for each in row if isinstance(each, Mapping) and "version" in each), "")
        cells = [
            f"{program.name}{f' ({version})' if version else ''}",
            *(_cell(each, lambda m: f"**{m['best']:,.0f}** ({m['median']:,.0f})") for each in row),
            ", ".join(_cell(each, lambda m: f"{m['compile'] * 1000:.1f}" if "compile" in m else "-") for each in row),
            ", ".join(_cell(each, lambda m: f"{m['memory']:.0f}") for each in row),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _answers(results: Results) -> list[str]:
    """How often each program lets through what `decide` lets through."""
    heads = " | ".join(f"{workload} of {count:,}" for workload, count in COUNTS.items())
    lines = [f"| lets through what `decide` lets through | {heads} |", "| --- | --: | --: | --: |"]
    for program in PROGRAMS:
        row = [results.get((program.way, workload)) for workload in WORKLOADS]
        if program is DECIDE or not any(row):
            continue
        same = []
        for workload, each in zip(WORKLOADS, row, strict=True):
            ours = results.get((DECIDE.way, workload))
            known = ours["answers"] if isinstance(ours, Mapping) else ""
            same.append(_cell(each, lambda m, known=known: _agreement(m["answers"], known)))
        lines.append(f"| {program.name} | {' | '.join(same)} |")
    return lines


def _references(results: Results) -> list[str]:
    lines = []
    for workload in WORKLOADS:
        ours = results.get((DECIDE.way, workload))
        if isinstance(ours, Mapping):
            sets = f"{ours['sets']:,} compiled {'set' if ours['sets'] == 1 else 'sets'}"
            lines.append(
                f"- {workload}: {sets}; the first pass of `decide` takes {ours['first'] * 1000:,.1f} ms; of "
                f"{ours['compared']:,} decisions {ours['same']:,} are those of the naive reference."
            )
    return lines


def _agreement(theirs: str, ours: str) -> str:
    if len(theirs) != len(ours):
        return "-"
    return f"{sum(mine == other for mine, other in zip(ours, theirs, strict=True)):,}"


def _growth(rows: Iterable[tuple[int, Measure | str]]) -> list[str]:
    lines = [
        "| number | decisions per CPU-second | a decision, µs | compiled in, ms | peak memory, MB |",
        "| --: | --: | --: | --: | --: |",
    ]
    for size, found in rows:
        cells = (
            [found] * 4
            if isinstance(found, str)
            else [
                f"{found['best']:,.0f} ({found['median']:,.0f})",
                f"{1e6 / found['best']:,.1f}",
                f"{found['compile'] * 1000:,.1f}",
                f"{found['memory']:.0f}",
            ]
        )
        lines.append(f"| {size:,} | {' | '.join(cells)} |")
    return lines


def _cell(found: Measure | str | None, shown: Any) -> str:
    return "-" if found is None else found if isinstance(found, str) else shown(found)


# ---------------------------------------------------------------- processes


def _measured(command: list[str]) -> Measure | str:
    """What a process measures; a peer that ends in an error costs its cell, not the table."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        if command[0] == sys.executable:
            raise SystemExit(f"`{' '.join(command[2:])}` ended with {done.returncode}: {lines[-1] if lines else ''}")
        print(f"`{' '.join(command)}` ended with {done.returncode}", *lines[-8:], sep="\n", file=sys.stderr)
        return "failed"
    found: Measure = json.loads(done.stdout)
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def main() -> None:
    """Measure, print, and write where that is wanted."""
    parser = argparse.ArgumentParser(description="One table of what a decision costs, here and beside others.")
    parser.add_argument("--seconds", type=float, default=8.0, help="CPU time for each measurement, about (8)")
    parser.add_argument("--node-modules", type=Path, default=ROOT / "build" / "bench", metavar="FOLDER",
                        help="where npm has installed iam-simulate (build/bench)")  # fmt: skip
    parser.add_argument("--only", action="append", metavar="WAY", choices=[*(p.way for p in PROGRAMS), "growth"],
                        help="measure this alone; may be repeated")  # fmt: skip
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the marks in FILE")
    options = parser.parse_args()
    only = options.only or [*(program.way for program in PROGRAMS), "growth"]
    results = measure(
        [program for program in PROGRAMS if program.way in only],
        WORKLOADS,
        seconds=options.seconds,
        node_modules=options.node_modules.resolve(),
    )
    growth = {
        (way, str(size)): in_python("benchmarks.worker", way, str(size), options.seconds / 2)
        for _, way, sizes in GROWTH
        for size in sizes
        if "growth" in only
    }
    block = text(results, growth)
    print(block)
    if options.write:
        options.write.write_text(written(options.write.read_text(encoding="utf-8"), block), encoding="utf-8")


if __name__ == "__main__":
    main()
