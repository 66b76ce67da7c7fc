"""Errors of AWS that are no denials: what was refused before or beside any policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iamsim.sts.messages import _reading
from iamsim.sts.messages._clients import Reply
from iamsim.sts.messages._denials import rewrapped
from iamsim.sts.messages._forms import Form


@dataclass(frozen=True, slots=True)
class Fault:
    """
    An error that says nothing about who may do what.

    `name` is that of its form in `FAULTS`, `told` what the text names: the claim, the limit, the
    principal. `rule` is the rule of AWS that was broken, if it has one on the page of rules.
    """

    name: str
    told: Mapping[str, str] = field(default_factory=dict)
    reply: Reply | None = None

    @property
    def code(self) -> str:
        """The error code that the client showed, else the one that comes with these words."""
        return (self.reply.code if self.reply is not None else None) or _BY_NAME[self.name].code

    @property
    def rule(self) -> str | None:
        """The broken rule: an id of the page of rules."""
        return _QUOTA_RULES.get(self.told["quota"]) if self.name == "quota" else RULES.get(self.name)


def fault(text: str) -> Fault | None:
    """The error that `text` tells of, where it is one of `FAULTS`; what `parse` reads is none of them."""
    for candidate in _reading.candidates(text):
        for reply, message in _reading.unwrapped(candidate):
            for form in FAULTS:
                found = form.read(message)
                if found is not None:
                    return Fault(form.name, found, reply)
    return None


def worded(given: Fault) -> str:
    """The words of AWS for an error; `fault` reads them back."""
    text = _BY_NAME[given.name].write(given.told)
    return text if given.reply is None else rewrapped(given.reply, text)


_STS_ERRORS = "AWS STS API Reference, AssumeRole"
_WEB_ERRORS = "AWS STS API Reference, AssumeRoleWithWebIdentity"
_OIDC_POST = "AWS re:Post, How can I resolve the AWS STS AssumeRoleWithWebIdentity API call error InvalidIdentityToken?"
_COMMON = "AWS STS API Reference, Common Error Types"
_QUOTAS = "IAM User Guide, IAM and AWS STS quotas"
_PRINCIPAL = "IAM User Guide, AWS JSON policy elements: Principal"
_TRUST = "IAM User Guide, AWS JSON policy elements: Resource"
_ROLES = "IAM User Guide, Roles terms and concepts"

_MALFORMED = "MalformedPolicyDocument"
_TOKEN = "InvalidIdentityToken"  # noqa: S105 - the name of an error

FAULTS: tuple[Form, ...] = (
    # AssumeRole and its parameters
    Form(
        "packed-size",
        "Packed size of {what:phrase} consumes {percent:number}% of allotted space",
        _STS_ERRORS,
        "PackedPolicyTooLarge",
    ),
    Form(
        "duration-over-role",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role",
        _STS_ERRORS,
        "ValidationError",
    ),
    Form(
        "duration-over-chain",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        _ROLES,
        "ValidationError",
    ),
    # AssumeRoleWithWebIdentity and its token
    Form("no-provider", "No OpenIDConnect provider found in your account for {issuer:word}", _WEB_ERRORS, _TOKEN),
    Form("audience", "Incorrect token audience", _WEB_ERRORS, _TOKEN),
    Form(
        "no-key-documented",
        "Couldn't retrieve verification key from your identity provider, please reference "
        "AssumeRoleWithWebIdentity documentation for requirements",
        _OIDC_POST,
        _TOKEN,
    ),
    Form("no-key", "Couldn't retrieve verification key from your identity provider", _OIDC_POST, _TOKEN),
    Form("no-jwt", "The ID Token provided is not a valid JWT", _WEB_ERRORS, _TOKEN, ends=False),
    Form(
        "thumbprint",
        "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        _WEB_ERRORS,
        _TOKEN,
    ),
    Form("no-claim", "Missing a required claim: {claim:name}", _WEB_ERRORS, _TOKEN),
    # Credentials
    Form("expired", "The security token included in the request is expired", _COMMON, "ExpiredToken"),
    Form("no-such-key", "The security token included in the request is invalid", _COMMON, "InvalidClientTokenId"),
    Form(
        "signature",
        "The request signature we calculated does not match the signature you provided",
        _COMMON,
        "SignatureDoesNotMatch",
        ends=False,
    ),
    # Policies that are saved
    Form("trust-resource", "Has prohibited field Resource", _TRUST, _MALFORMED),
    Form("trust-lacks", "Missing required field {field:name}", _PRINCIPAL, _MALFORMED),
    Form("trust-actions", "AssumeRole policy may only specify STS AssumeRole actions", _PRINCIPAL, _MALFORMED),
    Form("trust-star", 'AssumeRole policy contained an invalid principal: "STAR":"*"', _PRINCIPAL, _MALFORMED),
    Form("no-such-principal", 'Invalid principal in policy: "{kind:name}":"{principal:word}"', _PRINCIPAL, _MALFORMED),
    Form("federated", "Federated principals must be valid domain names or SAML metadata ARNs", _PRINCIPAL, _MALFORMED),
    Form("identity-principal", "Policy document should not specify a principal", _PRINCIPAL, _MALFORMED),
    Form("no-actions", "Policy statement must contain actions", _TRUST, _MALFORMED),
    Form("no-resources", "Policy statement must contain resources", _TRUST, _MALFORMED),
    Form("syntax", "Syntax errors in policy", _TRUST, _MALFORMED),
    Form("quota", "Cannot exceed quota for {quota:name}: {limit:number}", _QUOTAS, "LimitExceeded"),
    Form(
        "inline-size",
        "Maximum policy size of {limit:number} bytes exceeded for {kind:name} {name}",
        _QUOTAS,
        "LimitExceeded",
    ),
)
"""Every error here that is no denial."""

RULES: Mapping[str, str] = {
    "duration-over-role": "STS-036",
    "duration-over-chain": "STS-037",
    "no-provider": "OIDC-001",
    "audience": "OIDC-003",
    "no-key-documented": "OIDC-011",
    "no-key": "OIDC-011",
    "thumbprint": "OIDC-013",
    "trust-resource": "GRAM-041",
    "trust-actions": "GRAM-042",
    "trust-star": "GRAM-043",
    "no-such-principal": "GRAM-045",
    "federated": "GRAM-046",
}
"""The rule that an error tells of, where one error tells of one rule."""

_QUOTA_RULES = {"PolicySize": "QUOTA-002", "ACLSizePerRole": "QUOTA-003"}
_BY_NAME = {form.name: form for form in FAULTS}
