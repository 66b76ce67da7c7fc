"""From the claims of a token follows exactly the call that the server would make."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt  # noqa: TID253 - a test may pay for the import
import pytest

from iamsim.errors import InputError
from iamsim.model.principal import HOLE
from iamsim.model.server import AssumeTemplate, Call
from iamsim.tokens.claims import Built, call, command

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "tokens"
ROLE = "arn:aws:iam::111122223333:role/QuiltTenantRole"
OTHER = "arn:aws:iam::444455556666:role/Other"
AT = datetime(2026, 1, 29, 12, 0, 0, 900_000, tzinfo=UTC)
UNIX = 1769688000
TEMPLATE = AssumeTemplate(
    role_claims=("role_arn", "roleArn", "aws_role_arn", "awsRoleArn"),
    subject_claims=("sub", "user_id", "id"),
    session_name="mcp-{subject}-{unix_time}",
    session_name_replace="[^a-zA-Z0-9+=,.@-]",
    source_identity="{subject}",
    tag_claims=("session_tags", "sessionTags", "tags"),
    transitive_claims=("transitive_tag_keys", "transitiveTagKeys"),
    duration_parameter="MCP_JWT_SESSION_DURATION",
    messages={
        "missing_role": "JWT claim 'role_arn' is required for role assumption.",
        "missing_subject": "JWT claim 'sub' is required for SourceIdentity.",
    },
)


def fixture(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def build(
    claims: Mapping[str, Any] | None,
    template: AssumeTemplate = TEMPLATE,
    *,
    settings: Mapping[str, str] | None = None,
    role_arn: str | None = None,
    complete: bool = True,
) -> Built:
    return call(claims, template, settings=settings or {}, at=AT, role_arn=role_arn, complete=complete)


def made(built: Built) -> Call:
    assert built.call is not None
    return built.call


def test_a_plain_token_makes_a_call_with_source_identity_and_without_tags():
    built = build(fixture("plain"))
    assert built.call == Call(
        role_arn=ROLE,
        session_name=f"mcp-alice-{UNIX}",
        source_identity="alice",
        tags={},
        transitive_tag_keys=(),
        external_id=None,
        duration=3600,
    )
    assert built.problems == ()
    assert built.read == ("role_arn", "sub")
    assert built.ignored == ()
    assert not built.differs


def test_a_tagged_token_sends_its_tags_and_transitive_keys():
    built = build(fixture("tagged"))
    assert made(built).tags == {"team": "genomics", "cost-center": "1234"}
    assert made(built).transitive_tag_keys == ("team",)
    assert built.read == ("role_arn", "sub", "session_tags", "transitive_tag_keys")


def test_the_source_identity_is_not_sanitised_although_the_session_name_is():
    built = build(fixture("auth0"))
    assert made(built).source_identity == "auth0|abc"
    assert made(built).session_name == f"mcp-auth0-abc-{UNIX}"
    assert built.notes == ("the session name replaces characters of the subject: two subjects can share one name",)


def test_claims_that_the_server_never_looks_at_are_named():
    claims = {**fixture("catalog"), "catalog_token": jwt.encode({"sub": "alice"}, "k" * 32)}
    built = build(claims)
    assert built.ignored == ("catalog_token", "catalog_url", "registry_url", "external_id")
    assert made(built).external_id is None


@pytest.mark.parametrize("name", TEMPLATE.role_claims)
def test_the_role_is_the_first_string_with_something_in_it_trimmed(name: str):
    claims = {"role_arn": "  ", "roleArn": 5, "sub": "alice"} | {name: f" {ROLE}\n"}
    assert made(build(claims)).role_arn == ROLE


def test_a_claim_named_role_does_not_count():
    built = build({"role": ROLE, "sub": "alice"})
    assert built.call is None
    assert [message.text for message in built.problems] == ["JWT claim 'role_arn' is required for role assumption."]
    assert (built.problems[0].speaker, built.problems[0].basis) == ("server", "observed")
    assert built.ignored == ("role",)


def test_a_token_without_a_role_is_a_problem_even_where_a_role_is_asked_about():
    built = build({"sub": "alice"}, role_arn=ROLE)
    assert made(built).role_arn == ROLE
    assert [message.text for message in built.problems] == ["JWT claim 'role_arn' is required for role assumption."]


def test_the_role_of_the_token_wins_and_the_difference_is_told():
    built = build(fixture("plain"), role_arn=OTHER)
    assert made(built).role_arn == ROLE
    assert built.differs
    assert not build(fixture("plain"), role_arn=ROLE).differs


@pytest.mark.parametrize(
    ("claims", "subject"),
    [
        ({"sub": "", "user_id": "u1", "id": "i1"}, "u1"),
        ({"user_id": 42}, "42"),
        ({"id": "i1"}, "i1"),
        ({"sub": "a", "user_id": "u1"}, "a"),
    ],
)
def test_the_subject_is_the_first_of_three_claims(claims: dict[str, Any], subject: str):
    assert made(build({"role_arn": ROLE, **claims})).source_identity == subject


def test_a_token_without_a_subject_is_refused_in_the_servers_words():
    built = build({"role_arn": ROLE, "sub": ""})
    assert [message.text for message in built.problems] == ["JWT claim 'sub' is required for SourceIdentity."]
    assert made(built).source_identity == HOLE


def test_words_that_the_profile_does_not_have_name_the_claims():
    built = build({}, replace(TEMPLATE, messages={}))
    assert [(message.text, message.basis) for message in built.problems] == [
        ("the token names no role (`role_arn`, `roleArn`, `aws_role_arn`, `awsRoleArn`)", "inferred"),
        ("the token names no subject (`sub`, `user_id`, `id`)", "inferred"),
    ]


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ({"a": 1, "b": None, "c": True}, {"a": "1", "b": "None", "c": "True"}),
        ([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": 2}], {"a": "1", "b": "2"}),
        ([{"Key": "a", "Value": "1"}, {"key": "b", "value": "2"}, "c=3"], {"a": "1"}),
        ("a=1", {}),
        (5, {}),
        ({}, {}),
    ],
)
def test_tags_are_an_object_or_a_list_of_pairs_and_nothing_else(value: object, tags: dict[str, str]):
    assert made(build({"role_arn": ROLE, "sub": "alice", "session_tags": value})).tags == tags


@pytest.mark.parametrize("name", TEMPLATE.tag_claims)
def test_tags_may_stand_under_three_names(name: str):
    assert made(build({"role_arn": ROLE, "sub": "alice", name: {"team": "x"}})).tags == {"team": "x"}


def test_what_is_dropped_is_told():
    built = build({"role_arn": ROLE, "sub": "a", "tags": "team=x", "transitiveTagKeys": "team"})
    assert built.notes == (
        "claim `tags` is neither an object nor a list: no session tags are sent",
        "claim `transitiveTagKeys` is not a list: no transitive tag keys are sent",
    )
    assert made(built).transitive_tag_keys == ()
    assert build({"role_arn": ROLE, "sub": "a", "tags": {"x": None}}).notes == (
        "session tag `x` is null and is sent as `None`",
    )


def test_a_tag_given_twice_is_what_aws_would_refuse():
    built = build({"role_arn": ROLE, "sub": "a", "tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]})
    assert [message.text for message in built.problems] == [
        (
            "An error occurred (InvalidParameterValue) when calling the AssumeRole operation: "
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    ]


def test_a_long_subject_pushes_the_time_out_of_the_session_name():
    # 4 + 49 + 1 + 10 characters are 64.
    fits = made(build({"role_arn": ROLE, "sub": "s" * 49}))
    assert fits.session_name == f"mcp-{'s' * 49}-{UNIX}"
    cut = build({"role_arn": ROLE, "sub": "s" * 60})
    assert made(cut).session_name == f"mcp-{'s' * 60}"
    assert made(cut).source_identity == "s" * 60
    assert "the session name is cut from 75 to 64 characters" in cut.notes


def test_an_underscore_becomes_a_dash_as_in_the_server():
    assert made(build({"role_arn": ROLE, "sub": "a_b é"})).session_name == f"mcp-a-b---{UNIX}"


def test_braces_in_a_subject_are_plain_text():
    built = build({"role_arn": ROLE, "sub": "{unix_time}{0}"})
    assert made(built).source_identity == "{unix_time}{0}"


@pytest.mark.parametrize(
    ("setting", "seconds"), [("", 3600), ("7200", 7200), ("60", 900), ("99999", 43200), (" 1800 ", 1800)]
)
def test_the_duration_is_clamped(setting: str, seconds: int):
    built = build(fixture("plain"), settings={"MCP_JWT_SESSION_DURATION": setting})
    assert made(built).duration == seconds
    assert built.problems == ()


def test_a_clamped_duration_is_told():
    built = build(fixture("plain"), settings={"MCP_JWT_SESSION_DURATION": "60"})
    assert built.notes == ("the server asks for 900 seconds where 60 are set",)


def test_a_duration_that_is_no_number_is_a_problem():
    built = build(fixture("plain"), settings={"MCP_JWT_SESSION_DURATION": "1h"})
    assert [message.text for message in built.problems] == [
        "MCP_JWT_SESSION_DURATION is `1h`, which is not a whole number"
    ]


def test_without_a_token_the_subject_is_open_and_what_is_always_sent_is_still_sent():
    built = build(None, role_arn=ROLE)
    assert built.call == Call(ROLE, f"mcp-{HOLE}", HOLE, tags=None, duration=3600)
    assert built.problems == ()
    assert built.read == ()


def test_without_token_and_role_there_is_no_call():
    built = build(None)
    assert built.call is None
    assert len(built.problems) == 1


def test_a_stated_claim_counts_while_the_rest_stays_open():
    built = build({"sub": "alice"}, role_arn=ROLE, complete=False)
    assert made(built).source_identity == "alice"
    assert made(built).session_name == f"mcp-alice-{UNIX}"
    assert made(built).tags is None
    assert built.problems == ()
    assert made(build({"tags": {"a": "1"}}, role_arn=ROLE, complete=False)).tags == {"a": "1"}


def test_a_server_that_never_sends_tags_is_known_to_send_none():
    built = build(None, replace(TEMPLATE, tag_claims=()), role_arn=ROLE)
    assert made(built).tags == {}


def test_a_pattern_that_is_no_character_class_is_refused():
    for pattern in ("(a+)+", "[a-z]+", "[a", "x"):
        with pytest.raises(InputError, match="is not a character class"):
            build(fixture("plain"), replace(TEMPLATE, session_name_replace=pattern))


def test_the_command_repeats_the_call_to_the_letter():
    line = command(made(build(fixture("tagged"))), region="us-east-1")
    assert line == (
        f"aws sts assume-role --role-arn {ROLE} --role-session-name mcp-alice-{UNIX} --source-identity alice "
        "--tags Key=team,Value=genomics Key=cost-center,Value=1234 --transitive-tag-keys team "
        "--duration-seconds 3600 --region us-east-1"
    )


def test_the_command_leaves_a_place_for_what_is_not_known():
    line = command(made(build(None, role_arn=ROLE)), region=None)
    assert shlex.split(line)[3:] == [
        *("--role-arn", ROLE, "--role-session-name", "mcp-<subject>", "--source-identity", "<subject>"),
        *("--duration-seconds", "3600"),
    ]


def test_the_command_is_quoted_against_hostile_claims():
    hostile = "$(reboot) `x` '; rm -rf / #\n\x1b[2J"
    line = command(Call(ROLE, "-x", hostile, {"a,b": hostile}, (hostile,), hostile), region="us-east-1")
    words = shlex.split(line)
    assert "\n" not in line
    assert "\x1b" not in line
    assert "--role-session-name=-x" in words
    shown = "$(reboot) `x` '; rm -rf / #\ufffd[2J"
    assert words[words.index("--source-identity") + 1] == shown
    assert words[words.index("--external-id") + 1] == shown
    assert json.loads(words[words.index("--tags") + 1]) == [{"Key": "a,b", "Value": shown}]


def test_the_command_shows_no_credential():
    token = jwt.encode({"sub": "alice"}, "k" * 32)
    tags = {"api_key": "hunter2", "note": token}
    line = command(Call(ROLE, "s1", "alice", tags), region=None)
    assert "hunter2" not in line
    assert token not in line
    assert json.loads(shlex.split(line)[shlex.split(line).index("--tags") + 1]) == [
        {"Key": "api_key", "Value": "redacted (7 characters)"},
        {"Key": "note", "Value": f"redacted ({len(token)} characters)"},
    ]
