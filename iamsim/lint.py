"""Policies alone, judged by the lints."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from iamsim.drafts import Draft, PolicyKind, of_policy
from iamsim.drafts.world import World, alone
from iamsim.lints import LIKE_HOLDERS, Lint, Scope, Seen, chosen
from iamsim.lints._serious import SERIOUS
from iamsim.model.account import Account, Group, Organization, Role, User
from iamsim.model.arn import is_aws_managed
from iamsim.model.finding import Audience, Confidence, Finding, Kind, Severity
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Policy
from iamsim.model.report import Input

_SEVERITIES, _AUDIENCES = tuple(Severity), tuple(Audience)
_WORDS, _MARK = 110, 8


@dataclass(frozen=True, slots=True)
class Selection:
    """Which lints are asked, and which findings are told: at least `severity`, for at most `audience`."""

    ids: frozenset[str]
    severity: Severity = Severity.INFO
    audience: Audience = Audience.EVERYONE

    def tells(self, finding: Finding) -> bool:
        """Whether a finding is told."""
        return _SEVERITIES.index(finding.severity) <= _SEVERITIES.index(self.severity) and _AUDIENCES.index(
            finding.audience
        ) <= _AUDIENCES.index(self.audience)


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in how many policies; `inputs` say where they came from, as in a report."""

    findings: tuple[Finding, ...]
    policies: int
    inputs: tuple[Input, ...] = ()


def lint(
    drafts: Iterable[Draft],
    worlds: Iterable[World],
    selection: Selection,
    inputs: tuple[Input, ...] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Linted:
    """
    What the selected lints find in `drafts`, in the principals of `worlds`, and in the worlds as a whole.

    A draft that stands in no world is a world of its own.
    """
    asked = chosen(selection.ids)
    found: list[Finding] = []
    drafts = list(drafts)
    for draft in drafts:
        progress(f"judging {draft.name}")
        found += _in_draft(draft, asked)
    for world in worlds:
        found += _in_world(world, asked)
    told = {finding.key: finding for finding in _told_apart(found) if selection.tells(finding)}
    return Linted(tuple(sorted(told.values(), key=_order)), len(drafts), inputs)


def drafts_of(organization: Organization) -> tuple[tuple[Draft, ...], World]:
    """
    Every policy of an organization as a draft, once, and the world that they stand in.

    What AWS publishes is AWS's to write: it counts in the world and is no draft.
    """
    world = World(organization)
    found: dict[int, Draft] = {}
    for policy, kind, parts in _policies(organization):
        if policy.arn is None or not is_aws_managed(policy.arn):
            found.setdefault(id(policy), of_policy(policy, kind, world=world, **parts))
    return tuple(found.values()), world


def in_play(
    organization: Organization,
    arns: Iterable[str],
    *,
    stated: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Finding, ...]:
    """
    What is seriously wrong with the policies of the principals and resources `arns`: of high severity or worse.

    Questions to the engine see the whole organization.
    """
    wanted = frozenset(arns)
    world = World(organization, stated=stated or {}, only=wanted)
    drafts = (draft.within(world) for draft in drafts_of(organization)[0] if draft.of in wanted)
    return lint(drafts, (world,), Selection(SERIOUS, Severity.HIGH)).findings


# ---------------------------------------------------------------- helpers


def _policies(organization: Organization) -> Iterator[tuple[Policy, PolicyKind, Mapping[str, object]]]:
    for _, account in sorted(organization.accounts.items()):
        for _, role in sorted(account.roles.items()):
            if role.trust is not None:
                yield role.trust, PolicyKind.TRUST, {"of": role.arn}
        yield from _of_principals(account)
        for arn, policy in sorted(account.policies.items()):
            yield policy, PolicyKind.IDENTITY, {"managed": True, "of": arn}
        for arn, resource in sorted(account.resources.items()):
            if resource.policy is not None:
                yield resource.policy, PolicyKind.RESOURCE, {"of": arn, "service": arn.split(":")[2]}
        for id_, endpoint in sorted(account.endpoints.items()):
            if endpoint.policy is not None:
                yield endpoint.policy, PolicyKind.VPC_ENDPOINT, {"of": id_}
        for kind, levels in ((PolicyKind.SCP, account.scps), (PolicyKind.RCP, account.rcps)):
            for level in levels:
                for policy in level:
                    yield policy, kind, {"of": account.id}


def _of_principals(account: Account) -> Iterator[tuple[Policy, PolicyKind, Mapping[str, object]]]:
    entities: list[Role | User] = [*account.roles.values(), *account.users.values()]
    boundaries = {id(each.boundary) for each in entities}
    holders: list[Role | User | Group] = [*entities, *account.groups.values()]
    for holder in holders:
        for policy in holder.policies:
            if id(policy) not in boundaries:
                yield policy, PolicyKind.IDENTITY, {"of": holder.arn, "managed": policy.arn is not None}
    for entity in entities:
        if entity.boundary is not None:
            yield entity.boundary, PolicyKind.BOUNDARY, {"of": entity.arn, "managed": True}


def _in_draft(draft: Draft, asked: Mapping[str, Lint]) -> Iterator[Finding]:
    own = draft if draft.world is not None else draft.within(alone(draft))
    for id_, lint in asked.items():
        if draft.kind not in lint.kinds:
            continue
        if lint.scope is Scope.POLICY:
            for seen in lint.check(own):
                yield _finding(id_, lint, seen, own)
        elif draft.world is None and lint.scope is Scope.PRINCIPAL and draft.kind in LIKE_HOLDERS and own.policy:
            for holder in own.world.holders if own.world is not None else ():
                for seen in lint.check(holder):
                    yield _finding(id_, lint, seen, own)


def _in_world(world: World, asked: Mapping[str, Lint]) -> Iterator[Finding]:
    for id_, lint in asked.items():
        if lint.scope is Scope.PRINCIPAL:
            for holder in world.holders:
                for seen in lint.check(holder):
                    found = _finding(id_, lint, replace(seen, subject=f"{holder.arn} {seen.subject}"), None)
                    yield found if holder.whole else _unless_forbidden(found)
        elif lint.scope is Scope.ORGANIZATION:
            for seen in lint.check(world):
                yield _finding(id_, lint, seen, None)


def _unless_forbidden(finding: Finding) -> Finding:
    """The same finding, less sure: a policy that was not seen could forbid it."""
    if finding.confidence is not Confidence.CERTAIN:
        return finding
    evidence = (*finding.evidence, "not every policy was seen that could forbid it")
    return replace(finding, confidence=Confidence.LIKELY, evidence=evidence)


def _finding(id_: str, lint: Lint, seen: Seen, draft: Draft | None) -> Finding:
    places = seen.places
    if draft is not None and (lint.scope is Scope.POLICY or not places):
        places = (draft.origin(seen.at), *places)
    subject = f"{draft.of or draft.name} {seen.subject}".strip() if draft is not None else seen.subject
    return Finding(
        _key(id_, f"{places[0].document if places else ''} {subject}"),
        id_,
        Kind.HAZARD,
        seen.severity or lint.severity,
        seen.confidence or lint.confidence,
        "policies",
        subject,
        seen.message,
        tuple(place for place in places if place != NOWHERE),
        seen.evidence,
        code=seen.code or (lint.codes[0] if len(lint.codes) == 1 else ""),
        audience=seen.audience or lint.audience,
        fix=seen.fix,
    )


def _key(rule: str, subject: str) -> str:
    """Rule and subject as one word; marked by the subject's hash, since what is plain of it may be another's."""
    plain = re.sub(r"[^a-z0-9]+", "-", subject.lower()).strip("-")
    return f"{rule}-{plain[-_WORDS:].strip('-')}-{hashlib.sha256(subject.encode('utf-8', 'surrogatepass')).hexdigest()[:_MARK]}"


def _told_apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings of one key numbered in their order, so that none takes another's place."""
    count: dict[str, int] = {}
    for finding in findings:
        number = count[finding.key] = count.get(finding.key, 0) + 1
        yield finding if number == 1 else replace(finding, key=f"{finding.key}-{number}")


def _order(finding: Finding) -> tuple[object, ...]:
    first = finding.origins[0] if finding.origins else NOWHERE
    return (
        _SEVERITIES.index(finding.severity),
        first.document,
        first.line or 0,
        first.column or 0,
        first.pointer,
        finding.rule,
        finding.key,
    )
