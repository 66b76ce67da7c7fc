"""`iamsim tools discover`: what a running server announces, held against a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iamsim import redact
from iamsim.cli import _secrets
from iamsim.cli._outputs import progress, save
from iamsim.cli._values import Options, moment, options
from iamsim.cli.tools import _servers
from iamsim.errors import InputError, OutsideError

if TYPE_CHECKING:
    from iamsim.tools.session import Announced, Http, Stdio

_DIFFERS = 1


@click.command("discover")
@click.argument("command", metavar="[-- COMMAND [ARG]…]", nargs=-1, type=click.UNPROCESSED)
@click.option("--url", metavar="URL", help="A server that runs, over streamable HTTP.")
@_servers.TOKEN_FILE
@_servers.TOKEN_ENV
@_servers.ENV
@_servers.DIRECTORY
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=_servers.SECONDS,
    default=30.0,
    show_default=True,
    help="Longest that one answer may take.",
)
@click.option("--tools", metavar="NAME@VERSION|FILE", help="The manifest that the server is held against.")
@click.option("--mode", help="How the server is deployed, where its manifest knows several ways.")
@click.option("--write", metavar="FILE", help="Write the beginning of a manifest; never over a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where server and manifest differ.")
@click.pass_context
def command(context: click.Context, /, *, as_json: bool, exit_code: bool, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Shows the tools that a running MCP server announces, and holds them against a manifest.

    \b
    Without --tools it lists them with their arguments and the needs that the server itself
    declares. Only COMMAND is run, in an environment of its own; no tool is called.
    Exit codes: 0 shown, 1 with --exit-code where something differs, 2 wrong command or input,
    5 the server fails.

    \b
    Examples:
      iamsim tools discover --tools my-server.toml -- python server.py
      iamsim tools discover --url https://mcp.example.com/mcp --token-env MY_TOKEN
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    from iamsim.cli.tools._discovered import data, lines  # noqa: PLC0415 - with those below more than a page of help needs
    from iamsim.cli.tools._manifests import said  # noqa: PLC0415 - as above
    from iamsim.tools.discover import compare  # noqa: PLC0415 - as above
    from iamsim.tools.manifest import named  # noqa: PLC0415 - as above
    from iamsim.tools.session import run  # noqa: PLC0415 - as above

    chosen = options({name: value for name, value in given.items() if name not in ("command", "timeout")})
    words: tuple[str, ...] = given["command"]
    _agree(chosen, words, exit_code=exit_code)
    spec, target = chosen.given["tools"], chosen.given["write"]
    manifest = named(spec).deployed(chosen.given["mode"] or "") if spec is not None else None
    (name, version), announced = run(_asked(_endpoint(chosen, words), given["timeout"]))
    found = compare(announced, manifest) if manifest is not None else None
    if target is not None:
        _write(target, announced, name, version)
    told = (name, version, announced, spec, found)
    said(data(*told), lines(*told), as_json=as_json)
    context.exit(_DIFFERS if exit_code and found is not None and found.differs else 0)


# ---------------------------------------------------------------- helpers


def _agree(chosen: Options, words: Sequence[str], *, exit_code: bool) -> None:
    """Raises `InputError` for options that do not go together."""
    given = chosen.given
    if (given["url"] is None) == (not words):
        what = "a URL and a command are given" if words else "no server is named"
        raise InputError(what, hint="give one of --url URL and -- COMMAND [ARG]…")
    for name in ("env", "directory") if given["url"] is not None else ("token_file", "token_env"):
        if given[name] not in (None, ()):
            goes = "a command that is started" if given["url"] is not None else "--url"
            raise InputError(f"--{name.replace('_', '-')} goes with {goes}", hint="leave it out")
    if given["tools"] is None:
        for option, there in (("--exit-code", exit_code), ("--mode", given["mode"] is not None)):
            if there:
                raise InputError(f"{option} is given, and no manifest", hint="name it with --tools")
    elif given["write"] is not None:
        raise InputError("--write begins a manifest, and --tools names one", hint="leave one of them out")
    if given["write"] is not None and Path(given["write"]).exists():
        raise InputError(f"`{redact.line(given['write'])[:200]}` is there already", hint="name a new file")


def _endpoint(chosen: Options, words: tuple[str, ...]) -> Stdio | Http:
    from iamsim.tools.session import Http, Stdio  # noqa: PLC0415 - as above

    given = chosen.given
    if given["url"] is not None:
        return Http(given["url"], _servers.token(chosen))
    return Stdio(words, _servers.environment(given["env"]), given["directory"])


async def _asked(endpoint: Stdio | Http, seconds: float) -> tuple[tuple[str, str], tuple[Announced, ...]]:
    """What the server calls itself, and its tools."""
    from iamsim.tools.session import Http, connected  # noqa: PLC0415 - as above

    shown = endpoint.url.partition("?")[0] if isinstance(endpoint, Http) else endpoint.command[0]
    progress(f"waiting for {shown[:200]} to list its tools, at most {seconds:g} seconds for each answer …")
    async with connected(endpoint, timeout=seconds) as connection:
        return connection.identity, await connection.tools()


def _write(target: str, announced: Sequence[Announced], name: str, version: str) -> None:
    from iamsim.tools.discover import skeleton  # noqa: PLC0415 - as above
    from iamsim.tools.manifest import manifest  # noqa: PLC0415 - as above
    from iamsim.tools.written import toml  # noqa: PLC0415 - as above

    day = moment(None).date().isoformat()
    text = toml(skeleton(announced, name=name, version=version, made=day))
    if _secrets.hidden(text) != redact.text(text):
        raise OutsideError("what the server announces holds a secret that it was given", hint="nothing was written")
    # Whatever the server announces, the file is one that the next command can read.
    manifest(text, document=redact.line(target)[:200])
    save(Path(target), text)
    click.echo(f"wrote {redact.line(target)}", err=True)


COMMAND = command
