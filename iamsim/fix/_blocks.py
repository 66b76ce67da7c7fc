"""The blocks of a fix, and the words that several forms say beside them."""

from __future__ import annotations

from iamsim import redact
from iamsim.fix import Block, _documents
from iamsim.fix._targets import Target
from iamsim.model.remedy import Edit, Slot

_LONGEST = 300


def block(title: str, text: str, language: str, place: str = "", notes: tuple[str, ...] = ()) -> Block:
    """A block whose words may be shown: on one line each, without credentials."""
    return Block(_line(title), text, language, _line(place), tuple(map(_line, notes)))


def by_hand(edit: Edit, why: str) -> Block:
    """The whole policy, for what a form has no words for."""
    policy = _documents.value(edit.after)
    text = _documents.numbered(_documents.text(policy)) + "\n"
    title = f"set the {edit.slot} policy of {edit.owner} by hand"
    return block(title, text, "json", edit.owner, (why, *unknown(_documents.holes(policy), _documents.PLACEHOLDER)))


def unknown(many: int, first: str) -> tuple[str, ...]:
    """What to say of placeholders, the first of which is called so; nothing where all is told."""
    if not many:
        return ()
    them = f"{first} stands" if many == 1 else f"{first} and the {many - 1} after it stand"
    return (f"{them} for what the inputs do not tell, or for what must not be shown: fill it in",)


def shared(edit: Edit, target: Target) -> tuple[str, ...]:
    """What to know of a policy that others may have too."""
    if target.kind == "managed":
        return ("whoever else has this policy gets the change too",)
    if target.kind == "boundary":
        told = f"the ARN of the boundary of {target.name} is not told, so that a new policy takes its place"
        return (f"{told}; where you know it, edit that policy instead",)
    return ("a permissions boundary limits every policy of its owner",) if edit.slot is Slot.BOUNDARY else ()


def what(target: Target) -> str:
    """The policy, in words."""
    match target.kind:
        case "trust":
            return f"the trust policy of role {target.name}"
        case "role" | "user" | "group":
            return f"inline policy {target.policy} of {target.kind} {target.name}"
        case "managed":
            return f"managed policy {target.name}"
        case "attached":
            return f"managed policy {target.policy} of {target.of} {target.name}"
        case "boundary":
            return f"a permissions boundary of {target.of} {target.name}"
        case "catalog":
            return "the resource policy of the Glue catalog"
        case _:
            return f"the policy of {target.kind} {target.name}"


def _line(words: str) -> str:
    shown = redact.line(words)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
