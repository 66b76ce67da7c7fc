"""
The server's process has no AWS credentials, so the calls it signs itself never leave it.

AWS is not asked: a role that exists and one that does not give the same failure.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Need, Status
from iamsim.model.tool import Credential
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count


def check(case: Case) -> Iterator[Observation]:
    """One observation for the whole server, naming every tool that is stopped by it."""
    assume = case.assume.status is Status.NO_CREDENTIALS
    tools = tuple(tool.name for tool in case.tools if any(_stopped(need) for need in tool.needs))
    if not assume and not tools:
        return
    words = "; ".join(f'log: "{message.text}"' for message in case.assume.predicted)
    unsigned = sum(
        any(a.credential is Credential.UNSIGNED for n in tool.needs for a in n.attempts) for tool in case.tools
    )
    evidence = [f"the server takes its own credentials from {case.setup.server.base}" if case.setup.server.base else ""]
    evidence += [f"the assume call never leaves the server, AWS sees nothing; {words}" if assume else ""]
    evidence += [
        f"{count(unsigned, 'tool')} {'sends its' if unsigned == 1 else 'send their'} reads unsigned instead"
        if unsigned
        else ""
    ]
    yield Observation(
        "server",
        "the server has no AWS credentials" + (": the AssumeRole call never leaves it" if assume else ""),
        evidence=tuple(line for line in evidence if line),
        tools=tools,
    )


def _stopped(need: Need) -> bool:
    return (
        need.needed is not False
        and not need.spared
        and any(attempt.status is Status.NO_CREDENTIALS for attempt in need.attempts)
    )


RULE = Rule(
    check,
    Kind.GAP,
    Severity.CRITICAL,
    "assume",
    "AWS SDKs and Tools Reference Guide, Standardized credential providers",
)
