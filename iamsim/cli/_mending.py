"""A check, and what later ones say of the edits that close its gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from iamsim import config
from iamsim.check import Inputs, check
from iamsim.cli import _secrets
from iamsim.cli._accepted import Accepting, accepting
from iamsim.cli._gated import verdict
from iamsim.cli._inputs import inputs
from iamsim.cli._loading import organization
from iamsim.cli._outputs import progress
from iamsim.cli._values import Options, policy_type
from iamsim.errors import InputError
from iamsim.model.account import Organization
from iamsim.model.finding import Kind
from iamsim.model.remedy import Reason, Together
from iamsim.model.report import Report
from iamsim.proof import edited

_NOTHING = Together((), (), ())
_UNSURE = (Reason.INSTRUCTION, Reason.NOTHING)
"""Why gaps are left that an edit may yet close, did it not depend on what was not seen."""


class Mending:
    """One check with what its fixes do, and what later checks say of them."""

    def __init__(self, chosen: Options, named: frozenset[str]) -> None:
        self.chosen = chosen
        self.asked: Accepting = accepting(chosen)
        self.read: Inputs = replace(inputs(chosen, progress), remedies=tuple(sorted(named)))
        self.found = check(self.read)
        self.judged = verdict(chosen, self.asked, self.found)
        _must_be_there(named, self.found)
        gaps = frozenset(finding.key for finding in self.found.findings if finding.kind is Kind.GAP)
        if gaps & self.judged.left:
            self.read = replace(self.read, spared=gaps & self.judged.left)
            self.found = check(self.read)
        told = replace(self.judged, together=self.found.together, widened=self.found.widened)
        self.report: Report = _secrets.shown(told)

    def done(self, *, widen: bool) -> Together:
        """The remedies that are taken, as one."""
        return (self.found.widened if widen else None) or self.found.together or _NOTHING

    def after(self, done: Together) -> Report:
        """What a check says once the edits are made; what is accepted and no longer there is no news then."""
        if not done.edits:
            return self.judged
        made = edited(self.read.organization, done.edits)
        return verdict(self.chosen, self.asked, check(self._again(made)), lambda _: None)

    def anew(self) -> Report:
        """What a check says of the policies as they are now; nothing else is read again, as a token on standard input is there once."""
        loaded = organization(self.chosen, _described(self.read.organization), self.found.role_arn, progress)
        return verdict(self.chosen, self.asked, check(self._again(loaded.organization)))

    def unless(self) -> tuple[tuple[str, ...], int]:
        """The policy types that would all have to be unattached for more gaps to be closed for sure, and how many then are."""
        done = self.found.together
        if done is None or self.read.remedies or not any(left.reason in _UNSURE for left in done.left):
            return (), 0
        accounts = self.read.organization.accounts.values()
        unseen = [word for word in config.POLICY_TYPES if any(policy_type(word) not in each.seen for each in accounts)]
        gaps = {*done.closed, *(left.finding for left in done.left)}
        then = gaps & self._closed(unseen)
        if len(then) <= len(done.closed):
            return (), 0
        for word in tuple(unseen):
            fewer = [each for each in unseen if each != word]
            if then <= self._closed(fewer):
                unseen = fewer
        return tuple(unseen), len(then)

    def _closed(self, unattached: Iterable[str]) -> frozenset[str]:
        """The gaps that would be closed if these policy types were not attached where none were seen; perhaps others than there are now."""
        stated = self.read.none_of.union(map(policy_type, unattached))
        done = check(replace(self.read, none_of=stated)).together
        return frozenset(done.closed if done is not None else ())

    def _again(self, made: Organization) -> Inputs:
        return replace(self.read, organization=made, remedies=(), spared=frozenset())


def _described(found: Organization) -> tuple[str, ...]:
    """The ARNs of what was loaded, for a source that is asked for things by name."""
    accounts = found.accounts.values()
    return tuple(arn for account in accounts for arn in (*account.roles, *account.users, *account.resources))


def _must_be_there(named: frozenset[str], found: Report) -> None:
    known = {remedy.id for remedy in found.remedies}
    for name in sorted(named - known):
        there = f"the fixes are {', '.join(sorted((id_[1:] for id_ in known), key=int))}" if known else "there is none"
        raise InputError(f"there is no fix {name[1:]}", hint=f"{there}; iamsim check describes each")
