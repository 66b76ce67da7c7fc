"""A server's source as files: found, bounded and parsed, never run."""

from __future__ import annotations

import ast
import os
import re
import stat
import sys
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iamsim.errors import InputError

MOST_FILES, LARGEST_FILE, MOST_BYTES, MOST_LINES, LONGEST_LINE = 4000, 4 << 20, 48 << 20, 45_000, 200_000
"""Bounds of what is read; what lies beyond is left out with a note."""

DEEPEST = 200
"""Brackets nested deeper than this are not parsed."""

SKIPPED = frozenset({
    ".git", ".hg", ".tox", ".venv", "venv", "env", "node_modules", "__pycache__", "build", "dist", "site-packages",
    "tests", "test", "testing", "docs", "doc", "examples", "benchmarks", ".eggs", ".mypy_cache", ".ruff_cache",
})  # fmt: skip
"""Folders that hold no part of a server."""

_RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]} (which reads it here)"

_SKIPPED_FILES = re.compile(r"(?:conftest|setup|noxfile|test_.*|.*_test)\.py")


@dataclass(frozen=True, slots=True)
class Note:
    """Something about one file: what was not read, and why."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


@dataclass(slots=True)
class Source:
    """One file: its path below the root with `/`, its module's names (the longest first), and its parsed text."""

    file: str
    names: tuple[str, ...]
    package: bool
    tree: ast.Module

    @property
    def name(self) -> str:
        """The module's full name below the root."""
        return self.names[0]


@dataclass(slots=True)
class Tree:
    """
    All files of a server's source.

    `modules` by every name that an import may use; `scripts` are the entry points its metadata name
    (`package.module:function`); `notes` say what was left out.
    """

    root: str
    sources: list[Source] = field(default_factory=list)
    modules: dict[str, Source] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)


def tree(root: Path) -> Tree:
    """
    The Python files below `root`, or the file `root` itself.

    Links are not followed. A file that cannot be read or parsed is a note. Raises `InputError` where there is nothing
    to read at all.
    """
    found = Tree(root.name or str(root))
    try:
        kind = root.stat().st_mode
    except OSError as error:
        raise InputError(f"`{root}` cannot be read: {(error.strerror or 'no path').lower()}") from None
    except ValueError:
        raise InputError("the path holds a null byte") from None
    if stat.S_ISDIR(kind):
        files = list(_files(root, found))
        base = root
    elif stat.S_ISREG(kind):
        files, base = [root], root.parent
    else:
        raise InputError(f"`{root}` is neither a file nor a folder", hint="name the folder of the server's source")
    packages = {path.parent for path in files if path.name == "__init__.py"}
    size = 0
    for path in files:
        relative = path.relative_to(base).as_posix()
        text = _text(path, relative, found)
        if text is None:
            continue
        size += len(text)
        if size > MOST_BYTES:
            found.notes.append(
                Note(relative, f"left out with all that follow: the source is larger than {MOST_BYTES} characters")
            )
            break
        parsed = parsed_text(text, relative, found.notes)
        if parsed is not None:
            _add(found, Source(relative, _names(path, base, packages), path.name == "__init__.py", parsed))
    if not found.sources:
        why = f": {found.notes[0]}" if found.notes else ""
        raise InputError(
            f"no Python source in `{root}` can be read{why}", hint="name the folder of the server's source"
        )
    found.scripts = tuple(_scripts(base if stat.S_ISDIR(kind) else None))
    return found


def parsed_text(text: str, file: str, notes: list[Note]) -> ast.Module | None:
    """The syntax tree of `text`; None, with a note, for what is no Python 3 or too much of it."""
    if text.count("\n") > MOST_LINES:
        notes.append(Note(file, f"not read: more than {MOST_LINES} lines"))
        return None
    if any(len(line) > LONGEST_LINE for line in text.split("\n")):
        notes.append(Note(file, f"not read: a line of more than {LONGEST_LINE} characters"))
        return None
    if _deepest(text) > DEEPEST:
        notes.append(Note(file, f"not read: brackets nested more than {DEEPEST} deep"))
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, filename="source")
    except SyntaxError as error:
        notes.append(Note(file, f"not read: line {error.lineno or '?'} is no Python {_RUNNING}: {_plain(error.msg)}"))
    except (ValueError, RecursionError, MemoryError, OverflowError):
        notes.append(Note(file, "not read: too deeply nested, or no text"))
    return None


def _plain(message: str | None) -> str:
    return "".join(char for char in (message or "invalid syntax") if char.isprintable())[:120]


def _deepest(text: str) -> int:
    """How deep brackets nest, those in strings and comments counted too, as far as they are unbalanced in nothing else."""
    depth = deepest = 0
    for match in re.finditer(r"[()\[\]{}]", text):
        depth = depth + 1 if match[0] in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _files(root: Path, found: Tree) -> Iterator[Path]:
    """Regular .py files in sorted order, folders first come first; no link is followed."""
    number = 0
    stack = [root]
    while stack:
        folder = stack.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            found.notes.append(Note(_shown(folder, root), f"not read: {(error.strerror or 'unreadable').lower()}"))
            continue
        folders = []
        for entry in entries:
            try:
                if entry.is_symlink():
                    if entry.name.endswith(".py"):
                        found.notes.append(Note(_shown(Path(entry.path), root), "not read: a link"))
                elif entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED and not entry.name.endswith((".egg-info", ".dist-info")):
                        folders.append(Path(entry.path))
                elif entry.name.endswith(".py"):
                    if not entry.is_file(follow_symlinks=False):
                        found.notes.append(Note(_shown(Path(entry.path), root), "not read: no regular file"))
                    elif not _SKIPPED_FILES.fullmatch(entry.name):
                        number += 1
                        if number > MOST_FILES:
                            found.notes.append(
                                Note(
                                    _shown(Path(entry.path), root),
                                    f"left out with all that follow: more than {MOST_FILES} files",
                                )
                            )
                            return
                        yield Path(entry.path)
            except OSError as error:
                found.notes.append(
                    Note(_shown(Path(entry.path), root), f"not read: {(error.strerror or 'unreadable').lower()}")
                )
        stack.extend(reversed(folders))


def _shown(path: Path, root: Path) -> str:
    text = path.relative_to(root).as_posix()
    return "".join(char if char.isprintable() else "?" for char in text)[:200]


def _text(path: Path, relative: str, found: Tree) -> str | None:
    shown = "".join(char if char.isprintable() else "?" for char in relative)[:200]
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        found.notes.append(Note(shown, f"not read: {(error.strerror or 'unreadable').lower()}"))
        return None
    if len(data) > LARGEST_FILE:
        found.notes.append(Note(shown, f"not read: larger than {LARGEST_FILE} bytes"))
        return None
    cookie = re.search(rb"\A(?:[^\n]*\n)?[^\n]*coding[:=][ \t]*([-\w.]+)", data[:400])
    if cookie and cookie[1].lower() not in (b"utf-8", b"utf8", b"ascii", b"us-ascii", b"latin-1", b"iso-8859-1"):
        found.notes.append(Note(shown, "not read: neither UTF-8 nor Latin 1"))
        return None
    latin = cookie is not None and cookie[1].lower() in (b"latin-1", b"iso-8859-1")
    try:
        return data.decode("latin-1" if latin else "utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        found.notes.append(Note(shown, "not read: not UTF-8"))
        return None


def _names(path: Path, base: Path, packages: set[Path]) -> tuple[str, ...]:
    """Every name under which the module may be imported: from each folder on the way that is no package itself."""
    parts = path.relative_to(base).with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    if base in packages:
        # The root is a package itself, and what is in it is imported by its name.
        return tuple(name for name in (".".join((base.name, *parts)), ".".join(parts)) if name)
    if not parts:
        return (base.name,)
    found = [".".join(parts)]
    folder = base
    for number, part in enumerate(parts[:-1] if path.name != "__init__.py" else parts):
        folder /= part
        if folder in packages:
            break
        rest = parts[number + 1 :]
        if rest:
            found.append(".".join(rest))
    return tuple(found)


def _add(found: Tree, source: Source) -> None:
    found.sources.append(source)
    for name in source.names:
        found.modules.setdefault(name, source)


def _scripts(base: Path | None) -> Iterator[str]:
    """What the project's metadata call its commands: `package.module:function`."""
    if base is None:
        return
    for path in (base / "pyproject.toml", *sorted(base.glob("*.dist-info/entry_points.txt"))):
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_FILE:
                continue
            text = path.read_text("utf-8")
            if path.suffix == ".toml":
                project = tomllib.loads(text).get("project", {})
                scripts = project.get("scripts", {}) if isinstance(project, Mapping) else {}
                named = list(scripts.values()) if isinstance(scripts, Mapping) else []
            else:
                named = re.findall(r"(?m)^[^=\[\n]+=[ \t]*(\S+)[ \t]*$", text)
        except (OSError, ValueError, RecursionError):
            continue
        yield from (name for name in named if isinstance(name, str) and re.fullmatch(r"[\w.]+:[\w.]+", name))
