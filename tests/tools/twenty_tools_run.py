"""What it takes to run the server of 20 tools: a stand-in for AWS with all that it asks for, its environment, and calls for each branch."""

# ruff: noqa: TID253 - the stand-in is filled with the library that iamsim imports late
from __future__ import annotations

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from moto.server import ThreadedMotoServer

from iamsim.model.tool import Credential

SERVERS = Path(__file__).parents[2] / "fixtures" / "servers"
SERVER_KEY = "AKIAIOSFODNN7EXAMPLE"
KEYS = {"aws_access_key_id": SERVER_KEY, "aws_secret_access_key": "secret", "region_name": "us-east-1"}
CLAIMED, SETTING = (f"arn:aws:iam::123456789012:role/{name}" for name in ("claimed", "of-the-environment"))

READER = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}

ROLE, SERVER = Credential.ROLE, Credential.SERVER


@dataclass(frozen=True, slots=True)
class Case:
    """One call of a tool; `tried` are the credentials that it gets to, by default the first of each need."""

    name: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    fails: bool = False
    tried: tuple[Credential, ...] = ()


MINE = {"bucket": "mine", "key": "a.txt"}

CALLER = (
    Case("lists", "objects_list", {"bucket": "mine"}, "a.txt"),
    Case("lists with versions", "objects_list", {"bucket": "mine", "include_versions": True}, "a.txt@"),
    Case("reads", "object_read", MINE, "hello"),
    Case("reads the size", "object_read", {**MINE, "mode": "head"}, "5 bytes"),
    Case("reads with tags", "object_read", {**MINE, "mode": "full"}, "'team': 'x'"),
    Case("copies", "prefix_copy", {"source_bucket": "mine", "prefix": "", "target_prefix": "copied"}, "1"),
    Case("computes", "text_digest", {"text": "hello"}, "2cf24dba5fb0a30e"),
    Case("links to read", "object_link", MINE, "/mine/a.txt?"),
    Case("links to write", "object_link", {**MINE, "upload": True}, "/mine/a.txt?"),
    Case("uploads", "object_upload", {"name": "b.txt", "text": "text"}, "uploads/b.txt"),
    Case("uploads and waits", "object_upload", {"name": "b.txt", "text": "text", "wait": True}, "uploads/b.txt"),
    Case("sends", "queue", {"action": "send", "body": "job"}, "MessageId"),
    Case("counts", "queue", {"action": "depth"}, "ApproximateNumberOfMessages"),
    Case("peeks", "queue", {"action": "peek"}, "job"),
    Case("reads a template", "template_read", {"name": "shared"}, "template"),
    Case(
        "tries both", "template_read", {"name": "none"}, "there is no template none", fails=True, tried=(ROLE, SERVER)
    ),
    Case("searches logs", "logs_search", {"team": "x"}, "started"),
    Case("searches logs for a text", "logs_search", {"team": "x", "text": "started"}, "started"),
    Case("reads a parameter", "parameter_get", {"name": "color"}, "blue"),
    Case("reports on tables", "tables_report", {}, "documents: "),
    Case("lists functions", "functions_list", {}, "archive-index alice"),
    Case("lists roles", "roles_list", {}, "claimed"),
    Case("lists roles with policies", "roles_list", {"with_policies": True}, "policy/reader"),
    Case("names the role of the claim", "who_am_i", {}, "assumed-role/claimed/twenty-alice-"),
    Case("describes a secret", "secret_show", {"secret_id": "s"}, "s"),
    Case("shows a secret", "secret_show", {"secret_id": "s", "reveal": True}, "hidden"),
    Case("encrypts", "key_seal", {"key_id": "KEY", "text": "t"}),
    Case("puts", "document_put", {"id": "1", "owner": "alice"}, "1"),
    Case("imports", "documents_import", {"ids": ["2", "3"], "owner": "bob"}, "2"),
    Case("gets", "document_get", {"id": "1"}, "alice"),
    Case("finds by owner", "documents_find", {"owner": "bob"}, "2\n3"),
    Case("finds all", "documents_find", {}, "1\n2\n3"),
)
OTHER_ROLE = (
    Case("names the role of the environment", "who_am_i", {}, "assumed-role/of-the-environment/twenty-alice-"),
    Case("puts though nobody can be told", "document_put", {"id": "4", "owner": "alice"}, "4"),
)
NO_TOKEN = (
    Case("reads the shared template", "template_read", {"name": "shared"}, "template", tried=(SERVER,)),
    Case("puts and tells nobody", "document_put", {"id": "5", "owner": "alice"}, "5"),
)
REFUSED = Case("is refused", "objects_list", {"bucket": "mine"}, "a bearer token is required", fails=True)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever calls: the settings of the server that name them and their topic, and the calls that they make."""

    cases: tuple[Case, ...]
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """
    A stand-in for AWS that runs: its `endpoint`, and the server's `environment` but for what tells the callers apart.

    `key` signs tokens that the server takes; `key_id` is the id of the KMS key that is there.
    """

    endpoint: str
    environment: Mapping[str, str]
    callers: tuple[Caller, ...]
    key: rsa.RSAPrivateKey
    key_id: str

    def arguments(self, case: Case) -> dict[str, Any]:
        """Those of a call, with the id of the key that is there."""
        return {name: self.key_id if value == "KEY" else value for name, value in case.arguments.items()}


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """The stand-in while it runs, filled; `folder` is empty, and keeps the key that verifies tokens."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    (folder / "key.pem").write_bytes(key.public_key().public_bytes(*pem))
    claims = {"sub": "alice", "aud": "twenty-tools", "exp": int(time.time()) + 600}
    stand_in = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    stand_in.start()
    try:
        host, port = stand_in.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        # One process has one stand-in for AWS, however many servers it starts: what another test left there goes.
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=30).close()  # noqa: S310
        topic, key_id = prepared(endpoint)
        environment = {
            "AWS_ACCESS_KEY_ID": SERVER_KEY,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TWENTY_JWT_KEY_FILE": str(folder / "key.pem"),
            "TWENTY_ROLE_ARN": SETTING,
        }
        of_the_claim = {"TWENTY_TOKEN": signed(key, **claims, role_arn=CLAIMED), "TWENTY_TOPIC_ARN": topic}
        of_the_setting = {"TWENTY_TOKEN": signed(key, **claims), "TWENTY_TOPIC_ARN": topic + "-gone"}
        callers = (Caller(CALLER, of_the_claim), Caller(OTHER_ROLE, of_the_setting), Caller((*NO_TOKEN, REFUSED), {}))
        yield Stage(endpoint, environment, callers, key, key_id)
    finally:
        stand_in.stop()


def signed(key: rsa.RSAPrivateKey, **claims: Any) -> str:
    return jwt.encode(claims, key, algorithm="RS256")


def prepared(endpoint: str) -> tuple[str, str]:
    """Fill the stand-in with all that the tools ask for; the ARN of the topic and the id of the key."""
    session = boto3.Session(**KEYS)

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint)

    s3, iam, dynamodb, logs = (client(name) for name in ("s3", "iam", "dynamodb", "logs"))
    for bucket in ("mine", "twenty-archive"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="mine", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="mine", Key="a.txt", Body=b"hello", Tagging="team=x")
    s3.put_object(Bucket="twenty-archive", Key="templates/shared.txt", Body=b"template")
    dynamodb.create_table(
        TableName="documents",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-owner",
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for role in ("claimed", "of-the-environment"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    policy = iam.create_policy(PolicyName="reader", PolicyDocument=json.dumps(READER))
    iam.attach_role_policy(RoleName="claimed", PolicyArn=policy["Policy"]["Arn"])
    client("sqs").create_queue(QueueName="report-jobs")
    client("secretsmanager").create_secret(Name="s", SecretString="hidden")
    client("ssm").put_parameter(Name="/test/color", Value="blue", Type="String")
    logs.create_log_group(logGroupName="/reports/x")
    logs.create_log_stream(logGroupName="/reports/x", logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "started"}
    logs.put_log_events(logGroupName="/reports/x", logStreamName="s", logEvents=[event])
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "")
    client("lambda").create_function(
        FunctionName="archive-index",
        Runtime="python3.11",
        Role=CLAIMED,
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
        Tags={"owner": "alice"},
    )
    topic = client("sns").create_topic(Name="documents")["TopicArn"]
    return topic, client("kms").create_key()["KeyMetadata"]["KeyId"]
