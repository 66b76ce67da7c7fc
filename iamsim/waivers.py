"""Findings that somebody answers for: which, where, why, who and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from iamsim import config
from iamsim.errors import InputError
from iamsim.model.finding import Accepted, Finding, Ground, Kind
from iamsim.model.report import Probe

_MOST = 1_000
_LONGEST = 2_000
_FIELDS = ("id", "place", "reason", "owner", "expires")


@dataclass(frozen=True, slots=True)
class Waiver:
    """
    One waiver.

    `id` is the key of a finding, or a rule. `place` is a pattern with `*` and `?` of a document, an address in it or an
    ARN; empty for everywhere. It holds up to and with the day `expires`; None: always. `origin` is the place it was
    written at, as a word for messages.
    """

    id: str
    reason: str
    place: str = ""
    owner: str = ""
    expires: date | None = None
    origin: str = ""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        at = f" at `{self.place}`" if self.place else ""
        return f"the waiver of `{self.id}`{at}"


@dataclass(frozen=True, slots=True)
class Waived:
    """What waivers did: `accepted` findings, those that are `overdue`, and those that are `idle`: nothing matches them."""

    accepted: tuple[Accepted, ...] = ()
    overdue: tuple[Waiver, ...] = ()
    idle: tuple[Waiver, ...] = ()


def parse(data: bytes, *, document: str) -> tuple[Waiver, ...]:
    """The waivers of a TOML file of `[[waivers]]` tables; `InputError` for anything else, none at all included."""
    table, text = config.parse(data, document)
    for key in table:
        if key != "waivers":
            raise InputError(f"{document}: `{key[:80]}` is no part of a waiver file", hint="write [[waivers]] tables")
    return read(table.get("waivers"), document=document, text=text)


def read(tables: object, *, document: str, text: str = "", header: str = "[[waivers]]") -> tuple[Waiver, ...]:
    """The waivers that TOML tables state, written in `text` below `header`. Raises `InputError` naming file and line."""
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise InputError(f"{document}: holds no waivers", hint="write [[waivers]] and id, reason and expires below it")
    if len(tables) > _MOST:
        raise InputError(f"{document}: holds more than {_MOST:,} waivers", hint="write a baseline instead")
    found = []
    for nth, table in enumerate(tables):
        line = config.line_of(text, header, nth=nth)
        found.append(_waiver(table, f"{document}:{line}" if line else document))
    return tuple(found)


def waived(
    waivers: Iterable[Waiver], findings: Sequence[Finding], probes: Iterable[Probe] = (), *, today: date
) -> Waived:
    """
    What the waivers say of the findings today, of which none is a note that nothing counts.

    An unknown is waived by its own key only: a rule's id would take for granted what nobody has looked at.
    """
    asked = {probe.id: probe for probe in probes}
    accepted: dict[str, Accepted] = {}
    overdue, idle = [], []
    for waiver in waivers:
        if waiver.expires is not None and waiver.expires < today:
            overdue.append(waiver)
            continue
        matched = [finding for finding in findings if _matches(waiver, finding, asked)]
        if not matched:
            idle.append(waiver)
        for finding in matched:
            until = waiver.expires.isoformat() if waiver.expires else ""
            accepted.setdefault(finding.key, Accepted(finding.key, Ground.WAIVER, waiver.reason, waiver.owner, until))
    return Waived(tuple(accepted[key] for key in sorted(accepted)), tuple(overdue), tuple(idle))


# ---------------------------------------------------------------- helpers


def _waiver(table: Mapping[str, Any], place: str) -> Waiver:
    for key in table:
        if key not in _FIELDS:
            raise InputError(f"{place}: `{key[:80]}` is no part of a waiver", hint=config.closest(key, _FIELDS))
    for key in ("id", "reason"):
        if key not in table:
            raise InputError(f"{place}: the waiver has no {key}", hint=_WRITE[key])
    texts = {}
    for key in ("id", "place", "reason", "owner"):
        value = table.get(key, "")
        if not isinstance(value, str) or (key in table and not value.strip()):
            raise InputError(f"{place}: `{key}` of the waiver is not text", hint=_WRITE[key])
        if len(value) > _LONGEST:
            raise InputError(f"{place}: `{key}` of the waiver is longer than {_LONGEST:,} characters", hint=_WRITE[key])
        texts[key] = value.strip()
    expires = table.get("expires")
    if "expires" in table and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise InputError(
            f"{place}: `expires` of the waiver is no day", hint="write expires = 2027-01-31, without quotes"
        )
    return Waiver(**texts, expires=expires, origin=place)


_WRITE = {
    "id": 'write id = "RULE", or the key of a finding as --format json tells it',
    "place": 'write place = "policies/*.json" or place = "arn:aws:iam::111122223333:role/app"',
    "reason": 'write reason = "…": why nobody has to put it right',
    "owner": 'write owner = "…": who answers for it',
}


def _matches(waiver: Waiver, finding: Finding, asked: Mapping[str, Probe]) -> bool:
    if waiver.id != finding.key and (waiver.id != finding.rule or finding.kind is Kind.UNKNOWN):
        return False
    return not waiver.place or _is_at(waiver.place, finding, asked)


def _is_at(pattern: str, finding: Finding, asked: Mapping[str, Probe]) -> bool:
    """Whether the finding is at the place: its first origin, an ARN of its subject, or all that it asks for."""
    first = finding.origins[:1]
    places = [text for origin in first for text in (origin.document, origin.address) if text]
    places += [word for word in finding.subject.split() if word.startswith("arn:")]
    # One request elsewhere is not waived by the others.
    asks = {asked[id_].explanation.request.resource for id_ in finding.probes if id_ in asked}
    # Addresses of Terraform hold brackets, which stand for themselves.
    pattern = pattern.replace("[", "[[]")
    return any(fnmatchcase(text, pattern) for text in places) or (
        bool(asks) and all(fnmatchcase(text, pattern) for text in asks)
    )
