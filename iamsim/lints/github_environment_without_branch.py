"""
A trust in GitHub Actions goes by an environment and by no branch.

A job of any branch can name the environment, unless the environment's own rules in GitHub say from which branches it
deploys; those are not seen here.

Avoid:

    {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo-org@123456/octo-repo@456789:environment:prod"}}

Prefer:

    {
      "StringEquals": {
        "token.actions.githubusercontent.com:sub": "repo:octo-org@123456/octo-repo@456789:environment:prod",
        "token.actions.githubusercontent.com:ref": "refs/heads/main"
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._tokens import tests_of
from iamsim.lints._trust import allowing, federated, provider_name
from iamsim.model.finding import Audience, Confidence, Severity
from iamsim.sts.subjects import GITHUB, workflow


def check(draft: Draft) -> Iterator[Seen]:
    """One for each subject of an environment, in statements that ask for no ref and no workflow of one."""
    for part, statement, _ in allowing(draft):
        for name in map(provider_name, federated(statement)):
            if not GITHUB.fullmatch(name) or any(
                list(tests_of(part, name, claim)) for claim in ("ref", "job_workflow_ref")
            ):
                continue
            for _, text in tests_of(part, name, "sub"):
                found = workflow(text.value)
                if found is not None and found.run.startswith("environment:") and "*" not in found.run:
                    told = f"jobs of any branch that name the environment `{found.run[12:][:80]}` get in, as far as GitHub lets them"
                    yield Seen(f"{part.subject} {text.value}", told, text.at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.INFO,
    "GitHub Docs, OpenID Connect reference: filtering for a specific environment",
    confidence=Confidence.UNCERTAIN,
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
