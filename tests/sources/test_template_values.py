from __future__ import annotations

from typing import Any

import pytest

from iamsim.engine.simulator import Simulator
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE, principal
from iamsim.model.verdict import Decision
from iamsim.sources import Loaded
from tests.sources.templates import (
    IAM,
    ONE,
    OTHER,
    TRUST,
    UNNAMED,
    account,
    notes,
    read,
    resource,
    server,
    statements,
    texts,
    written,
)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return written


# ---------------------------------------------------------------- intrinsic functions


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Sub arn:${AWS::Partition}:s3:::x-${AWS::AccountId}-${AWS::Region}", f"arn:aws:s3:::x-{ONE}-us-east-1"),
        ('!Sub ["arn:aws:s3:::${A}-${Name}", {A: !Ref Name}]', "arn:aws:s3:::docs-docs"),
        ("!Sub arn:aws:s3:::${!Name}/${Name}", "arn:aws:s3:::${Name}/docs"),
        ("!Sub arn:aws:s3:::x/${!aws:username}", "arn:aws:s3:::x/${aws:username}"),
        ('!Join ["", ["arn:aws:s3:::", !Ref Name, "/*"]]', "arn:aws:s3:::docs/*"),
        ('!Join [":", !Split ["|", "arn|aws|s3|||x"]]', "arn:aws:s3:::x"),
        ('!Select [1, !Split [",", "a,arn:aws:s3:::b"]]', "arn:aws:s3:::b"),
        ('!Select ["1", !Ref Names]', "arn:aws:s3:::two"),
        ("!Ref Names", ["arn:aws:s3:::one", "arn:aws:s3:::two"]),
        ("!FindInMap [Names, first, arn]", "arn:aws:s3:::m"),
        ("!FindInMap [Names, !Ref Name, arn]", "arn:aws:s3:::by-parameter"),
        ("!FindInMap [Names, none, arn, {DefaultValue: arn:aws:s3:::default}]", "arn:aws:s3:::default"),
        ("!If [Yes, arn:aws:s3:::then, arn:aws:s3:::else]", "arn:aws:s3:::then"),
        ("!If [No, arn:aws:s3:::then, arn:aws:s3:::else]", "arn:aws:s3:::else"),
        ("[!If [No, arn:aws:s3:::a, !Ref AWS::NoValue], arn:aws:s3:::b]", "arn:aws:s3:::b"),
        ("!If [Maybe, arn:aws:s3:::same, arn:aws:s3:::same]", "arn:aws:s3:::same"),
        ('!Sub ["arn:aws:s3:::${N}", {N: !Length [a, b, c]}]', "arn:aws:s3:::3"),
        ('!Sub ["arn:aws:s3:::${N}", {N: !Base64 abc}]', "arn:aws:s3:::YWJj"),
        ('{"Fn::Sub": "arn:aws:s3:::${Name}"}', "arn:aws:s3:::docs"),
        ("!Sub arn:aws:s3:::${Number}-${Flag}", "arn:aws:s3:::7-true"),
    ],
)
def test_a_function_gives_what_cloudformation_says_it_gives(write, value, expected):
    head = """
    Parameters:
      Name: {Type: String, Default: docs}
      Names: {Type: CommaDelimitedList, Default: "arn:aws:s3:::one, arn:aws:s3:::two"}
      Number: {Type: Number, Default: 7}
      Flag: {Type: String, Default: true}
      Untold: {Type: String}
    Conditions:
      Yes: !Equals [!Ref Name, docs]
      No: !Not [!Condition Yes]
      Maybe: !Equals [!Ref Untold, x]
    Mappings:
      Names: {first: {arn: "arn:aws:s3:::m"}, docs: {arn: "arn:aws:s3:::by-parameter"}}
    """
    assert resource(write, value, head=head) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Sub arn:aws:s3:::${Untold}-data/*", "arn:aws:s3:::…-data/*"),
        ("!If [Maybe, arn:aws:s3:::a, arn:aws:s3:::b]", "…"),
        ('!Join ["", ["arn:aws:s3:::", !ImportValue other, "/x"]]', "arn:aws:s3:::…/x"),
        ('!Select [0, !Split ["-", !Ref Untold]]', "…"),
        ('!Select [0, !GetAZs ""]', "…"),
        ('!Select [0, !Cidr ["10.0.0.0/16", 4]]', "…"),
        ("!Sub arn:aws:s3:::${Secret}", "arn:aws:s3:::…"),
        ("!Sub arn:aws:s3:::${FromStore}", "arn:aws:s3:::…"),
        ("arn:aws:s3:::{{resolve:ssm:/bucket:1}}/x", "arn:aws:s3:::…/x"),
        ('!Join ["", ["arn:aws:s3:::{{resolve:ssm:", !Ref Untold, "}}"]]', "arn:aws:s3:::…"),
        ("!Sub arn:aws:s3:::${AWS::StackName}-data", "arn:aws:s3:::…-data"),
        ("!Sub arn:aws:s3:::${Cache.RedisEndpoint.Address}", "arn:aws:s3:::…"),
        ("!FindInMap [Names, !Ref Untold, arn]", "…"),
        ("!Anything new", "…"),
        ("!Sub arn:aws:s3:::${Gone}", "arn:aws:s3:::…"),
    ],
)
def test_what_is_not_told_is_a_hole_and_never_a_guess(write, value, expected):
    head = """
    Parameters:
      Untold: {Type: String}
      Secret: {Type: String, NoEcho: true, Default: planted-secret}
      FromStore: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b}
    Conditions:
      Maybe: !Equals [!Ref Untold, x]
      Never: !Equals [a, b]
    Mappings:
      Names: {first: {arn: "arn:aws:s3:::m"}}
    """
    rest = """
    Cache: {Type: AWS::ElastiCache::CacheCluster}
    Gone: {Type: AWS::S3::Bucket, Condition: Never, Properties: {BucketName: gone}}
    """
    assert resource(write, value, rest, head) == expected


def test_the_value_of_a_secret_parameter_is_shown_nowhere(write):
    head = "Parameters:\n  Secret: {Type: String, NoEcho: true}\n"
    loaded = read(write(server("!Sub arn:aws:s3:::${Secret}", head=head)), parameters={"Secret": "planted-secret"})
    assert "planted-secret" not in repr(loaded)
    assert notes(loaded, "not seen")["parameter Secret"].startswith("its value must not be shown (NoEcho)")


def test_a_condition_may_look_at_a_secret_parameter(write):
    head = """
    Parameters:
      Secret: {Type: String, NoEcho: true}
    Conditions:
      Given: !Not [!Equals [!Ref Secret, ""]]
    """
    value = "!If [Given, arn:aws:s3:::a, arn:aws:s3:::b]"
    assert resource(write, value, head=head, parameters={"Secret": "x"}) == "arn:aws:s3:::a"
    assert resource(write, value, head=head, parameters={"Secret": ""}) == "arn:aws:s3:::b"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("!And [!Condition Yes, !Condition Maybe]", None),
        ("!And [!Condition No, !Condition Maybe]", False),
        ("!Or [!Condition Yes, !Condition Maybe]", True),
        ("!Or [!Condition No, !Condition Maybe]", None),
        ("!Not [!Condition Maybe]", None),
        ("!Equals [!Ref AWS::Region, us-east-1]", True),
        ("!Equals [!Ref List, !Ref List]", True),
    ],
)
def test_a_condition_has_three_values(write, condition, expected):
    head = f"""
    Parameters:
      Untold: {{Type: String}}
      List: {{Type: CommaDelimitedList, Default: "a,b"}}
    Conditions:
      Yes: !Equals [a, a]
      No: !Equals [a, b]
      Maybe: !Equals [!Ref Untold, x]
      Asked: {condition}
    """
    found = resource(write, "!If [Asked, arn:aws:s3:::then, arn:aws:s3:::else]", head=head)
    assert found == {True: "arn:aws:s3:::then", False: "arn:aws:s3:::else", None: "…"}[expected]


def test_loops_make_resources_and_properties(write):
    template = f"""
    AWSTemplateFormatVersion: 2010-09-09
    Transform: AWS::LanguageExtensions
    Parameters:
      Teams: {{Type: CommaDelimitedList, Default: "red-1,blue"}}
    Resources:
      Fn::ForEach::Tenants:
        - Team
        - !Ref Teams
        - Tenant&{{Team}}:
            Type: AWS::IAM::Role
            Properties:
              RoleName: !Sub tenant-${{Team}}
              AssumeRolePolicyDocument:
                Statement:
                  - Effect: Allow
                    Principal: {{AWS: {IAM}root}}
                    Action: sts:AssumeRole
                    Condition:
                      StringEquals:
                        Fn::ForEach::Tags:
                          - Tag
                          - [team, owner]
                          - aws:PrincipalTag/${{Tag}}: !Ref Team
    """
    found = account(write(template))
    assert set(found.roles) == {f"{IAM}role/tenant-red-1", f"{IAM}role/tenant-blue"}
    role = found.roles[f"{IAM}role/tenant-red-1"]
    assert role.origin.address == "Tenantred1"
    assert statements(role.trust)[0]["Condition"] == {
        "StringEquals": {"aws:PrincipalTag/team": "red-1", "aws:PrincipalTag/owner": "red-1"}
    }


def test_an_object_that_the_cdk_puts_into_a_text_is_read(write):
    """Its names hold what only the deploy tells, as in the trust of a role for a pod."""
    template = """
    AWSTemplateFormatVersion: 2010-09-09
    Resources:
      Provider: {Type: Custom::AWSCDKOpenIdConnectProvider, Properties: {Url: !GetAtt Cluster.OpenIdConnectIssuerUrl}}
      Cluster: {Type: AWS::EKS::Cluster}
      Test:
        Type: Custom::AWSCDKCfnJson
        Properties:
          Value: !Join ["", ['{"', !GetAtt Cluster.OpenIdConnectIssuer, ':sub":"system:serviceaccount:mcp:server"}']]
      Pod:
        Type: AWS::IAM::Role
        Properties:
          RoleName: pod
          AssumeRolePolicyDocument:
            Statement:
              - Effect: Allow
                Principal: {Federated: !Ref Provider}
                Action: sts:AssumeRoleWithWebIdentity
                Condition: {StringEquals: !GetAtt Test.Value}
    """
    (statement,) = statements(account(write(template)).roles[f"{IAM}role/pod"].trust)
    assert statement["Principal"] == {"Federated": f"{IAM}oidc-provider/{HOLE}"}
    assert statement["Condition"] == {"StringEquals": {f"{HOLE}:sub": "system:serviceaccount:mcp:server"}}


def test_a_loop_over_what_is_not_told_is_said(write):
    head = "Parameters:\n  Teams: {Type: CommaDelimitedList}\n"
    rest = "Fn::ForEach::Tenants: [Team, !Ref Teams, {'T${Team}': {Type: AWS::SNS::Topic}}]"
    unseen = notes(read(write(server("'*'", rest, head))), "not seen")
    assert unseen["Fn::ForEach::Tenants"] == "what the loop goes through is not told"


def test_a_policy_as_json_text_is_read(write):
    rest = """
    Domain:
      Type: AWS::OpenSearchService::Domain
      Properties:
        DomainName: search
        AccessPolicies: !ToJsonString
          Version: 2012-10-17
          Statement: [{Effect: Allow, Principal: "*", Action: "es:*", Resource: !Sub "arn:aws:es:${AWS::Region}:x"}]
    """
    found = account(write(server("'*'", rest))).resources[f"arn:aws:es:us-east-1:{ONE}:domain/search"]
    assert statements(found.policy)[0]["Resource"] == "arn:aws:es:us-east-1:x"
    assert found.policy is not None
    assert found.policy.origin.address == "Domain"


# ---------------------------------------------------------------- names that CloudFormation makes


def test_the_logical_id_stands_for_a_name_that_cloudformation_makes(write):
    loaded = read(write(UNNAMED))
    role = loaded.organization.accounts[ONE].roles[f"{IAM}role/Tenant"]
    assert f"{IAM}role/Tenant" in texts(role)
    assert statements(role.policies[0])[1]["Resource"] == "arn:aws:s3:::files/*"
    assert notes(loaded, "assumed")["Tenant"] == (
        "it is called `Tenant`, as CloudFormation makes its name: give the real one as --parameter Tenant=NAME"
    )
    assert notes(loaded, "assumed")["1 name of other resources"] == (
        "the logical ids, in template.yaml: give real ones as --parameter LOGICALID=NAME"
    )
    assert notes(loaded, "assumed")["AWS::AccountId"] == f"{ONE}, the account of the role that was asked about"
    assert {"Tenant", "Files"} <= loaded.parameters


def test_the_name_of_the_stack_stands_before_it_where_it_is_told(write):
    found = account(write(UNNAMED), parameters={"AWS::StackName": "shop"})
    assert set(found.roles) == {f"{IAM}role/shop-Tenant"}
    assert f"{IAM}role/shop-Tenant" in texts(found.roles[f"{IAM}role/shop-Tenant"])


def test_the_real_name_may_be_given(write):
    loaded = read(write(UNNAMED), parameters={"Tenant": "shop-Tenant-1A2B3C4D5E6F"})
    assert set(loaded.organization.accounts[ONE].roles) == {f"{IAM}role/shop-Tenant-1A2B3C4D5E6F"}
    assert "Tenant" not in notes(loaded, "assumed")


@pytest.mark.parametrize("given", ["role", "needed"])
def test_the_arn_in_play_that_is_such_a_name_is_taken_for_it(write, given):
    real = f"{IAM}role/shop-Tenant-1A2B3C4D5E6F"
    loaded = read(write(UNNAMED), **{given: real if given == "role" else (real,)})
    assert set(loaded.organization.accounts[ONE].roles) == {real}
    assert notes(loaded, "assumed")["Tenant"] == f"it is `{real}`, a name such as CloudFormation makes for it"


@pytest.mark.parametrize(
    "arn", [f"{IAM}role/shop-Tenants-1A2B3C4D5E6F", f"arn:aws:iam::{OTHER}:role/shop-Tenant-1A2B3C4D5E6F"]
)
def test_an_arn_of_something_else_is_not(write, arn):
    assert set(account(write(UNNAMED), needed=(arn,)).roles) == {f"{IAM}role/Tenant"}


@pytest.mark.parametrize(
    ("pattern", "added", "options"),
    [
        # It may match shop-Tenant-1A2B3C: it must neither allow nor deny the role under its stand-in.
        (f"{IAM}role/shop-*", [f"{IAM}role/shop-*", f"{IAM}role/Tenant…"], {}),
        (f"{IAM}role/Ten*", [f"{IAM}role/Ten*…", f"{IAM}role/Tenant…"], {}),
        (f"{IAM}role/*", [f"{IAM}role/*"], {}),
        (f"{IAM}role/*Tenant*", [f"{IAM}role/*Tenant*"], {}),
        (f"{IAM}role/team/*", [f"{IAM}role/team/*"], {}),
        (f"{IAM}role/admin", [f"{IAM}role/admin"], {}),
        (f"{IAM}role/admin-*", [f"{IAM}role/admin-*"], {"AWS::StackName": "shop"}),
        (f"{IAM}role/shop-*", [f"{IAM}role/shop-*"], {"AWS::StackName": "shop"}),
        (
            f"arn:aws:sts::{ONE}:assumed-role/shop-*/bob",
            [f"arn:aws:sts::{ONE}:assumed-role/shop-*/bob", f"arn:aws:sts::{ONE}:assumed-role/Tenant/…"],
            {},
        ),
        (
            f"{IAM}role/${{aws:PrincipalTag/team}}-*",
            [f"{IAM}role/${{aws:PrincipalTag/team}}-*", f"{IAM}role/Tenant…"],
            {},
        ),
        ("arn:aws:s3:::other/*", ["arn:aws:s3:::other/*"], {}),
        ("arn:aws:s3:::shop-*/*", ["arn:aws:s3:::shop-*/*", "arn:aws:s3:::files…"], {}),
    ],
)
def test_a_pattern_is_left_open_where_it_may_match_the_real_name_alone(write, pattern, added, options):
    (role,) = account(write(UNNAMED.replace("PATTERN", pattern)), parameters=options).roles.values()
    found = [text.replace(HOLE, "…") for text in texts(role)]
    assert found[1:] == added


def test_two_stacks_with_one_logical_id_are_two_roles(write):
    manifest = {
        "artifacts": {
            name: {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region", "properties": {"templateFile": "t.yaml"}}
            for name in ("One", "Two")
        }
    }  # fmt: skip
    write(UNNAMED, "cdk.out/t.yaml")
    write(manifest, "cdk.out/manifest.json")
    assert set(account("cdk.out").roles) == {f"{IAM}role/One-Tenant", f"{IAM}role/Two-Tenant"}


# ---------------------------------------------------------------- nothing untold decides

EVERY_USE = f"""
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {{Type: String}}
  Partner: {{Type: String}}
Conditions:
  Live: !Equals [!Ref Stage, live]
  Shared: !Not [!Equals [!Ref Partner, none]]
Resources:
  Server:
    Type: AWS::IAM::Role
    Properties:
      RoleName: server
{TRUST}
      ManagedPolicyArns: [!If [Live, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", !Ref AWS::NoValue]]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - {{Effect: Allow, Action: s3:GetObject, Resource: !Sub "arn:aws:s3:::files-${{Stage}}/*"}}
              - {{Effect: Allow, Action: s3:PutObject, Resource: "arn:aws:s3:::*/*", Condition: {{StringEquals: {{"aws:RequestedRegion": !Ref Stage}}}}}}
              - {{Effect: Deny, Action: !Sub "s3:${{Stage}}*", Resource: "*"}}
              - {{Effect: Allow, Action: sts:AssumeRole, Resource: !GetAtt Tenant.Arn}}
  More:
    Type: AWS::IAM::Policy
    Condition: Live
    Properties: {{PolicyName: more, Roles: [!Ref Server], PolicyDocument: {{Statement: [{{Effect: Deny, Action: "s3:List*", Resource: "*"}}, {{Effect: Allow, Action: "s3:*", Resource: "*"}}]}}}}
  Tenant:
    Type: AWS::IAM::Role
    Properties:
      RoleName: tenant
      PermissionsBoundary: !If [Live, !Ref Edge, !Ref AWS::NoValue]
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {{Effect: Allow, Principal: {{AWS: !If [Shared, !Sub "arn:aws:iam::${{Partner}}:root", !GetAtt Server.Arn]}}, Action: sts:AssumeRole}}
      Policies:
        - PolicyName: own
          PolicyDocument: {{Statement: [{{Effect: Allow, Action: ["s3:*", "sqs:*"], Resource: "*"}}]}}
  Edge:
    Type: AWS::IAM::ManagedPolicy
    Properties: {{ManagedPolicyName: edge, PolicyDocument: {{Statement: [{{Effect: Allow, Action: !Sub "s3:${{Stage}}", Resource: "*"}}]}}}}
  Files:
    Type: AWS::S3::Bucket
    Properties: {{BucketName: files}}
  FilesPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Files
      PolicyDocument:
        Statement:
          - {{Effect: !If [Live, Deny, Allow], Principal: {{AWS: !GetAtt Tenant.Arn}}, Action: s3:DeleteObject, Resource: "arn:aws:s3:::files/*"}}
  Jobs:
    Type: AWS::SQS::Queue
    Condition: Live
    Properties: {{QueueName: jobs}}
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Condition: Live
    Properties: {{Queues: [!Sub "https://sqs.us-east-1.amazonaws.com/{ONE}/jobs"], PolicyDocument: {{Statement: [{{Effect: Deny, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}}]}}}}
"""  # fmt: skip
ROLES = (f"{IAM}role/server", f"{IAM}role/tenant")
ASKED = (
    *(
        (f"s3:{action}", f"arn:aws:s3:::{name}/key")
        for action in ("GetObject", "PutObject", "DeleteObject")
        for name in ("files", "files-live", "files-test", "other")
    ),
    ("s3:ListBucket", "arn:aws:s3:::files"),
    ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ONE}:jobs"),
    ("sts:AssumeRole", ROLES[1]),
)


def decisions(found: Loaded, roles: tuple[str, ...], asked: tuple[tuple[str, str], ...]) -> dict[Any, str]:
    """What each role may do: allowed, denied or unknown; types of which nothing was seen count as not attached."""
    words = {Decision.EXPLICIT_DENY: "denied", Decision.IMPLICIT_DENY: "denied"}
    simulator = Simulator(found.organization, region="us-east-1", none_of=frozenset(PolicyType))
    return {
        (role, action, on): words.get(
            decision := simulator.decide(simulator.request(principal(role), action, on)), decision
        )
        for role in roles
        for action, on in asked
    }


@pytest.mark.parametrize("stage", ["live", "test", "us-east-1", "Get", "*"])
@pytest.mark.parametrize("partner", ["none", ONE, OTHER])
def test_what_is_not_told_decides_as_every_value_of_it_would_or_stays_open(write, stage, partner):
    name = write(EVERY_USE)
    told = decisions(read(name, parameters={"Stage": stage, "Partner": partner}), ROLES, ASKED)
    for given in ({}, {"Stage": stage}, {"Partner": partner}):
        for question, decision in decisions(read(name, parameters=given), ROLES, ASKED).items():
            assert decision in (told[question], "unknown"), (given, question)


def test_not_everything_is_left_open(write):
    found = decisions(read(write(EVERY_USE), parameters={"Partner": "none"}), ROLES, ASKED)
    assert found[ROLES[0], "sts:AssumeRole", ROLES[1]] == "allowed"
    assert set(
        decisions(read(write(EVERY_USE), parameters={"Partner": "none", "Stage": "x"}), ROLES, ASKED).values()
    ) == {
        "allowed",
        "denied",
    }


@pytest.mark.parametrize(
    "pattern",
    ["role/shop-*", "role/Ten*", "role/*", "role/*Tenant*", "role/*-Tenant-*", "role/?enant", "role/team/*", "role/x"],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize("real", ["shop-Tenant-1A2B3C4D5E6F", "other-Tenant-1A2B3C4D5E6F"])
def test_a_role_is_judged_under_its_stand_in_as_under_its_real_name_or_stays_open(write, pattern, effect, real):
    # A denial shows where everything else allows.
    more = ", {Effect: Allow, Action: sts:AssumeRole, Resource: !GetAtt Tenant.Arn}" if effect == "Deny" else ""
    template = server(
        "'*'", UNNAMED_TENANT.replace("PATTERN", f"{IAM}{pattern}").replace("EFFECT", effect).replace("MORE", more)
    )
    name = write(template)
    on = {given: f"{IAM}role/{given}" for given in ("Tenant", real)}
    callers = (f"{IAM}role/server",)
    under_real = decisions(read(name, parameters={"Tenant": real}), callers, (("sts:AssumeRole", on[real]),))
    under_stand_in = decisions(read(name), callers, (("sts:AssumeRole", on["Tenant"]),))
    assert set(under_stand_in.values()) <= {*under_real.values(), "unknown"}


UNNAMED_TENANT = f"""
Tenant:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{AWS: {IAM}root}}, Action: sts:AssumeRole}}]}}
Call:
  Type: AWS::IAM::Policy
  Properties:
    PolicyName: call
    Roles: [!Ref Server]
    PolicyDocument: {{Statement: [{{Effect: EFFECT, Action: sts:AssumeRole, Resource: "PATTERN"}}MORE]}}
"""
