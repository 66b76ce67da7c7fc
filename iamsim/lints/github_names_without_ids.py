"""
A trust in GitHub Actions goes by names that others can take over, and has the older form.

Names of organizations and repositories become free when they are renamed or deleted, and whoever takes one gets the
role. Subjects of repositories that were made, renamed or transferred after 15 July 2026 carry the ids, as
`repo:OWNER@ID/REPOSITORY@ID:…`: a value of the older form, `repo:OWNER/REPOSITORY:…`, does not match those, and their
runs are refused. While repositories move, list both forms.

Avoid:

    {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo-org/octo-repo:ref:refs/heads/main"}}

Prefer:

    {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, Part, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._tokens import asks, tests_of
from iamsim.lints._trust import allowing, federated, provider_name
from iamsim.model.finding import Audience, Confidence, Severity
from iamsim.sts.subjects import GITHUB, workflow

_NAMES, _IDS = ("repository", "repository_owner", "actor"), ("repository_id", "repository_owner_id", "actor_id")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value that goes by names, in statements that ask for no id."""
    for part, statement, _ in allowing(draft):
        for arn in federated(statement):
            name = provider_name(arn)
            if GITHUB.fullmatch(name):
                yield from _of(part, name)


def _of(part: Part, name: str) -> Iterator[Seen]:
    by_id = any(
        test.key.lower() == f"{name}:{claim}" and asks(test.operator) for test in part.conditions() for claim in _IDS
    )
    for _, text in tests_of(part, name, "sub"):
        found = workflow(text.value)
        if found is None or found.owner_id or "*" in found.owner:
            continue
        told = ("a repository made, renamed or transferred after 15 July 2026 has another subject, with ids",)
        why = "names no ids" if by_id else "goes by names that somebody else can take over"
        yield Seen(f"{part.subject} {text.value}", f"`{text.value[:200]}` {why}", text.at, told)
    for claim in () if by_id else _NAMES:
        for _, text in tests_of(part, name, claim):
            told = (f"{claim}_id does not change when names do",)
            yield Seen(
                f"{part.subject} {claim} {text.value}",
                f"the claim {claim} is a name that somebody else can take over",
                text.at,
                told,
            )


LINT = Lint(
    check,
    Family.TRUST,
    Severity.LOW,
    "GitHub Docs, OpenID Connect reference: immutable subject claims",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
