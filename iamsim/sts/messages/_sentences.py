"""The sentences AWS refuses in, and what it adds to them."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.policy import PolicyType
from iamsim.sts.messages._fields import Kind
from iamsim.sts.messages._forms import Form

IAM_PAGE = "IAM User Guide, Troubleshoot access denied error messages"
S3_PAGE = "Amazon S3 User Guide, Troubleshoot access denied (403 Forbidden) errors in Amazon S3"
ID_PAGE = "IAM User Guide, Troubleshoot access denied error messages with authorization ID (Preview)"
DECODE_PAGE = "AWS STS API Reference, DecodeAuthorizationMessage"
LAKE_PAGE = "AWS Lake Formation Developer Guide, Troubleshooting Lake Formation"
OBSERVED = "seen in answers of AWS; on none of its pages"

_EXPLICIT = {"kind": Kind.EXPLICIT}
_IMPLICIT = {"kind": Kind.IMPLICIT}
_THROUGH = _EXPLICIT | {"type": PolicyType.VPC_ENDPOINT, "through_scp": True}
_PUBLIC = "are prevented by the {{setting:{kind}}} setting in S3 Block Public Access"

# Why, at the end of a sentence. The wider ones stand below those that they would swallow.
_REASONS = (
    Form(
        "through-scp",
        " with an explicit deny in a VPC endpoint policy transitively through a service control policy",
        IAM_PAGE,
        says=_THROUGH,
    ),
    Form("explicit-policy", " with an explicit deny in {type:denier}: {policy_arn}", ID_PAGE, says=_EXPLICIT),
    Form("explicit", " with an explicit deny in {type:denier}", IAM_PAGE, says=_EXPLICIT),
    Form("explicit-untyped", " with an explicit deny", OBSERVED, says=_EXPLICIT),
    Form("implicit", " because no {type} allows the {action} action", IAM_PAGE, says=_IMPLICIT),
    Form("public-acls", f" because public ACLs {_PUBLIC.format(kind='acls')}", S3_PAGE, says=_EXPLICIT),
    Form("public-policies", f" because public policies {_PUBLIC.format(kind='policies')}", S3_PAGE, says=_EXPLICIT),
    Form("because", " because {because}", S3_PAGE),
    Form("no-reason", "", IAM_PAGE),
)

_WHO = "User: {caller} is not authorized to perform: {action}"
_LAKE = "Insufficient Lake Formation permission(s): Required {action:permission}"
_GATEWAY = "User is not authorized to access this resource"


def _of_iam() -> Iterator[Form]:
    """IAM's own sentence: with each reason, and the resource in quotes (as S3 writes it), without, or not told."""
    for reason in _REASONS:
        for name, where, services in (
            ("quoted", ' on resource: "{resource:quoted}"', ("s3",)),
            ("plain", " on resource: {resource}", ()),
            ("anywhere", "", ()),
        ):
            yield Form(
                f"{reason.name}-{name}",
                f"{_WHO}{where}{reason.template}",
                reason.source,
                "AccessDenied",
                reason.says,
                services,
            )


def _of_api_gateway() -> Iterator[Form]:
    """API Gateway's sentence, which names neither caller nor resource."""
    for reason in _REASONS:
        if reason.name in {"explicit", "explicit-untyped", "implicit", "no-reason"}:
            yield Form(
                f"{reason.name}-api-gateway",
                f"{_GATEWAY}{reason.template}",
                OBSERVED,
                "AccessDeniedException",
                {"form": "api-gateway", **reason.says},
            )


def _other(name: str, template: str, source: str, code: str, *, bare: bool = True) -> Form:
    return Form(name, template, source, code, {"form": name}, bare=bare)


SENTENCES: tuple[Form, ...] = (
    *_of_iam(),
    *_of_api_gateway(),
    # The answer to AssumeRoleWithWebIdentity and AssumeRoleWithSAML, whose callers AWS does not know.
    Form("unsigned", "Not authorized to perform {action}", OBSERVED, "AccessDenied"),
    _other(
        "operation",
        "You are not authorized to perform this operation",
        DECODE_PAGE,
        "UnauthorizedOperation",
        bare=False,
    ),
    _other("access-denied", "Access Denied", S3_PAGE, "AccessDenied", bare=False),
    # An answer to HEAD has no body: clients show its status.
    _other("forbidden", "Forbidden", OBSERVED, "403", bare=False),
    _other("function-url", '{"Message":"Forbidden"}', OBSERVED, "AccessDeniedException"),
    _other("http-api", '{"message":"Forbidden"}', OBSERVED, "ForbiddenException"),
    _other("root-caller", "Roles may not be assumed by root accounts", OBSERVED, "AccessDenied"),
    Form(
        "session-credentials",
        "Cannot call {action:operation} with session credentials",
        "AWS re:Post, How do I troubleshoot access denied or unauthorized operation errors with an IAM policy?",
        "AccessDenied",
        {"form": "session-credentials"},
    ),
    _other(
        "kms-ciphertext",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
        "or you are not allowed to access",
        OBSERVED,
        "AccessDeniedException",
    ),
    *(
        Form(f"lake-formation{name}", f"{_LAKE}{where}", LAKE_PAGE, "AccessDeniedException", {"form": "lake-formation"})
        for name, where in (("-on", " on {resource}"), ("", ""))
    ),
    # What follows names the user and the roles that the domain maps to it.
    Form(
        "opensearch",
        "no permissions for [{action:bracketed}]",
        OBSERVED,
        "security_exception",
        {"form": "opensearch"},
        ends=False,
    ),
)
"""Every sentence that tells of a denial; the first that fits is written, and the first that matches is read."""

FRAMES: tuple[Form, ...] = (
    Form("encoded", "{sentence}. Encoded authorization failure message: {encoded}", DECODE_PAGE),
    Form(
        "authorization-id",
        "{sentence}. Go to {details} for complete details, or call the GetRequestAuthorizationDetails API "
        "with the following authorization id: {authorization_id}",
        ID_PAGE,
    ),
    # The page calls it a preview: other words around the link and the id are read as well.
    Form(
        "authorization-id-other", "{sentence}. Go to {details} {:aside} authorization id: {authorization_id}", ID_PAGE
    ),
    Form(
        "operation-first",
        "You are not authorized to perform this operation. {sentence}",
        OBSERVED,
        says={"operation_first": True},
    ),
)
"""What stands around a sentence, from the outermost inwards: each once at most."""
