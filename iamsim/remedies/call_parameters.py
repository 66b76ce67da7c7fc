"""Change what the server sends, where STS refuses a parameter of its call."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Finding
from iamsim.model.server import AssumeTemplate
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.sts import assume_role
from iamsim.sts.parameters import violations

_SUBJECT = (
    "STS takes 2 to 64 letters, digits and characters of _+=,.@- here, and the server passes the subject on as it is: mint tokens "
    "whose subject has that form (an e-mail address, a hash of the real subject), or change the server to encode it before it sends it"
)
_HOUR = 3600
_LONGEST = 43200


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One instruction per refused parameter."""
    call, template = case.assume.call, case.setup.server.assume
    if call is None or template is None:
        return
    role = case.setup.simulator.organization.role(call.role_arn) if call.role_arn.startswith("arn:") else None
    chained = case.setup.caller is not None and assume_role.chained(case.setup.caller)
    maximum = role.max_session_duration if role is not None else None
    by_text = {
        fault.message.text: fault.parameter for fault in violations(call, max_session_duration=maximum, chained=chained)
    }
    longest = min(_HOUR if chained else _LONGEST, maximum or _LONGEST)
    for finding in findings:
        yield _proposal(finding, by_text.get(finding.subject, ""), template, longest)


def _proposal(finding: Finding, parameter: str, template: AssumeTemplate, longest: int) -> Proposal:
    subject = template.subject_claims[0] if template.subject_claims else "sub"
    if parameter == "SourceIdentity":
        settings = ((f"claim {subject}", "[A-Za-z0-9_+=,.@-]{2,64}"),)
        return Proposal(f"change the subject (claim `{subject}`)", (finding,), instruction=_SUBJECT, settings=settings)
    if parameter == "DurationSeconds":
        name = template.duration_parameter or "the duration that the server asks for"
        text = f"set {name} to at most {longest} seconds: a role session may assume another role for one hour, and no role for longer than its MaxSessionDuration"
        return Proposal("ask for a shorter session", (finding,), instruction=text, settings=((name, str(longest)),))
    claims = {
        "RoleArn": template.role_claims,
        "Tags": template.tag_claims,
        "TransitiveTagKeys": template.transitive_claims,
    }.get(parameter)
    claim = claims[0] if claims else subject
    text = f"change what claim `{claim}` holds so that STS takes {parameter or 'the call'}: {finding.message}"
    return Proposal(
        f"change claim `{claim}`",
        (finding,),
        instruction=text,
        settings=((f"claim {claim}", "a value that STS takes"),),
    )


REMEDY = Proposer(("call-invalid",), propose)
