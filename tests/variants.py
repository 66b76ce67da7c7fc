"""Set-ups made from one that works, each with something wrong: on the way to the role, or on the way to the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product

from iamsim import documents
from iamsim.check import Inputs
from iamsim.model.account import Account, Organization, Resource, Role, User, VpcEndpoint
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import principal
from iamsim.model.tool import Credential, Necessity, Requirement, Tool

Change = Callable[[Inputs], Inputs]
OWN, OTHER = "111122223333", "444455556666"


def variants(base: Inputs) -> Iterator[tuple[str, Inputs]]:
    """Every fault on the way to the role with every fault on the way to the data, and a name for it."""
    for (first, to_role), (second, to_data) in product(ROLE.items(), DATA.items()):
        yield f"{first}, {second}", to_data(to_role(base))


def with_more_tools(base: Inputs) -> Inputs:
    """Tools for the credentials and necessities that the base lacks."""

    def tool(name: str, *credentials: Credential, action: str = "s3:GetObject", **more: object) -> Tool:
        needs = (Requirement(action, (f"arn:aws:s3:::{BUCKET}/{name}",), credentials, **more),)  # type: ignore[arg-type]
        return Tool("notes", name, assumes=False, requirements=needs, credentials=credentials)

    extra = (
        tool("unsigned", Credential.UNSIGNED),
        tool("server", Credential.SERVER),
        tool("falls-back", Credential.SERVER, Credential.UNSIGNED),
        tool("brokered", Credential.BROKERED, Credential.SERVER),
        tool("optional", Credential.SERVER, action="s3:PutObject", necessity=Necessity.OPTIONAL),
        tool("deferred", Credential.SERVER, necessity=Necessity.DEFERRED),
        tool("starred", Credential.ROLE, action="s3:PutObject"),
    )
    return replace(base, tools=(*base.tools, *extra))


BUCKET = "notes"

# ---------------------------------------------------------------- policies


def policy(name: str, *statements: Mapping[str, object], arn: str | None = None) -> Policy:
    value = {"Version": "2012-10-17", "Statement": list(statements)}
    return documents.policy_of(value, origin=Origin(f"{name}.json"), name=name, arn=arn)


def allow(action: str, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, **more}


def deny(action: str, **more: object) -> dict[str, object]:
    return {"Effect": "Deny", "Action": action, **more}


def plus(old: Policy | None, *statements: Mapping[str, object]) -> Policy:
    new = policy("more", *statements)
    return new if old is None else replace(old, statements=(*old.statements, *new.statements))


ANYWHERE = {"Resource": "*"}
ANYONE = {"Principal": "*"}
FROM_HOME = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}

# ---------------------------------------------------------------- changes of the inputs


def nothing(inputs: Inputs) -> Inputs:
    return inputs


def account(change: Callable[[Account], Account], owner: Callable[[Inputs], str]) -> Change:
    def changed(inputs: Inputs) -> Inputs:
        accounts = dict(inputs.organization.accounts)
        if owner(inputs) in accounts:
            accounts[owner(inputs)] = change(accounts[owner(inputs)])
        return replace(inputs, organization=Organization(accounts))

    return changed


def role(change: Callable[[Role], Role], arn: Callable[[Inputs], str]) -> Change:
    def of_account(inputs: Inputs) -> Inputs:
        name = arn(inputs)

        def changed(found: Account) -> Account:
            return replace(found, roles={**found.roles, name: change(found.roles[name])})

        if inputs.organization.role(name) is None:
            return inputs
        return account(changed, lambda _: Arn.parse(name).account)(inputs)

    return of_account


def server(inputs: Inputs) -> str:
    entity = inputs.caller.entity if inputs.caller is not None else None
    return entity if entity is not None and ":role/" in entity else f"arn:aws:iam::{OWN}:role/none"


def tenant(inputs: Inputs) -> str:
    return inputs.role_arn or ""


def home(inputs: Inputs) -> str:
    return Arn.parse(server(inputs)).account


def there(inputs: Inputs) -> str:
    return Arn.parse(tenant(inputs)).account


def trust(*statements: Mapping[str, object], keep: bool = True) -> Change:
    return role(lambda r: replace(r, trust=plus(r.trust if keep else None, *statements)), tenant)


def of_server(*statements: Mapping[str, object]) -> Change:
    return role(lambda r: replace(r, policies=(*r.policies, policy("more", *statements))), server)


def of_tenant(*statements: Mapping[str, object], keep: bool = True) -> Change:
    return role(lambda r: replace(r, policies=(*(r.policies if keep else ()), policy("more", *statements))), tenant)


def boundary(arn: Callable[[Inputs], str], *statements: Mapping[str, object], managed: str | None = None) -> Change:
    return role(lambda r: replace(r, boundary=policy("limit", *statements, arn=managed), boundary_arn=managed), arn)


def scps(owner: Callable[[Inputs], str], *levels: Mapping[str, object]) -> Change:
    return account(lambda a: replace(a, scps=tuple((policy("scp", level),) for level in levels)), owner)


def rcps(owner: Callable[[Inputs], str], *statements: Mapping[str, object]) -> Change:
    return account(lambda a: replace(a, rcps=((policy("rcp", *statements),),)), owner)


def resources(*statements: Mapping[str, object], keep: bool = True) -> Change:
    """Statements in the policies of all resources of the tenant's account."""

    def changed(found: Account) -> Account:
        def new(resource: Resource) -> Resource:
            old = resource.policy if keep else None
            written = [{**s, "Resource": [resource.arn, resource.arn + "/*"]} for s in statements]
            return replace(resource, policy=plus(old, *written) if written else None)

        return replace(found, resources={arn: new(found) for arn, found in found.resources.items()})

    return account(changed, there)


def caller(text: str | None, user: bool = False) -> Change:  # noqa: FBT001, FBT002 - a flag of a test
    def changed(inputs: Inputs) -> Inputs:
        found = replace(inputs, caller=principal(text) if text is not None else None)
        if not user or text is None:
            return found
        add = account(lambda a: replace(a, users={text: User(text)}), lambda _: OWN)
        return add(found)

    return changed


def claims(**more: object) -> Change:
    return lambda inputs: replace(inputs, claims={**inputs.claims, **more})


def without_claims(inputs: Inputs) -> Inputs:
    return replace(inputs, claims={})


def unseen(*kinds: PolicyType) -> Change:
    def changed(inputs: Inputs) -> Inputs:
        accounts = {
            name: replace(found, seen=found.seen - set(kinds)) for name, found in inputs.organization.accounts.items()
        }
        return replace(inputs, organization=Organization(accounts))

    return changed


def away(arn: Callable[[Inputs], str]) -> Change:
    """The role is not loaded, nor is anything else of its account."""

    def changed(inputs: Inputs) -> Inputs:
        left = {k: v for k, v in inputs.organization.accounts.items() if k != Arn.parse(arn(inputs)).account}
        return replace(inputs, organization=Organization(left))

    return changed


def through_endpoint(*statements: Mapping[str, object]) -> Change:
    def changed(inputs: Inputs) -> Inputs:
        gate = VpcEndpoint("vpce-1", policy("endpoint", *statements))
        accounts = {k: replace(v, endpoints={"vpce-1": gate}) for k, v in inputs.organization.accounts.items()}
        return replace(
            inputs, organization=Organization(accounts), context={**inputs.context, "aws:sourcevpce": ("vpce-1",)}
        )

    return changed


def moved(inputs: Inputs) -> Inputs:
    """The resources of the tenant's account belong to the other one."""
    accounts = dict(inputs.organization.accounts)
    source = accounts.get(there(inputs))
    if source is None:
        return inputs
    other = next(name for name in (OTHER, OWN) if name != there(inputs))
    target = accounts.get(other) or Account(other, seen=source.seen, organization=source.organization)
    accounts[other] = replace(target, resources={**target.resources, **source.resources})
    accounts[there(inputs)] = replace(source, resources={})
    return replace(inputs, organization=Organization(accounts))


STS_ONLY, NO_STS = allow("sts:*", **ANYWHERE), allow("s3:*", **ANYWHERE)
FULL = allow("*", **ANYWHERE)
STRANGER = {"Principal": {"AWS": f"arn:aws:iam::{OTHER}:role/stranger"}}
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"

ROLE: Mapping[str, Change] = {
    "the role can be assumed": nothing,
    "the trust policy names somebody else": trust(allow("sts:AssumeRole", **STRANGER), keep=False),
    "the trust policy names a service": trust(
        allow("sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"}), keep=False
    ),
    "the trust policy denies": trust(deny("sts:*", **ANYONE)),
    "the trust policy denies from home": trust(deny("sts:*", **ANYONE, **FROM_HOME)),
    "the trust policy names somebody else and may deny": trust(
        allow("sts:AssumeRole", **STRANGER), deny("sts:*", **ANYONE, **FROM_HOME), keep=False
    ),
    "the trust policy wants an external id": trust(
        allow("sts:AssumeRole", **ANYONE, Condition={"StringEquals": {"sts:ExternalId": "1"}}), keep=False
    ),
    "the trust policy wants another subject": trust(
        allow("sts:*", **ANYONE, Condition={"StringEquals": {"sts:SourceIdentity": "bob"}}), keep=False
    ),
    "the trust policy wants a tag": trust(
        allow("sts:*", **ANYONE, Condition={"StringEquals": {"aws:RequestTag/team": "a"}}), keep=False
    ),
    "the trust policy wants a tagged caller": trust(
        allow("sts:*", **ANYONE, Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}}), keep=False
    ),
    "the trust policy wants an organization": trust(
        allow("sts:*", **ANYONE, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg2"}}), keep=False
    ),
    "the server's policy is gone": role(lambda r: replace(r, policies=()), server),
    "the server's policy denies": of_server(deny("sts:*", **ANYWHERE)),
    "the server's boundary lacks sts": boundary(server, allow("s3:*", **ANYWHERE)),
    "the server's boundary is AWS's and lacks sts": boundary(server, allow("s3:*", **ANYWHERE), managed=MANAGED),
    "the server's boundary denies": boundary(server, FULL, deny("sts:AssumeRole", **ANYWHERE)),
    "the server's organization lacks sts": scps(home, FULL, NO_STS),
    "the server's organization denies": scps(home, FULL, deny("sts:SetSourceIdentity", **ANYWHERE)),
    "the role's organization denies": rcps(there, deny("sts:*", **ANYONE, **ANYWHERE)),
    "the endpoint lacks sts": through_endpoint(allow("s3:*", **ANYONE, **ANYWHERE)),
    "the server has no credentials": caller(None),
    "the server is not loaded": caller("arn:aws:sts::123456789012:assumed-role/somebody/session"),
    "the server is root": caller(f"arn:aws:iam::{OWN}:root"),
    "the server is a user without policies": caller(f"arn:aws:iam::{OWN}:user/operator", user=True),
    "the role is not loaded": away(tenant),
    "organizations are not seen": unseen(PolicyType.SCP, PolicyType.RCP),
    "the subject is none for STS": claims(sub="auth0|abc"),
    "the subject is too long": claims(sub="x" * 300),
    "the token carries tags": claims(session_tags={"team": "a"}, principal_tags={"team": "a"}),
    "the token carries a tag that is too long": claims(session_tags={"team": "a" * 300}, principal_tags={"a": "a" * 300}),
    "the token names another role": claims(role_arn=f"arn:aws:iam::{OTHER}:role/elsewhere"),
    "the token names no role": claims(role_arn="nonsense"),
    "nothing is known of the token": without_claims,
}  # fmt: skip

DATA: Mapping[str, Change] = {
    "the data can be read": nothing,
    "the role's policy is gone": role(lambda r: replace(r, policies=()), tenant),
    "the role's policy is for something else": of_tenant(
        allow("s3:GetObject", Resource="arn:aws:s3:::elsewhere/*"), keep=False
    ),
    "the role's policy denies": of_tenant(deny("*", **ANYWHERE)),
    "the role's policy is gone and may deny": of_tenant(deny("*", **ANYWHERE, **FROM_HOME), keep=False),
    "the role's boundary lacks the data": boundary(tenant, STS_ONLY),
    "the role's boundary is AWS's and lacks the data": boundary(tenant, STS_ONLY, managed=MANAGED),
    "the role's boundary is AWS's and its policy is gone": lambda i: boundary(tenant, STS_ONLY, managed=MANAGED)(
        role(lambda r: replace(r, policies=()), tenant)(i)
    ),
    "the role's organization lacks the data": scps(there, FULL, STS_ONLY),
    "the role's organization denies": scps(there, FULL, deny("s3:*", **ANYWHERE)),
    "the data's organization denies": rcps(there, deny("s3:*", **ANYONE, **ANYWHERE)),
    "the data's policy denies": resources(deny("*", **ANYONE)),
    "the data's policy denies from home": resources(deny("*", **ANYONE, **FROM_HOME)),
    "the data's policies are gone": resources(keep=False),
    "the data belongs to another account": moved,
    "the data belongs to another account, and the role's policy is gone": lambda i: moved(
        role(lambda r: replace(r, policies=()), tenant)(i)
    ),
    "the endpoint lacks the data": through_endpoint(allow("sts:*", **ANYONE, **ANYWHERE)),
    "data policies are not seen": unseen(PolicyType.RESOURCE, PolicyType.BOUNDARY),
}
