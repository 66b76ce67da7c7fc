"""The subjects that well-known identity providers write, and what a pattern of them lets in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iamsim.engine.patterns import matcher

GITHUB = re.compile(r"(?:vs)?token\.actions\.githubusercontent\.com(?:/.+)?|token\.actions\.[a-z0-9-]+\.ghe\.com")
EKS = re.compile(
    r"oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/id/[0-9A-Za-z]+|oidc-eks\.[a-z0-9-]+\.api\.aws/id/[0-9A-Za-z]+"
)
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Workflow:
    """
    Whom a subject of GitHub Actions speaks of: `repo:OWNER/REPOSITORY:RUN`.

    The ids are those of immutable subjects (`repo:OWNER@ID/REPOSITORY@ID:RUN`), empty in the older
    form. `run` is `ref:refs/heads/main`, `environment:prod`, `pull_request` and the like. A part
    that a pattern leaves open is `*`.
    Source: GitHub Docs, "OpenID Connect reference" (OIDC-023).
    """

    owner: str
    owner_id: str
    repository: str
    repository_id: str
    run: str


def workflow(text: str) -> Workflow | None:
    """A subject of GitHub Actions, or a pattern of one, taken apart; None for one of another form, such as a customised one."""
    match = _WORKFLOW.fullmatch(text[:_LONGEST])
    if match is None:
        return None
    owner, owner_id, repository, repository_id, run = (part or "" for part in match.groups())
    open_ended = text.endswith("*")
    return Workflow(owner, owner_id, repository or "*", repository_id, run or ("*" if open_ended else ""))


def without_ids(text: str) -> str:
    """A GitHub subject as it was before subjects were immutable; any other text as it stands."""
    found = workflow(text)
    if found is None or not (found.owner_id or found.repository_id):
        return text
    return f"repo:{found.owner}/{found.repository}:{found.run}"


def service_account(text: str) -> tuple[str, str] | None:
    """Namespace and name of a Kubernetes service account, or a pattern of them; None for another text (STS-071)."""
    match = _SERVICE_ACCOUNT.fullmatch(text[:_LONGEST])
    return (match[1], match[2]) if match else None


def meaning(provider: str, pattern: str) -> str:
    """
    Whom a subject, or a pattern of subjects, of a provider lets in, in words; empty where its form is not known.

    `provider` is its name in condition keys. In a pattern a star reaches over colons and slashes.
    """
    if GITHUB.fullmatch(provider):
        found = workflow(pattern)
        return _of_workflow(found) if found is not None else ""
    if EKS.fullmatch(provider):
        account = service_account(pattern)
        return f"{_named('service account', account[1])} of {_named('namespace', account[0])}" if account else ""
    return ""


def nearly(given: str, wanted: str) -> str:
    """Why a subject misses a pattern that it looks like, in words; empty where it does not look like it."""
    if given.lower() == wanted.lower():
        return "only the case of letters differs"
    plain = without_ids(given)
    if plain != given and matcher(wanted)(plain):
        return "the token's subject carries the ids of owner and repository, the policy's value is without them"
    if without_ids(wanted) != wanted and matcher(without_ids(wanted))(given):
        return "the policy's value carries the ids of owner and repository, the token's subject is without them"
    ours, theirs = workflow(given), workflow(wanted)
    if ours is not None and theirs is not None and ours.run != theirs.run and "*" not in theirs.run:
        same = ours.owner.lower() == theirs.owner.lower() and ours.repository.lower() == theirs.repository.lower()
        if same and ours.run.partition(":")[0] != theirs.run.partition(":")[0]:
            return f"the run is of another kind: {_run(ours.run)}, where {_run(theirs.run)} is wanted"
    return ""


_WORKFLOW = re.compile(
    r"repo:([^/:@]+)(?:@([^/:@]+))?(?:/([^/:@]+)(?:@([^/:@]+))?(?::(.+))?)?",
)
_SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:([^:]+):([^:]+)")


def _of_workflow(found: Workflow) -> str:
    # A star at the end of the owner's name goes on over the slash: other owners are let in too.
    owner = _named("GitHub organization", found.owner)
    if found.repository == "*":
        return f"any repository of {owner}, any run of it, those of pull requests too"
    repository = f"{_named('repository', found.repository)} of {owner}"
    return (
        f"{repository}, any run of it, those of pull requests too"
        if found.run == "*"
        else (f"{repository}, {_run(found.run)}" if found.run else repository)
    )


def _named(what: str, name: str) -> str:
    if name == "*":
        return f"any {what}"
    if name.endswith("*") and "*" not in name[:-1] and "?" not in name:
        return f"any {what} whose name begins with `{name[:-1]}`"
    return f"any {what} whose name is like `{name}`" if "*" in name or "?" in name else f"{what} `{name}`"


def _run(run: str) -> str:
    kind, _, rest = run.partition(":")
    if kind == "ref":
        return f"runs on `{rest.removeprefix('refs/heads/')}`"
    if kind == "environment":
        return f"jobs in the environment `{rest}`"
    return "runs of pull requests" if kind == "pull_request" else f"runs with `{run}`"
