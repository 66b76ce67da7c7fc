"""What AWS Config recorded: a configuration snapshot, or the answer of its batch and select commands."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from iamsim import jsontext
from iamsim.errors import InputError, NothingToCheckError
from iamsim.jsontext import Number, clipped
from iamsim.model.account import Account, Organization
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source
from iamsim.sources._config_items import Content, Item
from iamsim.sources._config_types import READERS, read
from iamsim.sources._counting import counted
from iamsim.sources._files import one_file
from iamsim.sources._node import Node
from iamsim.sources._peek import names

MAX_BYTES = 32 * 1024 * 1024
"""Most bytes that are read, unpacked."""

_LISTS = ("configurationItems", "baseConfigurationItems")
# AWS Config Developer Guide, "Example Configuration Snapshot from AWS Config" and "Components of a configuration
# snapshot": the names of the objects in the bucket.
_DELIVERED = re.compile(r".*_Config_.*_Config(Snapshot|History)_.*\.json\.gz", re.ASCII)
_PACKED = b"\x1f\x8b"


def load(location: str, options: Options) -> Loaded:
    """The accounts in the file at `location`; what the recorder did not record is not seen."""
    written = jsontext.read(_text(Path(location)), location, MAX_BYTES)
    document = Node(written.value, written.origin)
    summaries: list[Input] = []
    inputs: list[Input] = []
    found: dict[str, list[Item]] = {}
    for item in _latest(document):
        account = item.account or options.account
        if account is None or not re.fullmatch(r"\d{12}", account, re.ASCII):
            item.node.fail("an item that does not tell its account", "select `accountId` too")
        found.setdefault(account, []).append(item)
    unprocessed = document.get("unprocessedResourceKeys") if document.has("unprocessedResourceKeys") else None
    inputs += [
        Input("not seen", key.get("resourceId").text() or "a resource", "AWS Config did not process it")
        for key in (unprocessed.each() if unprocessed else ())
    ]
    if not found:
        raise NothingToCheckError(
            f"`{location}` holds no item of a type with policies",
            hint="AWS Config has to record AWS::IAM::Role, AWS::S3::Bucket and the like",
        )
    accounts = {}
    for account, items in found.items():
        content = Content(account)
        read(content, items)
        accounts[account] = _account(content, location)
        inputs += content.inputs()
        summaries.append(Input("policies", location, f"account {account}: {_counted(accounts[account])}"))
    return Loaded(Organization(accounts), (*summaries, *inputs))


def _recognises(path: Path) -> bool:
    found = names(path)
    return not found.isdisjoint(_LISTS) or found >= {"Results", "QueryInfo"} or bool(_DELIVERED.fullmatch(path.name))


SOURCE = Source(load, recognises=_recognises)


def _text(path: Path) -> str:
    """The text of the file, unpacked where it is gzip; a small file that would unpack to a large one is refused."""
    if not path.is_file() or not _is_packed(path):
        return one_file(path, MAX_BYTES)
    try:
        with gzip.open(path) as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(
            "is no whole gzip file", hint="fetch it again, or unpack it with gunzip", origin=Origin(str(path))
        ) from None
    if len(data) > MAX_BYTES:
        raise InputError(
            f"unpacks to more than {MAX_BYTES:,} bytes", hint="select the resources in play", origin=Origin(str(path))
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 text (byte {error.start})", hint="fetch it again", origin=Origin(str(path))
        ) from None


def _is_packed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == _PACKED
    except OSError:
        return False  # reading it will say why


def _items(document: Node) -> Iterator[Item]:
    """The items of a snapshot or history, of batch-get-resource-config, and of select-resource-config."""
    for name in _LISTS:
        if document.has(name):
            yield from map(Item, document.get(name).each())
    if document.has("Results"):
        for node in document.get("Results").each():
            # AWS Config API Reference, SelectResourceConfig: each result is a JSON text.
            yield Item(node.opened(), whole=False)
    for name in ("NextToken", "nextToken"):
        if document.has(name) and document.get(name).text():
            document.get(name).fail(
                "is one page of several", "fetch all pages: leave out --max-items and --no-paginate"
            )


def _latest(document: Node) -> Iterator[Item]:
    """Of each resource the item that was captured last."""
    found: dict[tuple[str | None, str, str], Item] = {}
    if not isinstance(document.value, Mapping):
        document.fail("is no object", "give a configuration snapshot of AWS Config")
    for item in _items(document):
        if not isinstance(item.node.value, Mapping):
            item.node.fail("an item is an object", "give a configuration snapshot of AWS Config")
        if item.type not in READERS:
            continue
        if not item.id and not item.arn:
            item.node.fail("an item that tells neither `resourceId` nor `arn`", "select them too")
        # IAM's are recorded in every Region, and are one; a bucket's name is the only one of all Regions.
        anywhere = item.type.startswith(("AWS::IAM::", "AWS::S3::"))
        region = "" if anywhere else item.node.get("awsRegion").text() or ""
        key = item.account, f"{item.type} {region}", item.id or item.arn
        other = found.get(key)
        if other is None or _is_newer(item, other):
            found[key] = item
    yield from found.values()


def _is_newer(item: Item, other: Item) -> bool:
    mine, others = _captured(item), _captured(other)
    if mine == others and item.node.value != other.node.value:
        item.node.fail("two items of one resource from the same moment", "keep the one that holds")
    return mine > others


def _captured(item: Item) -> datetime:
    node = item.node.get("configurationItemCaptureTime")
    try:
        if isinstance(node.value, Number):
            # The AWS CLI 1 prints times as seconds.
            return datetime.fromtimestamp(float(node.value), UTC)
        found = datetime.fromisoformat(node.text() or "")
    except (ValueError, OverflowError, OSError):
        node.fail(
            f"`{clipped(node.value)}` is no time, and tells not which of two items of a resource is newer",
            "select `configurationItemCaptureTime` too, or keep one of them",
        )
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _account(content: Content, location: str) -> Account:
    principals = content.roles or content.users
    return Account(
        content.account,
        content.roles,
        content.users,
        content.groups,
        content.resources,
        content.endpoints,
        seen=frozenset({PolicyType.BOUNDARY}) if principals and content.boundaries_told else frozenset(),
        origin=Origin(location),
        policies=content.policies,
        workloads=tuple(content.workloads),
        removed=frozenset(content.removed),
    )


def _counted(account: Account) -> str:
    return counted(
        ("role", account.roles),
        ("user", account.users),
        ("group", account.groups),
        ("managed policy", account.policies),
        ("resource", account.resources),
        ("VPC endpoint", account.endpoints),
        ("workload", account.workloads),
        ("deleted resource", account.removed),
    )
