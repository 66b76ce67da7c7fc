"""How a server builds its AssumeRole call, from the parameters that its source gives to it."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.server import AssumeTemplate
from iamsim.tools.infer.choices import options
from iamsim.tools.infer.conditions import parameter_name
from iamsim.tools.infer.credentials import ASSUMES
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.made import Made
from iamsim.tools.infer.resources import Names, text_of
from iamsim.tools.infer.values import Arg, Claim, Clamped, Const, Env, Iter, Obj, Outside, Seq, Text, Value

_LONGEST_NAME = 64


def template(walk: Interpreter, made: Made, names: Names, uncertain: list[str]) -> AssumeTemplate:
    """What the manifest says of the call; whatever the source does not tell becomes a sentence of `uncertain`."""
    given = {each.name: each.value for each in made.parameters}
    role_claims, role_parameter = [], ""
    for option in options(given.get("RoleArn", Const(None, "NoneType"))):
        match option:
            case Claim(name=name):
                role_claims.append(name)
            case Env() | Arg():
                role_parameter = role_parameter or parameter_name(option)
                text_of(option, "", names, arn=True)
    if not role_claims and not role_parameter:
        uncertain.append(f"which role is assumed at {made.site} is not told by the source")
    subjects = dict.fromkeys(
        part.name
        for name in ("SourceIdentity", "RoleSessionName")
        for option in options(given.get(name, Const(None, "NoneType")))
        for part in (option.parts if isinstance(option, Text) else (option,))
        if isinstance(part, Claim)
    )
    subject = next(iter(subjects), "")
    session = _text(given.get("RoleSessionName"), subject)
    if session is None:
        uncertain.append(f"the name of the session that is assumed at {made.site} is not told by the source")
        session = "{subject}" if subject else "mcp-session"
    replaced = next(
        (
            found
            for option in options(given.get("RoleSessionName", Const(None, "NoneType")))
            if (found := walk.replaced.get(option))
        ),
        None,
    )
    identity = _text(given["SourceIdentity"], subject) if "SourceIdentity" in given else None
    if "SourceIdentity" in given and identity is None:
        uncertain.append(
            f"a source identity is sent at {made.site}; what it is, is not told by the source: the token's subject is taken"
        )
        identity = "{subject}"
    external = _text(given["ExternalId"], subject) if "ExternalId" in given else None
    tags = tuple(dict.fromkeys(_claims(walk, given["Tags"]))) if "Tags" in given else ()
    if "Tags" in given and not tags:
        uncertain.append(f"session tags are sent at {made.site}; from which claim is not told by the source")
    transitive = tuple(dict.fromkeys(_claims(walk, given["TransitiveTagKeys"]))) if "TransitiveTagKeys" in given else ()
    if "Policy" in given:
        uncertain.append(
            f"a session policy is sent at {made.site}, which limits what the session may do; it is not read"
        )
    if "ExternalId" in given and external is None:
        uncertain.append(f"an external id is sent at {made.site}; what it is, is not told by the source")
    parameter, default, low, high = "", 3600, 900, 43200
    for option in options(given.get("DurationSeconds", Const(None, "NoneType"))):
        if isinstance(option, Const) and isinstance(option.value, int) and not isinstance(option.value, bool):
            default = max(0, option.value)
        elif isinstance(option, (Env, Clamped)):
            if isinstance(option, Clamped):
                low, high = option.low or low, option.high or high
                option = option.of  # noqa: PLW2901 - the setting itself
            parameter = parameter_name(option)
            text_of(option, "", names)
            if not isinstance(option, Env):
                continue
            default = (
                int(option.default)
                if option.default and option.default.isdigit() and len(option.default) < len("1000000")
                else default
            )
    return AssumeTemplate(
        role_claims=tuple(dict.fromkeys(role_claims)),
        subject_claims=tuple(subjects),
        session_name=session,
        session_name_replace=replaced[0] if replaced and _is_class(replaced[0]) else "",
        session_name_replacement=replaced[1] if replaced and _is_class(replaced[0]) else "-",
        session_name_length=_LONGEST_NAME,
        source_identity=identity,
        tag_claims=tags,
        transitive_claims=transitive,
        external_id=external,
        duration_parameter=parameter,
        duration_default=default,
        duration_min=low,
        duration_max=high,
        source=made.site,
        operation=ASSUMES[made.name],
        role_parameter=role_parameter,
    )


def _is_class(pattern: str) -> bool:
    return (
        pattern.startswith("[")
        and pattern.endswith("]")
        and pattern.count("[") == 1
        and pattern not in ("[]", "[^]")
        and pattern.isprintable()
    )


def _text(value: Value | None, subject: str) -> str | None:
    """A text with `{subject}` and `{unix_time}`; None where the source does not tell all of it."""
    found: list[str] = []
    if value is None or len(options(value)) > 1:
        return None
    for part in value.parts if isinstance(value, Text) else (value,):
        match part:
            case str():
                found.append(part)
            case Const(value=str() as text):
                found.append(text)
            case Claim(name=name) if name == subject:
                found.append("{subject}")
            case Outside(name="time.time()"):
                found.append("{unix_time}")
            case _:
                return None
    text = "".join(found)
    plain = text.replace("{subject}", "").replace("{unix_time}", "")
    return text if text and text.isprintable() and not set(plain) & set("{}") else None


def _claims(walk: Interpreter, value: Value, depth: int = 0) -> Iterator[str]:
    """The claims that a value is made of."""
    for option in options(value):
        match option:
            case Claim(name=name):
                yield name
            case Text(parts=parts):
                yield from (part.name for part in parts if isinstance(part, Claim))
            case Obj() if depth < 4:  # noqa: PLR2004
                for item in walk.heap.get(option, {}).values():
                    yield from _claims(walk, item, depth + 1)
            case Seq(items=items) if depth < 4:  # noqa: PLR2004
                for item in items:
                    yield from _claims(walk, item, depth + 1)
            case Iter(item=item):
                yield from _claims(walk, item, depth + 1)
            case _:
                continue
