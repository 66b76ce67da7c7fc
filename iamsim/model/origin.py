"""Where a value was written: file, JSON pointer, line, or API call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """
    A place in an input.

    `document` is a path as the user gave it, or an API call such as `iam:GetRole`; `pointer` is an
    RFC 6901 JSON pointer into it; `line` and `column` count from 1 where the document is text.
    `address` is what the place is called in the document's own language: the address of a resource in a
    Terraform plan (`module.app.aws_iam_role.server[0]`), a logical id in a CloudFormation template.
    """

    document: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    address: str = ""

    def __str__(self) -> str:
        if self.line is not None:
            place = f"{self.document}:{self.line}" + (f":{self.column}" if self.column is not None else "")
        else:
            place = f"{self.document}#{self.pointer}" if self.pointer else self.document
        return f"{place} ({self.address})" if self.address else place


NOWHERE = Origin("")
"""The origin of a value that was not read from anywhere."""
