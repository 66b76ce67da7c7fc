"""JSON that is read piece by piece: the values of a long array, or those that follow one another, as bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO

LONGEST = 2 * 1024 * 1024
"""Bytes of one value: CloudTrail's own limit is 256 kB an event, 1 MB for one that is enriched."""
_PIECE = 1024 * 1024
_KEPT = 64
_RESTARTS = 100
_INSIDE = b"["

_STRING = rb'"(?:[^"\\]++|\\[\s\S])*+"'
# Everything up to a bracket that stands outside of strings.
_NEXT = re.compile(rb'[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+([{}\[\]])')
_WHOLE = re.compile(rb'[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+')
_BETWEEN = re.compile(rb"[\s,]*+")
_TEXT = re.compile(_STRING)
_WORD = re.compile(rb'[^\s,"{}\[\]]++')


class Items:
    """
    The values in a stream of JSON: each member of an array, and of the array under one of the names in `wrappers`.

    Where the stream has neither, they are the values that follow one another. Each comes as the bytes of it, which may
    still be no JSON; None stands for one that is too long or does not end, and for a word between others. After such
    a one, reading goes on where `restart` matches. Memory holds one value and a piece.
    Source of the limits: AWS CloudTrail User Guide, "CloudTrail record contents".
    """

    def __init__(self, stream: IO[bytes], wrappers: tuple[str, ...], restart: bytes) -> None:
        self._stream = stream
        names = "|".join(map(re.escape, wrappers)).encode()
        self._wrapper = re.compile(rb'"(?:' + names + rb')"\s*:\s*$')
        self._restart = re.compile(restart)
        self._buffer = b""
        self._at = 0
        self._ended = False
        self._restarts = 0
        self.read = 0
        self.cut = False

    def __iter__(self) -> Iterator[bytes | None]:
        base: list[bytes] = []  # the brackets around the values: of an array, of an object and an array, or none
        while True:
            self._at = _match(_BETWEEN, self._buffer, self._at)
            if self._at >= len(self._buffer):
                if not self._more(self._at):
                    self.cut = self.cut or bool(base)
                    return
                continue
            byte = self._buffer[self._at : self._at + 1]
            tail = base == [b"{"]  # behind the array of a wrapper: what else its object holds
            if byte == b"[" and not base:
                base = [b"["]
                self._at += 1
            elif byte in b"]}":
                base = base[:-1]
                self._at += 1
            elif byte in b'{["':
                found = self._string() if byte == b'"' else self._bracketed(opens=not base)
                if found is _INSIDE:
                    base = [b"{", b"["]
                elif not tail:
                    yield found
            else:
                self._at = _match(_WORD, self._buffer, self._at)
                if not tail:
                    yield None

    # ---------------------------------------------------------------- helpers

    def _bracketed(self, *, opens: bool) -> bytes | None:
        """The value at hand, which begins with a bracket; `_INSIDE` where it is a wrapper, whose array is at hand now."""
        depth, start, at = 0, self._at, self._at
        while True:
            found = _NEXT.match(self._buffer, at)
            if found is None:
                known = _match(_WHOLE, self._buffer, at)
                if len(self._buffer) - start > LONGEST or not self._more(start):
                    return self._lost(start)
                at, start = known - start, 0
                continue
            at = found.end()
            if found[1] in b"{[":
                depth += 1
                before = self._buffer[max(start, at - _KEPT) : at - 1]
                if opens and depth == 2 and found[1] == b"[" and self._wrapper.search(before):  # noqa: PLR2004
                    self._at = at
                    return _INSIDE
            else:
                depth -= 1
                if depth == 0:
                    self._at = at
                    return self._buffer[start:at] if at - start <= LONGEST else None

    def _string(self) -> bytes | None:
        """The string at hand."""
        while True:
            start = self._at
            found = _TEXT.match(self._buffer, start)
            if found is not None:
                self._at = found.end()
                return found[0] if found.end() - start <= LONGEST else None
            if len(self._buffer) - start > LONGEST or not self._more(start):
                return self._lost(start)

    def _more(self, start: int) -> bool:
        """Reads a piece; what stands before `start` is forgotten, so that it is at 0."""
        piece = b"" if self._ended else self._stream.read(_PIECE)
        if not piece:
            self._ended = True
            return False
        if self.read == 0:
            piece = piece.removeprefix(codecs.BOM_UTF8)
        self.read += len(piece)
        self._buffer = self._buffer[start:] + piece
        self._at = 0
        return True

    def _lost(self, start: int) -> bytes | None:
        """Gives up the value at `start` and goes to the next place where one begins for sure, or to the end."""
        self.cut = True
        self._restarts += 1
        at = start + 1
        while True:
            found = self._restart.search(self._buffer, at) if self._restarts <= _RESTARTS else None
            if found is not None:
                self._at = found.start()
                return None
            if self._restarts > _RESTARTS or not self._more(max(at, len(self._buffer) - _KEPT)):
                self._ended, self._buffer, self._at = True, b"", 0
                return None
            at = 0


def _match(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found is not None else at
