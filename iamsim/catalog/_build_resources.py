"""What `operation_resources.json` holds: on which resources an operation asks for its actions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from iamsim.catalog import _build_sdk, actions, operations, reference, sdk

Rules = Mapping[str, Any]

PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::\w+)?\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SUFFIX = re.compile("(NameWithPath|WithoutLeadingSlash|ResourceId|Identifier|Name|Id)$")
_DEEPEST = 2
_SHORTEST = 2
_GENERIC = ("resourcearn", "resource", "arn")
_BARE = ("name", "id", "identifier", "names", "ids")


class Kind(NamedTuple):
    """A resource type of an action, with AWS's pattern of its ARN."""

    name: str
    pattern: str
    required: bool


def content() -> dict[str, dict[str, Any]]:
    """Per service of the SDK: under `written` and `derived` each list of templates, with who asks for them."""
    return {client: found for client in _build_sdk.clients() if (found := _service(client))}


def written() -> dict[str, Any]:
    """The rules of `resource_rules.json` by service."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "resource_rules.json").read_text("utf-8"))
    return dict(found["services"])


def leads(api: Mapping[str, Any], operation: str, path: str) -> bool:
    """Whether `path` (`TableInput.Name`) is a member of the operation's input; lists and maps are passed through."""
    shape = api["operations"][operation].get("input", {}).get("shape")
    for part in path.split("."):
        kind = _unwrapped(api, shape)
        member = kind.get("members", {}).get(part)
        if member is None:
            return False
        shape = member["shape"]
    return shape is not None


# ---------------------------------------------------------------- one service


def _service(client: str) -> dict[str, Any]:
    rules: Rules = written().get(client, {})
    api = _build_sdk.model(client)
    tables: dict[str, dict[str, list[str]]] = {"written": {}, "derived": {}}
    arns: set[str] = set()
    for operation in sorted(api["operations"]):
        for action in sorted(_actions(client, operation)):
            source, groups = _groups(client, api, operation, action, rules)
            if not groups or (groups == ("*",) and source == "derived"):
                continue
            own = action.partition(":")[2].lower() == operation.lower()
            tables[source].setdefault(" ".join(groups), []).append(operation if own else f"{operation} {action}")
            passed = action == "iam:PassRole" and action not in rules.get("operations", {}).get(operation, {})
            for name in _own_placeholders(" ".join(groups)):
                by_name = passed and not name.lower().endswith("arn")
                if (
                    by_name
                    or name in rules.get("arns", ())
                    or (source == "derived" and _may_be_arn(api, operation, name))
                ):
                    arns.add(name)
    found: dict[str, Any] = {source: dict(sorted(table.items())) for source, table in tables.items() if table}
    if arns:
        found["arns"] = sorted(arns)
    return found


def _actions(client: str, operation: str) -> set[str]:
    """Every action that a call of the operation may ask for, but for those that only what it meets brings."""
    known = operations.describe(client, operation)
    if known is None:
        named = operations.namesake(client, operation)
        return set() if named is None else {named}
    found = set(known.actions or ())
    for table in (known.also, known.choices):
        found.update(action for named in table.values() for action in named)
    found.update(action for pairs in known.instead.values() for action in pairs.values())
    return found


def _groups(
    client: str, api: Mapping[str, Any], operation: str, action: str, rules: Rules
) -> tuple[str, tuple[str, ...]]:
    by_operation = rules.get("operations", {}).get(operation, {})
    exact = by_operation.get(action) or by_operation.get("*") or rules.get("actions", {}).get(action)
    if exact is not None:
        return "written", tuple(exact)
    found = actions.action(action)
    if found is None or not found.resource_types:
        return "derived", ()
    kinds = _kinds(found.service, found.name)
    if groups := _by_rule(api, operation, kinds, rules):
        return "written", groups
    if found.service != sdk.prefix(client) or action == "iam:PassRole":
        groups = _elsewhere(client, api, operation, action, kinds)
        # Whatever role a call hands over is what iam:PassRole is asked on.
        return "written" if action == "iam:PassRole" and "{" in " ".join(groups).replace(
            "{account}", ""
        ) else "derived", groups
    return "derived", _derived(api, operation, kinds, _members(api, operation))


def _kinds(service: str, name: str) -> tuple[Kind, ...]:
    patterns = actions.resource_types(service) or {}
    details = reference().actions.get_action_details(service, name)["resourceTypes"]
    return tuple(
        Kind(each["name"], patterns[each["name"]], each["required"]) for each in details if each["name"] in patterns
    )


def _elsewhere(
    client: str, api: Mapping[str, Any], operation: str, action: str, kinds: Sequence[Kind]
) -> tuple[str, ...]:
    """On what an action of another service is asked: on what the parameters name that bring it."""
    known = operations.describe(client, operation)
    named = [name.partition("=")[0] for name, brought in known.also.items() if action in brought] if known else []
    if action == "iam:PassRole" and not named:
        named = list(_roles(api, api["operations"][operation].get("input", {}).get("shape"), ()))
    single = [kind for kind in kinds if len(_variables(kind.pattern)) == 1]
    texts = [name for name in named if _text(api, operation, name)]
    if not texts or not single:
        service = action.partition(":")[0]
        # The `Key` of S3 is no key of KMS.
        told = _members(api, operation) if service != "kms" else {}
        return _derived(api, operation, kinds, told)
    pattern = next((kind.pattern for kind in single if kind.required), single[0].pattern)
    whole = [
        f"{{{name}}}" if name.lower().endswith("arn") else _filled(pattern, {_variables(pattern)[0]: name})
        for name in texts
    ]
    return tuple(f"?{each}" if len(whole) > 1 else each for each in whole)


# ---------------------------------------------------------------- by rule


def _by_rule(api: Mapping[str, Any], operation: str, kinds: Sequence[Kind], rules: Rules) -> tuple[str, ...]:
    """One template for each type that the action requires, or one of those that it allows; none if one is not written."""
    types: Mapping[str, Sequence[str]] = rules.get("types", {})
    ignored = rules.get("ignored", ())
    required = [kind.name for kind in kinds if kind.required and kind.name not in ignored]
    if any(name not in types for name in required):
        return ()
    allowed = {kind.name for kind in kinds if kind.name not in ignored}
    if not required and not allowed <= types.keys():
        return ()
    picked = [
        next((each for each in types[name] if _covered(api, operation, each)), "")
        for name in types
        if name in (required or allowed)
    ]
    if not picked or not all(picked):
        return ()
    if required:
        return tuple(dict.fromkeys(picked))
    return (next((each for each in picked if _own_placeholders(each)), picked[0]),)


def _own_placeholders(template: str) -> list[str]:
    return [name for name in PLACEHOLDER.findall(template) if name not in ("region", "account")]


def _covered(api: Mapping[str, Any], operation: str, template: str) -> bool:
    return all(leads(api, operation, name) for name in _own_placeholders(template))


# ---------------------------------------------------------------- by names


def _derived(
    api: Mapping[str, Any], operation: str, kinds: Sequence[Kind], members: Mapping[str, str]
) -> tuple[str, ...]:
    required = [kind for kind in kinds if kind.required]
    pool = required or _meant(operation, kinds)
    matched = [(kind, *_matched(operation, kind, members)) for kind in pool]
    full = [(template, names) for _, template, names, missing in matched if names and not missing]
    if full:
        return _distinct(api, operation, full) if required else (max(full, key=lambda each: len(each[1]))[0],)
    if generic := [name for name in members if _any_arn(api, operation, name)]:
        return (f"{{{generic[0]}}}",)
    _, template, names, _ = max(matched, key=lambda each: len(each[2]))
    if names or len(pool) == 1:
        return (template,)
    heads = {":".join(_filled(kind.pattern, {}).split(":")[:5]) for kind in pool}
    return (f"{heads.pop()}:*",) if len(heads) == 1 else ("*",)


def _meant(operation: str, kinds: Sequence[Kind]) -> list[Kind]:
    """Of the types that an action may be limited to those that the operation is named after, where it is."""
    longest = max((len(_stem(kind.name)) for kind in kinds if _about(operation, kind.name)), default=0)
    meant = [kind for kind in kinds if _about(operation, kind.name) and len(_stem(kind.name)) == longest]
    return meant or list(kinds)


def _any_arn(api: Mapping[str, Any], operation: str, name: str) -> bool:
    """Whether a parameter is the ARN of whatever the call is about."""
    if name.lower() in _GENERIC:
        return True
    return name.lower() == "resourcename" and any(map(_speaks_of_arns, _texts(api, operation, name)))


def _distinct(api: Mapping[str, Any], operation: str, full: Sequence[tuple[str, frozenset[str]]]) -> tuple[str, ...]:
    """Of several types those that are told by parameters of their own: the others are ways to read the same ones."""
    must = set(api["shapes"][api["operations"][operation]["input"]["shape"]].get("required", ()))
    kept: list[tuple[str, frozenset[str]]] = []
    for template, names in sorted(full, key=lambda each: -len(each[1])):
        if not any(names <= others for _, others in kept):
            kept.append((template, names))
    if len(kept) == 1:
        return (kept[0][0],)
    return tuple(sorted(template if names <= must else f"?{template}" for template, names in kept))


def _matched(operation: str, kind: Kind, members: Mapping[str, str]) -> tuple[str, frozenset[str], bool]:
    """The template of a type, the parameters in it, and whether a part of it is told by none."""
    variables = _variables(kind.pattern)
    if not variables:
        return _filled(kind.pattern, {}), frozenset(), True
    if arn := _arn(operation, kind, variables[-1], members):
        return f"{{{arn}}}", frozenset((arn,)), False
    found: dict[str, str] = {}
    for variable in variables:
        left = {name: shape for name, shape in members.items() if name not in found.values()}
        if member := _member(operation, kind, variable, left, last=variable == variables[-1]):
            found[variable] = member
    return _filled(kind.pattern, found), frozenset(found.values()), len(found) < len(variables)


def _variables(pattern: str) -> list[str]:
    return [name for name in _VARIABLE.findall(pattern) if name not in ("Partition", "Region", "Account")]


def _filled(pattern: str, found: Mapping[str, str]) -> str:
    known = {"Partition": "aws", "Region": "{region}", "Account": "{account}"}
    known |= {variable: f"{{{member}}}" for variable, member in found.items()}
    return _VARIABLE.sub(lambda each: known.get(each[1], "*"), pattern)


def _arn(operation: str, kind: Kind, variable: str, members: Mapping[str, str]) -> str | None:
    for name in members:
        stem = re.sub("s$", "", name.lower()).removesuffix("arn")
        if stem != re.sub("s$", "", name.lower()) and (
            stem in _stems(kind, variable) or (not stem and _about(operation, kind.name))
        ):
            return name
    return None


def _member(operation: str, kind: Kind, variable: str, members: Mapping[str, str], *, last: bool) -> str | None:
    """The parameter that a variable of the pattern stands for, by its name."""
    wanted = variable.lower()
    stems = _stems(kind, variable) if last else _stems(None, variable)
    for test in (
        lambda name: name == wanted,
        lambda name: _stem(name) == _stem(variable),
        lambda name: _stem(name) in stems,
        lambda name: (
            (name in _BARE and _about(operation, variable)) or (last and name in _BARE and _about(operation, kind.name))
        ),
    ):
        for name in members:
            if test(name.lower()):
                return name
    return None


def _stem(name: str) -> str:
    plain = re.sub("(?<!s)s$", "", name)
    short = re.sub("(namewithpath|withoutleadingslash|resourceid|identifier|name|id)$", "", plain.lower())
    return (short or plain.lower()).replace("-", "").replace("_", "")


def _stems(kind: Kind | None, variable: str) -> set[str]:
    found = {_stem(variable)}
    if kind is not None:
        found.add(_stem(kind.name))
    return found - {"resource", "", "name", "id"}


def _about(operation: str, kind: str) -> bool:
    """Whether an operation is one on this type: DescribeCluster on a cluster."""
    noun = re.split("(?<=[a-z])(?:From|To|By|For|With)(?=[A-Z])", re.sub("^[A-Z][a-z]+", "", operation))[0].lower()
    plain = _stem(kind.replace(" ", ""))
    return len(plain) >= _SHORTEST and (noun.endswith(plain) or noun.removesuffix("s").endswith(plain))


# ---------------------------------------------------------------- shapes


def _members(api: Mapping[str, Any], operation: str) -> dict[str, str]:
    """The parameters of an operation that are texts or lists of texts, in their order, with their shapes."""
    shape = api["operations"][operation].get("input", {}).get("shape")
    found = {}
    for name, member in (api["shapes"][shape].get("members", {}) if shape else {}).items():
        kind = api["shapes"][member["shape"]]
        if kind["type"] == "list":
            kind = api["shapes"][kind["member"]["shape"]]
        if kind["type"] == "string":
            found[name] = member["shape"]
    return found


def _text(api: Mapping[str, Any], operation: str, path: str) -> bool:
    """Whether `path` leads to a text, or a list of texts."""
    shape = api["operations"][operation].get("input", {}).get("shape")
    for part in path.split("."):
        member = _unwrapped(api, shape).get("members", {}).get(part)
        if member is None:
            return False
        shape = member["shape"]
    return _unwrapped(api, shape).get("type") == "string"


def _roles(api: Mapping[str, Any], shape: str | None, path: tuple[str, ...]) -> Iterator[str]:
    """The parameters that are named as a role is, three levels deep."""
    for name, member in _unwrapped(api, shape).get("members", {}).items():
        if re.search("role(arn)?$", name, re.IGNORECASE):
            yield ".".join((*path, name))
        elif len(path) < _DEEPEST:
            yield from _roles(api, member["shape"], (*path, name))


def _unwrapped(api: Mapping[str, Any], shape: str | None) -> Mapping[str, Any]:
    kind: Mapping[str, Any] = api["shapes"][shape] if shape else {}
    while kind.get("type") in ("list", "map"):
        kind = api["shapes"][(kind.get("member") or kind["value"])["shape"]]
    return kind


def _may_be_arn(api: Mapping[str, Any], operation: str, name: str) -> bool:
    """Whether the value may be an ARN, by the shape's pattern or by what the documentation says of it."""
    return not re.search("arns?$", name, re.IGNORECASE) and any(map(_speaks_of_arns, _texts(api, operation, name)))


def _texts(api: Mapping[str, Any], operation: str, path: str) -> Iterator[str]:
    """What is said of a parameter: by its member, and by the shapes that it has."""
    shape = api["operations"][operation].get("input", {}).get("shape")
    member: Mapping[str, Any] = {}
    for part in path.split("."):
        member = _unwrapped(api, shape).get("members", {}).get(part)
        if member is None:
            return
        shape = member["shape"]
    yield member.get("documentation", "")
    for kind in (api["shapes"][shape], _unwrapped(api, shape)):
        yield from (kind.get("documentation", ""), kind.get("pattern", ""))


def _speaks_of_arns(text: str) -> bool:
    return bool(re.search(r"\bARNs?\b|Amazon Resource Name|arn:|\(arn", text))
