"""The tables of `docs/messages.md`, made from the forms; run as a script, it writes them anew."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from iamsim.sts.messages import CLIENTS, FAULTS, FRAMES, SENTENCES, Form

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"


def rewritten(text: str) -> str:
    """The page with each of its tables as the forms tell it now."""
    for name, forms in _TABLES.items():
        table = "\n".join(_table(name, forms))
        text = re.sub(
            rf"(?s)(<!-- the {name} -->\n).*?(\n<!-- end of the {name} -->)",
            lambda m, table=table: m[1] + table + m[2],
            text,
        )
    return text


def _table(name: str, forms: Iterable[Form]) -> Iterator[str]:
    code = name in {"sentences", "faults"}
    yield "| name | words | source |" + (" code |" if code else "")
    yield "| --- | --- | --- |" + (" --- |" if code else "")
    for form in forms:
        words = re.sub(r"\s+", " ", form.template)
        yield f"| {form.name} | `{words}` | {form.source} |" + (f" {form.code} |" if code else "")


# IAM's sentence is shown without the resource; the page says where it stands.
_TABLES = {
    "sentences": [form for form in SENTENCES if not form.name.endswith(("-quoted", "-plain"))],
    "frames": FRAMES,
    "clients": CLIENTS,
    "faults": FAULTS,
}

if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}\n")
