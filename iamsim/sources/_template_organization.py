"""The organization policies of a template: what is told of the accounts that they are attached to."""

from __future__ import annotations

import re

from iamsim import documents
from iamsim.model.account import Account
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.sources._template_policies import policy, text, texts
from iamsim.sources._template_stack import Stack
from iamsim.sources._template_values import scalar

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def attached(stacks: list[Stack], asked: str | None) -> dict[str, Account]:
    """
    The accounts that policies of AWS Organizations in these stacks are attached to, by id, with those policies.

    A template never tells what else is attached at the same level: beside each policy one that allows
    everything is taken for granted, and the type counts as not seen. So its denials are sure, and nothing is
    allowed for sure. A policy of a root or unit may reach the account `asked` about, for which it is not told.
    Source: AWS CloudFormation Template Reference Guide, AWS::Organizations::Policy.
    """
    found: dict[str, dict[str, list[Policy]]] = {}
    for stack in stacks:
        for name, piece in stack.resources.items():
            stack.world.subject = name
            if piece.type == "AWS::Organizations::Policy" and stack.exists(name) is not False:
                _attached(stack, name, asked, found)
    return {
        account: Account(
            account,
            scps=_level(policies.get("SERVICE_CONTROL_POLICY")),
            rcps=_level(policies.get("RESOURCE_CONTROL_POLICY")),
        )
        for account, policies in found.items()
    }


def _attached(stack: Stack, name: str, asked: str | None, found: dict[str, dict[str, list[Policy]]]) -> None:
    kind = text(stack, stack.property(name, "Type"), "Type")
    if kind not in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        return
    called = text(stack, stack.property(name, "Name"), "Name") or name
    document = policy(stack, stack.property(name, "Content"), name, called)
    stack.world.say("not seen", name, "an organization policy; what else is attached beside it is not told")
    for item in texts(stack, stack.property(name, "TargetIds"), "TargetIds"):
        target = str(scalar(item))
        sure = _ACCOUNT.fullmatch(target) and document is not None and stack.exists(name)
        account = target if _ACCOUNT.fullmatch(target) else asked
        if account is not None:
            level = found.setdefault(account, {}).setdefault(kind, [])
            level += [document] if sure and document is not None else []


def _level(policies: list[Policy] | None) -> tuple[tuple[Policy, ...], ...]:
    if policies is None:
        return ()
    everything = documents.policy_of(_EVERYTHING, origin=Origin("what is taken for granted"), name="(not told)")
    return ((everything, *policies),)
