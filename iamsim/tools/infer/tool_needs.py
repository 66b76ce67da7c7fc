"""One tool of the walk as a tool of the manifest: its calls become needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from iamsim.catalog import operations
from iamsim.model.finding import Confidence
from iamsim.model.server import Parameter
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from iamsim.tools import expressions, implied, templates
from iamsim.tools.infer import resources
from iamsim.tools.infer.besides import Besides
from iamsim.tools.infer.choices import options
from iamsim.tools.infer.conditions import is_secret, parameter_name
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.made import Made
from iamsim.tools.infer.merging import Found, always, enough, in_order, merged
from iamsim.tools.infer.resources import Names, text_of
from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.values import NONE, Env
from iamsim.tools.infer.walk import Walked
from iamsim.tools.infer.wording import printable, summary
from iamsim.tools.servers import NAME

MOST_NEEDS = 400
"""A tool with more needs than this is told with those, and with something unresolved."""

_LISTS = {"s3.ListObjectsV2", "s3.ListObjects", "s3.ListObjectVersions"}


class ToolNeeds:
    """One tool of the walk as a tool of the manifest."""

    def __init__(self, walk: Interpreter, walked: Walked, server: str, shared: Names, chosen: Made | None) -> None:
        self.walk = walk
        self.walked = walked
        self.server = server
        self.names = Names({each.name: each.default for each in walked.arguments}, shared.declared)
        self.chosen = chosen
        self.unresolved: dict[tuple[str, str], str] = {}
        self.found: dict[tuple[object, ...], Found] = {}
        self.before: dict[int, tuple[str, ...]] = {}
        self.besides = Besides(self.names, self.unresolved)

    def tool(self) -> Tool:
        """The tool with everything that it needs."""
        walked, assumes = self.walked, self._collected()
        needs = self._needs()
        for need in needs:
            self._declared(need.when)
        for each in walked.arguments:
            for name in templates.names(each.default or ""):
                self._declared(f"set({name})")
        return Tool(
            server=self.server,
            name=walked.tool.name,
            assumes=assumes,
            requirements=tuple(in_order(needs)),
            description=summary(walked.tool.description),
            credentials=self._credentials(needs),
            parameters=self._parameters(),
            notes=(f"registered only where {printable(walked.tool.maybe)}",) if walked.tool.maybe else (),
            source=printable(walked.tool.site),
            unresolved=tuple(
                Unresolved(printable(what), printable(why), printable(site))
                for (what, why), site in sorted(self.unresolved.items())
            ),
        )

    def _collected(self) -> bool:
        """Takes up every call of the tool; whether it assumes the server's role."""
        assumes = False
        for made in self._chained(self.walked.made):
            if made.unresolved:
                self.unresolved.setdefault((made.operation, made.unresolved), made.site)
            elif made.call and self.chosen is not None and made.alike == self.chosen.alike:
                # One that is only tried gates nothing: the need of the role's credentials tells it.
                if always(made):
                    assumes = True
                elif not made.optional and not made.after:
                    self._made(made)
            else:
                if self.before.get(id(made)) and "role" in self.before[id(made)]:
                    assumes = False
                self._made(made)
        return assumes

    def _needs(self) -> list[Requirement]:
        """The needs of all calls, with those that follow from them, no more than `MOST_NEEDS`."""
        site = self.walked.tool.site
        if self.walked.spent:
            self.unresolved[("the rest of the tool", "it is too large to be followed to its end")] = site
        needs = [merged(found) for found in self.found.values()]
        swallowed = bool(needs) and all(need.necessity is Necessity.OPTIONAL for need in needs)
        several = len({need.operation or need.action for need in needs}) > 1
        if swallowed:
            needs = enough(needs, several=several)
        needs += [each for need in needs for each in self._implied(need)]
        besides = list(self.besides.of(self.found.values(), needs))
        needs += enough(besides, several=several) if swallowed else besides
        if len(needs) > MOST_NEEDS:
            needs = needs[:MOST_NEEDS]
            self.unresolved[("further needs", f"there are more than {MOST_NEEDS}")] = site
        return needs

    def _credentials(self, needs: Iterable[Requirement]) -> tuple[Credential, ...]:
        """Whose credentials the tool uses: a call that needs no permission needs somebody's, too."""
        made = [each for each in self.walked.made if not each.unresolved and not each.call]
        used = (*(each for need in needs for each in need.credentials), *(Credential(each.signed.who) for each in made))
        if used:
            return tuple(dict.fromkeys(used))
        return (Credential.SERVER,) if self.unresolved or self.walked.made else (Credential.NONE,)

    def _parameters(self) -> dict[str, Parameter]:
        """The tool's own arguments, those left out whose name no condition can use."""
        return {
            each.name: Parameter(
                each.name,
                "",
                _default(each.name, each.default),
                each.kind if each.default in ("true", "false") or each.kind == "flag" else "text",
            )
            for each in self.walked.arguments
            if NAME.fullmatch(each.name) and each.name not in ("true", "false", "set")
        }

    def _chained(self, made: Iterable[Made]) -> Iterator[Made]:
        """The calls; one that is repeated with other credentials after a failure is one call that tries them in order."""
        listed = list(made)
        dropped: set[int] = set()
        for number, second in enumerate(listed):
            if second.unresolved or not second.after:
                continue
            tried = [
                place
                for place, first in enumerate(listed)
                if place != number and first.name == second.name and first.name in second.after and first.signed.who != second.signed.who and first.parameters == second.parameters and first.deferred == second.deferred
            ]  # fmt: skip
            if tried:
                dropped.update(tried)
                self.before[id(second)] = tuple(dict.fromkeys(listed[place].signed.who for place in tried))
                listed[number] = replace(second, after=())
                self.before[id(listed[number])] = self.before[id(second)]
        yield from (each for number, each in enumerate(listed) if number not in dropped)

    def _made(self, made: Made) -> None:
        """The needs of one API call."""
        if made.method or (made.service in ("es", "aoss") and made.operation in ("ESHttp", "APIAccessAll")):
            self._http(made)
            return
        if not made.service:
            self._need(
                made,
                made.operation,
                (resources.anything(made.operation),),
                likely=made.likely,
                note="",
            )
            return
        described = operations.describe(made.service, made.operation)
        sure = operations.actions(made.service, made.operation, resources.sent(self.walk, made, sure=True))
        every = operations.actions(made.service, made.operation, resources.sent(self.walk, made, sure=False))
        note, likely = "", made.likely
        if every is None and sure is None:
            alike = operations.namesake(made.service, made.operation)
            if alike is None:
                why = (
                    described.unmapped
                    if described is not None and described.unmapped
                    else "which action it needs is not known"
                )
                if not (described is not None and described.actions == ()):
                    self.unresolved.setdefault((made.name, why), made.site)
                return
            every = sure = (alike,)
            note = "the action is taken for the operation's by its name"
            likely = likely or note
        for action in dict.fromkeys((*(sure or ()), *(every or ()))):
            asked = resources.asked(self.walk, made, action, self.names)
            if not asked.written and not note:
                likely = likely or "the resource's form is concluded from the names of parameters"
            call = made
            before = self.before.get(id(made), ())
            if action not in (sure or ()):
                call = replace(
                    made,
                    conditions=(*made.conditions, Condition("", "a parameter is sent that asks for it", exact=False)),
                )
            elif action not in (every or ()):
                call = replace(
                    made,
                    conditions=(
                        *made.conditions,
                        Condition("", "no parameter is sent that asks for another", exact=False),
                    ),
                )
            self.before[id(call)] = before
            self._need(call, action, asked.resources, likely=likely, note=likely or "")

    def _http(self, made: Made) -> None:
        """A request to OpenSearch that the source signs, or that carries a user and a password."""
        if made.signed.who == "bearer":
            # IAM is not asked; that the tool uses a token or a password is told by its credentials.
            return
        if made.service == "aoss":
            self.names.declare("collection_id", "The id of the OpenSearch Serverless collection that is asked")
            self.names.declare_account()
            self._need(
                made,
                "aoss:APIAccessAll",
                ("arn:aws:aoss:{region}:{account}:collection/{collection_id}",),
                likely=made.likely,
                note="",
            )
            return
        self.names.declare("domain", "The OpenSearch domain that is asked")
        self.names.declare_account()
        index = next((each.value for each in made.parameters if each.name == "index"), None)
        told = (
            text_of(index, "", self.names) if index is not None and len(options(index)) == 1 and index != NONE else "*"
        )
        written = next((each.value for each in made.parameters if each.name == "path"), None)
        path = (
            text_of(written, "unrooted", self.names).lstrip("/")
            if written is not None
            else f"{told}/*"
            if told != "*"
            else "*"
        )
        self._need(
            made,
            f"es:ESHttp{made.method.capitalize()}",
            (f"arn:aws:es:{{region}}:{{account}}:domain/{{domain}}/{path}",),
            likely=made.likely,
            note="",
        )

    def _need(self, made: Made, action: str, on: tuple[str, ...], *, likely: str, note: str) -> None:
        if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action):
            self.unresolved.setdefault((made.name, "which action it needs is not known"), made.site)
            return
        credentials = tuple(Credential(who) for who in dict.fromkeys((*self.before.get(id(made), ()), made.signed.who)))
        need = Requirement(
            action=action,
            resources=on,
            credentials=credentials,
            necessity=Necessity.DEFERRED
            if made.deferred
            else Necessity.OPTIONAL
            if made.optional or made.after
            else Necessity.REQUIRED,
            context=self._context(made),
            absent=_absent(made),
            via=printable(made.via or made.name),
            source=printable(made.site),
            note=printable(note),
            operation=made.name if made.service and not made.method and made.operation else "",
            confidence=Confidence.LIKELY if likely else Confidence.CERTAIN,
        )
        key = (action, on, credentials, need.operation, made.deferred)
        self.found.setdefault(key, Found(need)).calls.append((made, need))

    def _context(self, made: Made) -> dict[str, tuple[str, ...]]:
        """The condition keys of a listing of S3, as far as the source tells them."""
        found: dict[str, tuple[str, ...]] = {}
        if made.name in _LISTS:
            for each in made.parameters:
                key = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys"}.get(each.name)
                if key is None or each.maybe or len(options(each.value)) > 1:
                    continue
                text = text_of(each.value, "", self.names)
                if "*" not in text and text:
                    found[key] = (text,)
        return found

    def _declared(self, when: str) -> None:
        """Declares what a condition names and no argument is."""
        for name in expressions.expression(when).names if when else ():
            value = self.walk.named.get(name) or next(
                (each for each in self._settings() if parameter_name(each) == name), None
            )
            if name in self.walk.told:
                self.names.declare(name, self.walk.told[name], None, "flag" if name.startswith("uses_") else "text")
            if name in self.names.arguments or value is None:
                continue
            if isinstance(value, Env):
                self.names.declare(
                    name, resources.setting_words(value), value.default, "flag" if value.flag else "text"
                )
            else:
                base, _, part = value.name.partition(".")
                described = f"The part {part} of the argument {base}" if part else f"The argument {base}"
                self.names.declare(name, described, None, "flag" if value.flag else "text")

    def _settings(self) -> Iterator[Env]:
        yield from self.walk.command_line.values()
        yield from (Env(name, default) for name, default in self.walk.settings.items())

    def _implied(self, need: Requirement) -> Iterator[Requirement]:
        for fact in implied.of(need):
            yield from fact.needs
            for parameter in fact.parameters:
                self.names.declare(parameter.name, parameter.description, parameter.default, parameter.kind)


def _absent(made: Made) -> tuple[str, ...]:
    if made.name not in _LISTS or made.likely:
        return ()
    sent = {each.name for each in made.parameters}
    return tuple(key for name, key in (("Prefix", "s3:prefix"), ("Delimiter", "s3:delimiter")) if name not in sent)


def _default(name: str, text: str | None) -> str | None:
    """A default as a manifest may show it: one that is a secret is not told."""
    return text if not text or not is_secret(name, text) else ""
