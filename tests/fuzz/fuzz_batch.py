"""Any lines end in as many answers as there are requests, each a decision or one line that says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

from iamsim.batch import Batch
from tests import vectors

DECISIONS = {"allowed", "explicitDeny", "implicitDeny", "unknown"}


def seeds() -> Iterator[bytes]:
    """The lines of every vector, and a few of them with what a stream defines."""
    for line in lines():
        yield json.dumps(line).encode()
    defined = {"define": {"p": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}}
    for line in list(lines())[:3]:
        asks = {**line, "policies": {"identity": [{"ref": "p"}]}}
        yield json.dumps(defined).encode() + b"\n\n" + json.dumps(asks).encode() + b"\n{}"


def lines() -> Iterator[dict[str, object]]:
    for path in vectors.files():
        yield from (
            case["line"] for case in json.loads(path.read_text(encoding="utf-8")).get("cases", ()) if "line" in case
        )


def one_input(data: bytes) -> None:
    written = data.split(b"\n")
    batch = Batch(explain=True)
    told = [json.loads(text) for text in batch.answers(written)]
    assert len(told) <= sum(1 for line in written if line.strip())
    assert batch.failed is any("error" in answer for answer in told)
    for answer in told:
        if "error" in answer:
            assert answer.keys() == {"id", "error"}
            message = answer["error"]["message"]
            assert 0 < len(message) < 500
            assert not any(character < " " for character in message)
            assert 1 <= answer["error"]["line"] <= len(written)
            continue
        assert answer["decision"] in DECISIONS
        assert set(answer["possible"]) <= DECISIONS
        assert (len(answer["possible"]) > 1) is (answer["decision"] == "unknown")
        assert answer["decision"] == "unknown" or answer["possible"] == [answer["decision"]]
