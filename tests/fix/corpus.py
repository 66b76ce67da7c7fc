"""Edits to write in every form: those of the remedies' set-ups, of every source that has places, and made for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from iamsim import documents
from iamsim.fix import _targets
from iamsim.jsontext import Holed
from iamsim.model.account import Organization
from iamsim.model.arn import is_aws_managed
from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.model.remedy import Edit, Slot
from iamsim.remedies._edits import allow, edit, with_statements
from iamsim.sources import Options, load
from tests import setups

OWN = "111122223333"
IAM = f"arn:aws:iam::{OWN}"
SERVER = f"{IAM}:role/notes-server"


def policy(*statements: Mapping[str, Any], name: str = "notes", arn: str | None = None) -> Policy:
    value = {"Version": "2012-10-17", "Statement": list(statements)}
    return documents.policy_of(value, origin=NOWHERE, name=name, arn=arn)


READ: Mapping[str, Any] = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::n/*"}
TRUST: Mapping[str, Any] = {"Effect": "Allow", "Principal": {"AWS": f"{IAM}:root"}, "Action": "sts:AssumeRole"}

CARRIERS: Mapping[str, tuple[str, Slot]] = {
    "trust": (f"{IAM}:role/team/notes-reader", Slot.TRUST),
    "role": (f"{IAM}:role/team/notes-reader", Slot.INLINE),
    "user": (f"{IAM}:user/notes-writer", Slot.INLINE),
    "group": (f"{IAM}:group/writers", Slot.INLINE),
    "managed": (f"{IAM}:role/team/notes-reader", Slot.MANAGED),
    "attached": (f"{IAM}:role/team/notes-reader", Slot.MANAGED),
    "boundary": (f"{IAM}:role/team/notes-reader", Slot.BOUNDARY),
    "bucket": ("arn:aws:s3:::notes", Slot.RESOURCE),
    "access point": (f"arn:aws:s3:us-east-1:{OWN}:accesspoint/notes-only", Slot.RESOURCE),
    "key": (f"arn:aws:kms:us-east-1:{OWN}:key/1234abcd-12ab-34cd-56ef-1234567890ab", Slot.RESOURCE),
    "queue": (f"arn:aws:sqs:us-east-1:{OWN}:notes", Slot.RESOURCE),
    "topic": (f"arn:aws:sns:us-east-1:{OWN}:notes", Slot.RESOURCE),
    "secret": (f"arn:aws:secretsmanager:us-east-1:{OWN}:secret:notes-AbCdEf", Slot.RESOURCE),
    "domain": (f"arn:aws:es:us-east-1:{OWN}:domain/library", Slot.RESOURCE),
    "function": (f"arn:aws:lambda:us-east-1:{OWN}:function:notes", Slot.RESOURCE),
    "table": (f"arn:aws:dynamodb:us-east-1:{OWN}:table/notes", Slot.RESOURCE),
    "repository": (f"arn:aws:ecr:us-east-1:{OWN}:repository/notes", Slot.RESOURCE),
    "stream": (f"arn:aws:kinesis:us-east-1:{OWN}:stream/notes", Slot.RESOURCE),
    "catalog": (f"arn:aws:glue:us-east-1:{OWN}:catalog", Slot.RESOURCE),
}
"""By kind of target somebody who carries such a policy."""

_ACTIONS = {"bucket": "s3:GetObject", "access point": "s3:GetObject", "function": "lambda:InvokeFunction"}
_SERVICES = {
    "key": "kms:Decrypt",
    "queue": "sqs:SendMessage",
    "topic": "sns:Publish",
    "secret": "secretsmanager:GetSecretValue",
    "domain": "es:ESHttpGet",
    "table": "dynamodb:GetItem",
    "repository": "ecr:BatchGetImage",
    "stream": "kinesis:GetRecords",
    "catalog": "glue:GetTable",
}


def statement(kind: str, owner: str, caller: str = SERVER, sid: str = "Server") -> dict[str, Any]:
    """A statement that a policy of the kind may have."""
    if kind == "trust":
        return {"Sid": sid, **TRUST, "Principal": {"AWS": caller}}
    if kind in ("role", "user", "group", "managed", "attached", "boundary"):
        return {**READ, "Sid": sid, "Resource": "arn:aws:s3:::notes/${aws:PrincipalTag/team}/*"}
    on = {"bucket": f"{owner}/*", "access point": f"{owner}/object/*", "key": "*", "domain": f"{owner}/*"}
    action = {**_ACTIONS, **_SERVICES}[kind]
    found = {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": caller}, "Action": action}
    # ECR is told by its policy's place which repository it speaks of.
    return found if kind == "repository" else {**found, "Resource": on.get(kind, owner)}


def made(kind: str, *, is_new: bool = False) -> Edit:
    """An edit of the kind, of a policy that stands in no file: one statement more, or a policy where there is none."""
    owner, slot = CARRIERS[kind]
    arn = f"{IAM}:policy/team/notes-read" if kind == "managed" else None
    own = statement(kind, owner, f"{IAM}:root", "Own")
    before = policy(own, name="read-notes", arn=arn)
    more = statement(kind, owner)
    if is_new:
        own = f"{IAM}:policy/read-notes" if kind == "attached" else None
        return edit(owner, slot, None, policy(more, name="read-notes", arn=own))
    return edit(owner, slot, before, policy(own, more, name="read-notes", arn=arn))


MADE = [
    (kind, is_new)
    for kind in CARRIERS
    for is_new in (False, True)
    if kind not in (("trust", "managed") if is_new else ("attached",))
]
"""
Kinds of targets, and whether their policy is a new one.

A role has a trust policy, and a managed policy its text; one that is attached by a fix is new.
"""


@cache
def of_remedies() -> tuple[tuple[str, Edit], ...]:
    """Every edit that is proposed in the remedies' set-ups."""
    with pytest.MonkeyPatch.context() as patch:
        return tuple(
            (f"{setups.named(folder)}-{number}-{at}", each)
            for folder, judged in setups.all_judged(patch, "remedies")
            for number, remedy in enumerate(judged.report.remedies)
            for at, each in enumerate(remedy.edits)
        )


SOURCES = {
    "folder": "one-account/folder",
    "details": "one-account/authorization-details/details.json",
    "terraform": "one-account/terraform/plan.json",
    "cloudformation": "one-account/cloudformation/template.yaml",
    "terraform resources": "terraform/resources/plan.json",
    "terraform modules": "terraform/modules/plan.json",
    "terraform documents": "terraform/documents/plan.json",
}


@cache
def of_source(name: str) -> tuple[Edit, ...]:
    """For every policy that the source tells one statement more, and for every role a policy of its own."""
    place = str(setups.FIXTURES / "sources" / SOURCES[name])
    return tuple(_edits(load(place, Options(account=OWN, region="us-east-1")).organization))


def _edits(organization: Organization) -> Iterator[Edit]:
    read = allow(("s3:GetObject",), ("arn:aws:s3:::notes/*",))
    for account in organization.accounts.values():
        for entity in (*account.roles.values(), *account.users.values()):
            trust = getattr(entity, "trust", None)
            if trust is not None:
                more = with_statements(trust, [allow(("sts:SetSourceIdentity",), None, SERVER)], name="trust")
                yield edit(entity, Slot.TRUST, trust, more)
            for each in entity.policies:
                if not is_aws_managed(each.arn or ""):
                    slot = Slot.INLINE if each.arn is None else Slot.MANAGED
                    yield edit(entity, slot, each, with_statements(each, [read], name=each.name))
            yield edit(entity, Slot.INLINE, None, with_statements(None, [read], name="iamsim-least-privilege"))
        for resource in account.resources.values():
            kind = next((k for k, form in _targets.RESOURCES.items() if form.fullmatch(resource.arn)), None)
            if kind is None:
                continue
            more = documents.policy_of(
                {"Statement": [statement(kind, resource.arn)]}, origin=NOWHERE, name="x"
            ).statements
            if resource.policy is not None or not resource.unread:
                after = with_statements(resource.policy, more, name="resource-policy")
                yield edit(resource, Slot.RESOURCE, resource.policy, after)


HOSTILE = (
    "plain", "${aws:username}", "$${x}", "%{if true}", "%%{x}", "${${}", "$", 'a"b\\c', "it's", "`id`", "$(id)", "\n", "\t",
    "</script><b>", "- a", "{{ x }}", "#x", "a: b", "!Sub x", "\u202eevil", "\u00e9\u4e2d\U0001f600", "'; rm -rf /; '", "&{x}", "--x",
    "\x7f", "yes", "0", "~", "*", "?",
)  # fmt: skip
"""Texts that some language reads as more than text."""


def hostile(words: str) -> Edit:
    """A policy of a role with the words in every place that takes any text."""
    found = {
        "Sid": words,
        "Effect": "Allow",
        "Action": ["s3:GetObject", words],
        "Resource": [f"arn:aws:s3:::n/{words}", words],
        "Condition": {"StringLike": {"aws:PrincipalTag/x": [words, f"{words}*"], words: "v"}},
    }
    old = policy(READ, name="read-notes")
    return edit(SERVER, Slot.INLINE, old, policy(READ, found, name="read-notes"))


def holed() -> Edit:
    """A policy of which the inputs do not tell two pieces."""
    texts = (f"arn:aws:s3:::{HOLE}/a${{aws:username}}", f"arn:aws:s3:::n/{HOLE}")
    found = {**READ, "Resource": list(map(Holed, texts))}
    return edit(SERVER, Slot.INLINE, None, policy(found, name="read-notes"))


def filled(value: Any, words: tuple[str, ...]) -> Any:
    """The value with the words in the place of its holes, in order."""
    left = list(words)

    def walk(item: Any) -> Any:
        if isinstance(item, str):
            first, *rest = item.split(HOLE)
            return first + "".join(left.pop(0) + part for part in rest)
        if isinstance(item, dict):
            return {walk(name): walk(each) for name, each in item.items()}
        return [walk(each) for each in item] if isinstance(item, list) else item

    return walk(value)


def at(document: str, pointer: str = "", address: str = "") -> Origin:
    return Origin(document, pointer, address=address)
