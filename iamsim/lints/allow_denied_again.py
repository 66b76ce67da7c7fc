"""
What a statement allows, another statement of the same policy denies.

A Deny wins over every Allow. Where it names all that an Allow names, and asks for no condition that the Allow does not
ask for, the Allow can never come to anything: one of the two is a mistake.

Avoid:

    [
      {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::documents/*"},
      {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}
    ]

Prefer:

    [
      {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::documents/*"},
      {"Effect": "Deny", "Action": "s3:DeleteBucket*", "Resource": "*"}
    ]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iamsim.drafts import Draft, Part
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen, _covers
from iamsim.lints._saying import quoted
from iamsim.model.finding import Severity
from iamsim.model.policy import Effect, Element, Statement


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Allow that is denied as a whole, or some of whose actions are."""
    found = _covers.statements(draft)
    variables = draft.policy is not None and draft.policy.has_variables
    denials = [(part, each) for part, each in found if each.effect is Effect.DENY]
    for part, own in found:
        if own.effect is not Effect.ALLOW or not own.action.values:
            continue
        near = [
            (by, deny) for by, deny in denials if _covers.beside_action(deny, own, variables=variables, denies=True)
        ]
        whole = next((by for by, deny in near if _covers.element(deny.action, own.action, _covers.action)), None)
        if whole is not None:
            yield Seen(part.subject, f"{part.label} never comes to anything: {whole.label} denies all of it", part.at)
            continue
        dead = dict(_values(own.action, near))
        if dead:
            at = next((text.at for text in part.texts("Action") if text.value in dead), part.at)
            names = [clipped(value) for value in dead]
            yield Seen(
                f"{part.subject} {' '.join(sorted(names))}",
                f"{part.label} allows {quoted(names)}, which {next(iter(dead.values())).label} denies again",
                at,
                severity=None if len(dead) == len(set(own.action.values)) else Severity.LOW,
            )


def _values(own: Element, near: Sequence[tuple[Part, Statement]]) -> Iterator[tuple[str, Part]]:
    """The actions that are denied again, each with the first statement that does."""
    for value in own.values if not own.negated else ():
        one = Element((value,))
        by = next((part for part, deny in near if _covers.element(deny.action, one, _covers.action)), None)
        if by is not None:
            yield value, by


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, Policy evaluation logic",
)
