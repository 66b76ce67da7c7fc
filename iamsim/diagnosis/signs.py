"""What a text of evidence, such as an error, tells by its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from iamsim.model.server import Server
from iamsim.sts import messages


class Sign(StrEnum):
    """What an error is a sign of."""

    ARGUMENTS = "arguments"
    TOKEN = "token"  # noqa: S105 - the name of a sign
    NO_CREDENTIALS = "no-credentials"
    EXPIRED = "expired-credentials"
    NO_REGION = "no-region"
    ASSUME = "assume"
    DENIED = "denied"
    SESSION = "catalog-session"


LOOKUP = 2.0
"""
Seconds that one look for credentials takes where the instance metadata address answers nothing.

boto3 asks it once for a token and once for a role, each for one second.
Source: AWS SDKs and Tools Reference Guide, "Amazon EC2 instance metadata"
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-ec2-instance-metadata.html: metadata_service_timeout and
metadata_service_num_attempts, both 1).
"""

# Alternatives of fixed words: each is read in linear time.
_PATTERNS = {
    Sign.ARGUMENTS: re.compile(
        r"validation errors? for|input validation error|missing required|missing \d+ required|required (?:argument|property|parameter)|"
        r"field required|unexpected keyword|invalid (?:arguments|params)|-32602",
        re.IGNORECASE,
    ),
    Sign.TOKEN: re.compile(
        r"token rejected|invalid jwt|jwt (?:validation failed|token)|token (?:has |is )?(?:expired|invalid)|invalid[_ ]token|"
        r"401 unauthorized|http (?:status )?401|missing_jwt|jwt is required",
        re.IGNORECASE,
    ),
    Sign.NO_CREDENTIALS: re.compile(
        r"unable to locate credentials|NoCredentialsError|could not load credentials|no valid credential sources|"
        r"could not find credentials",
        re.IGNORECASE,
    ),
    Sign.EXPIRED: re.compile(
        r"ExpiredToken|security token included in the request is (?:expired|invalid)|InvalidClientTokenId|"
        r"SignatureDoesNotMatch|RequestExpired",
        re.IGNORECASE,
    ),
    Sign.NO_REGION: re.compile(r"you must specify a region|NoRegionError", re.IGNORECASE),
    Sign.ASSUME: re.compile(r"AssumeRole|assume (?:aws )?role|role assumption failed", re.IGNORECASE),
    Sign.SESSION: re.compile(
        r"quilt3 login|no quilt3 session|requires authentication|please (?:log in|login|re-authenticate)|not logged in",
        re.IGNORECASE,
    ),
}
_WAIT = re.compile(r"(?:read |connect )?time ?out[=: ]{1,3}(\d{1,6}(?:\.\d{1,3})?)", re.IGNORECASE)
_MOST = 65_536


def signs(texts: Iterable[str], server: Server | None = None) -> frozenset[Sign]:
    """Everything that the texts are signs of; `server` has words of its own for a call for the role that failed."""
    own = {} if server is None or server.assume is None else server.assume.messages
    words = tuple((own[code], sign) for code, sign in _OWN if own.get(code))
    return frozenset[Sign]().union(*(_of(text[:_MOST], words) for text in texts if text))


def waited(text: str) -> float | None:
    """The seconds that an error says were waited for in vain; None where it does not say."""
    found = _WAIT.search(text[:_MOST])
    return float(found[1]) if found is not None else None


# Each of many results is asked about more than once, and many have the same error.
@lru_cache(maxsize=8192)
def _of(text: str, own: tuple[tuple[str, Sign], ...]) -> frozenset[Sign]:
    found = {sign for sign, pattern in _PATTERNS.items() if pattern.search(text)}
    if Sign.EXPIRED in found:
        # AWS calls the session token of its own credentials a token too.
        found.discard(Sign.TOKEN)
    if messages.parse(text) is not None:
        found.add(Sign.DENIED)
    found.update(sign for words, sign in own if words in text)
    return frozenset(found)


_OWN = (
    ("failed", Sign.ASSUME),
    ("missing_role", Sign.ASSUME),
    ("missing_subject", Sign.ASSUME),
    ("no_credentials", Sign.NO_CREDENTIALS),
)
"""What a manifest's messages of the call for the role are signs of."""
