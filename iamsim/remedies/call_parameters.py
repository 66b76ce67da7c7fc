"""Change what the server sends, where STS refuses a parameter of its call."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from iamsim import redact
from iamsim.model.arn import is_role
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
_SHORTEST, _CHAINED, _LONGEST = 900, 3600, 43200


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One instruction per refused parameter, whatever is wrong with it."""
    call, template = case.assume.call, case.setup.server.assume
    if call is None or template is None:
        return
    role = case.setup.simulator.organization.role(call.role_arn) if is_role(call.role_arn) else None
    chained = case.setup.caller is not None and assume_role.chained(case.setup.caller)
    maximum = role.max_session_duration if role is not None else None
    by_text = {
        fault.message.text: fault.parameter for fault in violations(call, max_session_duration=maximum, chained=chained)
    }
    longest = min(_CHAINED if chained else _LONGEST, maximum or _LONGEST)
    why = (
        f"the server's own credentials are those of a role session, and a chained session lasts {_CHAINED} seconds at most"
        if chained and longest == _CHAINED
        else f"MaxSessionDuration of the role is {maximum} seconds (or raise that, up to {_LONGEST})"
        if maximum is not None
        else f"no role session lasts longer than {_LONGEST} seconds"
    )
    refused: dict[str, tuple[Finding, ...]] = {}
    for finding in findings:
        parameter = by_text.get(finding.subject, "")
        if not parameter and template.passes_token:
            yield _of_the_token(finding, case)
            continue
        refused[parameter] = (*refused.get(parameter, ()), finding)
    for parameter, found in refused.items():
        yield _proposal(found, parameter, template, (longest, why))


def _of_the_token(finding: Finding, case: Case) -> Proposal:
    """What STS refuses about the token itself: the account lacks its issuer or its audience, or another token is needed."""
    claims = case.setup.claims.claims if case.setup.claims is not None else {}
    issuer, audience = redact.line(str(claims.get("iss", "ISSUER"))), redact.line(str(claims.get("aud", "AUDIENCE")))
    if "No OpenIDConnect provider" in finding.subject:
        title = "register the token's issuer in the account of the role"
        how = f"aws iam create-open-id-connect-provider --url {shlex.quote(issuer)} --client-id-list {shlex.quote(audience)}"
        return Proposal(title, (finding,), instruction=how, settings=(("Url", issuer), ("ClientIDList", audience)))
    if "audience" in finding.subject.lower():
        how = "add the token's audience to the client ids of the provider (aws iam add-client-id-to-open-id-connect-provider), or mint tokens for one of them"
        title = "let the provider take the token's audience"
        return Proposal(title, (finding,), instruction=how, settings=(("ClientIDList", audience),))
    return Proposal(
        "get another token",
        (finding,),
        instruction=f"STS takes this one for no role: {finding.message}",
        settings=(("token", "one that STS takes"),),
    )


def _proposal(
    findings: tuple[Finding, ...], parameter: str, template: AssumeTemplate, most: tuple[int, str]
) -> Proposal:
    subject = template.subject_claims[0] if template.subject_claims else "sub"
    if parameter == "SourceIdentity":
        settings = ((f"claim {subject}", "[A-Za-z0-9_+=,.@-]{2,64}"),)
        return Proposal(f"change the subject (claim `{subject}`)", findings, instruction=_SUBJECT, settings=settings)
    if parameter == "DurationSeconds":
        longest, why = most
        name = template.duration_parameter
        text = (
            f"set {name} of the server to"
            if name
            else "change the server: it has no setting for the duration; let it ask for"
        )
        return Proposal(
            "ask for a shorter session" if template.duration_max > longest else "ask for another duration",
            findings,
            instruction=f"{text} {_SHORTEST} to {longest} seconds: {why}",
            settings=((name or "DurationSeconds", str(longest)),),
        )
    claims = {
        "RoleArn": template.role_claims,
        "Tags": template.tag_claims,
        "TransitiveTagKeys": template.transitive_claims,
    }.get(parameter)
    claim = claims[0] if claims else subject
    text = f"change what claim `{claim}` holds so that STS takes {parameter or 'the call'}: {'; '.join(finding.message for finding in findings)}"
    return Proposal(
        f"change claim `{claim}`",
        findings,
        instruction=text,
        settings=((f"claim {claim}", "a value that STS takes"),),
    )


REMEDY = Proposer(("call-invalid",), propose)
