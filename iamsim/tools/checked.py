"""What AWS's lists do not know of a manifest: actions, resources and condition keys that cannot be meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from iamsim.catalog import actions, condition_keys
from iamsim.tools.places import Path
from iamsim.tools.tables import near

_NOT_IAM = {"bearer", "none"}
"""Credentials that IAM never sees, and whose actions are no actions of AWS."""

_LONGEST = 2048
"""Templates of more characters are not held against AWS's patterns; no ARN is as long."""

Doubt = tuple[Path, str, str]
"""Where, what is doubted, and the way out."""


def doubts(values: Mapping[str, Any]) -> Iterator[Doubt]:
    """
    What is doubtful in `values`, the tables of a manifest that the reader takes.

    AWS may have actions and resource types that its reference, or the copy that comes with this program, lacks.
    """
    for name, group in values.get("groups", {}).items():
        for number, need in enumerate(group.get("needs", ())):
            yield from _need(("groups", name, "needs", number), need, (group,))
    for number, tool in enumerate(values.get("tool", ())):
        for at, need in enumerate(tool.get("needs", ())):
            yield from _need(("tool", number, "needs", at), need, (tool,))
        yield from _options(("tool", number), tool)


def _need(path: Path, need: Mapping[str, Any], outer: tuple[Mapping[str, Any], ...]) -> Iterator[Doubt]:
    credentials = next((found for one in (need, *outer) if (found := _listed(one.get("credentials", [])))), [])
    if credentials and set(credentials) <= _NOT_IAM:
        return
    written = need["action"]
    action = actions.action(written)
    if action is None:
        service = written.partition(":")[0]
        known = [f"{service}:{name}" for name in actions.names(service)]
        way = near(written, known) if known else near(service, actions.services())
        yield (*path, "action"), f"AWS lists no action `{written}` (as of {actions.date()})", way
        return
    for number, resource in enumerate(_listed(need["resource"])):
        at: Path = (*path, "resource", *((number,) if isinstance(need["resource"], list) else ()))
        yield from ((at, message, hint) for message, hint in _resource(action, resource))
    own = need.get("context", {})
    for key in {**(outer[0].get("context", {}) if path[0] == "groups" else {}), **own}:
        if condition_keys.sends(written, key) is False:
            yield (*(path if key in own else path[:2]), "context", key), f"AWS sends no `{key}` with {action}", ""


def _resource(action: actions.Action, resource: str) -> Iterator[tuple[str, str]]:
    if not resource.startswith("arn:") or len(resource) > _LONGEST:
        return
    if not action.resource_types:
        yield f"{action} takes no resource: a policy that names one never allows it", 'write resource = "*"'
        return
    known = actions.resource_types(action.service) or {}
    shapes = sorted((known[name] for name in action.resource_types if name in known), key=len)
    if shapes and not any(_meet(resource, shape) for shape in shapes):
        yield f"no resource of {action} looks like `{resource[:120]}`", f"AWS lists {', '.join(shapes[:3])}"


def _options(path: Path, tool: Mapping[str, Any]) -> Iterator[Doubt]:
    needs = tool.get("needs", ())
    labels = Counter(label for label in (need.get("any_of") for need in needs) if label)
    if not labels or tool.get("uses"):
        return
    for number, need in enumerate(needs):
        label, option = need.get("any_of"), need.get("option")
        others = [one for one in needs if one.get("any_of") == label]
        if label and (len(others) == 1 or (option and all(one.get("option") == option for one in others))):
            yield (*path, "needs", number, "any_of"), f"nothing stands beside this option of `{label[:60]}`", ""
            labels.pop(label, None)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


# ---------------------------------------------------------------- templates and AWS's patterns


@lru_cache(maxsize=4096)
def _meet(template: str, shape: str) -> bool:
    """
    Whether some ARN is both what the manifest's `template` becomes and a resource of AWS's `shape`.

    Field by field. A placeholder may become any text, but one that is called a bucket holds no slash: an object is no
    bucket. A template with fewer fields than an ARN may become anything.
    """
    fields = template.split(":", _FIELDS - 1), shape.split(":", _FIELDS - 1)
    return len(fields[0]) < _FIELDS or all(_alike(mine, theirs) for mine, theirs in zip(*fields, strict=False))


_FIELDS = 6
"""Those of an ARN."""


def _alike(template: str, shape: str) -> bool:
    left = _pieces(template, r"\{([^{}]*)\}|\*")
    right = _pieces(shape, r"\$\{([^{}]*)\}")
    # The pairs of places that can be reached with the same text; a wildcard may stand still while the other goes on.
    reached = {(0, 0)}
    for i in range(len(left) + 1):
        for j in range(len(right) + 1):
            if (i, j) not in reached:
                continue
            mine = left[i] if i < len(left) else None
            theirs = right[j] if j < len(right) else None
            if mine in _WILD:
                reached.add((i + 1, j))
            if theirs in _WILD:
                reached.add((i, j + 1))
            if mine is not None and theirs is not None and _same(mine, theirs):
                # Of two wildcards each may stand still, which is said above.
                reached.add((i + (mine not in _WILD), j + (theirs not in _WILD)))
    return (len(left), len(right)) in reached


_ANY, _NO_SLASH = "any text", "text without a slash"
_WILD = (_ANY, _NO_SLASH)


def _pieces(text: str, wildcard: str) -> list[str]:
    """The characters of `text`, with a mark for each wildcard."""
    found: list[str] = []
    at = 0
    for match in re.finditer(wildcard, text):
        found += text[at : match.start()]
        bucket = re.search(r"(?:^|[._|])bucket(?:_?name)?$", match[1] or "", re.IGNORECASE)
        found.append(_NO_SLASH if bucket else _ANY)
        at = match.end()
    return [*found, *text[at:]]


def _same(mine: str, theirs: str) -> bool:
    if mine in _WILD:
        return theirs in _WILD or mine == _ANY or theirs != "/"
    if theirs in _WILD:
        return theirs == _ANY or mine != "/"
    return mine == theirs
