"""The options that say what is checked, shared by the commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import click

from iamsim import config

Function = TypeVar("Function", bound=Callable[..., Any])

POLICIES = click.option(
    "--policies",
    metavar="[KIND:]PATH|aws",
    multiple=True,
    help="Where policies come from; later ones lie over earlier ones. [default: the live account]",
)
PARAMETER = click.option(
    "--parameter", metavar="NAME=VALUE", multiple=True, help="A parameter of a CloudFormation template."
)
CONTEXT = click.option("--context", metavar="KEY=VALUE", multiple=True, help="A condition key of every request.")
ASSUME = click.option(
    "--assume",
    metavar="KEY=VALUE",
    multiple=True,
    help="A condition key that is taken for granted; the report says so.",
)
ASSUME_NONE = click.option(
    "--assume-none",
    metavar="TYPES",
    multiple=True,
    help="Policy types that are not attached where none were seen: scp,rcp,boundary,resource,vpc-endpoint.",
)
AT = click.option("--at", metavar="TIME", help="The moment judged, as 2026-01-31T12:00:00Z. [default: now]")
REGION = click.option("--region", help="The Region the calls go to.")
READ_AS = click.option(
    "--read-as",
    metavar="ROLE_ARN",
    multiple=True,
    help="The role to read the live account as; repeat it for a chain.",
)
PROFILE = click.option("--profile", help="The AWS profile to read the live account with.")
ENDPOINT = click.option("--endpoint-url", metavar="URL", help="The endpoint to read the live account from.")

ROLE_ARN = click.option(
    "--role-arn", metavar="ARN", help="The role the server is to assume; may be left out when the token names it."
)
TOOLS = click.option("--tools", metavar="NAME@VERSION|FILE", help="The server's manifest.")
MODE = click.option("--mode", help="How the server is deployed, where its manifest knows several ways.")
SET = click.option("--set", "set_", metavar="NAME=VALUE", multiple=True, help="A parameter of the server or its tools.")

_TOKEN = (
    click.option(
        "--token-file", metavar="PATH|-", help="The bearer token, in a file or on standard input. [env: IAMSIM_TOKEN]"
    ),
    click.option(
        "--secret-file", metavar="PATH", help="The HMAC secret the server verifies with. [env: IAMSIM_SECRET]"
    ),
    click.option("--key-file", metavar="PATH", help="The public key (PEM) or JWKS the server verifies with."),
    click.option(
        "--claim", metavar="NAME=VALUE", multiple=True, help="A claim of the token, where there is none at hand."
    ),
)
"""The token, the key that it is verified with, and claims where there is none."""

BASELINE = click.option(
    "--baseline", metavar="FILE", help="Findings that are known, as --write-baseline wrote them: they do not fail."
)
WRITE_BASELINE = click.option(
    "--write-baseline", metavar="FILE", help="Write what is found as a baseline; the exit code stays what it is."
)
WAIVERS = click.option("--waivers", metavar="FILE", help="Findings that somebody answers for (TOML).")

_COMPARE = click.option(
    "--compare",
    metavar="OLD.json",
    help="An earlier report, as --format json wrote it: terminal and page tell what has changed since.",
)
_MASKED = click.option(
    "--redact", "masked", is_flag=True, help="Replace account ids by stand-ins, the same id by the same one."
)

_FAIL_ON = click.option(
    "--fail-on",
    metavar="[hazard:|lint:]SEVERITY|optional|unknown",
    multiple=True,
    type=click.Choice(config.FAIL_ON),
    help="What fails too: hazards and lint findings from this severity on; denied needs that a tool can do without; unknowns. Repeatable.",
)

_JUDGED = (ASSUME, ASSUME_NONE, AT, PARAMETER, REGION, PROFILE, READ_AS, ENDPOINT)
"""What every judgement takes for granted, and how its policies are read."""

_SITUATION = (POLICIES, CONTEXT, *_JUDGED)

RUNS_ON = ("ecs-task", "ec2", "lambda", "irsa", "pod-identity")
"""Names of `sts.first_role.COMPUTES`, here too so that help need not load the engine."""

_CHECK = (
    ROLE_ARN,
    POLICIES,
    TOOLS,
    MODE,
    click.option(
        "--server-principal",
        metavar="ARN|none|auto",
        help="Whom the server's process runs as; none: it has no AWS credentials; auto: the one workload among the policies.",
    ),
    click.option(
        "--runs-on",
        type=click.Choice(RUNS_ON),
        help="What hands the process that role: its trust in it is checked too.",
    ),
    click.option(
        "--service-account", metavar="NAMESPACE/NAME", help="The Kubernetes service account that the pod runs as."
    ),
    click.option(
        "--chain",
        metavar="ARN",
        multiple=True,
        help="A role that the session goes on to assume; repeat it in the order of the hops.",
    ),
    SET,
    *_TOKEN,
    CONTEXT,
    *_JUDGED,
)


def check_options(function: Function) -> Function:
    """The options of a check, in the order that help shows."""
    return _with(_CHECK, function)


def gate_options(function: Function) -> Function:
    """The options that say what fails a check beside gaps, and what does not although it is found."""
    return _with((_FAIL_ON, BASELINE, WAIVERS), function)


def shown_options(function: Function) -> Function:
    """The options that say how a report is shown, whatever its format."""
    return _with((_COMPARE, _MASKED), function)


def situation(function: Function) -> Function:
    """The options that say which policies are asked, and what is known of the calls."""
    return _with(_SITUATION, function)


def token_options(function: Function) -> Function:
    """The options that tell a token, or what it would claim."""
    return _with(_TOKEN, function)


def question(*, required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options that say who asks for what, and of which policies; `required` is whether who and what have to be there."""
    each = (
        click.option(
            "--principal",
            "caller",
            metavar="ARN",
            required=required,
            help="Who asks: a role, session, user, root, service, or anonymous.",
        ),
        click.option("--action", required=required, help="What is asked for, such as s3:GetObject."),
        click.option("--resource", metavar="ARN|*", default="*", show_default=True, help="On what."),
        POLICIES,
        CONTEXT,
        click.option("--absent", metavar="KEY", multiple=True, help="A condition key that the request does not have."),
        *_JUDGED,
    )

    return partial(_with, each)


def _with(options: Sequence[Callable[[Function], Function]], function: Function) -> Function:
    """`function` with `options`, which help shows in their order."""
    for option in reversed(options):
        function = option(function)
    return function
