# ruff: noqa: RUF001 - the mark of renderers for what is not told
from __future__ import annotations

import textwrap

import pytest

from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from iamsim.overlay import overlay
from tests.sources.templates import (
    IAM,
    ONE,
    OTHER,
    POLICY,
    account,
    notes,
    read,
    server,
    statements,
    texts,
    written,
)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return written


# ---------------------------------------------------------------- principals


def test_every_way_to_attach_a_policy_is_read(write):
    rest = f"""
    Shared: {{Type: AWS::IAM::ManagedPolicy, Properties: {{ManagedPolicyName: shared, Path: /team/, PolicyDocument: {POLICY}, Roles: [!Ref Server], Groups: [!Ref Admins], Users: [!Ref Ann]}}}}
    A: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: a, PolicyDocument: {POLICY}, Roles: [server], Users: [ann], Groups: [admins]}}}}
    B: {{Type: AWS::IAM::RolePolicy, Properties: {{PolicyName: b, PolicyDocument: {POLICY}, RoleName: !Ref Server}}}}
    C: {{Type: AWS::IAM::UserPolicy, Properties: {{PolicyName: c, PolicyDocument: {POLICY}, UserName: !Ref Ann}}}}
    D: {{Type: AWS::IAM::GroupPolicy, Properties: {{PolicyName: d, PolicyDocument: {POLICY}, GroupName: !Ref Admins}}}}
    Admins: {{Type: AWS::IAM::Group, Properties: {{GroupName: admins, ManagedPolicyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]}}}}
    Ann: {{Type: AWS::IAM::User, Properties: {{UserName: ann, Path: /people/, PermissionsBoundary: !Ref Shared, ManagedPolicyArns: ["{IAM}policy/elsewhere"]}}}}
    Join: {{Type: AWS::IAM::UserToGroupAddition, Properties: {{GroupName: !Ref Admins, Users: [!Ref Ann]}}}}
    """
    found = account(write(server("'*'", rest)))
    shared = f"{IAM}policy/team/shared"
    role = found.roles[f"{IAM}role/server"]
    user = found.users[f"{IAM}user/people/ann"]
    group = found.groups[f"{IAM}group/admins"]
    assert [policy.arn or policy.name for policy in role.policies] == ["own", "a", "b", shared]
    assert [policy.arn or policy.name for policy in user.policies] == ["a", "c", shared]
    assert [policy.arn or policy.name for policy in group.policies] == [
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "a",
        "d",
        shared,
    ]
    assert (user.groups, user.unread, user.boundary_arn) == ((group.arn,), (f"{IAM}policy/elsewhere",), shared)
    assert user.boundary is found.policies[shared]


def test_a_policy_of_a_principal_that_is_described_elsewhere_is_a_change(write):
    rest = f"""
    Extra: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: extra, PolicyDocument: {POLICY}, Roles: [live]}}}}
    Join: {{Type: AWS::IAM::UserToGroupAddition, Properties: {{GroupName: admins, Users: [ann]}}}}
    """
    found = account(write(server("'*'", rest)), needed=(f"{IAM}role/team/live",))
    changes = {change.of: change for change in found.changes}
    # The path of the role is what an ARN in play says.
    assert [policy.name for policy in changes[f"{IAM}role/team/live"].policies] == ["extra"]
    assert changes[f"{IAM}user/ann"].groups == (f"{IAM}group/admins",)


def test_a_change_reaches_the_role_below(write):
    extra = f"Extra: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: extra, PolicyDocument: {POLICY}, Roles: [server]}}}}"
    base = read(write(server("arn:aws:s3:::x")))
    over = read(write(f"AWSTemplateFormatVersion: 2010-09-09\nResources:\n  {extra}\n", "over.yaml"))
    found = overlay(base.organization, over.organization).accounts[ONE]
    assert [policy.name for policy in found.roles[f"{IAM}role/server"].policies] == ["own", "extra"]


def test_a_policy_for_nobody_who_is_told_is_said(write):
    head = "Parameters:\n  Role: {Type: String}\n"
    rest = f"Extra: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: extra, PolicyDocument: {POLICY}, Roles: [!Ref Role]}}}}"
    assert notes(read(write(server("'*'", rest, head))), "not seen")["Extra"] == "to which role it belongs is not told"


def test_what_may_be_there_counts_as_attached_and_unread(write):
    head = """
    Parameters:
      Untold: {Type: String}
    Conditions:
      Maybe: !Equals [!Ref Untold, x]
    """
    rest = f"""
    Extra: {{Type: AWS::IAM::Policy, Condition: Maybe, Properties: {{PolicyName: extra, PolicyDocument: {POLICY}, Roles: [!Ref Server]}}}}
    Shared: {{Type: AWS::IAM::ManagedPolicy, Condition: Maybe, Properties: {{ManagedPolicyName: shared, PolicyDocument: {POLICY}, Roles: [!Ref Server]}}}}
    Files: {{Type: AWS::S3::Bucket, Properties: {{BucketName: files}}}}
    FilesPolicy: {{Type: AWS::S3::BucketPolicy, Condition: Maybe, Properties: {{Bucket: files, PolicyDocument: {{Statement: [{{Effect: Deny, Principal: "*", Action: "*", Resource: "*"}}]}}}}}}
    Door: {{Type: AWS::EC2::VPCEndpoint, Condition: Maybe, Properties: {{ServiceName: s3}}}}
    Other:
      Type: AWS::IAM::Role
      Condition: Maybe
      Properties:
        RoleName: other
        AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: "*", Action: sts:AssumeRole}}]}}
    """
    loaded = read(write(server("'*'", rest, head)))
    found = loaded.organization.accounts[ONE]
    assert found.roles[f"{IAM}role/server"].unread == (
        "Extra (condition Maybe is not told)",
        "Shared (condition Maybe is not told)",
    )
    assert found.roles[f"{IAM}role/other"].trust is None
    assert found.roles[f"{IAM}role/other"].unread == ("Other (condition Maybe is not told)",)
    # Whoever else has the managed policy, it may allow and deny anything.
    (shared,) = found.policies.values()
    assert [str(statement.effect) for statement in shared.statements] == ["Allow", "Deny"]
    assert {statement.action.values for statement in shared.statements} == {(HOLE,)}
    files = found.resources["arn:aws:s3:::files"]
    assert (files.policy, files.unread) == (None, "condition Maybe is not told")
    assert found.endpoints["Door"].unread == "condition Maybe is not told"
    assert "FilesPolicy" in notes(loaded, "not seen")


def test_what_a_false_condition_leaves_out_is_not_there(write):
    head = "Conditions:\n  No: !Equals [a, b]\n"
    rest = f"Extra: {{Type: AWS::IAM::Policy, Condition: No, Properties: {{PolicyName: extra, PolicyDocument: {POLICY}, Roles: [!Ref Server]}}}}"
    role = account(write(server("'*'", rest, head))).roles[f"{IAM}role/server"]
    assert ([policy.name for policy in role.policies], role.unread) == (["own"], ())


def nameless(name: str) -> str:
    return server("'*'", head="Parameters:\n  Stage: {Type: String}\n").replace("RoleName: server", f"RoleName: {name}")


def test_a_role_whose_name_is_not_told_is_not_guessed(write):
    loaded = read(write(nameless("!Sub ${Stage}-server") + "  Topic: {Type: AWS::SNS::Topic}\n"))
    assert loaded.organization.accounts[ONE].roles == {}
    assert notes(loaded, "not seen")["Server"] == f"its name is not told: `{IAM}role/‹unknown›-server`"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (f"{IAM}role/live-server", f"{IAM}role/live-server"),
        (f"arn:aws:sts::{ONE}:assumed-role/live-server/me", f"{IAM}role/live-server"),
        (f"{IAM}role/live-client", None),
        (f"{IAM}role/team/live-server", None),
        (f"arn:aws:iam::{OTHER}:role/live-server", None),
    ],
)
def test_a_role_in_play_that_may_be_it_is_one_of_which_nothing_is_known(write, asked, expected):
    found = account(
        write(nameless("!Sub ${Stage}-server") + "  Topic: {Type: AWS::SNS::Topic}\n"), needed=(asked,)
    ).roles
    assert set(found) == ({expected} if expected else set())
    for role in found.values():
        assert (role.trust, role.policies, role.unread) == (None, (), ("Server may be it (its name is not told)",))
        assert role.boundary_arn is not None


def test_a_role_that_is_described_is_not_the_one_without_a_name(write):
    rest = """
    Client: {Type: AWS::IAM::Role, Properties: {RoleName: live-server, AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "*"}]}}}
    """
    template = nameless("!Sub ${Stage}-server") + textwrap.indent(textwrap.dedent(rest), "  ")
    (role,) = account(write(template), needed=(f"{IAM}role/live-server",)).roles.values()
    assert role.origin.address == "Client"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("MaxSessionDuration: 7200", 7200),
        ('MaxSessionDuration: "43200"', 43200),
        ("MaxSessionDuration: !Ref Untold", None),
        ("Description: x", 3600),
    ],
)
def test_the_longest_session_is_read(write, line, expected):
    text = server("'*'", head="Parameters:\n  Untold: {Type: Number}\n").replace(
        "      RoleName: server\n", f"      RoleName: server\n      {line}\n"
    )
    assert account(write(text)).roles[f"{IAM}role/server"].max_session_duration == expected


def test_a_boundary_without_a_text_is_attached_and_said(write):
    text = server("'*'").replace(
        "      RoleName: server\n", f"      RoleName: server\n      PermissionsBoundary: {IAM}policy/edge\n"
    )
    loaded = read(write(text))
    role = loaded.organization.accounts[ONE].roles[f"{IAM}role/server"]
    assert (role.boundary, role.boundary_arn) == (None, f"{IAM}policy/edge")
    assert notes(loaded, "not seen")["Server"] == f"its permissions boundary `{IAM}policy/edge`"


# ---------------------------------------------------------------- resources


def test_resources_are_read_with_their_policies(write):
    rest = f"""
    Key: {{Type: AWS::KMS::Key, Properties: {{KeyPolicy: {{Statement: [{{Effect: Allow, Principal: {{AWS: !GetAtt Server.Arn}}, Action: "kms:Decrypt", Resource: "*"}}]}}}}}}
    Bare: {{Type: AWS::KMS::Key}}
    Jobs: {{Type: AWS::SQS::Queue, Properties: {{QueueName: jobs}}}}
    JobsPolicy: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Jobs, "https://sqs.eu-west-1.amazonaws.com/{ONE}/far"], PolicyDocument: {{Statement: [{{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: !GetAtt Jobs.Arn}}]}}}}}}
    News: {{Type: AWS::SNS::Topic, Properties: {{TopicName: news}}}}
    NewsPolicy: {{Type: AWS::SNS::TopicPolicy, Properties: {{Topics: [!Ref News], PolicyDocument: {{Statement: [{{Effect: Allow, Principal: "*", Action: "sns:Publish", Resource: !Ref News}}]}}}}}}
    Door: {{Type: AWS::S3::AccessPoint, Properties: {{Name: door, Bucket: files, VpcConfiguration: {{VpcId: vpc-1}}, Policy: {{Statement: [{{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "*"}}]}}}}}}
    FilesPolicy: {{Type: AWS::S3::BucketPolicy, Properties: {{Bucket: files, PolicyDocument: {{Statement: [{{Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*"}}]}}}}}}
    Token: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: app/token}}}}
    TokenPolicy: {{Type: AWS::SecretsManager::ResourcePolicy, Properties: {{SecretId: !Ref Token, ResourcePolicy: {{Statement: [{{Effect: Deny, Principal: "*", Action: "*", Resource: "*"}}]}}}}}}
    Gate: {{Type: AWS::EC2::VPCEndpoint, Properties: {{PolicyDocument: {{Statement: [{{Effect: Allow, Principal: "*", Action: "*", Resource: "*"}}]}}}}}}
    """
    secret = f"arn:aws:secretsmanager:us-east-1:{ONE}:secret:app/token-AbCdEf"
    found = account(write(server("'*'", rest)), needed=(secret,))
    here = f"us-east-1:{ONE}:"
    policies = {arn: each.policy for arn, each in found.resources.items()}
    assert statements(policies[f"arn:aws:kms:{here}key/Key"])[0]["Principal"] == {"AWS": f"{IAM}role/server"}
    # The key policy that AWS makes where none is given.
    assert statements(policies[f"arn:aws:kms:{here}key/Bare"])[0]["Principal"] == {"AWS": f"{IAM}root"}
    assert found.resources[f"arn:aws:kms:{here}key/Key"].settings == {"key_manager": "CUSTOMER"}
    assert statements(policies[f"arn:aws:sqs:{here}jobs"])[0]["Resource"] == f"arn:aws:sqs:{here}jobs"
    assert policies[f"arn:aws:sqs:eu-west-1:{ONE}:far"] is not None
    assert statements(policies[f"arn:aws:sns:{here}news"])[0]["Resource"] == f"arn:aws:sns:{here}news"
    door = found.resources[f"arn:aws:s3:{here}accesspoint/door"]
    assert (door.bucket, door.settings, door.partial) == ("files", {"vpc": "vpc-1"}, False)
    assert found.resources["arn:aws:s3:::files"].partial
    assert policies[secret] is not None
    assert found.endpoints["Gate"].policy is not None


def test_a_secret_without_an_arn_in_play_is_not_seen(write):
    rest = """
    Token: {Type: AWS::SecretsManager::Secret, Properties: {Name: token}}
    TokenPolicy: {Type: AWS::SecretsManager::ResourcePolicy, Properties: {SecretId: !Ref Token, ResourcePolicy: {Statement: [{Effect: Deny, Principal: "*", Action: "*", Resource: "*"}]}}}
    """
    loaded = read(write(server("!Ref Token", rest)))
    assert "secret:token-‹unknown›" in notes(loaded, "not seen")["TokenPolicy"]
    assert texts(loaded.organization.accounts[ONE].roles[f"{IAM}role/server"]).endswith(f"secret:token-{HOLE}")


def test_two_policies_of_one_bucket_are_none_that_is_told(write):
    policy = (
        '{Bucket: files, PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:*", Resource: "*"}]}}'
    )
    rest = f"""
    One: {{Type: AWS::S3::BucketPolicy, Properties: {policy}}}
    Two: {{Type: AWS::S3::BucketPolicy, Properties: {policy}}}
    """
    found = account(write(server("'*'", rest))).resources["arn:aws:s3:::files"]
    assert (found.policy, found.unread) == (None, "Two and One both set it")


def test_a_block_that_is_off_is_left_open_as_the_account_may_have_it_on(write):
    rest = """
    Files:
      Type: AWS::S3::Bucket
      Properties:
        BucketName: files
        PublicAccessBlockConfiguration: {RestrictPublicBuckets: false, IgnorePublicAcls: "true"}
        OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}
        Tags: [{Key: team, Value: red}]
    """
    found = account(write(server("'*'", rest))).resources["arn:aws:s3:::files"]
    assert found.settings == {"ignore_public_acls": "true", "object_ownership": "ObjectWriter"}
    assert found.tags == {"team": "red"}


def test_permissions_are_the_policy_of_a_function(write):
    rest = f"""
    Fn: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: fn, Role: !GetAtt Server.Arn}}}}
    A: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !GetAtt Fn.Arn, Action: lambda:InvokeFunction, Principal: s3.amazonaws.com, SourceArn: "arn:aws:s3:::files", SourceAccount: "{ONE}"}}}}
    B: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !Ref Fn, Action: lambda:InvokeFunction, Principal: "{OTHER}"}}}}
    C: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: "fn:live", Action: lambda:InvokeFunction, Principal: "*", PrincipalOrgID: o-example1234}}}}
    """
    found = account(write(server("'*'", rest)))
    arn = f"arn:aws:lambda:us-east-1:{ONE}:function:fn"
    one, two, three = statements(found.resources[arn].policy)
    assert one["Principal"] == {"Service": "s3.amazonaws.com"}
    assert one["Condition"] == {
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::files"},
        "StringEquals": {"AWS:SourceAccount": ONE},
    }
    assert two["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    assert (three["Principal"], three["Resource"]) == ("*", f"{arn}:live")
    assert three["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-example1234"}}
    assert [(each.name, each.runs_on, each.role) for each in found.workloads] == [("Fn", "lambda", f"{IAM}role/server")]


def test_statements_are_the_policy_of_an_event_bus(write):
    statement = "{Effect: Allow, Principal: '*', Action: 'events:PutEvents', Resource: '*'}"
    rest = f"""
    Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: main}}}}
    A: {{Type: AWS::Events::EventBusPolicy, Properties: {{EventBusName: !Ref Bus, StatementId: a, Statement: {statement}}}}}
    B: {{Type: AWS::Events::EventBusPolicy, Properties: {{EventBusName: main, StatementId: b, Statement: {statement}}}}}
    C: {{Type: AWS::Events::EventBusPolicy, Properties: {{StatementId: c, Action: "events:PutEvents", Principal: "*"}}}}
    """
    found = account(write(server("'*'", rest))).resources
    bus = found[f"arn:aws:events:us-east-1:{ONE}:event-bus/main"]
    assert bus.policy is not None
    assert [each.index for each in bus.policy.statements] == [0, 1]
    assert [each.origin.address for each in bus.policy.statements] == ["A", "B"]
    # The older form of it is not read.
    assert found[f"arn:aws:events:us-east-1:{ONE}:event-bus/default"].unread == "what it says is not told"


def test_what_runs_with_a_role_is_told(write):
    rest = """
    Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Server]}}
    Machine: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: !Ref Profile}}
    Launch: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {IamInstanceProfile: {Arn: !GetAtt Profile.Arn}}}}
    Other: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: elsewhere}}
    Pod: {Type: AWS::EKS::PodIdentityAssociation, Properties: {ClusterName: c, Namespace: web, ServiceAccount: mcp, RoleArn: !GetAtt Server.Arn}}
    Task: {Type: AWS::ECS::TaskDefinition, Properties: {TaskRoleArn: server}}
    None: {Type: AWS::ECS::TaskDefinition, Properties: {ExecutionRoleArn: x}}
    """
    found = account(write(server("'*'", rest))).workloads
    role = f"{IAM}role/server"
    assert [(each.name, each.runs_on, each.role, each.service_account) for each in found] == [
        ("Machine", "ec2", role, None),
        ("Launch", "ec2", role, None),
        ("Other", "ec2", None, None),
        ("Pod", "pod-identity", role, "web/mcp"),
        ("Task", "ecs-task", role, None),
    ]


def test_an_organization_policy_denies_and_allows_nothing_for_sure(write):
    template = f"""
    AWSTemplateFormatVersion: 2010-09-09
    Resources:
      NoDeletes:
        Type: AWS::Organizations::Policy
        Properties:
          Name: no-deletes
          Type: SERVICE_CONTROL_POLICY
          TargetIds: ["{OTHER}", ou-abcd-12345678]
          Content: {{Version: 2012-10-17, Statement: [{{Effect: Deny, Action: "s3:Delete*", Resource: "*"}}]}}
    """
    found = read(write(template)).organization.accounts
    ((everything, own),) = found[OTHER].scps
    assert (statements(everything)[0]["Effect"], own.name) == ("Allow", "no-deletes")
    # The unit may hold the account that was asked about.
    assert [len(level) for level in found[ONE].scps] == [1]
    assert PolicyType.SCP not in found[ONE].seen | found[OTHER].seen


def test_what_is_not_read_is_said(write):
    rest = """
    GitHub: {Type: AWS::IAM::OIDCProvider, Properties: {Url: https://token.actions.githubusercontent.com, ClientIdList: [sts.amazonaws.com]}}
    Untold: {Type: AWS::IAM::OIDCProvider, Properties: {Url: !ImportValue issuer}}
    Linked: {Type: AWS::IAM::ServiceLinkedRole, Properties: {AWSServiceName: x.amazonaws.com}}
    Module: {Type: Example::Roles::Server::MODULE}
    Vault: {Type: AWS::Backup::BackupVault, Properties: {AccessPolicy: {Statement: []}}}
    """
    loaded = read(write(server("!GetAtt GitHub.Arn", rest, "Transform: [Example, AWS::LanguageExtensions]")))
    unseen = notes(loaded, "not seen")
    assert texts(loaded.organization.accounts[ONE].roles[f"{IAM}role/server"]) == (
        f"{IAM}oidc-provider/token.actions.githubusercontent.com"
    )
    assert unseen["transform Example"] == "only the deploy tells what it changes in the template"
    assert {"Untold", "Linked", "Module"} <= set(unseen)
    assert "GitHub" not in unseen
    found = loaded.organization.accounts[ONE]
    assert found.oidc_providers == {"https://token.actions.githubusercontent.com": ("sts.amazonaws.com",)}
    assert found.more_providers
    assert unseen["Vault"] == "its policy: those of the type AWS::Backup::BackupVault are not read"
    assert "transform AWS::LanguageExtensions" not in unseen
