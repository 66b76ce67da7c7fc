"""AWS, or the server, refuses the call for the role."""

from __future__ import annotations

from iamsim.diagnosis import signs
from iamsim.diagnosis._saying import OF_ROLES
from iamsim.diagnosis.causes import Cause, Facts, names
from iamsim.diagnosis.signs import Sign
from iamsim.model.diagnosis import JudgedCall, Relation, RootCause, Worth
from iamsim.model.finding import Confidence, Finding, Kind
from iamsim.model.verdict import Layer


def weigh(facts: Facts) -> RootCause | None:
    """What the check refuses of the call for the role, and what the evidence says was refused."""
    scene = facts.scene
    gaps = _gaps(facts)
    refused = [call for call in facts.calls if call.refused and call.action.lower() in OF_ROLES]
    told = {item.name for item in scene.items if _is_told(scene.signs(item))}
    lines = [line for line in scene.lines if line.means == "role-assumption-failed"]
    plain = [line for line in lines if _is_told(signs.signs((line.text,), scene.server) | {Sign.ASSUME})]
    if not (gaps or refused or told or plain):
        return None
    lacking = [_lacking(facts, gap) for gap in gaps]
    mine = [
        one
        for one in facts.failed
        if one.because is Relation.EXPLAINED_BY_ASSUME or one.name in told or (one.masked and bool(gaps))
    ]
    against = []
    if scene.no_credentials_seen and not refused:
        against.append("something of the evidence shows a process without credentials: AWS was not asked at all")
    # Servers log the end of an attempt whether it failed or not: it tells something only where no failure is logged.
    completed = [line for line in scene.lines if line.means == "role-assumption-completed"] if not lines else []
    against += [f"{line.origin}: {line.text[:200]}" for line in completed[:2]]
    against += [f"`{one.name}` shows the role working" for one in facts.held if one.worth is Worth.WORKING][:2]
    speaks = [*lacking, *(_said(facts, call) for call in refused[:3])]
    speaks += [f"the error of `{name}` says so" for name in sorted(told)]
    speaks += [f"{line.origin}: {line.text[:200]}" for line in plain[:3]]
    asked = facts.scene.report.role_arn if facts.scene.report is not None else None
    same = [call for call in refused if asked in (None, call.resource)]
    why = [*lacking, *(f"AWS refuses {call.action} on {call.resource} to {call.principal}" for call in refused)]
    return RootCause(
        "",
        "the role cannot be assumed" + (f": {why[0]}" if why else ""),
        Confidence.CERTAIN if same else Confidence.LIKELY if gaps else Confidence.UNCERTAIN,
        names(mine),
        tuple(dict.fromkeys(speaks)),
        tuple(against),
        "" if same else "CloudTrail has the AssumeRole call with `AccessDenied`, and the server's log says so",
        facts.fixes(steps=("assume",)),
        tuple(origin for gap in gaps for origin in gap.origins),
    )


def _said(facts: Facts, call: JudgedCall) -> str:
    """A refused call for a role, and whether it is the role that was checked."""
    report = facts.scene.report
    other = report is not None and report.role_arn != call.resource
    return f"{call.origin}: {call.message[:300]}" + (" (another role than the one that was checked)" if other else "")


def _is_told(found: frozenset[Sign]) -> bool:
    """Whether words tell of a call for the role that failed, and not that there was nothing to make it with."""
    return Sign.ASSUME in found and Sign.NO_CREDENTIALS not in found


def _gaps(facts: Facts) -> tuple[Finding, ...]:
    report = facts.scene.report
    if report is None:
        return ()
    return tuple(
        each
        for each in report.findings
        if each.kind is Kind.GAP and each.step == "assume" and each.rule != "no-credentials"
    )


def _lacking(facts: Facts, gap: Finding) -> str:
    """The finding, with the name of the policy that lacks the permission where that is the role's own."""
    report = facts.scene.report
    if report is not None and ":role/" in gap.message:
        for probe in gap.probes:
            asked = report.probe(probe).explanation
            if Layer.RESOURCE in asked.failing and ":role/" in asked.request.resource:
                own = ", and the server's own policy lacks it too" if Layer.IDENTITY in asked.failing else ""
                return f"the trust policy of {asked.request.resource} lacks {asked.request.action}{own}"
    return gap.message


CAUSE = Cause(weigh)
