"""One change each, and what a reader is told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim.diff.model import Presence, Standing, Trend
from iamsim.errors import InputError
from iamsim.model.account import Group, KeyGrant, Resource, User
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from tests.accounts import A, B, allow, deny, policy, trust
from tests.diff.made import APP, DATA, READ, SEEN, account, bucket, compared, organization, role, told

HOME = f"arn:aws:iam::{A}:root"


def rows(found):
    """Each row in short: way, actions, resource."""
    return [(row.trend, row.actions, row.resource.name) for row in found.rows]


def test_the_same_in_other_words_is_no_difference():
    before = organization(role(allow("s3:Get*", "s3:List*"), deny("s3:GetBucketAcl"), name="app"))
    split = role(deny("s3:getbucketacl"), allow("s3:List*"), name="app")
    split = replace(split, policies=(*split.policies, policy(allow("s3:Get*", Sid="Again"), allow("s3:GetObject"))))
    found = compared(before, organization(split))
    assert told(found) == ["no difference"]
    assert found.empty
    assert found.exit_code == 0


def test_a_pattern_split_into_all_that_it_stands_for_is_no_difference():
    from iamsim.catalog import actions  # noqa: PLC0415 - beside its only use

    whole = organization(role(allow("sqs:*")))
    assert told(compared(whole, organization(role(allow(*actions.expand("sqs:*")))))) == ["no difference"]


def test_values_of_a_condition_told_apart_in_two_statements_are_no_difference():
    one = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}}
    two = [{"IpAddress": {"aws:SourceIp": each}} for each in ("198.51.100.0/24", "203.0.113.0/24")]
    before = organization(role(allow("s3:GetObject", Condition=one)))
    after = organization(role(*(allow("s3:GetObject", Condition=each) for each in two)))
    assert told(compared(before, after)) == ["no difference"]


def test_a_removed_allow_is_a_loss_by_the_statement_that_went():
    before = organization(role(READ, allow("sqs:SendMessage")))
    assert told(compared(before, organization(role(READ)))) == [
        "1 principal loses",
        "what principals may do",
        f"role app ({APP})",
        "- loses on *",
        "Write: sqs:SendMessage",
        "= no identity-based policy allows it",
        "--> before: Allow in identity policy app-policy, statement 2 (app-policy.json:1:125)",
    ]


def test_an_added_deny_is_a_loss_by_the_statement_that_came():
    found = compared(organization(role(allow("s3:*"))), organization(role(allow("s3:*"), deny("s3:Delete*"))))
    lines = told(found)
    assert lines[:4] == ["1 principal loses", "what principals may do", f"role app ({APP})", "- loses on *"]
    assert lines[4] == "Permissions management: s3:Delete* (7 actions)"
    assert lines[5].startswith("Write: s3:Delete")
    assert "= explicit deny in the identity-based policy" in lines
    assert any(
        line.startswith("--> after: Deny in identity policy app-policy, statement 2 (app-policy.json:1:")
        for line in lines
    )
    assert {name.partition(":")[2][:6] for row in found.rows for name in row.actions} == {"Delete"}


def test_a_loss_counts_every_action_that_the_pattern_stands_for_and_no_other():
    found = compared(organization(role(allow("sqs:*"))), organization(role(deny("sqs:*Message"), allow("sqs:*"))))
    (row,) = found.rows
    # sqs:SendMessageBatch and its like are no actions: one permission covers both calls.
    assert set(row.actions) == {"sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"}
    assert (row.before, row.after) == (Standing.ALLOWED, Standing.DENIED)


def test_a_deny_on_what_was_denied_anyway_is_no_difference():
    assert told(compared(organization(role(READ)), organization(role(READ, deny("ec2:*"))))) == ["no difference"]


def test_a_condition_put_on_leaves_the_permission_on_terms():
    near = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    after = organization(role(allow("s3:GetObject", on=f"{DATA}/*", Condition=near)))
    assert told(compared(organization(role(READ)), after)) == [
        "1 principal may lose",
        "what principals may do",
        f"role app ({APP})",
        f"- may lose on {DATA}/*",
        "Read: s3:GetObject",
        "= after: allowed if aws:SourceIp is in `203.0.113.0/24`",
        "= depends on aws:sourceip",
        "--> before: Allow in identity policy app-policy, statement 1 (app-policy.json:1:41)",
    ]


def test_a_tightened_condition_is_other_terms_with_both():
    def reading(block):
        return organization(
            role(allow("s3:GetObject", on=f"{DATA}/*", Condition={"IpAddress": {"aws:SourceIp": block}}))
        )

    found = compared(reading("203.0.113.0/24"), reading("203.0.113.128/25"))
    assert told(found)[:8] == [
        "1 principal otherwise changed",
        "what principals may do",
        f"role app ({APP})",
        f"~ has on other terms on {DATA}/*",
        "Read: s3:GetObject",
        "= before: allowed if aws:SourceIp is in `203.0.113.0/24`",
        "= after: allowed if aws:SourceIp is in `203.0.113.128/25`",
        "= depends on aws:sourceip",
    ]
    assert found.exit_code == 0


def test_a_condition_that_is_met_for_sure_is_no_difference():
    there = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    found = compared(
        organization(role(allow("sqs:SendMessage"))), organization(role(allow("sqs:SendMessage", Condition=there)))
    )
    assert told(found) == ["no difference"]


def test_an_scp_that_is_added_takes_from_every_role_what_it_denies():
    full = policy(allow("*"))
    roles = (
        role(allow("s3:*", "ec2:*"), name="one"),
        role(allow("ec2:RunInstances"), name="two"),
        role(READ, name="three"),
    )
    before = account(*roles, scps=((full,),))
    after = account(*roles, scps=((full,), (full, policy(deny("ec2:RunInstances", Sid="NoServers"), name="limit"))))
    found = compared(organization(before), organization(after))
    assert {each.arn.rpartition("/")[2] for each in found.principals} == {"one", "two"}
    assert {row.actions for row in found.rows} == {("ec2:RunInstances",)}
    assert "role one (arn:aws:iam::111122223333:role/one), role two (arn:aws:iam::111122223333:role/two)" in told(found)
    assert "--> after: Deny in scp policy limit, NoServers (limit.json:1:41)" in told(found)


def test_an_scp_level_that_allows_little_takes_all_else():
    roles = (role(allow("sqs:*", "sns:Publish")),)
    before = account(*roles, scps=((policy(allow("*")),),))
    after = account(*roles, scps=((policy(allow("*")),), (policy(allow("sqs:*")),)))
    found = compared(organization(before), organization(after))
    assert rows(found) == [(Trend.LOSES, ("sns:Publish",), "*")]
    assert "= no service control policy allows it" in told(found)


def test_a_boundary_that_is_put_on_limits_what_was_allowed():
    limit = policy(allow("s3:GetObject"), name="limit")
    before = role(allow("s3:GetObject", "s3:PutObject", on=f"{DATA}/*"))
    after = replace(before, boundary=limit, boundary_arn=f"arn:aws:iam::{A}:policy/limit")
    found = compared(organization(before), organization(after))
    assert rows(found) == [(Trend.LOSES, ("s3:PutObject",), f"{DATA}/*")]
    assert "= no permissions boundary allows it" in told(found)


def test_a_boundary_that_could_not_be_read_makes_what_was_allowed_unsure():
    before = role(READ)
    after = replace(before, boundary_arn=f"arn:aws:iam::{A}:policy/limit")
    found = compared(organization(before), organization(after))
    assert [(row.trend, row.before, row.after) for row in found.rows] == [
        (Trend.TOLD_LESS, Standing.ALLOWED, Standing.SEEN)
    ]
    assert f"? is no longer known for sure to have on {DATA}/*" in told(found)
    assert "= not seen: boundary policies" in told(found)


def test_a_managed_policy_with_another_text_is_told_once_for_both_roles_that_have_it():
    def with_text(*statements):
        managed = replace(policy(*statements, name="shared"), name="shared", arn=f"arn:aws:iam::{A}:policy/shared")
        return organization(
            *(role(name=name, policies=(managed,)) for name in ("one", "two")), role(READ, name="three")
        )

    found = compared(with_text(READ), with_text(READ, allow("s3:PutObject", on=f"{DATA}/*")))
    assert told(found) == [
        "2 principals gain",
        "what principals may do",
        f"role one (arn:aws:iam::{A}:role/one), role two (arn:aws:iam::{A}:role/two)",
        f"+ gains on {DATA}/*",
        "Write: s3:PutObject",
        "--> after: Allow in identity policy shared, statement 2 (shared.json:1:125)",
    ]


def test_a_user_gains_what_a_group_of_its_is_given():
    group = f"arn:aws:iam::{A}:group/readers"
    ann = User(f"arn:aws:iam::{A}:user/ann", groups=(group,))
    halves = [account(ann, groups={group: Group(group, policies)}) for policies in ((), (policy(READ),))]
    found = compared(*map(organization, halves))
    assert rows(found) == [(Trend.GAINS, ("s3:GetObject",), f"{DATA}/*")]
    assert f"user ann ({ann.arn})" in told(found)


def test_a_role_that_is_gone_is_said_to_be_and_not_listed_action_by_action():
    found = compared(organization(role(READ), role(READ, name="old")), organization(role(READ)))
    (change,) = found.principals
    assert (change.presence, change.rows) == (Presence.GONE, ())
    assert told(found)[2:] == [f"- role old (arn:aws:iam::{A}:role/old)   (is gone, with all that it could do)"]


def test_a_role_that_is_new_gains_all_that_it_may():
    found = compared(organization(role(READ)), organization(role(READ), role(READ, name="new")))
    assert told(found)[:6] == [
        "1 principal gains, 1 way to assume a role changed",
        "what principals may do",
        f"+ role new (arn:aws:iam::{A}:role/new)   (is new)",
        f"+ gains on {DATA}/*",
        "Read: s3:GetObject",
        "--> after: Allow in identity policy new-policy, statement 1 (new-policy.json:1:41)",
    ]


def test_a_trust_that_is_widened_to_another_account_lets_that_account_in():
    wider = replace(role(), trust=trust("sts:AssumeRole", to=[HOME, f"arn:aws:iam::{B}:root"]))
    found = compared(organization(role()), organization(wider))
    assert told(found) == [
        "1 way to assume a role changed",
        "who can assume whom",
        f"+ any other principal of account {B}: {APP}   (another account)",
        "= denied -> conditional (an identity policy of that account allows it, and no boundary or SCP is against it)",
    ]


def test_a_trust_that_asks_for_an_external_id_is_other_terms():
    asking = trust("sts:AssumeRole", to=HOME, Condition={"StringEquals": {"sts:ExternalId": "prod-7"}})
    found = compared(organization(role()), organization(replace(role(), trust=asking)))
    (change,) = found.assumes
    assert change.trend is Trend.OTHER_TERMS
    assert "sts:ExternalId is `prod-7`" in " ".join(change.now)


def test_a_role_that_may_assume_another_now_is_told_among_the_assumptions():
    caller = role(name="caller")
    before = organization(role(to=HOME), caller)
    after = organization(role(to=HOME), role(allow("sts:AssumeRole", on=APP), name="caller"))
    found = compared(before, after)
    assert [(each.who, each.role, each.before, each.after) for each in found.assumes] == [
        ("role caller", APP, "denied", "allowed")
    ]
    assert not found.principals
    assert told(found) == [
        "1 way to assume a role changed",
        "who can assume whom",
        f"+ role caller (arn:aws:iam::{A}:role/caller): {APP}",
        "= denied -> allowed",
    ]


def test_a_bucket_policy_that_is_widened_lets_another_account_in_as_far_as_its_own_policies_do():
    own = bucket(allow("s3:GetObject", on=f"{DATA}/*", Principal={"AWS": APP}))
    wider = bucket(allow("s3:GetObject", on=f"{DATA}/*", Principal={"AWS": [APP, f"arn:aws:iam::{B}:root"]}))
    found = compared(organization(account(role(), resources=(own,))), organization(account(role(), resources=(wider,))))
    assert told(found)[:6] == [
        "1 principal may gain",
        "what principals may do",
        f"any principal of account {B}",
        f"+ may gain on {DATA}/*",
        "Read: s3:GetObject",
        "= not seen: boundary, identity, scp policies",
    ]


def test_a_bucket_policy_that_names_a_loaded_role_of_another_account_counts_with_the_role_s_own_policy():
    reader = role(READ, name="reader", account=B)
    halves = [
        organization(
            account(role(), resources=(bucket(*given, tags={}, settings={"restrict_public_buckets": "true"}),)),
            account(reader, role(name="idle", account=B), id=B),
        )
        for given in (
            [],
            [allow("s3:GetObject", "s3:PutObject", on=f"{DATA}/*", Principal={"AWS": f"arn:aws:iam::{B}:root"})],
        )
    ]
    found = compared(*halves)
    assert [(each.arn, row.trend, row.actions) for each in found.principals for row in each.rows] == [
        (reader.arn, Trend.GAINS, ("s3:GetObject",))
    ]
    (row,) = found.rows
    assert [(cause.side, cause.type) for cause in row.causes] == [("after", "resource")]


def test_what_a_service_refuses_whatever_policies_say_is_no_gain():
    reader = role(allow("s3:*"), name="reader", account=B)
    given = allow("s3:*", on=[DATA, f"{DATA}/*"], Principal={"AWS": f"arn:aws:iam::{B}:root"})
    halves = [
        organization(
            account(resources=(bucket(*each, tags={}, settings={"restrict_public_buckets": "true"}),)),
            account(reader, id=B),
        )
        for each in ([], [given])
    ]
    gained = {action for row in compared(*halves).rows for action in row.actions}
    assert {"s3:GetObject", "s3:ListBucket", "s3:PutBucketTagging"} <= gained
    # S3 lets nobody of another account work with a bucket policy (S3-018).
    assert gained.isdisjoint({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})


def test_the_one_action_that_an_arn_may_allow_without_a_resource_is_told_by_itself():
    found = compared(organization(role()), organization(role(allow("s3:*", on="arn:aws:s3:::*"))))
    assert [(row.trend, row.actions) for row in found.rows if row.resource.name == "*"] == [
        (Trend.MAY_GAIN, ("s3:ListAllMyBuckets",))
    ]


def test_a_bucket_opened_to_everybody_is_told_of_anybody():
    door = bucket(
        allow("s3:GetObject", on=f"{DATA}/*", Principal="*"), settings={"restrict_public_buckets": "false"}, tags={}
    )
    shut = bucket(settings={"restrict_public_buckets": "false"}, tags={})
    found = compared(organization(account(resources=(shut,))), organization(account(resources=(door,))))
    assert {each.who: [row.trend for row in each.rows] for each in found.principals} == {
        "anybody, without signing the request": [Trend.GAINS],
        "any principal of another account": [Trend.MAY_GAIN],
    }


def test_a_bucket_policy_alone_gives_a_role_of_its_account_what_it_names():
    door = bucket(allow("s3:GetObject", "s3:PutObject", on=f"{DATA}/*", Principal={"AWS": APP}), tags={})
    less = bucket(allow("s3:GetObject", on=f"{DATA}/*", Principal={"AWS": APP}), tags={})
    found = compared(organization(account(role(), resources=(less,))), organization(account(role(), resources=(door,))))
    assert rows(found) == [(Trend.GAINS, ("s3:PutObject",), f"{DATA}/*")]
    assert f"role app ({APP})" in told(found)


def test_what_a_role_s_own_policies_write_is_asked_of_a_bucket_that_is_described_otherwise():
    secret = role(allow("s3:GetObject", on=f"{DATA}/secret/*"))
    shut = bucket(deny("s3:*", on=f"{DATA}/secret/*", Principal="*"), tags={})
    halves = [organization(account(secret, resources=(each,))) for each in (bucket(tags={}), shut)]
    assert rows(compared(*halves)) == [(Trend.LOSES, ("s3:GetObject",), f"{DATA}/secret/*")]


def test_whoever_a_bucket_policy_names_by_a_canonical_id_or_as_a_service_is_told_of():
    named = {
        "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
        "Service": "logging.s3.amazonaws.com",
    }
    halves = [
        organization(account(resources=(bucket(*given, tags={}, settings={"restrict_public_buckets": "false"}),)))
        for given in ([], [allow("s3:PutObject", on=f"{DATA}/*", Principal=named)])
    ]
    found = compared(*halves)
    assert {each.who: [row.trend for row in each.rows] for each in found.principals} == {
        f"the canonical user {named['CanonicalUser']}": [Trend.MAY_GAIN],
        "the service logging.s3.amazonaws.com": [Trend.GAINS],
    }


def test_a_grant_of_a_key_lets_its_grantee_use_it():
    key = f"arn:aws:kms:us-east-1:{A}:key/one"
    own = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{A}:role/admin"}))
    settings = {"key_manager": "CUSTOMER"}
    bare = Resource(key, own, {}, settings, grants=())
    granted = replace(bare, grants=(KeyGrant("g", APP, ("Decrypt",)),))
    found = compared(
        organization(account(role(), resources=(bare,))), organization(account(role(), resources=(granted,)))
    )
    assert (Trend.GAINS, ("kms:Decrypt",), key) in rows(found)
    assert "--> after: Allow in resource policy policy, grant g" in told(found)


def test_grants_that_are_not_listed_any_more_leave_open_what_they_could_give():
    key = f"arn:aws:kms:us-east-1:{A}:key/one"
    own = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{A}:role/admin"}))
    listed = Resource(key, own, {}, {"key_manager": "CUSTOMER"}, grants=())
    halves = [organization(account(role(), resources=(replace(listed, grants=each),))) for each in ((), None)]
    app = next(each for each in compared(*halves).principals if each.arn == APP)
    assert {(row.trend, row.depends) for row in app.rows} == {(Trend.MAY_GAIN, ("the grants of the key",))}
    assert "kms:Decrypt" in {action for row in app.rows for action in row.actions}


def test_a_statement_about_something_else_is_no_cause():
    own = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{A}:role/admin"}))
    key = Resource(f"arn:aws:kms:us-east-1:{A}:key/one", own, {}, {"key_manager": "CUSTOMER"}, grants=())
    reader = role(READ, allow("kms:Decrypt", on=key.arn))
    shut, unseen = (organization(account(reader, resources=some)) for some in ((key,), ()))
    change = next(each for each in compared(shut, unseen).principals if each.arn == APP)
    assert {row.trend for row in change.rows} == {Trend.MAY_GAIN}
    named = {cause.statement for row in change.rows if "kms:Decrypt" not in row.actions for cause in row.causes}
    assert named <= {"statement 2"}


def test_tags_of_a_role_change_what_it_may_where_a_policy_asks_for_them():
    team = allow("s3:GetObject", on=f"{DATA}/*", Condition={"StringEquals": {"aws:PrincipalTag/team": "data"}})
    plain = replace(role(team, allow("sqs:*")), trust=trust("sts:AssumeRole", to=HOME))
    found = compared(organization(replace(plain, tags={})), organization(replace(plain, tags={"team": "data"})))
    assert rows(found) == [(Trend.GAINS, ("s3:GetObject",), f"{DATA}/*")]


def test_a_trust_that_lets_sessions_carry_tags_opens_what_asks_for_a_tag():
    team = allow("s3:GetObject", on=f"{DATA}/*", Condition={"StringEquals": {"aws:PrincipalTag/team": "data"}})
    plain, tagged = (trust(*actions, to=HOME) for actions in (["sts:AssumeRole"], ["sts:AssumeRole", "sts:TagSession"]))
    found = compared(*(organization(replace(role(team), trust=each)) for each in (plain, tagged)))
    assert rows(found) == [(Trend.MAY_GAIN, ("s3:GetObject",), f"{DATA}/*")]


def test_a_condition_that_holds_beside_one_that_is_open_is_no_other_terms():
    near = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    there = near | {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    found = compared(
        organization(role(allow("sqs:SendMessage", Condition=near))),
        organization(role(allow("sqs:SendMessage", Condition=there))),
    )
    assert told(found) == ["no difference"]


def test_a_resource_with_a_piece_that_is_not_told_leaves_the_gain_open_and_is_shown():
    holed = policy(allow("sqs:SendMessage", on=f"arn:aws:sqs:us-east-1:{A}:jobs"))
    (statement,) = holed.statements
    element = replace(statement.resource, values=(f"arn:aws:sqs:{HOLE}:{A}:jobs",))
    holed = replace(holed, statements=(replace(statement, resource=element),))
    queue = Resource(f"arn:aws:sqs:us-east-1:{A}:jobs", tags={})
    halves = [organization(account(each, resources=(queue,))) for each in (role(), replace(role(), policies=(holed,)))]
    lines = told(compared(*halves))
    assert f"+ may gain on arn:aws:sqs:us-east-1:{A}:jobs" in lines
    assert f"= after: allowed if its Resource `arn:aws:sqs:<unknown>:{A}:jobs` matches" in lines


def test_a_condition_is_asked_of_each_service_by_the_keys_that_it_sends():
    tagging = {"StringEquals": {"aws:RequestTag/team": "data"}}
    found = compared(organization(role()), organization(role(allow("dynamodb:*", "ecr:*", Condition=tagging))))
    actions = {action for row in found.rows for action in row.actions}
    assert {"dynamodb:CreateTable", "ecr:CreateRepository"} <= actions
    assert "dynamodb:GetItem" not in actions
    assert all(row.trend is Trend.MAY_GAIN for row in found.rows)


def test_services_that_answer_from_one_region_are_asked_there():
    # Requests go to us-east-1, those of these two services to us-west-2 whatever is stated (KEY-024).
    there = {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
    found = compared(organization(role()), organization(role(allow("*", Condition=there))))
    assert {action.partition(":")[0] for row in found.rows for action in row.actions} == {"chatbot", "devicefarm"}


def test_an_owner_is_told_by_some_actions_of_a_service_and_not_by_others():
    own = {"StringEquals": {"aws:ResourceAccount": A}}
    found = compared(
        organization(role()), organization(role(allow("ec2:CopyImage", "ec2:RunInstances", Condition=own)))
    )
    assert {(row.trend, row.actions) for row in found.rows} == {
        (Trend.GAINS, ("ec2:RunInstances",)),
        (Trend.MAY_GAIN, ("ec2:CopyImage",)),
    }


def test_an_action_that_aws_does_not_list_is_asked_where_a_policy_writes_it_out():
    found = compared(organization(role()), organization(role(allow("s3:BrandNew"))))
    assert "not listed by AWS: s3:brandnew" in told(found)


def test_what_was_not_seen_is_said_and_leaves_gains_unsure():
    seen = SEEN - {PolicyType.SCP}
    halves = [organization(account(role(*given), seen=seen)) for given in ([], [READ])]
    found = compared(*halves)
    assert [(row.trend, row.unseen) for row in found.rows] == [(Trend.MAY_GAIN, ("scp",))]
    assert any("not all scp policies were seen" in note for note in found.notes)
    stated = compared(*halves, none_of=frozenset({PolicyType.SCP}))
    assert [row.trend for row in stated.rows] == [Trend.GAINS]


def test_an_allow_on_terms_beside_one_without_is_no_difference_where_something_was_not_seen():
    near = allow("s3:GetObject", on=f"{DATA}/*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    seen = SEEN - {PolicyType.SCP}
    halves = [organization(account(role(*given), seen=seen)) for given in ([READ], [READ, near])]
    assert told(compared(*halves)) == ["no difference"]


def test_terms_that_ask_for_more_beside_those_that_ask_for_less_are_no_difference():
    near = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    more = near | {"Bool": {"aws:SecureTransport": "true"}}
    one, both = ([allow("sqs:SendMessage", Condition=each) for each in some] for some in ([near], [near, more]))
    assert told(compared(organization(role(*one)), organization(role(*both)))) == ["no difference"]


def test_an_account_that_one_side_alone_describes_is_not_compared_and_does_not_pass():
    found = compared(organization(role(READ)), organization(account(role(READ)), account(role(READ, account=B), id=B)))
    assert told(found) == [
        "no difference",
        "not compared",
        f"account {B} is described after only: what its principals could do on the other side is not told",
    ]
    assert found.exit_code == 4


def test_only_the_named_principals_are_asked():
    after = organization(role(READ, allow("sqs:*")), role(READ, allow("sns:*"), name="other"))
    found = compared(organization(role(READ), role(READ, name="other")), after, only=frozenset({APP}))
    assert [each.arn for each in found.principals] == [APP]
    assert found.domain.startswith("1 of the loaded roles and users, 1 of them with policies")
    with pytest.raises(InputError, match="is loaded on neither side"):
        compared(after, after, only=frozenset({f"arn:aws:iam::{A}:role/nobody"}))


def test_what_was_asked_is_said():
    found = compared(organization(role(READ)), organization(role(READ, allow("s3:PutObject", on=f"{DATA}/*"))))
    assert "each of the 22," in found.domain
    assert (
        "an example of each pattern in the principal's own policies (what it leaves open is called `iamsim-unnamed`)"
        in found.domain
    )
    assert found.rows[0].resource.asked == f"{DATA}/iamsim-unnamed"
    assert found.notes == ("calls go to us-east-1 (--region): what is so elsewhere is not asked",)
