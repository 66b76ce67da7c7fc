"""What a gate lets pass: baseline and waivers, read where the options and settings say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from iamsim import baseline, config, redact, waivers
from iamsim.baseline import Baseline, Known
from iamsim.cli import _secrets
from iamsim.cli._outputs import done, save, warning
from iamsim.cli._values import Options
from iamsim.errors import InputError
from iamsim.lints import lints
from iamsim.model.finding import Accepted, Finding, Ground
from iamsim.model.report import Probe
from iamsim.rules import rules
from iamsim.waivers import Waiver


@dataclass(frozen=True, slots=True)
class Accepting:
    """The files that say what is accepted, read before anything is judged: one that is wrong is an error, whatever is found."""

    waivers: tuple[Waiver, ...]
    baselines: tuple[Baseline, ...] | None
    path: str
    write: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """
    What was found, and `of` what: whose baseline counts.

    `mine` are the rules that were asked, and `told` says of an entry whether a finding like it would have been told: of
    anything else nothing can be missing. `at` is the moment judged.
    """

    of: Mapping[str, str]
    findings: Sequence[Finding]
    mine: Collection[str]
    probes: Sequence[Probe] = ()
    told: Callable[[Known], bool] = lambda _: True
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What is accepted of the findings, and the waivers that have expired, in words."""

    accepted: tuple[Accepted, ...] = ()
    overdue: tuple[str, ...] = ()


def accepting(chosen: Options) -> Accepting:
    """What the options and settings name. Raises `InputError` for a file that is missing or is not what it should be."""
    write = chosen.given.get("write_baseline")
    # Whoever writes a baseline anew is not held up by an old one that the settings name.
    path = chosen("baseline") if write is None else chosen.given.get("baseline")
    known = _baselines(path) if path is not None else None
    where = chosen("waivers")
    if where is None:
        found: tuple[Waiver, ...] = ()
    elif isinstance(where, str):
        found = waivers.parse(
            _data(where, config.MAX_BYTES, "write it, or leave --waivers out"), document=_shown(where)
        )
    else:
        found = waivers.read(list(where), document=_shown(str(chosen.settings.path)))
    return Accepting(found, known, path or "", write)


def judged(asked: Accepting, found: Found, tell: Callable[[str], None] = warning) -> Judged:
    """
    What is accepted of the findings; `tell` hears of what is no longer there.

    A waiver ends by the clock, or by the moment judged where that is later: a moment in the past brings none back.
    Writes the baseline where one is asked for.
    """
    of, findings, probes = found.of, found.findings, found.probes
    now = datetime.now(UTC)
    today = max(now, found.at or now).astimezone(UTC).date()
    waived = waivers.waived(asked.waivers, findings, probes, today=today)
    _warn_of_waivers(asked.waivers, waived.idle, found.mine, tell)
    signed = {accepted.key for accepted in waived.accepted}
    accepted = list(waived.accepted)
    if asked.baselines is not None:
        base = baseline.part(asked.baselines, of)
        if base is None:
            about = ", ".join(f"{name} {value}" for name, value in of.items())
            tell(f"{_shown(asked.path)}: knows nothing of {about}; --write-baseline adds it")
        else:
            _warn_of_gone(
                asked.path,
                [each.key for each in baseline.gone(base, findings) if each.rule in found.mine and found.told(each)],
                tell,
            )
            known = baseline.known(base, findings, probes) - signed
            accepted += (Accepted(key, Ground.BASELINE) for key in sorted(known))
    if asked.write is not None:
        _write(asked.write, baseline.baseline(of, (each for each in findings if each.key not in signed), probes))
    return Judged(tuple(accepted), tuple(map(_overdue, waived.overdue)))


# ---------------------------------------------------------------- helpers


def _data(path: str, most: int, hint: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no path").lower()
        raise InputError(f"`{_shown(path)}` cannot be read: {reason}", hint=hint) from None


def _baselines(path: str) -> tuple[Baseline, ...]:
    return baseline.read(_data(path, baseline.MAX_BYTES, "write one with --write-baseline"), document=_shown(path))


def _write(path: str, found: Baseline) -> None:
    """The baseline in the file; those of others that stand in it stay."""
    before = _baselines(path) if Path(path).exists() else ()
    save(Path(path), _secrets.hidden(baseline.text(baseline.put(before, found))))
    done(f"wrote {_shown(path)}")


def _shown(path: str) -> str:
    return redact.line(path)[:200]


def _overdue(waiver: Waiver) -> str:
    owner = f" ({waiver.owner})" if waiver.owner else ""
    return f"{waiver.origin}: {waiver.name} expired on {waiver.expires}{owner}: {waiver.reason}"


def _warn_of_waivers(
    every: Iterable[Waiver], idle: Iterable[Waiver], mine: Collection[str], tell: Callable[[str], None]
) -> None:
    for waiver in every:
        if waiver.expires is None:
            tell(f"{waiver.origin}: {waiver.name} never expires; give it a day: expires = YYYY-MM-DD")
    known = {*rules(), *lints()}
    for waiver in idle:
        rule = max((id_ for id_ in known if f"{waiver.id}-".startswith(f"{id_}-")), key=len, default=None)
        if rule is None or rule in mine:
            tell(f"{waiver.origin}: {waiver.name} matches nothing; take it out")


def _warn_of_gone(path: str, keys: Sequence[str], tell: Callable[[str], None]) -> None:
    if keys:
        more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
        tell(f"{_shown(path)}: `{keys[0]}`{more} is found no longer; write the baseline anew")
