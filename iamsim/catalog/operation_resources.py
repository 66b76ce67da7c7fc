"""On which resources one call of an API operation asks for an action."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from iamsim.catalog import actions, read

_PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::(\w+))?\}")
_GEOGRAPHY = re.compile(r"(?:us|us-gov|eu|apac|jp|au|ca|global)\.")


def resources(
    service: str, operation: str, action: str, parameters: Collection[str] | None = None
) -> tuple[str, ...] | None:
    """
    The resources that one call of `operation` asks `action` on, as ARN templates; None if nothing is known.

    `service` and `operation` are named as in `operations.actions`, the action as `s3:GetObject`.
    `parameters` are those the call sends, in the API's spelling with dots between levels: some choose
    another resource, or ask on one more. None is as if it sent all there are.

    Each template is asked for. It names parameters in braces (`arn:aws:s3:::{Bucket}/{Key}`), with dots
    between levels and lists passed through (`{Delete.Objects.Key}`): where one is a list, each of its
    members is asked for. `{region}` and `{account}` are the call's. `*` is a part that no parameter tells,
    and so is a parameter that the call does not send; `("*",)` is said of an action that takes no resource.
    A template may be one parameter alone (`{SecretArn}`), whose value is an ARN. What follows a colon in the
    braces is how a value is written there: see `filled`. IAM's names are taken to have the path `/`.
    """
    entry = _table(service.lower()).get(_key(operation, action))
    if entry is None:
        return ("*",) if actions.takes_resource(action) is False else None
    chosen = [_chosen(group, parameters) for group in entry.groups]
    found = tuple(dict.fromkeys(template for template in chosen if template))
    return found or (entry.groups[0].removeprefix("?").rpartition("|")[2],)


def filled(service: str, template: str, values: Mapping[str, str], *, region: str = "*", account: str = "*") -> str:
    """
    A template with the values of a call's parameters; `*` for those that `values` does not have.

    `values` are keyed as the template names them, without modifiers, but for `RequestItems:keys`, one key of
    a map. Where `may_be_arn` says so of a parameter and its value is an ARN, the value takes the place of the
    template up to and with the parameter. Modifiers: `last`, what follows the last `/`; `unrooted`, without
    a leading `/`; `host`, without `https://`; `whole`, an ARN here is the whole resource; `revision`, with
    `:*` behind it unless it has a revision; `model`, a model of Bedrock or, if its name begins with a
    geography, an inference profile.
    """
    text = ""
    position = 0
    for found in _PLACEHOLDER.finditer(template):
        text += template[position : found.start()]
        position = found.end()
        name, modifier = found[1], found[2] or ""
        value = values.get(f"{name}:keys" if modifier == "keys" else name, "*")
        if name in ("region", "account"):
            text += region if name == "region" else account
        elif value.startswith("arn:") and modifier != "last" and may_be_arn(service, name):
            text = value
            if modifier in ("whole", "revision", "model"):
                return text
        else:
            text += _written(value, modifier, account)
    return text + template[position:]


def may_be_arn(service: str, parameter: str) -> bool:
    """
    Whether a parameter in a template may hold the ARN of the resource, in place of its name.

    Not said of the bucket of S3: where it is the ARN of an access point, no template is right.
    """
    found = _services().get(service.lower())
    return found is not None and parameter in found.arns


def source(service: str, operation: str, action: str) -> Literal["written", "derived"] | None:
    """
    Where `resources` has its answer from; None where it has none.

    `written`: from AWS's pages, by hand, or the reference says that the action takes no resource.
    `derived`: by comparing the names in AWS's pattern of the resource's ARN with those of the operation's
    parameters; that is likely, not certain.
    """
    entry = _table(service.lower()).get(_key(operation, action))
    if entry is not None:
        return entry.source
    return "written" if actions.takes_resource(action) is False else None


def placeholders(template: str) -> tuple[str, ...]:
    """The parameters that a template names, without their modifiers; `region` and `account` are none."""
    return tuple(name for name, _ in _PLACEHOLDER.findall(template) if name not in ("region", "account"))


def _written(value: str, modifier: str, account: str) -> str:
    if value == "*":
        return value
    if modifier == "last":
        return value.rpartition("/")[2]
    if modifier == "unrooted":
        return value.removeprefix("/")
    if modifier == "host":
        return value.removeprefix("https://")
    if modifier == "revision":
        return value if ":" in value else f"{value}:*"
    if modifier == "model":
        profile = _GEOGRAPHY.match(value)
        return f"{account}:inference-profile/{value}" if profile else f":foundation-model/{value}"
    return value


def _chosen(group: str, parameters: Collection[str] | None) -> str:
    """
    Of alternatives (`|`) the first whose parameters are all sent, else the last.

    Of an optional group (`?`) nothing, where they are not.
    """
    optional = group.startswith("?")
    alternatives = group.removeprefix("?").split("|")
    for template in alternatives:
        if parameters is None or all(_sent(name, parameters) for name in placeholders(template)):
            return template
    return "" if optional else alternatives[-1]


def _sent(name: str, parameters: Collection[str]) -> bool:
    """Whoever sends `CopySource` sends `CopySource.Bucket`, as far as can be told."""
    parts = name.split(".")
    return any(".".join(parts[:length]) in parameters for length in range(1, len(parts) + 1)) or any(
        sent.startswith(f"{name}.") for sent in parameters
    )


def _key(operation: str, action: str) -> str:
    """As the data have it: the operation alone, where the action has its name."""
    name = operation.replace("_", "").lower()
    return name if action.lower().partition(":")[2] == name else f"{name} {action.lower()}"


class _Entry(NamedTuple):
    source: Literal["written", "derived"]
    groups: tuple[str, ...]


class _Service(msgspec.Struct):
    """Under each list of templates (with blanks between them) who asks for them: `CopyObject s3:GetObject`."""

    written: dict[str, tuple[str, ...]] = {}
    derived: dict[str, tuple[str, ...]] = {}
    arns: frozenset[str] = frozenset()


class _File(msgspec.Struct):
    services: dict[str, _Service]


@cache
def _services() -> Mapping[str, _Service]:
    return msgspec.json.decode(read("operation_resources.json"), type=_File).services


@cache
def _table(service: str) -> Mapping[str, _Entry]:
    found = _services().get(service)
    if found is None:
        return {}
    table = {}
    for kind, templates in (("derived", found.derived), ("written", found.written)):
        for groups, asking in templates.items():
            entry = _Entry("written" if kind == "written" else "derived", tuple(groups.split(" ")))
            table.update(dict.fromkeys((each.lower() for each in asking), entry))
    return table
