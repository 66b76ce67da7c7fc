"""`iamsim policy generate`: the policies that are exactly enough for a server and its role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from iamsim import fix, generate, redact
from iamsim.cli._inputs import claimed_role, manifest_of, settings_of
from iamsim.cli._options import MODE, REGION, ROLE_ARN, SET, TOOLS, token_options
from iamsim.cli._outputs import warning
from iamsim.cli._process import named
from iamsim.cli._token import claims, token
from iamsim.cli._values import Options, moment, options, role_arn
from iamsim.cli.policy._written import write
from iamsim.errors import InputError
from iamsim.generate import STAR, Question, Side
from iamsim.model.principal import Principal
from iamsim.model.server import Parameter
from iamsim.tools import bindings
from iamsim.tools.tables import near

_UNKNOWN = 4
_TOKEN, _ACCOUNT, _REGION = "token", "account", "region"


@click.command("generate")
@TOOLS
@MODE
@ROLE_ARN
@click.option(
    "--server-principal", metavar="ARN|none", help="Whom the server's process runs as; none: it has no AWS credentials."
)
@click.option(
    "--for",
    "for_",
    type=click.Choice(["role", "trust", "server", "all"]),
    multiple=True,
    help="Whose policy: the role's own, its trust in the server, the server's own; repeatable. [default: all]",
)
@click.option("--optional", is_flag=True, help="Take in what tools can do without.")
@SET
@click.option(
    "--any",
    "any_",
    metavar="NAME[=PATTERN]",
    multiple=True,
    help="A parameter that may be anything, or whatever matches a pattern with *; `token`: whatever tokens carry.",
)
@REGION
@token_options
@click.option("--form", type=click.Choice(fix.names()), help="Write them in a language instead of as JSON documents.")
@click.option("--output", metavar="FILE|FOLDER/", help="Where to write them; a folder holds one file for each policy.")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Makes the policies that are exactly enough for the tools of a server.

    \b
    They are asked about before they are shown: in an account that has them and nothing that
    forbids, every need of every tool is allowed, and without any action of them one is not.
    Exit codes: 0 enough, 2 wrong command or a parameter that has to be given, 3 nothing needs a
    policy, 4 shown, and whether it is enough depends on what is not told (see standard error).

    \b
    Example:
      iamsim policy generate --tools quilt-mcp@2026-01 --for role --set bucket=example-data \\
        --role-arn arn:aws:iam::111122223333:role/tenant --any 's3_uri=s3://example-data/*' \\
        --any 'item_key=uploads/*' --set sse_kms=false
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options(given)
    made = generate.generate(_question(chosen))
    write(made.policies, form=given["form"], output=given["output"])
    for line in made.notes:
        warning(line)
    for line in made.open:
        warning(f"not known to be enough: {line}")
    context.exit(_UNKNOWN if made.open else 0)


# ---------------------------------------------------------------- helpers


def _question(chosen: Options) -> Question:
    if chosen.settings.chain:
        raise InputError(
            "the settings name a chain of roles, and which of them needs what is not made here",
            hint="generate where no settings name a chain, with --role-arn for the role that tools end up with",
        )
    role = role_arn(chosen("role_arn"))
    manifest = manifest_of(chosen)
    deployed = manifest.deployed(chosen("mode") or "")
    known = manifest.parameters
    anything, any_token = _anything(chosen.given.get("any_") or (), known)
    settings = settings_of(chosen, manifest)
    at = moment(chosen("at"))
    found, _ = token(chosen, manifest.server.token, settings, at)
    stated = claims(chosen, found)
    given = bindings.settings(chosen.given.get("set_") or (), known)
    for name, patterns in anything.items():
        if name in given or (name == _REGION and chosen.given.get("region")):
            raise InputError(f"`{name}` is told and may be anything", hint="leave one of the two options out")
        if name == _ACCOUNT and not patterns:
            raise InputError(
                "the account is that of the role and of the server", hint="write --any account=PATTERN for others"
            )
    text = chosen("server_principal")
    return Question(
        deployed.server,
        deployed.tools,
        role_arn(role or claimed_role(manifest, found, stated)),
        _caller(text),
        at,
        found,
        stated,
        # An option wins over the settings file.
        {name: values for name, values in settings.items() if name not in anything},
        anything,
        any_token,
        bool(chosen.given.get("optional")),
        None if _REGION in anything else chosen("region"),
        _sides(chosen.given.get("for_") or ()),
        caller_told=text is not None,
    )


def _sides(words: Iterable[str]) -> frozenset[Side]:
    chosen = set(words)
    return frozenset(Side) if not chosen or "all" in chosen else frozenset(map(Side, chosen))


def _caller(text: str | None) -> Principal | None:
    if text == "auto":
        raise InputError(
            "no policies tell whom the server runs as", hint="give --server-principal with an ARN, or none"
        )
    return None if text in (None, "none") else named(text or "")


def _anything(texts: Iterable[str], known: Mapping[str, Parameter]) -> tuple[dict[str, tuple[str, ...]], bool]:
    """The patterns of parameters that may be anything, by name, none for whatever there is; and whether tokens may."""
    found: dict[str, tuple[str, ...]] = {}
    any_token = False
    for text in texts:
        name, equals, pattern = text.partition("=")
        if name == _TOKEN and not equals and name not in known:
            any_token = True
            continue
        if name not in known:
            raise InputError(
                f"no tool and no server knows the parameter `{redact.line(name)[:60]}`", hint=near(name, known)
            )
        if not equals:
            found[name] = ()
            continue
        if not pattern.strip():
            # What an unset variable of a shell makes must not pass for anything.
            raise InputError(f"the pattern of `{name}` is empty", hint=f"write --any {name} for whatever there is")
        if known[name].kind in ("flag", "number"):
            raise InputError(f"`{name}` takes no pattern", hint=f"write --any {name}, or --set {name}=VALUE")
        (values,) = bindings.settings([f"{name}={pattern}"], {name: known[name]}).values()
        found[name] = (*found.get(name, ()), *(value.replace("*", STAR) for value in values))
    return found, any_token


COMMAND = command
