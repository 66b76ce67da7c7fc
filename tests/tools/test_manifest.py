from __future__ import annotations

import re
from pathlib import Path

import pytest

from iamsim.errors import InputError
from iamsim.model.principal import HOLE
from iamsim.model.tool import Credential, Necessity
from iamsim.tools.manifest import Manifest, manifest, named

HEAD = """schema = 1
[server]
name = "small"
version = "1"
modes = ["plain", "other"]
[parameters]
bucket = "The bucket"
region = { description = "The region", default = "us-east-1" }
versioned = { description = "The bucket is versioned", kind = "flag" }
uri = { description = "An object", kind = "s3-uri" }
"""

TOOL = """[[tool]]
name = "first"
[[tool]]
name = "list"
arguments = ["prefix="]
credentials = ["role"]
[[tool.needs]]
action = "s3:ListBucket"
resource = "arn:aws:s3:::{bucket}"
[[tool.needs]]
action = "s3:GetObject"
resource = "arn:aws:s3:::{bucket}/*"
when = "versioned"
"""

GROUP = """[groups.read]
credentials = ["server", "unsigned"]
source = "quilt3"
context = { "s3:prefix" = "{where}" }
when = "{flag}"
[[groups.read.needs]]
action = "s3:GetObject"
resource = "arn:aws:s3:::{store.bucket}/{store.key}"
necessity = "optional"
"""


def read(text: str) -> Manifest:
    return manifest(text, document="small.toml")


def error(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(text)
    return str(caught.value)


def test_a_manifest_is_a_server_and_its_tools():
    found = read(HEAD + TOOL)
    assert (found.server.name, found.server.version, found.server.origin.document) == ("small", "1", "small.toml")
    assert [tool.name for tool in found.tools] == ["first", "list"]
    need = found.tools[1].requirements[0]
    assert (need.action, need.resources, need.necessity) == (
        "s3:ListBucket",
        ("arn:aws:s3:::{bucket}",),
        Necessity.REQUIRED,
    )
    assert need.credentials == (Credential.ROLE,)


def test_an_argument_has_the_default_that_is_written_and_the_kind_that_the_server_declares():
    text = HEAD + '[[tool]]\nname = "t"\narguments = ["uri", "deep=true", "prefix=", "bucket=b"]\n'
    parameters = read(text).tools[0].parameters
    assert [(one.name, one.default, one.kind) for one in parameters.values()] == [
        ("uri", None, "s3-uri"),
        ("deep", "true", "flag"),
        ("prefix", "", "text"),
        ("bucket", "b", "text"),
    ]
    assert parameters["bucket"].description == "The bucket"


def test_a_shared_need_takes_the_names_that_its_user_gives():
    group = GROUP.replace("{flag}", "versioned").replace("{where}", "{bucket}").replace("store", "uri")
    uses = '[[tool]]\nname = "t"\narguments = ["source", "target"]\nuses = [{ group = "read", when = "set(target)", condition = "asked", with = { bucket = "source|target" } }]\n'
    (need,) = read(HEAD + group + uses).tools[0].requirements
    assert need.when == "versioned and set(target)"
    assert need.condition == "asked"
    assert need.context == {"s3:prefix": ("{source|target}",)}
    assert (need.credentials, need.source) == ((Credential.SERVER, Credential.UNSIGNED), "quilt3")


def test_a_condition_that_a_tool_fixes_as_true_is_gone():
    group = GROUP.replace("{flag}", "versioned").replace("{where}", "x").replace("store", "uri")
    uses = '[[tool]]\nname = "t"\nuses = [{ group = "read", with = { versioned = "true" } }]\n'
    assert read(HEAD + group + uses).tools[0].requirements[0].when == ""


def test_a_condition_with_or_keeps_its_meaning_when_another_is_added():
    group = GROUP.replace("{flag}", "versioned or set(bucket)").replace("{where}", "x").replace("store", "uri")
    uses = '[[tool]]\nname = "t"\nuses = [{ group = "read", when = "set(uri)" }]\n'
    assert read(HEAD + group + uses).tools[0].requirements[0].when == "(versioned or set(bucket)) and set(uri)"


def test_the_tool_says_whose_authority_it_needs_beside_its_permissions():
    text = HEAD + TOOL.replace('"s3:ListBucket"', '"s3:ListBucket"\ncredentials = ["server"]')
    assert read(text).tools[1].credentials == (Credential.ROLE, Credential.SERVER)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'arguments = ["prefix="]',
            'argument = ["prefix="]',
            "small.toml:15: unknown key `argument` in tool 2; did you mean `arguments`?",
        ),
        (
            'credentials = ["role"]',
            'credentials = ["roll"]',
            "small.toml:16: unknown credentials `roll` in tool `list`; did you mean `role`?",
        ),
        (
            'credentials = ["role"]',
            "",
            "small.toml:17: `credentials` is missing in tool `list`, need 1; one or more of role, server",
        ),
        (
            'when = "versioned"',
            'when = "version"',
            "small.toml:20: unknown parameter `version` in tool `list`, need 2; did you mean `versioned`? else declare it under [parameters]",
        ),
        (
            'when = "versioned"',
            'when = "versioned and"',
            "small.toml:23: `versioned and` is no condition in tool `list`, need 2",
        ),
        (
            'when = "versioned"',
            'when = "bucket"',
            "small.toml:23: `bucket` is not a flag in tool `list`, need 2; write set(bucket)",
        ),
        ('when = "versioned"', 'necessity = "must"', "small.toml:23: unknown necessity `must` in tool `list`, need 2"),
        ('when = "versioned"', 'necessity = "conditional"', "small.toml:20: `when` is missing in tool `list`, need 2"),
        (
            '{bucket}/*"',
            '{bukket}/*"',
            "small.toml:20: unknown parameter `bukket` in tool `list`, need 2; did you mean `bucket`?",
        ),
        ('{bucket}/*"', '{bucket/*"', "small.toml:22: `arn:aws:s3:::{bucket/*` has a brace that is no placeholder"),
        ('{bucket}/*"', '{uri.name}/*"', "small.toml:20: `uri` has no part `name` in tool `list`, need 2"),
        ('{bucket}/*"', '{bucket.key}/*"', "small.toml:20: `bucket` has no part `key` in tool `list`, need 2"),
        (
            '{bucket}/*"',
            '{encrypted}/*"',
            "small.toml:20: unknown parameter `encrypted` in tool `list`, need 2; declare it under [parameters]",
        ),
        (
            '"arn:aws:s3:::{bucket}/*"',
            '"s3://{bucket}/*"',
            "small.toml:22: the resource of need 2 of tool `list` is `s3://{bucket}/*`, which is no ARN; write arn:aws:s3:::{bucket}/*",
        ),
        (
            '"arn:aws:s3:::{bucket}"',
            '["arn:aws:s3:::{bucket}", "{bucket}"]',
            "small.toml:19: the resource of need 1 of tool `list` is `{bucket}`, which is no ARN; write arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME, or *",
        ),
        ('"s3:GetObject"', '"GetObject"', "small.toml:21: `GetObject` is no action in tool `list`, need 2"),
        ('"s3:GetObject"', "1", "small.toml:21: `action` is not a text in tool `list`, need 2"),
        ('name = "first"', 'name = "list"', "small.toml:14: two tools are called `list`; rename one"),
        ('name = "first"', "assumes = true", "small.toml:11: `name` is missing in tool 1"),
        (
            'name = "first"',
            'name = "first"\nassumes = "yes"',
            "small.toml:13: `assumes` is not true or false in tool `first`",
        ),
        (
            'name = "first"',
            'name = "first"\nmodes = ["plane"]',
            "small.toml:13: unknown modes `plane` in tool `first`; did you mean `plain`?",
        ),
        ('name = "first"', 'name = "first"\nuses = ["raed"]', "small.toml:13: unknown group `raed` in tool `first`"),
        (
            'name = "first"',
            'name = "fi\\u001brst"',
            "small.toml:12: `name` holds a line break, a control or a private-use character in tool 1",
        ),
        (
            'name = "first"',
            f'name = "{HOLE}"',
            "small.toml:12: `name` holds a line break, a control or a private-use character",
        ),
    ],
)
def test_a_mistake_in_a_tool_is_told_with_its_line_and_the_way_out(old: str, new: str, expected: str):
    assert old in TOOL
    assert error(HEAD + TOOL.replace(old, new)).startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("schema = 1", "schema = 2", "small.toml:1: `schema` is not 1 in the file; write schema = 1"),
        ("schema = 1", "schema = ", "small.toml:1:10: not valid TOML: invalid value"),
        ('version = "1"', "", "small.toml:2: `version` is missing in `server`"),
        (
            'version = "1"',
            'version = "1"\nassumes = true',
            "small.toml:5: unknown key `assumes` in `server`; did you mean `assume`?",
        ),
        ('kind = "flag"', 'kind = "flagg"', "small.toml:6: unknown kind `flagg` in `versioned`; did you mean `flag`?"),
        ('default = "us-east-1"', 'default = "{zone}"', "small.toml:6: unknown default `zone` in `region`"),
        (
            'kind = "flag"',
            'kind = "flag", default = "maybe"',
            "small.toml:6: the default of the flag `versioned` is neither true nor false",
        ),
        ('bucket = "The', 'set = "The', "small.toml:7: `set` cannot be the name of a parameter"),
        (
            "[parameters]",
            "[server.token]\nverify = true\n[parameters]",
            "small.toml:7: unknown key `verify` in `token`; did you mean `verifies`?",
        ),
        (
            "[parameters]",
            '[server.assume]\nsession_name = "{user}"\n[parameters]',
            "small.toml:7: unknown session_name `user` in `assume`",
        ),
        (
            "[parameters]",
            '[server.assume]\nsession_name = "x"\nsession_name_replace = "(a+)+"\n[parameters]',
            "small.toml:8: `session_name_replace` is no character class",
        ),
        (
            "[parameters]",
            '[server.token.messages]\nlate = "x"\n[parameters]',
            "small.toml:7: unknown key `late` in `messages`",
        ),
        ("[parameters]", "[modes.plian]\n[parameters]", "unknown mode `plian`"),
        ("[parameters]", '[modes.plain]\ncredentials = { brokered = "me" }\n[parameters]', "unknown brokered `me`"),
    ],
)
def test_a_mistake_in_the_server_is_told_with_its_line_and_the_way_out(old: str, new: str, expected: str):
    assert old in HEAD
    assert expected in error(HEAD.replace(old, new) + TOOL)


@pytest.mark.parametrize("credential", ["bearer", "none"])
def test_what_iam_never_sees_need_be_no_arn(credential):
    text = TOOL.replace('["role"]', f'["{credential}"]').replace("arn:aws:s3:::{bucket}/*", "s3://{bucket}")
    assert read(HEAD + text).tools[1].requirements[1].resources == ("s3://{bucket}",)


def test_a_shared_need_that_is_no_arn_is_told_with_the_line_of_the_group():
    group = GROUP.replace("{flag}", "versioned").replace("{where}", "x").replace("arn:aws:s3:::{store", "s3://{uri")
    assert error(HEAD + group.replace("{store", "{uri") + '[[tool]]\nname = "t"\nuses = ["read"]\n').startswith(
        "small.toml:18: the resource of need 1 of group read is `s3://{uri.bucket}/{uri.key}`, which is no ARN"
    )


def test_a_server_without_modes_says_so():
    with pytest.raises(InputError) as caught:
        read(HEAD.replace('modes = ["plain", "other"]\n', "") + TOOL).deployed("remote")
    assert str(caught.value) == "`small` has no mode `remote`; its manifest lists no modes; leave --mode out"


def test_a_name_that_a_group_does_not_use_cannot_be_given():
    group = GROUP.replace("{flag}", "versioned").replace("{where}", "x").replace("store", "uri")
    uses = '[[tool]]\nname = "t"\nuses = [{ group = "read", with = { url = "uri" } }]\n'
    assert "unknown key `url` in `with`; did you mean `uri`?" in error(HEAD + group + uses)


def test_a_mistake_in_a_group_is_told_at_the_group():
    group = GROUP.replace("{flag}", "versioned").replace("{where}", "{").replace("store", "uri")
    message = error(HEAD + group + TOOL)
    assert message.startswith("small.toml:11: `{` has a brace that is no placeholder in `read`")


def test_an_enormous_file_is_refused():
    assert "larger than 1048576 characters" in error(HEAD + "#" * (1 << 20))


def test_a_file_is_read_by_its_path(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + TOOL, encoding="utf-8")
    assert len(named(str(path)).tools) == 2


@pytest.mark.parametrize(
    ("content", "expected"),
    [(None, "no file `"), (b"\xff\xfe", "cannot be read: not UTF-8"), (b"x =", "not valid TOML")],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, content: bytes | None, expected: str):
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        named(str(path))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_not_a_manifest(tmp_path: Path):
    (tmp_path / "x.toml").mkdir()
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        named(str(tmp_path / "x.toml"))


def test_an_unknown_name_shows_what_is_shipped():
    with pytest.raises(InputError) as caught:
        named("quilt-mcp@2026")
    assert "no manifest is called `quilt-mcp@2026`" in str(caught.value)
    assert "quilt-mcp@2026-01" in str(caught.value)


def test_an_unknown_mode_shows_the_known_ones():
    with pytest.raises(InputError, match=r"`small` has no mode `plane`; did you mean `plain`\?"):
        read(HEAD + TOOL).deployed("plane")


def test_the_examples_of_the_documentation_are_one_manifest():
    text = (Path(__file__).parents[2] / "docs" / "manifests.md").read_text(encoding="utf-8")
    parts = ("schema", "[parameters]", "[[tool", "[groups")
    found = read(
        "".join(block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if block.startswith(parts))
    )
    # The tool's own two needs, two ways to find buckets, one need with the three that it implies.
    assert [(tool.name, len(tool.requirements)) for tool in found.tools] == [("bucket_objects_list", 8), ("query", 1)]
    assert len(found.tools[0].unresolved) == 1
    assert found.tools[1].requirements[0].when == "not dry_run"
