"""Answers of the AWS CLI, put together: what they come to, account by account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from iamsim.errors import NothingToCheckError
from iamsim.jsontext import clipped
from iamsim.model.account import Account, Change, Organization, Resource, Role
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.report import Input
from iamsim.sources import Loaded
from iamsim.sources._answers import NAME_ROLE, Answers, arn_of, written
from iamsim.sources._counting import counted
from iamsim.sources._managed import published
from iamsim.sources._node import Node
from iamsim.sources._whose import FOLDER, principal


def together(answers: Answers) -> Loaded:
    """Everything that the answers say; raises `NothingToCheckError` for answers that say nothing."""
    found = _Accounts(answers.location)
    texts = dict(_managed(answers))
    for arn, policy in texts.items():
        account = found.of(Arn.parse(arn).account)
        found.put(replace(account, policies={**account.policies, arn: policy}))
    roles = _Roles(answers, texts)
    for role in roles.described():
        account = found.of(Arn.parse(role.arn).account)
        # GetRole tells the boundary, or that there is none.
        found.put(replace(account, roles={**account.roles, role.arn: role}, seen=account.seen | {PolicyType.BOUNDARY}))
    for change in (*roles.changes(), *roles.trusting()):
        account = found.of(Arn.parse(change.of).account)
        described = account.roles.get(change.of)
        if described is not None and change.trust is not None:
            found.put(replace(account, roles={**account.roles, change.of: replace(described, trust=change.trust)}))
        else:
            found.put(replace(account, changes=(*account.changes, change)))
    for resource, node in (*answers.resources, *_keys(answers)):
        owner = Arn.parse(resource.arn).account
        if not owner:
            owner = answers.account(node)
            answers.assumed(resource.arn, f"that it belongs to account {owner}")
        account = found.of(owner)
        found.put(replace(account, resources={**account.resources, resource.arn: resource}))
    for kind, policy, node in answers.levels:
        account = found.of(answers.account(node))
        if kind is PolicyType.SCP:
            found.put(replace(account, scps=(*account.scps, (policy,))))
        else:
            found.put(replace(account, rcps=(*account.rcps, (policy,))))
    if not found.accounts:
        raise NothingToCheckError(f"`{answers.location}` holds no policy", hint="save an answer that holds one")
    told = (Input("policies", answers.location, _summary(account)) for account in found.accounts.values())
    return Loaded(Organization(found.accounts), (*told, *answers.inputs))


@dataclass(slots=True)
class _Accounts:
    location: str
    accounts: dict[str, Account] = field(default_factory=dict)

    def of(self, id_: str) -> Account:
        return self.accounts.get(id_) or Account(id_, origin=Origin(self.location))

    def put(self, account: Account) -> None:
        self.accounts[account.id] = account


def _managed(answers: Answers) -> Iterator[tuple[str, Policy]]:
    """The text of a managed policy, whose answer does not tell which it is; the one beside it does."""
    for version in answers.versions:
        id_ = version.get("VersionId").text()
        of = [found for found in answers.described if found.get("DefaultVersionId").text() == id_]
        if len(answers.versions) != 1 or len(of) != 1:
            version.fail(
                "does not tell which policy it is a version of",
                "put it into one list with what `aws iam get-policy` prints (`jq -s . FILE…`), one policy a file",
            )
        arn = str(arn_of(of[0].get("Arn")))
        yield arn, written(version.get("Document"), Arn.parse(arn).name, arn)
    for found in answers.described if not answers.versions else ():
        found.fail("does not hold the policy's text", "add what `aws iam get-policy-version` prints (`jq -s . FILE…`)")


@dataclass(slots=True)
class _Roles:
    """What the answers say of principals; a list of policies counts for the one role that is described, or was asked about."""

    answers: Answers
    texts: dict[str, Policy]

    def described(self) -> Iterator[Role]:
        """Every role with an answer of its own, with those of its policies that are told beside it."""
        answers = self.answers
        lists = [node for node in (answers.attached, answers.inline_names) if node is not None]
        if len(answers.roles) > 1 and lists:
            lists[0].fail("does not tell which role it is about", "keep the answers for one role in one file")
        for node in answers.roles:
            arn = str(arn_of(node.get("Arn")))
            name = Arn.parse(arn).name
            own = [policy for kind, of, policy, _ in answers.inline if (kind, of) == ("role", name)]
            answers.inline = [each for each in answers.inline if each[:2] != ("role", name)]
            attached, without = self._texts(answers.attached)
            unread = self._missing(answers.inline_names, own)
            boundary = node.get("PermissionsBoundary", "PermissionsBoundaryArn").text()
            yield Role(
                arn,
                node.get("AssumeRolePolicyDocument").policy(f"trust policy of {name}"),
                (*own, *attached),
                (self.texts.get(boundary) or published(boundary)) if boundary else None,
                boundary,
                node.get("Tags").tags(),
                node.get("RoleId").text(),
                _seconds(node.get("MaxSessionDuration")),
                (
                    *(unread if answers.inline_names is not None else ("inline policies",)),
                    *(without if answers.attached is not None else ("managed policies",)),
                ),
                node.origin,
            )
        if answers.roles:
            answers.attached = answers.inline_names = None

    def trusting(self) -> Iterator[Change]:
        """What the role that was asked about gets, where a bare trust policy is there."""
        for policy, node in self.answers.trusts:
            role = self._asked(node)
            self.answers.assumed(role, f"that `{self.answers.location}` is its trust policy")
            yield Change(role, origin=node.origin, trust=policy)

    def changes(self) -> Iterator[Change]:
        """What principals gain that are described elsewhere."""
        answers = self.answers
        for kind, name, policy, node in answers.inline:
            if name:
                of, what = principal(kind, name, answers.options)
                if of is None:
                    node.fail(f"does not tell the account of {kind} `{clipped(name)}`", NAME_ROLE)
            else:
                of, what = self._asked(node), f"that `{answers.location}` is an inline policy of it, `{policy.name}`"
            answers.assumed(of, what)
            yield Change(of, (policy,), origin=node.origin)
        own = [policy for kind, _, policy, _ in answers.inline if kind == "role"]
        if answers.attached is not None:
            policies, unread = self._texts(answers.attached)
            yield self._listed(answers.attached, "managed", tuple(policies), tuple(unread))
        if answers.inline_names is not None:
            yield self._listed(answers.inline_names, "inline", (), tuple(self._missing(answers.inline_names, own)))

    def _listed(self, node: Node, what: str, policies: tuple[Policy, ...], unread: tuple[str, ...]) -> Change:
        of = self._asked(node)
        self.answers.assumed(of, f"that the {what} policies listed are its own")
        return Change(of, policies, unread, origin=node.origin)

    def _missing(self, listed: Node | None, there_are: list[Policy]) -> list[str]:
        """The names of inline policies whose text is not there."""
        known = {policy.name for policy in there_are}
        return (
            [name for node in listed.each() if (name := node.text() or "") not in known] if listed is not None else []
        )

    def _texts(self, listed: Node | None) -> tuple[list[Policy], list[str]]:
        """The attached managed policies of which the text is there, and the ARNs of the others."""
        found, without = [], []
        for node in listed.each() if listed is not None else ():
            arn = str(arn_of(node.get("PolicyArn")))
            text = self.texts.get(arn) or published(arn)
            if text is None:
                without.append(arn)
            else:
                found.append(text)
        return found, without

    def _asked(self, node: Node) -> str:
        if self.answers.options.role is None:
            node.fail("does not tell whom it is attached to", f"{NAME_ROLE}, or {FOLDER}")
        return self.answers.options.role


def _keys(answers: Answers) -> Iterator[tuple[Resource, Node]]:
    """The policies of keys, whose Resource is `*`: of the key beside them, or of the only one in play."""
    for policy, node in answers.of_keys:
        settings = {}
        if len(answers.keys) == 1 and len(answers.of_keys) == 1:
            arn = str(arn_of(answers.keys[0].get("Arn")))
            if manager := answers.keys[0].get("KeyManager").text():
                settings["key_manager"] = manager
        else:
            in_play = [arn for arn in dict.fromkeys(answers.options.needed) if _is_one_key(arn)]
            if len(in_play) != 1 or len(answers.of_keys) != 1:
                node.fail(
                    "does not tell the key that it belongs to",
                    "put it into one list with what `aws kms describe-key` prints (`jq -s . FILE…`)",
                )
            arn = in_play[0]
            answers.assumed(arn, f"that `{answers.location}` is its key policy: no other key is in play")
        named = replace(policy, name=f"key policy of {arn}")
        yield Resource(arn, named, None, settings, node.origin, partial=True), node


def _is_one_key(arn: str) -> bool:
    return ":kms:" in arn and ":key/" in arn and not any(mark in arn for mark in (HOLE, "*", "?"))


def _seconds(node: Node) -> int | None:
    if node.value is None:
        return None
    text = str(node.value)
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        node.fail("expected seconds", "save the whole answer, as JSON")
    return int(text)


_DIGITS = 9


def _summary(account: Account) -> str:
    found = counted(
        ("role", account.roles),
        ("managed policy", account.policies),
        ("resource policy", account.resources),
        ("change of principals", account.changes),
        ("organization policy", (*account.scps, *account.rcps)),
    )
    return f"account {account.id}: {found}"
