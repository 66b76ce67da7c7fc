"""
It may do everything in a service.

`s3:*` is also to open every bucket to everybody, and whatever AWS adds to the service next. On named resources it is
for a review to say whether their owner is meant.

Avoid:

    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObject"],
      "Resource": "arn:aws:s3:::documents/*"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions
from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import Answer, Powers, powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.lints._summaries import by, compressed, named, whole_service
from iamsim.model.finding import Audience, Severity
from iamsim.model.policy import Statement

_LEVELS = ("Permissions management", "Write", "Tagging")
_RESOURCES, _MOST = 3, 500


def check(holder: Holder) -> Iterator[Seen]:
    """One for services on any resource, and one for those on named resources alone."""
    asked = powers(holder)
    wide: dict[str, Answer] = {}
    narrow: dict[str, Answer] = {}
    found = [(statement, service) for statement, value in named(asked) if (service := whole_service(value))]
    if not found or administrator(asked):
        return
    for statement, service in found[:_MOST]:
        if service in wide:
            continue
        samples = _samples(service)
        answer = _first(asked, statement, samples, anywhere=True)
        if answer is not None:
            wide.setdefault(service, answer)
        elif service not in narrow and (answer := _first(asked, statement, samples, anywhere=False)) is not None:
            narrow[service] = answer
    if wide:
        serious = [service for service in wide if any(_level(name) == _LEVELS[0] for name in _samples(service))]
        yield Seen(
            "services",
            f"{holder.label} may do everything in {compressed(f'{each}:*' for each in _worst_first(wide, serious))}",
            places=places(*(v for answer in wide.values() for v in answer.allowing)),
            severity=Severity.MEDIUM if serious else Severity.LOW,
        )
    rest = [service for service in narrow if service not in wide]
    if rest:
        yield Seen(
            "services of named resources",
            f"{holder.label} may do everything in {compressed(f'{each}:*' for each in rest)} to resources that it names",
            places=places(*(v for service in rest for v in narrow[service].allowing)),
            severity=Severity.LOW,
            audience=Audience.REVIEWER,
        )


def _first(asked: Powers, statement: Statement, samples: tuple[str, ...], *, anywhere: bool) -> Answer | None:
    for name in samples:
        answer = asked.anywhere(name) if anywhere else asked.somewhere(name)
        if answer is not None and by(asked, (answer,), statement):
            return answer
    return None


def _samples(service: str) -> tuple[str, ...]:
    """Some actions of a service that change something: of each level one for each kind of resource, few in all."""
    found: dict[tuple[str, tuple[str, ...]], str] = {}
    for name in actions.expand(f"{service}:*"):
        known = actions.action(name)
        if known is not None and known.access_level in _LEVELS:
            found.setdefault((known.access_level, known.resource_types[:1]), name)
    order = sorted(found, key=lambda key: (_LEVELS.index(key[0]), not key[1], key[1]))
    return tuple(found[key] for key in order)[: _RESOURCES * len(_LEVELS)]


def _level(name: str) -> str:
    known = actions.action(name)
    return known.access_level if known is not None else ""


def _worst_first(found: dict[str, Answer], serious: list[str]) -> list[str]:
    return [*serious, *(service for service in found if service not in serious)]


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, Security best practices in IAM: apply least-privilege permissions",
    scope=Scope.PRINCIPAL,
)
