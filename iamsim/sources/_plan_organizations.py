"""Organization policies of a plan, as far as it tells which accounts they reach."""

from __future__ import annotations

import re

from iamsim import documents
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.sources._plan_documents import Documents
from iamsim.sources._plan_instance import Instance
from iamsim.sources._plan_names import Names
from iamsim.sources._plan_values import Untold

_POLICY, _ATTACHMENT = "aws_organizations_policy", "aws_organizations_policy_attachment"
ORGANIZATIONS = (_POLICY, _ATTACHMENT)
_TYPES = {"SERVICE_CONTROL_POLICY": PolicyType.SCP, "RESOURCE_CONTROL_POLICY": PolicyType.RCP}
_ELSEWHERE = Origin("organization policies that the plan does not tell")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)

Level = tuple[Policy, ...]


class Organizations:
    """
    What changes for accounts to which a plan attaches organization policies by their ids.

    The plan has neither what else is attached there nor the levels above. So of an account for which something
    changes there is one level: the plan's policies, and one that stands for all others and allows everything. What
    that denies is denied; what else is denied or allowed stays open, since the policy type does not count as seen.
    """

    def __init__(self, instances: tuple[Instance, ...], documents_: Documents, names: Names) -> None:
        self.documents = documents_
        self.names = names
        self.levels: dict[tuple[str, PolicyType], dict[str, Policy]] = {}
        self.changed: set[tuple[str, PolicyType]] = set()
        mine = [one for one in instances if one.mode == "managed" and one.type in ORGANIZATIONS]
        self.policies = {one.address: one for one in mine if one.type == _POLICY}
        self.by_id = {id_: one for one in self.policies.values() if isinstance(id_ := one.told.get("id"), str)}
        for one in mine:
            if one.type == _ATTACHMENT:
                self.attachment(one)

    def accounts(self) -> set[str]:
        """The accounts for which something changes."""
        return {account for account, _ in self.changed}

    def of_account(self, account: str) -> dict[PolicyType, tuple[Level, ...]]:
        """The one level of an account, by type; nothing where nothing changes."""
        found: dict[PolicyType, tuple[Level, ...]] = {}
        for type_ in _TYPES.values():
            if (account, type_) in self.changed:
                level = self.levels.get((account, type_), {})
                found[type_] = ((*(level[name] for name in sorted(level)), _others(type_)),)
        return found

    def attachment(self, one: Instance) -> None:
        """Notes one attachment."""
        meant = self.names.meant(one, "policy_id", {_POLICY: ("id",)})
        policy = self.by_id.get(meant) if isinstance(meant, str) else meant
        changed = one.changed or (policy is not None and policy.changed)
        if not changed:
            # Whoever told what is attached has told this, too.
            return
        target = one.text("target_id")
        if not isinstance(target, str) or _ACCOUNT.fullmatch(target) is None:
            self.names.notes.miss(one.address, "which accounts it reaches stands in no plan")
            return
        types = (self.type(policy),) if policy is not None else tuple(_TYPES.values())
        for type_ in types:
            if type_ is None:
                continue
            self.changed.add((target, type_))
            if not one.gone and policy is not None and not policy.gone:
                self.levels.setdefault((target, type_), {})[policy.address] = self.text(policy, type_)

    def type(self, policy: Instance) -> PolicyType | None:
        """The type of a policy; None for one that takes no part in decisions, such as a tag policy."""
        told = policy.text("type")
        return _TYPES.get("SERVICE_CONTROL_POLICY" if told is None or isinstance(told, Untold) else told)

    def text(self, policy: Instance, type_: PolicyType) -> Policy:
        told = self.documents.read(policy, "content", name=policy.shown)
        if told.policy is not None:
            return told.policy
        self.names.notes.miss(policy.address, f"its policy is {told.unread or 'not told'}")
        return _others(type_)


def _others(type_: PolicyType) -> Policy:
    """What stands for all policies that the plan does not tell."""
    whom = {"Principal": "*"} if type_ is PolicyType.RCP else {}
    value = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **whom, "Action": "*", "Resource": "*"}]}
    return documents.policy_of(value, origin=_ELSEWHERE, name="organization policies that the plan does not tell")
