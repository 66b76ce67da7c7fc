"""The files of a folder, read within bounds and never from outside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from iamsim import config
from iamsim.errors import InputError, OutsideError
from iamsim.model.origin import Origin

MAX_FILES = 20_000
"""Most files and folders that are looked at; the quotas of one account allow about 10,000 policies and roles."""

MAX_DEPTH = 32
"""Deepest folder below the one given; an IAM path has at most 512 characters."""


class Files:
    """Reads below one folder; origins show paths as the user gave them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.resolved = root.resolve()
        self.count = 0

    def entries(self, folder: Path) -> Iterator[Path]:
        """
        What `folder` holds, by name; dot files and Markdown are nobody's policies and stay out.

        Raises `InputError` for a link that leaves the root, and past `MAX_FILES` and `MAX_DEPTH`.
        """
        if len(folder.parts) - len(self.root.parts) > MAX_DEPTH:
            raise InputError(
                f"folders are nested more than {MAX_DEPTH} deep",
                hint="is a link going round in circles?",
                origin=Origin(str(folder)),
            )
        try:
            found = sorted(folder.iterdir())
        except OSError as error:
            raise _unreadable(folder, error) from None
        for path in found:
            if path.name.startswith(".") or path.suffix == ".md":
                continue
            self.count += 1
            if self.count > MAX_FILES:
                raise InputError(
                    f"more than {MAX_FILES:,} files", hint="name the folder of one account", origin=Origin(str(folder))
                )
            yield self.inside(path)

    def inside(self, path: Path) -> Path:
        """`path`, when it and what it links to stay below the root."""
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            raise InputError(
                "is a link that leads nowhere", hint="remove it or copy the file", origin=Origin(str(path))
            ) from None
        if not target.is_relative_to(self.resolved):
            raise InputError(
                "is a link that leaves the folder", hint="copy the file into the folder", origin=Origin(str(path))
            )
        return path

    def text(self, path: Path) -> str:
        """The text of a file."""
        return _decoded(self.data(path), path)

    def data(self, path: Path) -> bytes:
        return _data(path, config.MAX_BYTES, "AWS takes policies of 131,072 characters at most")

    def table(self, path: Path, keys: Mapping[str, type]) -> Table:
        """The TOML file at `path`, empty when there is none; `keys` are those it may hold, and their types."""
        if not path.exists() and not path.is_symlink():
            return Table(path, {}, "")
        values, text = config.parse(self.data(self.inside(path)), str(path))
        table = Table(path, values, text)
        for key, value in values.items():
            if key not in keys:
                raise InputError(
                    f"`{key[:80]}` has no meaning here",
                    hint=config.closest(key, keys),
                    origin=table.origin(key),
                )
            # `True` is an int for Python and no number for people.
            if not isinstance(value, keys[key]) or (isinstance(value, bool) and keys[key] is not bool):
                raise InputError(
                    f"`{key}` is not {_WORDS[keys[key]]}",
                    hint=_EXAMPLES[keys[key]],
                    origin=table.origin(key),
                )
        return table


def one_file(path: Path, most: int) -> str:
    """
    The text of a file that stands alone, of `most` bytes at most.

    Raises `InputError` for anything but UTF-8 text in a plain file, `OutsideError` where reading fails.
    """
    return _decoded(_data(path, most, "name a file that holds policies and nothing else"), path)


def _data(path: Path, most: int, hint: str) -> bytes:
    # A pipe or a device would be waited for.
    if not path.is_file():
        raise InputError("is not a file", hint="put a file in its place", origin=Origin(str(path)))
    try:
        with path.open("rb") as file:
            found = file.read(most + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(found) > most:
        raise InputError(f"is larger than {most:,} bytes", hint=hint, origin=Origin(str(path)))
    return found


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 text (byte {error.start})", hint="save the file as UTF-8", origin=Origin(str(path))
        ) from None


class Table:
    """The values of one TOML file, and the place to blame for them."""

    def __init__(self, path: Path, values: Mapping[str, Any], text: str) -> None:
        self.path = path
        self.values = values
        self.written = text

    def origin(self, key: str) -> Origin:
        return Origin(str(self.path), f"/{key}", config.line_of(self.written, key=key))

    def text(self, key: str) -> str | None:
        value: str | None = self.values.get(key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a missing one is empty."""
        values = self.values.get(key, [])
        for value in values:
            if not isinstance(value, str):
                raise InputError(
                    f"`{key}` holds something that is no text", hint=_EXAMPLES[list], origin=self.origin(key)
                )
        return tuple(values)

    def pairs(self, key: str) -> dict[str, str] | None:
        """A table of texts; None when there is none."""
        if key not in self.values:
            return None
        for name, value in self.values[key].items():
            if not isinstance(value, str):
                raise InputError(f"`{key}.{name}` is no text", hint="write it in quotes", origin=self.origin(key))
        return dict(self.values[key])

    def flag(self, key: str) -> bool:
        return bool(self.values.get(key, False))


_WORDS = {str: "text", list: "a list", dict: "a table", int: "a whole number", bool: "a flag"}
_EXAMPLES = {
    str: "write it in quotes",
    list: 'write ["one", "two"]',
    dict: 'write name = "value" below its heading in brackets',
    int: "write digits without quotes",
    bool: "write true or false",
}


def _unreadable(path: Path, error: OSError) -> InputError | OutsideError:
    kind = InputError if isinstance(error, PermissionError) else OutsideError
    return kind(
        f"cannot be read: {(error.strerror or 'unknown error').lower()}",
        hint="check the file and its permissions",
        origin=Origin(str(path)),
    )
