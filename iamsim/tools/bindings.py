"""What a tool's permissions become once its parameters have values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from iamsim.errors import InputError
from iamsim.model.principal import HOLE, RESERVED
from iamsim.model.server import Parameter
from iamsim.model.tool import Requirement
from iamsim.tools.expressions import expression
from iamsim.tools.tables import near
from iamsim.tools.templates import Placeholder, names, parts

LIMIT = 2048
"""A value longer than this many characters is refused."""

COMBINATIONS = 1000
"""One template that gives more resources than this is refused."""

S3_PARTS = ("bucket", "key", "versionId")
"""The parts of a parameter of the kind `s3-uri`."""

KINDS = ("text", "flag", "s3-uri", "arn", "number")
"""The kinds of parameters."""

CLAIM = "token"
"""What stands before a claim in a condition: `set(token.session_tags)`."""

TRUE, FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_ARN = re.compile(r"arn:[^:\s{}]+:[^:\s{}]+:[^:\s{}]*:[^:\s{}]*:[^\s{}]+")
_SOMEWHERE = {"s3": f"arn:{HOLE}:s3:::{HOLE}", "kms": f"arn:{HOLE}:kms:{HOLE}:{HOLE}:key/{HOLE}"}
_S3_URI = re.compile(r"s3://(?P<bucket>[^/?]+)(?:/(?P<key>.*?))?(?:\?versionId=(?P<versionId>[^?&]*))?", re.DOTALL)


def settings(texts: Iterable[str], known: Mapping[str, Parameter]) -> dict[str, tuple[str, ...]]:
    """
    The values that texts of the form NAME=VALUE state, by name, several of one name in order.

    Raises `InputError` for a name that is not `known`, an unreadable value or a value that its kind does not allow.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        shown = name[:60]
        if not name:
            raise InputError("`` is no setting", hint="write --set NAME=VALUE")
        if not equals:
            raise InputError(f"`{shown}` has no value", hint=f"write --set {shown}=VALUE")
        if name not in known:
            raise InputError(f"no tool and no server knows the parameter `{shown}`", hint=near(name, known))
        if len(value) > LIMIT:
            raise InputError(f"the value of `{name}` has {len(value)} characters", hint=f"at most {LIMIT} are read")
        if any(mark in value for mark in RESERVED) or any(
            ord(char) < ord(" ") or "\x7f" <= char <= "\x9f" for char in value
        ):
            raise InputError(
                f"the value of `{name}` holds a control or a private-use character", hint="write plain text"
            )
        found[name] = (*found.get(name, ()), _normal(known[name], value))
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}


@dataclass(frozen=True, slots=True)
class Bindings:
    """
    The parameters of one tool and its server with the values they are given.

    `values` are given ones, by name, each with at least one value; names that are not in `parameters` are ignored.
    `parameters` are the server's under the tool's: `{**server.parameters, **tool.parameters}`. `claims` are those of
    the caller's token, which conditions name as `token.NAME`; `whole`: a claim that is not there is not in the token.
    """

    values: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, Parameter]
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: bool = False
    _memory: dict[str, tuple[str, ...] | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def value(self, name: str) -> tuple[str, ...] | None:
        """
        The values of `name`, or of a part such as `s3_uri.bucket`; None when nobody says.

        Defaults count, and where they name other parameters those count too; a value then may hold a `HOLE`. Raises
        `InputError` for defaults that go in circles.
        """
        if name in ("true", "false"):
            return (name,)
        if self._is_claim(name):
            return self.claims.get(name.removeprefix(f"{CLAIM}."), ("",) if self.whole else None)
        if name not in self._memory:
            self._memory[name] = self._value(name, ())
        return self._memory[name]

    def needed(self, requirement: Requirement) -> bool | None:
        """
        Whether `requirement` applies, by its `when`; None when the parameters do not tell.

        Of several values of a parameter each is tried: the tool may be asked with any of them.
        """
        if not requirement.when:
            return True
        written = expression(requirement.when)
        found = {written.holds(partial(self._chosen_value, row=row)) for row in self._choices(written.names)}
        return True if True in found else None if None in found else False

    def _choices(self, names: Iterable[str]) -> Iterable[dict[str, str]]:
        bases = [name.partition(".")[0] for name in dict.fromkeys(names)]
        return self._rows("".join(f"{{{base}}}" for base in dict.fromkeys(bases)))

    def _chosen_value(self, name: str, row: Mapping[str, str]) -> tuple[str, ...] | None:
        """The value of `name` where each parameter has the one of `row`."""
        base, _, part = name.partition(".")
        values = self.value(base)
        if values is None or base not in row or len(values) == 1:
            return self.value(name)
        if not part:
            return (row[base],)
        text = s3_parts(row[base], base)[part]
        return None if text is None else (text,)

    def unknown(self, requirement: Requirement) -> tuple[str, ...]:
        """The parameters that would tell whether `requirement` applies, when that is not known."""
        if self.needed(requirement) is not None:
            return ()
        asked = (name for name in expression(requirement.when).names if self._open(name))
        return tuple(dict.fromkeys(name if self._is_claim(name) else name.partition(".")[0] for name in asked))

    def _is_claim(self, name: str) -> bool:
        return name.startswith(f"{CLAIM}.") and CLAIM not in self.parameters

    def resources(self, requirement: Requirement) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """
        The ARNs that must all be allowed, and the parameters that nobody gave a value.

        A `HOLE` stands for a parameter without a value (an empty one counts as none, unless it is written `{name?}`)
        and for `*` in a template; a resource that is `*` alone stays so. Several values of one parameter give several
        ARNs.
        """
        found: dict[str, None] = {}
        unbound: dict[str, None] = {}
        for template in requirement.resources:
            if template == "*":
                found["*"] = None
                continue
            for row in self._rows(template):
                text = self._filled(template, row, unbound)
                found[self._somewhere(requirement.action, template) if text == HOLE else text] = None
        return tuple(found), tuple(unbound)

    def context(self, requirement: Requirement) -> tuple[Mapping[str, tuple[str, ...]], frozenset[str]]:
        """
        The condition keys the call sends, lower case, with their values, and the keys it does not send.

        A value that nobody tells is a `HOLE`, as is one of several (which of them goes with which resource is not
        kept). A key whose values are all empty and written `{name?}` is not sent.
        """
        values: dict[str, tuple[str, ...]] = {}
        absent = {key.lower() for key in requirement.absent}
        for key, templates in requirement.context.items():
            texts = []
            for template in templates:
                rows = list(self._rows(template))
                text = self._filled(template, rows[0] if len(rows) == 1 else {}, {}, empty=True)
                if text or not _may_be_empty(template):
                    texts.append(text)
            if texts:
                values[key.lower()] = tuple(texts)
            else:
                absent.add(key.lower())
        return values, frozenset(absent)

    def _value(self, name: str, through: tuple[str, ...]) -> tuple[str, ...] | None:
        base, _, part = name.partition(".")
        if base in through:
            circle = " -> ".join((*through[through.index(base) :], base))
            raise InputError(
                f"the defaults of parameters go in circles: {circle}", hint=f"set one of them: --set {base}=…"
            )
        parameter = self.parameters.get(base)
        given = self.values.get(base) if parameter else None
        if given is None and parameter is not None and parameter.default is not None:
            given = self._default(parameter.default, (*through, base))
        if given is None or not part:
            return given
        found = [s3_parts(value, base)[part] for value in given]
        texts = tuple(text for text in found if text is not None)
        return texts if len(texts) == len(found) else None

    def _default(self, template: str, through: tuple[str, ...]) -> tuple[str, ...] | None:
        texts: list[str] = []
        pieces = parts(template)
        for piece in pieces:
            if isinstance(piece, str):
                texts.append(piece)
                continue
            value: tuple[str, ...] | None = None
            for choice in piece.names:
                value = self._value(choice, through)
                if value is None or any(value):
                    break
            if len(pieces) == 1:
                return value
            texts.append(value[0] if value is not None and len(value) == 1 else HOLE)
        return ("".join(texts),)

    def _open(self, name: str) -> bool:
        values = self.value(name)
        return values is None or any(HOLE in value for value in values)

    def _rows(self, template: str) -> Iterable[dict[str, str]]:
        """Every choice of one value for each parameter that the template names and that has several."""
        bases = list(dict.fromkeys(name.partition(".")[0] for name in names(template)))
        columns = [self.value(base) or (HOLE,) for base in bases]
        total = 1
        for column in columns:
            total *= len(column)
        if total > COMBINATIONS:
            raise InputError(
                f"`{template[:120]}` stands for {total} resources", hint=f"give fewer values; {COMBINATIONS} are tried"
            )
        return [dict(zip(bases, row, strict=True)) for row in itertools.product(*columns)]

    def _filled(self, template: str, row: Mapping[str, str], unbound: dict[str, None], *, empty: bool = False) -> str:
        """`template` with the values of `row`; `empty`: an empty value is a value."""
        texts: list[str] = []
        for piece in parts(template):
            if isinstance(piece, str):
                # In a context template a star would be a value; none is written there.
                texts.append(piece if empty else piece.replace("*", HOLE))
                continue
            text = self._chosen(piece, row) or ("" if empty or piece.optional else HOLE)
            if HOLE in text:
                unbound[_name(piece, self.parameters)] = None
            texts.append(text)
        return re.sub(f"{HOLE}+", HOLE, "".join(texts))

    def _somewhere(self, action: str, template: str) -> str:
        """A resource of which nothing is told, as an ARN where the template stands for a whole one."""
        if any(name not in self.parameters or self.parameters[name].kind != "arn" for name in names(template)):
            return HOLE
        service = action.partition(":")[0]
        return _SOMEWHERE.get(service, f"arn:{HOLE}:{service}:{HOLE}:{HOLE}:{HOLE}")

    def _chosen(self, piece: Placeholder, row: Mapping[str, str]) -> str:
        for name in piece.names:
            base, _, part = name.partition(".")
            text = row.get(base, HOLE)
            if part:
                text = HOLE if (found := s3_parts(text, base)[part]) is None else found
            if text:
                return text
        return ""


def s3_parts(value: str, name: str) -> Mapping[str, str | None]:
    """
    Bucket, key and version of an S3 URI; a bucket's bare name stands for `s3://NAME`.

    A key that is not written is None (any key); a version that is not written is empty, as are all parts of an empty
    value. Raises `InputError`, naming the parameter `name`, for anything else.
    """
    if not value:
        return dict.fromkeys(S3_PARTS, "")
    if HOLE in value:
        return dict.fromkeys(S3_PARTS, None)
    match = _S3_URI.fullmatch(value if ":" in value or "/" in value else f"s3://{value}")
    if match is None:
        raise InputError(
            f"`{value[:120]}` is no S3 URI, which `{name}` must be", hint="write s3://BUCKET/KEY or s3://BUCKET"
        )
    return {"bucket": match["bucket"], "key": match["key"] or None, "versionId": match["versionId"] or ""}


def unsuitable(kind: str, value: str) -> str:
    """What a `value` is that a parameter of this `kind` cannot have, in words; empty for one that it can."""
    match kind:
        case "flag" if value not in ("true", "false"):
            return "neither true nor false"
        case "arn" if value and not _ARN.fullmatch(value):
            return "no ARN"
        case "number" if not _NUMBER.fullmatch(value):
            return "no number"
    return ""


def _normal(parameter: Parameter, value: str) -> str:
    if parameter.kind == "flag" and value.lower() in TRUE + FALSE:
        return "true" if value.lower() in TRUE else "false"
    wrong = unsuitable(parameter.kind, value)
    if wrong:
        way = {"flag": "true", "arn": "arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME, or nothing where there is none"}
        raise InputError(
            f"`{value[:60]}` is {wrong}, which `{parameter.name}` must be",
            hint=f"write --set {parameter.name}={way.get(parameter.kind, '10')}",
        )
    if parameter.kind == "s3-uri":
        s3_parts(value, parameter.name)
    return value


def _name(piece: Placeholder, known: Mapping[str, Parameter]) -> str:
    """What to set: of the alternatives the last, which is the one that nothing else can give."""
    bases = [name.partition(".")[0] for name in piece.names]
    return next((base for base in reversed(bases) if base in known), bases[-1])


def _may_be_empty(template: str) -> bool:
    found = [piece for piece in parts(template) if isinstance(piece, Placeholder)]
    return bool(found) and all(piece.optional for piece in found)
