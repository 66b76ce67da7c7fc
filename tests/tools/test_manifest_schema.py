"""The schema of manifests and their reader refuse the same files, each with the line of what is wrong."""

from __future__ import annotations

import re
import tomllib

import jsonschema
import pytest
from hypothesis import given, settings

from iamsim.errors import InputError
from iamsim.tools.manifest import manifest, shipped, written
from iamsim.tools.places import places
from iamsim.tools.validation import MOST, Level, problems, schema
from iamsim.tools.written import toml
from tests.tools.test_written import manifests

VALID = """schema = 1
[server]
name = "small"
version = "1"
modes = ["plain", "other"]
context = { "aws:SecureTransport" = "true" }
[server.token]
algorithms = ["RS256"]
verifies = true
[server.token.messages]
expired = "Token has expired"
[server.assume]
role_claims = ["role_arn"]
session_name = "mcp-{subject}"
session_name_replace = "[^A-Z]"
duration_min = 900
operation = "AssumeRole"
[server.broker]
name = "registry"
[provenance]
how = "inferred"
subject = "small 1"
made = "2026-11-25"
uncertain = ["one thing"]
[modes.other]
credentials = { brokered = "server" }
parameters = { bucket = "b" }
[parameters]
bucket = "The bucket"
flag = { description = "A flag", kind = "flag", default = "true" }
uri = { kind = "s3-uri" }
topic = { kind = "arn", default = "" }
limit = { kind = "number", default = "10" }
[groups.read]
credentials = ["server"]
when = "flag"
[[groups.read.needs]]
action = "s3:GetObject"
resource = "arn:aws:s3:::{bucket}/*"
[[tool]]
name = "first"
assumes = true
arguments = ["prefix=", { name = "deep", default = "false", description = "d", kind = "flag" }]
credentials = ["role"]
uses = ["read", { group = "read", with = { bucket = "bucket" } }]
notes = ["a note"]
[[tool.needs]]
action = "s3:ListBucket"
operation = "s3.ListObjectsV2"
resource = "arn:aws:s3:::{bucket}"
necessity = "optional"
when = "deep"
context = { "s3:prefix" = "{prefix?}" }
absent = ["s3:delimiter"]
any_of = "how"
option = "list"
confidence = "likely"
[[tool.needs]]
action = "s3:GetObject"
resource = ["arn:aws:s3:::{bucket}/a", "arn:aws:s3:::{bucket}/b"]
implies = ["encrypted", { fact = "missing", with = { key_missing = "gone" } }]
[[tool.needs]]
action = "sns:Publish"
resource = "{topic}"
[[tool.unresolved]]
what = "a call"
why = "its name is an argument"
source = "server.py:1"
"""

SEEN = (
    ("schema = 1", "schema = 2"),
    ("schema = 1", 'schema = "1"'),
    ("schema = 1", ""),
    ('name = "small"', ""),
    ('name = "small"', 'name = ""'),
    ('version = "1"', "version = 1"),
    ('version = "1"', 'version = "1"\nassumes = true'),
    ('modes = ["plain", "other"]', 'modes = ["plain", "other", 3]'),
    ('{ "aws:SecureTransport" = "true" }', '{ "aws:SecureTransport" = true }'),
    ('context = { "aws:SecureTransport" = "true" }', 'context = "true"'),
    ("verifies = true", 'verifies = "true"'),
    ("verifies = true", "verify = true"),
    ("expired =", "late ="),
    ('expired = "Token has expired"', 'expired = "Token\\nhas expired"'),
    ('session_name = "mcp-{subject}"', ""),
    ('"[^A-Z]"', '"(a+)+"'),
    ("duration_min = 900", "duration_min = -1"),
    ("duration_min = 900", 'duration_min = "900"'),
    ("duration_min = 900", "duration_min = true"),
    ('operation = "AssumeRole"', 'operation = "GetSessionToken"'),
    ('name = "registry"', 'title = "registry"'),
    ('how = "inferred"', ""),
    ('how = "inferred"', 'how = "guessed"'),
    ('made = "2026-11-25"', "made = 2026-11-25"),
    ('made = "2026-11-25"', 'made = "25.11.2026"'),
    ('made = "2026-11-25"', 'date = "2026-11-25"'),
    ('uncertain = ["one thing"]', "uncertain = [1]"),
    ('{ brokered = "server" }', '{ brokered = "me" }'),
    ('{ brokered = "server" }', '{ broker = "server" }'),
    ('parameters = { bucket = "b" }', "parameters = { bucket = 1 }"),
    ('bucket = "The bucket"', 'bucket = "The bucket"\nset = "A name"'),
    ('bucket = "The bucket"', 'bucket = "The bucket"\nwith-dash = "A name"'),
    ('bucket = "The bucket"', 'bucket = ["The bucket"]'),
    ('kind = "flag", default = "true" }', 'kind = "flags", default = "true" }'),
    ('kind = "flag", default = "true" }', 'kind = "flag", default = "maybe" }'),
    ('kind = "flag", default = "true" }', 'kind = "flag", default = true }'),
    ('kind = "flag", default = "true" }', 'kind = "flag", default = "" }'),
    ('kind = "flag", default = "true" }', 'kind = "flag", defaults = "true" }'),
    ('kind = "arn", default = ""', 'kind = "arn", default = "a-topic"'),
    ('kind = "number", default = "10"', 'kind = "number", default = "ten"'),
    ('when = "flag"\n[[groups', 'whenever = "flag"\n[[groups'),
    ('[[groups.read.needs]]\naction = "s3:GetObject"', "[[groups.read.needs]]"),
    ('name = "first"', ""),
    ('name = "first"', 'name = "first"\nargument = []'),
    ("assumes = true", 'assumes = "yes"'),
    ('"prefix="', '"a prefix"'),
    ('"prefix="', "7"),
    ('{ name = "deep", ', "{ "),
    ('name = "deep", default', 'name = "de ep", default'),
    ('name = "deep", default', 'name = "deep", defaults'),
    ('credentials = ["role"]', 'credentials = ["roll"]'),
    ('credentials = ["role"]', "credentials = true"),
    ('uses = ["read"', 'uses = [["read"]'),
    ('uses = ["read", { group = "read", with', 'uses = ["read", { groups = "read", with'),
    ('"s3:ListBucket"', '"ListBucket"'),
    ('action = "s3:ListBucket"', ""),
    ('operation = "s3.ListObjectsV2"', 'operation = "list_objects_v2"'),
    ('resource = "arn:aws:s3:::{bucket}"\n', ""),
    ('resource = "arn:aws:s3:::{bucket}"\n', "resource = []\n"),
    ('necessity = "optional"', 'necessity = "must"'),
    ('{ "s3:prefix" = "{prefix?}" }', '{ "s3:prefix" = 1 }'),
    ('absent = ["s3:delimiter"]', 'absents = ["s3:delimiter"]'),
    ('any_of = "how"\n', ""),
    ('confidence = "likely"', 'confidence = "perhaps"'),
    ('confidence = "likely"', 'confidence = "uncertain"'),
    ('["encrypted", {', '["enciphered", {'),
    ('["encrypted", {', "[1, {"),
    ("with = { key_missing", "with = { missing"),
    ('key_missing = "gone"', 'key_missing = "is gone"'),
    ('what = "a call"', ""),
    ('what = "a call"', 'what = ""'),
    ('why = "its name is an argument"', 'because = "its name is an argument"'),
)
"""Mistakes of structure: the schema and the reader refuse each."""

MEANT = (
    ('session_name = "mcp-{subject}"', 'session_name = "mcp-{user}"'),
    ("duration_min = 900", "duration_min = 900.0"),
    ('operation = "AssumeRole"\n', 'operation = "AssumeRole"\nsession_policy = "{}"\n'),
    ('made = "2026-11-25"', 'made = "2026-13-25"'),
    ("[modes.other]", "[modes.another]"),
    ('parameters = { bucket = "b" }', 'parameters = { buckets = "b" }'),
    ('default = "10" }', 'default = "{nothing}" }'),
    ('default = "10" }', 'default = "{" }'),
    ('when = "flag"\n[[groups', 'when = "flag and"\n[[groups'),
    ('uses = ["read"', 'uses = ["write"'),
    ("with = { bucket =", "with = { buckets ="),
    ('"arn:aws:s3:::{bucket}"\n', '"s3://{bucket}"\n'),
    ('"arn:aws:s3:::{bucket}"\n', '"{bucket}"\n'),
    ('"arn:aws:s3:::{bucket}"\n', '"arn:aws:s3:::{buckets}"\n'),
    ('resource = "{topic}"', 'resource = "{topic?}"'),
    ('when = "deep"', 'when = "bucket"'),
    ('when = "deep"', 'when = "import os"'),
    ('necessity = "optional"\nwhen = "deep"', 'necessity = "conditional"'),
    ('credentials = ["role"]\n', ""),
    ('key_missing = "gone"', 'kms_key = "gone"'),
    ('action = "s3:GetObject"\nresource = [', 'action = "s3:GetBucketAcl"\nresource = ['),
    ('any_of = "how"\noption = "list"\n', 'any_of = "how"\nimplies = ["encrypted"]\n'),
    ("[[tool.unresolved]]", '[[tool]]\nname = "first"\n[[tool.unresolved]]'),
)
"""Mistakes of meaning, which only the reader sees."""


def changed(old, new):
    assert VALID.count(old) >= 1, old
    return VALID.replace(old, new, 1)


def by_schema(text):
    return list(jsonschema.Draft202012Validator(schema()).iter_errors(tomllib.loads(text)))


def by_reader(text):
    try:
        manifest(text, document="small.toml")
    except InputError as error:
        return error
    return None


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_says_what_each_key_is():
    def undescribed(value, name):
        if isinstance(value, dict):
            for key, inner in value.get("properties", {}).items():
                if (
                    not name.startswith("if")
                    and isinstance(inner, dict)
                    and not ({"description", "$ref", "const", "anyOf"} & set(inner))
                ):
                    yield f"{name}.{key}"
            for key, inner in value.items():
                yield from undescribed(inner, key)
        elif isinstance(value, list):
            for inner in value:
                yield from undescribed(inner, name)

    assert list(undescribed(schema(), "")) == []


def test_both_take_what_is_valid():
    assert by_schema(VALID) == []
    assert by_reader(VALID) is None
    assert [str(one) for one in problems(VALID, document="small.toml")] == []


def test_the_corpus_is_large_enough():
    assert len(SEEN) >= 60
    assert len(MEANT) >= 20


@pytest.mark.parametrize(("old", "new"), SEEN)
def test_a_mistake_of_structure_is_refused_by_schema_and_reader(old, new):
    text = changed(old, new)
    assert by_schema(text)
    assert by_reader(text) is not None
    # A key under another name is one that is unknown, and one that is missing.
    found = problems(text, document="small.toml")
    assert 1 <= len(found) <= 2
    assert {one.level for one in found} == {Level.ERROR}
    assert all(one.origin.line for one in found)


OBSERVABLE = (
    VALID.replace('how = "inferred"', 'how = "written"')
    .replace('modes = ["plain", "other"]', 'modes = ["plain", "other"]\nbearer = "a login"\nerrors = "answered"', 1)
    .replace("[provenance]", '[server.suite]\nname = "smoke"\nlooks_at = ["answer-exists"]\n[provenance]', 1)
    .replace('kind = "s3-uri" }', 'kind = "s3-uri", begins = "s3://" }', 1)
    .replace(
        'notes = ["a note"]',
        'lookups = 2\ntests = [{ arguments = { prefix = "a", list = ["b", 1, { deep = true }] } }, { name = "again" }]',
        1,
    )
)
"""What can be seen of a server from outside, as a manifest says it."""


def test_both_take_what_can_be_seen_of_a_server():
    assert by_schema(OBSERVABLE) == []
    assert by_reader(OBSERVABLE) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('errors = "answered"', 'errors = "hidden"', "unknown errors `hidden`"),
        ('bearer = "a login"', "bearer = true", "`bearer` is not a text"),
        ('name = "smoke"', "", "`name` is missing"),
        ("looks_at =", "looks =", "unknown key `looks`"),
        ('begins = "s3://"', "begins = 3", "`begins` is not a text"),
        ("lookups = 2", "lookups = -2", "`lookups` is not a whole number from 0"),
        ("lookups = 2", 'lookups = "2"', "`lookups` is not a whole number from 0"),
        ('{ name = "again" }', '{ nam = "again" }', "unknown key `nam`"),
        ('{ name = "again" }', '"again"', "`tests` is not a list of tables"),
        ('prefix = "a"', 'prefix = "a\\nb"', "an argument holds a line break"),
        ('"b", 1', '"b", 2026-01-31', "an argument is no JSON value"),
        ("arguments = { prefix", "arguments = 7, x = { prefix", "unknown key `x`"),
    ],
)
def test_what_cannot_be_seen_of_a_server_is_refused_by_schema_and_reader(old, new, says):
    assert old in OBSERVABLE
    text = OBSERVABLE.replace(old, new, 1)
    assert by_schema(text)
    assert says in by_reader(text).message


def test_a_number_that_json_does_not_have_is_no_argument():
    assert "a number that JSON does not have" in by_reader(OBSERVABLE.replace('"b", 1', '"b", nan', 1)).message


@pytest.mark.parametrize(("old", "new"), MEANT)
def test_a_mistake_of_meaning_is_refused_by_the_reader_alone(old, new):
    text = changed(old, new)
    assert by_schema(text) == []
    assert by_reader(text) is not None
    (found,) = problems(text, document="small.toml")
    assert (found.level, str(found.message)) == (Level.ERROR, by_reader(text).message)
    assert found.origin.line


@pytest.mark.parametrize("name", shipped())
def test_a_manifest_that_comes_with_the_program_is_valid(name):
    text, document = written(name)
    assert by_schema(text) == []
    assert [str(one) for one in problems(text, document=document) if one.level is Level.ERROR] == []


@given(manifests())
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_is_valid(one):
    text = toml(one)
    assert by_schema(text) == []


# ---------------------------------------------------------------- what validate says


def told(*pairs):
    text = VALID
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return [str(one) for one in problems(text, document="small.toml")]


def test_all_mistakes_of_structure_are_told_at_once_each_at_its_line():
    assert told(
        ("verifies = true", "verify = true"),
        ('how = "inferred"', 'how = "guessed"'),
        ("assumes = true", 'assumes = "yes"'),
        ('confidence = "likely"', 'confidence = "perhaps"'),
        ('what = "a call"\n', ""),
    ) == [
        "small.toml:9: error: unknown key `verify` in [server.token]; did you mean `verifies`?",
        "small.toml:21: error: unknown how `guessed` in [provenance]; known are declared, inferred, recorded, written",
        "small.toml:42: error: `assumes` is not true or false in tool `first`",
        "small.toml:57: error: unknown confidence `perhaps` in tool `first`, need 1; known are certain, likely",
        "small.toml:65: error: `what` is missing in tool `first`, unresolved 1",
    ]


def test_of_mistakes_of_meaning_there_is_one_for_each_tool():
    more = '[[tool]]\nname = "second"\ncredentials = ["role"]\n[[tool.needs]]\naction = "s3:GetObject"\nresource = "s3://b"\n'
    found = [str(one) for one in problems(changed('when = "deep"', 'when = "bucket"') + more, document="small.toml")]
    assert found == [
        "small.toml:52: error: `bucket` is not a flag in tool `first`, need 1; write set(bucket) or bucket == 'text'",
        "small.toml:74: error: the resource of need 1 of tool `second` is `s3://b`, which is no ARN; write arn:aws:s3:::b",
    ]


def test_a_mistake_of_meaning_within_braces_is_told_at_its_own_line():
    assert told(('kind = "number", default = "10"', 'kind = "number", default = "{nothing}"')) == [
        "small.toml:33: error: unknown default `nothing` in `limit`; known are bucket, flag, limit, topic, uri"
    ]


def test_what_is_no_toml_is_one_error():
    assert told(("schema = 1", "schema = ")) == [
        'small.toml:1:10: error: not valid TOML: invalid value; write name = "value", one a line'
    ]


def test_a_mistake_within_a_list_is_told_at_its_own_line():
    assert told(('notes = ["a note"]', 'notes = [\n  "a note",\n  7,\n]')) == [
        "small.toml:48: error: `notes` is not a text in tool `first`"
    ]


def test_a_thousand_mistakes_are_not_all_told():
    text = VALID + "".join(f'[[tool]]\nname = "t{n}"\nwrong = 1\n' for n in range(MOST * 2))
    assert len(problems(text, document="small.toml")) == MOST
    text = VALID.replace("verifies = true", "".join(f"wrong{n} = 1\n" for n in range(MOST * 2)))
    assert len(problems(text, document="small.toml")) == MOST


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"s3:ListBucket"',
            '"s3:ListBuckets"',
            "small.toml:48: warning: AWS lists no action `s3:ListBuckets` (as of DAY); did you mean `s3:ListBucket`?",
        ),
        (
            '"s3:ListBucket"',
            '"s33:ListBucket"',
            "small.toml:48: warning: AWS lists no action `s33:ListBucket` (as of DAY); did you mean `s3`?",
        ),
        (
            'action = "s3:ListBucket"\noperation = "s3.ListObjectsV2"',
            'action = "s3:ListAllMyBuckets"\noperation = "s3.ListBuckets"',
            'small.toml:50: warning: s3:ListAllMyBuckets takes no resource: a policy that names one never allows it; write resource = "*"',
        ),
        (
            '"arn:aws:s3:::{bucket}/*"',
            '"arn:aws:s3:::{bucket}"',
            "small.toml:39: warning: no resource of s3:GetObject looks like `arn:aws:s3:::{bucket}`; AWS lists arn:${Partition}:s3:::${BucketName}/${ObjectName}",
        ),
        (
            '"arn:aws:s3:::{bucket}/*"',
            '"arn:aws:sqs:*:*:{bucket}/*"',
            "small.toml:39: warning: no resource of s3:GetObject looks like `arn:aws:sqs:*:*:{bucket}/*`; AWS lists",
        ),
        (
            '{ "s3:prefix" = "{prefix?}" }',
            '{ "s3:versionid" = "{prefix?}" }',
            "small.toml:53: warning: AWS sends no `s3:versionid` with s3:ListBucket",
        ),
    ],
)
def test_what_aws_does_not_list_is_a_warning(old, new, said):
    text = changed(old, new)
    assert by_reader(text) is None
    found = [re.sub(r"\d{4}-\d\d-\d\d", "DAY", str(one)) for one in problems(text, document="small.toml")]
    assert any(line.startswith(said) for line in found), found
    assert all(": warning: " in line for line in found)


def test_an_option_that_stands_alone_is_a_warning():
    alone = VALID.replace('uses = ["read", { group = "read", with = { bucket = "bucket" } }]\n', "")
    assert [str(one) for one in problems(alone, document="small.toml")] == [
        "small.toml:54: warning: nothing stands beside this option of `how`"
    ]


def test_the_needs_of_a_token_that_iam_never_sees_are_not_held_against_aws_s_lists():
    bearer = (
        '[[tool]]\nname = "ask"\ncredentials = ["bearer"]\n[[tool.needs]]\naction = "registry:ask"\nresource = "x"\n'
    )
    assert problems(VALID + bearer, document="small.toml") == ()


# ---------------------------------------------------------------- places


def paths(value, path=()):
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


@given(manifests())
@settings(max_examples=60, deadline=None)
def test_every_value_of_a_file_has_a_place_and_nothing_else_has(one):
    text = toml(one)
    assert set(places(text)) == set(paths(tomllib.loads(text)))


def test_places_are_those_of_the_keys_whatever_the_file_looks_like():
    text = (
        'a.b = 1 # [[x]]\ntext = """\n[[x]]\nkey = 1\n"""\n[x."y z"]\nk = { m = [1, [2,\n 3]], n = "]" }\n'
        "[[q]]\n[[q]]\nr = 'a\\'\n[q.s]\n[[q.t]]\nu = [ # one\n  { v = 1 },\n]\n"
    )
    found = places(text)
    assert found == {
        ("a",): 1,
        ("a", "b"): 1,
        ("text",): 2,
        ("x",): 6,
        ("x", "y z"): 6,
        ("x", "y z", "k"): 7,
        ("x", "y z", "k", "m"): 7,
        ("x", "y z", "k", "m", 0): 7,
        ("x", "y z", "k", "m", 1): 7,
        ("x", "y z", "k", "m", 1, 0): 7,
        ("x", "y z", "k", "m", 1, 1): 8,
        ("x", "y z", "k", "n"): 8,
        ("q",): 9,
        ("q", 0): 9,
        ("q", 1): 10,
        ("q", 1, "r"): 11,
        ("q", 1, "s"): 12,
        ("q", 1, "t"): 13,
        ("q", 1, "t", 0): 13,
        ("q", 1, "t", 0, "u"): 14,
        ("q", 1, "t", 0, "u", 0): 15,
        ("q", 1, "t", 0, "u", 0, "v"): 15,
    }
