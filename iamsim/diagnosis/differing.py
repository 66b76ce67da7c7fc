"""What must be otherwise than what is loaded, where AWS answered a call otherwise, the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping

from iamsim.model.observation import Call
from iamsim.model.verdict import Explanation, Layer

_LAYERS: Mapping[str, Layer] = {
    "service control policy": Layer.SCP,
    "resource control policy": Layer.RCP,
    "VPC endpoint policy": Layer.VPC_ENDPOINT,
    "permissions boundary": Layer.BOUNDARY,
    "session policy": Layer.SESSION,
    "resource-based": Layer.RESOURCE,
    "role trust policy": Layer.RESOURCE,
    "identity-based": Layer.IDENTITY,
}
_LIMITS = (Layer.SCP, Layer.RCP, Layer.BOUNDARY, Layer.SESSION, Layer.VPC_ENDPOINT)


def said(call: Call) -> str:
    """What its message says of the reason, after the words that say that it was refused."""
    if call.denied_by is None:
        return f" ({call.code})" if call.code else ""
    how = {True: "an explicit Deny in", False: "no Allow in", None: "by"}[call.explicit]
    return f" ({how} {_named(call.denied_by)})"


def refused(call: Call, explanation: Explanation) -> tuple[str, ...]:
    """What may differ where AWS refused what is allowed by what is loaded."""
    found = [_by_message(call)] if call.denied_by is not None else []
    unseen = ", ".join(str(each) for each in explanation.unseen)
    if unseen and not found:
        found.append(f"a policy of a type that was not loaded ({unseen}) refuses it")
    found.append(_time(call))
    if call.denied_by is None and explanation.request.principal.session is not None:
        found.append(
            "a session policy, or tags that the session had or lacked: what the session was made with is not told"
        )
    if call.denied_by is None or _layer(call) in (Layer.IDENTITY, Layer.RESOURCE):
        found.append("the call had other condition keys than those that were taken for it (address, VPC, MFA, tags)")
    return tuple(dict.fromkeys(found))


def in_part(call: Call, explanation: Explanation) -> tuple[str, ...]:
    """What differs although both refuse: AWS names a type of policy that lets it through here."""
    layer = _layer(call)
    if layer is None or layer in explanation.failing or not explanation.failing:
        return ()
    ours = ", ".join(str(each) for each in explanation.failing)
    named = _named(call.denied_by or "")
    return (f"AWS names {named}, and what is loaded refuses it otherwise ({ours}): mending that alone is not enough",)


def let_through(call: Call, explanation: Explanation) -> tuple[str, ...]:
    """What may differ where AWS let through what is refused by what is loaded."""
    found = []
    if explanation.decisive and any(each.statement.effect == "Deny" for each in explanation.decisive):
        found.append("the Deny was added later, or its condition did not hold for this call")
    found.append(_time(call))
    found.append("the principal has policies that are not among those loaded")
    if any(element.element.startswith("Condition") for each in explanation.decisive for element in each.elements):
        found.append("the call had other condition keys than those that were taken for it")
    return tuple(dict.fromkeys(found))


# ---------------------------------------------------------------- helpers


def _layer(call: Call) -> Layer | None:
    told = (call.denied_by or "").lower()
    return next((layer for words, layer in _LAYERS.items() if told.startswith(words.lower())), None)


def _named(words: str) -> str:
    """The words with their article, and as a policy."""
    whole = f"{words} policy" if words.endswith("-based") else words
    return f"{'an' if whole[:1] in 'aeiou' else 'a'} {whole}"


def _by_message(call: Call) -> str:
    named, layer = _named(call.denied_by or ""), _layer(call)
    if call.explicit:
        return (
            f"{named} denies it explicitly, and among what is loaded none does: it is not loaded, or has changed since"
        )
    if layer in _LIMITS:
        return f"{named} limits the caller and does not allow it, and among what is loaded none does so: it is not loaded, or has changed since"
    if layer is Layer.RESOURCE:
        return f"{named} did not allow it, and the one loaded does: it has changed since, or the call was for another resource"
    if layer is Layer.IDENTITY:
        return f"{named} did not allow it, and one of those loaded does: it was attached or changed since, or the caller was another of the same name"
    return f"AWS names {named}, which is not among what is loaded"


def _time(call: Call) -> str:
    when = f" (the call was at {call.at:%Y-%m-%d %H:%M} UTC)" if call.at is not None else ""
    return f"the policies that are loaded are not those of the moment of the call{when}"
