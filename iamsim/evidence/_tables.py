"""CloudTrail events in CSV: what Event history downloads, and what Athena answers."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from iamsim.evidence._events import Event

_DEEP = 8
# Columns by their letters alone, as headings of the console, of Athena and of CloudTrail Lake spell them.
_COLUMNS: Mapping[str, str] = {
    **{name.lower(): name for name in Event.__struct_fields__ if name not in {"CloudTrailEvent", "Records"}},
    "tlsdetails": "tlsDetails",
}
_TREES = {"userIdentity", "requestParameters", "additionalEventData", "resources", "tlsDetails", "eventContext"}
# Members of what a column holds, whose names Athena writes in lower case.
_NAMES = (
    r"principalId accountId accessKeyId userName invokedBy identityProvider sessionContext sessionIssuer "
    r"attributes webIdFederationData federatedProvider mfaAuthenticated creationDate sourceIdentity "
    r"ec2RoleDelivery tlsVersion roleArn roleSessionName durationSeconds externalId bucketName versionId "
    r"transitiveTagKeys principalTags incomingTransitiveTags requestContext tagContext resourceTags "
    r"SignatureVersion AuthenticationMethod policyArn roleName functionName tableName secretId keyId queueUrl "
    r"topicArn workGroup logGroupName"
)
_MEMBERS = {name.lower(): name for name in re.findall(r"\w+", _NAMES)}
_NAME = re.compile(r"\s*([A-Za-z_][\w:.-]{0,127})=")
_PLAIN = re.compile(r"(?:[^,{}\[\]]|,(?!\s[A-Za-z_][\w:.-]{0,127}=))*+")
_LETTERS = re.compile(r"[^a-z0-9]")
# What Event history calls its columns (AWS CloudTrail User Guide, "Downloading events").
_HISTORY = {"username": "userName", "awsaccesskey": "accessKeyId", "accesskeyid": "accessKeyId"}


def headings(line: str) -> tuple[str, ...]:
    """The columns of a first line by their letters; empty where they are not those of events."""
    try:
        row = next(csv.reader([line[:65_536]]), []) if line else []
    except csv.Error:
        return ()
    found = tuple(_LETTERS.sub("", name.lower()) for name in row)
    return found if {"eventname", "eventsource"} <= set(found) else ()


def events(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, Event | None]]:
    """Each row as an event, with the number of its last line; None for one that cannot be read."""
    number = 0

    def numbered() -> Iterator[str]:
        nonlocal number
        for number, line in lines:  # noqa: B007 - read outside
            yield line + "\n"

    rows = csv.reader(numbered())
    columns: tuple[str, ...] = ()
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield number, None
            continue
        if not columns:
            columns = tuple(_LETTERS.sub("", name.lower()) for name in row)
        elif row:
            yield number, _event(dict(zip(columns, row, strict=False))) if len(row) == len(columns) else None


def _event(row: Mapping[str, str]) -> Event:
    told: dict[str, Any] = {
        _COLUMNS[name]: value(text) if _COLUMNS[name] in _TREES else text
        for name, text in row.items()
        if name in _COLUMNS and text
    }
    who = told.get("userIdentity")
    identity: dict[str, Any] = dict(who) if isinstance(who, dict) else {}
    for name, text in row.items():
        # `SELECT useridentity.arn` gives a column `arn`; an alias often has the element's name before it.
        member = _HISTORY.get(name) or ("arn" if name == "arn" else _MEMBERS.get(name.removeprefix("useridentity"), ""))
        if name == "useridentityarn":
            member = "arn"
        if name == "useridentitytype":
            member = "type"
        if member and member not in identity and text and name not in _COLUMNS:
            identity[member] = text
    told["userIdentity"] = identity
    if "resourcename" in row and "resources" not in told:
        told["resources"] = [{"ARN": each.strip()} for each in row["resourcename"].split(", ")[:20]]
    return Event(**told)


def value(text: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    """What a cell holds: JSON, a struct as Athena prints it (`{type=IAMUser, arn=…}`), or the text itself."""
    first = text[:1]
    if first in {"{", "["}:
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            found, at = _struct(text, 0, 0)
            return found if at == len(text) else None
    if first == '"':
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _struct(text: str, at: int, depth: int) -> tuple[Any, int]:
    """A struct, an array or a plain text from `at` on, and where it ends; a struct that is not whole ends early."""
    opening = text[at : at + 1]
    if opening == "{" and depth < _DEEP:
        members: dict[str, Any] = {}
        at += 1
        while (name := _NAME.match(text, at)) is not None:
            found, at = _struct(text, name.end(), depth + 1)
            members[_MEMBERS.get(str(name[1]), str(name[1]))] = found
            if text[at : at + 1] != ",":
                break
            at += 1
        return members, at + (text[at : at + 1] == "}")
    if opening == "[" and depth < _DEEP:
        items: list[Any] = []
        at += 1
        while at < len(text) and text[at] != "]":
            found, end = _struct(text, at, depth + 1)
            items.append(found)
            end += text[end : end + 1] == ","
            end += text[end : end + 1] == " "
            if end == at:
                break
            at = end
        return items, at + (text[at : at + 1] == "]")
    plain = _PLAIN.match(text, at)
    end = plain.end() if plain is not None else at
    shown = text[at:end]
    return None if shown == "null" else shown, end
