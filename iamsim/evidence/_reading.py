"""A file of evidence, opened: its beginning, its lines one after the other, or all of it, each within bounds."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

from iamsim import redact
from iamsim.errors import InputError

HEAD = 64 * 1024
"""Bytes of a file by which its format is recognised."""
LONGEST_LINE = 4 * 1024 * 1024
"""Bytes of one line that are kept; what follows is left out, and the line is said to be cut."""
WHOLE = 64 * 1024 * 1024
"""Bytes of a file that is read whole."""
MOST = 16 * 1024 * 1024 * 1024
"""Bytes that are read of one file at all, compressed ones counted as they come out."""
_PIECE = 1024 * 1024
_GZIP = b"\x1f\x8b"


class Opened:
    """
    One file; every method opens it anew, and none keeps more than it says.

    Files that end as gzip or begin as it are read as what is in them. Text is UTF-8; what is not becomes U+FFFD.
    Raises `InputError` for what is not there, is no regular file, or is a broken gzip.
    """

    def __init__(self, path: Path, location: str, progress: Callable[[str], None] = lambda _: None) -> None:
        self.path = path
        self.location = location
        self.progress = progress

    @property
    def name(self) -> str:
        """The file's name, without the ending that compression adds."""
        return self.path.name.removesuffix(".gz")

    @cached_property
    def head(self) -> str:
        """The first 64 kB as text, without a byte order mark."""
        with self._stream() as stream:
            return stream.read(HEAD).decode("utf-8", "replace").removeprefix("\ufeff")

    @cached_property
    def sha256(self) -> str:
        """Of the file as it lies there, compressed or not."""
        digest = hashlib.sha256()
        with self._raw() as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest()

    def lines(self) -> Iterator[tuple[int, str]]:
        """Each line with its number from 1, without its end; a line that is too long is cut."""
        number = read = 0
        with self._stream() as stream:
            while line := stream.readline(LONGEST_LINE):
                number += 1
                read += len(line)
                while not line.endswith(b"\n") and (rest := stream.readline(_PIECE)):
                    read += len(rest)
                    self._bounded(read)
                    if rest.endswith(b"\n"):
                        break
                self._bounded(read)
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                yield number, text.removeprefix("\ufeff") if number == 1 else text

    def text(self) -> str:
        """The whole file; raises `InputError` for one that is longer than 64 MB."""
        with self._stream() as stream:
            found = stream.read(WHOLE + 1)
        if len(found) > WHOLE:
            raise InputError(f"`{self._shown}` is longer than {WHOLE // 1024**2} MB", hint="give a part of it")
        return found.decode("utf-8", "replace").removeprefix("\ufeff")

    def stream(self) -> IO[bytes]:
        """The bytes, decompressed, to be read piece by piece; the caller closes it, and counts what it reads."""
        return self._stream()

    # ---------------------------------------------------------------- helpers

    @property
    def _shown(self) -> str:
        return redact.line(self.location)[:200]

    def _bounded(self, read: int) -> None:
        if read > MOST:
            raise InputError(f"`{self._shown}` is longer than {MOST // 1024**3} GB", hint="give a part of it")

    def _raw(self) -> IO[bytes]:
        try:
            # Without O_NONBLOCK a FIFO would wait for a writer.
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise InputError(f"cannot read `{self._shown}`: {(error.strerror or 'no such file').lower()}") from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise InputError(f"`{self._shown}` is no file", hint="give the files of evidence one by one")
        return os.fdopen(handle, "rb")

    def _stream(self) -> IO[bytes]:
        raw = self._raw()
        if raw.read(len(_GZIP)) != _GZIP:
            raw.seek(0)
            return raw
        raw.seek(0)
        return io.BufferedReader(cast("Any", _Unzipped(raw, self._shown)), _PIECE)


class _Unzipped(io.RawIOBase):
    """The content of a gzip file, with what can go wrong in it said as an error of the input."""

    def __init__(self, raw: IO[bytes], shown: str) -> None:
        self._raw = raw
        self._file = gzip.GzipFile(fileobj=raw)
        self._named = shown

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        try:
            found = self._file.read(len(buffer))
        except (OSError, EOFError, zlib.error):
            raise InputError(f"`{self._named}` is a broken gzip file", hint="fetch it anew") from None
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._file.close()
        self._raw.close()
        super().close()
