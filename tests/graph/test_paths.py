"""Ways through the graph: the shortest first, sure ones before unknown ones, cycles, and what a session carries from hop to hop."""

from __future__ import annotations

import random

import networkx as nx  # noqa: TID253 - what our own search is held against
import pytest

from iamsim.graph import likeness
from iamsim.graph.build import graph, unread_roles
from iamsim.graph.model import Answer, Edge, Graph, Group, Kind, Node, State
from iamsim.graph.parts import between, from_, roots, to
from iamsim.graph.paths import cycles, digraph, paths, reach, sources
from iamsim.graph.walk import walked
from tests.accounts import A, allow, policy, simulator
from tests.graph.made import account, arn, by, may_assume, role, statement

ROOT = f"arn:aws:iam::{A}:root"


def drawn(*ends, groups=(), unknown=()):
    """A graph of plain names: `drawn("ab", "bc")` has two edges."""
    names = sorted(
        {name for pair in ends for name in pair}
        | {n for g in groups for n in (*g.members, *(e.target for e in g.edges))}
    )
    nodes = {name: Node(name, Kind.ROLE, name, loaded=True) for name in names}
    return Graph(
        nodes,
        tuple(hop(pair, State.UNKNOWN if pair in unknown else State.ALLOWED) for pair in sorted(ends)),
        tuple(groups),
    )


def hop(pair, state=State.ALLOWED):
    return Edge(pair[0], pair[1], Answer(state, ""))


def group(members, targets):
    return Group("g", tuple(members), tuple(hop(("g", target)) for target in targets))


def ways(*found):
    return ["".join(way.nodes) for way in found]


def test_the_shortest_way_comes_first_and_alternatives_after_it():
    found = drawn("ab", "bd", "ac", "cd", "ad", "ce", "ed")
    assert ways(*paths(found, "a", "d", most=3)) == ["ad", "abd", "acd"]
    assert ways(*paths(found, "a", "d", most=20)) == ["ad", "abd", "acd", "aced"]
    assert paths(found, "d", "a") == ()


def test_a_longer_way_that_is_sure_comes_instead_of_a_shorter_one_that_is_not():
    found = drawn("ad", "ab", "bd", unknown=("ad",))
    assert ways(*paths(found, "a", "d")) == ["abd"]
    (only,) = paths(drawn("ab", "bd", unknown=("ab",)), "a", "d")
    assert only.state is State.UNKNOWN


@pytest.mark.parametrize("seed", range(5))
def test_ways_are_those_of_networkx(seed):
    chance = random.Random(seed)  # noqa: S311 - the same each time, and no secret
    ends = {f"{a}{b}" for a in "abcdefgh" for b in "abcdefgh" if a != b and chance.random() < 0.3}
    found = drawn(*ends, "ab", "gh")
    try:
        all_ = sorted(map(len, nx.all_simple_paths(digraph(found), "a", "h")))
    except nx.NetworkXNoPath:
        all_ = []
    given = paths(found, "a", "h", most=20)
    assert [len(way.nodes) for way in given] == all_[:20]
    assert len(set(ways(*given))) == len(given)


def test_a_group_is_walked_through_as_if_each_member_had_its_edges():
    found = drawn("xa", groups=(group("abc", "bt"),))
    assert ways(*paths(found, "x", "t")) == ["xat", "xabt"]
    assert set(reach(found, "x")) == {"a", "b", "t"}
    assert set(sources(found, "t")) == {"a", "b", "c", "x"}
    assert [edge.target for edge in found.out("b")] == ["t"]


def test_cycles_are_found_and_no_group_makes_one_of_its_own():
    assert cycles(drawn("ab", "bc", "ca", "cd")) == (("a", "b", "c"),)
    assert cycles(drawn("aa", "ab")) == (("a",),)
    assert cycles(drawn("xa", groups=(group("abc", "b"),))) == ()
    assert cycles(drawn("xa", groups=(group("abc", "bc"),))) == (("b", "c"),)


def test_two_roles_that_trust_each_other_are_a_cycle():
    asked = simulator(
        account(role("a", trust=by(AWS=arn("b"))), role("b", trust=by(AWS=arn("a"))), role("c", trust=by(AWS=arn("a"))))
    )
    assert cycles(graph(asked)) == ((arn("a"), arn("b")),)


def test_parts_hold_what_is_asked_for_and_its_edges():
    found = drawn("ab", "bc", "xb", "cx", "yz")
    assert set(from_(found, "a").nodes) == {"a", "b", "c", "x"}
    assert set(to(found, "z").nodes) == {"y", "z"}
    (way,) = paths(found, "a", "c")
    assert [(e.source, e.target) for e in between(found, (way,)).edges] == [("a", "b"), ("b", "c")]


def test_roots_come_to_every_edge_also_where_all_is_a_circle():
    assert roots(drawn("ab", "bc", "xy", "yx")) == ("a", "x")


def test_a_source_identity_goes_on_into_the_next_hop_which_then_needs_a_permission():
    first = by(
        "sts:AssumeRole", "sts:SetSourceIdentity", AWS=arn("a"), when={"StringEquals": {"sts:SourceIdentity": "alice"}}
    )
    own = policy(allow("sts:AssumeRole", "sts:SetSourceIdentity"))
    roles = [
        role("a", own),
        role("b", own, trust=first),
        role("plain", trust=by(AWS=arn("b"))),
        role("ready", trust=by("sts:AssumeRole", "sts:SetSourceIdentity", AWS=arn("b"))),
    ]
    asked = simulator(account(*roles))
    made = graph(asked)
    (refused,), (taken,) = (paths(made, arn("a"), arn(name)) for name in ("plain", "ready"))
    assert walked(asked, taken).state is State.CONDITIONAL
    last = walked(asked, refused).edges[-1]
    assert last.state is State.DENIED
    assert last.answer.why.startswith("the session carries a source identity, which goes on: sts:SetSourceIdentity: ")


def test_groups_of_a_built_graph_are_walked_through(monkeypatch):
    monkeypatch.setattr(likeness, "GROUP_FROM", 2)
    alike = [role(f"a{n}", may_assume(), trust=policy(statement(AWS=ROOT), name="trust")) for n in range(3)]
    made = graph(simulator(account(role("s", may_assume("a0")), *alike)))
    assert made.groups
    assert paths(made, arn("s"), arn("a2"))[0].nodes == (arn("s"), arn("a0"), arn("a2"))
    assert cycles(made) == ((arn("a0"), arn("a1")),)


def test_a_role_whose_trust_policy_was_not_loaded_is_named():
    asked = simulator(account(role("a", trust=None), role("b")))
    assert unread_roles(asked) == (arn("a"),)


def test_a_source_identity_that_would_have_to_be_another_leaves_the_next_hop_open():
    both = ("sts:AssumeRole", "sts:SetSourceIdentity")
    own = policy(allow(*both))
    first = by(*both, AWS=arn("a"), when={"StringLike": {"sts:SourceIdentity": "*"}})
    last = by(*both, AWS=arn("b"), when={"StringEquals": {"sts:SourceIdentity": "alice"}})
    asked = simulator(account(role("a", own), role("b", own, trust=first), role("c", own, trust=last)))
    (way,) = paths(graph(asked), arn("a"), arn("c"))
    assert walked(asked, way).state is State.UNKNOWN
