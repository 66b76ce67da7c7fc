"""AWS CLI commands: a shell reads them whole, AWS's own models take them, and what they leave is the policy that is meant."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3  # noqa: TID253 - the commands are carried out against a stand-in
import pytest
from botocore import xform_name  # noqa: TID253 - as boto3
from botocore.session import Session  # noqa: TID253 - as boto3
from botocore.validate import ParamValidator  # noqa: TID253 - as boto3
from moto import mock_aws

from iamsim import documents, fix
from iamsim.fix import cli
from iamsim.fix._targets import RESOURCES, target
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Policy
from iamsim.model.remedy import Edit, Slot
from iamsim.remedies._edits import edit
from tests import live_cloud
from tests.fix import corpus

Commands = list[list[str]]

SERVICES = {"s3api": "s3"}
READ_ONLY = ("get-", "list-", "describe-")
TEXT = json.dumps({"Version": "2012-10-17", "Statement": [corpus.TRUST]})


def run(block: fix.Block, tmp_path: Path, **variables: str) -> Commands:
    """The commands as the shell understands them: a real one, in which `aws` tells its arguments."""
    assert block.language == "shell"
    script, told = tmp_path / "fix.sh", tmp_path / "told"
    script.write_text(block.text, encoding="utf-8")
    told.unlink(missing_ok=True)
    aws = 'aws() { printf "%s\\0" "$#" "$@" >>"$TOLD"; }'
    environment = {"PATH": os.environ["PATH"], "TOLD": str(told), **variables}
    ran = subprocess.run(
        ["sh", "-eu", "-c", f'{aws}; . "$0"', str(script)],
        env=environment,
        capture_output=True,
        check=False,
        timeout=30,
    )
    if ran.returncode:
        raise OSError(ran.stderr.decode())
    words = iter(told.read_bytes().decode().split("\0")[:-1])
    return [[next(words) for _ in range(int(count))] for count in words]


@cache
def session() -> Session:
    return Session()


def call(command: list[str]) -> tuple[str, str, dict[str, Any]]:
    """The service, the operation in boto3's words, and its parameters, by the service's own model."""
    service, operation, *words = command
    service = SERVICES.get(service, service)
    model = session().get_service_model(service)
    found = next(name for name in model.operation_names if xform_name(name, "-") == operation)
    members = {
        xform_name(name, "-"): (name, shape) for name, shape in model.operation_model(found).input_shape.members.items()
    }
    parameters: dict[str, Any] = {}
    while words:
        option, _, joined = words.pop(0).removeprefix("--").partition("=")
        if option in ("query", "output", "region"):
            words.pop(0)
            continue
        name, shape = members[option]
        value = True if shape.type_name == "boolean" else joined or words.pop(0)
        if shape.type_name == "map":
            value = json.loads(value)
        elif shape.type_name == "list":
            value = [value]
        parameters[name] = value
    report = ParamValidator().validate(parameters, model.operation_model(found).input_shape)
    assert not report.has_errors(), report.generate_report()
    return service, xform_name(found), parameters


@pytest.mark.parametrize(("kind", "is_new"), corpus.MADE)
def test_the_first_command_only_reads_and_the_last_ones_set_the_policy(kind, is_new, tmp_path):
    change = corpus.made(kind, is_new=is_new)
    (block,) = cli.FORM.write((change,))
    first, *others = run(block, tmp_path)
    assert others
    assert first[1].startswith(READ_ONLY)
    assert not any(command[1].startswith(READ_ONLY) for command in others)
    for command in (first, *others):
        call(command)
    if kind != "function":
        texts = [word for command in others for word in command if "Statement" in word]
        (text,) = [json.loads(word).get("Policy", word) for word in texts]
        assert json.loads(text) == documents.document(change.after)
    region = change.owner.split(":")[3]
    assert all((f"--region {region}" in " ".join(command)) == bool(region) for command in (first, *others))


# ---------------------------------------------------------------- carried out


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stand-in for AWS."""
    for name, value in {"ACCESS_KEY_ID": live_cloud.KEY, "SECRET_ACCESS_KEY": live_cloud.SECRET}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with monkeypatch.context() as patch:
        live_cloud.quick_sessions(patch)
        boto3.setup_default_session()
        with mock_aws(config={"core": {"mock_credentials": False}}):
            yield
    boto3.DEFAULT_SESSION = None


def _client(service: str) -> Any:
    return boto3.client(service)


SOMEBODY: Mapping[str, Callable[[], Any]] = {
    "trust": lambda: _client("iam").create_role(RoleName="notes-reader", Path="/team/", AssumeRolePolicyDocument=TEXT),
    "user": lambda: _client("iam").create_user(UserName="notes-writer"),
    "group": lambda: _client("iam").create_group(GroupName="writers"),
    "bucket": lambda: _client("s3").create_bucket(Bucket="notes"),
    "key": lambda: _client("kms").create_key()["KeyMetadata"]["Arn"],
    "queue": lambda: _client("sqs").create_queue(QueueName="notes"),
    "topic": lambda: _client("sns").create_topic(Name="notes"),
    "secret": lambda: _client("secretsmanager").create_secret(Name="notes", SecretString="x")["ARN"],
    "domain": lambda: _client("opensearch").create_domain(DomainName="library"),
    "repository": lambda: _client("ecr").create_repository(repositoryName="notes"),
    "stream": lambda: _client("kinesis").create_stream(StreamName="notes", ShardCount=1),
}
SOMEBODY = {**SOMEBODY, **dict.fromkeys(("role", "attached", "boundary"), SOMEBODY["trust"])}
"""By kind what makes somebody to carry a policy of it; the ARN where AWS makes up a piece of it."""


def carry_out(commands: Commands) -> Any:
    answer = None
    for command in commands:
        service, operation, parameters = call(command)
        answer = getattr(_client(service), operation)(**parameters)
    return answer


def of(kind: str, arn: object = None, *, is_new: bool = False) -> Edit:
    """The edit of the kind in the stand-in's account, of what has the ARN there."""
    change = corpus.made(kind, is_new=is_new)
    owner = arn if isinstance(arn, str) else change.owner.replace(corpus.OWN, live_cloud.ACCOUNT)

    def moved(policy: Policy) -> Policy:
        text = documents.text(policy).replace(change.owner, owner).replace(corpus.OWN, live_cloud.ACCOUNT)
        own = None if policy.arn is None else policy.arn.replace(corpus.OWN, live_cloud.ACCOUNT)
        return documents.policy_of(json.loads(text), origin=NOWHERE, name=policy.name, arn=own)

    before = None if change.before is None else moved(change.before)
    return edit(owner, change.slot, before, moved(change.after))


SHOWN = {
    "trust": lambda answer: answer["Role"]["AssumeRolePolicyDocument"],
    **dict.fromkeys(("role", "user", "group"), lambda answer: answer["PolicyDocument"]),
    **dict.fromkeys(("bucket", "key"), lambda answer: answer["Policy"]),
    **dict.fromkeys(("queue", "topic"), lambda answer: answer["Attributes"]["Policy"]),
    "secret": lambda answer: answer["ResourcePolicy"],
    "domain": lambda answer: answer["DomainConfig"]["AccessPolicies"]["Options"],
    "repository": lambda answer: answer["policyText"],
    "stream": lambda answer: answer["Policy"],
}
"""By kind where the answer of the command that shows has the policy."""


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("kind", SHOWN)
def test_after_the_commands_the_policy_is_the_one_that_is_meant(kind, tmp_path):
    arn = SOMEBODY[kind]()
    for is_new in [False] if kind == "trust" else [True, False]:
        change = of(kind, arn, is_new=is_new)
        (block,) = cli.FORM.write((change,))
        show, *changes = run(block, tmp_path)
        carry_out(changes)
        if show[1] == f"list-{kind}-policies":
            assert carry_out([show])["PolicyNames"] == ["read-notes"]
            continue
        found = SHOWN[kind](carry_out([show]))
        assert (json.loads(found) if isinstance(found, str) else found) == documents.document(change.after)


@pytest.mark.usefixtures("cloud")
def test_a_managed_policy_gets_a_version_which_is_then_the_default(tmp_path):
    change = of("managed")
    (block,) = cli.FORM.write((change,))
    iam = _client("iam")
    iam.create_policy(PolicyName="notes-read", Path="/team/", PolicyDocument=documents.text(change.before))
    carry_out(run(block, tmp_path))
    arn = str(target(change).arn)
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    assert version == "v2"
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    assert found == documents.document(change.after)
    assert "a managed policy keeps at most five versions: delete one first where there are five" in block.notes


@pytest.mark.usefixtures("cloud")
def test_a_new_managed_policy_is_made_and_attached(tmp_path):
    change = of("attached", is_new=True)
    (block,) = cli.FORM.write((change,))
    SOMEBODY["attached"]()
    show, *changes = run(block, tmp_path)
    carry_out(changes)
    arn = change.after.arn
    assert carry_out([show])["AttachedPolicies"] == [{"PolicyName": "read-notes", "PolicyArn": arn}]
    found = _client("iam").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert found == documents.document(change.after)


@pytest.mark.usefixtures("cloud")
def test_a_boundary_that_was_not_told_becomes_a_policy_of_its_own(tmp_path):
    (block,) = cli.FORM.write((of("boundary"),))
    SOMEBODY["boundary"]()
    carry_out(run(block, tmp_path))
    found = _client("iam").get_role(RoleName="notes-reader")["Role"]["PermissionsBoundary"]
    assert found["PermissionsBoundaryArn"] == f"arn:aws:iam::{live_cloud.ACCOUNT}:policy/notes-reader-boundary"


def test_permissions_of_a_function_are_taken_away_and_added_one_by_one(tmp_path):
    owner, slot = corpus.CARRIERS["function"]
    old = [corpus.statement("function", owner, f"{corpus.IAM}:role/{sid}", sid) for sid in ("Stays", "Changes", "Goes")]
    kept, changed, _ = old
    account = {"StringEquals": {"aws:SourceAccount": corpus.OWN}}
    come = {**changed, "Principal": {"Service": "s3.amazonaws.com"}, "Condition": account}
    change = edit(owner, slot, corpus.policy(*old), corpus.policy(kept, come))
    (block,) = cli.FORM.write((change,))
    _, *changes = [call(command) for command in run(block, tmp_path)]
    assert changes == [
        ("lambda", "remove_permission", {"FunctionName": owner, "StatementId": "Changes"}),
        ("lambda", "remove_permission", {"FunctionName": owner, "StatementId": "Goes"}),
        (
            "lambda",
            "add_permission",
            {
                "FunctionName": owner,
                "StatementId": "Changes",
                "Action": "lambda:InvokeFunction",
                "Principal": "s3.amazonaws.com",
                "SourceAccount": corpus.OWN,
            },
        ),
    ]


# ---------------------------------------------------------------- the real AWS CLI


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed")
def test_the_real_aws_cli_sets_the_policies(tmp_path):
    role, topic = of("role"), of("topic")
    with live_cloud.served() as endpoint:
        iam, sns = live_cloud.client(endpoint, "iam"), live_cloud.client(endpoint, "sns")
        iam.create_role(RoleName="notes-reader", Path="/team/", AssumeRolePolicyDocument=TEXT)
        iam.put_role_policy(RoleName="notes-reader", PolicyName="read-notes", PolicyDocument=live_cloud.ALLOW)
        arn = sns.create_topic(Name="notes")["TopicArn"]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": live_cloud.KEY,
            "AWS_SECRET_ACCESS_KEY": live_cloud.SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for block in cli.FORM.write((role, topic)):
            ran = subprocess.run(
                ["sh", "-eu", "-c", block.text],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            assert ran.returncode == 0, ran.stderr
        found = iam.get_role_policy(RoleName="notes-reader", PolicyName="read-notes")["PolicyDocument"]
        assert found == documents.document(role.after)
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        assert json.loads(attributes["Policy"]) == documents.document(topic.after)


# ---------------------------------------------------------------- hostile and untold


@pytest.mark.parametrize("words", corpus.HOSTILE)
def test_a_hostile_text_reaches_aws_as_it_is_and_runs_nothing(words, tmp_path):
    change = corpus.hostile(words)
    (block,) = cli.FORM.write((change,))
    _, command = run(block, tmp_path)
    text = call(command)[2]["PolicyDocument"]
    assert json.loads(text) == documents.document(change.after)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fix.sh", "told"]


def test_what_is_not_told_has_to_be_given_before_anything_is_changed(tmp_path):
    change = corpus.holed()
    (block,) = cli.FORM.write((change,))
    with pytest.raises(OSError, match="UNKNOWN_1: what the inputs do not tell"):
        run(block, tmp_path)
    assert (tmp_path / "told").read_bytes().count(b"put-role-policy") == 0
    _, command = run(block, tmp_path, UNKNOWN_1="notes", UNKNOWN_2="a b")
    wanted = corpus.filled(documents.document(change.after), ("notes", "a b"))
    assert json.loads(call(command)[2]["PolicyDocument"]) == wanted
    assert "$UNKNOWN_1 and the 1 after it stand for what the inputs do not tell" in block.notes[0]


def test_a_carrier_with_a_name_that_aws_does_not_take_is_in_no_command():
    for owner in (
        f"{corpus.IAM}:role/x;id",
        f"{corpus.IAM}:role/$(id)",
        "arn:aws:s3:::a b",
        "no arn",
        f"{corpus.IAM}:role/",
    ):
        slot = Slot.RESOURCE if ":s3:" in owner else Slot.INLINE
        (block,) = cli.FORM.write((edit(owner, slot, None, corpus.policy(corpus.READ)),))
        assert block.language == "json"
        assert block.title.endswith("by hand")


def test_who_made_a_policy_elsewhere_is_told_to_change_it_there_too():
    by_terraform = cli.FORM.write(corpus.of_source("terraform"))
    assert all("Terraform takes the change back" in " ".join(block.notes) for block in by_terraform)
    by_stack = cli.FORM.write(corpus.of_source("cloudformation"))
    assert all("the stack may take the change back" in " ".join(block.notes) for block in by_stack)
    by_folder = cli.FORM.write(corpus.of_source("folder"))
    assert not any("change back" in " ".join(block.notes) for block in by_folder)


def test_every_kind_of_target_has_commands():
    assert {*RESOURCES, "trust", "role", "user", "group", "managed", "attached", "boundary"} == set(corpus.CARRIERS)
