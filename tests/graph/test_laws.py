"""The graph asks few of all pairs, and each of the others would be answered as it says: against every pair asked of the engine."""

from __future__ import annotations

import random

import pytest

from iamsim.graph import calls, likeness
from iamsim.graph.askers import caller
from iamsim.graph.build import graph
from iamsim.graph.holders import Holders
from iamsim.graph.model import State
from tests.accounts import A, B, allow, deny, policy, simulator
from tests.graph.made import account, arn, by, role, statement, user

ROLES = 12


def drawn(chance):
    """Two accounts of roles and users with trust and identity policies of every form."""
    names = [(f"{'ci/' if n % 3 == 0 else ''}r{n}", A if n % 2 else B) for n in range(ROLES)]

    def principal():
        name, id_ = chance.choice(names)
        return chance.choice(
            [
                {"AWS": f"arn:aws:iam::{chance.choice((A, B))}:root"},
                {"AWS": chance.choice((A, B))},
                {"AWS": "*"},
                {"AWS": arn(name, id_)},
                {"AWS": [arn(name, id_), f"arn:aws:iam::{B}:root"]},
                {"AWS": f"arn:aws:sts::{id_}:assumed-role/{name.rpartition('/')[2]}/s"},
                {"AWS": f"AROA{name.rpartition('r')[2]}X{id_}"},
                {"Service": "ec2.amazonaws.com"},
            ]
        )

    def when():
        name, id_ = chance.choice(names)
        return chance.choice(
            [
                None,
                None,
                {"StringEquals": {"sts:ExternalId": "ab"}},
                {"StringEquals": {"aws:PrincipalTag/team": chance.choice(("x", "y"))}},
                {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{id_}:role/ci/*"}},
                {"ArnNotEquals": {"aws:PrincipalArn": arn(name, id_)}},
                {"StringEquals": {"aws:ResourceTag/team": "x"}},
            ]
        )

    def trust():
        found = [statement(when=when(), **principal()) for _ in range(chance.randint(1, 2))]
        if chance.random() < 0.2:
            found.append({**deny("sts:AssumeRole", on=None, Principal=principal()), **_if(when())})
        return policy(*found, name="trust")

    def own():
        name, id_ = chance.choice(names)
        on = chance.choice(
            [
                "*",
                arn(name, id_),
                f"arn:aws:iam::{id_}:role/*",
                f"arn:aws:iam::*:role/ci/{'*' if chance.random() < 0.5 else 'r?'}",
                "arn:aws:iam::" + id_ + ":role/${aws:PrincipalTag/team}*",
                "arn:*",
            ]
        )
        action = chance.choice(("sts:AssumeRole", "sts:*", "*", "s3:*", "sts:Assume*"))
        kind = deny if chance.random() < 0.2 else allow
        return policy({**kind(action, on=on), **_if(when() if chance.random() < 0.3 else None)})

    limit = policy(allow("sts:AssumeRole", on=[arn(*names[0]), arn(*names[1])]), name="limit")

    def made(name, id_):
        more = {"tags": {"team": chance.choice(("x", "y", "r"))}} if chance.random() < 0.5 else {}
        if chance.random() < 0.2:
            more |= {"boundary": limit, "boundary_arn": "limit"}
        # Whose id is not known could be anybody that an id names: the graph tells of that id as a class.
        more["unique_id"] = f"AROA{name.rpartition('r')[2]}X{id_}"
        policies = [own() for _ in range(chance.choice((0, 0, 1, 1, 2)))]
        return role(name, *policies, id=id_, trust=trust(), **more)

    roles = [made(*each) for each in names]
    users = [user(f"u{n}", own(), id=A) for n in range(2)]
    scp = policy(allow("*"), deny("sts:AssumeRole", on=arn(*names[2])), name="scp")
    return (
        account(
            *(each for each in roles if f":{A}:" in each.arn), *users, scps=((scp,),) if chance.random() < 0.5 else ()
        ),
        account(*(each for each in roles if f":{B}:" in each.arn), id=B),
    )


def _if(when):
    return {"Condition": when} if when else {}


@pytest.mark.parametrize("least", [2, 8])
@pytest.mark.parametrize("seed", range(8))
def test_the_graph_says_of_every_loaded_pair_what_the_engine_says_of_it(seed, least, monkeypatch):
    monkeypatch.setattr(likeness, "GROUP_FROM", least)
    asked = simulator(*drawn(random.Random(seed)))  # noqa: S311 - the same each time, and no secret
    made = graph(asked)
    said = {(source, e.target): e.state for source in made.nodes for e in made.out(source) if made.nodes[source].loaded}
    for holder in Holders(asked.organization).by_arn.values():
        for target in asked.organization.roles():
            expected = calls.answer(asked, caller(holder), target.arn, full=False).state
            found = said.get((holder.arn, target.arn), State.DENIED)
            # A trust in one session of a role is more than is said of a session with no name.
            by_session = any(
                ":assumed-role/" in value for s in target.trust.statements if s.principal for value in s.principal.aws
            )
            assert found is expected or (by_session and found in (State.CONDITIONAL, State.UNKNOWN)), (
                holder.arn,
                target.arn,
            )


def test_groups_are_made_and_hold_nobody_who_is_spoken_of(monkeypatch):
    monkeypatch.setattr(likeness, "GROUP_FROM", 2)
    opened = policy(allow("sts:AssumeRole"))
    alike = [role(f"a{n}", opened) for n in range(4)]
    target = role(
        "t",
        trust=policy(
            statement(AWS=f"arn:aws:iam::{A}:root"),
            deny("sts:AssumeRole", on=None, Principal={"AWS": arn("a1")}),
            name="trust",
        ),
    )
    made = graph(simulator(account(*alike, target)))
    assert [group.members for group in made.groups] == [(arn("a0"), arn("a2"), arn("a3"))]
    assert {edge.source for edge in made.into(arn("t"))} == {arn("a0"), arn("a2"), arn("a3"), f"arn:aws:iam::{A}:root"}


def test_a_thousand_alike_make_one_question_of_many(monkeypatch):
    opened = policy(allow("sts:AssumeRole"))
    alike = [role(f"a{n}", policy(allow("sts:AssumeRole"), name=f"own-{n}")) for n in range(200)]
    asked = []
    plain = calls.answer
    monkeypatch.setattr("iamsim.graph.build.answer", lambda *a, **k: asked.append(a) or plain(*a, **k))
    made = graph(
        simulator(
            account(*alike, role("t", opened, trust=policy(statement(AWS=f"arn:aws:iam::{A}:root"), name="trust")))
        )
    )
    assert len(list(made.into(arn("t")))) == 202 - 1 + 1
    assert len(asked) < 10


def test_roles_that_are_trusted_alike_are_told_apart_by_what_their_trust_policies_ask_of_them():
    when = {"StringEquals": {"aws:ResourceTag/team": "x"}}
    found = by(Service="ec2.amazonaws.com", when=when)
    asked = simulator(account(role("a", trust=found, tags={"team": "x"}), role("b", trust=found, tags={"team": "y"})))
    assert [edge.target for edge in graph(asked).edges] == [arn("a")]


def test_roles_that_are_trusted_alike_are_told_apart_by_an_rcp_that_speaks_of_one():
    rcp = policy(
        {**deny("sts:AssumeRole", on=arn("b")), "Principal": "*"}, {**allow("*"), "Principal": "*"}, name="rcp"
    )
    found = by(Service="ec2.amazonaws.com")
    asked = simulator(account(role("a", trust=found), role("b", trust=found), rcps=((rcp,),)))
    assert [edge.target for edge in graph(asked).edges] == [arn("a")]


def test_a_service_linked_role_is_not_told_by_another():
    # Resource control policies do not reach it.
    rcp = policy({**deny("sts:AssumeRole"), "Principal": "*"}, {**allow("*"), "Principal": "*"}, name="rcp")
    found = by(Service="ec2.amazonaws.com")
    linked = "aws-service-role/ec2.amazonaws.com/AWSServiceRoleForEC2"
    asked = simulator(account(role("a", trust=found), role(linked, trust=found), rcps=((rcp,),)))
    assert [edge.target for edge in graph(asked).edges] == [arn(linked)]


def test_a_group_that_is_denied_has_no_edges(monkeypatch):
    monkeypatch.setattr(likeness, "GROUP_FROM", 2)
    alike = [role(f"a{n}", policy(allow("sts:AssumeRole"))) for n in range(3)]
    scp = policy(allow("s3:*"), name="scp")
    made = graph(simulator(account(*alike, role("t", trust=by(AWS=A)), scps=((scp,),))))
    assert made.groups == ()


def test_with_trust_in_everyone_that_asks_for_a_source_identity_the_caller_s_own_side_counts(monkeypatch):
    monkeypatch.setattr(likeness, "GROUP_FROM", 2)
    both = ("sts:AssumeRole", "sts:SetSourceIdentity")
    found = by(*both, AWS="*", when={"StringLike": {"sts:SourceIdentity": "*"}})
    able, unable = ([role(f"{n}{k}", *own) for k in range(2)] for n, own in (("a", [policy(allow(*both))]), ("b", [])))
    made = graph(simulator(account(*able, *unable, role("t", trust=found))))
    sources = {edge.source for edge in made.into(arn("t")) if edge.state is State.CONDITIONAL}
    assert sources & {arn(name) for name in ("a0", "a1", "b0", "b1")} == {arn("a0"), arn("a1")}
