"""Organizations for Hypothesis: everything that the model can hold, and what of it has no meaning taken away."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import strategies as st

from iamsim import documents
from iamsim.jsontext import Holed, Number
from iamsim.model.account import (
    GRANTABLE,
    Account,
    Change,
    Group,
    KeyGrant,
    Organization,
    Resource,
    Role,
    User,
    VpcEndpoint,
    Workload,
)
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE, RESERVED

ACCOUNTS = ("111122223333", "123456789012", "444455556666")

# What may stand for a hole in the file is text like any other.
plain = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=RESERVED), min_size=1, max_size=6
) | st.sampled_from(["<unknown>", "<unknown-2>", "\\u003cunknown>", "é\x85\u2028", "s3:Get*", '"', "${aws:username}"])
holed = st.lists(plain, min_size=2, max_size=3).map(HOLE.join).map(Holed) | st.just(Holed(HOLE))
texts = plain | plain | holed
one_or_more = texts | st.lists(texts, min_size=1, max_size=3)
scalars = texts | st.booleans() | st.sampled_from([Number("1.0"), Number("1"), Number("-0"), Number("1e3"), 12, 0.5])
operators = st.sampled_from(["StringEquals", "ForAllValues:StringLike", "stringequals", "Bool", "NumericTwice"]) | texts
conditions = st.dictionaries(
    operators, st.dictionaries(texts, scalars | st.lists(scalars, max_size=3), max_size=2), max_size=3
)
principals = st.just("*") | st.dictionaries(
    st.sampled_from(["AWS", "Service", "Federated", "CanonicalUser"]), one_or_more | st.just("*"), min_size=1
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Action", "NotAction"])): draw(one_or_more),
    }
    for names, values in (
        (["Resource", "NotResource"], one_or_more),
        (["Principal", "NotPrincipal"], principals),
        (["Condition"], conditions),
        (["Sid"], plain),
    ):
        if draw(st.booleans()):
            found[draw(st.sampled_from(names))] = draw(values)
    return found


@st.composite
def policies(draw: st.DrawFn, arn: str | None = None) -> Policy:
    document: dict[str, Any] = {
        "Statement": draw(statements() | st.lists(statements(), min_size=1, max_size=2)),
        **draw(st.sampled_from([{}, {"Version": "2012-10-17"}, {"Version": "2008-10-17", "Id": "x"}])),
    }
    return documents.policy_at(document, lambda _: NOWHERE, name=draw(plain), arn=arn)


def managed(account: str) -> st.SearchStrategy[Policy]:
    """Few ARNs, so that several texts come under one."""
    arns = [f"arn:aws:iam::{account}:policy/a", "arn:aws:iam::aws:policy/B"]
    return st.sampled_from(arns).flatmap(lambda arn: policies(arn=arn))


def named(strategy: st.SearchStrategy[Any], *keys: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(keys), strategy, max_size=2)


@st.composite
def accounts(draw: st.DrawFn, number: str) -> Account:
    """One account; its entities know their ARNs by the keys that they stand under."""
    tags = st.dictionaries(plain, plain, max_size=2)
    one = policies() | managed(number)
    some = st.lists(one, max_size=3).map(tuple)
    words = st.lists(texts, max_size=2).map(tuple)
    levels = st.lists(st.lists(one, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple)
    pairs = st.none() | tags.map(lambda found: tuple(found.items()))
    grants = st.builds(
        KeyGrant,
        plain,
        plain,
        st.lists(st.sampled_from(sorted(GRANTABLE)), max_size=2).map(tuple),
        context_equals=pairs,
        context_subset=pairs,
        source_arn=st.none() | plain,
    )
    held = {"policies": some, "unread": words}
    attached = {
        **held,
        "boundary": st.none() | one,
        "boundary_arn": st.none() | plain,
        "tags": tags,
        "unique_id": st.none() | plain,
    }
    seconds = st.none() | st.integers(900, 43200)
    iam = f"arn:aws:iam::{number}"
    role = st.builds(Role, st.just(""), st.none() | one, max_session_duration=seconds, **attached)
    resource = st.builds(
        Resource,
        st.just(""),
        policy=st.none() | one,
        tags=st.none() | tags,
        settings=tags,
        grants=st.none() | st.lists(grants, max_size=2, unique_by=lambda grant: grant.id).map(tuple),
        bucket=st.none() | plain,
        unread=st.just("") | texts,
        partial=st.booleans(),
    )
    endpoint = st.builds(VpcEndpoint, st.just(""), st.none() | one, unread=st.just("") | plain)
    found = {
        "roles": named(role, f"{iam}:role/a", f"{iam}:role/team/b", f"{iam}:role/{HOLE}"),
        "users": named(
            st.builds(User, st.just(""), groups=st.lists(plain, max_size=2).map(tuple), **attached), f"{iam}:user/u"
        ),
        "groups": named(st.builds(Group, st.just(""), **held), f"{iam}:group/g"),
        "resources": named(
            resource, "arn:aws:s3:::b", f"arn:aws:kms:us-east-1:{number}:key/k", f"arn:aws:s3:::x{HOLE}"
        ),
    }
    seen = draw(st.frozensets(st.sampled_from(PolicyType)))
    return Account(
        number,
        **{
            kind: {arn: replace(entity, arn=arn) for arn, entity in draw(entities).items()}
            for kind, entities in found.items()
        },
        endpoints={name: replace(entity, id=name) for name, entity in draw(named(endpoint, "vpce-0a")).items()},
        seen=seen,
        scps=draw(levels),
        rcps=draw(levels),
        organization=draw(st.sampled_from([None, "", "o-exampleorg1"])),
        management=draw(st.booleans()),
        oidc_providers=draw(st.none() | st.dictionaries(plain, words, max_size=2)),
        saml_providers=draw(st.none() | st.frozensets(plain, max_size=2)),
        policies={policy.arn or "": policy for policy in draw(st.lists(managed(number), max_size=2))},
        workloads=draw(
            st.lists(st.builds(Workload, texts, plain, st.none() | texts, st.none() | plain), max_size=2).map(tuple)
        ),
        changes=draw(
            st.lists(st.builds(Change, texts, some, words, words, words, trust=st.none() | one), max_size=2).map(tuple)
        ),
        removed=draw(st.frozensets(texts, max_size=2)),
    )


@st.composite
def organizations(draw: st.DrawFn) -> Organization:
    numbers = draw(st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=2, unique=True))
    return Organization({number: draw(accounts(number)) for number in numbers})


def meaning(value: Any) -> Any:
    """The value without origins, and with everything in order whose order has no meaning."""
    if is_dataclass(value) and not isinstance(value, type):
        found = {field.name: meaning(getattr(value, field.name)) for field in fields(value)}
        for name in ("policies", "unread", "groups", "grants", "workloads", "changes", "lost"):
            if isinstance(found.get(name), tuple):
                found[name] = tuple(sorted(found[name], key=_order))
        if "origin" in found:
            found["origin"] = NOWHERE
        if found.get("oidc_providers"):
            found["oidc_providers"] = {name: tuple(sorted(ids)) for name, ids in found["oidc_providers"].items()}
        return type(value)(**found)
    if isinstance(value, tuple):
        return tuple(map(meaning, value))
    if isinstance(value, dict):
        return {name: meaning(member) for name, member in value.items()}
    return value


def levelled(account: Account) -> Account:
    """The account with the policies of each level in order."""
    return replace(
        account,
        scps=tuple(tuple(sorted(level, key=_order)) for level in account.scps),
        rcps=tuple(tuple(sorted(level, key=_order)) for level in account.rcps),
    )


def same(organization: Organization) -> dict[str, Account]:
    """What two organizations that mean the same have in common."""
    return {number: meaning(levelled(account)) for number, account in organization.accounts.items()}


def _order(value: Any) -> Any:
    if isinstance(value, Policy):
        return value.name, value.arn or ""
    if isinstance(value, Workload):
        return value.name, value.runs_on, value.role or "", value.service_account or ""
    if isinstance(value, Change):
        return value.of
    return value.id if isinstance(value, KeyGrant) else value
