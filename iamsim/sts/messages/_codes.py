"""What the error codes of AWS tell."""

from __future__ import annotations

from collections.abc import Mapping

STATUS: Mapping[str, int] = {
    "AccessDenied": 403,
    "ValidationError": 400,
    "InvalidParameterValue": 400,
    "MalformedPolicyDocument": 400,
    "PackedPolicyTooLarge": 400,
    "ExpiredTokenException": 400,
    "InvalidIdentityToken": 400,
    "IDPRejectedClaim": 403,
    "IDPCommunicationError": 400,
    "RegionDisabledException": 403,
    "InvalidAuthorizationMessageException": 400,
}
"""The error codes of AWS STS and their HTTP status (AWS STS API Reference, the errors of each action)."""


def denies(code: str) -> bool:
    """
    Whether a request that failed with `code` was refused by authorization.

    Codes differ by service: AccessDenied (IAM, S3, STS), AccessDeniedException (services that speak JSON),
    UnauthorizedOperation (EC2; in CloudTrail with `Client.` before it), AuthorizationError (SNS); 403 is what
    clients show where an answer has no body. A credential that AWS did not accept is no denial (`of_credentials`),
    nor is a throttled or a malformed request.
    """
    return _plain(code) in _DENYING


def of_credentials(code: str) -> bool:
    """Whether `code` says that AWS did not accept the credentials, so that no policy was read."""
    return _plain(code) in _OF_CREDENTIALS


def _plain(code: str) -> str:
    return code.removeprefix("Client.").removesuffix("Exception")


_DENYING = {"AccessDenied", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized", "Forbidden", "403"}
# AWS's common error types, the same by the names that EC2 and S3 have for them, and STS's own.
_OF_CREDENTIALS = {
    "AuthFailure",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignature",
    "InvalidToken",
    "MissingAuthenticationToken",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClient",
}
