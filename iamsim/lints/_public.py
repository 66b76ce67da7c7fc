"""Which statements of a resource policy let in anybody, and policyuniverse's opinion of the same policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iamsim.catalog.exposure import internet_accessible
from iamsim.drafts import Draft, Part
from iamsim.drafts.world import NOBODY, STRANGE, STRANGE_ABSENT, World, stranger
from iamsim.lints._resource import requests, world_of
from iamsim.lints._trust import NOT_OURS, NOT_SENT, apart, by_condition, positive, sure
from iamsim.model.policy import Statement
from iamsim.model.verdict import Explanation, Layer

_MADE_UP = (
    "sts:externalid", "aws:principaltype", "s3:signatureversion", "s3:authtype",
    "s3:signatureage", "aws:currenttime", "aws:epochtime", "s3:x-amz-acl", "lambda:functionurlauthtype", "sns:protocol",
    "sns:endpoint",
)  # fmt: skip
"""Keys whose value every caller chooses."""
_ABSENT = tuple(dict.fromkeys((*STRANGE_ABSENT, *NOT_SENT, "kms:viaservice", "aws:calledvia", "aws:viaawsservice")))


@dataclass(frozen=True, slots=True)
class Opening:
    """
    A statement that lets in anybody.

    `weakly` are the keys that its conditions ask for and everybody can make up. `unsure`: something beside the policy
    may still stand in the way. `service` is that of the resource.
    """

    part: Part
    actions: tuple[str, ...]
    anonymous: bool
    weakly: tuple[str, ...]
    unsure: bool
    service: str


def openings(draft: Draft) -> Iterator[Opening]:
    """One for each statement that lets strangers in: Deny statements, resource control policies and conditions count."""
    found = world_of(draft)
    if found is None:
        return
    world, carrier = found
    for part in draft.statements():
        read = part.statement
        if read is None or read.principal is None or read.principal.negated or not _wide(read):
            continue
        weak = {
            each.key.lower(): each.values[0].replace("*", "x").replace("?", "x")
            for each in read.conditions
            if each.key.lower() in _MADE_UP and each.values and positive(each)
        }
        found_open = _asked(apart(world, carrier, read), read, carrier, {**NOT_OURS, **STRANGE, **weak})
        if found_open:
            yield Opening(
                part,
                tuple(dict.fromkeys(action for action, _ in found_open)),
                anonymous=any(each for _, each in found_open),
                weakly=tuple(weak),
                unsure=all(_unsure(each) for each in found_open.values()),
                service=carrier.split(":")[2],
            )


def _asked(
    world: World, statement: Statement, carrier: str, values: Mapping[str, str | tuple[str, ...]]
) -> dict[tuple[str, bool], Explanation]:
    """What a stranger, and somebody without credentials, get in with: an answer for each action, and whether without any."""
    found: dict[tuple[str, bool], Explanation] = {}
    for caller, anonymous in ((stranger(), False), (NOBODY, True)):
        for action, resource in requests(statement, carrier):
            if (action, anonymous) in found or (anonymous and not _unsigned(action)):
                continue
            asked = world.outside(caller, action, resource, values=values, absent=_ABSENT)
            if sure(asked):
                found[action, anonymous] = asked
            elif by_condition(asked):
                break
    return found


def _unsigned(action: str) -> bool:
    """Whether the service takes requests that nobody signed."""
    return action.lower() == "lambda:invokefunctionurl" or action.split(":", 1)[0].lower() in (
        "s3",
        "sqs",
        "sns",
        "es",
        "execute-api",
    )


def second_opinion(draft: Draft) -> bool | None:
    """Whether policyuniverse finds the policy open to the internet; None where it has no opinion, or nobody at all is meant."""
    if not any(text.value == "*" or "*" in text.value for part in draft.statements() for _, text in part.principals()):
        return None
    return internet_accessible(draft.value) if isinstance(draft.value, Mapping) else None


def _wide(statement: Statement) -> bool:
    return statement.principal is not None and statement.principal.anyone


def _unsure(explanation: Explanation) -> bool:
    """Whether more than the caller's own side is left open."""
    return Layer.RESOURCE in explanation.failing or Layer.SERVICE in explanation.failing
