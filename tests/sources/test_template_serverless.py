# ruff: noqa: RUF001 - the mark of renderers for what is not told
from __future__ import annotations

import json
import re

import pytest

from iamsim import documents
from iamsim.model.origin import NOWHERE
from iamsim.model.principal import HOLE
from iamsim.sources import _template_serverless_policies
from tests.sources.templates import (
    FIXTURES,
    IAM,
    ONE,
    account,
    notes,
    read,
    statements,
    texts,
    written,
)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return written


# ---------------------------------------------------------------- AWS SAM


@pytest.fixture
def serverless(monkeypatch):
    monkeypatch.chdir(FIXTURES / "serverless")
    return read("template.yaml")


def test_sam_makes_a_role_for_a_function_without_one(serverless):
    found = serverless.organization.accounts[ONE]
    role = found.roles[f"{IAM}role/ServerRole"]
    assert statements(role.trust)[0]["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert [policy.name for policy in role.policies] == [
        "ServerRolePolicy1",
        "ServerRolePolicy2",
        "ServerRolePolicy3",
        "AWSLambdaBasicExecutionRole",
        "AWSXrayWriteOnlyAccess",
        "AWSLambdaSQSQueueExecutionRole",
        "AmazonAthenaFullAccess",
    ]
    assert role.tags == {"lambda:createdBy": "SAM", "team": "research", "service": "mcp"}
    assert role.boundary_arn == f"{IAM}policy/edge"
    assert texts(role, 0) == ["arn:aws:s3:::example-documents", "arn:aws:s3:::example-documents/*"]
    assert role.policies[0].origin.line == 22
    assert [(each.name, each.role) for each in found.workloads] == [
        ("Server", f"{IAM}role/ServerRole"),
        ("Worker", f"{IAM}role/worker"),
        ("Mailer", f"{IAM}role/MailerRole"),
    ]


def test_a_policy_template_that_is_not_known_is_unread_and_never_dropped(serverless):
    role = serverless.organization.accounts[ONE].roles[f"{IAM}role/MailerRole"]
    assert role.unread == ("MailerRolePolicy0 (what it says is not told)",)
    assert "SESCrudPolicy is not known" in notes(serverless, "not seen")["Mailer"]


def test_the_events_of_a_function_are_its_policy(serverless):
    found = serverless.organization.accounts[ONE].resources[f"arn:aws:lambda:us-east-1:{ONE}:function:mcp-server"]
    (statement,) = statements(found.policy)
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": HOLE}}


def test_what_sam_may_add_to_a_role_is_unread(write):
    template = """
    AWSTemplateFormatVersion: 2010-09-09
    Transform: AWS::Serverless-2016-10-31
    Parameters:
      Untold: {Type: String}
    Resources:
      Fn:
        Type: AWS::Serverless::Function
        Properties:
          Tracing: !Ref Untold
          Policies: [!Ref Untold, KMSDecryptPolicy: {}]
          EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS}}}
          DeadLetterQueue: {Type: SNS, TargetArn: arn:aws:sns:us-east-1:111122223333:dead}
          VpcConfig: {SubnetIds: [a]}
          Events: {Q: {Type: MQ, Properties: {}}}
          FunctionUrlConfig: {AuthType: NONE}
      Flow:
        Type: AWS::Serverless::StateMachine
        Properties: {Name: flow, Policies: [LambdaInvokePolicy: {FunctionName: work}]}
      Wire:
        Type: AWS::Serverless::Connector
        Properties: {Source: {Id: Fn}, Destination: {Id: Flow}, Permissions: [Write]}
    """
    found = account(write(template))
    role = found.roles[f"{IAM}role/FnRole"]
    assert [policy.name for policy in role.policies] == [
        "DeadLetterQueuePolicy",
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
    ]
    assert texts(role) == "arn:aws:sns:us-east-1:111122223333:dead"
    assert role.unread == (
        "FnRolePolicy0 (what it says is not told)",
        "FnRolePolicy1 (what it says is not told)",
        "Fn: EventInvokeConfig (what it says is not told)",
        "Fn: event MQ (what it says is not told)",
        "‹unknown›",
        "Wire (a connector)",
    )
    flow = found.roles[f"{IAM}role/FlowRole"]
    assert statements(flow.trust)[0]["Principal"] == {"Service": "states.amazonaws.com"}
    assert texts(flow)[0] == f"arn:aws:lambda:us-east-1:{ONE}:function:work*"
    assert found.resources[f"arn:aws:lambda:us-east-1:{ONE}:function:Fn"].unread == "what it says is not told"


@pytest.mark.parametrize("name", sorted(_template_serverless_policies.TEMPLATES))
def test_every_policy_template_that_is_known_is_a_policy(name):
    forms = str(_template_serverless_policies.TEMPLATES[name])
    every = dict.fromkeys(re.findall(r"\{(\w+)\}", forms), "x")
    document = _template_serverless_policies.expanded(name, every, "aws", f"us-east-1:{ONE}")
    assert document is not None
    policy = documents.policy_of(document, origin=NOWHERE, name=name)
    assert all(":" in action for statement in policy.statements for action in statement.action.values)
    assert "{" not in json.dumps(document["Statement"][0]["Resource"])
