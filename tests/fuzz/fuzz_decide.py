"""A request is decided as it is explained, and never more surely than by the naive reference."""

from __future__ import annotations

import json
from collections.abc import Iterator

from iamsim import jsontext
from iamsim.batch import Batch
from iamsim.engine import policyset
from iamsim.errors import InputError
from iamsim.model.verdict import Decision
from tests import reference, vectors
from tests.fuzz.fuzz_batch import lines


def seeds() -> Iterator[bytes]:
    """The line of every vector."""
    for line in lines():
        yield json.dumps(line).encode()


def one_input(data: bytes) -> None:
    """Only a line that the program itself takes is asked about."""
    if b"\n" in data or any("error" in json.loads(answer) for answer in Batch().answers([data])):
        return
    try:
        value = jsontext.load(data.decode(), "line")
        layers, request = vectors.read(
            {name: found for name, found in value.items() if found is not None}, document="line"
        )
    except InputError:
        return
    policies = policyset.compile(layers)
    explained = policies.explain(request)
    assert policies.decide(request) is explained.decision, "decided otherwise than explained"
    assert (explained.decision is Decision.UNKNOWN) is (len(explained.possible) > 1)
    expected = reference.decide(layers, request)
    # Where one of them is less sure, that is its right; where both are sure they agree.
    granted, wanted = ({found is Decision.ALLOWED for found in told.possible} for told in (explained, expected))
    assert granted & wanted, f"{explained.possible}, the reference {expected.possible}"
    if Decision.UNKNOWN not in (expected.decision, explained.decision):
        assert explained.decision is expected.decision, f"{explained.decision}, the reference {expected.decision}"
