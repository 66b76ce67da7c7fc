"""`iamsim token`: what a token says, what a server makes of it, and whether it can be trusted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import click

from iamsim import redact
from iamsim.cli import Named, _options, _secrets
from iamsim.cli._outputs import answers, show
from iamsim.cli._token import given_keys, token_text
from iamsim.cli._token_lines import lines
from iamsim.cli._token_told import Found, inspected, verified
from iamsim.cli._values import Options, moment, options
from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.server import Server, TokenProfile
from iamsim.tokens import jwt
from iamsim.tokens.keys import Keys
from iamsim.tools import bindings
from iamsim.tools.manifest import named

_TOKEN_FILE = click.option(
    "--token-file", metavar="PATH|-", help="The token, in a file or on standard input. [env: IAMSIM_TOKEN]"
)
_SET = click.option("--set", "set_", metavar="NAME=VALUE", multiple=True, help="A parameter of the server.")
_JSON = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
_REFUSED = 1
_SHARED_OPTIONS = ("--secret-file", "--key-file", "--jwks-url", "--issuer")


@click.group("token", cls=Named, no_args_is_help=False)
def command() -> None:
    """Shows a bearer token and what servers make of it, or verifies it."""


@command.command("inspect")
@_TOKEN_FILE
@click.option(
    "--tools", metavar="NAME@VERSION|FILE", multiple=True, help="A server whose use of the token is shown; repeatable."
)
@_SET
@_options.AT
@_JSON
def _inspect(*, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Shows header and claims, and what a server reads from them.

    \b
    Nothing is verified: whoever made the token could have written anything into it.
    Exit codes: 0 shown, 2 wrong command or no token.

    \b
    Example:
      iamsim token inspect --token-file alice.jwt --tools quilt-mcp@2026-01
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options(given)
    at = moment(chosen("at"))
    servers = [(server, _settings(chosen, server)) for server in _servers(given["tools"] or chosen.settings.tools)]
    text, origin = _text(chosen)
    token = jwt.read(text, origin=origin, keys=None, profile=TokenProfile(verifies=False), settings={}, at=at)
    for name, value in token.claims.items():
        _secrets.remember_in(name, value)
    _tell(inspected(token, text, servers, at), as_json=as_json)


@command.command("verify")
@_TOKEN_FILE
@click.option("--secret-file", metavar="PATH", help="The secret, for HS algorithms. [env: IAMSIM_SECRET]")
@click.option("--key-file", metavar="PATH", help="The public key or certificate (PEM), JWK or JWKS.")
@click.option("--jwks-url", metavar="URL", help="Where the issuer publishes its JWKS; https only.")
@click.option("--issuer", metavar="URL", help="The issuer, whose keys are found by OpenID Connect discovery.")
@click.option("--audience", metavar="NAME", help="The audience that the token must have.")
@click.option("--allow-private-network", is_flag=True, help="Fetch keys from private and loopback addresses too.")
@click.option("--tools", metavar="NAME@VERSION|FILE", help="The server whose demands the token must meet.")
@_SET
@_options.AT
@_JSON
@click.pass_context
def _verify(context: click.Context, /, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Verifies a token as strictly as the RFCs ask.

    \b
    Without --tools it must not have expired, and have an `exp`.
    Exit codes: 0 verified, 1 refused, 2 wrong command or input, 5 keys cannot be fetched.

    \b
    Examples:
      iamsim token verify --token-file alice.jwt --key-file issuer.pem --audience mcp
      iamsim token verify --token-file alice.jwt --issuer https://idp.example.com
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options(given)
    at = moment(chosen("at"))
    (server,) = _servers(given["tools"]) or (None,)
    profile, settings = _demands(chosen, server)
    text, origin = _text(chosen)
    # Read before keys are fetched: a text that is no token asks nobody for anything.
    jwt.read(text, origin=origin, keys=None, profile=TokenProfile(verifies=False), settings={}, at=at)
    keys, source = _keys(chosen)
    token = jwt.read(text, origin=origin, keys=keys, profile=profile, settings=settings, at=at)
    for name, value in token.claims.items():
        _secrets.remember_in(name, value)
    found = verified(token, text, keys, source, profile, settings, server, at)
    _tell(found, as_json=as_json)
    context.exit(0 if found["verified"] else _REFUSED)


# ---------------------------------------------------------------- helpers


def _text(chosen: Options) -> tuple[str, Origin]:
    text, origin = token_text(chosen)
    if text is None:
        raise InputError("no token is given", hint="give --token-file PATH, --token-file - or IAMSIM_TOKEN")
    return text, origin


def _servers(specs: tuple[str, ...] | str | None) -> tuple[Server, ...]:
    return tuple(named(spec).deployed().server for spec in ([specs] if isinstance(specs, str) else specs or ()))


def _settings(chosen: Options, server: Server) -> dict[str, str]:
    """The server's parameters as the token's check and the call read them: its defaults, then what is given."""
    defaults = {name: one.default for name, one in server.parameters.items() if one.default is not None}
    given = bindings.settings(chosen.given.get("set_") or (), server.parameters)
    found = {**defaults, **{name: values[0] for name, values in given.items()}}
    holder = server.assume.role_parameter if server.assume is not None else ""
    if holder and not found.get(holder) and chosen.settings.role_arn:
        found[holder] = chosen.settings.role_arn
    return found


def _demands(chosen: Options, server: Server | None) -> tuple[TokenProfile, dict[str, str]]:
    """What the token is held against: the server's demands, else an `exp`; and the issuer and the audience that are given."""
    profile = server.token if server is not None and server.token is not None and server.token.verifies else None
    settings = _settings(chosen, server) if server is not None else {}
    found = profile or TokenProfile(required_claims=("exp",))
    issuer, audience = chosen.given.get("issuer"), chosen.given.get("audience")
    # No parameter of a manifest has these names: options begin with dashes, parameters do not.
    if issuer is not None:
        found, settings = replace(found, issuer="--issuer"), {**settings, "--issuer": issuer}
    if audience is not None:
        found, settings = replace(found, audience="--audience"), {**settings, "--audience": audience}
    return found, settings


def _keys(chosen: Options) -> tuple[Keys, str]:
    """The keys to verify with, and where they come from, in words."""
    given = [name for name in _SHARED_OPTIONS if chosen.given.get(name.strip("-").replace("-", "_")) is not None]
    if set(given) > {"--issuer"}:
        # The keys are named; the issuer is then what the token has to say.
        given.remove("--issuer")
    if len(given) > 1:
        raise InputError(f"keys are given in {len(given)} ways, {' and '.join(given)}", hint="keep one of them")
    if given in (["--jwks-url"], ["--issuer"]):
        from iamsim.tokens import key_sets  # noqa: PLC0415 - http.client and ssl, which a page of help does not need

        private = chosen.given["allow_private_network"]
        url = chosen.given["jwks_url" if given == ["--jwks-url"] else "issuer"]
        fetched = key_sets.from_url if given == ["--jwks-url"] else key_sets.from_issuer
        what = "the JWKS at" if given == ["--jwks-url"] else "the keys of the issuer"
        return fetched(url, private=private), f"{what} {redact.line(url)[:200]}"
    if chosen.given["allow_private_network"]:
        raise InputError("--allow-private-network is given, and no keys are fetched", hint="leave it out")
    keys = given_keys(chosen)
    if keys is None:
        raise InputError(
            "no key is given to verify with", hint=f"give one of {', '.join(_SHARED_OPTIONS)}, or IAMSIM_SECRET"
        )
    return keys, "the secret" if keys.secret is not None else "the key file"


def _tell(found: Found, *, as_json: bool) -> None:
    if as_json:
        answers([json.dumps(found, indent=2, ensure_ascii=False)])
    else:
        show("\n".join(redact.line(line) for line in lines(found)))


COMMAND = command
