"""What --fix edits changes no decision, by the engine, over requests that the policies speak of and others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamsim import jsontext
from iamsim.catalog import actions
from iamsim.drafts import WITH_PRINCIPAL, Draft
from iamsim.drafts.world import NOBODY, World, alone, stranger
from iamsim.edits import edited
from iamsim.engine.variables import template
from iamsim.model.principal import Principal, principal
from tests.lints.cases import cases, draft, findings

ONE = "111122223333"
CALLERS = (
    principal(f"arn:aws:iam::{ONE}:role/example"),
    principal(f"arn:aws:iam::{ONE}:user/alice"),
    stranger(),
    principal("ecs-tasks.amazonaws.com"),
    principal("sns.amazonaws.com"),
    NOBODY,
)


def changed() -> Iterator[tuple[str, Draft, Draft]]:
    """The policy of every case with a fix that the engine can read, before and after."""
    for case in cases("flagged"):
        if "policy" not in case.table:
            continue
        before = draft(case.table)
        for finding in findings(case, None) if before.policy is not None else ():  # type: ignore[arg-type]
            if finding.fix:
                text = edited(str(before.text), finding.fix, "policy.json")
                written = jsontext.read(text, "policy.json")
                yield (
                    str(case),
                    before,
                    Draft(before.kind, before.name, written.value, written.origin, text, before.service, before.of),
                )


CHANGED = list(changed())


def pool(*drafts: Draft) -> tuple[list[str], list[str], dict[str, list[str]]]:
    """Actions, resources and values of condition keys that the policies speak of, and some that they do not."""
    asked, resources = {"s3:GetObject", "iam:PassRole", "sqs:SendMessage"}, {"*", "arn:aws:s3:::other/key"}
    keys: dict[str, set[str]] = {"aws:sourceip": {"203.0.113.7", "10.0.0.1"}, "aws:username": {"alice"}}
    for each in drafts:
        for part in each.statements():
            for text in part.actions():
                asked |= set(actions.expand(text.value)[:4]) or {text.value.replace("*", "X").replace("?", "x")}
            for text in part.resources():
                value = "".join(
                    p if isinstance(p, str) else "alice" for p in getattr(template(text.value), "parts", (text.value,))
                )
                resources |= {value.replace("*", "x").replace("?", "x"), value.replace("*", ""), text.value}
            for test in part.conditions():
                keys.setdefault(test.key.lower(), set()).update(v.value.replace("*", "x") for v in test.values)
                keys[test.key.lower()].add("something-else")
    usable = [each for each in resources if each == "*" or (each.startswith("arn:") and each.count(":") > 4)]
    return (
        sorted(each for each in asked if ":" in each),
        sorted(usable),
        {key: sorted(values) for key, values in keys.items()},
    )


@pytest.mark.parametrize(("case", "before", "after"), CHANGED, ids=[each[0] for each in CHANGED])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_fix_keeps_every_decision(case, before, after, data):
    assert after.policy is not None, case
    asked, resources, keys = pool(before, after)
    worlds: tuple[World, World] = (alone(before), alone(after))
    action, resource = data.draw(st.sampled_from(asked)), data.draw(st.sampled_from(resources))
    caller: Principal = data.draw(st.sampled_from(CALLERS if before.kind in WITH_PRINCIPAL else CALLERS[:1]))
    values = {key: data.draw(st.sampled_from(found)) for key, found in keys.items() if data.draw(st.booleans())}
    absent = [key for key in keys if key not in values]
    answers = {world.explain(caller, action, resource, values=values, absent=absent).decision for world in worlds}
    assert len(answers) == 1, (case, action, resource, caller.arn, values)


def test_there_are_fixes_to_judge():
    assert len(CHANGED) > 5
