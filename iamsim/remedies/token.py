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
                yield Proposal("put what is missing into the token", (finding,), instruction=_complete(assume))
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


def _complete(template: AssumeTemplate) -> str:
    role, subject = " or ".join(template.role_claims[:2]), " or ".join(template.subject_claims[:2])
    return f"mint the token with the role in claim {role} and the subject in claim {subject}, and each session tag once"


REMEDY = Proposer(("token-refused", "token-names-another-role", "call-not-built"), propose)
