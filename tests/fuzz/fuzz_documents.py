"""Any text ends in a policy that can be written and read again, or in one short line that tells where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from iamsim import documents
from iamsim.errors import InputError
from tests import vectors

FIXTURES = Path(__file__).parents[2] / "fixtures"


def seeds() -> Iterator[bytes]:
    """Every policy of the accounts, and every document that a vector calls good or bad."""
    for path in sorted(FIXTURES.joinpath("accounts").rglob("*.json")):
        yield path.read_bytes()
    for given in vectors.validations():
        yield given.text.encode("utf-8", "surrogatepass")


def one_input(data: bytes) -> None:
    # What is no UTF-8 becomes halves of characters, which have to be refused too.
    text = data.decode("utf-8", "surrogateescape")
    refused = None
    try:
        policy = documents.policy(text, document="p.json")
    except InputError as error:
        refused = error
    if refused is None:
        again = documents.policy(documents.text(policy), document="again.json")
        assert documents.document(again) == documents.document(policy)
        documents.text(policy).encode()
        return
    told = str(refused)
    assert refused.hint
    assert len(told) < 700
    assert not any(character < " " or character in "\x7f\u2028\u2029" for character in told)
    lines = text.split("\n")
    assert 1 <= refused.origin.line <= len(lines)
    assert 1 <= refused.origin.column <= len(lines[refused.origin.line - 1]) + 1
