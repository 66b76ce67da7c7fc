"""The parameters of a template, with the values that the deploy gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iamsim.jsontext import Pointer, clipped
from iamsim.model.principal import HOLE
from iamsim.sources._template_values import UNTOLD, Node, made

if TYPE_CHECKING:
    from iamsim.sources._template_stack import Stack

MAX_ITEMS = 10_000
"""Most items of a list parameter that are read; CloudFormation takes 4,096 bytes as the value of a parameter."""


class Parameters:
    """
    The parameters of a stack: those given count, then their defaults.

    A parameter that has neither is not told, nor is one whose value stands in the Systems Manager Parameter
    Store. The value of a NoEcho parameter is never put into anything that is shown; conditions may look at it.
    Source: AWS CloudFormation User Guide, "CloudFormation template Parameters syntax".
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.written: Mapping[str, Any] = stack.section("Parameters")
        for name, raw in self.written.items():
            if not isinstance(raw, dict) or not isinstance(raw.get("Type", "String"), str):
                stack.fail(
                    f"parameter `{clipped(name)}` is no object with a Type", ("Parameters", name), "write Type: String"
                )

    def __contains__(self, name: str) -> bool:
        return name in self.written

    def value(self, name: str, at: Pointer) -> Node:
        """The value for a Ref that stands at `at`: a text, or the list of them that a list parameter is."""
        stack, raw = self.stack, self.written[name]
        kind = raw.get("Type", "String")
        given = stack.deploy.parameters.get(name)
        text = given if given is not None else self._default(name, raw)
        if given is not None:
            self._only_allowed(name, given)
        if kind.startswith("AWS::SSM::Parameter::Value"):
            stack.world.untold(f"parameter {clipped(name)}", "its value stands in the Parameter Store")
            return Node(UNTOLD, at)
        if text is None:
            stack.world.untold(
                f"parameter {clipped(name)}", f"it has no default; give --parameter {clipped(name)}=VALUE"
            )
            return Node(UNTOLD, at)
        if raw.get("NoEcho") not in (None, False, "false") and not stack.shows_secrets:
            stack.world.untold(f"parameter {clipped(name)}", "its value must not be shown (NoEcho)")
            return Node(UNTOLD, at)
        if kind != "CommaDelimitedList" and not kind.startswith("List<"):
            return Node(made(text), at)
        if HOLE in text:
            return Node(UNTOLD, at)
        items = text.split(",", MAX_ITEMS)
        if len(items) > MAX_ITEMS:
            stack.fail(f"parameter `{clipped(name)}` lists too much", at, f"at most {MAX_ITEMS:,} items are read")
        stack.world.spend(len(text) + len(items), stack, at)
        return Node([Node(made(item.strip()), at) for item in items], at)

    def _only_allowed(self, name: str, given: str) -> None:
        """Refuses a value that CloudFormation would: a slip of the pen would quietly be another account."""
        raw = self.written[name]
        allowed = raw.get("AllowedValues")
        words = [_word(item) for item in allowed] if isinstance(allowed, list) else None
        items = given.split(",") if str(raw.get("Type")).startswith(("CommaDelimitedList", "List<")) else [given]
        if words is None or HOLE in given or raw.get("NoEcho") not in (None, False, "false"):
            return
        for item in items:
            if item.strip() not in words:
                hint = f"it takes {', '.join(clipped(word) for word in words[:_SHOWN])}"
                self.stack.fail(
                    f"parameter `{clipped(name)}` does not take `{clipped(item)}`", ("Parameters", name), hint
                )

    def _default(self, name: str, raw: Mapping[str, Any]) -> str | None:
        found = raw.get("Default")
        if isinstance(found, bool):
            return "true" if found else "false"
        if found is not None and not isinstance(found, str):
            self.stack.fail("Default is a text or a number", ("Parameters", name, "Default"), "write it in quotes")
        return None if found is None else str(found)


_SHOWN = 8


def _word(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
