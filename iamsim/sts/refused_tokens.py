"""Why a trust policy lets a token in or not: claim by claim, the value given and the value wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamsim import redact
from iamsim.engine.conditions import reading
from iamsim.model.origin import Origin
from iamsim.model.policy import Condition, Effect, PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.request import Request
from iamsim.model.verdict import ElementVerdict, Explanation, StatementVerdict
from iamsim.sts.providers import Provider
from iamsim.sts.subjects import meaning, nearly


@dataclass(frozen=True, slots=True)
class Claim:
    """
    One condition of a statement, held against the token.

    `claim` is the token's claim behind `key`, empty where the key is none of this provider's.
    `given` are the values that AWS sees, None where they are not known; `absent` tells that the key
    is not part of the request. `met` is None where the inputs do not tell. `hint` says why it
    misses, where that is more than another value. Values are redacted.
    """

    key: str
    claim: str
    operator: str
    wanted: tuple[str, ...]
    given: tuple[str, ...] | None
    absent: bool
    met: bool | None
    hint: str
    origin: Origin

    @property
    def words(self) -> str:
        """The claim in one line."""
        given = "absent" if self.absent else "not known" if self.given is None else _listed(self.given)
        told = f"{self.claim or self.key} is {given}; {self.operator} wants {_listed(self.wanted)}"
        return f"{told} ({self.hint})" if self.hint else told


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    One statement of the trust policy and how the token met it.

    `elements` are the words for Action and Principal where they do not match; `matched` is that of
    the whole statement.
    """

    label: str
    effect: Effect
    matched: bool | None
    elements: tuple[str, ...]
    claims: tuple[Claim, ...]
    origin: Origin


def why(explanation: Explanation, claims: Mapping[str, Any], provider: Provider) -> tuple[Refusal, ...]:
    """
    The statements of the role's trust policy, those that speak of the token's provider and of the action first.

    `explanation` is the answer to one of `web_identity.permissions`.
    """
    found = [
        (_distance(verdict), place, _refusal(verdict, explanation.request, claims, provider))
        for place, verdict in enumerate(explanation.statements)
        if verdict.type is PolicyType.RESOURCE
    ]
    return tuple(refusal for _, _, refusal in sorted(found, key=lambda one: one[:2]))


def _distance(verdict: StatementVerdict) -> int:
    return sum(element.matched is False for element in verdict.elements if not element.element.startswith("Condition"))


def _refusal(verdict: StatementVerdict, request: Request, claims: Mapping[str, Any], provider: Provider) -> Refusal:
    statement = verdict.statement
    # The conditions' verdicts stand at the end, in the order of the statement.
    first = len(verdict.elements) - len(statement.conditions)
    return Refusal(
        statement.label,
        statement.effect,
        verdict.matched,
        tuple(element.detail for element in verdict.elements[:first] if element.matched is False),
        tuple(
            _claim(condition, element, request, claims, provider)
            for condition, element in zip(statement.conditions, verdict.elements[first:], strict=True)
        ),
        statement.origin,
    )


def _claim(
    condition: Condition, verdict: ElementVerdict, request: Request, claims: Mapping[str, Any], provider: Provider
) -> Claim:
    key = condition.key.lower()
    start = f"{provider.name}:".lower()
    claim = condition.key[len(start) :] if key.startswith(start) else ""
    values = request.context.values.get(key)
    absent = values is None and request.context.is_absent(key)
    name = key.partition("/")[2]
    given = None if values is None or any(HOLE in value for value in values) else _redacted(name, values)
    hints = () if verdict.matched else _hints(condition, claim, values, claims, provider, absent=absent)
    return Claim(
        condition.key,
        claim,
        condition.operator,
        _redacted(name, condition.values),
        given,
        absent,
        verdict.matched,
        next(iter(hints), ""),
        verdict.origin,
    )


def _hints(  # noqa: PLR0913 - the facts of one comparison
    condition: Condition,
    claim: str,
    values: tuple[str, ...] | None,
    claims: Mapping[str, Any],
    provider: Provider,
    *,
    absent: bool,
) -> Iterator[str]:
    """Why a condition misses, the surest reason first."""
    key = condition.key
    if absent:
        yield from _of_absent_key(key, claim, claims, provider)
        return
    operator = reading(condition.operator).operator
    for value in values or ():
        for wanted in condition.values:
            if operator is not None and operator.name.startswith("StringEquals") and ("*" in wanted or "?" in wanted):
                yield f"{operator.name} takes `*` and `?` for themselves; StringLike has wildcards"
            near = nearly(value, wanted)
            if near:
                yield near
    if claim == "aud" and "azp" in claims:
        yield "the token has azp, which is taken for the audience instead of aud"
    if claim == "sub" and values:
        who = meaning(provider.name, values[0])
        if who:
            yield f"the token is that of {who}"


def _of_absent_key(key: str, claim: str, claims: Mapping[str, Any], provider: Provider) -> Iterator[str]:
    if key.lower().startswith(("https://", "http://")):
        yield "condition keys name a provider without https://, so this one is never sent"
    elif claim and claim in claims:
        yield f"AWS STS ignores the token's claim `{redact.line(claim)}`: it never becomes a condition key"
    elif claim:
        yield f"the token has no claim `{redact.line(claim)}` that becomes a condition key"
    elif ":" in key and "." in key.partition(":")[0]:
        yield f"that is a key of another provider; this token is one of {redact.line(provider.name)}"
    elif key.lower() == "sts:externalid":
        yield "AssumeRoleWithWebIdentity has no external id"


def _redacted(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(redact.line(str(redact.value(name, value))) for value in values)


_SHOWN = 5


def _listed(values: tuple[str, ...]) -> str:
    told = " or ".join(f"`{value}`" for value in values[:_SHOWN]) or "nothing"
    return f"{told} and {len(values) - _SHOWN} more" if len(values) > _SHOWN else told
