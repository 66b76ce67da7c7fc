"""The resources of an API call, from what the source gives as its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from iamsim import redact
from iamsim.catalog import actions, operation_resources
from iamsim.model.server import Parameter
from iamsim.tools.infer.choices import concatenated, joined, options
from iamsim.tools.infer.conditions import parameter_name
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.made import Made
from iamsim.tools.infer.values import NONE, UNKNOWN, Arg, Const, Env, Iter, Obj, Seq, Text, Value, const

_WIDE = {"s3": "arn:aws:s3:::*", "sts": "arn:aws:iam::*:role/*", "iam": "arn:aws:iam::*:*"}

MOST = 8
"""A call on more resources than this is told as one on any of them."""

_PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::(\w+))?\}")
_PLAIN = re.compile(r"[^{}*]*")


@dataclass(slots=True)
class Names:
    """
    What the templates of one tool name: parameters to declare, with what they are.

    `arguments` are the tool's own with their defaults; `declared` are those that the server has to declare.
    """

    arguments: Mapping[str, str | None]
    declared: dict[str, Parameter] = field(default_factory=dict)

    def declare(self, name: str, description: str, default: str | None = None, kind: str = "text") -> None:
        """Notes a parameter; where it is one of several kinds it is a text."""
        before = self.declared.get(name)
        if before is None or (before.kind == "text" and kind != "text"):
            told = (
                default
                if default is None
                or (redact.line(f"{name}={default}") == f"{name}={default}" and default.isprintable())
                else None
            )
            self.declared[name] = Parameter(name, redact.line(description), told, kind)

    def declare_account(self) -> None:
        """Notes the region and the account of a call."""
        self.declare("region", "The region of the call")
        self.declare("account", "The account the resources are in")


@dataclass(frozen=True, slots=True)
class Asked:
    """On which resources an action is asked; `written`: by AWS's pages, not by likeness of names."""

    resources: tuple[str, ...]
    written: bool


def sent(walk: Interpreter, made: Made, *, sure: bool) -> tuple[str, ...]:
    """The parameters that a call sends, with dots between levels; with `sure` only those that it sends each time."""
    found: dict[str, None] = {}
    for each in made.parameters:
        if each.maybe and sure:
            continue
        if each.value == NONE:
            continue
        found[each.name] = None
        for option in options(each.value):
            if isinstance(option, Obj) and option.kind == "dict":
                found.update(
                    dict.fromkeys(
                        f"{each.name}.{name}" for name in walk.heap.get(option, {}) if name not in ("*", "**")
                    )
                )
            if isinstance(option, Const) and isinstance(option.value, (str, bool)):
                written = option.value if isinstance(option.value, str) else str(option.value).lower()
                found[f"{each.name}={written}"[:80]] = None
    return tuple(found)


def asked(walk: Interpreter, made: Made, action: str, names: Names) -> Asked:
    """The resources on which `made` asks for `action`."""
    parameters = sent(walk, made, sure=False)
    templates = operation_resources.resources(made.service, made.operation, action, parameters)
    written = operation_resources.source(made.service, made.operation, action) == "written"
    if templates is None:
        return Asked((anything(action),), written=False)
    found = dict.fromkeys(text for template in templates for text in _filled(walk, made, template, names, action))
    return Asked(tuple(found) if len(found) <= MOST else (anything(action),), written)


def anything(action: str) -> str:
    """The ARN of anything that an action may be asked on, of which nothing is told."""
    service = action.partition(":")[0]
    if service in _WIDE:
        return _WIDE[service]
    found = actions.action(action)
    patterns = {
        pattern
        for name in (found.resource_types if found else ())
        if (pattern := (actions.resource_types(service) or {}).get(name))
    }
    forms = {
        re.sub(r"\*+", "*", re.sub(r"\$\{(?!Partition)\w+\}", "*", pattern)).replace("${Partition}", "aws")
        for pattern in patterns
    }
    if len(forms) == 1:
        return forms.pop()
    services = {form.split(":")[2] for form in forms} or {service}
    return f"arn:aws:{services.pop() if len(services) == 1 else '*'}:*:*:*"


def _filled(walk: Interpreter, made: Made, template: str, names: Names, action: str) -> Iterator[str]:
    if template == "*":
        yield "*"
        return
    alone = _PLACEHOLDER.fullmatch(template) is not None
    rows: list[dict[str, str]] = [{}]
    for match in _PLACEHOLDER.finditer(template):
        if match[1] in ("region", "account"):
            names.declare(
                match[1], "The region of the call" if match[1] == "region" else "The account the resources are in"
            )
            continue
        name = f"{match[1]}:keys" if match[2] == "keys" else match[1]
        texts = list(dict.fromkeys(_texts(value_of(walk, made, name), match[2] or "", names, arn=alone)))
        rows = [{**row, name: text} for row in rows for text in texts[: MOST + 1]]
        if len(rows) > MOST * MOST:
            break
    for row in rows:
        values = {
            name: f"arn:{_MARK}{text}" if _is_arn(made.service, name, text, names) else text
            for name, text in row.items()
        }
        text = operation_resources.filled(made.service, template, values, region="{region}", account="{account}")
        text = text.replace(f"arn:{_MARK}", "")
        if alone and not text.startswith(("arn:", "{")):
            text = anything(action)
        yield re.sub(r"\*+", "*", text)


_MARK = "\x00"
"""Stands before an argument that is called an ARN, for as long as it takes to fill a template."""


def _is_arn(service: str, parameter: str, text: str, names: Names) -> bool:
    """Whether a parameter that may be a name or an ARN is given by something that is called an ARN."""
    if not operation_resources.may_be_arn(service, parameter) or not re.fullmatch(
        r"\{(?:\w*[aA][rR][nN]s?\|?)+\}", text
    ):
        return False
    for name in text[1:-1].split("|"):
        names.declare(name, f"The ARN given as {name}", None, "arn")
    return True


def value_of(walk: Interpreter, made: Made, path: str) -> Value:
    """What a parameter is, `path` with dots between levels; lists are passed through."""
    if path.endswith(":keys"):
        given = [each.value for each in made.parameters if each.name == path]
        if given:
            return given[0]
        maps = [
            option
            for option in options(value_of(walk, made, path.removesuffix(":keys")))
            if isinstance(option, Obj) and option.kind == "dict"
        ]
        return joined(
            const(name) if name not in ("*", "**") else UNKNOWN for each in maps for name in walk.heap.get(each, {})
        )
    first, _, rest = path.partition(".")
    found = next((each.value for each in made.parameters if each.name == first), UNKNOWN)
    for part in rest.split(".") if rest else ():
        found = joined(_inside(walk, option, part) for option in options(found))
    return joined(_items(walk, found))


def _inside(walk: Interpreter, value: Value, name: str) -> Value:
    found = []
    for option in _items(walk, value):
        if name in ("Bucket", "Key") and (
            isinstance(option, Text) or (isinstance(option, Const) and isinstance(option.value, str))
        ):
            # A copy's source is written as a text, too.
            found.append(_of_source(option, name))
            continue
        fields = walk.heap.get(option, {}) if isinstance(option, Obj) else {}
        found.append(fields.get(name, fields.get("*", UNKNOWN)))
    return joined(found)


def _of_source(value: Text | Const, name: str) -> Value:
    """The bucket or the key in `bucket/key`."""
    parts: list[str | Value] = list(value.parts) if isinstance(value, Text) else [str(value.value)]
    for place, part in enumerate(parts):
        if isinstance(part, str) and "/" in part.lstrip("/" if not place else ""):
            before, _, after = (part.lstrip("/") if not place else part).partition("/")
            return concatenated([*parts[:place], before] if name == "Bucket" else [after, *parts[place + 1 :]])
    return UNKNOWN


def _items(walk: Interpreter, value: Value) -> list[Value]:
    """A list's items, or the value itself."""
    found: list[Value] = []
    for option in options(value):
        match option:
            case Obj(kind="list"):
                found += [each for item in walk.heap.get(option, {}).values() for each in options(item)]
            case Seq(items=items):
                found += [each for item in items for each in options(item)]
            case Iter(item=item):
                found += options(item)
            case _:
                found.append(option)
    return found or [UNKNOWN]


def _texts(value: Value, modifier: str, names: Names, *, arn: bool) -> Iterator[str]:
    several = [option for option in options(value) if option != NONE]
    if len(several) > MOST or UNKNOWN in several:
        told = [option for option in several if isinstance(option, (Arg, Env))]
        # What is given by argument or setting, else found out: the argument stands for it.
        yield text_of(told[0], modifier, names, arn=arn) if len(told) == 1 and len(several) <= MOST else "*"
        return
    told = [option for option in several if isinstance(option, (Arg, Env))]
    if told and len(told) < len(several):
        # Given, or else a literal: which of the two, the argument tells.
        yield text_of(told[0], modifier, names, arn=arn)
        return
    if len(told) > 1:
        shown = [text_of(option, modifier, names, arn=arn) for option in told]
        if all(re.fullmatch(r"\{\w+\}", text) for text in shown):
            yield "{" + "|".join(dict.fromkeys(text[1:-1] for text in shown)) + "}"
            return
    for option in several or [UNKNOWN]:
        yield text_of(option, modifier, names, arn=arn)


def text_of(value: Value, modifier: str, names: Names, *, arn: bool = False) -> str:
    """A value as a piece of a template: text, placeholders, and `*` for what is not told."""
    match value:
        case Const(value=str() as text):
            if not text.isprintable() or not _PLAIN.fullmatch(text) or redact.line(text) != text:
                return "*"
            return (
                text.rstrip("/").rpartition("/")[2]
                if modifier == "last"
                else text.lstrip("/")
                if modifier == "unrooted"
                else text
            )
        case Const(value=int() as number) if not isinstance(number, bool):
            return str(number)
        case Arg() | Env():
            return _placeholder(value, modifier, names, arn=arn)
        case Text(parts=parts):
            made = "".join(
                part
                if isinstance(part, str) and part.isprintable() and _PLAIN.fullmatch(part)
                else "*"
                if isinstance(part, str)
                else _optional(text_of(part, "", names), names)
                for part in parts
            )
            return (
                made.rpartition("/")[2] if modifier == "last" else made.lstrip("/") if modifier == "unrooted" else made
            )
        case _:
            return "*"


def _optional(text: str, names: Names) -> str:
    """A placeholder inside of a longer text, which may be empty where the argument is unless somebody gives it."""
    return f"{text[:-1]}?}}" if text.startswith("{") and names.arguments.get(text[1:-1]) == "" else text


def _placeholder(value: Arg | Env, modifier: str, names: Names, *, arn: bool) -> str:
    if isinstance(value, Arg) and "//" in value.name:
        base, _, part = value.name.partition("//")
        names.declare(base, f"The S3 URI given as `{base}`", None, "s3-uri")
        return f"{{{base}.{part}}}"
    name = parameter_name(value)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name in ("true", "false", "set"):
        return "*"
    if isinstance(value, Env):
        names.declare(name, setting_words(value), value.default, "arn" if arn else "flag" if value.flag else "text")
    elif name not in names.arguments or arn:
        described = (
            f"The part {value.name.partition('.')[2]} of the argument {value.name.partition('.')[0]}"
            if "." in value.name
            else f"The argument {value.name}"
        )
        names.declare(name, described, None, "arn" if arn else "text")
    if modifier == "last":
        shown = f"{name}_name"
        names.declare(shown, f"What stands behind the last slash of {name}")
        return f"{{{shown}}}"
    return f"{{{name}}}"


def setting_words(value: Env) -> str:
    """What a setting is, for whoever has to give it."""
    if value.option:
        return f"The option --{value.name.replace('_', '-')} of the server's command line"
    return f"The variable {value.name} of the server's environment"
