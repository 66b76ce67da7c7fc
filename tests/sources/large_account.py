"""The authorization details of a large account, as the AWS CLI prints them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

ACCOUNT = "111122223333"
_SERVICES = ("s3", "dynamodb", "sqs", "sns", "kms", "logs", "secretsmanager", "ecr", "lambda", "states")
_VERBS = ("Get", "List", "Describe", "Put", "Delete", "Update", "Create", "Tag")
_THINGS = ("Object", "Item", "Queue", "Topic", "Key", "LogEvents", "SecretValue", "Repository", "Function")


def large_account(path: Path, roles: int) -> None:
    """Writes the file: about 20 kB for each role, and a tenth as many users and customer managed policies."""
    with path.open("w", encoding="utf-8") as file:
        file.write("{\n")
        for i, (name, items) in enumerate(
            (
                ("UserDetailList", (_user(i) for i in range(roles // 10))),
                ("GroupDetailList", (_group(i) for i in range(max(1, roles // 100)))),
                ("RoleDetailList", (_role(i) for i in range(roles))),
                ("Policies", (_managed(i) for i in range(max(1, roles // 10)))),
            )
        ):
            file.write((",\n" if i else "") + f'    "{name}": [')
            for j, item in enumerate(items):
                shown = json.dumps(item, indent=4).replace("\n", "\n        ")
                file.write(f"{',' if j else ''}\n        {shown}")
            file.write("\n    ]")
        file.write("\n}\n")


def _role(i: int) -> dict[str, object]:
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    role = {
        "Path": "/service/",
        "RoleName": f"app-{i}",
        "RoleId": f"AROAEXAMPLE{i:010}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/service/app-{i}",
        "CreateDate": "2024-03-01T09:00:00+00:00",
        "AssumeRolePolicyDocument": document,
    }
    profile = {
        "Path": "/",
        "InstanceProfileName": f"app-{i}",
        "InstanceProfileId": f"AIPAEXAMPLE{i:010}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/app-{i}",
        "CreateDate": "2024-03-01T09:00:00+00:00",
        "Roles": [role],
    }
    return {
        **role,
        "InstanceProfileList": [profile] if i % 4 == 0 else [],
        "RolePolicyList": [
            {
                "PolicyName": f"{service}-{i}",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": list(_statements(service, i))},
            }
            for service in (_SERVICES[(i + j) % len(_SERVICES)] for j in range(4))
        ],
        "AttachedManagedPolicies": [
            {"PolicyName": f"shared-{i // 10}", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/shared-{i // 10}"},
            {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        ],
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/shared-0",
        },
        "Tags": [{"Key": "team", "Value": f"team-{i % 40}"}, {"Key": "stage", "Value": "production"}],
        "RoleLastUsed": {"LastUsedDate": "2026-11-01T10:00:00+00:00", "Region": "us-east-1"},
    }


def _user(i: int) -> dict[str, object]:
    return {
        "Path": "/",
        "UserName": f"person-{i}",
        "UserId": f"AIDAEXAMPLE{i:010}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/person-{i}",
        "CreateDate": "2024-03-01T09:00:00+00:00",
        "GroupList": ["team-0"],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }


def _group(i: int) -> dict[str, object]:
    return {
        "Path": "/teams/",
        "GroupName": f"team-{i}",
        "GroupId": f"AGPAEXAMPLE{i:010}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:group/teams/team-{i}",
        "CreateDate": "2024-03-01T09:00:00+00:00",
        "GroupPolicyList": [
            {
                "PolicyName": "own",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": list(_statements("s3", i))},
            }
        ],
        "AttachedManagedPolicies": [],
    }


def _managed(i: int) -> dict[str, object]:
    def version(number: int, *, default: bool) -> dict[str, object]:
        return {
            "Document": {"Version": "2012-10-17", "Statement": list(_statements("sqs", i + number))},
            "VersionId": f"v{number}",
            "IsDefaultVersion": default,
            "CreateDate": "2024-03-01T09:00:00+00:00",
        }

    return {
        "PolicyName": f"shared-{i}",
        "PolicyId": f"ANPAEXAMPLE{i:010}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/shared-{i}",
        "Path": "/",
        "DefaultVersionId": "v2",
        "AttachmentCount": 10,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": "2024-03-01T09:00:00+00:00",
        "UpdateDate": "2024-03-02T09:00:00+00:00",
        "PolicyVersionList": [version(2, default=True), version(1, default=False)],
    }


def _statements(service: str, i: int) -> Iterator[dict[str, object]]:
    for j in range(4):
        actions = [f"{service}:{_VERBS[(j + k) % 8]}{_THINGS[(i + k) % 9]}" for k in range(6)]
        arn = f"arn:aws:{service}:us-east-1:{ACCOUNT}:team-{i % 40}/app-{i}/part-{j}"
        found: dict[str, object] = {
            "Sid": f"Part{j}",
            "Effect": "Allow",
            "Action": actions,
            "Resource": [arn, f"{arn}/*"],
        }
        if j % 2:
            found["Condition"] = {
                "StringEquals": {"aws:ResourceAccount": ACCOUNT, "aws:RequestedRegion": ["us-east-1", "eu-west-1"]},
                "Bool": {"aws:SecureTransport": "true"},
            }
        yield found
