"""What a server leaves unchecked about the tokens that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.model.finding import Severity
from iamsim.model.server import AssumeTemplate, TokenProfile
from iamsim.tokens.weaknesses.weakness import Weakness


def audience_unchecked(
    profile: TokenProfile | None, template: AssumeTemplate | None, settings: Mapping[str, str]
) -> Iterator[Weakness]:
    """
    The server verifies tokens, and not whom they are for; `settings` are its parameters with their defaults.

    A token that goes to STS is checked there, and one that nothing verifies is another weakness.
    """
    if profile is None or not profile.verifies or (template is not None and template.passes_token):
        return
    if profile.audience and settings.get(profile.audience):
        return
    way_out = f"set {profile.audience}" if profile.audience else "have the server take tokens with its own `aud` alone"
    yield Weakness(
        "token-audience-unchecked",
        Severity.MEDIUM,
        "aud",
        "the server does not check for whom a token is (`aud`)",
        "a token that its issuer made for another service is as good here, and so is one that such a service was sent",
        f"{way_out}, and the issuer name it",
        "RFC 8725, section 3.9",
    )
