"""The resources of an API call that was seen without its parameters, told by the arguments of the tool that made it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from iamsim.catalog import operation_resources
from iamsim.tools.seen import ApiCall

REGION, ACCOUNT = "region", "account"
"""The parameters of a manifest that the check itself sets."""


@dataclass(frozen=True, slots=True)
class Matched:
    """
    ARN templates over the tool's arguments; `*` stands for what none of them tells.

    `kinds` are those of the arguments that hold more than a plain text. `sure` is False where a part is
    open, or where only AWS's naming tells which parameter stands where.
    """

    resources: tuple[str, ...]
    sure: bool
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Values:
    """The arguments that one call of a tool was given, with the settings beside them, and the region that the server was."""

    given: Mapping[str, object]
    region: str = ""

    def named(self, parameter: str, part: str = "") -> str | None:
        """
        The argument that has the name of an API parameter, but for case, underscores and a final `name`.

        `part` is the value that it must have where the value counts. An empty value counts as none.
        """
        wanted = _plain(parameter)
        for name, value in self.given.items():
            if _plain(name) == wanted and value not in ("", None, False, [], {}):
                return name if not part or str(value).lower() == part.lower() else None
        return None

    def holding(self, text: str) -> str | None:
        """The argument whose value is `text`."""
        return next((name for name, value in self.given.items() if value == text), None)

    def text(self, name: str) -> str:
        """The value of an argument that is a text; else empty."""
        value = self.given.get(name)
        return value if isinstance(value, str) else ""


def matched(call: ApiCall, action: str, values: Values) -> Matched:
    """The resources on which `call` asked for `action`."""
    found = _Filling(call, values)
    service, operation = call.service, call.operation
    templates = operation_resources.resources(service, operation, action, _Sent(found))
    others = operation_resources.resources(service, operation, action)
    if templates is None or others is None:
        return Matched(("*",), sure=False, kinds={})
    resources = [found.filled(template) for template in templates]
    if templates != others:
        # A parameter that no argument tells may have been sent all the same, and chosen another resource.
        found.sure = False
        if len(templates) == len(others):
            resources = [_both(one, found.filled(other)) for one, other in zip(resources, others, strict=True)]
    derived = operation_resources.source(service, operation, action) == "derived"
    return Matched(tuple(dict.fromkeys(resources)), found.sure and not derived, found.kinds)


# ---------------------------------------------------------------- helpers

_PLACEHOLDER = re.compile(r"\{([^{}:]+)(:[a-z]+)?\}")
_URI = "s3://"
_COLONS = 5
_ARN = re.compile(r"arn:[^:\s{}]+:[^:\s{}]+:[^:\s{}]*:[^:\s{}]*:[^\s{}]+")


class _Sent(Collection[str]):
    """The parameters that a call can be taken to have sent: those that an argument has the name of."""

    def __init__(self, filling: _Filling) -> None:
        self._filling = filling

    def __contains__(self, parameter: object) -> bool:
        if not isinstance(parameter, str):
            return False
        return self._filling.values.named(parameter) is not None or self._filling.told(parameter) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Filling:
    """Templates of one call filled; what is found out on the way is kept."""

    def __init__(self, call: ApiCall, values: Values) -> None:
        self.call = call
        self.values = values
        self.sure = True
        self.kinds: dict[str, str] = {}

    def filled(self, template: str) -> str:
        """The template over the arguments; an argument that holds a whole ARN stands alone."""
        alone = _PLACEHOLDER.fullmatch(template)
        for match in _PLACEHOLDER.finditer(template):
            name = self.values.named(match[1])
            if name is None or not _ARN.fullmatch(self.values.text(name)):
                continue
            whole = alone is not None or match[2] == ":whole"
            if whole or operation_resources.may_be_arn(self.call.service, match[1]):
                if whole or match.end() == len(template):
                    self.kinds[name] = "arn"
                    return f"{{{name}}}"
                return self._untold()
        # A manifest cannot put more behind a parameter that is an ARN.
        if not template.startswith("arn:") and template != "*":
            return self._untold()
        return _PLACEHOLDER.sub(lambda match: self._part(match[1], match[2] or ""), template)

    def _untold(self) -> str:
        self.sure = False
        return "*"

    def _part(self, parameter: str, modifier: str) -> str:
        if parameter == REGION:
            return self._region()
        if parameter == ACCOUNT:
            return f"{{{ACCOUNT}}}"
        return self.told(parameter, modifier) or self._untold()

    def told(self, parameter: str, modifier: str = "") -> str | None:
        """The placeholder, or the text, that stands for an API parameter; None where nothing tells it."""
        found = self._of_s3(parameter) if self.call.service == "s3" else None
        name = self.values.named(parameter)
        if found is not None or name is None:
            return found
        value = self.values.given[name]
        whole = isinstance(value, str) and _ARN.fullmatch(value)
        plain = isinstance(value, str | int | list) and not whole and not _changes(modifier, value)
        return f"{{{name}}}" if plain else None

    def _region(self) -> str:
        """The region that the call went to, if it is not the one that the server was started with."""
        region = self.call.region
        for name, value in self.values.given.items():
            if value == region and "region" in name.lower():
                return f"{{{name}}}"
        return region if region and self.values.region and region != self.values.region else f"{{{REGION}}}"

    def _of_s3(self, parameter: str) -> str | None:
        """The bucket, which the host of the request may tell, or else an S3 URI; the key, where it is in that URI."""
        if parameter not in ("Bucket", "Key"):
            return None
        uri = self._uri()
        if parameter == "Bucket" and self.call.bucket:
            name = self.values.holding(self.call.bucket)
            return f"{{{name}}}" if name else self._in(uri, "bucket") if uri else self.call.bucket
        named = self.values.named("Bucket")
        return self._in(uri, parameter.lower()) if uri and (named is None or named == uri) else None

    def _uri(self) -> str | None:
        """The one argument that is an S3 URI, and of the bucket that was seen, where one was."""
        names = [name for name in self.values.given if self.values.text(name).startswith(_URI)]
        if len(names) != 1:
            return None
        bucket = re.split("[/?]", self.values.text(names[0]).removeprefix(_URI), maxsplit=1)[0]
        return names[0] if self.call.bucket in ("", bucket) else None

    def _in(self, uri: str, part: str) -> str:
        self.kinds[uri] = "s3-uri"
        return f"{{{uri}.{part}}}"


def _changes(modifier: str, value: object) -> bool:
    """Whether a modifier makes another text of a value, which no placeholder of a manifest does."""
    if not modifier:
        return False
    text = value if isinstance(value, str) else "/"
    match modifier:
        case ":whole":
            return not isinstance(value, str)
        case ":unrooted":
            return text.startswith("/")
        case ":last" | ":host":
            return "/" in text
        case _:
            return True


def _both(one: str, other: str) -> str:
    """A template that stands for either of two; the first where they differ before the name of the resource."""
    if one == other:
        return one
    same = "".join(mine for mine, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    if same.count("{") > same.count("}"):
        same = same[: same.rindex("{")]
    return f"{same.rstrip('*')}*" if same.count(":") >= _COLONS else one


def _plain(name: str) -> str:
    plain = re.sub("[^a-z0-9]", "", name.lower())
    return plain.removesuffix("name") or plain
