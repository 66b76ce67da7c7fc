"""What follows from a need and a fact of the account."""

from __future__ import annotations

import pytest

from iamsim.catalog import operations
from iamsim.errors import InputError
from iamsim.model.finding import Confidence
from iamsim.model.server import Parameter
from iamsim.model.tool import Credential, Necessity
from iamsim.tools import implied
from iamsim.tools.manifest import Manifest, manifest

HEAD = """schema = 1
[server]
name = "small"
version = "1"
[parameters]
bucket = "The bucket"
flag = { description = "A flag", kind = "flag" }
"""


def read(text: str) -> Manifest:
    return manifest(HEAD + text, document="small.toml")


def need(implies: str, action: str = "s3:GetObject", resource: str = "arn:aws:s3:::{bucket}/*", more: str = "") -> str:
    return f'action = "{action}"\nresource = "{resource}"\nimplies = {implies}\n{more}\n'


def tool(*needs: str, more: str = "") -> str:
    return f'[[tool]]\nname = "get"\ncredentials = ["server"]\n{more}' + "".join(
        f"[[tool.needs]]\n{one}" for one in needs
    )


def needs(*args: str, more: str = ""):
    return read(tool(need(*args, more=more))).tools[0].requirements


def error(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(text)
    return str(caught.value)


def test_what_is_read_under_a_key_needs_the_key_where_there_is_one():
    _, found = needs('"encrypted"')
    assert (found.action, found.resources, found.credentials) == ("kms:Decrypt", ("{kms_key}",), (Credential.SERVER,))
    assert (found.necessity, found.when) == (Necessity.CONDITIONAL, "set(kms_key)")
    assert found.context == {"kms:ViaService": ("s3.{region}.amazonaws.com",)}
    assert found.condition == "the object is encrypted under a KMS key"
    assert found.note.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    ("action", "operation", "expected"),
    [
        ("s3:GetObject", "", ["kms:Decrypt"]),
        ("s3:GetObject", "s3.CopyObject", ["kms:Decrypt"]),
        ("s3:GetObjectVersion", "", ["kms:Decrypt"]),
        ("s3:PutObject", "", ["kms:GenerateDataKey"]),
        ("s3:PutObject", "s3.PutObject", ["kms:GenerateDataKey"]),
        ("s3:PutObject", "s3.CopyObject", ["kms:GenerateDataKey"]),
        ("s3:PutObject", "s3.CreateMultipartUpload", ["kms:GenerateDataKey", "kms:Decrypt"]),
        ("s3:PutObject", "s3.UploadPart", ["kms:GenerateDataKey", "kms:Decrypt"]),
        ("s3:PutObject", "s3.CompleteMultipartUpload", ["kms:Decrypt"]),
        ("s3:ListMultipartUploadParts", "s3.ListParts", ["kms:Decrypt"]),
    ],
)
def test_the_action_on_the_key_is_the_one_that_goes_with_the_call(action, operation, expected):
    own = f'operation = "{operation}"' if operation else ""
    assert [one.action for one in needs('"encrypted"', action, more=own)[1:]] == expected


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("s3", "GetObject", "s3:GetObject"),
        ("s3", "PutObject", "s3:PutObject"),
        ("s3", "ListParts", "s3:ListMultipartUploadParts"),
        ("sqs", "SendMessage", "sqs:SendMessage"),
        ("sqs", "ReceiveMessage", "sqs:ReceiveMessage"),
        ("sns", "Publish", "sns:Publish"),
        ("secretsmanager", "GetSecretValue", "secretsmanager:GetSecretValue"),
    ],
)
def test_the_catalog_of_operations_says_the_same_of_keys(service, operation, action):
    rows = operations.describe(service, operation).implied
    of_keys = {name for row in rows for name in row.actions if name.startswith("kms:")}
    assert set(implied.KEYS[action].actions) == of_keys


@pytest.mark.parametrize("name", sorted(implied.OPERATIONS))
def test_the_catalog_of_operations_says_the_same_of_uploads(name):
    rows = operations.describe(*name.split(".")).implied
    of_keys = {one for row in rows if "source" not in row.on for one in row.actions if one.startswith("kms:")}
    assert set(implied.OPERATIONS[name].actions) == of_keys


def test_the_versions_of_actions_are_those_of_the_catalog():
    for operation in ("GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectTagging"):
        instead = operations.describe("s3", operation).instead["VersionId"]
        assert {old: implied.VERSIONS[old] for old in instead} == instead


def test_of_other_services_the_key_is_used_through_them():
    found = needs('"encrypted"', "sqs:SendMessage", "arn:aws:sqs:{region}:*:{bucket}")[1:]
    assert [one.action for one in found] == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert found[0].context == {"kms:ViaService": ("sqs.{region}.amazonaws.com",)}


def test_whoever_may_not_list_is_not_told_that_a_key_is_missing():
    _, found = needs('"missing"')
    assert (found.action, found.resources) == ("s3:ListBucket", ("arn:aws:s3:::{bucket}",))
    assert (found.necessity, found.when, found.absent) == (Necessity.OPTIONAL, "key_missing", ("s3:prefix",))


def test_the_bucket_of_an_object_behind_an_access_point_is_the_access_point():
    point = "arn:aws:s3:us-east-1:111122223333:accesspoint/{bucket}"
    _, found = needs('"missing"', "s3:GetObject", f"{point}/object/*")
    assert found.resources == (point,)


def test_of_a_versioned_bucket_versions_are_read():
    _, found = needs('"versioned"', more='context = { "s3:authType" = "REST-QUERY-STRING" }')
    assert (found.action, found.resources) == ("s3:GetObjectVersion", ("arn:aws:s3:::{bucket}/*",))
    assert (found.necessity, found.when) == (Necessity.CONDITIONAL, "bucket_versioned")
    assert found.context == {"s3:authType": ("REST-QUERY-STRING",)}


def test_what_follows_is_as_sure_as_what_it_follows_from_and_on_the_same_condition():
    more = 'when = "flag"\ncondition = "asked for"\nconfidence = "likely"\noperation = "s3.GetObject"\nsource = "s.py:1"\nany_of = "how"\noption = "s3"'
    for found in needs('["encrypted", "missing", "versioned"]', more=more)[1:]:
        assert found.when.startswith("flag and ")
        assert found.condition.startswith("asked for; ")
        assert (found.confidence, found.operation, found.source) == (Confidence.LIKELY, "s3.GetObject", "s.py:1")
        assert (found.any_of, found.option) == ("how", "s3")


@pytest.mark.parametrize("necessity", ["optional", "deferred", "decides-result"])
def test_what_follows_from_a_need_that_may_fail_may_fail_too(necessity):
    assert needs('"encrypted"', more=f'necessity = "{necessity}"')[1].necessity == necessity


def test_the_parameters_of_facts_declare_themselves():
    found = read(tool(need('["encrypted", "missing", "versioned"]'))).server.parameters
    assert {name: one.kind for name, one in found.items()} == {
        "bucket": "text",
        "flag": "flag",
        "kms_key": "arn",
        "region": "text",
        "key_missing": "flag",
        "bucket_versioned": "flag",
    }
    assert all(one.default is None for one in found.values())


def test_what_the_manifest_declares_itself_stays_as_it_is():
    own = 'kms_key = { description = "My key", kind = "arn", default = "" }\n'
    found = manifest(HEAD + own + tool(need('"encrypted"')), document="small.toml")
    assert found.server.parameters["kms_key"] == Parameter("kms_key", "My key", "", "arn")


def test_an_argument_may_be_the_key():
    found = read(tool(need('"encrypted"'), more='arguments = ["kms_key="]\n')).tools[0]
    assert found.parameters["kms_key"].kind == "arn"
    assert found.parameters["kms_key"].default == ""


def test_one_side_of_a_copy_has_a_key_of_its_own():
    source = need('[{ fact = "encrypted", with = { kms_key = "source_kms_key" } }]')
    target = need('"encrypted"', "s3:PutObject")
    found = read(tool(source, target))
    assert [(one.action, one.resources, one.when) for one in found.tools[0].requirements if one.action.startswith("kms:")] == [
        ("kms:Decrypt", ("{source_kms_key}",), "set(source_kms_key)"),
        ("kms:GenerateDataKey", ("{kms_key}",), "set(kms_key)"),
    ]  # fmt: skip
    assert found.server.parameters["source_kms_key"].kind == "arn"


def test_the_needs_of_a_group_imply_what_its_user_calls_otherwise():
    group = f'[groups.read]\ncredentials = ["server"]\n[[groups.read.needs]]\n{need(chr(34) + "encrypted" + chr(34))}'
    uses = '[[tool]]\nname = "t"\nuses = [{ group = "read", with = { kms_key = "other_key", bucket = "bucket" } }]\n'
    found = read(group + uses)
    assert found.tools[0].requirements[1].resources == ("{other_key}",)
    assert found.tools[0].requirements[1].when == "set(other_key)"
    assert "other_key" in found.server.parameters
    assert "kms_key" not in found.server.parameters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (need('"enciphered"'), "small.toml:14: unknown fact `enciphered` in tool `get`, need 1; did you mean `encrypted`?"),
        (need("true"), "small.toml:14: `implies` is not a list of facts in tool `get`, need 1; known are encrypted, missing, versioned"),
        (need('[{ fact = "missing", with = { kms_key = "x" } }]'), "unknown key `kms_key` in `with`; known are key_missing"),
        (need('[{ fact = "missing", with = { key_missing = "no key" } }]'), "`no key` cannot be the name of a parameter in tool `get`, need 1"),
        (need('"encrypted"', "s3:ListBucket"), "`encrypted` means nothing for s3:ListBucket in tool `get`, need 1; it is known for s3:GetObject, "),
        (need('"encrypted"', more='operation = "s3.HeadObject"'), "`encrypted` means nothing for s3.HeadObject in tool `get`, need 1"),
        (need('"versioned"', "s3:PutObject"), "`versioned` means nothing for s3:PutObject"),
        (need('"missing"', "s3:PutObject"), "`missing` means nothing for s3:PutObject in tool `get`, need 1; it is known for s3:GetObject, "),
        (need('"missing"', "s3:GetObject", "*"), "`missing` means nothing for s3:GetObject on * in tool `get`, need 1; it is known on an object of a bucket"),
        (need('"encrypted"', more='any_of = "how"'), "`implies` stands beside `any_of` without an `option` in tool `get`, need 1; give the need an option"),
    ],
)  # fmt: skip
def test_a_fact_that_means_nothing_is_an_error(text, expected):
    assert expected in error(tool(text))


def test_a_key_that_is_declared_as_something_else_is_an_error():
    own = HEAD + 'kms_key = "The id of the key"\n'
    with pytest.raises(InputError, match=r'is `\{kms_key\}`, which is no ARN.*declare `kms_key` with kind = "arn"'):
        manifest(own + tool(need('"encrypted"')), document="small.toml")
