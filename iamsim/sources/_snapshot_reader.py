"""What stands in a snapshot, read back to the organization that it was written from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamsim import config
from iamsim.jsontext import Number, clipped
from iamsim.model.account import Account, Organization
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE
from iamsim.sources._json_parts import Part, Parts
from iamsim.sources._snapshot_file import MARK, VERSION
from iamsim.sources._snapshot_values import ACCOUNT, AGAIN, ENTITIES, UNTOLD, Place, Values

MAX_CHARACTERS = 512 * 1024 * 1024
"""Longest snapshot that is read: several large accounts."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a file holds: `at` is the moment when it was read, as written; `not_seen` are pairs of subject and reason."""

    organization: Organization
    not_seen: tuple[tuple[str, str], ...] = ()
    at: str = ""
    tool_version: str = ""


def read(text: str, document: str) -> Snapshot:
    """The snapshot in `text`; raises `InputError` with the place for anything that `write` would not have written."""
    parts = Parts(text, document, MAX_CHARACTERS)
    found: Snapshot | None = None
    for part in parts.values():
        if found is not None or part.opener != "{":
            part.refuse("a snapshot is one JSON object", AGAIN)
        found = _Reader().snapshot(part)
    assert found is not None  # noqa: S101 - there is a value, or `values` has refused the text
    return found


class _Reader:
    """Walks one file."""

    def __init__(self) -> None:
        self.values = Values()

    def snapshot(self, part: Part) -> Snapshot:
        found: dict[str, Any] = {}
        order = list(_TOP)
        for name, member in part.members():
            if not found and name != MARK:
                member.refuse(f"a snapshot begins with `{MARK}`", AGAIN)
            if name not in _TOP:
                member.refuse(f"`{clipped(name)}` has no meaning here", config.closest(name, _TOP))
            if found and order.index(name) < order.index(last := next(reversed(found))):
                # What texts and references mean has to be known before they come.
                member.refuse(f"`{name}` stands behind `{last}`", f"keep the order of the file, or {AGAIN}")
            found[name] = _TOP[name](self, member)
        if "accounts" not in found:
            part.refuse("holds no `accounts`", AGAIN)
        return Snapshot(
            Organization(found["accounts"]),
            found.get("not_seen", ()),
            found.get("at", ""),
            found.get("tool_version", ""),
        )

    def hole(self, part: Part) -> str:
        self.values.hole = self.text(part)
        if not self.values.hole:
            part.refuse("`hole` is empty", AGAIN)
        return self.values.hole

    def text(self, part: Part) -> str:
        return clipped(self.own(part, Values.text))

    def not_seen(self, part: Part) -> tuple[tuple[str, str], ...]:
        found: tuple[tuple[str, str], ...] = self.own(part, Values.not_seen)
        return found

    def managed(self, part: Part) -> Mapping[str, Any]:
        for name, member in self.members(part):
            arn, written = self.values.told(name), member.read()
            self.values.managed[arn] = self.values.shared(arn, self.values.told(written.value), written.origin)
        return self.values.managed

    def accounts(self, part: Part) -> Mapping[str, Account]:
        return {name: self.account(name, member) for name, member in self.members(part)}

    def account(self, id: str, part: Part) -> Account:
        if not re.fullmatch(r"\d{12}", id, re.ASCII):
            part.refuse(f"`{clipped(id)}` is no account id", "it has 12 digits")
        origin = part.origin()
        found: dict[str, Any] = {}
        for name, member in self.members(part):
            if name in ENTITIES:
                found[name] = dict(self.entities(member, name, id))
            elif name in ACCOUNT:
                found[name] = self.own(member, ACCOUNT[name])
            else:
                member.refuse(f"`{clipped(name)}` has no meaning here", config.closest(name, (*ACCOUNT, *ENTITIES)))
        return Account(id, **found, origin=origin)

    def entities(self, part: Part, kind: str, account: str) -> Iterator[tuple[str, Any]]:
        """The roles, users and so on of one account, by ARN or id."""
        make, known = ENTITIES[kind]
        for name, member in self.members(part):
            text = self.values.told(name)
            if kind != "endpoints":
                _belongs(text, kind, account, member)
            written = member.read()
            value, origin = self.values.told(written.value), written.origin(())
            yield (
                text,
                make(
                    text, origin=origin, **{**UNTOLD.get(kind, {}), **self.values.fields(value, written.origin, known)}
                ),
            )

    def own(self, part: Part, read: Callable[[Values, Any, Place], Any]) -> Any:  # noqa: ANN401 - what `read` gives
        written = part.read()
        return read(self.values, self.values.told(written.value), written.origin)

    def members(self, part: Part) -> Iterator[tuple[str, Part]]:
        if part.opener != "{":
            part.refuse("is no object", AGAIN)
        for name, member in part.members():
            # Every place below holds the name.
            if len(name) > _LONGEST:
                part.refuse(f"`{clipped(name)}` is longer than any ARN", f"at most {_LONGEST:,} characters are read")
            yield name, member


def _version(_: _Reader, part: Part) -> str:
    written = part.read().value
    if not isinstance(written, Number):
        part.refuse("has no version", AGAIN)
    if written != str(VERSION):
        part.refuse(
            f"is a snapshot of version {clipped(written)}, and this program reads version {VERSION}",
            f"update iamsim, or {AGAIN}",
        )
    return str(written)


def _belongs(arn: str, kind: str, account: str, part: Part) -> None:
    """Refuses an ARN that is none, or of another kind or account than where it stands."""
    if HOLE in arn:
        return
    if not _ARN.fullmatch(arn):
        part.refuse(f"`{clipped(arn)}` is not an ARN", "an ARN reads arn:partition:service:region:account:resource")
    parsed = Arn.parse(arn)
    if kind == "resources":
        fits = parsed.account in ("", account)
    else:
        fits = parsed.service == "iam" and parsed.account == account and parsed.kind == kind[:-1]
    if not fits:
        part.refuse(f"`{clipped(arn)}` is none of the {kind} of account {account}", AGAIN)


# IAM API Reference, Role: arnType.
_LONGEST = 2048
# No ARN holds a character that does not show.
_ARN = re.compile(r"arn(?::[^:\s]*){4}:[^\s\x00-\x1f\x7f-\x9f]+")
# In the order in which they stand.
_TOP: Mapping[str, Callable[[_Reader, Part], Any]] = {
    MARK: _version,
    "hole": _Reader.hole,
    "at": _Reader.text,
    "tool_version": _Reader.text,
    "not_seen": _Reader.not_seen,
    "managed_policies": _Reader.managed,
    "accounts": _Reader.accounts,
}
