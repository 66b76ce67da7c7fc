from __future__ import annotations

import pytest

from iamsim.errors import InputError
from iamsim.model.principal import HOLE
from iamsim.model.server import Parameter
from iamsim.model.tool import Credential, Requirement
from iamsim.tools.bindings import COMBINATIONS, LIMIT, Bindings, settings
from iamsim.tools.manifest import named

PARAMETERS = {
    one.name: one
    for one in (
        Parameter("bucket"),
        Parameter("key"),
        Parameter("prefix", default=""),
        Parameter("region", default="us-east-1"),
        Parameter("uri", kind="s3-uri"),
        Parameter("flag", kind="flag"),
        Parameter("copied", default="{flag}", kind="flag"),
        Parameter("where", default="{bucket}/{prefix}x"),
        Parameter("either", default="{prefix|region}"),
        Parameter("one", default="{two}"),
        Parameter("two", default="a{one}"),
    )
}


def bound(**values: str | tuple[str, ...]) -> Bindings:
    given = {name: (value,) if isinstance(value, str) else value for name, value in values.items()}
    return Bindings(given, PARAMETERS)


def need(*resources: str, when: str = "", absent: tuple[str, ...] = (), **context: str) -> Requirement:
    keys = {key.replace("_", ":"): (value,) for key, value in context.items()}
    return Requirement("s3:X", resources, (Credential.ROLE,), when=when, context=keys, absent=absent)


def test_a_bound_resource_is_an_arn():
    assert bound(bucket="b", key="a/k").resources(need("arn:aws:s3:::{bucket}/{key}")) == (("arn:aws:s3:::b/a/k",), ())


def test_an_unbound_resource_has_a_hole_and_names_what_to_set():
    assert bound(bucket="b").resources(need("arn:aws:s3:::{bucket}/{key}")) == ((f"arn:aws:s3:::b/{HOLE}",), ("key",))


def test_a_star_in_a_template_is_any_text_and_in_a_value_it_is_itself():
    assert bound(bucket="b", key="*").resources(need("arn:aws:s3:::{bucket}/{key}/*.tmp")) == (
        (f"arn:aws:s3:::b/*/{HOLE}.tmp",),
        (),
    )


def test_a_star_alone_stays_for_an_action_that_takes_no_resource():
    assert bound().resources(need("*")) == (("*",), ())


def test_an_empty_value_counts_as_none_unless_the_template_says_otherwise():
    assert bound(bucket="b").resources(need("arn:aws:s3:::{bucket}/{prefix}")) == (
        (f"arn:aws:s3:::b/{HOLE}",),
        ("prefix",),
    )
    assert bound(bucket="b").resources(need("arn:aws:s3:::{bucket}/{prefix?}*")) == ((f"arn:aws:s3:::b/{HOLE}",), ())


def test_several_values_are_several_resources():
    found = bound(bucket=("a", "b"), key=("1", "2")).resources(need("arn:aws:s3:::{bucket}/{key}"))[0]
    assert found == tuple(f"arn:aws:s3:::{bucket}/{key}" for bucket in "ab" for key in "12")


def test_the_parts_of_one_s3_uri_stay_together():
    found = bound(uri=("s3://a/1", "s3://b/2")).resources(need("arn:aws:s3:::{uri.bucket}/{uri.key}"))[0]
    assert found == ("arn:aws:s3:::a/1", "arn:aws:s3:::b/2")


def test_too_many_resources_are_refused():
    values = tuple(str(n) for n in range(COMBINATIONS // 10))
    with pytest.raises(InputError, match="stands for 10000 resources"):
        bound(bucket=values, key=values).resources(need("arn:aws:s3:::{bucket}/{key}"))


def test_the_same_resource_is_asked_once():
    assert bound(bucket="b").resources(need("arn:{bucket}", "arn:b"))[0] == ("arn:b",)


@pytest.mark.parametrize(
    ("uri", "bucket", "key", "version"),
    [
        ("s3://b/a/k.txt", ("b",), ("a/k.txt",), ("",)),
        ("s3://b/k?versionId=v1", ("b",), ("k",), ("v1",)),
        ("s3://b", ("b",), None, ("",)),
        ("s3://b/", ("b",), None, ("",)),
        ("b", ("b",), None, ("",)),
        ("s3://b/k?x=1", ("b",), ("k?x=1",), ("",)),
        ("", ("",), ("",), ("",)),
    ],
)
def test_the_parts_of_an_s3_uri(uri: str, bucket: tuple[str], key: tuple[str] | None, version: tuple[str]):
    found = bound(uri=uri)
    assert (found.value("uri.bucket"), found.value("uri.key"), found.value("uri.versionId")) == (bucket, key, version)


def test_a_key_that_an_s3_uri_leaves_out_is_any_key():
    assert bound(uri="s3://b").resources(need("arn:aws:s3:::{uri.bucket}/{uri.key}")) == (
        (f"arn:aws:s3:::b/{HOLE}",),
        ("uri",),
    )


def test_defaults_may_name_other_parameters():
    assert bound(bucket="b").value("where") == ("b/x",)
    assert bound().value("where") == (f"{HOLE}/x",)
    assert bound().value("either") == ("us-east-1",)
    assert bound(prefix="p").value("either") == ("p",)
    assert bound(flag="true").value("copied") == ("true",)
    assert bound().value("copied") is None


def test_a_default_with_an_open_part_leaves_a_hole_and_names_the_parameter():
    assert bound().resources(need("arn:{where}")) == ((f"arn:{HOLE}/x",), ("where",))


def test_defaults_that_go_in_circles_are_refused():
    with pytest.raises(InputError, match="go in circles: one -> two -> one"):
        bound().value("one")


def test_the_first_alternative_that_is_not_empty_is_taken():
    template = need("arn:{prefix|key}")
    assert bound(prefix="p", key="k").resources(template) == (("arn:p",), ())
    assert bound(key="k").resources(template) == (("arn:k",), ())
    assert bound().resources(template) == ((f"arn:{HOLE}",), ("key",))


def test_the_context_has_lower_case_keys():
    values, absent = bound(prefix="p/").context(need("*", s3_Prefix="{prefix?}", absent=("s3:Delimiter",)))
    assert (values, absent) == ({"s3:prefix": ("p/",)}, {"s3:delimiter"})


def test_a_key_whose_optional_value_is_empty_is_not_sent():
    assert bound().context(need("*", s3_prefix="{prefix?}")) == ({}, {"s3:prefix"})


def test_a_key_whose_value_is_empty_is_sent_otherwise():
    assert bound().context(need("*", s3_prefix="{prefix}")) == ({"s3:prefix": ("",)}, frozenset())


def test_a_context_value_that_nobody_tells_is_a_hole():
    assert bound().context(need("*", s3_prefix="in/{key}")) == ({"s3:prefix": (f"in/{HOLE}",)}, frozenset())


def test_a_context_value_that_is_one_of_several_is_a_hole():
    assert bound(key=("a", "b")).context(need("*", s3_prefix="{key}"))[0] == {"s3:prefix": (HOLE,)}


def test_a_need_without_a_condition_is_always_needed():
    assert bound().needed(need("*")) is True


def test_what_would_tell_whether_a_need_applies():
    asked = need("*", when="flag and set(uri.versionId) and region == 'us-east-1'")
    assert bound().needed(asked) is None
    assert bound().unknown(asked) == ("flag", "uri")
    assert bound(uri="s3://b/k").needed(asked) is False
    assert bound(uri="s3://b/k").unknown(asked) == ()


def test_settings_are_collected_by_name_in_order():
    found = settings(["bucket=b", "key=1", "key=2", "key=1", "flag=YES", "prefix=a=b"], PARAMETERS)
    assert found == {"bucket": ("b",), "key": ("1", "2"), "flag": ("true",), "prefix": ("a=b",)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bukket=b", "no tool and no server knows the parameter `bukket`; did you mean `bucket`?"),
        ("bucket", "`bucket` has no value; write --set bucket=VALUE"),
        ("=b", "`` is no setting"),
        ("flag=perhaps", "`perhaps` is neither true nor false, which `flag` must be"),
        ("uri=b/k", "`b/k` is no S3 URI, which `uri` must be; write s3://BUCKET/KEY"),
        ("uri=https://b/k", "is no S3 URI"),
        ("key=a\nb", "the value of `key` holds a control or a private-use character"),
        ("key=\x9b", "the value of `key` holds a control"),
        (f"key={HOLE}", "the value of `key` holds a control or a private-use character"),
        ("key=" + "x" * (LIMIT + 1), "the value of `key` has 2049 characters"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_an_input_error(text: str, expected: str):
    with pytest.raises(InputError) as caught:
        settings([text], PARAMETERS)
    assert expected in str(caught.value)


def test_a_tool_of_quilt_bound_to_a_bucket():
    quilt = named("quilt-mcp@2026-01")
    listing = next(tool for tool in quilt.tools if tool.name == "bucket_objects_list")
    values = settings(["bucket=quilt-ernest-staging"], quilt.parameters)
    found = Bindings(values, {**quilt.server.parameters, **listing.parameters})
    assert found.resources(listing.requirements[0]) == (("arn:aws:s3:::quilt-ernest-staging",), ())
    values, absent = found.context(listing.requirements[0])
    assert values == {"s3:max-keys": ("100",)}
    assert absent == {"s3:prefix", "s3:delimiter"}


def test_one_setting_tells_that_every_bucket_is_versioned():
    quilt = named("quilt-mcp@2026-01")
    create = next(tool for tool in quilt.tools if tool.name == "package_create")
    found = Bindings({"bucket_versioned": ("true",)}, {**quilt.server.parameters, **create.parameters})
    (version,) = (one for one in create.requirements if one.action == "s3:GetObjectVersion")
    assert found.needed(version) is True
    assert found.unknown(version) == ()


def test_the_workgroup_that_is_asked_for_comes_before_the_one_that_is_found():
    quilt = named("quilt-mcp@2026-01")
    execute = next(tool for tool in quilt.tools if tool.name == "athena_query_execute")
    parameters = {**quilt.server.parameters, **execute.parameters}
    (start,) = (one for one in execute.requirements if one.action == "athena:StartQueryExecution")
    given = {"account": ("111122223333",), "workgroup": ("found",)}
    assert Bindings(given, parameters).resources(start)[0] == ("arn:aws:athena:us-east-1:111122223333:workgroup/found",)
    given["workgroup_name"] = ("mine",)
    assert Bindings(given, parameters).resources(start)[0] == ("arn:aws:athena:us-east-1:111122223333:workgroup/mine",)


@pytest.mark.parametrize(
    ("when", "claims", "whole", "needed"),
    [
        ("set(token.session_tags)", {"session_tags": ("an object",)}, True, True),
        ("set(token.session_tags)", {}, True, False),
        ("set(token.session_tags)", {}, False, None),
        ("token.tier == 'gold'", {"tier": ("gold",)}, True, True),
        ("token.tier == 'gold'", {"tier": ("silver",)}, True, False),
        ("token.groups == 'b'", {"groups": ("a", "b")}, True, True),
        ("token.admin", {"admin": ("true",)}, False, True),
        ("not token.admin and set(bucket)", {"admin": ("true",)}, True, False),
    ],
)
def test_a_condition_may_ask_for_a_claim_of_the_token(when, claims, whole, needed):
    known = {"bucket": Parameter("bucket", default="b")}
    found = Bindings({}, known, claims, whole).needed(Requirement("s3:GetObject", ("*",), (), when=when))
    assert found is needed


def test_a_claim_that_nobody_told_is_named_as_a_claim():
    need = Requirement("s3:GetObject", ("*",), (), when="set(token.tenant)")
    assert Bindings({}, {}).unknown(need) == ("token.tenant",)
