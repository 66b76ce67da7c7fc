"""Keys that an issuer publishes: a JWKS by its URL, or by the issuer's discovery document."""

from __future__ import annotations

from iamsim import redact
from iamsim.errors import InputError, OutsideError
from iamsim.tokens import fetch, jwt
from iamsim.tokens.compact import NotJsonError, json_object
from iamsim.tokens.keys import Keys


def from_url(url: str, *, private: bool = False) -> Keys:
    """
    The public keys at `url`; `private` as in `fetch.document`. Nothing is kept for the next time.

    Raises `OutsideError` for a document that holds no keys, or a secret one: what everybody can read proves nothing.
    """
    try:
        keys = jwt.key_file(fetch.document(url, private=private))
    except InputError as error:
        if not error.message.startswith("the key file"):
            raise
        what = error.message.replace("the key file", f"`{_shown(url)}`", 1)
        raise OutsideError(what, hint="check that the URL is that of a JWKS") from None
    if any(key.get("kty") == "oct" for key in keys.jwks or ()):
        raise OutsideError(
            f"`{_shown(url)}` publishes a shared secret", hint="have the issuer take it away: anybody can sign with it"
        )
    return keys


def from_issuer(issuer: str, *, private: bool = False) -> Keys:
    """
    The public keys of an OpenID Connect issuer, by its discovery document.

    Raises as `from_url`, and `InputError` where the document names another issuer: the two are
    compared letter by letter.
    Source: OpenID Connect Discovery 1.0, sections 4.1 to 4.3.
    """
    if "?" in issuer or "#" in issuer:
        raise InputError("the issuer is a URL without query and fragment", hint="write --issuer https://HOST[/PATH]")
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        document = json_object(fetch.document(url, private=private))
    except NotJsonError as error:
        raise OutsideError(f"`{_shown(url)}` {error}", hint="check the issuer") from None
    named, keys = document.get("issuer"), document.get("jwks_uri")
    if named != issuer:
        raise InputError(
            f"the discovery document of `{_shown(issuer)}` is that of `{_shown(str(named))}`",
            hint="give the issuer as it calls itself, to the last slash",
        )
    if not isinstance(keys, str):
        raise OutsideError(f"`{_shown(url)}` names no keys (`jwks_uri`)", hint="give them with --jwks-url")
    try:
        return from_url(keys, private=private)
    except InputError as error:
        # The document chose this URL, not the user.
        raise OutsideError(
            f"`{_shown(url)}` leads to keys that are not asked for: {error.message}", hint=error.hint
        ) from None


def _shown(text: str) -> str:
    return redact.line(text)[:200]
