"""Whom the server runs as, found among the policies: one, and never one of several."""

from __future__ import annotations

import pytest

from iamsim.cli._process import runs_as
from iamsim.cli._values import Options
from iamsim.config import Config
from iamsim.errors import InputError
from iamsim.model.account import Organization, Workload
from iamsim.model.origin import Origin

ONE = "111122223333"
TASK, FUNCTION = f"arn:aws:iam::{ONE}:role/task", f"arn:aws:iam::{ONE}:role/function"
SERVER = Workload("aws_ecs_task_definition.server", "ecs-task", TASK, origin=Origin("plan.json", line=7))
WORKER = Workload("aws_lambda_function.worker", "lambda", FUNCTION)
POD = Workload("apps/server", "irsa", TASK, "apps/server")


class Told:
    """Stands in for what was loaded: these tests are about the choice, not about a source."""

    def __init__(self, *workloads: Workload) -> None:
        self.found = workloads

    def workloads(self) -> tuple[Workload, ...]:
        return self.found

    def offline(self) -> Organization:
        return Organization()


def process(*workloads: Workload, **given: str):
    return runs_as(Options({"server_principal": "auto", **given}, Config()), Told(*workloads))  # type: ignore[arg-type]


def told(*workloads: Workload, **given: str) -> str:
    with pytest.raises(InputError) as caught:
        process(*workloads, **given)
    return str(caught.value)


def test_the_one_workload_is_the_server_with_what_hands_it_its_role():
    found = process(SERVER)
    assert found.caller is not None
    assert (found.caller.entity, found.runs_on, found.service_account) == (TASK, "ecs-task", None)
    (said,) = found.inputs
    assert (said.kind, said.location) == ("server principal", "auto")
    assert said.detail == f"{TASK}, on ecs-task: aws_ecs_task_definition.server (plan.json:7)"


def test_one_that_is_told_twice_is_one():
    assert process(SERVER, Workload("other", "ecs-task", TASK)).runs_on == "ecs-task"


def test_a_pod_comes_with_its_service_account():
    assert process(POD).service_account == "apps/server"


def test_one_of_several_is_never_picked():
    assert told(SERVER, WORKER) == (
        "2 things among the policies run with a role: "
        f"aws_ecs_task_definition.server ({TASK}, ecs-task), aws_lambda_function.worker ({FUNCTION}, lambda); "
        "name one with --server-principal ARN, or narrow them with --runs-on and --service-account"
    )


def test_what_it_runs_on_narrows_them():
    assert process(SERVER, WORKER, runs_on="lambda").caller.entity == FUNCTION
    assert process(SERVER, POD, service_account="apps/server").runs_on == "irsa"


def test_nothing_that_runs_is_said():
    assert told().startswith("nothing among the policies runs with a role; give --server-principal with the ARN")
    assert "on ec2; give" in told(SERVER, runs_on="ec2")
    assert "there are aws_ecs_task_definition.server" in told(SERVER, runs_on="ec2")


def test_a_role_that_is_not_told_is_not_guessed():
    unknown = Workload("aws_ecs_task_definition.server", "ecs-task", None, origin=Origin("plan.json", line=7))
    assert told(unknown) == (
        "plan.json:7: the role of `aws_ecs_task_definition.server` is not told; give --server-principal with its ARN"
    )


def test_a_task_without_a_role_has_no_credentials():
    found = process(Workload("Task", "ecs-task", ""))
    assert (found.caller, found.runs_on) == (None, "")


def test_many_are_listed_in_part():
    many = tuple(Workload(f"w{i}", "lambda", f"{FUNCTION}{i}") for i in range(9))
    assert "w4" in told(*many)
    assert "and 4 more" in told(*many)
    assert "w5" not in told(*many)
