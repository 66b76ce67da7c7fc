"""
Whether a tool has a permission that it needs depends on something that the inputs do not tell.

The message names what would settle it: a parameter to set, a condition key to state, a policy type
that was not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Need, Status
from iamsim.model.tool import Necessity
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count, probes, settles

_UNTOLD = "what AWS's documentation does not say (no option tells)"


def check(case: Case) -> Iterator[Observation]:
    """One observation per thing that is missing, with every tool and probe that waits for it."""
    waiting: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for tool in case.tools:
        for need in tool.own_needs:
            if need.status is not Status.UNKNOWN or need.requirement.necessity is Necessity.OPTIONAL or need.spared:
                continue
            for missing in _missing(case, need) or (_UNTOLD,):
                tools, names = waiting.setdefault(missing, ({}, {}))
                tools[tool.name] = None
                names.update(dict.fromkeys(name for name in probes(need) if not case.explanation(name).allowed))
    for missing, (tools, names) in sorted(waiting.items()):
        what = count(len(names), "permission") if names else "what is needed"
        stays = "stays" if len(names) <= 1 else "stay"
        yield Observation(
            missing,
            f"{what} of {count(len(tools), 'tool')} {stays} open until this is known: {missing}",
            probes=tuple(names),
            tools=tuple(tools),
        )


def _missing(case: Case, need: Need) -> tuple[str, ...]:
    """What would settle the need, each with the way to say it."""
    found = [
        f"the token's claim {claim} (--claim {claim}=…)" if claim else f"{name} (--set {name}=…)"
        for name in need.unbound
        for claim in (name.partition("token.")[2] if name.startswith("token.") else "",)
    ]
    for name in probes(need):
        explanation = case.explanation(name)
        if status_of(explanation) is Status.UNKNOWN:
            found += settles(explanation)
    if any(attempt.status is Status.UNKNOWN and not attempt.probes for attempt in need.attempts):
        found.append("the role whose credentials are used (--role-arn ARN)")
    return tuple(dict.fromkeys(found))


RULE = Rule(check, Kind.UNKNOWN, Severity.MEDIUM, "tools", "IAM User Guide, Policy evaluation logic")
