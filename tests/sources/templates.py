"""Templates of CloudFormation for tests: how they are written and loaded, and what of them is looked at."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from iamsim import documents
from iamsim.errors import InputError
from iamsim.model.account import Account, Role
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.sources import Loaded, Options, load

ONE, OTHER = "111122223333", "444455556666"
FIXTURES = Path(__file__).parents[2] / "fixtures" / "sources" / "cloudformation"
IAM = f"arn:aws:iam::{ONE}:"
TRUST = """
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
"""


def written(text: str | dict[str, Any], name: str = "template.yaml") -> str:
    """Writes a template where the test stands, so that places read `template.yaml:…`; gives its name."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text) if isinstance(text, str) else json.dumps(text, indent=1))
    return name


def read(location: str | Path, /, **options: Any) -> Loaded:
    given = {"account": ONE, "region": "us-east-1", **options}
    return load(str(location), Options(**given))


def account(location: str | Path, /, id: str = ONE, **options: Any) -> Account:
    return read(location, **options).organization.accounts[id]


def told(location: str | Path, /, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(location, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def notes(loaded: Loaded, kind: str) -> dict[str, str]:
    return {line.location: line.detail for line in loaded.inputs if line.kind == kind}


def statements(policy: Policy | None) -> list[dict[str, Any]]:
    assert policy is not None
    found: list[dict[str, Any]] = documents.document(policy)["Statement"]
    return found


def texts(role: Role, index: int = 0) -> Any:
    """What the first statement of a role's policy names as resource."""
    return statements(role.policies[index])[0]["Resource"]


def server(resource: str, rest: str = "", head: str = "") -> str:
    """A template with one role, of which an inline policy names `resource` (YAML, on one line)."""
    return f"""
AWSTemplateFormatVersion: 2010-09-09
{textwrap.dedent(head)}
Resources:
  Server:
    Type: AWS::IAM::Role
    Properties:
      RoleName: server
{TRUST}
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - Effect: Allow
                Action: s3:GetObject
                Resource: {resource}
{textwrap.indent(textwrap.dedent(rest), "  ")}
"""


def resource(write, value: str, rest: str = "", head: str = "", **options: Any) -> Any:
    """What `value`, as the resource of a policy, resolves to; a hole shows as `…`."""
    found = texts(account(write(server(value, rest, head)), **options).roles[f"{IAM}role/server"])
    return json.loads(json.dumps(found, ensure_ascii=False).replace(HOLE, "…"))


UNNAMED = f"""
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Tenant:
    Type: AWS::IAM::Role
    Properties:
{TRUST}
  Files: {{Type: AWS::S3::Bucket}}
  Caller:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: call
      Roles: [!Ref Tenant]
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - {{Effect: Allow, Action: sts:AssumeRole, Resource: [!GetAtt Tenant.Arn, "PATTERN"]}}
          - {{Effect: Allow, Action: s3:GetObject, Resource: [!Sub "${{Files.Arn}}/*"]}}
"""
"""A template whose role and bucket have no names of their own; PATTERN is a resource that a policy names."""

POLICY = "{Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}"
