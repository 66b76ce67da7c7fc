"""What a line of a log says of credentials, tokens, roles and endpoints: one row for each form of words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iamsim import redact
from iamsim.evidence import _answers
from iamsim.evidence._tally import SHOWN
from iamsim.sts import messages

LONGEST = _answers.LONGEST
"""Characters of a line that are read."""
METADATA = ("169.254.169.254", "[fd00:ec2::254]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]")
"""Where instances, tasks and pods ask for credentials: EC2, ECS and EKS (AWS SDKs and Tools Reference Guide)."""

_EXPIRED = ("ExpiredToken", "RequestExpired")
_HOST = r"(?:https?://)?(?P<about>\[[0-9a-fA-F:]{2,40}\]|[\w.-]{1,253})"


class _Form(NamedTuple):
    """
    A form: `words` stand in every such line; `pattern` has the group `about` for what the line names.

    The words of one that is `strict` mean nothing where the pattern does not match.
    """

    means: str
    words: str
    pattern: re.Pattern[str] | None = None
    about: str = ""
    strict: bool = False


def _form(means: str, words: str, pattern: str = "", about: str = "", *, strict: bool = False) -> _Form:
    return _Form(means, words, re.compile(pattern) if pattern else None, about, strict)


_FORMS: tuple[_Form, ...] = (
    # Of servers that take a token and assume the role that it names; the words are those of quilt-mcp-server 0.10.
    _form(
        "role-assumption-failed",
        "Role assumption failed for",
        r"Role assumption failed for (?P<about>\S{1,2048}?):(?:\s|$)",
    ),
    _form("role-assumption-failed", "Failed to assume AWS role from JWT claims"),
    _form(
        "role-assumption-completed",
        "Role assumption attempt completed",
        r"Role assumption attempt completed for sub=(?P<about>[^\r\n]{1,256}?) \(duration_ms",
    ),
    _form(
        "token-accepted",
        "JWT authentication successful",
        r"JWT authentication successful for sub=[^\r\n]{1,256}? role=(?P<about>\S{1,2048})",
    ),
    _form("token-refused", "JWT validation failed", r"JWT validation failed \((?P<about>\w{1,64})\)"),
    _form("token-refused", "Invalid JWT:", r"Invalid JWT: (?P<about>[^\"\r\n]{1,120})"),
    _form("token-refused", "JWT authentication required", about="missing_token"),
    _form("token-refused", "Invalid Authorization header", about="missing_token"),
    _form("claim-missing", "is required for", r"JWT claim '(?P<about>\w{1,64})' is required for", strict=True),
    _form("token-check-misconfigured", "jwt_config_error"),
    _form("no-catalog-session", "No catalog authentication found in JWT"),
    _form("no-catalog-session", "Failed to configure quilt3 session"),
    _form("no-catalog-session", "No quilt3 session configured"),
    _form("no-catalog-session", "Run `quilt3 login` again"),
    _form("default-credentials-used", "Using default boto3 clients"),
    # Of the MCP SDKs
    _form("tool-failed", "Error calling tool", r"Error calling tool '?(?P<about>[\w./-]{1,128})"),
    _form("tool-failed", "Error executing tool", r"Error executing tool '?(?P<about>[\w./-]{1,128})"),
    # Of botocore: its exceptions, and what it logs about where credentials come from
    _form("no-credentials", "Unable to locate credentials"),
    _form("no-credentials", "NoCredentialsError"),
    _form("no-credentials", "Partial credentials found in", r"Partial credentials found in (?P<about>[\w. -]{1,80})"),
    _form(
        "no-profile", "The config profile (", r"The config profile \((?P<about>[^()\r\n]{1,128})\) could not be found"
    ),
    _form("no-region", "You must specify a region"),
    _form("no-region", "NoRegionError"),
    _form("credentials-expired", "The SSO session associated with this profile has expired"),
    _form("credentials-expired", "Token has expired and refresh failed"),
    _form("metadata-unreachable", "metadata service request to", rf"metadata service request to {_HOST}"),
    _form("metadata-unreachable", "retrieve data from metadata service", r"Max number of attempts exceeded"),
    _form(
        "endpoint-unreachable",
        "Could not connect to the endpoint URL",
        rf'Could not connect to the endpoint URL: "{_HOST}',
    ),
    _form("endpoint-unreachable", "Connect timeout on endpoint URL", rf'Connect timeout on endpoint URL: "{_HOST}'),
    _form("timed-out", "Read timeout on endpoint URL", rf'Read timeout on endpoint URL: "{_HOST}'),
    _form("timed-out", "Read timed out", rf"host='{_HOST}'"),
    # Of the SDKs for JavaScript, Go, Java and Rust
    *(
        _form(
            "metadata-unreachable",
            host,
            rf"\b(?:E[A-Z]{{4,15}}|i/o timeout|dial tcp) (?P<about>{re.escape(host)})",
            strict=True,
        )
        for host in METADATA
    ),
    _form("no-credentials", "no providers in chain provided credentials"),
    _form("no-credentials", "Could not load credentials from any providers"),
    _form("no-credentials", "no EC2 IMDS role found"),
    _form("no-credentials", "Unable to load credentials from any of the providers"),
    _form("no-region", "Region is missing"),
    _form("no-region", "Unable to load region from any of the providers"),
)
_ANY = re.compile("|".join(re.escape(words) for words in dict.fromkeys(form.words for form in _FORMS)))
# What stands in every text that `_answers.told` makes something of.
_ANSWERS = re.compile(
    r"An error occurred \(|api error|not authorized|Access ?Denied|Forbidden|security token|OpenIDConnect|verification key"
    r"|Packed size|MaxSessionDuration|session limit for roles|token audience|request signature|ID Token|required claim"
    r"|\(Service: |__type|<Code>|Lake Formation|Roles may not be assumed|session credentials|no permissions for"
)


def said(text: str) -> Iterator[tuple[str, str]]:
    """What a line means, and whom or what it names, redacted; a line may mean two things, and each once."""
    if _ANY.search(text) is None:
        return
    seen: set[str] = set()
    for form in _FORMS:
        if form.words not in text or form.means in seen:
            continue
        found = form.pattern.search(text) if form.pattern is not None else None
        if found is None and form.strict:
            continue
        about = (found.groupdict().get("about") or "") if found is not None else form.about
        means = form.means
        if means in {"endpoint-unreachable", "timed-out"} and about in METADATA:
            means = "metadata-unreachable"
        if means not in seen:
            seen |= {means, form.means}
            yield means, redact.line(about)[:SHOWN]


def worth(line: str) -> bool:
    """
    Whether a line of a log is to be looked into; what this refuses says nothing.

    JSON may spell any character as a number; such a line is looked into.
    """
    return "\\u" in line or "Traceback" in line or _ANY.search(line) is not None or _ANSWERS.search(line) is not None


def answers(text: str) -> bool:
    """Whether a line may hold an answer of AWS: no more than a quick look."""
    return _ANSWERS.search(text) is not None


def of_code(code: str) -> str:
    """What an error code says of credentials, as `said` puts it; empty where it says nothing."""
    plain = code.removesuffix("Exception")
    if plain in _EXPIRED:
        return "credentials-expired"
    if plain in {"InvalidIdentityToken", "IDPRejectedClaim", "IDPCommunicationError"}:
        return "web-identity-refused"
    return "credentials-refused" if messages.of_credentials(code) else ""


def shown(text: str) -> str:
    """A line as it may be shown: on one line, without credentials, and not too long."""
    clean = redact.line(text[: 4 * SHOWN].strip())
    return clean if len(clean) <= SHOWN else f"{clean[: SHOWN - 1]}…"
