"""Reports of many tools, as large servers have them."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from iamsim import documents
from iamsim.model.finding import Confidence, Finding, Kind, Severity
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.remedy import Edit, Proof, Remedy, RemedyKind, Slot
from iamsim.model.report import Need, Probe, Report, RoleUse, Status, ToolResult
from iamsim.model.tool import Credential
from iamsim.model.verdict import Decision, ElementVerdict, StatementVerdict
from tests.renderers.reports import ROLE, missing, need, refused

SERVICES = ("s3", "glue", "athena", "kms")


def crowded(tools: int = 100, actions: int = 20, gaps: int = 40) -> Report:
    """Every tool needs the same actions, of which each gap denies one to one tool, for a reason of its own."""
    names = [f"{SERVICES[number % len(SERVICES)]}:GetThing{number:02}" for number in range(actions)]
    probes: list[Probe] = []
    made: list[ToolResult] = []
    findings: list[Finding] = []
    remedies: list[Remedy] = []
    for number in range(tools):
        needs: list[Need] = []
        for action in names:
            first = number < gaps and action == names[number % actions]
            probe = _denied(number, action) if first else _allowed(number, action)
            probes.append(probe)
            needs.append(need(action, Credential.ROLE, Status.DENIED if first else Status.ALLOWED, probe.id))
            if first:
                findings.append(_gap(number, action, probe))
                remedies.append(_fix(number, action, findings[-1]))
        made.append(
            ToolResult(
                f"tool_number_{number:03}",
                "Reads the tables of one database and tells their columns.",
                RoleUse.USES,
                (Credential.ROLE,),
                Status.DENIED if number < gaps else Status.ALLOWED,
                tuple(needs),
                source=f"src/server/tools/tool_{number:03}.py",
            )
        )
    return replace(
        refused(),
        tools=tuple(made),
        probes=tuple(probes),
        findings=tuple(findings),
        remedies=tuple(remedies),
        assume=replace(refused().assume, status=Status.ALLOWED, probes=(), predicted=()),
    )


def _policy(number: int, *more: str) -> Policy:
    actions = ", ".join(f'"{action}"' for action in (f"s3:ListThing{number}", "s3:GetBucketLocation", *more))
    return documents.policy(
        f"""{{
  "Version": "2012-10-17",
  "Statement": [
    {{
      "Sid": "ReadThings{number}",
      "Effect": "Allow",
      "Action": [{actions}],
      "Resource": "arn:aws:s3:::bucket-{number}/*"
    }}
  ]
}}
""",
        document=f"accounts/one/roles/mcp/reader/inline/read-{number}.json",
        name=f"read-{number}",
    )


def _denied(number: int, action: str) -> Probe:
    probe = missing(action, f"arn:aws:s3:::bucket-{number}/things/{number}")
    policy = _policy(number)
    statement = policy.statements[0]
    told = ElementVerdict("Action", False, f"none of 2 actions matches `{action}`", origin=statement.action.origin)
    verdict = StatementVerdict(statement, policy.name, PolicyType.IDENTITY, (told,))
    explanation = replace(
        probe.explanation, decisive=(verdict,), statements=(verdict,), reason=f"no statement of read-{number} allows it"
    )
    return replace(probe, id=f"denied/{number}/{action}", explanation=explanation)


def _allowed(number: int, action: str) -> Probe:
    probe = missing(action, f"arn:aws:s3:::bucket-{number}/things/{number}")
    verdict = structs.replace(probe.explanation.statements[0], elements=(ElementVerdict("Action", True, action),))
    explanation = replace(
        probe.explanation,
        decision=Decision.ALLOWED,
        possible=(Decision.ALLOWED,),
        layer=None,
        failing=(),
        reason="an identity policy allows it",
        decisive=(verdict,),
        statements=(verdict,),
    )
    return replace(probe, id=f"allowed/{number}/{action}", explanation=explanation, message=None)


def _gap(number: int, action: str, probe: Probe) -> Finding:
    return Finding(
        f"missing-permission:{action}:{number}",
        "missing-permission",
        Kind.GAP,
        Severity.HIGH,
        Confidence.CERTAIN,
        "tools",
        action,
        f"tool_number_{number:03} needs {action}, which the role lacks",
        (probe.explanation.decisive[0].statement.origin,),
        (),
        (probe.id,),
        (f"tool_number_{number:03}",),
    )


def _fix(number: int, action: str, finding: Finding) -> Remedy:
    before, after = _policy(number), _policy(number, action)
    return Remedy(
        f"r{number}",
        "add_permission",
        (finding.key,),
        RemedyKind.EDIT,
        f"allow {action} on the bucket's objects",
        edits=(Edit(ROLE, Slot.INLINE, before, after, documents.diff(before, after)),),
        proof=Proof(finding.probes, domain="2 roles, 41 actions, 3 resources"),
    )
