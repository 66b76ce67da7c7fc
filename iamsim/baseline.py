"""The findings that a project has known of since a certain run, and that a later run does not fail for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from iamsim.errors import InputError
from iamsim.model.finding import Finding, Kind, Severity
from iamsim.model.report import Probe

SCHEMA = "iamsim/baseline/1"
MAX_BYTES = 16 * 1024 * 1024
_KINDS = (Kind.GAP, Kind.HAZARD, Kind.NOTE)
_SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Known:
    """
    One finding as the run that wrote the baseline saw it.

    `place` is where it was first seen, for the reader. `tools` and `requests` (action and resource) are what it
    touched: the same finding is no longer known once it touches more.
    """

    key: str
    rule: str
    kind: Kind
    severity: Severity
    place: str = ""
    tools: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known of one subject: `of` says whose findings they are, such as those of a role and a server, or of `lint`."""

    of: Mapping[str, str]
    findings: tuple[Known, ...]


def baseline(of: Mapping[str, str], findings: Iterable[Finding], probes: Iterable[Probe] = ()) -> Baseline:
    """What is known of `findings`, by key, without the unknowns, which are no part of a baseline. Notes are those that count."""
    asked = {probe.id: probe for probe in probes}
    known = (_known(finding, asked) for finding in findings if finding.kind in _KINDS)
    return Baseline(of, tuple(sorted(known, key=lambda each: each.key)))


def text(baselines: Iterable[Baseline]) -> str:
    """A file of baselines as JSON, sorted, one text for equal baselines; `read` gives equal ones back."""
    told = [
        {"of": dict(sorted(each.of.items())), "findings": [msgspec.to_builtins(known) for known in each.findings]}
        for each in sorted(baselines, key=lambda each: sorted(each.of.items()))
    ]
    return json.dumps({"schema": SCHEMA, "baselines": told}, indent=2, ensure_ascii=True) + "\n"


def read(data: bytes, *, document: str) -> tuple[Baseline, ...]:
    """
    The baselines that `text` wrote in `data`.

    Raises `InputError` for anything else: what is not understood must not pass for known.
    """
    hint = "delete it, and write it anew with --write-baseline"
    if len(data) > MAX_BYTES:
        raise InputError(f"{document}: is larger than {MAX_BYTES:,} bytes", hint=hint)
    try:
        found = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        what = str(error)[:200].replace("`", "'")
        raise InputError(f"{document}: is no baseline: {what[:1].lower()}{what[1:]}", hint=hint) from None
    if found.schema != SCHEMA:
        raise InputError(f"{document}: is no baseline of schema {SCHEMA}", hint=hint)
    if len({_name(each.of) for each in found.baselines}) < len(found.baselines):
        raise InputError(f"{document}: holds two baselines of the same", hint=hint)
    for each in found.baselines:
        if len({known.key for known in each.findings}) < len(each.findings):
            raise InputError(f"{document}: holds a key twice", hint=hint)
    return found.baselines


def part(baselines: Iterable[Baseline], of: Mapping[str, str]) -> Baseline | None:
    """The baseline of one subject; None where there is none."""
    return next((each for each in baselines if _name(each.of) == _name(of)), None)


def put(baselines: Iterable[Baseline], new: Baseline) -> tuple[Baseline, ...]:
    """The baselines with `new` in the place of the one of the same subject."""
    return (*(each for each in baselines if _name(each.of) != _name(new.of)), new)


def known(base: Baseline, findings: Iterable[Finding], probes: Iterable[Probe] = ()) -> frozenset[str]:
    """The keys of those of `findings` that the baseline knows: no worse than then, and touching nothing more."""
    entries = {each.key: each for each in base.findings}
    asked = {probe.id: probe for probe in probes}
    return frozenset(
        finding.key
        for finding in findings
        if finding.kind in _KINDS and finding.key in entries and _no_worse(_known(finding, asked), entries[finding.key])
    )


def gone(base: Baseline, findings: Iterable[Finding]) -> tuple[Known, ...]:
    """The entries that nothing was found for any more."""
    keys = {finding.key for finding in findings}
    return tuple(each for each in base.findings if each.key not in keys)


# ---------------------------------------------------------------- helpers


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The file as it is written."""

    schema: str
    baselines: tuple[Baseline, ...]


def _name(of: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(of.items()))


def _known(finding: Finding, asked: Mapping[str, Probe]) -> Known:
    requests = {
        f"{asked[id_].explanation.request.action} {asked[id_].explanation.request.resource}"
        for id_ in finding.probes
        if id_ in asked
    }
    return Known(
        finding.key,
        finding.rule,
        finding.kind,
        finding.severity,
        str(finding.origins[0]).encode("utf-8", "backslashreplace").decode() if finding.origins else "",
        tuple(sorted(finding.tools)),
        tuple(sorted(requests)),
    )


def _no_worse(now: Known, then: Known) -> bool:
    return (
        (now.rule, now.kind) == (then.rule, then.kind)
        and _SEVERITIES.index(now.severity) >= _SEVERITIES.index(then.severity)
        and {*now.tools} <= {*then.tools}
        and {*now.requests} <= {*then.requests}
    )
