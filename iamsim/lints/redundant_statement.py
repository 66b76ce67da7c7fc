"""
A statement says nothing that another one of the policy does not say.

The wider one has the same effect, and applies whenever the narrower one does: it names all of its principals, actions
and resources, and asks for no condition that the narrower one does not ask for.

Avoid:

    [
      {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
      {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
    ]

Prefer:

    [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import written
from iamsim.lints import Family, Lint, Seen, _covers
from iamsim.model.finding import Audience, Severity, TextEdit
from iamsim.model.policy import Statement


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that another covers; of two that say the same, the first stays."""
    found = _covers.statements(draft)
    variables = draft.policy is not None and draft.policy.has_variables

    def covers(wide: Statement, narrow: Statement) -> bool:
        return wide.effect is narrow.effect and _covers.statement(wide, narrow, variables=variables)

    for part, own in found:
        for other, wide in found:
            if other.index == part.index or not covers(wide, own):
                continue
            if other.index < part.index or not covers(own, wide):
                wider = other.label if other.label != part.label else f"the statement at {other.index + 1}"
                yield Seen(
                    part.subject,
                    f"{part.label} says nothing that {wider} does not say",
                    part.at,
                    fix=(TextEdit(written(part.at), None),),
                )
                break


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM Access Analyzer policy check reference, Suggestion: Redundant statement",
    audience=Audience.STYLE,
    codes=("REDUNDANT_STATEMENT",),
)
