"""What every form of a diagnosis says in the same words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from iamsim.model.diagnosis import Answer, Diagnosis, Held, JudgedCall, Relation, Seen
from iamsim.model.finding import Confidence
from iamsim.renderers._words import STATUS, Label, Tone, listed

RELATION = {
    Relation.CONTRADICTION: Label("contradicts what is loaded", Tone.BAD),
    Relation.EXPLAINED_BY_IAM: Label("explained by IAM", Tone.BAD),
    Relation.EXPLAINED_BY_ASSUME: Label("explained by the token or the role", Tone.BAD),
    Relation.NOT_IAM: Label("not IAM's doing", Tone.FLAT),
    Relation.UNEXPLAINED: Label("not explained", Tone.OPEN),
    Relation.UNKNOWN: Label("not known", Tone.OPEN),
    Relation.PASS_PROVES_ACCESS: Label("pass proves access", Tone.GOOD),
    Relation.PASS_PROVES_NOTHING: Label("pass proves nothing", Tone.WARN),
    Relation.AGREES: Label("agrees", Tone.FLAT),
    Relation.NOT_OBSERVED: Label("not observed", Tone.FLAT),
}
SEEN = {
    Seen.PASSED: Label("passed", Tone.GOOD),
    Seen.FAILED_INSIDE: Label("passed, failed inside", Tone.WARN),
    Seen.FAILED: Label("failed", Tone.BAD),
    Seen.TIMED_OUT: Label("timed out", Tone.BAD),
    Seen.SKIPPED: Label("skipped", Tone.FLAT),
    Seen.NOT_TOLD: Label("not told", Tone.OPEN),
}
ANSWER = {
    Answer.CONTRADICTION: Label("contradicts what is loaded", Tone.BAD),
    Answer.AGREES: Label("as what is loaded says", Tone.GOOD),
    Answer.UNKNOWN: Label("open", Tone.OPEN),
    Answer.NOT_JUDGED: Label("not judged", Tone.OPEN),
}
SURE = {
    Confidence.CERTAIN: "certain",
    Confidence.LIKELY: "likely",
    Confidence.UNCERTAIN: "uncertain",
}
EXITS = {
    0: "nothing that failed is explained by IAM, and nothing contradicts what is loaded",
    1: "IAM explains a failure, or something contradicts what is loaded",
    3: "nothing was observed",
    4: "something is open",
}
LISTED = 12
"""Calls, causes' sentences and the like that are shown; the JSON form has all."""


@dataclass(frozen=True)
class Group:
    """Results of one relation for one reason; `reasons` are those that all of them have."""

    relation: Relation
    confidence: Confidence
    observed: Seen
    predicted: tuple[str, ...]
    reasons: tuple[str, ...]
    names: tuple[str, ...]
    count: int


def predicted(words: Iterable[str]) -> str:
    """What the check says of tools, in words."""
    known = {str(status): told.word for status, told in STATUS.items()}
    return listed(known.get(word, word.replace("-", " ")) for word in words)


def grouped(found: Diagnosis) -> tuple[Group, ...]:
    """The results, those together that say the same: what failed or contradicts first, what nobody observed left out."""
    groups: dict[tuple[object, ...], list[Held]] = {}
    for one in found.tools:
        if one.relation is not Relation.NOT_OBSERVED or one.observed is Seen.SKIPPED:
            key = (one.relation, one.observed, one.reasons[:1])
            groups.setdefault(key, []).append(one)
    made = [
        Group(
            held[0].relation,
            max((one.confidence for one in held), key=tuple(Confidence).index),
            held[0].observed,
            tuple(dict.fromkeys(one.predicted for one in held)),
            tuple(reason for reason in held[0].reasons if all(reason in one.reasons for one in held)),
            tuple(dict.fromkeys(one.name for one in held)),
            sum(one.count for one in held),
        )
        for held in groups.values()
    ]
    order = tuple(Relation)
    return tuple(sorted(made, key=lambda group: (not _troubled(group), order.index(group.relation))))


def unobserved(found: Diagnosis) -> tuple[str, ...]:
    """The tools of which no result speaks, where any results are told."""
    if not found.numbers.results:
        return ()
    return tuple(
        one.tool for one in found.tools if one.relation is Relation.NOT_OBSERVED and one.observed is not Seen.SKIPPED
    )


def worst_first(calls: Iterable[JudgedCall]) -> tuple[JudgedCall, ...]:
    """Calls, those that contradict first, then those that were refused."""
    order = tuple(Answer)
    return tuple(sorted(calls, key=lambda call: (order.index(call.answer), not call.refused)))


def verdict(found: Diagnosis) -> Label:
    """The exit code in a word."""
    contradicts = any(one.relation is Relation.CONTRADICTION for one in found.tools) or any(
        call.answer is Answer.CONTRADICTION for call in found.calls
    )
    return {
        0: Label("IAM explains no failure", Tone.GOOD),
        1: Label("contradicts what is loaded" if contradicts else "IAM explains it", Tone.BAD),
        3: Label("nothing observed", Tone.OPEN),
    }.get(found.exit_code, Label("open", Tone.OPEN))


def written(arguments: Mapping[str, Any]) -> str:
    """Arguments as JSON, on one line."""
    return json.dumps(arguments, ensure_ascii=False, default=str)


def _troubled(group: Group) -> bool:
    return group.observed in (Seen.FAILED, Seen.TIMED_OUT) or group.relation is Relation.CONTRADICTION
