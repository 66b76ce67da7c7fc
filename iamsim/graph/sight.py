"""The engine with no more of an organization in sight than one question about a role can depend on."""

from __future__ import annotations

from dataclasses import replace

from iamsim.engine.groups import Side, side
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Account, Organization, Resource, Role
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy, PolicyType


class _WithoutResources(Organization):
    """Accounts with nothing in them that a call to assume a role could be about but roles."""

    __slots__ = ()

    def owner(self, resource: str) -> tuple[Account, Resource] | None:
        """None: no role is a resource that was loaded with a policy of its own."""
        del resource
        return None


class Sight:
    """
    Simulators for questions about one role.

    Law: the whole organization answers alike. Who assumes a role asks the trust policy of that role, the
    policies of the caller, and what hangs on their two accounts; no resource and no third account. What
    was compiled for one role goes with it: kept for thousands it would fill the memory.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        accounts = simulator.organization.accounts
        self._accounts = {id_: replace(account, resources={}) for id_, account in accounts.items()}
        self._empty = {id_: replace(account, resources={}, roles={}, users={}) for id_, account in accounts.items()}
        # What hangs on accounts, and who asks often, is compiled once for as long as there is somebody who has it.
        self._compiled: dict[object, Side] = {}
        for id_, account in accounts.items():
            for kind, levels in ((PolicyType.SCP, account.scps), (PolicyType.RCP, account.rcps)):
                if levels:
                    self._compiled[id_, kind] = side(kind, levels)
        self._role = ""
        self._kept: dict[tuple[str | None, bool], Simulator] = {}

    def of(self, role: Role, account: str | None, *, loaded: bool) -> Simulator:
        """The simulator for callers from `account`; `loaded` tells whether they are among the principals that were loaded."""
        if role.arn != self._role:
            self._role = role.arn
            self._kept = {}
        found = self._kept.get((account, loaded))
        if found is None:
            found = self._kept[account, loaded] = replace(
                self._simulator, organization=self._organization(role, account, loaded=loaded)
            )
        return found

    def keep(self, arn: str, policies: tuple[Policy, ...]) -> None:
        """Has the identity policies of a principal stay compiled."""
        if arn not in self._compiled:
            self._compiled[arn] = side(PolicyType.IDENTITY, (policies,))

    def _organization(self, role: Role, account: str | None, *, loaded: bool) -> Organization:
        home = Arn.parse(role.arn).account
        some = self._accounts if loaded else self._empty
        in_sight: dict[str, Account] = {id_: some[id_] for id_ in {home, account or home} if id_ in some}
        if not loaded and home in in_sight:
            in_sight[home] = replace(in_sight[home], roles={role.arn: role})
        return _WithoutResources(in_sight)
