"""What a source was seen to do, as a manifest: operations become actions, parameters resources, tests conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from iamsim import redact
from iamsim.catalog import operations
from iamsim.model.finding import Confidence
from iamsim.model.server import AssumeTemplate, Parameter, Provenance, Server
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from iamsim.tools import expressions, implied, templates
from iamsim.tools.infer import resources
from iamsim.tools.infer.assuming import template
from iamsim.tools.infer.clients import ASSUMES
from iamsim.tools.infer.conditions import is_secret, parameter_name
from iamsim.tools.infer.conditions_said import Condition, all_of, any_of
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.made import Made
from iamsim.tools.infer.resources import Names, text_of
from iamsim.tools.infer.values import FALSE, NONE, Const, Env, options
from iamsim.tools.infer.walk import Outcome, Walked
from iamsim.tools.manifest import Manifest
from iamsim.tools.servers import NAME

MOST_NEEDS = 400
"""A tool with more needs than this is told with those, and with something unresolved."""

_LINE = 300

_LONGEST = 240
"""A longer condition is told in words alone: what follows from a need adds to it, and a manifest takes 400 characters."""
_LISTS = {"s3.ListObjectsV2", "s3.ListObjects", "s3.ListObjectVersions"}


def manifest(outcome: Outcome, *, name: str, version: str, subject: str, made: str) -> tuple[Manifest, tuple[str, ...]]:
    """
    The manifest of what was walked, and sentences on what the walk could not tell of the server as a whole.

    `subject` says what was looked at, `made` is today (ISO 8601).
    """
    walk = outcome.walk
    uncertain: list[str] = []
    server_names = Names({})
    chosen, assume = _assumed(walk, outcome, server_names, uncertain)
    tools = tuple(_Tools(walk, each, name, server_names, chosen).tool() for each in outcome.tools)
    uncertain += [f"{what} ({site})" for site, what in sorted(walk.unnamed.items())]
    outside = {(one.operation, one.unresolved, one.site) for one in outcome.start if one.unresolved}
    uncertain += [f"outside of the tools, {what}: {why} ({site})" for what, why, site in sorted(outside)[:_LINE]]
    uncertain += [f"not read: {note}" for note in walk.tree.notes]
    if not tools:
        uncertain.insert(0, "no tool is registered in this source that could be found")
    notes = _start(outcome)
    kinds = _argument_kinds(tools, server_names)
    declared = {**kinds, **server_names.declared}
    server = Server(
        name=name,
        version=version,
        title=name,
        base="boto3's default chain, or what the source gives its sessions"
        if any(tool.requirements for tool in tools)
        else "",
        assume=assume,
        parameters=dict(sorted(declared.items())),
        notes=notes,
        source=walk.tree.root,
        provenance=Provenance(
            "inferred", subject, made, "", tuple(_printable(each) for each in dict.fromkeys(uncertain))
        ),
    )
    tools = tuple(
        replace(tool, parameters={key: _base(one, declared) for key, one in tool.parameters.items()}) for tool in tools
    )
    return Manifest(server, tools), tuple(dict.fromkeys(uncertain))


def _base(parameter: Parameter, declared: Mapping[str, Parameter]) -> Parameter:
    """An argument as a reader of the manifest has it: what the server's parameter of its name says, with its own default."""
    shared = declared.get(parameter.name)
    return parameter if shared is None else replace(shared, default=parameter.default)


def _argument_kinds(tools: Iterable[Tool], names: Names) -> dict[str, Parameter]:
    """Arguments that a tool's text cannot tell the kind of: flags that must be given."""
    del names
    return {
        one.name: Parameter(one.name, f"The argument {one.name}", None, "flag")
        for tool in tools
        for one in tool.parameters.values()
        if one.kind == "flag" and one.default not in ("true", "false")
        and all(other.parameters[one.name].kind == "flag" for other in tools if one.name in other.parameters)
    }  # fmt: skip


def _assumed(
    walk: Interpreter, outcome: Outcome, names: Names, uncertain: list[str]
) -> tuple[Made | None, AssumeTemplate | None]:
    """The AssumeRole call that most tools make, and how it is built; others are needs of their own."""
    counts: dict[tuple[object, ...], int] = {}
    calls: dict[tuple[object, ...], Made] = {}
    for each in outcome.tools:
        made = {
            one.alike: one
            for one in each.made
            if one.call and one.name in ASSUMES and one.name != "sts.AssumeRoleWithSAML"
        }
        for key, one in made.items():
            calls.setdefault(key, one)
            counts[key] = counts.get(key, 0) + any(_always(other) for other in each.made if other.alike == key)
    known = [key for key in calls if counts[key]]
    if not known:
        # A role that is assumed only at times is a need of its tools.
        return None, None
    chosen = max(known, key=lambda key: (counts[key], calls[key].site))
    others = sorted({calls[key].site for key in calls if key != chosen})
    if others:
        uncertain.append(
            f"roles are assumed in several ways; server.assume describes the one of {calls[chosen].site}, those of"
            f" {', '.join(others)} are needs of their tools"
        )
    return calls[chosen], template(walk, calls[chosen], names, uncertain)


def _start(outcome: Outcome) -> tuple[str, ...]:
    names = sorted(
        {
            made.name
            for made in outcome.start
            if made.operation and not made.unresolved and made.name not in ASSUMES and not made.method
        }
    )
    if not names:
        return ()
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")  # noqa: PLR2004
    return (f"when it starts, or outside of its tools, the source may call {shown}",)


@dataclass(slots=True)
class _Found:
    """One need while its calls are put together: each with the conditions that it is made on."""

    need: Requirement
    calls: list[tuple[Made, Requirement]] = field(default_factory=list)


class _Tools:
    """One tool of the walk as a tool of the manifest."""

    def __init__(self, walk: Interpreter, walked: Walked, server: str, shared: Names, chosen: Made | None) -> None:
        self.walk = walk
        self.walked = walked
        self.server = server
        self.names = Names({each.name: each.default for each in walked.arguments}, shared.declared)
        self.chosen = chosen
        self.unresolved: dict[tuple[str, str], str] = {}
        self.found: dict[tuple[object, ...], _Found] = {}
        self.before: dict[int, tuple[str, ...]] = {}
        self.besides: set[tuple[str, str, str]] = set()

    def tool(self) -> Tool:
        """The tool with everything that it needs."""
        walked, assumes = self.walked, False
        for made in self._chained(walked.made):
            if made.unresolved:
                self.unresolved.setdefault((made.operation, made.unresolved), made.site)
            elif made.call and self.chosen is not None and made.alike == self.chosen.alike:
                # One that is only tried gates nothing: the need of the role's credentials tells it.
                if _always(made):
                    assumes = True
                elif not made.optional and not made.after:
                    self._made(made)
            else:
                if self.before.get(id(made)) and "role" in self.before[id(made)]:
                    assumes = False
                self._made(made)
        if walked.spent:
            self.unresolved[("the rest of the tool", "it is too large to be followed to its end")] = walked.tool.site
        needs = [need for found in self.found.values() for need in _merged(found)]
        if needs and all(need.necessity is Necessity.OPTIONAL for need in needs):
            needs = _enough(needs)
        needs += [each for need in needs for each in self._implied(need)]
        needs += [each for found in list(self.found.values()) for each in self._besides(found, needs)]
        if len(needs) > MOST_NEEDS:
            needs = needs[:MOST_NEEDS]
            self.unresolved[("further needs", f"there are more than {MOST_NEEDS}")] = walked.tool.site
        used = tuple(dict.fromkeys(credential for need in needs for credential in need.credentials))
        # A call that needs no permission still needs somebody's credentials.
        used = tuple(
            dict.fromkeys(
                (*used, *(Credential(each.signed.who) for each in walked.made if not each.unresolved and not each.call))
            )
        )
        for need in needs:
            self._declared(need.when)
        for each in walked.arguments:
            for name in templates.names(each.default or ""):
                self._declared(f"set({name})")
        own = {
            each.name: Parameter(
                each.name,
                "",
                _default(each.name, each.default),
                each.kind if each.default in ("true", "false") or each.kind == "flag" else "text",
            )
            for each in walked.arguments
            if NAME.fullmatch(each.name) and each.name not in ("true", "false", "set")
        }
        told = () if used else (Credential.SERVER,) if self.unresolved or walked.made else (Credential.NONE,)
        notes = [f"registered only where {_printable(walked.tool.maybe)}"] if walked.tool.maybe else []
        return Tool(
            server=self.server,
            name=walked.tool.name,
            assumes=assumes,
            requirements=tuple(_sorted(needs)),
            description=_summary(walked.tool.description),
            credentials=tuple(dict.fromkeys((*told, *used))),
            parameters=own,
            notes=tuple(notes),
            source=_printable(walked.tool.site),
            unresolved=tuple(
                Unresolved(_printable(what), _printable(why), _printable(site))
                for (what, why), site in sorted(self.unresolved.items())
            ),
        )

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
            self._account()
            self._need(
                made,
                "aoss:APIAccessAll",
                ("arn:aws:aoss:{region}:{account}:collection/{collection_id}",),
                likely=made.likely,
                note="",
            )
            return
        self.names.declare("domain", "The OpenSearch domain that is asked")
        self._account()
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

    def _account(self) -> None:
        self.names.declare("region", "The region of the call")
        self.names.declare("account", "The account the resources are in")

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
            via=_printable(made.via or made.name),
            source=_printable(made.site),
            note=_printable(note),
            operation=made.name if made.service and not made.method and made.operation else "",
            confidence=Confidence.LIKELY if likely else Confidence.CERTAIN,
        )
        key = (action, on, credentials, need.operation, made.deferred)
        self.found.setdefault(key, _Found(need)).calls.append((made, need))

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

    def _besides(self, found: _Found, needs: Iterable[Requirement]) -> Iterator[Requirement]:
        """What AWS asks for besides, where something holds that the call does not tell: a role that is passed, a template."""
        for base in _merged(found):
            made = found.calls[0][0]
            described = operations.describe(made.service, made.operation) if base.operation else None
            told = {need.action for need in needs if need.operation == base.operation}
            for row in described.implied if described is not None else ():
                if row.instead or self._settled(made, row.when):
                    continue
                if not row.actions:
                    what = f"what {made.name} asks for besides"
                    self.unresolved.setdefault((what, f"{row.on}: {row.when}"), made.site)
                for action in row.actions:
                    key = (made.name, action, row.when)
                    if action not in told and key not in self.besides:
                        self.besides.add(key)
                        yield self._asked_besides(base, made, action, row)

    def _settled(self, made: Made, when: str) -> bool:
        """Whether the call's own parameters say that `when` does not hold: one that it names is not sent, or is another."""
        if made.likely:
            return False
        sent = {each.name: each.value for each in made.parameters}
        needed = re.search(r"(?:sets|^)\s*([A-Z]\w+)(?: is set|\b(?=,))", when)
        if needed and (needed[1] not in sent or sent[needed[1]] == FALSE):
            return True
        unset = re.match(r"([A-Z]\w+) is not set", when)
        if unset and any(each.name == unset[1] and not each.maybe and each.value != NONE for each in made.parameters):
            return True
        stated = re.search(r"([A-Z]\w+) is ([A-Z]+)\b", when)
        if stated is None:
            return False
        value = sent.get(stated[1])
        return isinstance(value, Const) and isinstance(value.value, str) and value.value != stated[2]

    def _asked_besides(self, base: Requirement, made: Made, action: str, row: operations.Implied) -> Requirement:
        service, _, name = action.partition(":")
        resource = resources.anything(action) if row.on != "*" else "*"
        if service == "kms":
            flag = f"{made.service.replace('-', '_')}_kms_key"
            self.names.declare(flag, f"{row.on}, where {row.when}; empty where there is none", None, "arn")
            when, resource = f"set({flag})", f"{{{flag}}}"
        else:
            flag = f"{made.operation}_asks_{name}"
            self.names.declare(flag, f"{action} on {row.on} is asked for: {row.when}", None, "flag")
            when = "" if row.when.startswith("always") else flag
        if action == "iam:PassRole":
            self._account()
            resource = "arn:aws:iam::{account}:role/*"
        optional = base.necessity in (Necessity.OPTIONAL, Necessity.DEFERRED)
        return replace(
            base,
            action=action,
            resources=(resource,),
            when=expressions.both(base.when, when),
            condition="; ".join(filter(None, (base.condition, _printable(row.when)))),
            necessity=base.necessity if optional else Necessity.CONDITIONAL,
            context={},
            absent=(),
            via=f"besides {made.name}",
            note=_printable(row.inferred or row.source),
            confidence=Confidence.LIKELY if row.inferred else base.confidence,
        )

    def _settings(self) -> Iterator[Env]:
        yield from self.walk.command_line.values()
        yield from (Env(name, default) for name, default in self.walk.settings.items())

    def _implied(self, need: Requirement) -> Iterator[Requirement]:
        for fact in implied.of(need):
            yield from fact.needs
            for parameter in fact.parameters:
                self.names.declare(parameter.name, parameter.description, parameter.default, parameter.kind)


def _default(name: str, text: str | None) -> str | None:
    """A default as a manifest may show it: one that is a secret is not told."""
    return text if not text or not is_secret(name, text) else ""


def _enough(needs: list[Requirement]) -> list[Requirement]:
    """
    The needs of a tool that goes on after any error of its calls: one of them must come through, else it has done nothing.

    Whoever swallows the errors of all that a tool does has a tool that does nothing: that is no success.
    """
    operations_ = dict.fromkeys(need.operation or need.action for need in needs)
    note = "its error is swallowed, and the tool does nothing else"
    found = []
    for need in needs:
        necessity = Necessity.CONDITIONAL if need.when or need.condition else Necessity.REQUIRED
        if len(operations_) == 1:
            found.append(replace(need, necessity=necessity, note="; ".join(filter(None, (need.note, note)))))
        else:
            option = need.operation or need.action
            found.append(replace(need, necessity=necessity, any_of="the errors of all are swallowed", option=option))
    return found


def _always(made: Made) -> bool:
    """Whether a call is made each time, and its failure is the tool's."""
    return not (
        made.optional or made.after or made.deferred or any(each.when or each.words for each in made.conditions)
    )


def _absent(made: Made) -> tuple[str, ...]:
    if made.name not in _LISTS or made.likely:
        return ()
    sent = {each.name for each in made.parameters}
    return tuple(key for name, key in (("Prefix", "s3:prefix"), ("Delimiter", "s3:delimiter")) if name not in sent)


def _merged(found: _Found) -> Iterator[Requirement]:
    """
    One need for all calls that ask the same: on the conditions of any of them.

    Where one of the calls is made whatever happens, so is the need.
    """
    firm = [call for call in found.calls if not call[0].optional and not call[0].after] or found.calls
    best = min(firm, key=lambda call: (call[1].confidence is not Confidence.CERTAIN, len(call[0].conditions)))[1]
    ways: list[tuple[str, tuple[str, ...], bool]] = []
    for made, _ in firm:
        whens = [each.when for each in made.conditions if each.when]
        words = tuple(dict.fromkeys(_printable(each.words) for each in made.conditions if each.words))
        ways.append((_both(whens), words, all(each.exact and each.when for each in made.conditions)))
    if any(not when and not words for when, words, _ in ways):
        when, words, told = "", (), True
    elif len(ways) == 1:
        when, words, told = ways[0]
    else:
        when = _either([way[0] for way in ways]) if all(way[0] for way in ways) else ""
        if all(way[0] and way[2] for way in ways) and not any_of([way[0] for way in ways]):
            ways = [("", (), True)]
        words = tuple(dict.fromkeys(" and ".join(way[1]) for way in ways))
        told = all(way[2] for way in ways)
    after = (
        tuple(dict.fromkeys(name for made, _ in firm for name in made.after))
        if all(made.after for made, _ in firm)
        else ()
    )
    joint = " or " if len(ways) > 1 and words else " and "
    condition = joint.join(
        f"({each})" if len(words) > 1 and (" or " if joint == " and " else " and ") in each else each for each in words
    )
    if after:
        others = [name for name in after if name != best.operation] or list(after)
        condition = "; ".join(filter(None, (f"after an error of {', '.join(others)}", condition)))
    necessity = best.necessity
    if necessity is Necessity.REQUIRED and (when or condition):
        necessity = Necessity.CONDITIONAL
    del told
    yield replace(
        best,
        when=when,
        condition=condition if len(condition) <= _LINE else f"{condition[: _LINE - 1]}…",
        necessity=necessity,
    )


def _both(whens: Iterable[str]) -> str:
    """All of the conditions; none of them where that is too long to be read."""
    listed = list(whens)
    text = all_of(listed) if listed else ""
    return text if len(text) <= _LONGEST else ""


def _either(whens: Iterable[str]) -> str:
    """One of the conditions; always, where two of them leave nothing out, or where that is too long to be read."""
    text = any_of(whens)
    return text if len(text) <= _LONGEST else ""


def _sorted(needs: Iterable[Requirement]) -> list[Requirement]:
    order = {necessity: number for number, necessity in enumerate(Necessity)}
    return sorted(
        needs, key=lambda need: (need.source, order[need.necessity], need.action, need.resources, need.credentials)
    )


def _printable(text: str) -> str:
    """One line without secrets and without characters that nobody sees."""
    shown = "".join(char if char.isprintable() and not "\ue000" <= char <= "\uf8ff" else " " for char in text)
    return redact.line(" ".join(shown.split())[:_LINE])


def _summary(text: str) -> str:
    """The first sentence of a description."""
    line = _printable(text.strip().split("\n\n")[0])
    return line.partition(". ")[0].rstrip(".")[:200]
