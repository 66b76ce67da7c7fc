"""The README and the pages in docs/ say what the program does."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from iamsim import gate
from iamsim.config import Config
from iamsim.model.finding import Kind
from iamsim.model.report import Status
from tests.readme_blocks import BLOCKS, PAGES, ROOT, marked, rewritten

README = ROOT / "README.md"
SKIP = "…"
"""A line of a shown output that stands for any number of lines."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@dataclass(frozen=True)
class Shown:
    """A code block under a marker: `<!-- run: FOLDER -->` or `<!-- file: PATH -->`."""

    kind: str
    place: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command as shown, and the lines shown below it."""

    line: str
    output: tuple[str, ...]


def shown(page: Path) -> tuple[Shown, ...]:
    """The marked code blocks of a page."""
    found = re.findall(r"<!-- (run|file): (\S+) -->\n```[a-z]+\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)
    return tuple(Shown(*block) for block in found)


def commands(block: str) -> Iterator[Command]:
    """The commands of a console block, continued lines joined."""
    for part in re.split(r"^\$ ", block.replace("\\\n", ""), flags=re.MULTILINE)[1:]:
        line, *output = part.rstrip("\n").split("\n")
        yield Command(line, tuple(output))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def told(output: str) -> list[str]:
    """The lines of an output, with a moment in the place of every moment."""
    output = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "(moment)", output)
    return re.sub(r"\b1\d{9}\b", "(seconds)", output).rstrip("\n").split("\n")


def missing(expected: tuple[str, ...], output: str) -> str | None:
    """The first shown run of lines that the output does not have in its place; None where it has all."""
    lines, at = told(output), 0
    anywhere = False
    wanted = told("\n".join(expected))
    for run, follows in _runs(wanted):
        places = range(at, len(lines) - len(run) + 1) if anywhere else (at,)
        found = next((place for place in places if lines[place : place + len(run)] == run), None)
        if found is None:
            return "\n".join(run)
        at, anywhere = found + len(run), follows
    return None if anywhere or at == len(lines) else "\n".join(lines[at:])


def _runs(wanted: list[str]) -> Iterator[tuple[list[str], bool]]:
    """The runs of lines between the skipped parts, each with whether something may be skipped after it."""
    run: list[str] = []
    for line in wanted:
        if line == SKIP:
            yield run, True
            run = []
        else:
            run.append(line)
    if run:
        yield run, False


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


class Reader:
    """Somebody who follows a page in a copy of the repository: makes its files, then runs its commands."""

    def __init__(self, folder: Path, blocks: tuple[Shown, ...]) -> None:
        self.folder = folder
        self.code = 0
        self.made = [block.place for block in blocks if block.kind == "file"]
        for kind in ("accounts", "evidence", "rules", "servers", "sources"):
            shutil.copytree(ROOT / "fixtures" / kind, folder / "fixtures" / kind)
        self.package = folder if any(place.startswith("iamsim/") for place in self.made) else ROOT
        if self.package is folder:
            shutil.copytree(ROOT / "iamsim", folder / "iamsim", ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copy(ROOT / "pyproject.toml", folder)
        self.iamsim = folder / ".bin" / "iamsim"
        self.iamsim.parent.mkdir()
        self.iamsim.write_text(f"#!{sys.executable}\nfrom iamsim.cli import main\n\nmain()\n", encoding="utf-8")
        self.iamsim.chmod(0o755)
        for block in blocks:
            if block.kind == "file":
                path = folder / block.place
                assert not path.exists(), f"{block.place} is there already"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")

    def runs(self, command: Command, place: str) -> str:
        """What the command prints, errors included."""
        program, *arguments = shlex.split(command.line)
        if (program, arguments) == ("echo", ["$?"]):
            return str(self.code)
        program = {"iamsim": str(self.iamsim), "python": sys.executable, "sh": "sh"}.get(program, "")
        assert program, f"a page shows `{command.line}`, which nobody runs"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("IAMSIM_")},
            "COLUMNS": "100",
            "PATH": os.pathsep.join((str(self.iamsim.parent), os.environ["PATH"])),
            "PYTHONPATH": str(self.package),
            "PYTHONSAFEPATH": "1",
            "PYTHONUTF8": "1",
        }
        done = subprocess.run(
            [program, *arguments],
            cwd=self.folder / place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        self.code = done.returncode
        return done.stdout


@pages
def test_what_the_program_tells_itself_is_told_as_it_is_now(page):
    assert rewritten(text_of(page)) == text_of(page), "run `make readme`"


def test_every_part_that_the_program_tells_stands_on_one_page():
    assert sorted(name for page in PAGES for name in marked(text_of(page))) == sorted(BLOCKS)


@pytest.mark.parametrize("page", [page for page in PAGES if shown(page)], ids=lambda page: page.name)
def test_the_commands_of_a_page_print_what_it_shows(page, tmp_path):
    blocks = shown(page)
    reader = Reader(tmp_path, blocks)
    for block in blocks:
        for command in commands(block.text) if block.kind == "run" else ():
            output = reader.runs(command, block.place)
            lacking = missing(command.output, output)
            assert lacking is None, f"$ {command.line}\nprints no\n{lacking}\nin its place, but\n{output}"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "<!-- file: iamsim/" in text_of(page)], ids=lambda p: p.name
)
def test_the_plug_in_of_a_page_keeps_the_rules_of_the_house(page, tmp_path):
    reader = Reader(tmp_path, shown(page))
    made = [place for place in reader.made if place.endswith(".py")]
    for arguments in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", *made]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("expected", "output", "lacking"),
    [
        (("a", "b"), "a\nb\n", None),
        (("a", SKIP, "d"), "a\nb\nc\nd\n", None),
        ((SKIP, "c", SKIP), "a\nb\nc\nd\n", None),
        ((), "", ""),
        (("judged at 2026-01-31 12:00:00 UTC",), "judged at 2027-02-28 00:00:00 UTC", None),
        (("a", "c"), "a\nb\nc\n", "a\nc"),
        (("b",), "a\nb\n", "b"),
        (("a",), "a\nb\n", "b"),
        ((SKIP, "b", "a", SKIP), "a\nb\n", "b\na"),
        ((SKIP, "b", SKIP, "a", SKIP), "a\nb\n", "a"),
    ],
)
def test_a_shown_line_that_is_not_printed_is_noticed(expected, output, lacking):
    assert missing(expected, output) == (lacking or None)


@pages
def test_every_link_leads_somewhere(page):
    headings = {
        path: {slug(line.lstrip("#")) for line in text_of(path).split("\n") if line[:1] == "#"} for path in PAGES
    }
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in headings.get(path, ())):
            lost.append(target)
    assert lost == []


def test_the_readme_leads_to_every_page():
    linked = set(re.findall(r"\]\((docs/[^)#\s]+)", text_of(README)))
    assert linked == {f"docs/{page.name}" for page in PAGES if page.parent.name == "docs"}


@pages
def test_no_page_names_a_place_on_somebodys_machine(page):
    assert (
        re.findall(r"(?<![\w.])(?:/(?:home|mnt|opt|private|root|tmp|Users|var|work)/\S*|[A-Z]:\\\S*)", text_of(page))
        == []
    )


@pages
def test_every_account_on_a_page_is_an_example(page):
    numbers = set(re.findall(r"(?<![\w-])\d{12}(?![\w-])", text_of(page)))
    assert numbers <= {"111122223333", "444455556666", "123456789012"}


def test_every_page_that_the_program_names_is_there():
    named = {
        name
        for path in (ROOT / "iamsim").rglob("*.py")
        for name in re.findall(r"docs/[a-z-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_every_make_command_of_the_readme_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = set(re.findall(r"^make ([a-z]+)", text_of(README), re.MULTILINE))
    assert {"demo", "test"} <= asked <= targets


def test_the_table_of_settings_lists_every_setting():
    section = text_of(ROOT / "docs" / "check.md").partition("## Write the settings down")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == sorted(field.name for field in fields(Config) if field.name != "path")


def test_the_gate_counts_the_codes_in_the_order_that_the_readme_gives():
    order = re.search(r"the first of ([\d, ]+) counts", text_of(README))
    assert order is not None
    codes = [int(code) for code in order[1].split(", ")]
    assert sorted(codes) == sorted(set(gate.MEANING) - {gate.INTERRUPTED})
    # The first two come from errors: there is no report then.
    assert codes[:2] == [gate.WRONG_INPUT, gate.FAILED]
    brings: dict[int, tuple[bool, tuple[Kind, ...]]] = {
        gate.NOTHING_TO_CHECK: (False, ()),
        gate.GAPS: (True, (Kind.GAP,)),
        gate.UNKNOWN: (True, (Kind.UNKNOWN,)),
        gate.PASSED: (True, (Kind.HAZARD, Kind.NOTE)),
    }
    for first, second in pairwise(codes[2:]):
        passed = SimpleNamespace(status=Status.ALLOWED, name="tool")
        tools = (passed,) if brings[first][0] and brings[second][0] else ()
        findings = [SimpleNamespace(kind=kind, key=kind) for kind in brings[second][1] + brings[first][1]]
        report = SimpleNamespace(
            tools=tools,
            findings=findings,
            probes=(),
            token=passed,
            assume=passed,
            left=frozenset(),
            fail_on=(),
            overdue=(),
            failing=(),
        )
        assert gate.exit_code(cast("Any", report)) == first
