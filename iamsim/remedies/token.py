"""Give the server a token that it accepts, and that names the role that is meant."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Finding
from iamsim.model.server import AssumeTemplate, TokenProfile
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One instruction per finding."""
    assume, profile = case.setup.server.assume, case.setup.server.token
    for finding in findings:
        match finding.rule:
            case "token-names-another-role" if assume is not None:
                claim, role = assume.role_claims[0], str(case.setup.role_arn)
                text = f"mint the token with claim `{claim}` = {role}, or check the role that the token names: leave --role-arn out"
                yield Proposal(
                    "make the token and the role agree", (finding,), instruction=text, settings=((claim, role),)
                )
            case "token-refused" if profile is not None:
                yield Proposal("mint a token that the server accepts", (finding,), instruction=_acceptable(profile))
            case "call-not-built" if assume is not None:
                yield _complete(finding, assume)
            case _:
                continue


def _acceptable(profile: TokenProfile) -> str:
    algorithms = " or ".join(profile.algorithms) or "an algorithm of the server's"
    claims = ", ".join(profile.required_claims)
    text = f"mint a new token: signed with {algorithms} and the key that the server verifies with, not expired"
    text += f", with the claims that it requires ({claims})" if claims else ""
    return text + (
        f"; issuer and audience as its settings {profile.issuer} and {profile.audience} say" if profile.issuer else ""
    )


def _complete(finding: Finding, template: AssumeTemplate) -> Proposal:
    """By what is wrong: a setting of the server, a tag given twice, or a claim that is not there."""
    name = template.duration_parameter
    if name and finding.subject.startswith(name):
        text = (
            f"set {name} of the server to a whole number of seconds, {template.duration_min} to {template.duration_max}"
        )
        settings = ((name, str(template.duration_default)),)
        return Proposal(f"correct {name}", (finding,), instruction=text, settings=settings)
    if "tag keys" in finding.subject:
        claim = template.tag_claims[0] if template.tag_claims else "session_tags"
        text = f"mint the token with each session tag once in claim `{claim}`; upper and lower case are one key"
        return Proposal(
            "send each session tag once", (finding,), instruction=text, settings=((f"claim {claim}", "each key once"),)
        )
    role, subject = " or ".join(template.role_claims), " or ".join(template.subject_claims)
    return Proposal(
        "put what is missing into the token",
        (finding,),
        instruction=f"mint the token with the ARN of the role in claim {role}, and the subject in claim {subject}",
        settings=(
            (f"claim {template.role_claims[0]}", "arn:aws:iam::<account>:role/<name>"),
            *(((f"claim {template.subject_claims[0]}", "<subject>"),) if template.subject_claims else ()),
        ),
    )


REMEDY = Proposer(("token-refused", "token-names-another-role", "call-not-built"), propose)
