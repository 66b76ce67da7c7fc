"""`iamsim graph`: from the server, as a whole, and between two; formats, files, exit codes."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import ACCOUNTS, ROLE, TASK, run
from tests.cli.test_trust import APP, CALLER, MAY, OTHER, trusting, written

QUILT = ACCOUNTS / "quilt-task-role"
ECS = "ecs-tasks.amazonaws.com"


def test_without_options_it_begins_with_the_server_s_principal():
    ran = run(QUILT, "graph")
    assert ran.code == 0
    assert ran.out.startswith(f"{TASK}\n  allowed      {ROLE}\n")
    assert "a call that sets a source identity (sts:SetSourceIdentity)" in ran.words


def test_the_whole_graph_begins_with_those_whom_nobody_can_become():
    ran = run(QUILT, "graph", "--all")
    assert f"Amazon ECS tasks ({ECS}) allowed {TASK} allowed {ROLE}" in ran.words
    assert f"any other principal of account 111122223333 conditional {ROLE}" in ran.words


def test_who_can_become_a_role_is_asked_with_to():
    ran = run(QUILT, "graph", "--to", TASK)
    assert ran.words.startswith(f"Amazon ECS tasks ({ECS}) allowed {TASK}")
    assert ROLE not in ran.out


def test_a_way_between_two_exits_with_0_and_tells_each_hop():
    ran = run(QUILT, "graph", "--from", ECS, "--to", ROLE)
    assert ran.code == 0
    assert ran.words.startswith(f"way 1, allowed: Amazon ECS tasks ({ECS}) can become {ROLE} in 2 steps")
    assert f"allowed {TASK} -> {ROLE} = the identity-based policy allows it, and nothing denies it" in ran.words


def test_no_way_exits_with_1():
    ran = run(QUILT, "graph", "--from", ROLE, "--to", TASK)
    assert (ran.code, ran.out) == (1, f"{ROLE} cannot become {TASK}, by what was loaded\n")


def test_a_way_that_only_unknown_edges_make_exits_with_4(tmp_path):
    folder = written(tmp_path, [trusting({"AWS": CALLER}, when={"StringEquals": {"aws:SourceVpc": "vpc-1"}})])
    ran = run(folder, "graph", "--policies", "one", "--from", "lambda.amazonaws.com", "--to", APP)
    assert ran.code == 4
    assert ran.words.startswith("way 1, unknown: AWS Lambda functions (lambda.amazonaws.com) may become")
    assert "may, if aws:SourceVpc is `vpc-1`" in ran.words


def test_a_way_on_which_a_source_identity_sticks_is_none_where_the_next_hop_refuses_it(tmp_path):
    both = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    own = {"Effect": "Allow", "Action": both, "Resource": "*"}
    folder = written(tmp_path, [trusting({"AWS": "111122223333"})], own=own, other=own)
    needs = trusting({"AWS": OTHER}, action=both, when={"StringLike": {"sts:SourceIdentity": "*"}})
    (folder / "one" / "roles" / "caller" / "trust.json").write_text(
        json.dumps({"Version": "2012-10-17", "Statement": [needs]})
    )
    first = run(folder, "graph", "--policies", ".", "--from", OTHER, "--to", CALLER)
    assert first.code == 0
    assert "if sts:SourceIdentity is like `*`" in first.words
    assert run(folder, "graph", "--policies", ".", "--from", CALLER, "--to", APP).code == 0
    assert run(folder, "graph", "--policies", ".", "--from", OTHER, "--to", APP).code == 1


def test_a_cycle_and_an_edge_to_another_account_are_told(tmp_path):
    folder = written(tmp_path, [trusting({"AWS": [CALLER, OTHER]})], own=MAY, other=MAY)
    back = trusting({"AWS": APP})
    (folder / "one" / "roles" / "caller" / "trust.json").write_text(
        json.dumps({"Version": "2012-10-17", "Statement": [back]})
    )
    ran = run(folder, "graph", "--all", "--policies", ".")
    assert f"cycle: {APP} -> {CALLER} -> {APP}" in ran.words
    assert f"allowed {APP} (another account)" in ran.words


def test_the_live_account_is_asked_for_nothing_where_nobody_is_named(tmp_path):
    ran = run(tmp_path, "graph")
    assert ran.code == 2
    assert ran.error.startswith("the live account is read by name, and nobody is named; give --from or --to")


@pytest.mark.parametrize(
    ("form", "begins"),
    [("mermaid", "flowchart LR\n"), ("dot", "digraph iamsim {\n"), ("graphml", "<?xml"), ("json", "{\n")],
)
def test_each_format_is_written_the_same_each_time_to_a_file_too(form, begins, tmp_path):
    said = run(QUILT, "graph", "--all", "--format", form)
    assert said.out.startswith(begins)
    file = tmp_path / "graph"
    ran = run(QUILT, "graph", "--all", "--format", form, "--output", file)
    assert (ran.code, ran.out) == (0, "")
    assert file.read_text(encoding="utf-8") == said.out


def test_json_of_ways_holds_the_paths_and_nothing_beside_them():
    found = run(QUILT, "graph", "--from", ECS, "--to", ROLE, "--format", "json").report
    assert [[hop["to"] for hop in path["hops"]] for path in found["paths"]] == [[TASK, ROLE]]
    assert {node["id"] for node in found["nodes"]} == {ECS, TASK, ROLE}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--from", TASK[:-1]), f"`{TASK[:-1]}` of --from is nobody in the graph; did you mean `{TASK}`?"),
        (("--to", "nobody"), "`nobody` of --to is nobody in the graph; iamsim graph --all shows who is there"),
        (("--all", "--to", ROLE), "--all goes with neither --from nor --to; leave out one of them"),
    ],
)
def test_what_cannot_be_asked_is_one_line(arguments, error):
    ran = run(QUILT, "graph", *arguments)
    assert (ran.code, ran.error) == (2, error)
