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
from dataclasses import replace

from iamsim.drafts import Draft, Part
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen, _covers
from iamsim.lints._saying import quoted
from iamsim.model.finding import Severity
from iamsim.model.policy import Effect, Statement


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Allow that is denied as a whole, or some of whose actions are."""
    found = _covers.statements(draft)
    variables = draft.policy is not None and draft.policy.has_variables
    denials = [(part, each) for part, each in found if each.effect is Effect.DENY]
    for part, own in found:
        if own.effect is not Effect.ALLOW or not own.action.values:
            continue
        whole = _deniers([own], denials, variables=variables)
        if whole:
            yield Seen(
                part.subject, f"{part.label} never comes to anything: {whole[0].label} denies all of it", part.at
            )
            continue
        dead = {value: by[0] for value, by in _values(own, denials, variables=variables) if by}
        if dead:
            all_of_it = len(dead) == len(own.action.values)
            at = next((text.at for text in part.texts("Action") if text.value in dead), part.at)
            names = quoted(clipped(value) for value in dead)
            yield Seen(
                f"{part.subject} {' '.join(sorted(clipped(value) for value in dead))}",
                f"{part.label} allows {names}, which {next(iter(dead.values())).label} denies again",
                at,
                severity=None if all_of_it else Severity.LOW,
            )


def _values(
    own: Statement, denials: Sequence[tuple[Part, Statement]], *, variables: bool
) -> Iterator[tuple[str, list[Part]]]:
    """The actions of a statement, each with those that deny it."""
    for value in own.action.values if not own.action.negated else ():
        one = replace(own, action=replace(own.action, values=(value,)))
        yield value, _deniers([one], denials, variables=variables)


def _deniers(allowed: Sequence[Statement], denials: Sequence[tuple[Part, Statement]], *, variables: bool) -> list[Part]:
    """The statements each of which denies all of what is allowed."""
    return [
        part
        for part, deny in denials
        if all(_covers.statement(deny, each, variables=variables, denies=True) for each in allowed)
    ]


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, Policy evaluation logic",
)
