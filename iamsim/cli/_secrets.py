"""The secrets of this run that have no shape to know them by, kept out of what it says."""

from __future__ import annotations

import os

from iamsim import redact

_VARIABLES = ("IAMSIM_SECRET", "IAMSIM_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SHORTEST = 4
_known: set[str] = set()


def remember(secret: str) -> None:
    """Has `hidden` take this text out from now on."""
    _known.add(secret.strip())


def hidden(words: str) -> str:
    """`words` without any remembered secret, nor one of the environment, nor anything that looks like one."""
    known = _known | {os.environ.get(name, "").strip() for name in _VARIABLES}
    # A shorter text would be found inside of words, and tell nobody anything.
    for secret in sorted((text for text in known if len(text) >= _SHORTEST), key=len, reverse=True):
        words = words.replace(secret, f"redacted ({len(secret)} characters)")
    return redact.text(words)
