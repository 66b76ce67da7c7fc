"""What STS refuses before it looks at any policy, in its own words."""

from __future__ import annotations

from dataclasses import replace

import jwt  # noqa: TID253 - a test may pay for the import
import pytest

from iamsim.model.principal import HOLE
from iamsim.model.server import Call
from iamsim.sts.parameters import doubts, errors, name_errors, violations

ROLE = "arn:aws:iam::111122223333:role/QuiltTenantRole"
CALL = Call(ROLE, "mcp-alice-1769688000", "alice")
VALIDATION = "An error occurred (ValidationError) when calling the AssumeRole operation: "
DETECTED = VALIDATION + "1 validation error detected: "


def texts(call: Call, *, most: int | None = 3600, chained: bool = False) -> list[str]:
    return [message.text for message in errors(call, max_session_duration=most, chained=chained)]


def test_a_sound_call_has_no_errors():
    assert texts(CALL) == []
    assert texts(replace(CALL, tags={"team": "a b/c+é", "empty": ""}, transitive_tag_keys=("Team",))) == []
    assert texts(replace(CALL, source_identity="alice@example.com", external_id="a:b/c")) == []


def test_a_pipe_in_the_source_identity_is_a_validation_error_and_no_denial():
    (message,) = errors(replace(CALL, source_identity="auth0|abc"), max_session_duration=3600, chained=True)
    assert message.text == DETECTED + (
        r"Value 'auth0|abc' at 'sourceIdentity' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
    )
    assert (message.speaker, message.basis) == ("AWS", "observed")


@pytest.mark.parametrize("subject", ["https://idp/u", "john doe", "a:b", "éa", "aws:alice"])
def test_a_subject_that_sts_does_not_take_is_refused(subject: str):
    assert [
        v.parameter
        for v in violations(replace(CALL, source_identity=subject), max_session_duration=None, chained=False)
    ] == ["SourceIdentity"]


def test_a_session_name_is_checked_by_the_same_pattern():
    assert texts(replace(CALL, session_name="john doe")) == [
        DETECTED + r"Value 'john doe' at 'roleSessionName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
    ]
    assert texts(replace(CALL, session_name="s" * 65)) == [
        DETECTED + f"Value '{'s' * 65}' at 'roleSessionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    ]


@pytest.mark.parametrize(
    ("call", "parameter", "length"),
    [
        (replace(CALL, source_identity="a"), "SourceIdentity", 1),
        (replace(CALL, source_identity=""), "SourceIdentity", 0),
        (replace(CALL, session_name="a"), "RoleSessionName", 1),
        (replace(CALL, external_id="a"), "ExternalId", 1),
    ],
)
def test_a_name_that_is_too_short_never_leaves_the_server(call: Call, parameter: str, length: int):
    (message,) = errors(call, max_session_duration=3600, chained=False)
    assert message.text == (
        f"Parameter validation failed: Invalid length for parameter {parameter}, value: {length}, valid min length: 2"
    )
    assert (message.speaker, message.basis) == ("botocore", "observed")


def test_botocore_itself_says_the_same():
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    shape = get_session().get_service_model("sts").operation_model("AssumeRole").input_shape
    call = {"RoleArn": "x", "RoleSessionName": "a", "SourceIdentity": "", "DurationSeconds": 60, "ExternalId": "e"}
    call["TransitiveTagKeys"] = [""]
    report = ParamValidator().validate(call, shape).generate_report().splitlines()
    ours = texts(Call("x", "a", "", None, ("",), "e", 60), most=None)
    assert sorted(report) == sorted(text.removeprefix("Parameter validation failed: ") for text in ours)


def test_the_service_model_of_botocore_has_the_same_bounds():
    from botocore.session import get_session

    members = get_session().get_service_model("sts").operation_model("AssumeRole").input_shape.members
    for parameter, value in (
        ("RoleSessionName", "session_name"),
        ("SourceIdentity", "source_identity"),
        ("ExternalId", "external_id"),
    ):
        most = members[parameter].metadata["max"]
        assert texts(replace(CALL, **{value: "a" * most})) == []
        assert len(texts(replace(CALL, **{value: "a" * (most + 1)}))) == 1
        pattern = members[parameter].metadata.get("pattern")
        (text,) = texts(replace(CALL, **{value: "a|b"}))
        assert pattern is None or text.endswith(pattern)


def test_tags_are_counted_and_their_characters_checked():
    assert texts(replace(CALL, tags={f"k{i}": "v" for i in range(51)})) == [
        DETECTED
        + "Value '[51 tags]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"
    ]
    assert texts(replace(CALL, tags={"a": "1", "actor": "dependabot-preview[bot]"})) == [
        DETECTED + r"Value 'dependabot-preview[bot]' at 'tags.2.member.value' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*"
    ]
    assert texts(replace(CALL, tags={"a#b": "1"})) == [
        DETECTED + r"Value 'a#b' at 'tags.1.member.key' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"
    ]
    long = texts(replace(CALL, tags={"k" * 129: "v" * 257}))
    assert [text.rsplit(": ", 1)[1] for text in long] == [
        "Member must have length less than or equal to 128",
        "Member must have length less than or equal to 256",
    ]


def test_tag_keys_are_unique_whatever_their_case():
    assert texts(replace(CALL, tags={"Dept": "1", "dept": "2"})) == [
        (
            "An error occurred (InvalidParameterValue) when calling the AssumeRole operation: "
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    ]


def test_the_aws_prefix_is_reserved():
    (message,) = errors(replace(CALL, tags={"aws:x": "1"}), max_session_duration=None, chained=False)
    assert message.text == VALIDATION + "Tag keys that begin with aws: are reserved (tag `aws:x`)"
    assert message.basis == "inferred"


def test_a_transitive_key_must_be_among_the_tags():
    call = replace(CALL, tags={"team": "x"}, transitive_tag_keys=("team", "project"))
    assert texts(call) == [
        (
            "An error occurred (InvalidParameterValue) when calling the AssumeRole operation: "
            "The specified transitive tag key must be included in the requested tags."
        )
    ]
    assert texts(replace(call, tags=None)) == []


@pytest.mark.parametrize(
    ("seconds", "most", "chained", "expected"),
    [
        (3600, 3600, True, []),
        (7200, 3600, False, ["The requested DurationSeconds exceeds the MaxSessionDuration set for this role."]),
        (
            7200,
            43200,
            True,
            ["The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."],
        ),
        (43200, 43200, False, []),
        (7200, None, False, []),
    ],
)
def test_a_duration_is_held_against_the_role_and_the_chain(
    seconds: int, most: int | None, *, chained: bool, expected: list[str]
):
    assert texts(replace(CALL, duration=seconds), most=most, chained=chained) == [
        VALIDATION + text for text in expected
    ]


def test_a_duration_out_of_all_bounds_is_refused():
    assert texts(replace(CALL, duration=899)) == [
        "Parameter validation failed: Invalid value for parameter DurationSeconds, value: 899, valid min value: 900"
    ]
    assert texts(replace(CALL, duration=43201), most=None) == [
        DETECTED
        + "Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"
    ]


def test_the_role_must_be_a_role_arn():
    assert texts(replace(CALL, role_arn="arn:aws:iam::111122223333:user/alice")) == [
        VALIDATION + "arn:aws:iam::111122223333:user/alice is invalid"
    ]
    assert texts(replace(CALL, role_arn="admin")) == [
        "Parameter validation failed: Invalid length for parameter RoleArn, value: 5, valid min length: 20"
    ]
    assert texts(replace(CALL, role_arn=ROLE + "x" * 2048))[0].endswith("length less than or equal to 2048")


def test_what_is_not_known_is_not_held_against_the_call():
    assert texts(Call(ROLE, "mcp-" + HOLE, HOLE, None)) == []
    (text,) = texts(Call(ROLE, "mcp-" + HOLE, "auth0|" + HOLE, None))
    assert "Value 'auth0|<subject>' at 'sourceIdentity'" in text


def test_several_faults_are_all_listed():
    call = Call(ROLE, "a b", "x|y", {"aws:k": "#"}, ("z",), None, 7200)
    assert [v.parameter for v in violations(call, max_session_duration=3600, chained=True)] == [
        *(
            "RoleSessionName",
            "SourceIdentity",
            "Tags",
            "Tags",
            "TransitiveTagKeys",
            "DurationSeconds",
            "DurationSeconds",
        )
    ]


def test_no_error_shows_a_credential_or_a_control_character():
    token = jwt.encode({"sub": "alice"}, "k" * 32)
    call = Call(ROLE, "a\nb\x1b[2J", f"{token}|", {"api_key": "hunter2#", "note": f"{token}#"})
    shown = "".join(texts(call))
    assert token not in shown
    assert "hunter2" not in shown
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert "redacted" in shown
    assert len(texts(call)) == 4


def test_what_the_published_rules_do_not_settle_is_a_doubt_and_no_error():
    long = replace(CALL, source_identity="a" * 65)
    assert texts(long) == []
    assert doubts(long) == ("the source identity has 65 characters; STS took at most 64 for years",)
    heavy = replace(CALL, tags={f"k{i}": "v" * 250 for i in range(9)})
    assert texts(heavy) == []
    assert "PackedPolicyTooLarge is possible" in doubts(heavy)[0]
    assert doubts(CALL) == ()


@pytest.mark.parametrize("operation", ["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"])
def test_the_operation_that_answers_is_named_and_botocore_names_none(operation: str):
    call = replace(CALL, session_name="john doe", duration=899)
    named, client = (
        message.text for message in errors(call, max_session_duration=None, chained=False, operation=operation)
    )
    assert named.startswith(f"An error occurred (ValidationError) when calling the {operation} operation: ")
    assert client == (
        "Parameter validation failed: Invalid value for parameter DurationSeconds, value: 899, valid min value: 900"
    )


def test_the_service_model_of_botocore_has_the_same_bounds_for_the_other_calls():
    from botocore.session import get_session

    model = get_session().get_service_model("sts")
    members = {name: model.operation_model(name).input_shape.members for name in model.operation_names}
    name = members["GetFederationToken"]["Name"].metadata
    assert (name["min"], name["max"]) == (2, 32)
    assert name_errors("GetFederationToken", "Name", "a" * name["max"], name["max"]) == ()
    assert len(name_errors("GetFederationToken", "Name", "a" * (name["max"] + 1), name["max"])) == 1
    for operation in ("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"):
        duration = members[operation]["DurationSeconds"].metadata
        assert (duration["min"], duration["max"]) == (900, 43_200)
    for operation in ("GetFederationToken", "GetSessionToken"):
        duration = members[operation]["DurationSeconds"].metadata
        assert (duration["min"], duration["max"]) == (900, 129_600)
    root = members["AssumeRoot"]["DurationSeconds"].metadata
    assert (root["min"], root["max"]) == (0, 900)
