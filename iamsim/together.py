"""Remedies as one: the fewest that close every gap that edits close, merged, and proven as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from iamsim import documents, quotas
from iamsim.model.account import Organization
from iamsim.model.arn import Arn
from iamsim.model.finding import Finding
from iamsim.model.origin import Origin
from iamsim.model.policy import Effect, Element, Policy, Statement
from iamsim.model.remedy import Disposition, Edit, Left, Proof, Reason, Remedy, RemedyKind, Slot, Together
from iamsim.probes import Case
from iamsim.proof import loosens, proof


def together(
    case: Case,
    gaps: tuple[Finding, ...],
    remedies: tuple[Remedy, ...],
    *,
    widening: bool = False,
    named: Collection[str] = (),
) -> Together:
    """
    The remedies that close most of the gaps, as one.

    Of several that let the same through, a safe one is taken before one that widens, and a small one before a large
    one; `widening` takes those in that widen, where nothing safe does it; with `named` ids, those are taken and no
    others. Each is sound by itself, which does not make them sound together: those that clash, that widen only beside
    each other, or that AWS takes only one of, come one by one, and what does not go with those before is left.
    """
    widening = widening or bool(named)
    usable = [remedy for remedy in remedies if remedy.proof and (widening or remedy.disposition is Disposition.SAFE)]
    chosen = (
        tuple(remedy for remedy in usable if remedy.id in named)
        if named
        else _chosen(usable, {name for gap in gaps for name in gap.probes})
    )
    found = _built(case, chosen, widening=widening)
    refused: dict[str, Reason] = {}
    if isinstance(found, Reason):
        kept: tuple[Remedy, ...] = ()
        found = _Built()
        for remedy in chosen:
            tried = _built(case, (*kept, remedy), widening=widening)
            if isinstance(tried, Reason):
                refused[remedy.id] = tried
            else:
                found, kept = tried, (*kept, remedy)
        chosen = kept
    allowed = {name for name, probe in case.probes.items() if probe.explanation.allowed} | set(found.proof.fixed)
    closed = tuple(gap.key for gap in gaps if gap.probes and set(gap.probes) <= allowed)
    taken = {remedy.id for remedy in chosen}
    others = [remedy for remedy in remedies if remedy.id not in taken]
    left = tuple(
        Left(gap.key, _reason(gap, others, refused, named=bool(named))) for gap in gaps if gap.key not in closed
    )
    widens = any(remedy.disposition is Disposition.WIDENS for remedy in chosen)
    return Together(tuple(r.id for r in chosen), found.edits, closed, left, found.proof, widens)


def joined(statements: Iterable[Statement], new: Statement) -> tuple[Statement, ...]:
    """The statements with a new one: an Allow that is there and differs in its actions only takes them in."""
    found = list(statements)
    twin = next((i for i, old in enumerate(found) if _takes(old, new)), None)
    if twin is None:
        return (*found, replace(new, index=len(found)))
    found[twin] = replace(found[twin], action=_both(found[twin].action, new.action))
    return tuple(found)


def merged(before: Policy | None, one: Policy, two: Policy) -> Policy | None:
    """
    What two edits of `before` do together: each statement as the one that changes it has it, then what either adds.

    None where both change the same statement, and not in that each adds actions to it; and for an edit that takes
    statements out.
    """
    had = before.statements if before is not None else ()
    if one.version != two.version or min(len(one.statements), len(two.statements)) < len(had):
        return None
    kept = [_changed(*three) for three in zip(had, one.statements, two.statements, strict=False)]
    found = tuple(statement for statement in kept if statement is not None)
    if len(found) < len(kept):
        return None
    for new in (*one.statements[len(had) :], *two.statements[len(had) :]):
        found = _added(found, new, len(had))
    return replace(one, statements=found)


def fewest(resources: Iterable[str]) -> tuple[str, ...]:
    """The resources without those that another one, by the star at its end, names too; sorted."""
    found = sorted(set(resources))
    return tuple(
        each for each in found if not any(_names(one, each) and not (each < one and _names(each, one)) for one in found)
    )


def _names(pattern: str, resource: str) -> bool:
    """Whether the pattern is another text, and names whatever the resource, or a pattern in its place, does."""
    return pattern != resource and pattern.endswith("*") and resource.startswith(pattern[:-1])


# ---------------------------------------------------------------- which remedies


def _chosen(remedies: list[Remedy], wanted: set[str]) -> tuple[Remedy, ...]:
    """Those that let through what is wanted, the safe and the small first, without those that the others make superfluous."""
    taken: list[Remedy] = []
    covered: set[str] = set()
    for remedy in sorted(remedies, key=_cost):
        fixed = _fixed(remedy) & wanted
        if fixed - covered:
            taken.append(remedy)
            covered |= fixed
    for remedy in reversed(taken.copy()):
        others = {name for other in taken if other is not remedy for name in _fixed(other)}
        if _fixed(remedy) & wanted <= others:
            taken.remove(remedy)
    ids = {remedy.id for remedy in taken}
    return tuple(remedy for remedy in remedies if remedy.id in ids)


def _fixed(remedy: Remedy) -> set[str]:
    return set(remedy.proof.fixed) if remedy.proof is not None else set()


def _cost(remedy: Remedy) -> tuple[bool, bool, int]:
    """What speaks against a remedy: that it widens, that AWS does not take it as it is, how much it adds."""
    grown = sum(len(edit.text) - (len(documents.text(edit.before)) if edit.before else 0) for edit in remedy.edits)
    too_long = remedy.proof is not None and bool(remedy.proof.too_long)
    return remedy.disposition is Disposition.WIDENS, too_long, grown


def _reason(gap: Finding, others: list[Remedy], refused: Mapping[str, Reason], *, named: bool) -> Reason:
    """Why the gap is left; `others` are the remedies that were not taken."""
    answers = [remedy for remedy in others if gap.key in remedy.findings]
    for remedy in answers:
        if remedy.id in refused:
            return refused[remedy.id]
    edits = [remedy.disposition for remedy in answers if remedy.kind is RemedyKind.EDIT]
    if edits and named:
        return Reason.NOT_TAKEN
    if Disposition.WIDENS in edits:
        return Reason.WIDENS
    told = any(remedy.kind is RemedyKind.INSTRUCTION for remedy in answers)
    return Reason.INSTRUCTION if told else Reason.NOTHING


# ---------------------------------------------------------------- their edits as one


@dataclass(frozen=True, slots=True)
class _Built:
    """Merged edits with their proof."""

    edits: tuple[Edit, ...] = ()
    proof: Proof = field(default_factory=Proof)


def _built(case: Case, remedies: tuple[Remedy, ...], *, widening: bool) -> _Built | Reason:
    """The remedies merged, and what a simulation of all their edits says; why not, for those that do not go together."""
    found: dict[object, Edit] = {}
    for edit in (edit for remedy in remedies for edit in remedy.edits):
        first = found.get(_document(edit))
        after = merged(edit.before, first.after, edit.after) if first is not None else edit.after
        if after is None:
            return Reason.CLASHES
        found[_document(edit)] = _with(first or edit, after)
    edits = _fitting(case.setup.simulator.organization, tuple(found.values()))
    if len(remedies) == 1 and edits == remedies[0].edits and remedies[0].proof is not None:
        shown = replace(remedies[0].proof, still_denied=())
        return _Built(edits, shown) if not shown.too_long else Reason.TOO_LONG
    wanted = {name for remedy in remedies for name in _fixed(remedy)}
    shown = proof(case, edits, tuple(sorted(wanted)))
    if shown.too_long:
        return Reason.TOO_LONG
    wider = bool(shown.widened) or any(map(loosens, edits))
    return Reason.CLASHES if shown.still_denied or (wider and not widening) else _Built(edits, shown)


def _document(edit: Edit) -> object:
    """What tells the document that is edited: of a managed policy its ARN, whoever it is attached to."""
    if edit.before is not None and edit.before.arn is not None and edit.slot not in (Slot.TRUST, Slot.RESOURCE):
        return edit.before.arn
    return edit.owner, edit.slot, edit.before and edit.before.origin, edit.after.name


def _with(edit: Edit, after: Policy) -> Edit:
    return replace(edit, after=after, diff=documents.diff(edit.before, after), text=documents.text(after))


# ---------------------------------------------------------------- statements


def _changed(old: Statement, one: Statement, two: Statement) -> Statement | None:
    """A statement that may have been changed twice; None where that is more than actions added by either."""
    if old in (one, two) or one == two:
        return two if one == old else one
    both = replace(one, action=_both(one.action, two.action))
    plain = old.action.negated is one.action.negated is two.action.negated is False
    same = replace(one, action=old.action) == old == replace(two, action=old.action)
    return (
        both if plain and same and set(old.action.values) <= set(one.action.values) & set(two.action.values) else None
    )


def _added(statements: tuple[Statement, ...], new: Statement, had: int) -> tuple[Statement, ...]:
    """As `joined`; and where only resources differ, a statement that is new itself takes them in."""
    twin = next((i for i, old in enumerate(statements[had:], had) if _takes_resources(old, new)), None)
    if twin is None or statements[twin].resource is None or new.resource is None:
        return joined(statements, new)
    found = list(statements)
    values = {*statements[twin].resource.values, *new.resource.values}  # type: ignore[union-attr]
    found[twin] = replace(found[twin], resource=Element(fewest(values)))
    return tuple(found)


def _both(old: Element, new: Element) -> Element:
    return Element(tuple(dict.fromkeys((*old.values, *new.values))), old.negated, old.origin)


def _plain(statement: Statement) -> bool:
    return statement.effect is Effect.ALLOW and not statement.action.negated and not statement.conditions


def _takes(old: Statement, new: Statement) -> bool:
    """Whether the actions of `new` can join `old` without touching anything else."""
    return (
        _plain(old)
        and _plain(new)
        and old.principal == new.principal
        and _values(old.resource) == _values(new.resource)
    )


def _takes_resources(old: Statement, new: Statement) -> bool:
    """Whether the resources of `new` can join `old` without touching anything else."""
    named = all(s.resource is not None and not s.resource.negated for s in (old, new))
    same = old.principal == new.principal and _values(old.action) == _values(new.action)
    return _plain(old) and _plain(new) and named and same


def _values(element: Element | None) -> tuple[bool, frozenset[str]] | None:
    return None if element is None else (element.negated, frozenset(element.values))


# ---------------------------------------------------------------- what AWS takes

_LONGEST = 128 - len("-999")
"""Characters of a policy's name, of 128 (the same page), that leave room for a number."""


def _fitting(organization: Organization, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The edits, with what an owner's inline policies cannot hold in managed policies of its own, where it may have them."""
    found: list[Edit] = []
    for owner in dict.fromkeys(edit.owner for edit in edits):
        mine = tuple(edit for edit in edits if edit.owner == owner)
        inline = tuple(edit for edit in mine if edit.slot is Slot.INLINE and not (edit.before and edit.before.arn))
        moved = tuple(_moved(organization, owner, inline)) if quotas.exceeded(organization, inline) else ()
        found += moved or mine
        found += (edit for edit in mine if moved and edit not in inline)
    return tuple(found)


def _moved(organization: Organization, owner: str, inline: tuple[Edit, ...]) -> Iterator[Edit]:
    """The edits of inline policies with the statements that they add in managed policies; nothing where the owner may have no more."""
    entity = organization.role(owner) or organization.user(owner)
    if entity is None:
        return
    name = f"{inline[0].after.name}-{owner.rpartition('/')[2]}"[:_LONGEST]
    new: list[Statement] = []
    kept: list[Edit] = []
    for edit in inline:
        had = len(edit.before.statements) if edit.before is not None else 0
        new += edit.after.statements[had:]
        rest = replace(edit.after, statements=edit.after.statements[:had])
        if edit.before is not None and rest != edit.before:
            kept.append(_with(edit, rest))
    attached = {policy.arn for policy in entity.policies if policy.arn is not None} | set(entity.unread)
    parts = quotas.managed(new)
    if len(attached) + len(parts) > quotas.ATTACHED:
        return
    yield from kept
    own = Arn.parse(owner).managed_policy
    taken = {arn for account in organization.accounts.values() for arn in account.policies} | attached
    names = (part for part in (name, *(f"{name}-{n}" for n in range(2, 1000))) if own(part) not in taken)
    for part, called in zip(parts, names, strict=False):
        policy = Policy(called, part, documents.VERSIONS[0], own(called), Origin(f"{called}.json"))
        yield _with(replace(inline[0], slot=Slot.MANAGED, before=None), policy)
