"""A recording as lines for people, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from iamsim import redact
from iamsim.cli.tools._manifests import columns, count
from iamsim.tools import recorded, seen
from iamsim.tools.comparison import Difference
from iamsim.tools.record import Recording, Run
from iamsim.tools.seen import ApiCall

_SHOWN = 120


def lines(recording: Recording) -> list[str]:
    """What each call of a tool did, then what belongs to none of them."""
    called = len({run.call.tool for run in recording.runs})
    who = " ".join(recording.identity).strip() or "the server"
    found = [f"{who}: {count(len(recording.runs), 'call')} of {called} of its {count(len(recording.tools), 'tool')}"]
    for run in recording.runs:
        arguments = json.dumps(_arguments(run), ensure_ascii=False) if run.call.arguments else ""
        ended = f"failed: {run.said}" if run.failed and run.said else "failed" if run.failed else "answered"
        found += ["", f"{_line(run.call.tool)} {_line(arguments)[:_SHOWN]}".rstrip(), f"  {_line(ended)}"]
        found += _calls(run.calls, recording, run) or ["  no API call was reported"]
        if run.signs:
            found.append("  the answer holds a signed URL: the call that whoever has it makes is not reported")
    found += _apart("before the first call of a tool", recording.before, recording)
    found += _apart("not attributed: begun after the time of the tool that was called last", recording.apart, recording)
    if recording.not_called:
        found += ["", f"not called: {', '.join(map(_line, recording.not_called))}"]
    found += ["", *_unseen(recording)]
    return found


def as_json(recording: Recording, manifest: str, differences: Iterable[Difference] | None) -> dict[str, Any]:
    """The same, with the manifest as TOML, and the differences where it was held against another."""
    found: dict[str, Any] = {
        "server": dict(zip(("name", "version"), (text or None for text in recording.identity), strict=True)),
        "runs": [
            {
                "tool": _line(run.call.tool),
                "arguments": _arguments(run),
                "failed": run.failed,
                "said": run.said or None,
                "signed_url": run.signs,
                "calls": [_call(call, recording, run) for call in run.calls],
            }
            for run in recording.runs
        ],
        "before": [_call(call, recording) for call in recording.before],
        "not_attributed": [_call(call, recording) for call in recording.apart],
        "not_called": [_line(name) for name in recording.not_called],
        "dropped": dict(recording.dropped),
        "stopped": recording.stopped or None,
        "manifest": manifest,
    }
    if differences is not None:
        found["differences"] = [
            {
                "what": str(one.what),
                "tool": one.tool,
                "subject": one.subject,
                "before": one.before,
                "after": one.after,
                "explained": one.explained or None,
            }
            for one in differences
        ]
    return found


def differing(differences: Iterable[Difference], against: str) -> list[str]:
    """What the recording and another manifest say differently, a line each: what nothing explains comes first."""
    ordered = sorted(differences, key=lambda one: bool(one.explained))
    rows = [f"  {_difference(one)}" + (f" ({_reason(one)})" if one.explained else "") for one in ordered]
    told = count(len(rows), "difference") if rows else "no difference"
    explained = sum(bool(one.explained) for one in ordered)
    expected = f", {explained if explained < len(rows) else 'all'} of them to be expected" if explained else ""
    return ["", f"against {against}: {told}{expected}", *rows]


# ---------------------------------------------------------------- helpers


def _calls(calls: Iterable[ApiCall], recording: Recording, run: Run | None = None) -> list[str]:
    """A line for each operation, credential and answer, with how often that came."""
    counted = Counter(
        (
            call.name,
            seen.spoken(call, recording.holders),
            call.region or "no region",
            call.answer + (f", {call.attempts} requests" if call.attempts > 1 else ""),
            "after the tool's answer" if run is not None and run.late(call) else "",
        )
        for call in calls
    )
    rows = [(*row[:4], f"{times} times" if times > 1 else "", row[4]) for row, times in counted.items()]
    filled = [number for number in range(6) if any(row[number] for row in rows)]
    return columns([[row[number] for number in filled] for row in rows], "  ") if rows else []


def _difference(one: Difference) -> str:
    if one.what == "tool":
        side = "not in the manifest" if one.missing == "before" else "in the manifest, and not announced"
        return f"{one.tool}: {side}"
    if one.what == "need":
        side = "seen, and not in the manifest" if one.missing == "before" else "in the manifest, and not seen"
        return f"{one.tool}, {one.before or one.after}: {side}"
    if one.what == "unresolved":
        return f"{one.tool}, {one.after}: seen, and not in the manifest"
    before, after = (text or "nothing" for text in (one.before, one.after))
    return f"{one.tool}, {one.what} of {one.subject}: {before} in the manifest, {after} as seen"


def _reason(one: Difference) -> str:
    """Why it is to be expected, in the words of this command: `before` is the manifest, `after` the recording."""
    return one.explained.replace("what is before", "what the manifest says").replace("what is after", "what was seen")


def _apart(title: str, calls: Iterable[ApiCall], recording: Recording) -> list[str]:
    rows = _calls(calls, recording)
    return ["", title, *rows] if rows else []


def _unseen(recording: Recording) -> list[str]:
    found = []
    if recording.dropped:
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(recording.dropped.items()))
        found.append(f"reports that could not be used: {told}")
    if not recording.calls:
        found.append(recorded.UNSEEN)
    found.append(
        "never reported: the parameters of calls, calls that whoever has a signed URL makes, and what is sent without an SDK"
    )
    return found


def _call(call: ApiCall, recording: Recording, run: Run | None = None) -> Mapping[str, Any]:
    holder = seen.holder(call, recording.holders)
    return {
        "operation": call.name,
        "credential": None if holder is None else str(holder.credential),
        "key": seen.spoken(call, recording.holders),
        "note": call.silent or (holder.note if holder is not None else "") or None,
        "region": call.region or None,
        "bucket": call.bucket or None,
        "status": call.status or None,
        "error": call.error or None,
        "requests": call.attempts,
        "ended": call.ended,
        "late": run is not None and run.late(call),
    }


def _arguments(run: Run) -> Any:  # noqa: ANN401 - JSON is any of six types
    return {
        redact.line(name): redact.setting(name, value) if isinstance(value, str) else redact.value(name, value)
        for name, value in run.call.arguments.items()
    }


def _line(text: str) -> str:
    return redact.line(text)
