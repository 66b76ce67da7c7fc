"""The graph as text: the same each time, and whatever a name holds stays a name."""

from __future__ import annotations

import io
import itertools
import json
import re
from xml.etree import ElementTree as ET

import networkx as nx  # noqa: TID253 - what reads the GraphML
import pytest

from iamsim.graph import drawing, likeness
from iamsim.graph.build import graph
from iamsim.graph.model import Answer, Edge, Graph, Kind, Node, State
from tests.accounts import A, simulator
from tests.graph.made import account, arn, by, may_assume, role

HOSTILE = 'x"]; end --> n9 <b>&amp;\\"];}\n\x1b[31m`$(id)` %% ]]> \u202e \ud800 \ufffe'
DRAWERS = {
    "mermaid": drawing.mermaid,
    "dot": drawing.dot,
    "graphml": drawing.graphml,
    "json": lambda found: drawing.as_json(found, ()),
    "tree": lambda found: "\n".join(drawing.tree(found, ("a",), lambda edge: edge.answer.requires)),
}


def hostile():
    nodes = {"a": Node("a", Kind.CLASS, HOSTILE), "b": Node("b", Kind.SERVICE, "service " + HOSTILE)}
    edge = Edge("a", "b", Answer(State.CONDITIONAL, "", requires=(f"sts:ExternalId is `{HOSTILE}`",)))
    return Graph(nodes, (edge,))


def organization():
    alike = [role(f"a{n}", may_assume()) for n in range(3)]
    return simulator(account(*alike, role("t", trust=by(AWS=f"arn:aws:iam::{A}:root"))))


@pytest.mark.parametrize("form", DRAWERS)
def test_a_hostile_name_neither_steers_a_terminal_nor_breaks_a_line(form):
    drawn = DRAWERS[form](hostile())
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\ud800\ufffe]", drawn)
    drawn.encode()
    assert len([line for line in drawn.split("\n") if "x" in line and "[31m" in line]) <= 4


def test_in_mermaid_only_our_own_signs_mean_something():
    lines = drawing.mermaid(hostile()).splitlines()
    assert lines[0] == "flowchart LR"
    for line in lines[1:3]:
        assert re.fullmatch(r'  n\d\["[A-Za-z0-9 _.,:/=+@*#;-]*"\]', line)
    assert re.fullmatch(r'  n0 -\.->\|"conditional: [A-Za-z0-9 _.,:/=+@*#;-]*"\| n1', lines[3])
    assert "<b>" not in "".join(lines)


def test_in_dot_every_text_is_one_quoted_string():
    for line in drawing.dot(hostile()).splitlines()[3:-1]:
        rest = re.sub(r'"(?:[^"\\]|\\.)*"', "TEXT", line)
        assert re.fullmatch(r"  n\d(?: -> n\d)? \[label=TEXT(?:, style=dashed)?\];", rest)


def test_graphml_is_read_by_networkx_with_names_as_they_are():
    read = nx.read_graphml(io.BytesIO(drawing.graphml(hostile()).encode()))
    assert read.nodes["n0"]["words"] == drawing.text(HOSTILE)
    assert read.edges["n0", "n1"]["state"] == "conditional"
    root = ET.fromstring(drawing.graphml(graph(organization())))  # noqa: S314 - our own text
    assert root.tag == "{http://graphml.graphdrawing.org/xmlns}graphml"


def test_json_holds_everything_and_says_null_where_nobody_asked_for_words():
    found = json.loads(drawing.as_json(graph(organization()), ((arn("a0"), arn("t")),)))
    assert [node["id"] for node in found["nodes"]] == sorted(node["id"] for node in found["nodes"])
    edge = next(e for e in found["edges"] if (e["from"], e["to"]) == (arn("a1"), arn("t")))
    assert (edge["state"], edge["why"], edge["cross_account"]) == ("allowed", None, False)
    assert found["cycles"] == [[arn("a0"), arn("t")]]
    assert "paths" not in found


def test_a_group_is_drawn_as_one_node_with_its_members(monkeypatch):
    monkeypatch.setattr(likeness, "GROUP_FROM", 2)
    made = graph(organization())
    assert "3 principals with the same permissions to assume" in drawing.mermaid(made)
    assert drawing.dot(made).count("arrowhead=none") == 3
    assert json.loads(drawing.as_json(made, ()))["groups"][0]["members"] == [arn("a0"), arn("a1"), arn("a2")]
    assert nx.read_graphml(io.BytesIO(drawing.graphml(made).encode())).number_of_edges() == len(made.edges) + 4


def test_in_a_tree_what_many_share_is_written_once(monkeypatch):
    monkeypatch.setattr(likeness, "GROUP_FROM", 2)
    made = graph(organization())
    lines = drawing.tree(made, (arn("a0"), arn("a1")), lambda _: ())
    assert lines == [
        arn("a0"),
        f"  allowed      {arn('t')}",
        arn("a1"),
        f"  and whom {arn('a0')} can by the same permissions (above)",
    ]


def test_a_tree_shows_each_once_and_a_very_long_chain_in_a_bounded_width():
    names = [f"{n:04}" for n in range(600)]
    nodes = {name: Node(name, Kind.ROLE, name, loaded=True) for name in names}
    hops = [Edge(a, b, Answer(State.ALLOWED, "")) for a, b in itertools.pairwise(names)]
    lines = drawing.tree(
        Graph(nodes, (*hops, Edge(names[-1], names[0], Answer(State.ALLOWED, "")))), (names[0],), lambda _: ()
    )
    assert len(lines) == 601
    assert max(map(len, lines)) < 130
    assert lines[-1].endswith("0000   (above)")


@pytest.mark.parametrize("form", ["mermaid", "dot", "graphml", "json"])
def test_the_same_organization_in_another_order_is_drawn_the_same(form):
    roles = [
        role("b", trust=by(AWS="*")),
        role("a", may_assume()),
        role("c", trust=by(Service=["ec2.amazonaws.com", "a.b"])),
    ]
    first, second = (graph(simulator(account(*each))) for each in (roles, reversed(roles)))
    assert DRAWERS[form](first) == DRAWERS[form](second)


def test_a_secret_in_a_condition_is_not_drawn():
    when = {"StringEquals": {"sts:ExternalId": "AKIAIOSFODNN7EXAMPLE"}}
    made = graph(simulator(account(role("a"), role("b", trust=by(AWS=arn("a"), when=when)))))
    assert all("AKIAIOSFODNN7EXAMPLE" not in draw(made) for form, draw in DRAWERS.items() if form != "tree")
