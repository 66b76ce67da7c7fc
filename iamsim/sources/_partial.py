"""What a reading that has not come to its end has read, kept beside the file that it is for."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from iamsim import redact
from iamsim.errors import InputError, OutsideError
from iamsim.sources._live import Calls, MissingError
from iamsim.sources._reads import taken

MOST_BYTES = 1024 * 1024 * 1024
"""Most that is read back; a role and its policies take about 10 KB."""

_SINCE = "since"
_KIND = "iamsim snapshot, unfinished"


@dataclass(slots=True)
class Partial:
    """
    A file of JSON lines: a header, then one line for each call that was answered in full; without `file`, memory only.

    Only whoever made it may read or write it. What AWS refused is not kept, and so is asked again.
    """

    path: Path
    since: datetime
    """When the reading began: how old the oldest of it may be."""
    known: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    file: IO[str] | None = None
    writing: threading.Lock = field(default_factory=threading.Lock)

    def over(self, calls: Calls, account: str) -> Calls:
        """`calls` of an account, with what is known of it already."""
        return _Known(self, calls, account)

    def keep(self, part: list[Any], answer: Mapping[str, Any]) -> None:
        """One more call that was answered; raises `OutsideError` where the disk takes no more."""
        line = json.dumps({"part": part, **answer}, default=str)
        with self.writing:
            self.known[_key(part)] = json.loads(line)
            if self.file is not None:
                try:
                    self.file.write(line + "\n")
                    self.file.flush()
                except OSError as error:
                    raise _failed(self.path, error) from None

    def close(self) -> None:
        """Leaves the file for the next time."""
        if self.file is not None:
            self.file.close()

    def remove(self) -> None:
        """The reading has come to its end."""
        if self.file is not None:
            self.close()
            self.path.unlink(missing_ok=True)


def opened(path: Path, header: Mapping[str, Any], *, now: datetime, most: timedelta, fresh: bool) -> Partial:
    """
    The file at `path` to go on with, or a new one; `fresh` puts a new one in the place of what is there.

    `header` says what is being read; raises `InputError` for a file that holds something else, or holds it for
    longer than `most`.
    """
    if fresh:
        path.unlink(missing_ok=True)
    try:
        return _continued(path, header, now, most)
    except FileNotFoundError:
        return _begun(path, header, now)
    except OSError as error:
        raise _failed(path, error) from None


def _begun(path: Path, header: Mapping[str, Any], now: datetime) -> Partial:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600)
        file = os.fdopen(handle, "w", encoding="utf-8")
        file.write(json.dumps({_KIND: 1, _SINCE: now.isoformat(), **header}) + "\n")
        file.flush()
    except (OSError, ValueError) as error:  # ValueError: a NUL, which no path has
        raise _failed(path, error) from None
    return Partial(path, now, file=file)


def _continued(path: Path, header: Mapping[str, Any], now: datetime, most: timedelta) -> Partial:
    handle = os.open(path, os.O_RDWR | _NO_LINK)
    with os.fdopen(handle, "r+b") as file:
        _ours(path, os.fstat(file.fileno()))
        whole, last, text = file.read(MOST_BYTES + 1).rpartition(b"\n")
        if len(whole) >= MOST_BYTES:
            raise _refused(path, "is too large to go on with")
        if text:
            # The last line was being written when the reading ended.
            file.truncate(len(whole) + len(last))
    lines = _lines(path, whole)
    found = next(lines, {})
    since = _since(path, found, header)
    if not timedelta(0) <= now - since <= most:
        raise _refused(
            path,
            f"holds what was read {_ago(now - since)}",
            "begin anew with --fresh, or allow more hours with --max-age",
        )
    known = {}
    for line in lines:
        if not isinstance(line.get("part"), list):
            raise _refused(path, "holds a line that is no part of a reading")
        known[_key(line["part"])] = line
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | _NO_LINK)
    return Partial(path, since, known, os.fdopen(handle, "a", encoding="utf-8"))


def _ours(path: Path, found: os.stat_result) -> None:
    """Refuses what somebody else may have written: it would end as what AWS said."""
    owner = getattr(os, "geteuid", lambda: found.st_uid)()
    if not stat.S_ISREG(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) & 0o077:
        raise _refused(path, "is not a file of yours alone")


def _lines(path: Path, data: bytes) -> Iterator[Mapping[str, Any]]:
    for line in data.split(b"\n"):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise _refused(path, "holds a line that is no part of a reading")
        yield found


def _since(path: Path, found: Mapping[str, Any], header: Mapping[str, Any]) -> datetime:
    if found.get(_KIND) != 1:
        raise _refused(path, "is none of an unfinished snapshot")
    for name, value in header.items():
        if found.get(name) != value:
            before, now = (redact.line(json.dumps(each))[:120] for each in (found.get(name), value))
            raise _refused(path, f"is of another reading: {name.replace('_', ' ')} {before}, not {now}")
    try:
        return datetime.fromisoformat(str(found[_SINCE])).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        raise _refused(path, "does not tell when it was begun") from None


def _refused(
    path: Path, what: str, hint: str = "begin anew with --fresh, or name another file with --output"
) -> InputError:
    return InputError(f"`{redact.line(str(path))[:200]}` {what}", hint=hint)


def _failed(path: Path, error: Exception) -> OutsideError:
    reason = (getattr(error, "strerror", None) or "no path").lower()
    hint = "check the folder and its permissions"
    return OutsideError(f"`{redact.line(str(path))[:200]}` cannot be written: {reason}", hint=hint)


def _ago(age: timedelta) -> str:
    if age < timedelta(0):
        return "in a time to come"
    hours = int(age.total_seconds() // 3600)
    return f"{hours} hour{'' if hours == 1 else 's'} ago"


def _key(part: list[Any]) -> str:
    return json.dumps(part, sort_keys=True)


# Where an attacker may write, a link could lead anywhere.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class _Known:
    """The calls of one account, each asked of AWS only where it is not known."""

    partial: Partial
    calls: Calls
    account: str

    def one(self, action: str, *, region: str = "", **parameters: object) -> Mapping[str, Any]:
        part = [self.account, action, region, parameters]
        if (known := self.partial.known.get(_key(part))) is None:
            try:
                answer: dict[str, Any] = {
                    "answer": _without_head(taken(action, self.calls.one(action, region=region, **parameters)))
                }
            except MissingError as error:
                answer = {"missing": error.code}
            self.partial.keep(part, answer)
            known = self.partial.known[_key(part)]
        if "missing" in known:
            raise MissingError(action, str(known["missing"]))
        found: Mapping[str, Any] = known["answer"]
        return found

    def many(self, action: str, key: str, *, region: str = "", **parameters: object) -> Iterator[Any]:
        part = [self.account, action, region, parameters, key]
        if _key(part) not in self.partial.known:
            items = [taken(action, item) for item in self.calls.many(action, key, region=region, **parameters)]
            self.partial.keep(part, {"items": items})
        yield from self.partial.known[_key(part)]["items"]


def _without_head(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
