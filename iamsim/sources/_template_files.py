"""Opens templates: the one that was named, those that it nests, and the outputs that stacks give to each other."""

from __future__ import annotations

from pathlib import Path

from iamsim import jsontext, yamltext
from iamsim.errors import InputError
from iamsim.jsontext import Holed, Pointer, Written, clipped
from iamsim.model.origin import Origin
from iamsim.model.principal import HOLE
from iamsim.sources._files import one_file
from iamsim.sources._template_references import NESTED
from iamsim.sources._template_serverless import roles
from iamsim.sources._template_stack import Stack
from iamsim.sources._template_values import UNTOLD, Deploy, Node, scalar
from iamsim.sources._template_world import World

MAX_BYTES = 4 * 1024 * 1024
"""Largest template that is read; CloudFormation takes 1 MB (User Guide, "CloudFormation quotas")."""

MAX_STACKS = 500
"""Most stacks of one call; an account has 2,000 by default, an app a few."""


def written(path: Path) -> Written:
    """The template in a file, JSON or YAML. Raises `InputError` for anything else."""
    text = one_file(path, MAX_BYTES)
    if text.lstrip().startswith("{"):
        return jsontext.read(text, str(path), MAX_BYTES)
    found = yamltext.read(text, str(path))
    if len(found) != 1:
        raise InputError(
            "holds no template" if not found else "holds more than one YAML document",
            hint="a template is one object with Resources",
            origin=Origin(str(path)),
        )
    return found[0]


def opened(path: Path, folder: Path, deploy: Deploy, world: World) -> Stack:
    """The stack of the template at `path`, and behind it in `world` those that it nests in `folder`."""
    if len(world.stacks) >= MAX_STACKS:
        raise InputError(
            f"more than {MAX_STACKS} stacks", hint="does a template nest itself?", origin=Origin(str(path))
        )
    stack = Stack(written(path), path, folder, deploy, world)
    children: dict[str, Stack | None] = {}

    def nested(name: str) -> Stack | None:
        if name not in children:
            with world.opened(stack, "the nested stack", name, stack.resources[name].at):
                children[name] = _nested(stack, name)
        return children[name]

    stack.nested = nested
    stack.exported = lambda name, at: _exported(stack, name, at)
    if stack.is_serverless:
        stack.resources |= roles(stack)
    for name, piece in stack.resources.items():
        if piece.type in NESTED and stack.exists(name) is not False:
            world.subject = name
            nested(name)
    return stack


# ---------------------------------------------------------------- nested stacks


def _nested(stack: Stack, name: str) -> Stack | None:
    """The stack that a resource stands for; None, and said, where its template is not at hand."""
    path = _template(stack, name)
    if path is None:
        stack.world.say("not seen", name, "its template is no file beside this one")
        return None
    chain = [parent.path for parent in stack.world.stacks if parent is stack or _is_above(parent, stack)]
    if path.resolve() in [above.resolve() for above in chain]:
        stack.fail("nests a template in itself", stack.resources[name].at, "break the circle")
    deploy = stack.deploy
    made = Deploy(
        account=deploy.account,
        region=deploy.region,
        partition=deploy.partition,
        parameters=_parameters(stack, name),
        prefix=f"{deploy.prefix}-{name}" if deploy.prefix else name,
        maybe=stack.why_maybe(name) if stack.exists(name) is None else "",
    )
    child = opened(path, stack.folder, made, stack.world)
    child.parent = stack
    return child


def _is_above(parent: Stack, stack: Stack) -> bool:
    above = stack.parent
    while above is not None:
        if above is parent:
            return True
        above = above.parent
    return False


def _template(stack: Stack, name: str) -> Path | None:
    """
    The file of a nested template: a path beside the template that names it, or the asset that the AWS CDK made of it.

    Source: AWS CDK's `aws:asset:path` metadata; AWS CLI, `cloudformation package` (local paths).
    """
    metadata = stack.resources[name].raw.get("Metadata")
    asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
    node = stack.property(name, "TemplateURL") or stack.property(name, "Location")
    text = asset if isinstance(asset, str) else scalar(node) if node is not None else None
    if not text or HOLE in text or "://" in text or text.startswith("/"):
        return None
    try:
        path = stack.path.parent / text
        inside = path.resolve().is_relative_to(stack.folder.resolve())
        return path if inside and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long for a path, or a link in circles
        return None


def _parameters(stack: Stack, name: str) -> dict[str, str]:
    node = stack.property(name, "Parameters")
    if node is None or isinstance(node.value, Holed):
        return {} if node is None else _Untold()
    if not isinstance(node.value, dict):
        stack.fail("Parameters is an object", node.at, "write names and values")
    return {parameter: _text(item) for parameter, item in node.value.items()}


class _Untold(dict[str, str]):
    """Parameters of which nobody knows which are given."""

    def get(self, name: str, default: object = None) -> str:  # noqa: ARG002 - whatever is asked for is not told
        return UNTOLD


def _text(node: Node) -> str:
    if isinstance(node.value, list):
        items = [scalar(item) or UNTOLD for item in node.value]
        return UNTOLD if any(HOLE in item for item in items) else ",".join(items)
    return scalar(node) or ""


# ---------------------------------------------------------------- exports


def _exported(stack: Stack, name: str, at: Pointer) -> Node | None:
    """What a stack of the same account and Region exports under `name`; None where none does for sure."""
    for other in stack.world.stacks:
        same = (other.deploy.account, other.deploy.region) == (stack.deploy.account, stack.deploy.region)
        for output in other.outputs if same else ():
            stack.world.spend(0, stack, at)
            if _export_of(other, output) != name:
                continue
            found = other.output(output)
            text = scalar(found) if found is not None else None
            return Node(text, at) if text is not None else None
    return None


def _export_of(stack: Stack, output: str) -> str | None:
    """The name under which an output is exported; None for one that is not, or of which that is not told."""
    raw = stack.outputs[output].raw
    if not isinstance(raw, dict) or "Export" not in raw or "Condition" in raw:
        return None
    key = clipped(output)
    if key not in stack.exports:
        stack.exports[key] = None
        node = stack.output(output, ("Export", "Name"))
        text = scalar(node) if node is not None else None
        stack.exports[key] = None if text is None or HOLE in text else text
    return stack.exports[key]
