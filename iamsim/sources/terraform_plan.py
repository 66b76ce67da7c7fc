"""What an account will be after `terraform apply`: the plan that `terraform show -json` writes."""

from __future__ import annotations

from iamsim import documents
from iamsim.errors import NothingToCheckError
from iamsim.jsontext import clipped
from iamsim.model.account import Account, Change, Organization, Workload
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source, _peek
from iamsim.sources._plan_accounts import Accounts
from iamsim.sources._plan_attachments import INLINE, attach
from iamsim.sources._plan_documents import Documents, Notes
from iamsim.sources._plan_file import Plan, read
from iamsim.sources._plan_holders import Holder
from iamsim.sources._plan_instance import Instance
from iamsim.sources._plan_names import Names
from iamsim.sources._plan_organizations import ORGANIZATIONS, Organizations
from iamsim.sources._plan_principals import GROUP, POLICY, ROLE, USER, Principals
from iamsim.sources._plan_references import References
from iamsim.sources._plan_resources import CARRIERS, ENDPOINT, SEPARATE, Resources
from iamsim.sources._plan_values import Untold
from iamsim.sources._plan_workloads import workloads

_SHOWN = 500
"""Most things that are named one by one as not seen."""

_POLICIES = ("policy", "policy_document", "resource_policy", "access_policy", "policy_text", "assume_role_policy")
_OIDC, _SAML = "aws_iam_openid_connect_provider", "aws_iam_saml_provider"


def load(location: str, options: Options) -> Loaded:
    """The accounts of the plan at `location`, as they will be."""
    options.progress(f"reading {location}")
    plan = read(location)
    reader = _Reader(plan, options)
    accounts = reader.accounts()
    if not any(map(_holds_something, accounts.values())):
        raise NothingToCheckError(
            f"`{location}` plans no role, user, policy or resource with a policy",
            hint="name the plan of the configuration that has them",
        )
    return Loaded(Organization(accounts), reader.inputs(accounts))


SOURCE = Source(
    load=load,
    recognises=lambda path: (
        "format_version" in (found := _peek.names(path))
        and not found.isdisjoint(("resource_changes", "planned_values"))
    ),
)


READ = frozenset(
    {
        ROLE, USER, GROUP, POLICY, _OIDC, _SAML, *INLINE, *SEPARATE, *CARRIERS, ENDPOINT, *ORGANIZATIONS,
    }
)  # fmt: skip
"""The types of resources whose policies are read."""


class _Reader:
    def __init__(self, plan: Plan, options: Options) -> None:
        self.plan = plan
        self.notes = Notes()
        self.references = References(plan)
        self.homes = Accounts(plan, self.references, options.account)
        self.names = Names(self.references, self.homes, self.notes)
        read_ = Documents(self.references, self.notes)
        self.principals = Principals(plan.instances, read_, self.names, options.needed)
        attach(self.principals)
        self.resources = Resources(plan.instances, read_, self.names)
        self.organizations = Organizations(plan.instances, read_, self.names)
        self.holders: dict[str, list[Holder]] = {}
        for _, holder in sorted(self.principals.holders.items(), key=lambda item: item[0]):
            self.holders.setdefault(holder.account, []).append(holder)
        self.texts: dict[str, dict[str, Policy]] = {}
        for arn, told in sorted(self.principals.texts.items()):
            policy = told.policy
            if policy is None and arn in self.principals.rewritten:
                # Whoever has it will not have the text that others tell.
                policy = documents.anything(arn.rsplit("/", 1)[-1], self.principals.rewritten[arn], arn=arn)
            if policy is not None:
                self.texts.setdefault(arn.split(":")[4], {})[arn] = policy

    def accounts(self) -> dict[str, Account]:
        """Every account that the plan speaks of."""
        running = list(workloads(self.plan.instances, self.names))
        others = self.others()
        ids = {
            *(holder.account for holder in self.principals.holders.values()),
            *self.principals.gone,
            *self.resources.accounts(),
            *(account for account, _ in others),
            *self.texts,
            *self.organizations.accounts(),
        }
        ids |= {account for account, _ in running if account}
        first = min(ids, default="")
        of_account: dict[str, tuple[list[Workload], list[Instance]]] = {id_: ([], []) for id_ in sorted(ids)}
        for account, workload in running if ids else ():
            of_account[account or first][0].append(workload)
        for account, instance in others:
            of_account[account][1].append(instance)
        return {id_: self.account(id_, tuple(found[0]), found[1]) for id_, found in of_account.items()}

    def account(self, id_: str, running: tuple[Workload, ...], others: list[Instance]) -> Account:
        holders = self.holders.get(id_, [])
        whole = [holder for holder in holders if holder.instance is not None]
        changes = [holder.change() for holder in holders if holder.instance is None]
        levels = self.organizations.of_account(id_)
        resources, endpoints, lost = self.resources.of_account(id_)
        for resource in resources.values():
            if resource.unread:
                self.notes.miss(resource.origin.address or resource.arn, f"its policy is {resource.unread}")
        roles = {holder.arn: self.principals.role(holder) for holder in whole if holder.kind == ROLE}
        users = {holder.arn: self.principals.user(holder) for holder in whole if holder.kind == USER}
        groups = {holder.arn: self.principals.group(holder) for holder in whole if holder.kind == GROUP}
        texts = self.texts.get(id_, {})
        described = {*roles, *users, *groups, *resources, *endpoints, *texts}
        removed = self.principals.gone.get(id_, set()) | self.resources.gone.get(id_, set())
        providers = [one for one in others if one.type == _OIDC and not one.gone]
        removed |= {issuer for one in others if one.type == _OIDC and one.gone and (issuer := _issuer(one))}
        removed |= {str(arn) for one in others if one.type == _SAML and one.gone and (arn := self.names.arn(one))}
        made: list[Change] = [change for change in changes if change is not None]
        return Account(
            id=id_,
            roles=roles,
            users=users,
            groups=groups,
            resources=resources,
            endpoints=endpoints,
            # A role or user that the plan describes comes with the word whether it has a boundary.
            seen=frozenset({PolicyType.BOUNDARY}),
            scps=levels.get(PolicyType.SCP, ()),
            rcps=levels.get(PolicyType.RCP, ()),
            origin=Origin(self.plan.document),
            oidc_providers=self.providers(providers),
            saml_providers=self.companies([one for one in others if one.type == _SAML and not one.gone]),
            # Those of other configurations are not in the plan.
            more_providers=True,
            policies=texts,
            workloads=running,
            changes=(*made, *lost),
            removed=frozenset(removed - described),
        )

    def others(self) -> list[tuple[str, Instance]]:
        """Identity providers and organization policies, with their accounts."""
        found = []
        for one in self.plan.instances:
            if one.mode != "managed":
                continue
            if one.type in (_OIDC, _SAML):
                found.append((self.homes.account(one), one))
            elif one.changed and one.type not in READ and _has_policy(one):
                self.notes.miss(one.address, "it has a policy, and resources of its kind are not read")
        return found

    def providers(self, instances: list[Instance]) -> dict[str, tuple[str, ...]] | None:
        """The OIDC providers of the plan; None where it has none, or not all of them are told."""
        found: dict[str, tuple[str, ...]] = {}
        for one in instances:
            issuer, clients = _issuer(one), one.texts("client_id_list")
            if issuer is None or isinstance(clients, Untold) or any(isinstance(each, Untold) for each in clients or ()):
                self.notes.miss(one.address, "its URL or its audiences are known only after apply")
                return None
            found[issuer] = tuple(str(each) for each in clients or ())
        return found or None

    def companies(self, instances: list[Instance]) -> frozenset[str] | None:
        """The SAML providers of the plan, likewise."""
        found = {str(arn) for one in instances if isinstance(arn := self.names.arn(one), str)}
        return frozenset(found) or None

    def inputs(self, accounts: dict[str, Account]) -> tuple[Input, ...]:
        """What was read, and what the plan does not tell."""
        location = self.plan.document
        lines = [
            Input("policies", location, _summary(account, " (from the role's ARN)" if self.homes.taken else ""))
            for account in accounts.values()
        ]
        if self.plan.incomplete:
            lines.append(Input("not seen", location, self.plan.incomplete))
        lines += [
            Input("not seen", clipped(address), "Terraform defers it to a later plan")
            for address in self.plan.deferred[:_SHOWN]
        ]
        unseen = sorted(self.notes.unseen)
        lines += [Input("not seen", subject, reason) for subject, reason in unseen[:_SHOWN]]
        if len(unseen) > _SHOWN:
            lines.append(Input("not seen", location, f"{len(unseen) - _SHOWN:,} things more"))
        if self.notes.pathless:
            lines.append(
                Input(
                    "assumed", location, f"names without a path are at /: {', '.join(sorted(self.notes.pathless)[:8])}"
                )
            )
        if assumed := self.notes.assumed():
            lines.append(Input("assumed", location, assumed))
        return tuple(lines)


def _has_policy(instance: Instance) -> bool:
    """Whether a resource of a kind that is not read looks as if decisions could hang on it."""
    if instance.type.startswith("awscc_iam_") or instance.type == "aws_kms_grant":
        return True
    values = [instance.told.get(name) for name in _POLICIES] if instance.type.startswith("aws") else []
    return any(isinstance(value, Untold) or (isinstance(value, str) and '"Statement"' in value) for value in values)


def _issuer(instance: Instance) -> str | None:
    url = instance.text("url")
    if not isinstance(url, str):
        return None
    return url if url.startswith("https://") else f"https://{url}"


def _holds_something(account: Account) -> bool:
    return bool(
        account.roles
        or account.users
        or account.groups
        or account.resources
        or account.endpoints
        or account.policies
        or account.changes
        or account.removed
        or account.workloads
        or account.oidc_providers
        or account.saml_providers
        or account.scps
        or account.rcps
    )


def _summary(account: Account, told: str) -> str:
    counts = [
        f"{len(found)} {one if len(found) == 1 else more}"
        for one, more, found in (
            ("role", "roles", account.roles),
            ("user", "users", account.users),
            ("group", "groups", account.groups),
            ("managed policy", "managed policies", account.policies),
            ("resource", "resources", account.resources),
            ("endpoint", "endpoints", account.endpoints),
            ("workload", "workloads", account.workloads),
            ("level of organization policies", "levels of organization policies", (*account.scps, *account.rcps)),
            ("change of what it does not describe", "changes of what it does not describe", account.changes),
            ("removal", "removals", account.removed),
        )
        if found
    ]
    return f"Terraform plan, account {account.id}{told}: {', '.join(counts)}"
