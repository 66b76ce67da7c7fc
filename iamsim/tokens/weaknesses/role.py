"""A role that is taken from a token: who can write one, and how long it outlives the token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from iamsim.model.finding import Severity
from iamsim.model.server import AssumeTemplate, TokenProfile
from iamsim.tokens.jwt import seconds
from iamsim.tokens.weaknesses.weakness import Weakness


def mintable(
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    profile: TokenProfile | None,
    template: AssumeTemplate | None,
    *,
    known_secret: bool = False,
) -> Iterator[Weakness]:
    """
    The role is taken from a token that its holder could have written.

    `known_secret`: the token's signature is made with a secret that everybody knows.
    """
    # STS verifies a token that is passed to it, whatever the server does.
    if template is None or not template.role_claims or profile is None or template.passes_token:
        return
    names = any(isinstance(claims.get(name), str) for name in template.role_claims)
    algorithm = str(header.get("alg"))
    if not profile.verifies:
        reason = "the server verifies no signature"
    elif known_secret and names:
        reason = "the secret is known to everybody"
    elif algorithm.startswith("HS") and names:
        yield Weakness(
            "token-mintable",
            Severity.MEDIUM,
            "shared secret",
            f"the role is taken from the token, and whoever can verify {algorithm} can write one",
            "AWS sees the server's own sts:AssumeRole: every role that it may assume is open to all who share the secret",
            "sign with a private key (RS256, ES256), and let the server map subjects to roles of its own list",
            _DEPUTY,
        )
        return
    else:
        return
    yield Weakness(
        "token-mintable",
        Severity.CRITICAL,
        "anybody",
        f"the role is taken from a token that anybody can write: {reason}",
        "AWS sees the server's own sts:AssumeRole: every role that it may assume is open to whoever reaches the server",
        "verify tokens with a key that only the issuer has, and let the server map subjects to roles of its own list",
        _DEPUTY,
    )


def outlived(claims: Mapping[str, Any], duration: int, at: datetime) -> Iterator[Weakness]:
    """The role session of `duration` seconds ends after the token does."""
    end = seconds(claims.get("exp"))
    left = None if end is None else end - at.timestamp()
    if left is not None and 0 < left < duration:
        yield Weakness(
            "token-outlived",
            Severity.LOW,
            "session",
            f"the role session lasts {duration} seconds, and the token {int(left)} more",
            "the session's credentials stay good when the token has expired: no check of the token takes them back",
            f"ask for the shortest session (AWS gives {_SHORTEST} seconds or more), or for tokens that last as long",
            "AWS STS API Reference, AssumeRole",
        )


_SHORTEST = 900
_DEPUTY = "IAM User Guide, The confused deputy problem"
