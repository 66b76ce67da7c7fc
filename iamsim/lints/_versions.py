"""Which version of the language a policy is written in, and whether another one would say the same."""

from __future__ import annotations

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints._grammar import has, has_variables, texts, told, top
from iamsim.model.finding import TextEdit

_ALWAYS = frozenset({PolicyKind.BOUNDARY, PolicyKind.SCP, PolicyKind.RCP})
_KINDS = _ALWAYS | {PolicyKind.IDENTITY}
OLD, NEW = "2008-10-17", "2012-10-17"


def missing(draft: Draft) -> bool:
    """Whether the policy has no Version, in whatever case."""
    return bool(top(draft)) and not has(top(draft), "Version")


def is_old(draft: Draft) -> bool:
    """Whether the policy is read as one of 2008: `${` is plain text then."""
    return missing(draft) or top(draft).get("Version") == OLD


def wants_newer(draft: Draft) -> bool:
    """Whether AWS refuses the policy for its version."""
    return (draft.managed is True or draft.kind in _ALWAYS) and draft.kind in _KINDS and is_old(draft)


def newer(draft: Draft) -> tuple[TextEdit, ...]:
    """The edit to the newer version; none where a text holds `${`, which would come to mean something else."""
    if has_variables(draft) or not all(told(text.value) for text in texts(draft.value)):
        return ()
    return (TextEdit("/Version", f'"{NEW}"'),)
