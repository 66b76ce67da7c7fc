"""Who can assume a role, decided by the engine: every kind of edge, with the reason that a user reads."""

from __future__ import annotations

import pytest

from iamsim.graph.model import State
from iamsim.graph.trusted import trust as trusted
from iamsim.model.verdict import Layer
from tests.accounts import A, B, allow, deny, policy, simulator
from tests.graph.made import GITHUB, ROOT, account, answer, arn, by, edges, may_assume, role, state, statement, user

OTHER_ROOT = f"arn:aws:iam::{B}:root"


def test_a_role_that_the_trust_policy_names_needs_no_identity_policy():
    found = answer(simulator(account(role("a"), role("b", trust=by(AWS=arn("a"))))), arn("a"), arn("b"))
    assert found.state is State.ALLOWED
    assert found.why == "the resource-based policy allows it, and nothing denies it"


def test_trust_in_the_account_lets_in_those_whose_identity_policies_allow_it_and_no_others():
    asked = simulator(
        account(role("a", may_assume("b")), role("c"), user("u", may_assume("b")), role("b", trust=by(AWS=ROOT)))
    )
    assert {key: e.state for key, e in edges(asked).items() if key[1] == "b"} == {
        ("a", "b"): State.ALLOWED,
        ("u", "b"): State.ALLOWED,
        (ROOT, "b"): State.CONDITIONAL,
    }
    assert trusted(asked, asked.organization.role(arn("b"))).without == 2


def test_a_class_is_let_in_on_its_own_policies_and_says_so():
    found = answer(simulator(account(role("b", trust=by(AWS=OTHER_ROOT)))), OTHER_ROOT, arn("b"))
    assert found.state is State.CONDITIONAL
    assert found.requires == ("an identity policy of that account allows it, and no boundary or SCP is against it",)


@pytest.mark.parametrize(
    ("own", "trusts", "layer", "why"),
    [
        (
            (),
            by(AWS=arn("a", B)),
            Layer.IDENTITY,
            "two accounts, so both must allow: no identity-based policy allows it",
        ),
        (
            (may_assume(),),
            by(AWS=arn("other", B)),
            None,
            "",
        ),
    ],
)
def test_across_accounts_both_sides_have_to_allow(own, trusts, layer, why):
    asked = simulator(account(role("a", *own, id=B), role("other", id=B), id=B), account(role("b", trust=trusts)))
    assert state(asked, "a", "b") is State.DENIED
    if layer is not None:
        found = answer(asked, arn("a", B), arn("b"))
        assert (found.layers, found.why) == ((layer,), why)


def test_an_edge_across_accounts_is_marked():
    asked = simulator(account(role("a", may_assume(), id=B), id=B), account(role("b", trust=by(AWS=arn("a", B)))))
    assert edges(asked)["a", "b"].cross_account
    assert not edges(asked)["ec2.amazonaws.com", "a"].cross_account


def test_a_deny_in_an_scp_stands_in_the_way_of_one_that_is_named():
    scp = policy(allow("*"), deny("sts:AssumeRole", on=arn("b")), name="no-b")
    asked = simulator(account(role("a"), role("b", trust=by(AWS=arn("a"))), scps=((scp,),)))
    found = answer(asked, arn("a"), arn("b"))
    assert (found.state, found.layers) == (State.DENIED, (Layer.SCP,))
    assert found.why == "explicit deny in the service control policy"
    assert ("a", "b") not in edges(asked)


def test_a_boundary_stands_in_the_way_of_one_by_account():
    limit = policy(allow("s3:*"), name="limit")
    asked = simulator(
        account(role("a", may_assume("b"), boundary=limit, boundary_arn="x"), role("b", trust=by(AWS=ROOT)))
    )
    found = answer(asked, arn("a"), arn("b"))
    assert (found.state, found.layers) == (State.DENIED, (Layer.BOUNDARY,))
    assert found.why == "no permissions boundary allows it"


def test_policies_that_were_not_seen_leave_an_edge_unknown():
    found = edges(simulator(account(role("a"), role("b", trust=by(AWS=arn("a"))), seen=())))["a", "b"]
    assert found.state is State.UNKNOWN
    assert "service control policy" in found.answer.depends


def test_a_principal_whose_policies_were_not_all_read_is_a_candidate():
    asked = simulator(account(role("a", unread=("secret",)), role("b", trust=by(AWS=ROOT))))
    assert edges(asked)["a", "b"].state is State.UNKNOWN
    assert edges(asked)["a", "b"].answer.depends == ("identity-based policy",)


def test_a_named_role_that_is_not_loaded_is_listed_and_unknown():
    asked = simulator(account(role("b", trust=by(AWS=arn("gone", B)))))
    found = edges(asked)[arn("gone", B).partition(":role/")[2], "b"]
    assert found.state is State.UNKNOWN
    assert "identity-based policy" in found.answer.depends


# ---------------------------------------------------------------- what the call carries


def test_an_external_id_is_a_requirement():
    when = {"StringEquals": {"sts:ExternalId": "prod-7"}}
    found = edges(simulator(account(role("a"), role("b", trust=by(AWS=arn("a"), when=when)))))["a", "b"]
    assert found.state is State.CONDITIONAL
    assert found.answer.requires == ("sts:ExternalId is `prod-7`",)
    assert found.answer.sends["sts:externalid"] == ("prod-7",)


def test_an_external_id_that_the_caller_s_own_policy_asks_for_otherwise_is_never_right():
    own = policy(allow("sts:AssumeRole", Condition={"StringEquals": {"sts:ExternalId": "other"}}))
    when = {"StringEquals": {"sts:ExternalId": "prod-7"}}
    asked = simulator(account(role("a", own, id=B), id=B), account(role("b", trust=by(AWS=arn("a", B), when=when))))
    # Each side can be met, both cannot: no call is found that is let through, and none is claimed.
    assert edges(asked)["a", "b"].state is State.UNKNOWN


@pytest.mark.parametrize("beside", [(), ("sts:SetSourceIdentity",)])
def test_a_source_identity_that_is_asked_for_needs_its_own_permission(beside):
    when = {"StringLike": {"sts:SourceIdentity": "*"}}
    own = policy(allow("sts:AssumeRole", *beside))
    asked = simulator(account(role("a", own), role("b", trust=by("sts:AssumeRole", *beside, AWS=ROOT, when=when))))
    found = answer(asked, arn("a"), arn("b"))
    if beside:
        assert found.state is State.CONDITIONAL
        assert found.requires == ("sts:SourceIdentity is like `*`",)
    else:
        assert found.state is State.DENIED
        assert found.why.startswith("sts:SetSourceIdentity: ")
        assert set(found.layers) == {Layer.RESOURCE, Layer.IDENTITY}


def test_tags_that_are_asked_for_need_tag_session():
    when = {"StringEquals": {"aws:RequestTag/team": "data"}}
    roles = [
        role("a"),
        *(
            role(n, trust=by("sts:AssumeRole", *more, AWS=arn("a"), when=when))
            for n, more in (("b", ()), ("c", ("sts:TagSession",)))
        ),
    ]
    asked = simulator(account(*roles))
    assert state(asked, "a", "b") is State.DENIED
    found = edges(asked)["a", "c"]
    assert (found.state, found.answer.requires) == (State.CONDITIONAL, ("aws:RequestTag/team is `data`",))


def test_mfa_is_a_requirement_of_a_user_also_by_a_deny():
    allow_ = statement(AWS=ROOT)
    without = deny(
        "sts:AssumeRole",
        on=None,
        Principal={"AWS": "*"},
        Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    )
    asked = simulator(account(user("u", may_assume()), role("b", trust=policy(allow_, without, name="trust"))))
    found = edges(asked)["u", "b"]
    assert found.state is State.CONDITIONAL
    assert found.answer.requires == ("aws:MultiFactorAuthPresent is `true`",)


def test_mfa_is_nothing_that_a_role_session_could_choose_to_bring():
    when = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    found = edges(simulator(account(role("a"), role("b", trust=by(AWS=arn("a"), when=when)))))["a", "b"]
    assert found.state is State.UNKNOWN
    assert found.answer.requires == ("aws:MultiFactorAuthPresent is `true`",)


def test_the_session_name_may_have_to_be_the_user_s():
    when = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
    found = edges(simulator(account(user("alice", may_assume()), role("b", trust=by(AWS=ROOT, when=when)))))[
        "alice", "b"
    ]
    assert found.state is State.CONDITIONAL
    assert found.answer.sends["sts:rolesessionname"] == ("alice",)


def test_two_statements_are_two_ways_to_be_let_in():
    found = policy(
        statement(AWS=arn("a"), when={"StringEquals": {"sts:ExternalId": "one"}}),
        statement(AWS=arn("a"), when={"StringEquals": {"sts:ExternalId": "two"}}),
        name="trust",
    )
    told = answer(simulator(account(role("a"), role("b", trust=found))), arn("a"), arn("b"))
    assert told.requires == ("sts:ExternalId is `one`",)
    assert told.alternatives == (("sts:ExternalId is `two`",),)


def test_a_tag_of_the_caller_that_is_not_told_leaves_it_open_in_words():
    when = {"StringEquals": {"aws:PrincipalTag/team": "data"}}
    tagged = by("sts:AssumeRole", "sts:TagSession", AWS=ROOT)
    asked = simulator(account(role("a", trust=tagged), role("b", trust=by(AWS=arn("a"), when=when))))
    found = edges(asked)["a", "b"]
    assert found.state is State.UNKNOWN
    assert found.answer.requires == ("aws:PrincipalTag/team is `data`",)
    assert found.answer.depends == ("aws:principaltag/team",)


def test_a_tag_that_the_caller_has_or_has_not_decides():
    when = {"StringEquals": {"aws:PrincipalTag/team": "data"}}
    asked = simulator(
        account(role("a", tags={"team": "data"}), role("c"), role("b", trust=by(AWS=[arn("a"), arn("c")], when=when)))
    )
    assert state(asked, "a", "b") is State.ALLOWED
    assert state(asked, "c", "b") is State.DENIED


# ---------------------------------------------------------------- those that are no principals of an account


def test_a_service_is_let_in_by_name_and_called_by_its_own():
    asked = simulator(account(role("b", trust=by(Service="ecs-tasks.amazonaws.com"))))
    (found,) = trusted(asked, asked.organization.role(arn("b"))).trusted
    assert (found.node.words, found.edge.state) == ("Amazon ECS tasks (ecs-tasks.amazonaws.com)", State.ALLOWED)


def test_a_service_may_have_to_say_on_whose_behalf_it_calls():
    when = {"StringEquals": {"aws:SourceAccount": A}}
    found = edges(simulator(account(role("b", trust=by(Service="ecs-tasks.amazonaws.com", when=when)))))
    told = found["ecs-tasks.amazonaws.com", "b"].answer
    assert (told.state, told.requires) == (State.CONDITIONAL, (f"aws:SourceAccount is `{A}`",))


PODS = "pods.eks.amazonaws.com"


def test_pod_identity_needs_tag_session_in_the_trust_policy():
    both = ("sts:AssumeRole", "sts:TagSession")
    namespace = {"StringEquals": {"aws:RequestTag/kubernetes-namespace": "mcp"}}
    trusts = {
        "without": by(Service=PODS),
        "with": by(*both, Service=PODS),
        "one": by(*both, Service=PODS, when=namespace),
    }
    asked = simulator(account(*(role(name, trust=found) for name, found in trusts.items())))
    refused = answer(asked, PODS, arn("without"))
    assert (refused.state, refused.layers) == (State.DENIED, (Layer.RESOURCE,))
    assert refused.why.startswith("sts:TagSession: ")
    assert state(asked, PODS, "without") is State.DENIED
    assert state(asked, PODS, "with") is State.ALLOWED
    found = edges(asked)[PODS, "one"]
    assert (found.state, found.answer.requires) == (
        State.CONDITIONAL,
        ("aws:RequestTag/kubernetes-namespace is `mcp`",),
    )


def test_a_token_that_has_to_bring_tags_needs_tag_session_too():
    provider = f"arn:aws:iam::{A}:oidc-provider/{GITHUB}"
    when = {"StringEquals": {"aws:RequestTag/team": "data"}}
    web = "sts:AssumeRoleWithWebIdentity"
    roles = [
        role(n, trust=by(web, *more, Federated=provider, when=when))
        for n, more in (("a", ()), ("b", ("sts:TagSession",)))
    ]
    asked = simulator(account(*roles))
    assert edges(asked)[provider, "a"].state is State.UNKNOWN
    assert edges(asked)[provider, "b"].state is State.CONDITIONAL


@pytest.mark.parametrize(
    ("operator", "subject", "state_", "who"),
    [
        (
            "StringLike",
            "repo:acme/*",
            State.CONDITIONAL,
            "any GitHub repository of the organization acme (repo:acme/*)",
        ),
        (
            "StringEquals",
            "repo:acme/app:ref:refs/heads/main",
            State.CONDITIONAL,
            "the GitHub repository acme/app on refs/heads/main (repo:acme/app:ref:refs/heads/main)",
        ),
        (
            "StringEquals",
            "repo:acme/*",
            State.UNKNOWN,
            "no GitHub run: its subject would have to be `repo:acme/*` to the letter",
        ),
    ],
)
def test_github_is_let_in_by_the_subject_of_its_token(operator, subject, state_, who):
    provider = f"arn:aws:iam::{A}:oidc-provider/{GITHUB}"
    when = {operator: {f"{GITHUB}:sub": subject}}
    asked = simulator(account(role("b", trust=by("sts:AssumeRoleWithWebIdentity", Federated=provider, when=when))))
    (found,) = trusted(asked, asked.organization.role(arn("b"))).trusted
    assert (found.edge.state, found.edge.answer.who) == (state_, who)


def test_a_provider_that_is_trusted_for_another_call_is_named_and_cannot():
    provider = f"arn:aws:iam::{A}:oidc-provider/{GITHUB}"
    found = answer(simulator(account(role("b", trust=by(Federated=provider)))), provider, arn("b"))
    assert found.state is State.DENIED
    assert found.layers == (Layer.RESOURCE,)


def test_a_provider_of_another_account_is_named_and_cannot():
    provider = f"arn:aws:iam::{B}:oidc-provider/{GITHUB}"
    found = answer(
        simulator(account(role("b", trust=by("sts:AssumeRoleWithWebIdentity", Federated=provider)))), provider, arn("b")
    )
    assert (found.state, found.why) == (State.DENIED, "an identity provider has to be in the role's own account")


def test_trust_in_everyone_lets_in_the_own_account_by_name_and_all_others_by_class():
    asked = simulator(
        account(role("a"), role("b", trust=by(AWS="*"))),
        account(role("c", may_assume("b"), id=B), role("d", id=B), id=B),
    )
    found = edges(asked)
    assert found["a", "b"].state is State.ALLOWED
    assert found["c", "b"].state is State.ALLOWED
    assert ("d", "b") not in found
    assert found["*", "b"].state is State.CONDITIONAL
    own = found[ROOT, "b"]
    assert own.answer.requires == ("no policy of the caller's own, no boundary and no SCP denies it",)


def test_a_session_is_let_in_by_its_name_alone():
    session = f"arn:aws:sts::{A}:assumed-role/a/deploy"
    found = edges(simulator(account(role("a"), role("b", trust=by(AWS=session)))))["a", "b"]
    assert found.state is State.CONDITIONAL
    assert found.answer.requires == ("its session named deploy",)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (f"arn:aws:iam::{A}:group/g", "this names nobody who could ask"),
        (arn("*"), "a wildcard in a principal's ARN stands for itself, and no principal has one in its name"),
        ("ec2.amazonaws.com", "what stands under AWS is an account or an ARN"),
    ],
)
def test_what_names_nobody_is_told_with_the_reason(value, why):
    found = answer(simulator(account(role("b", trust=by(AWS=value)))), value, arn("b"))
    assert (found.state, found.why) == (State.DENIED, why)


def test_the_id_of_a_deleted_principal_lets_in_nobody_that_is_loaded():
    asked = simulator(
        account(
            role("a", may_assume(), unique_id="AROAAAAAAAAAAAAAAAAAA"), role("b", trust=by(AWS="AROABBBBBBBBBBBBBBBBB"))
        )
    )
    assert {key for key in edges(asked) if key[1] == "b"} == {("AROABBBBBBBBBBBBBBBBB", "b")}


def test_the_id_of_a_loaded_role_is_that_role():
    asked = simulator(
        account(role("a", unique_id="AROAAAAAAAAAAAAAAAAAA"), role("b", trust=by(AWS="AROAAAAAAAAAAAAAAAAAA")))
    )
    assert state(asked, "a", "b") is State.ALLOWED


def test_a_role_that_trusts_itself_can_assume_itself_and_its_account_s_trust_leaves_it_open():
    asked = simulator(account(role("a", trust=by(AWS=arn("a"))), role("b", may_assume("b"), trust=by(AWS=ROOT))))
    assert state(asked, "a", "a") is State.ALLOWED
    assert state(asked, "b", "b") is State.UNKNOWN


def test_a_chain_of_three_is_told_from_its_beginning():
    roles = [
        role("one", trust=by(Service="ecs-tasks.amazonaws.com")),
        role("two", trust=by(AWS=arn("one"))),
        role("three", trust=by(AWS=arn("two"))),
    ]
    asked = simulator(account(*roles))
    chains = {path.nodes for path in trusted(asked, asked.organization.role(arn("three"))).chains}
    assert chains == {
        (arn("one"), arn("two"), arn("three")),
        ("ecs-tasks.amazonaws.com", arn("one"), arn("two"), arn("three")),
    }


def test_what_was_stated_counts():
    when = {"StringEquals": {"sts:ExternalId": "prod-7"}}
    asked = simulator(
        account(role("a"), role("b", trust=by(AWS=arn("a"), when=when))), stated={"sts:externalid": ("prod-7",)}
    )
    assert state(asked, "a", "b") is State.ALLOWED


HOSTILE = (
    "",
    "arn::root",
    "arn:a b:iam::1:x:root",
    "arn:aws:iam::1:root",
    "${aws:username}",
    "A" * 5000,
    "arn:aws:sts::1:assumed-role//",
    "::/::",
    "*x",
)


@pytest.mark.parametrize("kind", ["AWS", "Service", "Federated", "CanonicalUser"])
def test_whatever_a_principal_says_the_answer_is_no_error(kind):
    roles = [role(f"r{n}", trust=by(**{kind: value})) for n, value in enumerate(HOSTILE)]
    asked = simulator(account(role("a", may_assume()), *roles))
    assert not any(
        e.state is State.ALLOWED for key, e in edges(asked).items() if key[1].startswith("r") and kind == "AWS"
    )
    for each in roles:
        trusted(asked, each)


def test_a_variable_repeated_without_end_is_no_error():
    when = {"StringLike": {"sts:RoleSessionName": "${aws:username}" * 2000}}
    asked = simulator(account(user("alice", may_assume()), role("b", trust=by(AWS=ROOT, when=when))))
    assert edges(asked)["alice", "b"].state is State.UNKNOWN
