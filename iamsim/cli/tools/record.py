"""`iamsim tools record`: a server run while its tools are called, and which API calls each of them makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iamsim import redact
from iamsim.cli import _secrets
from iamsim.cli._outputs import answers, progress, save, show, warning
from iamsim.cli._values import Options, endpoint, moment, options
from iamsim.cli.tools import _record_told, _servers
from iamsim.errors import InputError, OutsideError
from iamsim.tools.tables import LIMIT

if TYPE_CHECKING:
    from iamsim.tools.record import Plan

_DIFFERS = 1
_AS_GIVEN = ("words", "call", "env", "timeout", "grace")


@click.command("record")
@click.argument("words", metavar="-- COMMAND [ARG]…", nargs=-1, type=click.UNPROCESSED)
@click.option("--calls", metavar="FILE", help="The calls to make, in TOML.")
@click.option("--call", metavar="TEXT", multiple=True, help="""One more: 'TOOL {"argument": "value"}'.""")
@_servers.ENV
@click.option("--endpoint-url", metavar="URL", help="What stands in for AWS.")
@_servers.DIRECTORY
@click.option("--url", metavar="URL", help="Where COMMAND listens, for a server over streamable HTTP.")
@_servers.TOKEN_FILE
@_servers.TOKEN_ENV
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=_servers.SECONDS,
    default=60.0,
    show_default=True,
    help="Longest that one answer may take.",
)
@click.option(
    "--grace",
    metavar="SECONDS",
    type=_servers.SECONDS,
    default=0.5,
    show_default=True,
    help="How long after its answer a tool's API calls count to it.",
)
@click.option("--write", metavar="FILE", help="Write what was seen as a manifest.")
@click.option("--against", metavar="NAME@VERSION|FILE", help="The manifest that the recording is held against.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where recording and manifest differ unexpectedly.")
@click.pass_context
def command(context: click.Context, /, words: tuple[str, ...], *, as_json: bool, exit_code: bool, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Runs an MCP server, calls its tools, and shows which API calls each makes, with whose credentials.

    \b
    The AWS SDK in the server reports its calls (client-side monitoring). The tools really do what
    they do: without --endpoint-url, in AWS, with the credentials that COMMAND finds.
    Exit codes: 0 recorded, 1 with --exit-code where something differs, 2 wrong command or input,
    5 the server fails.

    \b
    Example:
      iamsim tools record --calls calls.toml --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY \\
        --endpoint-url http://127.0.0.1:5000 --write my-server.toml -- python server.py
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    from iamsim.tools import recorded, session, written  # noqa: PLC0415 - the catalog and more, which a page of help does not need
    from iamsim.tools.manifest import manifest, named  # noqa: PLC0415 - as above
    from iamsim.tools.record import record  # noqa: PLC0415 - as above

    # A command, a call and a variable may hold line breaks, which no other option does.
    chosen = options({name: value for name, value in given.items() if name not in _AS_GIVEN})
    spec, target = chosen.given["against"], chosen.given["write"]
    if exit_code and spec is None:
        raise InputError("--exit-code is given, and no manifest", hint="name it with --against")
    other = named(spec).deployed() if spec is not None else None
    plan = _plan(words, chosen, given)
    if "AWS_ENDPOINT_URL" not in plan.server.environment:
        warning("no --endpoint-url is given: the tools are called for real, and their calls go to AWS")
    recording = session.run(record(plan, tell=progress))
    text = _secrets.hidden(written.toml(recorded.manifest(recording, made=moment(None).date().isoformat())))
    # Whatever the server does, the file is one that the next command can read.
    made = manifest(text, document=redact.line(target or "the recording")[:200])
    differences = recorded.against(made, other, recording) if other is not None else None
    if target is not None:
        save(Path(target), text)
    if as_json:
        told = _record_told.as_json(recording, text, differences)
        answers([json.dumps(_hidden(told), indent=2, ensure_ascii=False)])
    else:
        lines = _record_told.lines(recording)
        if differences is not None:
            lines += _record_told.differing(differences, spec)
        show("\n".join(redact.line(_secrets.hidden(line)) for line in lines))
    if target is not None:
        click.echo(f"wrote {redact.line(target)}", err=True)
    if recording.stopped:
        raise OutsideError(f"the recording ended before its last call: {recording.stopped}")
    context.exit(_DIFFERS if exit_code and any(not one.explained for one in differences or ()) else 0)


# ---------------------------------------------------------------- helpers


def _plan(words: tuple[str, ...], chosen: Options, given: Mapping[str, Any]) -> Plan:
    from iamsim.tools import tool_calls  # noqa: PLC0415 - as above
    from iamsim.tools.record import Plan  # noqa: PLC0415 - as above
    from iamsim.tools.session import Stdio  # noqa: PLC0415 - as above

    if not words:
        raise InputError("no command is given", hint="name it after --")
    file = chosen.given["calls"]
    calls = tool_calls.from_file(_content(file), document=redact.line(file)[:200]) if file is not None else ()
    calls += tuple(map(tool_calls.from_text, given["call"]))
    if not calls:
        raise InputError("no call is given", hint="""give --calls FILE, or --call 'TOOL {"argument": "value"}'""")
    environment = _servers.environment(given["env"])
    url = endpoint(chosen.given["endpoint_url"])
    if url is not None:
        environment["AWS_ENDPOINT_URL"] = url
    server = Stdio(words, environment, chosen.given["directory"])
    if chosen.given["url"] is None and (chosen.given["token_file"], chosen.given["token_env"]) != (None, None):
        raise InputError("a token is given, and no URL to send it to", hint="give --url, or the token with --env")
    token = _servers.token(chosen)
    return Plan(server, calls, chosen.given["url"] or "", token, given["timeout"], given["grace"])


def _hidden(value: Any) -> Any:  # noqa: ANN401 - JSON is any of six types
    """The answer without secrets, text by text: the manifest in it is TOML, which is quoted otherwise than JSON."""
    if isinstance(value, Mapping):
        return {name: _hidden(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return _secrets.hidden(value) if isinstance(value, str) else value


def _content(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.read(4 * LIMIT + 1).decode()
    except FileNotFoundError:
        raise InputError(f"no file `{redact.line(path)[:200]}`", hint="check the path of --calls") from None
    except (OSError, ValueError) as error:
        unreadable = isinstance(error, UnicodeDecodeError)
        reason = "not UTF-8" if unreadable else (getattr(error, "strerror", None) or "no path").lower()
        raise InputError(f"`{redact.line(path)[:200]}` cannot be read: {reason}") from None


COMMAND = command
