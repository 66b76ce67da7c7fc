# ruff: noqa: RUF001 - the mark of renderers for what is not told
from __future__ import annotations

import json
import re
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from iamsim import documents, yamltext
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account, Role
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE, principal
from iamsim.model.verdict import Decision
from iamsim.overlay import overlay
from iamsim.sources import Loaded, Options, _template_serverless_policies, cloudformation, load
from tests.cli.running import run

ONE, OTHER = "111122223333", "444455556666"
FIXTURES = Path(__file__).parents[2] / "fixtures" / "sources" / "cloudformation"
IAM = f"arn:aws:iam::{ONE}:"
TRUST = """
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a template; the test stands beside it, so that places read `template.yaml:…`."""
    monkeypatch.chdir(tmp_path)

    def written(text: str | dict[str, Any], name: str = "template.yaml") -> str:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text) if isinstance(text, str) else json.dumps(text, indent=1))
        return name

    return written


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


# ---------------------------------------------------------------- a template as a user has it


@pytest.fixture
def search(monkeypatch):
    monkeypatch.chdir(FIXTURES / "search")
    return "template.yaml"


def test_a_template_gives_roles_with_every_policy_and_its_line(search):
    found = account(search, parameters={"Environment": "production"})
    reader = found.roles[f"{IAM}role/readers/search-reader"]
    assert statements(reader.trust)[0]["Principal"] == {"AWS": f"{IAM}role/ServerRole"}
    assert reader.trust is not None
    assert str(reader.trust.statements[0].origin) == "template.yaml:59:13 (Reader)"
    assert [each["Sid"] for each in statements(reader.policies[0])] == ["ReadDocuments", "ListDocuments", "Search"]
    # A statement behind Fn::If keeps its own line.
    assert [each.origin.line for each in reader.policies[0].statements] == [68, 74, 79]
    assert found.roles[f"{IAM}role/ServerRole"].policies[0].origin.address == "AssumeReaders"
    assert found.resources["arn:aws:s3:::example-documents"].settings == {
        "restrict_public_buckets": "true",
        "object_ownership": "BucketOwnerEnforced",
    }
    assert found.seen == {PolicyType.BOUNDARY}
    assert [(each.name, each.runs_on, each.role) for each in found.workloads] == [
        ("Task", "ecs-task", f"{IAM}role/ServerRole")
    ]


def test_another_parameter_is_another_account(search):
    found = account(search, parameters={"Environment": "test"})
    reader = found.roles[f"{IAM}role/readers/search-reader"]
    assert [each["Sid"] for each in statements(reader.policies[0])] == ["ReadDocuments", "Search"]
    assert "arn:aws:s3:::example-documents-test" in found.resources


def test_what_hangs_on_a_parameter_that_is_not_given_is_unread_and_said(search):
    loaded = read(search)
    reader = loaded.organization.accounts[ONE].roles[f"{IAM}role/readers/search-reader"]
    assert (reader.policies, reader.unread) == ((), ("data (what it says is not told)",))
    unseen = notes(loaded, "not seen")
    assert unseen["parameter Environment"] == (
        "it has no default; give --parameter Environment=VALUE; it counts in Reader"
    )
    assert unseen["condition IsProduction"] == "what it depends on is not told; it counts in Reader"
    assert "arn:aws:s3:::‹unknown›" in unseen["Documents"]


def test_json_and_yaml_say_the_same(write):
    text = (FIXTURES / "search" / "template.yaml").read_text()
    name = write(yamltext.read(text, "t")[0].value, "template.json")
    same = [account(path, parameters={"Environment": "test"}) for path in (FIXTURES / "search" / "template.yaml", name)]
    assert [documents.text(policy) for policy in same[0].roles[f"{IAM}role/readers/search-reader"].policies] == [
        documents.text(policy) for policy in same[1].roles[f"{IAM}role/readers/search-reader"].policies
    ]
    line = same[1].roles[f"{IAM}role/readers/search-reader"].policies[0].statements[0].origin.line
    assert line is not None
    assert "{" in Path(name).read_text().splitlines()[line - 1]


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


# ---------------------------------------------------------------- principals

POLICY = "{Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}"


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
    assert found.policies == {}
    files = found.resources["arn:aws:s3:::files"]
    assert (files.policy, files.unread) == (None, "condition Maybe is not told")
    assert found.endpoints["Door"].unread == "condition Maybe is not told"
    assert "FilesPolicy" in notes(loaded, "not seen")


def test_what_a_false_condition_leaves_out_is_not_there(write):
    head = "Conditions:\n  No: !Equals [a, b]\n"
    rest = f"Extra: {{Type: AWS::IAM::Policy, Condition: No, Properties: {{PolicyName: extra, PolicyDocument: {POLICY}, Roles: [!Ref Server]}}}}"
    role = account(write(server("'*'", rest, head))).roles[f"{IAM}role/server"]
    assert ([policy.name for policy in role.policies], role.unread) == (["own"], ())


def test_a_role_whose_name_is_not_told_is_not_guessed(write):
    template = f"""
    AWSTemplateFormatVersion: 2010-09-09
    Parameters:
      Stage: {{Type: String}}
    Resources:
      Server:
        Type: AWS::IAM::Role
        Properties:
          RoleName: !Sub ${{Stage}}-server
          {textwrap.indent(textwrap.dedent(TRUST), "          ").strip()}
      Topic: {{Type: AWS::SNS::Topic}}
    """
    loaded = read(write(template), role=f"{IAM}role/live-server")
    assert loaded.organization.accounts[ONE].roles == {}
    assert notes(loaded, "not seen")["Server"] == f"its name is not told: `{IAM}role/‹unknown›-server`"


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
    GitHub: {Type: AWS::IAM::OIDCProvider, Properties: {Url: https://token.actions.githubusercontent.com}}
    Linked: {Type: AWS::IAM::ServiceLinkedRole, Properties: {AWSServiceName: x.amazonaws.com}}
    Module: {Type: Example::Roles::Server::MODULE}
    """
    loaded = read(write(server("!GetAtt GitHub.Arn", rest, "Transform: [Example, AWS::LanguageExtensions]")))
    unseen = notes(loaded, "not seen")
    assert texts(loaded.organization.accounts[ONE].roles[f"{IAM}role/server"]) == (
        f"{IAM}oidc-provider/token.actions.githubusercontent.com"
    )
    assert unseen["transform Example"] == "only the deploy tells what it changes in the template"
    assert {"GitHub", "Linked", "Module"} <= set(unseen)
    assert "transform AWS::LanguageExtensions" not in unseen


# ---------------------------------------------------------------- nested stacks, apps of the AWS CDK


def test_a_nested_template_beside_it_is_read_and_gives_its_outputs(write):
    child = """
    AWSTemplateFormatVersion: 2010-09-09
    Parameters:
      Role: {Type: String}
    Resources:
      Files: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${Role}-files"}}
      Extra:
        Type: AWS::IAM::Policy
        Properties: {PolicyName: extra, Roles: [!Ref Role], PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}
    Outputs:
      Arn: {Value: !GetAtt Files.Arn}
    """
    write(child, "nested/child.yaml")
    rest = """
    Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nested/child.yaml, Parameters: {Role: !Ref Server}}}
    Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://s3.amazonaws.com/bucket/t.yaml}}
    Up: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../outside.yaml}}
    """
    Path("../outside.yaml").write_text("Resources: {}")
    loaded = read(write(server("[!GetAtt Child.Outputs.Arn, !GetAtt Far.Outputs.Arn]", rest)))
    role = loaded.organization.accounts[ONE].roles[f"{IAM}role/server"]
    assert texts(role) == ["arn:aws:s3:::server-files", HOLE]
    assert str(role.policies[1].origin) == "nested/child.yaml:9:57 (Extra)"
    unseen = notes(loaded, "not seen")
    assert unseen["Far"] == unseen["Up"] == "its template is no file beside this one"


def test_an_app_of_the_cdk_is_all_its_stacks_in_their_accounts(monkeypatch):
    monkeypatch.chdir(FIXTURES)
    loaded = read("cdk.out", account=None, region=None)
    accounts = loaded.organization.accounts
    assert set(accounts) == {ONE, OTHER}
    role = accounts[ONE].roles[f"{IAM}role/Server-ServerTaskRole8C1D2E3F"]
    # An export of one stack is what another imports.
    assert texts(role) == ["arn:aws:s3:::shop-documents", "arn:aws:s3:::shop-documents/*"]
    # The manifest gives the parameter, and the environment the Region.
    assert statements(role.policies[0])[1]["Resource"] == (
        f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:production/token-*"
    )
    # A nested stack attaches a policy to the role of its parent.
    assert role.policies[1].origin.document == "cdk.out/ServerLimits.nested.template.json"
    assert set(accounts[OTHER].roles) == {f"arn:aws:iam::{OTHER}:role/AuditTrail-Auditor5D8F1A20"}
    assert [line.detail for line in loaded.inputs if line.kind == "policies"] == [
        f"CloudFormation, account {ONE}, 3 stacks: 1 role, 1 resource, 1 managed policy",
        f"CloudFormation, account {OTHER}: 1 role",
    ]


def test_a_template_of_the_cdk_is_read_alone_too(monkeypatch):
    monkeypatch.chdir(FIXTURES / "cdk.out")
    loaded = read("Server.template.json", region="eu-west-1", parameters={"AWS::StackName": "Server"})
    role = loaded.organization.accounts[ONE].roles[f"{IAM}role/Server-ServerTaskRole8C1D2E3F"]
    assert texts(role) == [HOLE, f"{HOLE}/*"]
    assert "no stack that was read exports it" in next(
        detail for subject, detail in notes(loaded, "not seen").items() if subject.startswith("Fn::ImportValue")
    )


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"artifacts": ["aws:cloudformation:stack"]}, "is no manifest of an app"),
        ({"artifacts": {"A": {"type": "aws:cloudformation:stack"}}}, "names no `templateFile`"),
        (
            {"artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../t.yaml"}}}},
            "leaves the folder",
        ),
        (
            {"artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "no.json"}}}},
            "leads nowhere",
        ),
        (
            {"artifacts": {"A": {"type": "aws:cloudformation:stack", "environment": "moon", "properties": {"templateFile": "t.yaml"}}}},
            "`moon` is no environment",
        ),
        ({"artifacts": {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}}}, "too deeply"),
    ],
)  # fmt: skip
def test_a_manifest_that_lies_is_refused(write, manifest, expected):
    write(UNNAMED, "t.yaml")
    write(UNNAMED, "cdk.out/t.yaml")
    write(manifest, "cdk.out/manifest.json")
    assert expected in told("cloudformation:cdk.out")


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


# ---------------------------------------------------------------- what is recognised


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.yaml", "AWSTemplateFormatVersion: 2010-09-09\nResources: {}\n", True),
        ("a.yml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n", True),
        ("a.json", '{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}', True),
        ("a.template", '{"Transform": "AWS::Serverless-2016-10-31", "Resources": {}}', True),
        ("a.yaml", "Resources:\n  A:\n    Type: Something::Else\n", False),
        ("a.yaml", "apiVersion: v1\nkind: Service\n", False),
        ("a.json", '{"Version": "2012-10-17", "Statement": []}', False),
        ("a.txt", "AWSTemplateFormatVersion: 2010-09-09\n", False),
        ("a.yaml", "", False),
    ],
)
def test_a_template_is_recognised_by_what_it_holds(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    assert cloudformation.recognises(tmp_path / name) is expected


def test_an_app_of_the_cdk_is_recognised_by_its_manifest(tmp_path):
    assert cloudformation.recognises(FIXTURES / "cdk.out")
    assert not cloudformation.recognises(tmp_path)
    (tmp_path / "manifest.json").write_text('{"name": "a browser extension"}')
    assert not cloudformation.recognises(tmp_path)


# ---------------------------------------------------------------- what is refused


def refused(write, resource_: str = "'*'", rest: str = "", head: str = "") -> str:
    return told(write(server(resource_, rest, head)))


@pytest.mark.parametrize(
    ("resource_", "rest", "head", "expected"),
    [
        ("!Ref Nowhere", "", "", "there is no `Nowhere` in the template"),
        ("!GetAtt Nowhere.Arn", "", "", "there is no `Nowhere` in the template"),
        ("!Sub ${Nowhere}", "", "", "there is no `Nowhere` in the template"),
        ("!If [Nowhere, a, b]", "", "", "there is no condition `Nowhere`"),
        ("!FindInMap [A, b, c]", "", "", "there is no `A.b.c` in Mappings"),
        ("!Ref [a]", "", "", "Ref takes a name"),
        ("!GetAtt Server", "", "", "takes a logical id and an attribute"),
        ("!Sub {a: b}", "", "", "Fn::Sub takes a text"),
        ("!Sub [a, b]", "", "", "Fn::Sub takes a text"),
        ("!Join [a]", "", "", "Fn::Join takes a delimiter and a list"),
        ('!Join ["", [{a: b}]]', "", "", "put together of something that is no text"),
        ("!Select [3, [a]]", "", "", "asks for item 3 of 1"),
        ("!Select [x, [a]]", "", "", "takes an index and a list"),
        ('!Split ["", a]', "", "", "takes a delimiter and a text"),
        ("!If [A]", "", "", "Fn::If takes the name of a condition"),
        ("!Length abc", "", "", "Fn::Length takes a list"),
        ("x", "A: {}", "", "resource `A` has no Type"),
        ("x", "A: text", "", "resource `A` has no Type"),
        ("x", "A: {Type: AWS::SNS::Topic, Properties: [a]}", "", "Properties is an object"),
        ("x", "A: {Type: AWS::IAM::Policy, Properties: {Roles: [server]}}", "", "has no policy"),
        ("x", "A: {Type: AWS::IAM::Policy, Properties: {PolicyDocument: {Statement: 7}}}", "", "needs at least one statement"),
        ("x", "A: {Type: AWS::IAM::Policy, Condition: {a: b}}", "", "Condition names a condition"),
        ("x", "A: {Type: AWS::SNS::Topic, Condition: Nowhere}", "", "there is no condition `Nowhere`"),
        ("x", "A: {Type: AWS::IAM::User, Properties: {UserName: {a: b}}}", "", "UserName is a text"),
        ("x", "A: {Type: AWS::IAM::User, Properties: {Tags: {a: b}}}", "", "Tags is a list"),
        ("x", "A: {Type: AWS::IAM::User, Properties: {Policies: [text]}}", "", "Policies lists objects"),
        ("x", "A: {Type: AWS::IAM::User, Properties: {ManagedPolicyArns: [{a: b}]}}", "", "ManagedPolicyArns lists texts"),
        ("x", "A: {Type: AWS::IAM::User, Properties: {UserName: u}}\nB: {Type: AWS::IAM::User, Properties: {UserName: u}}", "", "is described twice"),
        ("x", "Fn::ForEach::A: [x]", "", "Fn::ForEach takes an identifier"),
        ("x", "", "Conditions: {A: text}", None),
        ("!If [A, x, y]", "", "Conditions: {A: text}", "is no condition"),
        ("!If [A, x, y]", "", "Conditions: {A: !And []}", "takes a list of 1 to 10 values"),
        ("!If [A, x, y]", "", "Conditions: {A: !Equals [a]}", "takes a list of 2 values"),
        ("x", "", "Conditions: [a]", "Conditions is an object"),
        ("x", "", "Mappings: text", "Mappings is an object"),
        ("x", "", "Parameters: {A: text}", "is no object with a Type"),
        ("!Ref A", "", "Parameters: {A: {Type: String, Default: {a: b}}}", "Default is a text or a number"),
    ],
)  # fmt: skip
def test_a_broken_template_is_one_line_with_its_place(write, resource_, rest, head, expected):
    if expected is None:
        # Nobody asks for the condition.
        read(write(server(resource_, rest, head)))
        return
    message = refused(write, resource_, rest, head)
    assert expected in message
    assert message.startswith("template.yaml:")


@pytest.mark.parametrize(
    ("rest", "head", "expected"),
    [
        (
            'A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${B}-x"}}\nB: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}}',
            "",
            "the name of `A` refers to itself: A → B → A",
        ),
        ("A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}}", "", "the name of `A` refers to itself: A → A"),
        (
            "A: {Type: AWS::SNS::Topic, Condition: One}",
            "Conditions: {One: !Not [!Condition Two], Two: !Not [!Condition One]}",
            "the condition `One` refers to itself: One → Two → One",
        ),
    ],
)
def test_a_circle_is_one_line(write, rest, head, expected):
    assert expected in refused(write, "!Sub '${A}'" if "Bucket" in rest else "x", rest, head)


def test_a_template_that_nests_itself_is_one_line(write):
    rest = "Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: template.yaml}}"
    assert "nests a template in itself" in refused(write, rest=rest)


def test_stacks_that_export_in_a_circle_are_one_line(write):
    def stack(exports: str, imports: str) -> str:
        outputs = f"Outputs:\n  Out: {{Value: !ImportValue {imports}, Export: {{Name: {exports}}}}}\n"
        return server(f"!ImportValue {imports}").replace("RoleName: server", f"RoleName: {exports}") + outputs

    for name, other in (("a", "b"), ("b", "a")):
        write(stack(name, other), f"cdk.out/{name}.yaml")
    artifact = {"type": "aws:cloudformation:stack"}
    write(
        {"artifacts": {name: {**artifact, "properties": {"templateFile": f"{name}.yaml"}} for name in "ab"}},
        "cdk.out/manifest.json",
    )
    assert "the output `Out` refers to itself" in told("cdk.out")


def test_the_account_has_to_be_told(write):
    assert told(write(UNNAMED), account=None) == (
        "template.yaml: the account that the template is deployed to is not told; "
        "give --role-arn ARN, or --parameter AWS::AccountId=ID"
    )
    assert set(read(write(UNNAMED), account=None, parameters={"AWS::AccountId": OTHER}).organization.accounts) == {
        OTHER
    }


def test_a_template_without_anything_to_check_is_said(write):
    with pytest.raises(NothingToCheckError, match="describes no role, user, policy or resource"):
        read(write("AWSTemplateFormatVersion: 2010-09-09\nResources:\n  A: {Type: AWS::EC2::VPC}\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a, b]", "is no template"),
        ("AWSTemplateFormatVersion: x\n---\nAWSTemplateFormatVersion: y\n", "holds more than one YAML document"),
        ("", "holds no template"),
        ("a: [", "is not YAML"),
        ("Resources: {}\nResources: {}\n", "appears twice"),
        ('{"Resources": {}, "Resources": {}}', "appears twice"),
        ('{"Resources": NaN}', "JSON does not have"),
    ],
)
def test_what_is_no_template_is_refused(write, text, expected):
    assert expected in told(f"cloudformation:{write(text)}")


@pytest.mark.parametrize(
    "text",
    [
        # An alias bomb of YAML.
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        # Fn::Sub that doubles its text again and again.
        server("!Ref B30", "".join(f"B{i + 1}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub '${{B{i}}}${{B{i}}}'}}}}\n" for i in range(60)) + "B0: {Type: AWS::S3::Bucket, Properties: {BucketName: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}}\n"),
        # Loops within loops.
        server("x", "Fn::ForEach::A: [A, [" + ",".join(map(str, range(200))) + "], {'Fn::ForEach::B${A}': [B, [" + ",".join(map(str, range(200))) + "], {'Fn::ForEach::C${A}${B}': [C, [" + ",".join(map(str, range(200))) + "], {'T${A}${B}${C}': {Type: AWS::SNS::Topic}}]}]}]"),
        # A chain of references.
        server("!Ref B500", "".join(f"B{i + 1}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Ref B{i}}}}}\n" for i in range(600)) + "B0: {Type: AWS::S3::Bucket, Properties: {BucketName: x}}\n"),
        # A chain of conditions.
        server("!If [C500, a, b]", head="Conditions:\n" + "".join(f"  C{i + 1}: !Not [!Condition C{i}]\n" for i in range(600)) + "  C0: !Equals [a, b]\n"),
        # Functions within functions.
        server("!Base64 " * 1 + "{'Fn::Base64': " * 80 + "x" + "}" * 80),
    ],
    ids=["aliases", "doubling", "loops", "references", "conditions", "functions"],
)  # fmt: skip
def test_a_bomb_is_refused_in_one_line_and_soon(write, text):
    name = write(text)
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        read(f"cloudformation:{name}")
    assert "\n" not in str(caught.value)
    assert time.monotonic() - start < 20


def test_a_template_of_a_megabyte_is_read_in_seconds(write):
    rest = "".join(
        f"R{i}: {{Type: AWS::IAM::Role, Properties: {{RoleName: !Sub 'r-{i}', AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{AWS: !GetAtt Server.Arn}}, Action: sts:AssumeRole}}]}}, Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{{Effect: Allow, Action: 's3:*', Resource: !Sub 'arn:aws:s3:::b-${{AWS::Region}}-{i}-*/*'}}]}}}}]}}}}\n"
        for i in range(2800)
    )
    name = write(server("'*'", rest))
    assert Path(name).stat().st_size > 900_000
    start = time.monotonic()
    assert len(account(name).roles) == 2801
    assert time.monotonic() - start < 30


def test_any_value_anywhere_is_read_or_refused_in_one_line(tmp_path, monkeypatch):
    """Puts a value of the wrong type in the place of each value of a template."""
    monkeypatch.chdir(tmp_path)
    text = (FIXTURES / "search" / "template.yaml").read_text()
    whole = yamltext.read(text, "t")[0].value
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            places.append((value, key))
            walk(value[key])

    walk(whole)
    refusals = 0
    for container, key in places:
        before = container[key]
        for wrong in (None, True, "", {}, [[]], {"a": "b"}, {"Fn::Transform": {}}):
            container[key] = wrong
            Path("t.json").write_text(json.dumps(whole))
            try:
                read("cloudformation:t.json", parameters={"Environment": "test"})
            except (InputError, NothingToCheckError) as error:
                assert "\n" not in str(error)  # noqa: PT017 - some are refused, and some are not
                refusals += 1
        container[key] = before
    assert refusals > len(places)


# ---------------------------------------------------------------- end to end


def test_a_check_of_a_template_gives_the_verdict_with_its_lines():
    ran = run(FIXTURES / "search", "check", "--parameter", "Environment=test")
    assert ran.code == 1
    assert "✗ The server can assume the role, but there are 5 gaps" in ran.out
    assert "s3:ListBucket      example-documents-test" in ran.out
    assert "--> template.yaml:70:17 (Reader)" in ran.out
    ran = run(
        FIXTURES / "search", "check", "--parameter", "Environment=production", "--set", "bucket=example-documents"
    )
    assert "but there are 4 gaps" in ran.out
    assert "s3:ListBucket" not in ran.out.split("─── Gaps")[1]
    real = f"{IAM}role/prod-ServerRole-1A2B3C4D5E6F"
    ran = run(FIXTURES / "search", "check", "--parameter", "Environment=test", "--server-principal", real)
    assert "role   ✓ can be assumed" in ran.out
    assert f"assumed: ServerRole (it is `{real}`" in ran.words
    ran = run(FIXTURES / "search", "check")
    assert "no gap, 3 unknowns" in ran.out
    assert ran.code == 4


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
    template = server("'*'", UNNAMED_TENANT.replace("PATTERN", f"{IAM}{pattern}").replace("EFFECT", effect))
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
    PolicyDocument: {{Statement: [{{Effect: EFFECT, Action: sts:AssumeRole, Resource: "PATTERN"}}]}}
"""
