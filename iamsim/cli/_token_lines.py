"""What is told of a token, as lines to read."""

from __future__ import annotations

import json
from collections.abc import Iterator

from iamsim.cli._token_told import Found


def lines(found: Found) -> Iterator[str]:
    """The lines of `inspected` or `verified`; what is in them may hold control characters."""
    yield from _verdict(found)
    for part in ("header", "claims"):
        yield part
        width = max(map(len, found[part]), default=0)
        for name, value in found[part].items():
            when = f"   {found['times'][name]}" if part == "claims" and name in found["times"] else ""
            yield f"  {name.ljust(width)}  {_text(value)}{when}"
    for server in found.get("servers", ()):
        yield from _server_lines(server)
    yield "weaknesses" if found["weaknesses"] else "weaknesses: none that can be seen"
    for weak in found["weaknesses"]:
        yield f"  {weak['severity']:<8}  {weak['message']}"
        yield f"            why: {weak['why']}"
        yield f"            way out: {weak['way_out']}   ({weak['cite']})"


def _verdict(found: Found) -> Iterator[str]:
    token, at = found["token"], found["at"]
    if found["verified"] is None:
        yield f"{token}: read at {at} and NOT verified: whoever made it could have written anything"
        return
    if found["verified"]:
        yield f"{token}: verified at {at} with {found['key']}"
    else:
        yield f"{token}: REFUSED at {at}"
        for reason in found["reasons"]:
            yield f"  {reason['message']}"
        if found["signature"]:
            yield f"  the signature itself holds, with {found['key']}"
    for name in found["not_checked"]:
        yield f"  not checked: the {name} (--{name})"


def _server_lines(server: Found) -> Iterator[str]:
    yield f"server {server['server']}"
    yield f"  checks: {', '.join(server['checks'])}"
    width = max((len(one["for"]) for one in server["reads"]), default=0)
    for one in server["reads"]:
        taken = f"takes {one['taken']}" if one["taken"] else "finds none"
        yield f"  {one['for'].ljust(width)}  {taken}; looks for {', then '.join(one['claims'])}"
    yield f"  ignores: {', '.join(server['ignores']) or 'nothing'}"
    for problem in server.get("problems", ()):
        yield f"  refuses: {problem}"
    for note in server.get("notes", ()):
        yield f"  note: {note}"
    sent = server["sent"]
    if sent is None:
        yield f"  sends to AWS: {server.get('goes', 'nothing, it cannot build the call')}"
        return
    yield f"  sends to AWS: {sent['operation']}"
    width = max(map(len, sent["parameters"]))
    for name, value in sent["parameters"].items():
        yield f"    {name.ljust(width)}  {_text(value)}"
    for name, value in sent.get("brought", {}).items():
        yield f"    STS reads {name} from the token: {_text(value)}"
    yield f"    {sent['command']}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
