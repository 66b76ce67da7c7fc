"""What AWS asks for besides an operation's own action: a role that is passed, a key, where something holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from iamsim.catalog import operations
from iamsim.model.finding import Confidence
from iamsim.model.tool import Necessity, Requirement
from iamsim.tools import expressions
from iamsim.tools.infer import resources
from iamsim.tools.infer.made import Made
from iamsim.tools.infer.merging import Found, merged
from iamsim.tools.infer.resources import Names
from iamsim.tools.infer.values import FALSE, NONE, Const
from iamsim.tools.infer.wording import printable


class Besides:
    """
    What is asked for besides the needs of one tool.

    `names` gets what the needs name, `unresolved` what AWS asks for of which it is not known what it is.
    """

    def __init__(self, names: Names, unresolved: dict[tuple[str, str], str]) -> None:
        self.names = names
        self.unresolved = unresolved

    def of(self, founds: Iterable[Found], needs: Iterable[Requirement]) -> Iterator[Requirement]:
        """What AWS asks for besides, where something holds that the calls do not tell: a role that is passed, a template."""
        asking: dict[tuple[object, ...], list[Found]] = {}
        for found in founds:
            if found.need.operation:
                deferred = found.need.necessity is Necessity.DEFERRED
                asking.setdefault((found.need.operation, found.need.credentials, deferred), []).append(found)
        told = {(need.operation, need.action) for need in needs}
        for same in asking.values():
            calls = [call for found in same for call in found.calls]
            first = calls[0][0]
            described = operations.describe(first.service, first.operation)
            asked: set[tuple[str, str]] = set()
            for row in described.implied if described is not None else ():
                # The row stands for each of the calls that does not itself tell that it does not hold.
                apt = [call for call in calls if not _settled(call[0], row.when)]
                if row.instead or not apt:
                    continue
                made = apt[0][0]
                if not row.actions:
                    what = f"what {made.name} asks for besides"
                    self.unresolved.setdefault((what, f"{row.on}: {row.when}"), made.site)
                for action in row.actions:
                    if (made.name, action) not in told and (action, row.when) not in asked:
                        asked.add((action, row.when))
                        yield self._need(merged(Found(apt[0][1], _widest(apt))), made, action, row)

    def _need(self, base: Requirement, made: Made, action: str, row: operations.Implied) -> Requirement:
        service, _, name = action.partition(":")
        resource = resources.anything(action) if row.on != "*" else "*"
        if service == "kms":
            flag = f"{made.service.replace('-', '_')}_kms_key"
            self.names.declare(flag, f"{row.on}, where {row.when}; empty where there is none", None, "arn")
            when, resource = f"set({flag})", f"{{{flag}}}"
        else:
            flag = f"{made.operation}_asks_{name}"
            self.names.declare(flag, f"{action} on {row.on} is asked for: {row.when}", None, "flag")
            when = "" if row.when.startswith("always") else flag
        if action == "iam:PassRole":
            self.names.declare_account()
            resource = "arn:aws:iam::{account}:role/*"
        optional = base.necessity in (Necessity.OPTIONAL, Necessity.DEFERRED)
        return replace(
            base,
            action=action,
            resources=(resource,),
            when=expressions.both(base.when, when),
            condition="; ".join(filter(None, (base.condition, printable(row.when)))),
            necessity=base.necessity if optional else Necessity.CONDITIONAL,
            context={},
            absent=(),
            via=f"besides {made.name}",
            note=printable(row.inferred or row.source),
            confidence=Confidence.LIKELY if row.inferred else base.confidence,
        )


def _widest(calls: list[tuple[Made, Requirement]]) -> list[tuple[Made, Requirement]]:
    """The calls without those that are made on the conditions of another and more: one action of a call may ask for more."""
    return [
        call
        for call in calls
        if not any(
            len(other.conditions) < len(call[0].conditions)
            and other.conditions == call[0].conditions[: len(other.conditions)]
            and other.site == call[0].site
            for other, _ in calls
        )
    ]


def _settled(made: Made, when: str) -> bool:
    """Whether the call's own parameters say that `when` does not hold: one that it names is not sent, or is another."""
    if made.likely:
        return False
    sent = {each.name: each.value for each in made.parameters}
    needed = re.search(r"(?:sets|^)\s*([A-Z]\w+)(?: is set|\b(?=,))", when)
    if needed and (needed[1] not in sent or sent[needed[1]] == FALSE):
        return True
    unset = re.match(r"([A-Z]\w+) is not set", when)
    if unset and any(each.name == unset[1] and not each.maybe and each.value != NONE for each in made.parameters):
        return True
    stated = re.search(r"([A-Z]\w+) is ([A-Z]+)\b", when)
    if stated is None:
        return False
    value = sent.get(stated[1])
    return isinstance(value, Const) and isinstance(value.value, str) and value.value != stated[2]
