"""A file of evidence, opened: its beginning, its lines one after the other, or all of it, each within bounds."""

from __future__ import annotations

import codecs
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
"""Bytes of one line that are kept; what follows is left out, and `CUT` stands in its place."""
CUT = "…"
WHOLE = 64 * 1024 * 1024
"""Bytes of a file that is read whole."""
MOST = 16 * 1024 * 1024 * 1024
"""Bytes that are read of one file at all, compressed ones counted as they come out."""
MOST_UNPACKED = 256 * 1024 * 1024
"""Bytes that may come out of a compressed file however small it is; from there on at most `EXPANDS` times its length."""
EXPANDS = 200
"""DEFLATE packs at most 1,032 to 1 (RFC 1951's longest match), a log rarely 50 to 1."""
_PIECE = 1024 * 1024
_GZIP = b"\x1f\x8b"
# What PowerShell 5 writes for `>`.
_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Opened:
    """
    One file; every method opens it anew, and none keeps more than it says.

    A file that begins as gzip is read as what is in it. Text is UTF-8, or UTF-16 where its byte order mark says so; what
    is neither becomes U+FFFD. Raises `InputError`, in one line, for what is not there, is no regular file, is a broken
    gzip, or grows beyond bounds.
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
        with self.stream() as stream:
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
        """Each line with its number from 1, without its end; one that is too long is cut and ends in `CUT`."""
        number = read = 0
        with self.stream() as stream:
            while line := stream.readline(LONGEST_LINE):
                number += 1
                read += len(line)
                cut = False
                while not line.endswith(b"\n") and (rest := stream.readline(_PIECE)):
                    cut = cut or rest not in (b"\n", b"\r\n")
                    read += len(rest)
                    self._bounded(read)
                    if rest.endswith(b"\n"):
                        break
                self._bounded(read)
                text = line.decode("utf-8", "replace").rstrip("\r\n") + (CUT if cut else "")
                yield number, text.removeprefix("\ufeff") if number == 1 else text

    def text(self) -> str:
        """The whole file; raises `InputError` for one that is longer than 64 MB."""
        with self.stream() as stream:
            found = stream.read(WHOLE + 1)
        if len(found) > WHOLE:
            raise InputError(f"`{self._shown}` is longer than {WHOLE // 1024**2} MB", hint="give a part of it")
        return found.decode("utf-8", "replace").removeprefix("\ufeff")

    def stream(self) -> IO[bytes]:
        """The bytes, decompressed and in UTF-8, to be read piece by piece; the caller closes it, and counts what it reads."""
        raw: Any = self._raw()
        try:
            if raw.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
                raw = _buffered(_Unzipped(raw, self._shown))
            encoding = _UTF_16.get(raw.peek(2)[:2])
        except InputError:
            raw.close()
            raise
        return cast("IO[bytes]", raw if encoding is None else _buffered(_Recoded(raw, encoding)))

    # ---------------------------------------------------------------- helpers

    @property
    def _shown(self) -> str:
        return redact.line(self.location)[:200]

    def _bounded(self, read: int) -> None:
        if read > MOST:
            raise InputError(f"`{self._shown}` is longer than {MOST // 1024**3} GB", hint="give a part of it")

    def _raw(self) -> Any:  # noqa: ANN401 - a buffered reader, which has `peek`
        try:
            # Without O_NONBLOCK a FIFO would wait for a writer.
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise InputError(f"cannot read `{self._shown}`: {(error.strerror or 'no such file').lower()}") from None
        except ValueError:  # a NUL, or half of a character
            raise InputError(f"cannot read `{self._shown}`: no such file") from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise InputError(f"`{self._shown}` is no file", hint="give the files of evidence one by one")
        return _buffered(_File(handle, self._shown))


def _buffered(raw: io.RawIOBase) -> Any:  # noqa: ANN401 - as `_raw`
    return io.BufferedReader(cast("Any", raw), _PIECE)


class _File(io.FileIO):
    """A file whose failures are errors of the input."""

    def __init__(self, handle: int, shown: str) -> None:
        super().__init__(handle)
        self._shown = shown

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable buffer
        try:
            return super().readinto(buffer)
        except OSError as error:
            why = (error.strerror or "no more is known").lower()
            raise InputError(f"cannot read `{self._shown}`: {why}") from None


class _Unzipped(io.RawIOBase):
    """The content of a gzip file, with what can go wrong in it said as an error of the input."""

    def __init__(self, raw: IO[bytes], shown: str) -> None:
        self._raw = raw
        self._file = gzip.GzipFile(fileobj=raw)
        self._shown = shown
        self._out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        try:
            found = self._file.read(len(buffer))
        except (OSError, EOFError, zlib.error):
            raise InputError(f"`{self._shown}` is a broken gzip file", hint="fetch it anew") from None
        self._out += len(found)
        if self._out > max(MOST_UNPACKED, EXPANDS * self._raw.tell()):
            raise InputError(f"`{self._shown}` unpacks to more than {EXPANDS} times its length", hint="unpack it first")
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._file.close()
        self._raw.close()
        super().close()


class _Recoded(io.RawIOBase):
    """Text of another encoding as UTF-8."""

    def __init__(self, raw: IO[bytes], encoding: str) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._left:
            piece = self._raw.read(_PIECE)
            # Half of a pair of surrogates at the end of the file is decoded, and replaced, only when the end is told.
            self._left = self._decoder.decode(piece, final=not piece).encode("utf-8", "replace")
            if not piece:
                break
        found, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._raw.close()
        super().close()
