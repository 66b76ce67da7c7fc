"""Small organizations to compare, and what a comparison of two of them says."""

from __future__ import annotations

from dataclasses import replace

from iamsim import diff as difference
from iamsim.diff import Asked, Side
from iamsim.diff import text as as_text
from iamsim.model.account import Account, Organization, Resource, Role, User
from iamsim.model.policy import PolicyType
from tests.accounts import AT, A, allow, policy, trust

APP = f"arn:aws:iam::{A}:role/app"
DATA = "arn:aws:s3:::data"
SEEN = frozenset(PolicyType)


def role(*statements, name="app", account=A, to=None, **more):
    """A role of the account whose one policy has these statements; trusted by its account."""
    own = (policy(*statements, name=f"{name}-policy"),) if statements else ()
    trusted = trust("sts:AssumeRole", to=to or f"arn:aws:iam::{account}:root")
    return replace(Role(f"arn:aws:iam::{account}:role/{name}", trusted, own), **more)


def account(*entities, id=A, resources=(), seen=SEEN, **more):
    """One account with these roles and users."""
    roles = {each.arn: each for each in entities if isinstance(each, Role)}
    users = {each.arn: each for each in entities if isinstance(each, User)}
    more = {"organization": "", **more}
    return Account(id, roles, users, resources={each.arn: each for each in resources}, seen=seen, **more)


def organization(*accounts):
    """Several accounts; of one the entities may be given instead."""
    found = accounts if all(isinstance(each, Account) for each in accounts) else (account(*accounts),)
    return Organization({each.id: each for each in found})


def bucket(*statements, arn=DATA, **more):
    """A bucket with a policy of these statements."""
    return Resource(arn, policy(*statements, name="bucket") if statements else None, **more)


def compared(before, after, **more):
    """The difference of two organizations, without a server."""
    return difference.diff(Asked(Side(before), Side(after), AT, "us-east-1", **more))


def told(found):
    """The difference as a person reads it, without what was asked: lines without their indentation."""
    lines = as_text.render(found).partition("\nasked: ")[0].splitlines()
    return [line.strip() for line in lines if line.strip()]


READ = allow("s3:GetObject", on=f"{DATA}/*")
