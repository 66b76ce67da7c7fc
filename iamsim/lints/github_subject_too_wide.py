"""
A subject of GitHub Actions lets in runs that nobody meant.

In a pattern a star goes on over slashes and colons. `repo:octo-org*` lets in every organization whose name begins so,
and anybody can make one; `repo:octo-org/app*` every repository whose name begins so; `repo:octo-org/app:*` every
branch, every tag and the runs of pull requests. Of several values the widest counts.

Avoid:

    {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo-org/octo-repo*"}}

Prefer:

    {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._tokens import strange_token, tests_of
from iamsim.lints._trust import WEB, allowing, apart, federated, possible, provider_name, role_arn, wanted
from iamsim.model.finding import Severity
from iamsim.model.principal import Principal, PrincipalKind
from iamsim.sts.subjects import GITHUB, Workflow, meaning, workflow

_RUN = "ref:refs/pull/1/merge"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value that lets in too much, by the engine: what other claims are asked for counts."""
    role = role_arn(draft)
    if not role or draft.world is None:
        return
    for part, statement, _ in allowing(draft):
        for arn in federated(statement):
            name = provider_name(arn)
            if not GITHUB.fullmatch(name):
                continue
            caller = Principal(PrincipalKind.WEB_IDENTITY, arn, role.split(":")[4])
            strange, absent = strange_token(name)
            world, asked_for = apart(draft.world, role, statement), wanted(statement)
            if possible(world.outside(caller, WEB, role, values={**asked_for, **strange}, absent=absent)):
                continue  # any subject gets in, which is another lint's
            for test, text in tests_of(part, name, "sub"):
                like = "Like" in test.operator
                found = workflow(text.value)
                severity = _severity(found, text.value, like=like)
                if severity is None:
                    continue
                values = asked_for | _token(name, text.value, found, like=like)
                asked = world.outside(caller, WEB, role, values=values, absent=(*absent, f"{name}:environment"))
                if possible(asked):
                    told = meaning(name, text.value) or "subjects of many kinds"
                    yield Seen(
                        f"{part.subject} {text.value}",
                        f"`{text.value[:200]}` lets in {told}",
                        text.at,
                        severity=severity,
                    )


def _severity(found: Workflow | None, value: str, *, like: bool) -> Severity | None:
    """How much harm a value does; None for one run of one repository."""
    if found is not None and found.run == "pull_request":
        return Severity.MEDIUM
    if not like or not ("*" in value or "?" in value):
        return None
    if found is None:
        return Severity.LOW
    if _wild(found.owner) and (not found.owner_id or _wild(found.owner_id)):
        return Severity.CRITICAL
    if _wild(found.repository) and (not found.repository_id or _wild(found.repository_id)):
        return Severity.MEDIUM
    return Severity.LOW if _wild(found.run) else None


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


def _token(name: str, pattern: str, found: Workflow | None, *, like: bool) -> dict[str, str]:
    """A token that the value lets in and that is of another repository, or of another run, where it leaves them open."""

    def filled(text: str) -> str:
        return text.replace("*", "x").replace("?", "x") if like else text

    if found is None:
        return {f"{name}:sub": filled(pattern)}
    sub = filled(pattern.removesuffix("*") + _RUN if like and found.run == "*" and pattern.endswith(":*") else pattern)
    pull = "/".join((filled(found.owner), filled(found.repository), ".github/workflows/other.yml@refs/pull/1/merge"))
    values = {"sub": sub, "job_workflow_ref": pull, "workflow": "other", "ref": "refs/pull/1/merge"}
    if found.run and not _wild(found.run):
        values.pop("ref"), values.pop("job_workflow_ref"), values.pop("workflow")
    if _wild(found.owner):
        values["repository_owner_id"] = "99999999"
    if _wild(found.owner) or _wild(found.repository):
        values["repository_id"] = "99999998"
        values["repository"] = f"{filled(found.owner)}/{filled(found.repository)}"
    return {f"{name}:{claim}": value for claim, value in values.items()}


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, Create a role for OpenID Connect federation: Configuring a role for GitHub OIDC identity provider",
    codes=("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",),
    kinds=frozenset({PolicyKind.TRUST}),
)
