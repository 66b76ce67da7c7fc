"""The policies and lists that the resources of a template hold, read out of resolved values."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim import documents
from iamsim.jsontext import Holed
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.sources._template_stack import Stack
from iamsim.sources._template_values import UNTOLD, Node, made, plain, scalar

UNREAD = "what it says is not told"
"""Why a policy could not be read of which a part that is no text hangs on something that is not told."""


def policy(stack: Stack, node: Node | None, address: str, name: str, arn: str | None = None) -> Policy | None:
    """
    The policy in a property of the resource `address`; None where it is not told.

    It may stand there as an object or as JSON text. Raises `InputError` for a missing or malformed one.
    """
    if node is None:
        stack.fail("has no policy", stack.resources[address].at, "write a policy with a Statement")
    if isinstance(node.value, Holed):
        return None
    try:
        if isinstance(node.value, str):
            return documents.embedded(node.value, stack.origin(node.at, address), name=name, arn=arn)
        return documents.policy_at(plain(node), stack.places(node, address), name=name, arn=arn)
    except documents.UntoldError:
        return None


def text(stack: Stack, node: Node | None, what: str) -> str | None:
    """The text that a property is, with holes where it is not told; None where it is not set."""
    if node is None:
        return None
    found = scalar(node)
    if found is None:
        stack.fail(f"{what} is a text", node.at, "write a text or a function that gives one")
    return made(str(found)) if not isinstance(found, Holed) else found


def texts(stack: Stack, node: Node | None, what: str) -> Iterator[Node]:
    """
    The members of a list of texts; one that is wholly untold stands for a list or a member that is not told.

    A text alone counts as a list of one, as CloudFormation takes it.
    """
    if node is None:
        return
    for item in node.value if isinstance(node.value, list) else [node]:
        if scalar(item) is None:
            stack.fail(f"{what} lists texts", item.at, "write [one, two]")
        yield item


def members(stack: Stack, node: Node | None, what: str) -> Iterator[dict[str, Node] | None]:
    """The objects in a list; None for one that is not told, and for the whole list where that is not told."""
    if node is None:
        return
    if isinstance(node.value, Holed):
        yield None
        return
    if not isinstance(node.value, list):
        stack.fail(f"{what} is a list", node.at, "write [{…}, {…}]")
    for item in node.value:
        if isinstance(item.value, Holed):
            yield None
        elif isinstance(item.value, dict):
            yield item.value
        else:
            stack.fail(f"{what} lists objects", item.at, "write [{…}, {…}]")


def tags(stack: Stack, name: str) -> dict[str, str] | None:
    """The tags of a resource; None where it has none, and where they are not wholly told."""
    node = stack.property(name, "Tags")
    found: dict[str, str] = {}
    if stack.resources[name].type.startswith("AWS::Serverless::"):
        # SAM writes them otherwise, and adds its own.
        return None
    for pair in members(stack, node, "Tags"):
        key = text(stack, pair.get("Key"), "Key") if pair is not None else None
        value = text(stack, pair.get("Value"), "Value") if pair is not None else None
        if key is None or value is None or HOLE in key:
            stack.world.say("not seen", name, "its tags are not wholly told")
            continue
        found[key] = value
    return found or None


def flag(node: Node | None) -> bool | None:
    """A flag, which may be written as text; None where it is not set or not told."""
    word = scalar(node) if node is not None else None
    return {"true": True, "false": False}.get(str(word).lower())


def is_untold(node: Node | None) -> bool:
    """Whether nothing of the value is told."""
    return node is not None and node.value == UNTOLD
