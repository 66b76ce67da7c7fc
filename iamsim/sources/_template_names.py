"""What CloudFormation calls the resources of a template: their names, their ARNs, and what Ref and Fn::GetAtt give."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from iamsim.model.principal import HOLE


@dataclass(frozen=True, slots=True)
class Kind:
    """
    How resources of one type are named.

    `name` is the property that names one, with dots for those inside another; `arn` its ARN, `ref` what Ref
    gives, `attributes` what Fn::GetAtt gives, all with `{name}`, `{path}`, `{account}`, `{region}`,
    `{partition}` and `{suffix}` (of URLs) in them. `lower`: names have no capital letters.
    Source: AWS CloudFormation Template Reference Guide, "Return values" of each type; Service Authorization
    Reference, "Resource types defined by …".
    """

    name: str
    arn: str
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)
    lower: bool = False

    def attribute(self, name: str) -> str | None:
        """The form of what Fn::GetAtt gives; None for an attribute that only the deploy tells."""
        return self.attributes.get(name, self.arn if name == "Arn" and name not in self.attributes else None)


def _regional(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def _iam(name: str, resource: str, **more: str) -> Kind:
    arn = f"arn:{{partition}}:iam::{{account}}:{resource}"
    return Kind(name, arn, arn if "policy" in resource or "provider" in resource else "{name}", more)


def _by_arn(name: str, arn: str, *attributes: str, **more: str) -> Kind:
    """A type whose Ref is its ARN."""
    return Kind(name, arn, arn, {**dict.fromkeys(attributes, arn), **more})


_FUNCTION = Kind("FunctionName", _regional("lambda", "function:{name}"))
_TABLE = Kind("TableName", _regional("dynamodb", "table/{name}"))
_MACHINE = _by_arn("StateMachineName", _regional("states", "stateMachine:{name}"), Name="{name}")
_DOMAIN = Kind(
    "DomainName",
    _regional("es", "domain/{name}"),
    attributes={"DomainArn": _regional("es", "domain/{name}")},
    lower=True,
)
_QUEUE_URL = "https://sqs.{region}.{suffix}/{account}/{name}"

KINDS: Mapping[str, Kind] = {
    "AWS::IAM::Role": _iam("RoleName", "role{path}{name}"),
    "AWS::IAM::User": _iam("UserName", "user{path}{name}"),
    "AWS::IAM::Group": _iam("GroupName", "group{path}{name}"),
    "AWS::IAM::ManagedPolicy": _iam(
        "ManagedPolicyName", "policy{path}{name}", PolicyArn="arn:{partition}:iam::{account}:policy{path}{name}"
    ),
    "AWS::IAM::InstanceProfile": _iam("InstanceProfileName", "instance-profile{path}{name}"),
    "AWS::IAM::OIDCProvider": _iam("Url", "oidc-provider/{name}"),
    # What the AWS CDK makes in the place of one.
    "Custom::AWSCDKOpenIdConnectProvider": _iam("Url", "oidc-provider/{name}"),
    "AWS::IAM::SAMLProvider": _iam("Name", "saml-provider/{name}"),
    "AWS::S3::Bucket": Kind("BucketName", "arn:{partition}:s3:::{name}", lower=True),
    "AWS::S3::AccessPoint": Kind(
        "Name", _regional("s3", "accesspoint/{name}"), attributes={"Name": "{name}"}, lower=True
    ),
    # A key's id is made in the deploy.
    "AWS::KMS::Key": Kind("", _regional("kms", "key/{name}"), attributes={"KeyId": "{name}"}),
    "AWS::KMS::ReplicaKey": Kind("", _regional("kms", "key/{name}"), attributes={"KeyId": "{name}"}),
    "AWS::KMS::Alias": Kind("AliasName", _regional("kms", "{name}")),
    "AWS::OpenSearchService::Domain": _DOMAIN,
    "AWS::Elasticsearch::Domain": _DOMAIN,
    "AWS::SQS::Queue": Kind(
        "QueueName", _regional("sqs", "{name}"), _QUEUE_URL, {"QueueName": "{name}", "QueueUrl": _QUEUE_URL}
    ),
    "AWS::SNS::Topic": _by_arn("TopicName", _regional("sns", "{name}"), "TopicArn", TopicName="{name}"),
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::Serverless::Function": _FUNCTION,
    # Six characters of chance end a secret's ARN.
    "AWS::SecretsManager::Secret": _by_arn("Name", _regional("secretsmanager", f"secret:{{name}}-{HOLE}"), "Id"),
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::Serverless::SimpleTable": _TABLE,
    "AWS::Kinesis::Stream": Kind("Name", _regional("kinesis", "stream/{name}")),
    "AWS::KinesisFirehose::DeliveryStream": Kind("DeliveryStreamName", _regional("firehose", "deliverystream/{name}")),
    "AWS::Logs::LogGroup": Kind("LogGroupName", _regional("logs", "log-group:{name}:*")),
    "AWS::StepFunctions::StateMachine": _MACHINE,
    "AWS::Serverless::StateMachine": Kind("Name", _MACHINE.arn, _MACHINE.arn, {"Name": "{name}"}),
    "AWS::ECS::Cluster": Kind("ClusterName", _regional("ecs", "cluster/{name}")),
    "AWS::ECS::TaskDefinition": _by_arn("Family", _regional("ecs", f"task-definition/{{name}}:{HOLE}"), "TaskDefinitionArn"),
    "AWS::EKS::Cluster": Kind("Name", _regional("eks", "cluster/{name}")),
    "AWS::ECR::Repository": Kind("RepositoryName", _regional("ecr", "repository/{name}"), lower=True),
    "AWS::Events::EventBus": Kind("Name", _regional("events", "event-bus/{name}"), attributes={"Name": "{name}"}),
    "AWS::Events::Rule": Kind("Name", _regional("events", "rule/{name}")),
    "AWS::SSM::Parameter": Kind("Name", _regional("ssm", "parameter/{name}")),
    "AWS::Athena::WorkGroup": Kind("Name", _regional("athena", "workgroup/{name}")),
    "AWS::Glue::Database": Kind("DatabaseInput.Name", _regional("glue", "database/{name}"), lower=True),
    "AWS::CodeBuild::Project": Kind("Name", _regional("codebuild", "project/{name}")),
    "AWS::CodeCommit::Repository": Kind(
        "RepositoryName", _regional("codecommit", "{name}"), f"{HOLE}", {"Name": "{name}"}
    ),
}  # fmt: skip
"""The types whose names and ARNs follow from the template; the others' are only known after the deploy."""

SUFFIXES: Mapping[str, str] = {
    "aws": "amazonaws.com",
    "aws-us-gov": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
}
"""AWS::URLSuffix by partition. Source: AWS CloudFormation User Guide, "Pseudo parameters reference"; botocore's endpoints."""

# By the beginning of a Region's name; all others are `aws`.
_PARTITIONS = (
    ("us-gov-", "aws-us-gov"),
    ("cn-", "aws-cn"),
    ("us-isob-", "aws-iso-b"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)


def partition(region: str) -> str:
    """The partition of a Region."""
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")


def bound(needed: tuple[str, ...], stand_in: str, name: str, logical_id: str, stack: str) -> str | None:
    """
    The one of `needed` that is the ARN `stand_in` under a name such as CloudFormation makes it for `logical_id`; else None.

    `stand_in` is the ARN with `name` in the place of the real one. Made names read STACK-LOGICALID-RANDOM, and
    both words are cut where that gets too long; `stack` is empty where it is not told.
    Source: AWS CloudFormation User Guide, "Name type" (mystack-mytopic-…).
    """
    if stand_in.count(name) == 0:
        return None
    head, tail = stand_in.rsplit(name, 1)
    found = {
        arn
        for arn in needed
        if arn.startswith(head)
        and arn.endswith(tail)
        and _is_made(arn[len(head) : len(arn) - len(tail)], logical_id, stack)
    }
    return found.pop() if len(found) == 1 else None


def _is_made(name: str, logical_id: str, stack: str) -> bool:
    match = _MADE.fullmatch(name)
    if match is None:
        return False
    of_stack, of_resource = match[1].lower(), match[2].lower()
    return _cut(of_resource, logical_id.lower()) and (not stack or _cut(of_stack, stack.lower()))


def _cut(found: str, whole: str) -> bool:
    """Whether it is the word, or a cut form of it that is long enough to tell."""
    return found == whole or (len(found) >= _TELLING and whole.startswith(found))


_MADE = re.compile(r"([A-Za-z][A-Za-z0-9-]*)-([A-Za-z0-9]+)-([A-Za-z0-9]{8,16})", re.ASCII)
_TELLING = 16
