"""`iamsim tools infer`: what is printed and written, what ends the run, and that a check runs with what it wrote."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from iamsim.tools.manifest import manifest, named
from tests.cli.running import ROOT, Ran, copied, run

TWENTY = ROOT / "fixtures" / "servers" / "twenty_tools"
EXAMPLE = ROOT / "fixtures" / "servers" / "example_s3_iam_search.py"
AT = ("--at", "2026-11-25T12:00:00Z")

SMALL = """\
import os
import boto3
from mcp.server.fastmcp import FastMCP

server = FastMCP("small")


@server.tool()
def read(bucket: str, key: str) -> str:
    \"\"\"Reads an object.\"\"\"
    return boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()


@server.tool()
def anything(operation: str) -> str:
    return str(getattr(boto3.client("s3"), operation)())
"""

KEY_ID, PASSWORD = "AKIAIOSFODNN7EXAMPLE", "correct-horse-battery-staple"
LINK = (
    "https://example-bucket.s3.amazonaws.com/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101"
    "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"

SECRETS = f"""\
import os
import boto3
from mcp.server.fastmcp import FastMCP

server = FastMCP("secrets")
PASSWORD = os.environ.get("DB_PASSWORD", "{PASSWORD}")


@server.tool(name="leaky", description="Reads with {KEY_ID} from {LINK}")
def leaky(password: str = "{PASSWORD}", key_id: str = "{KEY_ID}", token: str = "{TOKEN}", link: str = "{LINK}"):
    s3 = boto3.client("s3", aws_access_key_id="{KEY_ID}", aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    if password == "{PASSWORD}":
        s3.get_object(Bucket="b", Key=f"{{PASSWORD}}/x")
    if len("{LINK}") > 3 and token != "{TOKEN}":
        s3.get_object(Bucket="b", Key="{LINK}")
    getattr(s3, "{KEY_ID}")(Bucket="{KEY_ID}")
    return boto3.client("{TOKEN}").get_thing(Name="{TOKEN}")
"""

CONTROLS = """\
import boto3
from mcp.server.fastmcp import FastMCP

server = FastMCP("\\x1b[31mred")


@server.tool(description="\\x1b]0;title\\x07 and \\u202e back")
def odd(key: str = "\\x1b[2J"):
    if key == "\\x1b[31m\\u202e":
        boto3.client("s3").get_object(Bucket="\\x9b31m", Key=f"{key}\\x1b[0m")
    return getattr(boto3.client("s3"), "\\x1b[1m")()
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "server.py").write_text(SMALL, encoding="utf-8")
    return tmp_path


def inferred(folder: Path, *arguments: str | Path) -> Ran:
    return run(folder, "tools", "infer", *arguments, *AT)


# ---------------------------------------------------------------- what is printed and written


def test_the_manifest_goes_to_standard_output_and_says_how_it_was_made(small):
    ran = inferred(small, "small")
    assert ran.code in (0, None)
    found = manifest(ran.out, document="standard output")
    assert [tool.name for tool in found.tools] == ["anything", "read"]
    assert found.server.provenance is not None
    assert (found.server.provenance.how, found.server.provenance.made) == ("inferred", "2026-11-25")
    assert "Traceback" not in ran.err


def test_a_written_manifest_validates_and_is_what_standard_output_would_have(small):
    printed = inferred(small, "small").out
    ran = inferred(small, "small", "--write", "made/small.toml")
    assert (ran.code in (0, None), ran.err.splitlines()[0]) == (True, "wrote made/small.toml")
    assert (small / "made" / "small.toml").read_text(encoding="utf-8").rstrip("\n") == printed.rstrip("\n")
    assert ran.out.splitlines()[0].startswith("1 file read: 2 tools, ")
    assert "anything: a call of s3: which operation is called is decided at run time (server.py:16)" in ran.out
    checked = run(small, "tools", "validate", "made/small.toml")
    assert checked.code in (0, None), checked.out + checked.err


@pytest.mark.parametrize("source", [TWENTY, EXAMPLE], ids=["twenty tools", "the example"])
def test_the_manifest_of_a_fixture_validates(source: Path, tmp_path: Path):
    assert inferred(tmp_path, source, "--write", "made.toml").code in (0, None)
    checked = run(tmp_path, "tools", "validate", "made.toml")
    assert checked.code in (0, None), checked.out + checked.err


def test_a_name_and_a_version_may_be_given_and_else_come_from_the_metadata(small):
    found = manifest(inferred(small, "small", "--name", "other", "--version", "7").out, document="x").server
    assert (found.name, found.version) == ("other", "7")
    (small / "small" / "pyproject.toml").write_text('[project]\nname = "told"\nversion = "3.1"\n', encoding="utf-8")
    found = manifest(inferred(small, "small").out, document="x").server
    assert (found.name, found.version) == ("told", "3.1")


def test_one_file_is_a_source_too(small):
    assert manifest(inferred(small, "small/server.py").out, document="x").tools


def test_the_answer_as_json_has_every_need_and_what_is_open(small):
    ran = inferred(small, "small", "--json")
    assert ran.code in (0, None)
    assert list(ran.report) == ["server", "version", "files", "tools", "notes"]
    tools = {tool["name"]: tool for tool in ran.report["tools"]}
    assert tools["read"]["needs"][0] == {
        "action": "s3:GetObject",
        "operation": "s3.GetObject",
        "resources": ["arn:aws:s3:::{bucket}/{key}"],
        "credentials": ["server"],
        "necessity": "required",
        "when": None,
        "condition": None,
        "confidence": "certain",
        "source": "server.py:11",
        "note": None,
    }
    assert tools["anything"]["unresolved"] == [
        {
            "what": "a call of s3",
            "why": "which operation is called is decided at run time",
            "source": "server.py:16",
        }
    ]


def test_what_was_not_read_is_a_warning_and_stands_in_the_manifest(small):
    (small / "small" / "broken.py").write_text("def half(:\n", encoding="utf-8")
    ran = inferred(small, "small")
    assert "broken.py" in ran.err
    assert "broken.py" in ran.out
    assert any("broken.py" in note for note in inferred(small, "small", "--json").report["notes"])


# ---------------------------------------------------------------- comparison


def test_a_manifest_that_was_inferred_does_not_differ_from_its_source(small):
    inferred(small, "small", "--write", "small.toml")
    ran = inferred(small, "small", "--against", "small.toml", "--exit-code")
    assert ran.code == 0
    assert ran.out == "small.toml and the source say the same\n"


def test_what_differs_is_told_and_exits_with_1_where_that_is_asked_for(small):
    inferred(small, "small", "--write", "small.toml")
    source = (small / "small" / "server.py").read_text(encoding="utf-8")
    (small / "small" / "server.py").write_text(source.replace("get_object(", "delete_object("), encoding="utf-8")
    ran = inferred(small, "small", "--against", "small.toml")
    assert ran.code == 0
    assert "s3:DeleteObject" in ran.out
    assert "s3:GetObject" in ran.out
    assert inferred(small, "small", "--against", "small.toml", "--exit-code").code == 1
    told = inferred(small, "small", "--against", "small.toml", "--json")
    assert "s3:DeleteObject" in json.dumps(json.loads(told.out))


def test_the_source_of_the_example_does_not_differ_from_its_shipped_manifest_beyond_what_is_explained(tmp_path):
    ran = inferred(tmp_path, EXAMPLE, "--against", "example-s3-iam-search@1", "--json")
    assert ran.code == 0
    left = [one for one in ran.report if not one.get("explained")]
    assert {(one["what"], one["subject"]) for one in left} <= {("server.assume", "messages")}


# ---------------------------------------------------------------- what ends the run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "`nowhere`"),
        (("empty",), "`empty`"),
        (("text.txt",), "`text.txt`"),
        (("small", "--write", "text.txt"), "`text.txt` is there already"),
        (("small", "--exit-code"), "--exit-code is given, and no manifest"),
        (("small", "--against", "nobody@1"), "nobody"),
        (("small", "--against", "text.txt"), "text.txt"),
        (("small", "--at", "yesterday"), "yesterday"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_command_ends_with_2_and_one_line(arguments: tuple[str, ...], words: str, small: Path):
    (small / "empty").mkdir()
    (small / "text.txt").write_text("no python\n", encoding="utf-8")
    ran = run(small, "tools", "infer", *arguments)
    assert ran.code == 2
    assert words in ran.error


def test_nothing_is_written_where_the_run_ends_with_an_error(small):
    ran = inferred(small, "nowhere", "--write", "made.toml")
    assert ran.code == 2
    assert not (small / "made.toml").exists()


def test_a_manifest_is_not_written_through_a_link_that_leads_to_a_file(small):
    (small / "kept.toml").write_text("mine\n", encoding="utf-8")
    (small / "link.toml").symlink_to("kept.toml")
    assert inferred(small, "small", "--write", "link.toml").code == 2
    assert (small / "kept.toml").read_text(encoding="utf-8") == "mine\n"


def test_a_source_without_a_tool_gives_a_manifest_without_tools_and_a_note(tmp_path):
    (tmp_path / "server.py").write_text("import boto3\nboto3.client('s3').list_buckets()\n", encoding="utf-8")
    ran = inferred(tmp_path, "server.py")
    assert ran.code in (0, None)
    assert manifest(ran.out, document="x").tools == ()
    assert "no tool" in ran.err


# ---------------------------------------------------------------- what is never shown


@pytest.mark.parametrize("options", [(), ("--json",), ("--write", "made.toml"), ("--against", "other.toml")])
def test_no_secret_of_a_source_reaches_the_output(options: tuple[str, ...], tmp_path: Path):
    (tmp_path / "server.py").write_text(SECRETS, encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "server.py").write_text(SMALL, encoding="utf-8")
    inferred(tmp_path, "other", "--write", "other.toml")
    ran = inferred(tmp_path, "server.py", *options)
    assert ran.code in (0, None)
    written = (tmp_path / "made.toml").read_text(encoding="utf-8") if "--write" in options else ""
    assert "leaky" in ran.out + written
    for text in (ran.out, ran.err, written):
        for secret in (KEY_ID, PASSWORD, "wJalrXUtnFEMI", "X-Amz-Signature=0", TOKEN):
            assert secret not in text
    if written:
        assert named(str(tmp_path / "made.toml")).tools


@pytest.mark.parametrize("options", [(), ("--json",), ("--write", "made.toml")])
def test_no_control_character_of_a_source_reaches_the_output(options: tuple[str, ...], tmp_path: Path):
    (tmp_path / "server.py").write_text(CONTROLS, encoding="utf-8")
    ran = inferred(tmp_path, "server.py", *options)
    assert ran.code in (0, None)
    written = (tmp_path / "made.toml").read_text(encoding="utf-8") if "--write" in options else ""
    for text in (ran.out, ran.err, written):
        assert all(letter.isprintable() or letter == "\n" for letter in text)
        assert "001b" not in text.lower()


# ---------------------------------------------------------------- a check with what was inferred


def verdicts(report: dict[str, Any]) -> dict[tuple[str, ...], set[str]]:
    """For each need of each tool, by action and resource: how the attempts at it end."""
    found: dict[tuple[str, ...], set[str]] = {}
    for tool in report["tools"]:
        for need in tool["needs"]:
            key = (tool["name"], need["requirement"]["action"], *sorted(need["resources"]))
            found.setdefault(key, set()).update(f"{one['credential']} {one['status']}" for one in need["attempts"])
    return found


@pytest.mark.parametrize("account", ["example-s3-iam-search", "example-s3-iam-search-fixed"])
def test_a_check_with_the_inferred_manifest_comes_to_the_verdicts_of_the_shipped_one(account: str, tmp_path: Path):
    folder = copied(account, tmp_path)
    check = ("check", "--format", "json", "--at", "2026-01-30T12:00:00Z")
    shipped = run(folder, *check)
    assert inferred(folder, EXAMPLE, "--write", "inferred.toml").code in (0, None)
    settings = (folder / "iamsim.toml").read_text(encoding="utf-8")
    settings = settings.replace('"example-s3-iam-search@1"', '"inferred.toml"')
    # The path of a role is a fact that no source tells, and neither is which settings the token's check reads.
    kept = [line for line in settings.splitlines() if not line.startswith(("role_path", "EXAMPLE_JWT_AUDIENCE"))]
    (folder / "iamsim.toml").write_text("\n".join((*kept, *facts(folder, kept))) + "\n", encoding="utf-8")
    ran = run(folder, *check)
    assert ran.code == shipped.code, ran.err
    before, after = verdicts(shipped.report), verdicts(ran.report)
    both = before.keys() & after.keys()
    assert {key: after[key] for key in both} == {key: before[key] for key in both}
    # Only the role's path is not known to whoever has read the source alone.
    assert {key[:2] for key in before.keys() - both} <= {("iam_role_get", "iam:GetRole")}
    assert {tool["name"]: tool["status"] for tool in ran.report["tools"] if tool["name"] != "iam_role_get"} == {
        tool["name"]: tool["status"] for tool in shipped.report["tools"] if tool["name"] != "iam_role_get"
    }
    assert ran.report["assume"]["call"] == shipped.report["assume"]["call"]


def facts(folder: Path, known: Iterable[str] = ()) -> list[str]:
    """The lines of `[set]` by which nothing is encrypted under a key of KMS, and no other fact of the account matters."""
    told = {line.partition(" ")[0] for line in known}
    return [
        f"{one.name} = {json.dumps('') if one.kind != 'flag' else 'false'}"
        for one in named(str(folder / "inferred.toml")).server.parameters.values()
        if one.name not in told and one.default is None and (one.name.endswith("kms_key") or one.kind == "flag")
    ]


ACCOUNT = {
    "accounts/one/account.toml": 'id = "111122223333"\norganization = "none"\nseen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\n',
    "accounts/one/roles/twenty-server/trust.json": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    },
    "accounts/one/roles/twenty-server/inline/all.json": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["dynamodb:*", "sqs:*", "logs:*"], "Resource": "*"},
        ],
    },
    "accounts/one/roles/twenty-caller/trust.json": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:role/twenty-server"},
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
            }
        ],
    },
    "accounts/one/roles/twenty-caller/inline/read.json": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket", "s3:ListBucketVersions"],
                "Resource": "arn:aws:s3:::reports",
            },
            {
                "Effect": "Allow",
                "Action": "ssm:GetParameter",
                "Resource": "arn:aws:ssm:us-east-1:111122223333:parameter/*",
            },
        ],
    },
}

SETTINGS = """\
policies = ["accounts"]
tools = "inferred.toml"
role_arn = "arn:aws:iam::111122223333:role/twenty-caller"
server_principal = "arn:aws:iam::111122223333:role/twenty-server"
region = "us-east-1"

[claim]
sub = "test-user"

[set]
bucket = "reports"
"""


def test_a_check_runs_with_the_manifest_that_was_inferred_for_twenty_tools(tmp_path):
    for name, content in ACCOUNT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    (tmp_path / "iamsim.toml").write_text(SETTINGS, encoding="utf-8")
    assert inferred(tmp_path, TWENTY, "--write", "inferred.toml").code in (0, None)
    # Of what a manifest asks nothing has to be told for a check to run.
    assert run(tmp_path, "check", "--format", "json", *AT).code == 1
    (tmp_path / "iamsim.toml").write_text(SETTINGS + "\n".join(facts(tmp_path)) + "\n", encoding="utf-8")
    ran = run(tmp_path, "check", "--format", "json", *AT)
    assert ran.code == 1, ran.err
    report = ran.report
    statuses = {tool["name"]: tool["status"] for tool in report["tools"]}
    assert len(statuses) == 20
    assert report["assume"]["status"] == "allowed"
    found = verdicts(report)
    assert found["objects_list", "s3:ListBucket", "arn:aws:s3:::reports"] == {"role allowed"}
    # Needed only with an argument that is false unless somebody sets it.
    assert found["objects_list", "s3:ListBucketVersions", "arn:aws:s3:::reports"] == set()
    assert statuses["objects_list"] == statuses["document_get"] == statuses["queue"] == "allowed"
    assert statuses["secret_show"] == "denied"
    # The same with the manifest that a person wrote.
    (tmp_path / "iamsim.toml").write_text(SETTINGS, encoding="utf-8")
    shutil.copyfile(ROOT / "fixtures" / "servers" / "twenty_tools.expected.toml", tmp_path / "inferred.toml")
    expected = run(tmp_path, "check", "--format", "json", *AT)
    assert statuses == {tool["name"]: tool["status"] for tool in expected.report["tools"]}
