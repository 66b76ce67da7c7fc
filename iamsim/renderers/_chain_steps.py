"""The chain up to the session that the tools have: the token, the server, and every role with who lets it be assumed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from iamsim.model.policy import Effect, PolicyType
from iamsim.model.report import AssumeStep, Message, Probe, Status
from iamsim.model.tool import Credential
from iamsim.model.verdict import Layer
from iamsim.renderers import _statements
from iamsim.renderers._chain_parts import Edge, Line, Node, Part
from iamsim.renderers._view import View
from iamsim.renderers._words import POLICY_TYPE, TOKEN_STATUS, Label, Tone, count, listed, speaker


def spine(view: View, sections: Mapping[str, str]) -> Iterator[Node]:
    """The token where there is one, the server's own principal, and the roles, in the order in which they are had."""
    report, step = view.report, view.report.assume
    bearer = any(Credential.BEARER in tool.credentials for tool in report.tools)
    brokered = any(Credential.BROKERED in tool.credentials for tool in report.tools)
    given = report.token.status is not Status.NOT_APPLICABLE
    if given or report.token.claims or report.server.token is not None or bearer or brokered:
        title = "Bearer token" if given or not report.token.claims else "Claims, stated without a token"
        label = _of_token(view)
        yield Node("token", Part.TOKEN, title, label, tuple(_claims(view)), sections["token"])
    handed = tuple(stage for stage in view.way if stage.before)
    principal = step.principal or (handed[-1].step.role_arn if handed else None)
    lines = [Line("", principal, code=True)] if principal else []
    if not principal and step.status is not Status.NO_CREDENTIALS:
        lines.append(Line("", "whose principal is not told"))
    lines += [Line("handed out by", stage.step.principal, code=True) for stage in handed if stage.step.principal]
    if report.server.base and not handed:
        lines.append(Line("from", report.server.base))
    without = Label("no AWS credentials", Tone.BAD) if step.status is Status.NO_CREDENTIALS else None
    own = handed[-1].label if handed else without
    yield Node("server", Part.SERVER, "The server's own principal", own, tuple(lines), sections["server"])
    if step.status is not Status.NOT_APPLICABLE:
        yield Node("role", Part.ROLE, "Role session", view.role_label, tuple(_session(step)), sections["role"])
        for number, stage in enumerate((each for each in view.way if not each.before), 1):
            lines = list(_session(stage.step))
            yield Node(f"hop-{number}", Part.ROLE, stage.name.capitalize(), stage.label, tuple(lines), sections["role"])


def _of_token(view: View) -> Label:
    """What becomes of the token; of claims that were stated in its place nothing does."""
    token = view.report.token
    stated = token.status is Status.NOT_APPLICABLE and token.claims
    return Label("not checked", Tone.FLAT) if stated else TOKEN_STATUS[token.status]


def _claims(view: View) -> Iterator[Line]:
    """The claims that the server looks at: who the token is of, for whom, and what goes into the AssumeRole call."""
    token, template = view.report.token, view.report.server.assume
    named = (*template.subject_claims, *template.tag_claims, *template.transitive_claims) if template else ()
    shown: list[Line] = []
    for name in dict.fromkeys(("iss", "aud", "sub", *named)):
        value = token.claims.get(name)
        if value:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            shown.append(Line(_CLAIMS.get(name, name), text, code=True))
    yield from shown[:_MOST_CLAIMS]
    if len(shown) > _MOST_CLAIMS:
        yield Line("", f"and {count(len(shown) - _MOST_CLAIMS, 'more claim')}")
    if token.role_arn:
        yield Line("role", token.role_arn, code=True)


def _session(step: AssumeStep) -> Iterator[Line]:
    if step.role_arn:
        yield Line("", step.role_arn, code=True)
    if step.call is not None:
        yield Line("session", step.call.session_name, code=True)
        if step.call.source_identity:
            yield Line("source identity", step.call.source_identity, code=True)
        if step.call.tags:
            yield Line("tags", ", ".join(f"{key}={value}" for key, value in sorted(step.call.tags.items())), code=True)


_MOST_CLAIMS = 5
_FEW = 3
_NEVER_ASKED = (Status.BLOCKED, Status.NO_CREDENTIALS, Status.INVALID)
_CLAIMS = {"iss": "issuer", "aud": "audience", "sub": "subject"}


# ---------------------------------------------------------------- from one to the next


def steps(view: View, spine: tuple[Node, ...]) -> Iterator[Edge]:
    """What leads from each of `spine` to the next."""
    report = view.report
    stages = {"role": (view.role_label, report.assume)}
    after = (stage for stage in view.way if not stage.before)
    stages |= {f"hop-{number}": (stage.label, stage.step) for number, stage in enumerate(after, 1)}
    for source, target in pairwise(spine):
        if target.part is Part.SERVER:
            label = _of_token(view)
            told = tuple(map(_said, report.token.refusals))
            yield Edge(source.id, target.id, label, ("with every request",), told)
            continue
        label, step = stages[target.id]
        probes = view.probes(step.probes)
        first = next((view.finding_of[probe.id] for probe in probes if probe.id in view.finding_of), None)
        asked = tuple(Label(p.explanation.request.action, _answer(view, step, p).tone) for p in probes)
        if not asked:
            asked = (Label(view.operation if step is report.assume else "sts:AssumeRole", label.tone),)
        href = f"#{view.anchors[first.key]}" if first else ""
        yield Edge(source.id, target.id, label, asked, tuple(_why(step, probes)), href)


def _answer(view: View, step: AssumeStep, probe: Probe) -> Label:
    """How a permission came out: one that was never asked for because the call is not made is none of ours."""
    label = view.answer(probe)
    return Label(label.word, Tone.FLAT) if step.status in _NEVER_ASKED and label.tone is Tone.GOOD else label


def _why(step: AssumeStep, probes: Iterable[Probe]) -> Iterator[str]:
    """Why the step comes out as it does, no sentence twice: the missing action or condition, else who allows it."""
    if step.status is Status.NO_CREDENTIALS:
        yield "no AWS credentials: the call never leaves the server"
        return
    yield from map(_said, step.invalid)
    seen: dict[str, None] = {}
    by: dict[str, None] = {}
    for probe in probes:
        told = probe.explanation
        if told.allowed:
            by |= dict.fromkeys(_trust_statements(probe))
        elif told.denied:
            seen |= dict.fromkeys(_denied(probe))
        else:
            seen |= dict.fromkeys(_depends(probe))
    yield from seen
    if by and not seen and not step.invalid:
        yield f"trust statement {listed(by, limit=_FEW)}"


def _trust_statements(probe: Probe) -> Iterator[str]:
    """What the statements of the trust policy are called that let the request through."""
    for verdict in probe.explanation.decisive:
        statement = verdict.statement
        if verdict.type is PolicyType.RESOURCE and statement.effect is Effect.ALLOW:
            yield statement.sid or f"number {statement.label}"


def _denied(probe: Probe) -> Iterator[str]:
    """What is missing: of each layer in the way the condition that does not hold, else the action."""
    told, action = probe.explanation, probe.explanation.request.action
    conditions: dict[str, list[str]] = {}
    for verdict in told.decisive:
        failed = [row for row in _statements.rows(verdict) if row.matched is False]
        if verdict.statement.effect is Effect.DENY:
            conditions.setdefault(verdict.type.value, []).append(f"denied by {_statements.place(verdict)}")
        elif failed and all(row.name == "Condition" for row in failed):
            conditions.setdefault(verdict.type.value, []).extend(row.note for row in failed)
    for several in map(list, map(dict.fromkeys, conditions.values())):
        yield from several[:_FEW]
        if len(several) > _FEW:
            yield f"{len(several) - _FEW} more that do so"
    layers = [_LAYERS[layer] for layer in told.failing if layer in _LAYERS and layer.value not in conditions]
    if layers:
        yield f"no {action} in {listed(layers)}"
    elif not conditions:
        yield f"{action}: {told.reason}"


def _depends(probe: Probe) -> Iterator[str]:
    told = probe.explanation
    on = [*told.missing_context, *(POLICY_TYPE[unseen] for unseen in told.unseen)]
    yield f"{told.request.action} depends on {listed(on, limit=_FEW)}" if on else told.reason


def _said(message: Message) -> str:
    return f"{speaker(message)}: {message.text}"


_LAYERS = {
    Layer.RESOURCE: "the trust policy",
    Layer.IDENTITY: "the caller's policies",
    Layer.BOUNDARY: "the permissions boundary",
    Layer.SCP: "the SCPs",
    Layer.RCP: "the RCPs",
    Layer.SESSION: "the session policy",
    Layer.VPC_ENDPOINT: "the VPC endpoint's policy",
}
