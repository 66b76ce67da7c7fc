"""A stand-in for AWS over real HTTP, and the accounts that the tests of the live account read."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3  # noqa: TID253 - these tests are about the live account
from botocore import xform_name  # noqa: TID253 - as boto3
from botocore.awsrequest import AWSResponse  # noqa: TID253 - as boto3
from moto.core.responses import ActionResult
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.iam.responses import IamResponse
from moto.kms.models import kms_backends
from moto.server import ThreadedMotoServer

from iamsim import documents
from iamsim.model.account import Account
from iamsim.model.policy import Policy
from iamsim.sources import _reads

ACCOUNT = "123456789012"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
SPEAKING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@contextmanager
def served() -> Iterator[str]:
    """The URL of a stand-in on a port of its own, empty: its memory is that of this process, in which others make things too."""
    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        emptied(url)
        yield url
    finally:
        running.stop()


def emptied(endpoint: str) -> None:
    url = f"{endpoint}/moto-api/reset"
    urllib.request.urlopen(urllib.request.Request(url, b"", method="POST")).close()  # noqa: S310 - the loopback server above


@cache
def client(endpoint: str, service: str, region: str = "us-east-1"):
    return _SESSION.client(service, region, endpoint_url=endpoint)


_SESSION = boto3.Session(KEY, SECRET)


def quick_sessions(monkeypatch) -> None:
    """Sessions of boto3 that share what they have read of AWS's services, which takes a second each time."""
    make = boto3.Session

    def session(*given, **options):
        made = make(*given, **options)
        made._session.register_component("data_loader", _SESSION._session.get_component("data_loader"))  # noqa: SLF001 - botocore's own way
        return made

    monkeypatch.setattr(boto3, "Session", session)


def whole_account(endpoint: str, region: str = "us-east-1") -> dict[str, str]:
    """One of everything that a whole read knows, in one Region; the ARNs."""
    iam = client(endpoint, "iam")
    made = {
        name: iam.create_policy(PolicyName=name, PolicyDocument=ALLOW)["Policy"]["Arn"] for name in ("shared", "edge")
    }
    iam.create_role(
        RoleName="app",
        Path="/team/",
        AssumeRolePolicyDocument=TRUST,
        PermissionsBoundary=made["edge"],
        MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "research"}],
    )
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=ALLOW)
    iam.attach_role_policy(RoleName="app", PolicyArn=made["shared"])
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="all", PolicyDocument=ALLOW)
    iam.create_user(UserName="deploy", PermissionsBoundary=made["edge"])
    iam.put_user_policy(UserName="deploy", PolicyName="mine", PolicyDocument=ALLOW)
    iam.add_user_to_group(UserName="deploy", GroupName="ops")
    iam.create_open_id_connect_provider(
        Url="https://idp.example.com", ClientIDList=["notes"], ThumbprintList=["0" * 40]
    )
    made["saml"] = iam.create_saml_provider(Name="corp", SAMLMetadataDocument="x" * 1000)["SAMLProviderArn"]
    s3 = client(endpoint, "s3")
    s3.create_bucket(Bucket="data-bucket")
    s3.put_bucket_policy(Bucket="data-bucket", Policy=SPEAKING)
    s3.put_bucket_tagging(Bucket="data-bucket", Tagging={"TagSet": [{"Key": "team", "Value": "research"}]})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket="data-bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
    return {**made, **in_region(endpoint, region)}


def in_region(endpoint: str, region: str) -> dict[str, str]:
    """One of everything that stands in a Region; the ARNs by service."""

    def made(service: str):
        return client(endpoint, service, region)

    found = {"kms": made("kms").create_key()["KeyMetadata"]["Arn"]}
    domain = made("opensearch").create_domain(DomainName="search", AccessPolicies=SPEAKING)
    found["es"] = domain["DomainStatus"]["ARN"]
    made("sqs").create_queue(QueueName="jobs", Attributes={"Policy": SPEAKING})
    found["sqs"] = f"arn:aws:sqs:{region}:{ACCOUNT}:jobs"
    found["sns"] = made("sns").create_topic(Name="news")["TopicArn"]
    secrets = made("secretsmanager")
    tags = [{"Key": "team", "Value": "research"}]
    found["secret"] = secrets.create_secret(Name="db/main", SecretString=SECRET, Tags=tags)["ARN"]
    secrets.put_resource_policy(SecretId=found["secret"], ResourcePolicy=SPEAKING)
    made("glue").put_resource_policy(PolicyInJson=SPEAKING)
    found["glue"] = f"arn:aws:glue:{region}:{ACCOUNT}:catalog"
    role = f"arn:aws:iam::{ACCOUNT}:role/team/app"
    functions = made("lambda")
    found["lambda"] = functions.create_function(
        FunctionName="worker",
        Runtime="python3.12",
        Role=role,
        Handler="a.b",
        Code={"ZipFile": b"x"},
        Environment={"Variables": {"DB_PASSWORD": SECRET}},
    )["FunctionArn"]
    functions.add_permission(
        FunctionName="worker", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    containers = [
        {"name": "app", "image": "app", "memory": 64, "environment": [{"name": "DB_PASSWORD", "value": SECRET}]}
    ]
    for family, task in (("server", {"taskRoleArn": role}), ("server", {"taskRoleArn": role}), ("plain", {})):
        answer = made("ecs").register_task_definition(family=family, containerDefinitions=containers, **task)
        found[f"ecs {family}"] = answer["taskDefinition"]["taskDefinitionArn"]
    ec2 = made("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    asked = {"VpcId": vpc, "ServiceName": f"com.amazonaws.{region}.s3", "PolicyDocument": SPEAKING}
    found["vpce"] = ec2.create_vpc_endpoint(**asked)["VpcEndpoint"]["VpcEndpointId"]
    return found


def made_as_written(endpoint: str, account: Account) -> None:
    """An account of the stand-in, of its own id, with every entity and resource that `account` has."""
    role = f"arn:aws:iam::{account.id}:role/maker"
    keys = client(endpoint, "sts").assume_role(RoleArn=role, RoleSessionName="make")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-east-1")
    iam = session.client("iam", endpoint_url=endpoint)
    _policies_of(iam, account)
    for arn, found in account.roles.items():
        assert found.trust is not None
        who = {"RoleName": _name(arn)}
        edge = {"PermissionsBoundary": found.boundary_arn} if found.boundary_arn else {}
        trust, longest = documents.text(found.trust), found.max_session_duration
        more = {"AssumeRolePolicyDocument": trust, "MaxSessionDuration": longest, "Tags": _tags(found.tags), **edge}
        iam.create_role(**who, Path=_path(arn), **more)
        _attach(who, found.policies, iam.put_role_policy, iam.attach_role_policy)
    for arn, of_users in account.groups.items():
        who = {"GroupName": _name(arn)}
        iam.create_group(**who, Path=_path(arn))
        _attach(who, of_users.policies, iam.put_group_policy, iam.attach_group_policy)
    for arn, user in account.users.items():
        who = {"UserName": _name(arn)}
        iam.create_user(**who, Path=_path(arn), Tags=_tags(user.tags))
        _attach(who, user.policies, iam.put_user_policy, iam.attach_user_policy)
        for group in user.groups:
            iam.add_user_to_group(**who, GroupName=_name(group))
    for issuer, clients in (account.oidc_providers or {}).items():
        iam.create_open_id_connect_provider(Url=issuer, ClientIDList=list(clients), ThumbprintList=["0" * 40])
    for arn, resource in account.resources.items():
        assert resource.policy is not None
        service = {"es": "opensearch"}.get(arn.split(":")[2], arn.split(":")[2])
        asked = session.client(service, endpoint_url=endpoint)
        _MADE[service](asked, arn, documents.text(resource.policy), resource.settings)


def _policies_of(iam, account: Account) -> None:
    """The managed policies of the account, and those of AWS that are attached in it."""
    backend = iam_backends[account.id]["aws"]
    attached = {each.arn: each for role in account.roles.values() for each in role.policies if each.arn}
    for arn, policy in {**attached, **account.policies}.items():
        text = documents.text(policy)
        if ":iam::aws:" in arn:
            data = {"Document": json.loads(text), "DefaultVersionId": "v1", "Path": "/", "CreateDate": _DAY}
            known = AWSManagedPolicy.from_data(
                _name(arn), account.id, "us-east-1", {**data, "UpdateDate": _DAY, "Arn": arn}
            )
            backend.managed_policies[arn] = known
            backend.aws_managed_policies = [*backend.aws_managed_policies, known]
        else:
            iam.create_policy(PolicyName=policy.name, Path=_path(arn), PolicyDocument=text)


_DAY = "2026-01-31T12:00:00+00:00"


def _attach(who: dict[str, str], policies: Iterable[Policy], put, attach) -> None:
    for policy in policies:
        if policy.arn is None:
            put(**who, PolicyName=policy.name, PolicyDocument=documents.text(policy))
        else:
            attach(**who, PolicyArn=policy.arn)


def _bucket(s3, arn: str, policy: str, settings: Mapping[str, str]) -> None:
    who = {"Bucket": _name(arn)}
    s3.create_bucket(**who)
    s3.put_bucket_policy(**who, Policy=policy)
    s3.put_bucket_ownership_controls(
        **who, OwnershipControls={"Rules": [{"ObjectOwnership": settings["object_ownership"]}]}
    )
    words = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    block = {word: settings[re.sub("(?<!^)(?=[A-Z])", "_", word).lower()] == "true" for word in words}
    s3.put_public_access_block(**who, PublicAccessBlockConfiguration=block)


def _key(kms, arn: str, policy: str, _: Mapping[str, str]) -> None:
    """A key; the stand-in chooses its id, which is then put right."""
    made, name = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"], _name(arn)
    known = kms_backends[arn.split(":")[4]][arn.split(":")[3]].keys
    known[name] = known.pop(made)
    known[name].id, known[name].arn = name, arn


def _domain(opensearch, arn: str, policy: str, _: Mapping[str, str]) -> None:
    opensearch.create_domain(DomainName=_name(arn), AccessPolicies=policy)


def _queue(sqs, arn: str, policy: str, _: Mapping[str, str]) -> None:
    sqs.create_queue(QueueName=_name(arn), Attributes={"Policy": policy})


_MADE = {"s3": _bucket, "kms": _key, "opensearch": _domain, "sqs": _queue}


def _name(arn: str) -> str:
    return re.split("[/:]", arn)[-1]


def _path(arn: str) -> str:
    """The path of an IAM ARN: `/`, or `/a/b/`."""
    return "/" + "".join(f"{part}/" for part in arn.split("/")[1:-1])


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def many_roles(count: int) -> None:
    """Roles, each with an inline policy; put straight into the stand-in's memory, which is quicker than asking it."""
    backend = iam_backends[ACCOUNT]["aws"]
    for number in range(count):
        name = f"role-{number:04}"
        backend.create_role(name, TRUST, "/", None, "", [], "3600")
        backend.put_role_policy(name, "own", ALLOW)


class Front(ThreadingHTTPServer):
    """
    Stands before the stand-in, and answers some of IAM's calls in its place.

    `throttled` says how often an operation is answered that there were too many of it, `broken` which end the connection.
    """

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = behind
        self.throttled: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def fronted(behind: str) -> Iterator[Front]:
    server = Front(behind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Passing(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = re.search(rb"(?:^|&)Action=(\w+)", body)
        operation = found[1].decode() if found else ""
        self.server.asked[operation] += 1
        if self.server.throttled[operation] > 0:
            self.server.throttled[operation] -= 1
            self.send(400, "text/xml", _THROTTLED)
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "expect")}
        asked = urllib.request.Request(  # noqa: S310 - the loopback server behind
            self.server.behind + self.path, body or None, headers, method=self.command
        )
        try:
            with urllib.request.urlopen(asked) as answer:  # noqa: S310 - as above
                self.send(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        except urllib.error.HTTPError as error:
            self.send(error.code, error.headers.get("Content-Type", ""), error.read())

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that http.server asks for

    def send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests have no log."""


_THROTTLED = (
    b'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
    b"<Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>1</RequestId></ErrorResponse>"
)


class Watched:
    """
    What is really asked of AWS, by permission, and in which Regions.

    `denied` are the permissions that it refuses, `codes` by Region the code with which it refuses everything.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.regions: dict[str, set[str]] = {}
        self.denied: set[str] = set()
        self.codes: dict[str, str] = {}
        self.refused_roles: tuple[str, ...] = ()
        self.interrupt_after: int | None = None

    def __call__(self, model, params, context, **_):
        """Heard before each call; whatever it answers is AWS's answer."""
        sent = model.service_model.service_name, xform_name(model.name)
        action = _PERMISSIONS.get(sent, f"{sent[0]}:{model.name}")
        if self.interrupt_after is not None and len(self.asked) >= self.interrupt_after:
            raise KeyboardInterrupt
        self.asked.append(action)
        self.regions.setdefault(action, set()).add(context["client_region"])
        if (code := self.codes.get(context["client_region"])) is not None:
            return _refusal(code)
        if action in self.denied or (self.refused_roles and any(role in str(params) for role in self.refused_roles)):
            return _refusal("AccessDenied")
        return None


def _refusal(code: str):
    error = {"Error": {"Code": code, "Message": SECRET}, "ResponseMetadata": {}}
    return AWSResponse("https://aws.example.com", 403, {}, None), error


_PERMISSIONS = {call: action for action, call in _reads.ACTIONS.items()}
_PERMISSIONS["sts", "assume_role"] = _reads.ASSUME_ROLE


def watched(monkeypatch) -> Watched:
    """Every session that boto3 makes from now on is watched."""
    found = Watched()
    make = boto3.Session

    def session(*given, **options):
        made = make(*given, **options)
        made.events.register("before-call", found)
        return made

    monkeypatch.setattr(boto3, "Session", session)
    return found


def in_pages(monkeypatch, size: int, *, without: tuple[str, ...] = ()) -> None:
    """Lets the stand-in answer GetAccountAuthorizationDetails in pages, as AWS does, and without some managed policies."""
    answered = IamResponse.get_account_authorization_details

    def answer(self):
        told = answered(self).result
        start = int(self._get_param("Marker", "0"))
        lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        items = [(name, item) for name in lists for item in told[name] if getattr(item, "arn", "") not in without]
        page = {name: [item for of, item in items[start : start + size] if of == name] for name in lists}
        more = start + size < len(items)
        return ActionResult({**page, "IsTruncated": more, **({"Marker": str(start + size)} if more else {})})

    monkeypatch.setattr(IamResponse, "get_account_authorization_details", answer)
