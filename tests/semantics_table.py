"""The page of rules, made from the vectors; run as a script, it writes `docs/semantics.md` anew."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "semantics.md"
VECTORS = ROOT / "fixtures" / "vectors"
ELSEWHERE = ("not-one-request.json", "not-a-message.json", "not-a-token.json")

RULE = re.compile(
    r"\b(?:ACT|ARN|COND|ERR|EVAL|GRAM|JWT|KEY|KMS|MULTI|OIDC|ORG|PRIN|QUOTA|RES|S3|SESS|STS|TRUST|UNK|VAR|VPCE)-\d{3}\b"
)
"""The id of a rule, where text names one."""

_HEAD = """\
# The rules of AWS

Written by `tests/semantics_table.py` from `fixtures/vectors/`. Every rule that is linked has a file there, with the page of AWS that it
follows, the cases that it decides, and why. The engine, its explanations and a second, naive implementation (`tests/reference.py`,
`tests/reference_organization.py`) are held against all of them. An id in a comment of the program names a row here.

The witness says how the rule is known: see [documented, inferred, assumed](how-decisions-are-made.md#documented-inferred-assumed). A
doubt is what AWS's pages leave open or tell differently in two places; where it would decide a request, the answer is `unknown`,
unless the doubt says otherwise. A rule without cases is one that no case can show: the last column says why, and where it is tested all
the same.
"""

_KINDS = """\
A *request* is one line of the [batch format](batch.md). A *step* is one call in a small organization, by a principal or by the session that
an earlier step made. A *document* is a policy as text. Most are refused when they are read; those left to lint are read as they
stand, since a simulator that refuses what an account holds would tell nothing about it. A *size* is a policy of a given length, taken
or not. A *call* is one AssumeRole with its parameters, taken by STS or not. A *message* is what AWS answers, read into its parts and
written back from them; a *code* what a service calls a denial. A *token* is read, verified or refused.
"""


def page() -> str:
    """The page as the vectors tell it now."""
    found = sorted([*vectors(), *elsewhere()], key=lambda vector: vector["rule"])
    total: Counter[str] = sum((cases(vector) for vector in found), Counter())
    left = sum(given["checked_by"] == "lint" for vector in found for given in vector.get("documents", ()))
    without = sum(not cases(vector) for vector in found)
    counted = f"{len(found)} rules, {without} of them without cases; {_told(total)}. {left} of the documents are left to lint."
    rules = _table(
        ("rule", "what it says", "page", "witness", "cases", "doubt, or why it has no case"), map(_row, found)
    )
    return f"{_HEAD}\n{counted}\n\n{_KINDS}\n{rules}"


def vectors() -> Iterator[dict[str, Any]]:
    """Every vector file, with its place."""
    for path in sorted((*VECTORS.glob("*/*.json"), *VECTORS.glob("*/*.toml"))):
        text = path.read_text(encoding="utf-8")
        read = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        yield read | {"path": path.relative_to(ROOT).as_posix()}


def elsewhere() -> list[dict[str, Any]]:
    """The rules that no case can show."""
    rows = (row for name in ELSEWHERE for row in json.loads((VECTORS / name).read_text(encoding="utf-8")))
    return sorted(rows, key=lambda row: row["rule"])


def cases(vector: dict[str, Any]) -> Counter[str]:
    """How many cases of each kind a vector has."""
    found: Counter[str] = Counter()
    for case in vector.get("cases", ()):
        found["step" if "steps" in case else "request"] += len(case.get("steps", (case,)))
    for kind, name in _COUNTED.items():
        found[name] += len(vector.get(kind, ()))
    return +found


def _told(found: Counter[str]) -> str:
    return ", ".join(f"{found[kind]} {kind}{'s' if found[kind] > 1 else ''}" for kind in _ORDER if found[kind])


_COUNTED = {
    "documents": "document",
    "sizes": "size",
    "parameters": "call",
    "messages": "message",
    "decoded": "message",
    "codes": "code",
    "tokens": "token",
}
_ORDER = ("request", "step", "document", "size", "call", "message", "code", "token")


def _row(vector: dict[str, Any]) -> tuple[str, ...]:
    source, path, tested = vector["source"], vector.get("path"), vector.get("tested")
    return (
        f"[{vector['rule']}](../{path})" if path else vector["rule"],
        vector["title"],
        f"[{source['page']}]({source['url']})",
        vector["witness"],
        _told(cases(vector)),
        vector.get("doubt", "") or vector.get("because", "") + (f" ([test](../{tested}))" if tested else ""),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
