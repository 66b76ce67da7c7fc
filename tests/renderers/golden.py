"""
The page of the Quilt account as it lies in tests/renderers/golden/, to be looked at whenever it changes.

`python tests/renderers/golden.py` writes it anew. What changes without the page changing is left out: the style, the
script and its data, which have tests of their own, and the versions of iamsim and of the data about AWS.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from iamsim.renderers import RenderOptions, renderer
from tests.renderers import real

ACCOUNT = "quilt-task-role"
PAGE = Path(__file__).parent / "golden" / f"{ACCOUNT}.html"
COMMAND = "python tests/renderers/golden.py"


def page() -> str:
    """The page as it would be written now."""
    report = replace(real.real(ACCOUNT), version="VERSION", reference=(), warnings=())
    text = renderer("html").render(report, RenderOptions())
    text = re.sub(r"(<(style|script)[^>]*>).*?(</\2>)", r"\1\3", text, flags=re.DOTALL)
    return re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-…", text)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
