"""One policy, or answers of the AWS CLI that hold one: laid over the other policies."""

from __future__ import annotations

from pathlib import Path

from iamsim import jsontext
from iamsim.sources import Loaded, Options, Source
from iamsim.sources._answers import Answers
from iamsim.sources._answers_together import together
from iamsim.sources._files import one_file
from iamsim.sources._node import Node
from iamsim.sources._peek import names

MAX_BYTES = 4 * jsontext.MAX_CHARACTERS
"""Largest file that is read; a character of UTF-8 has at most four bytes."""


def load(location: str, options: Options) -> Loaded:
    """The answer in the file at `location`, or the answers where it holds a list of them (`jq -s . FILE…`)."""
    written = jsontext.read(one_file(Path(location), MAX_BYTES), location)
    document = Node(written.value, written.origin)
    answers = Answers(location, options)
    for node in document.each() if isinstance(document.value, list) else (document,):
        answers.add(node)
    return together(answers)


_SHAPES = (
    {"Statement"},
    {"Role"},
    {"PolicyDocument", "PolicyName"},
    {"PolicyVersion"},
    {"Policy"},
    {"ResourcePolicy", "ARN"},
    {"AttachedPolicies"},
    {"PolicyNames"},
    {"Attributes"},
    {"DomainStatus"},
)


def _recognises(path: Path) -> bool:
    found = names(path) if path.suffix.lower() not in (".yaml", ".yml") else frozenset()
    return len(found) <= _MOST and any(found >= shape for shape in _SHAPES)


_MOST = 6
"""Most names at the top of any of these answers."""

# A bare policy is what any other source may hold, too: it is asked last.
SOURCE = Source(load, recognises=_recognises, precedence=-1)
