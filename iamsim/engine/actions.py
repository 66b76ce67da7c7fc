"""Whether an Action or NotAction element names an action."""

from __future__ import annotations

import re

from iamsim.engine.patterns import Test, is_everything, matcher
from iamsim.engine.walks import may
from iamsim.model.policy import Element
from iamsim.model.principal import HOLE


def naming(element: Element, *, deny: bool) -> Test:
    """
    Service and name compare without case; a wildcard works in the name only (ACT-001 to 007).

    What AWS refuses to store (no colon, two colons, no service) grants nothing, and a Deny is not trusted
    to vanish with it; a wildcard in the service is left open. `*:Name` was seen to be stored, its
    meaning is not documented: a Deny matches, an Allow is left open (GRAM-018). A value with a hole names
    whatever some filling names, and nothing for sure.
    """
    # What is not sure counts against access: as listed in a Deny, as not listed in an Allow.
    cautious = deny is not element.negated
    tests = [_one_action(value, cautious=cautious, everywhere=deny and not element.negated) for value in element.values]

    def listed(action: str) -> bool | None:
        answer: bool | None = False
        for test in tests:
            one = test(action)
            if one:
                return True
            answer = one if answer is False else None
        return answer

    if not element.negated:
        return tests[0] if len(tests) == 1 else listed

    def others(action: str) -> bool | None:
        answer = listed(action)
        return None if answer is None else not answer

    return others


_ACTION = re.compile(r"[a-z0-9*?-]+:[^:]+", re.ASCII | re.IGNORECASE)


def _one_action(written: str, *, cautious: bool, everywhere: bool) -> Test:
    """`everywhere` is whether `*:Name` is read as the name in every service; else it is left open."""
    if is_everything(written) or written == "*:*":
        return lambda _: True
    if HOLE in written:
        return lambda action: None if may(written.lower(), action) else False
    # Some signs beyond ASCII fold to plain letters.
    if not written.isascii() or not _ACTION.fullmatch(written):
        return lambda _: None if cautious else False
    pattern = written.lower()
    service, _, name = pattern.partition(":")
    test = matcher(name)
    if service == "*":
        return lambda action: (True if everywhere else None) if test(action.partition(":")[2]) else False
    if "*" in service or "?" in service:
        whole = matcher(pattern)
        return lambda action: None if whole(action) else False
    head = service + ":"
    if "*" not in name and "?" not in name:
        return pattern.__eq__
    return lambda action: action.startswith(head) and test(action[len(head) :])
