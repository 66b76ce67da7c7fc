"""The page of rules, made from the vectors; run as a script, it writes `docs/semantics.md` anew."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "semantics.md"
VECTORS = ROOT / "fixtures" / "vectors"
ELSEWHERE = VECTORS / "not-one-request.json"

RULE = re.compile(
    r"\b(?:ACT|ARN|COND|EVAL|GRAM|KEY|KMS|MULTI|OIDC|ORG|PRIN|QUOTA|RES|S3|SESS|STS|TRUST|UNK|VAR|VPCE)-\d{3}\b"
)
"""The id of a rule, where text names one."""

_HEAD = """\
# The rules of AWS

Written by `tests/semantics_table.py` from `fixtures/vectors/`. Every rule of the first table has a file there, with the sentences of AWS
that it follows, the requests that it decides, and why. The engine, its explanations and a second, naive implementation
(`tests/reference.py`) are held against all of them. An id in a comment of the program names a row here.

The witness says how the rule is known: see [documented, inferred, assumed](how-decisions-are-made.md#documented-inferred-assumed). A
doubt is what AWS's pages leave open or tell differently in two places; where it would decide a request, the answer is `unknown`,
unless the doubt says otherwise.
"""

_DOCUMENTS = """\
A document is a policy as text. Most are refused when they are read; those left to lint are read as they stand, since a simulator that
refuses what an account holds would tell nothing about it.
"""

_ELSEWHERE = """\
## Not a single request

Rules that a single request, with its policies and its context, cannot show; with the tests that hold them, where the program follows
them.
"""


def page() -> str:
    """The page as the vectors tell it now."""
    found = sorted(vectors(), key=lambda vector: vector["rule"])
    requests = sum(len(vector["cases"]) for vector in found)
    documents = [given for vector in found for given in vector.get("documents", ())]
    left = sum(given["checked_by"] == "lint" for given in documents)
    counted = f"{len(found)} rules, {requests} requests, {len(documents)} documents, {left} of these left to lint.\n\n{_DOCUMENTS}"
    rules = _table(("rule", "what it says", "page", "witness", "requests", "documents", "doubt"), map(_row, found))
    others = _table(("rule", "what it is about", "why", "tested in"), map(_other, elsewhere()))
    return f"{_HEAD}\n{counted}\n{rules}\n{_ELSEWHERE}\n{others}"


def vectors() -> Iterator[dict[str, Any]]:
    """Every vector file, with its place."""
    for path in sorted(VECTORS.glob("*/*.json")):
        yield json.loads(path.read_text(encoding="utf-8")) | {"path": path.relative_to(ROOT).as_posix()}


def elsewhere() -> list[dict[str, str]]:
    """The rules that no single request can show."""
    rows: list[dict[str, str]] = json.loads(ELSEWHERE.read_text(encoding="utf-8"))
    return rows


def _row(vector: dict[str, Any]) -> tuple[str, ...]:
    source = vector["source"]
    return (
        f"[{vector['rule']}](../{vector['path']})",
        vector["title"],
        f"[{source['page']}]({source['url']})",
        vector["witness"],
        str(len(vector["cases"]) or ""),
        str(len(vector.get("documents", ())) or ""),
        vector.get("doubt", ""),
    )


def _other(row: dict[str, str]) -> tuple[str, ...]:
    tested = row.get("tested")
    return row["rule"], row["title"], row["because"], f"[{tested}](../{tested})" if tested else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
