"""Small organizations whose roles trust each other, and what the graph says of one edge."""

from __future__ import annotations

from iamsim.graph.build import graph
from iamsim.graph.model import State
from iamsim.graph.trusted import trust as trusted
from iamsim.model.account import User
from tests.accounts import A, allow, policy
from tests.accounts import account as plain_account
from tests.accounts import role as plain_role

GITHUB = "token.actions.githubusercontent.com"
ROOT = f"arn:aws:iam::{A}:root"


def arn(name, id=A):
    return f"arn:aws:iam::{id}:role/{name}"


def role(name, *policies, id=A, **more):
    """A role whose trust policy, if it has none, trusts nobody but a service."""
    return plain_role(arn(name, id), *policies, **{"trust": by(Service="ec2.amazonaws.com"), **more})


def user(name, *policies, id=A, **more):
    return User(f"arn:aws:iam::{id}:user/{name}", tuple(policies), **more)


def account(*principals, id=A, **more):
    """An account of roles and users that has seen everything unless told otherwise."""
    users = {each.arn: each for each in principals if isinstance(each, User)}
    return plain_account(*(each for each in principals if each.arn not in users), id=id, users=users, **more)


def by(*actions, when=None, **principal):
    """A trust policy of one statement: `by(AWS=…)`, `by(Service=…)`."""
    return policy(statement(*actions, when=when, **principal), name="trust")


def statement(*actions, when=None, **principal):
    more = {"Condition": when} if when else {}
    return allow(*(actions or ("sts:AssumeRole",)), on=None, Principal=principal, **more)


def may_assume(*names, id=A):
    """An identity policy that lets its holder assume these roles; every role if none is named."""
    return policy(allow("sts:AssumeRole", on=[arn(name, id) for name in names] or "*"))


def edges(simulator):
    """The single edges of the graph by their ends, names for ARNs of roles."""
    return {(short(e.source), short(e.target)): e for e in graph(simulator).edges}


def short(name):
    return name.partition(":role/")[2] or name.partition(":user/")[2] or name


def answer(simulator, source, target):
    """What `iamsim trust` says of one of those whom the trust policy of the role `target` lets in or names."""
    found = trusted(simulator, simulator.organization.role(target))
    (one,) = [each for each in (*found.trusted, *found.refused) if each.node.id == source]
    return one.edge.answer


def state(simulator, source, target):
    """The state of the edge between two roles, denied where there is none."""
    found = edges(simulator).get((source, target))
    return found.state if found is not None else State.DENIED
