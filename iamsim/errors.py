"""The errors a user can act on; everything else is a bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iamsim.model.origin import Origin


class IamsimError(Exception):
    """
    Something the user can put right: what is wrong, where, and the way out.

    `message` is lower case, one line, with the user's own text in backticks; `hint` is the way
    out; `origin` is the place. `exit_code` is what the process ends with when nobody catches it.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None, origin: Origin | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.origin = origin

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class InputError(IamsimError):
    """The command or one of its inputs is wrong: a missing file, a malformed policy, an unknown tool."""


class NothingToCheckError(IamsimError):
    """The inputs were read and hold nothing to check."""

    exit_code = 3


class OutsideError(IamsimError):
    """AWS, the network or the file system failed while it was asked."""

    exit_code = 5
