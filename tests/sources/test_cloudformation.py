# ruff: noqa: RUF001 - the mark of renderers for what is not told
from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from iamsim import documents, yamltext
from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from iamsim.sources import cloudformation
from tests.cli.running import run
from tests.sources.templates import (
    FIXTURES,
    IAM,
    ONE,
    OTHER,
    UNNAMED,
    account,
    notes,
    read,
    server,
    statements,
    texts,
    told,
    written,
)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return written


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


def test_a_value_that_a_parameter_does_not_take_is_refused(search):
    assert told(search, parameters={"Environment": "prod"}) == (
        "template.yaml:5:3: parameter `Environment` does not take `prod`; it takes test, production"
    )


def test_an_answer_of_the_aws_cli_is_told_what_to_keep(write):
    name = write({"TemplateBody": {"Resources": {}}, "StagesAvailable": []}, "answer.json")
    assert told(name).endswith("is an answer of the AWS CLI; keep what is under TemplateBody: --query TemplateBody")


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


def test_thousands_of_policies_of_one_role_are_read_in_seconds(write):
    attached = "Roles: [server], PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}"
    rest = "".join(
        f"P{i}: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: p{i}, {attached}}}}}\n"
        f"M{i}: {{Type: AWS::IAM::ManagedPolicy, Properties: {{{attached}}}}}\n"
        for i in range(1500)
    )
    start = time.monotonic()
    role = account(write(server("'*'", rest))).roles[f"{IAM}role/server"]
    assert len(role.policies) == 3001
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
