"""The log of a server: errors of the AWS SDKs, answers of AWS, tokens and roles, in plain lines or JSON."""

from __future__ import annotations

import re

from iamsim.evidence import Format, _log_lines, _log_text
from iamsim.evidence._log import Found
from iamsim.evidence._reading import Opened
from iamsim.model.observation import Evidence
from iamsim.model.origin import Origin

_LOOKED_AT = 400
_LIKE = re.compile(
    r"(?:^|[\s|])(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d)"
    r"|^\W{0,4}(?:DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b"
    r'|^\{.{0,2000}"(?:level|levelname|severity|msg|message|log)"\s*:',
)


def likeness(opened: Opened) -> int:
    """Fairly sure where a line is one that servers and SDKs write, less so where lines only look like a log's."""
    lines = [line for line in opened.head.splitlines()[:_LOOKED_AT] if line.strip()]
    if any(
        any(True for _ in _log_lines.said(text)) or "An error occurred (" in text
        for line in lines
        for text, _ in _log_text.texts(line)
    ):
        return 55
    like = sum(1 for line in lines if _LIKE.search(line[:4_096]))
    return 20 if lines and like * 2 >= len(lines) else 0


def read(opened: Opened) -> Evidence:
    """What the lines say, counted together where they say the same; raises `InputError` as `Opened` does."""
    found = Found()
    tracebacks = _log_text.Tracebacks()
    for number, line in opened.lines():
        if not line.strip():
            continue
        found.read += 1
        if not _log_lines.worth(line):
            tracebacks.inside(line)
            found.passed += 1
            continue
        origin = Origin(opened.location, line=number)
        says = False
        for text, at in _log_text.texts(line):
            says = (not tracebacks.inside(text) and found.text(text, at, origin)) or says
        found.passed += not says
    return found.evidence("server_log", opened.location, opened.sha256)


EVIDENCE = Format("server log", likeness, read)
