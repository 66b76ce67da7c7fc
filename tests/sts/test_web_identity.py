"""A token in, a session out: what STS refuses it for, what the trust policy is asked, and why it says no."""

from __future__ import annotations

from datetime import timedelta

import pytest

from iamsim.model.principal import HOLE, PrincipalKind
from iamsim.model.server import Call
from iamsim.model.token import Token
from iamsim.sts import providers, refused_tokens, subjects, web_identity, web_tokens
from iamsim.sts.providers import Provider
from tests.accounts import AT, TENANT, A, B, account, allow, organization, policy, role, simulator

NAME = "idp.example.com"
IDP = Provider(f"arn:aws:iam::{A}:oidc-provider/{NAME}", f"https://{NAME}", ("api",))
GITHUB = "token.actions.githubusercontent.com"
ACTIONS = Provider(f"arn:aws:iam::{A}:oidc-provider/{GITHUB}", f"https://{GITHUB}", ("sts.amazonaws.com",))
NOW = int(AT.timestamp())
CLAIMS = {"iss": IDP.issuer, "sub": "worker", "aud": "api", "iat": NOW - 60, "exp": NOW + 600}
CALL = Call(TENANT, "run-1")
WEB, TAG, IDENTIFY = "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"
ANSWER = "An error occurred ({}) when calling the AssumeRoleWithWebIdentity operation: {}"


def trusting(*actions, to=IDP.arn, **conditions):
    more = {"Condition": conditions} if conditions else {}
    return policy(allow(*(actions or (WEB,)), on=None, Principal={"Federated": to}, **more), name="trust")


def world(trusted, *statements):
    policies = [policy(*statements)] if statements else []
    return simulator(account(role(TENANT, *policies, trust=trusted)))


def answers(claims, trusted, *, provider=IDP, call=CALL):
    place = world(trusted)
    found = web_identity.permissions(call, claims, provider, place)
    return {permission.action: place.explain(permission.request) for permission in found}


def decision(claims, trusted, **more):
    return str(answers(claims, trusted, **more)[WEB].decision)


def refusals(claims, *, algorithm="RS256", provider=IDP, call=CALL, most=3600, at=AT, **more):
    token = Token({"alg": algorithm}, claims, verified=True)
    found = web_tokens.errors(call, token, provider, max_session_duration=most, at=at, **more)
    return [message.text for message in found]


def without(name):
    return {claim: value for claim, value in CLAIMS.items() if claim != name}


# ---------------------------------------------------------------- the provider


def test_a_provider_is_found_by_the_very_text_of_the_issuer():
    assert providers.provider(CLAIMS, TENANT, [IDP]) is IDP
    assert providers.provider({**CLAIMS, "iss": f"{IDP.issuer}/"}, TENANT, [IDP]) is None
    assert providers.provider({**CLAIMS, "iss": "https://IDP.example.com"}, TENANT, [IDP]) is None
    assert providers.provider({**CLAIMS, "iss": 7}, TENANT, [IDP]) is None


def test_a_provider_of_an_account_that_was_not_loaded_is_taken_to_be_there_and_doubted():
    found = providers.provider(CLAIMS, TENANT, None)
    assert found == Provider(IDP.arn, IDP.issuer, None)
    doubts = web_tokens.doubts(Token({"alg": "RS256"}, CLAIMS, verified=True), found, None, AT)
    assert any("https://idp.example.com was not loaded" in doubt for doubt in doubts)
    assert any("client ids of the provider were not loaded" in doubt for doubt in doubts)
    assert web_tokens.doubts(Token({"alg": "RS256"}, CLAIMS, verified=True), IDP, [IDP], AT) == ()


def test_an_issuer_without_https_is_no_provider_whatever_was_loaded():
    assert providers.provider({**CLAIMS, "iss": "http://idp.example.com"}, TENANT, None) is None


@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
def test_google_and_cognito_are_in_every_account(issuer):
    assert providers.provider({"iss": issuer}, TENANT, []).arn == "accounts.google.com"
    assert providers.provider({"iss": "https://cognito-identity.amazonaws.com"}, TENANT, []).built_in


def test_a_provider_of_another_account_is_refused():
    foreign = Provider(f"arn:aws:iam::{B}:oidc-provider/{NAME}", IDP.issuer, ("api",))
    answer = answers(CLAIMS, trusting(to=foreign.arn), provider=foreign)[WEB]
    assert str(answer.decision) == "implicitDeny"
    assert "in the role's own account" in answer.reason


# ---------------------------------------------------------------- what STS refuses first


def test_a_sound_token_is_refused_for_nothing():
    assert refusals(CLAIMS) == []


def test_an_issuer_without_a_provider_is_named():
    assert refusals({**CLAIMS, "iss": "https://other.example.com"}, provider=None) == [
        ANSWER.format(
            "InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://other.example.com"
        )
    ]


def test_an_audience_that_the_provider_does_not_know_is_refused():
    assert refusals({**CLAIMS, "aud": "other"}) == [ANSWER.format("InvalidIdentityToken", "Incorrect token audience")]
    assert refusals({**CLAIMS, "aud": ["other", "api"]}) == []
    assert refusals({**CLAIMS, "aud": ["other", "others"]}) != []


def test_azp_is_the_audience_where_there_is_one():
    assert refusals({**CLAIMS, "azp": "client-1"}) == [
        ANSWER.format("InvalidIdentityToken", "Incorrect token audience")
    ]
    assert refusals({**CLAIMS, "aud": "elsewhere", "azp": "api"}) == []


def test_a_token_that_has_expired_has_an_error_of_its_own():
    (text,) = refusals({**CLAIMS, "exp": NOW})
    assert text.startswith("An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity")
    assert refusals({**CLAIMS, "exp": NOW + 1}) == []
    assert refusals({**CLAIMS, "exp": NOW}, at=None) == []


def test_a_moment_that_is_not_known_leaves_the_expiry_open():
    doubts = web_tokens.doubts(Token({"alg": "RS256"}, CLAIMS, verified=True), IDP, [IDP], None)
    assert doubts == ("at which moment the token is used is not known, and so not whether it has expired by then",)


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_from_the_future_is_refused(claim):
    (text,) = refusals({**CLAIMS, claim: NOW + 1})
    assert f"not valid before its claim {claim}" in text


@pytest.mark.parametrize("value", ["tomorrow", True, float("inf"), float("nan"), 10**400, None, [1]])
def test_a_time_that_is_no_number_is_refused_and_breaks_nothing(value):
    (text,) = refusals({**CLAIMS, "exp": value})
    assert "the token's claim exp is no number of seconds" in text


def test_a_day_old_token_is_doubted():
    token = Token({"alg": "RS256"}, {**CLAIMS, "iat": NOW - 90_000}, verified=True)
    assert any("more than 24 hours ago" in doubt for doubt in web_tokens.doubts(token, IDP, [IDP], AT))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256", "EdDSA", None])
def test_an_algorithm_that_sts_does_not_take_is_refused(algorithm):
    (text,) = refusals(CLAIMS, algorithm=algorithm)
    assert "(InvalidIdentityToken)" in text
    assert "AWS STS takes RS256, RS384, RS512, ES256, ES384, ES512" in text


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_a_claim_that_every_token_needs_is_missed(claim):
    assert ANSWER.format("InvalidIdentityToken", f"Missing a required claim: {claim}") in refusals(without(claim))


@pytest.mark.parametrize(("verified", "words"), [(None, "was not verified"), (False, "does not verify with the key")])
def test_a_signature_that_nobody_verified_is_a_doubt_and_no_refusal(verified, words):
    token = Token({"alg": "RS256"}, CLAIMS, verified=verified)
    assert web_tokens.errors(CALL, token, IDP, max_session_duration=3600, at=AT) == ()
    assert any(words in doubt for doubt in web_tokens.doubts(token, IDP, [IDP], AT))


def test_a_token_is_refused_before_the_trust_policy_is_asked():
    claims = {**CLAIMS, "aud": "other"}
    assert decision(claims, trusting("sts:AssumeRole")) == "implicitDeny"
    assert refusals(claims) == [ANSWER.format("InvalidIdentityToken", "Incorrect token audience")]


def test_provider_id_goes_with_the_oauth_providers_alone():
    assert [text for text in refusals(CLAIMS, provider_id=NAME) if "ProviderId" in text]
    amazon = providers.provider({}, TENANT, [], "www.amazon.com")
    assert amazon.arn == "www.amazon.com"
    assert refusals({}, provider=amazon, algorithm=None, provider_id="www.amazon.com") == []


def test_a_session_by_web_identity_is_no_chain():
    assert refusals(CLAIMS, call=Call(TENANT, "run-1", duration=43_200), most=43_200) == []
    assert refusals(CLAIMS, call=Call(TENANT, "run-1", duration=7200)) == [
        ANSWER.format(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    ]


def test_the_session_name_is_held_against_the_rules_of_assume_role():
    (text,) = refusals(CLAIMS, call=Call(TENANT, "john doe"))
    assert text.startswith("An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation")
    assert "roleSessionName" in text


def test_tags_of_a_token_are_held_against_the_rules_of_tags():
    claims = {**CLAIMS, web_tokens.TAGS: {"principal_tags": {"a#b": ["1"]}}}
    (text,) = refusals(claims)
    assert "Value 'a#b' at 'tags.1.member.key'" in text


def test_a_roles_claim_has_to_list_the_role():
    other = f"arn:aws:iam::{A}:role/other"
    (text,) = refusals({**CLAIMS, web_tokens.ROLES: [other]})
    assert "does not list the role" in text
    assert refusals({**CLAIMS, web_tokens.ROLES: [other, TENANT]}) == []
    assert refusals({**CLAIMS, web_tokens.ROLES: TENANT}) == []


def test_a_roles_claim_of_another_form_is_a_doubt():
    claims = {**CLAIMS, web_tokens.ROLES: f"{TENANT};{TENANT}2"}
    assert refusals(claims) == []
    assert any(
        "aws.amazon.com/roles" in doubt for doubt in web_tokens.doubts(Token({}, claims, verified=True), IDP, [IDP], AT)
    )


# ---------------------------------------------------------------- what the trust policy is asked


def test_a_token_is_let_in_by_a_trust_policy_alone():
    assert decision(CLAIMS, trusting(StringEquals={f"{NAME}:aud": "api", f"{NAME}:sub": "worker"})) == "allowed"
    assert decision(CLAIMS, trusting(StringEquals={f"{NAME}:sub": "other"})) == "implicitDeny"
    assert decision(CLAIMS, trusting("sts:AssumeRole")) == "implicitDeny"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (f"{NAME}:groups", "admins", "implicitDeny"),
        (f"https://{NAME}:sub", "worker", "implicitDeny"),
        (f"{NAME}:email", "worker@example.com", "allowed"),
        (f"{NAME}:oaud", "api", "unknown"),
        ("sts:ExternalId", "x", "implicitDeny"),
        ("sts:RoleSessionName", "run-1", "allowed"),
        ("aws:FederatedProvider", IDP.arn, "allowed"),
        ("aws:PrincipalArn", "*", "implicitDeny"),
        ("aws:RequestTag/team", "red", "implicitDeny"),
        ("sts:SourceIdentity", "worker", "implicitDeny"),
        ("aws:SourceVpce", "vpce-1", "unknown"),
    ],
)
def test_conditions_see_the_claims_that_become_keys_and_no_others(key, value, expected):
    claims = {**CLAIMS, "groups": ["admins"], "email": "worker@example.com"}
    assert decision(claims, trusting(StringEquals={key: value})) == expected


def test_amr_is_a_set():
    claims = {**CLAIMS, "amr": ["pwd", "mfa"]}
    assert decision(claims, trusting(**{"ForAnyValue:StringEquals": {f"{NAME}:amr": "mfa"}})) == "allowed"
    assert decision(claims, trusting(**{"ForAnyValue:StringEquals": {f"{NAME}:amr": "otp"}})) == "implicitDeny"


def test_aud_is_azp_where_there_is_one_and_of_several_audiences_none_is_sure():
    wanted = trusting(StringEquals={f"{NAME}:aud": "api"})
    assert decision({**CLAIMS, "azp": "client-1"}, wanted) == "implicitDeny"
    answer = answers({**CLAIMS, "aud": ["api", "web"]}, wanted)[WEB]
    assert str(answer.decision) == "unknown"
    assert answer.missing_context == (f"{NAME}:aud",)


def test_google_shows_the_original_audience_as_oaud():
    google = providers.provider({"iss": "https://accounts.google.com"}, TENANT, [])
    claims = {"iss": "https://accounts.google.com", "aud": "web", "azp": "android", "sub": "7"}
    wanted = {"accounts.google.com:aud": "android", "accounts.google.com:oaud": "web"}
    trusted = trusting(to="accounts.google.com", StringEquals=wanted)
    assert decision(claims, trusted, provider=google) == "allowed"
    del claims["azp"]
    assert decision(claims, trusted, provider=google) == "implicitDeny"


@pytest.mark.parametrize(("amr", "expected"), [("authenticated", "allowed"), ("unauthenticated", "implicitDeny")])
def test_cognito_tells_guests_from_users(amr, expected):
    issuer = "https://cognito-identity.amazonaws.com"
    cognito = providers.provider({"iss": issuer}, TENANT, [])
    claims = {"iss": issuer, "aud": "us-east-1:pool", "sub": "us-east-1:one", "amr": [amr]}
    trusted = trusting(
        to="cognito-identity.amazonaws.com",
        **{
            "StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:pool"},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        },
    )
    assert decision(claims, trusted, provider=cognito) == expected


def test_github_has_keys_of_its_own():
    claims = {"iss": ACTIONS.issuer, "aud": "sts.amazonaws.com", "sub": "repo:acme/api:ref:refs/heads/main"}
    claims |= {"repository": "acme/api", "run_id": "7"}
    for key, expected in (("repository", "allowed"), ("run_id", "implicitDeny")):
        wanted = trusting(to=ACTIONS.arn, StringEquals={f"{GITHUB}:{key}": claims[key]})
        assert decision(claims, wanted, provider=ACTIONS) == expected


def test_a_claim_in_another_case_does_not_stand_in_for_the_one_that_aws_lists():
    claims = {"iss": ACTIONS.issuer, "aud": "sts.amazonaws.com", "sub": "x", "Repository": "acme/api"}
    wanted = trusting(to=ACTIONS.arn, StringEquals={f"{GITHUB}:repository": "acme/api"})
    assert decision(claims, wanted, provider=ACTIONS) == "implicitDeny"


def test_an_irsa_token_is_told_by_its_service_account():
    name = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
    cluster = Provider(f"arn:aws:iam::{A}:oidc-provider/{name}", f"https://{name}", ("sts.amazonaws.com",))
    claims = {"iss": cluster.issuer, "aud": ["sts.amazonaws.com"], "sub": "system:serviceaccount:tools:mcp"}
    wanted = {f"{name}:aud": "sts.amazonaws.com", f"{name}:sub": "system:serviceaccount:tools:mcp"}
    assert decision(claims, trusting(to=cluster.arn, StringEquals=wanted), provider=cluster) == "allowed"
    claims["sub"] = "system:serviceaccount:other:mcp"
    assert decision(claims, trusting(to=cluster.arn, StringEquals=wanted), provider=cluster) == "implicitDeny"


@pytest.mark.parametrize(
    "tags",
    [
        {web_tokens.TAGS: {"principal_tags": {"tenant": ["t1"]}, "transitive_tag_keys": ["tenant"]}},
        {f"{web_tokens.TAGS}/principal_tags/tenant": "t1", f"{web_tokens.TAGS}/transitive_tag_keys": ["tenant"]},
    ],
)
def test_tags_of_a_token_nested_or_flat_need_the_permission_to_tag(tags):
    claims = {**CLAIMS, **tags}
    plain = answers(claims, trusting())
    assert {action: str(answer.decision) for action, answer in plain.items()} == {WEB: "allowed", TAG: "implicitDeny"}
    wanted = trusting(WEB, TAG, StringEquals={"aws:RequestTag/tenant": "t1", "sts:TransitiveTagKeys": "tenant"})
    assert {str(answer.decision) for answer in answers(claims, wanted).values()} == {"allowed"}


def test_a_source_identity_of_a_token_needs_its_permission():
    claims = {**CLAIMS, web_tokens.SOURCE_IDENTITY: "worker"}
    assert str(answers(claims, trusting())[IDENTIFY].decision) == "implicitDeny"
    wanted = trusting(WEB, IDENTIFY, StringEquals={"sts:SourceIdentity": "worker"})
    assert str(answers(claims, wanted)[IDENTIFY].decision) == "allowed"


def test_tags_of_a_form_that_aws_does_not_have_leave_it_open_whether_there_are_any():
    claims = {**CLAIMS, web_tokens.TAGS: {"principal_tags": {"tenant": ["t1", "t2"]}}}
    found = web_identity.permissions(CALL, claims, IDP, world(trusting()))
    assert [(permission.action, permission.needed) for permission in found] == [(WEB, True), (TAG, None)]
    assert not web_identity.assumed(CALL, claims, IDP, None, AT).session.known


@pytest.mark.parametrize("value", [7, {"a": 1}, [1], None])
def test_a_subject_that_is_no_text_leaves_its_key_open(value):
    claims = {**CLAIMS, "sub": value}
    expected = "implicitDeny" if isinstance(value, dict) else "unknown"
    assert decision(claims, trusting(StringEquals={f"{NAME}:sub": "worker"})) == expected


def test_the_roles_claim_becomes_a_key():
    wanted = trusting(Bool={"sts:RoleAuthorizedByIdp": "true"})
    assert decision({**CLAIMS, web_tokens.ROLES: [TENANT]}, wanted) == "allowed"
    assert decision(CLAIMS, wanted) == "unknown"


# ---------------------------------------------------------------- the session


def test_the_session_carries_its_tags_and_the_claims_that_stay():
    claims = {**CLAIMS, "email": "worker@example.com", web_tokens.SOURCE_IDENTITY: "worker"}
    claims[web_tokens.TAGS] = {"principal_tags": {"tenant": ["t1"]}, "transitive_tag_keys": ["tenant"]}
    session = web_identity.assumed(CALL, claims, IDP, None, AT)
    assert session.kind is PrincipalKind.ROLE_SESSION
    assert session.session.tags == {"tenant": "t1"}
    assert session.session.transitive_tag_keys == ("tenant",)
    assert session.session.source_identity == "worker"
    for condition, expected in (
        ({f"{NAME}:sub": "worker", f"{NAME}:aud": "api"}, "allowed"),
        ({"aws:FederatedProvider": IDP.arn, "aws:PrincipalTag/tenant": "t1"}, "allowed"),
        ({f"{NAME}:email": "worker@example.com"}, "implicitDeny"),
        ({f"{NAME}:groups": "admins"}, "implicitDeny"),
    ):
        place = world(trusting(), allow("sqs:SendMessage", Condition={"StringEquals": condition}))
        request = place.request(session, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{A}:orders")
        assert str(place.decide(request)) == expected, condition


def test_whether_the_keys_of_single_providers_stay_with_the_session_is_left_open():
    claims = {"iss": ACTIONS.issuer, "aud": "sts.amazonaws.com", "sub": "repo:acme/api:pull_request", "actor": "worker"}
    session = web_identity.assumed(CALL, claims, ACTIONS, None, AT)
    condition = {"StringEquals": {f"{GITHUB}:actor": "worker"}}
    place = world(trusting(), allow("sqs:SendMessage", Condition=condition))
    answer = place.explain(place.request(session, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{A}:orders"))
    assert str(answer.decision) == "unknown"
    assert answer.missing_context == (f"{GITHUB}:actor",)


# ---------------------------------------------------------------- why not


def why(claims, trusted, provider=IDP):
    (answer,) = (found for action, found in answers(claims, trusted, provider=provider).items() if action == WEB)
    return refused_tokens.why(answer, claims, provider)


def test_a_refusal_names_the_claim_the_value_given_and_the_value_wanted():
    (statement,) = why(CLAIMS, trusting(StringEquals={f"{NAME}:aud": "api", f"{NAME}:sub": "other"}))
    assert statement.label == "statement 1"
    assert statement.matched is False
    assert [claim.words for claim in statement.claims] == [
        "aud is `api`; StringEquals wants `api`",
        "sub is `worker`; StringEquals wants `other`",
    ]
    assert [(claim.key, claim.given, claim.wanted, claim.met) for claim in statement.claims][1] == (
        f"{NAME}:sub",
        ("worker",),
        ("other",),
        False,
    )


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "words"),
    [
        ("StringEquals", f"{NAME}:groups", "admins", "AWS STS ignores the token's claim `groups`"),
        ("StringEquals", f"{NAME}:tenant", "t1", "the token has no claim `tenant`"),
        ("StringEquals", f"https://{NAME}:sub", "worker", "without https://"),
        ("StringEquals", "other.example.com:sub", "worker", "a key of another provider"),
        ("StringEquals", "sts:ExternalId", "x", "has no external id"),
        ("StringEquals", f"{NAME}:sub", "work*", "StringLike has wildcards"),
        ("StringEquals", f"{NAME}:sub", "Worker", "only the case of letters differs"),
        ("StringEquals", f"{NAME}:aud", "web", "the token has azp"),
    ],
)
def test_a_refusal_says_what_is_wrong_where_it_is_more_than_another_value(operator, key, wanted, words):
    claims = {**CLAIMS, "groups": ["admins"], "azp": "api"}
    ((claim,),) = (statement.claims for statement in why(claims, trusting(**{operator: {key: wanted}})))
    assert words in claim.hint
    assert claim.met is False
    assert claim.absent == (key not in (f"{NAME}:sub", f"{NAME}:aud"))


def test_an_immutable_subject_is_told_from_the_older_form():
    claims = {"iss": ACTIONS.issuer, "aud": "sts.amazonaws.com", "sub": "repo:acme@1/api@2:ref:refs/heads/main"}
    for pattern in ("repo:acme/api:ref:refs/heads/main", "repo:acme/api:*"):
        ((claim,),) = (
            statement.claims
            for statement in why(claims, trusting(to=ACTIONS.arn, StringLike={f"{GITHUB}:sub": pattern}), ACTIONS)
        )
        assert "carries the ids of owner and repository, the policy's value is without them" in claim.words


def test_a_statement_for_the_provider_comes_before_one_for_others():
    trusted = policy(
        allow("sts:AssumeRole", on=None, Principal={"AWS": A}, Sid="Account"),
        allow(
            WEB, on=None, Principal={"Federated": IDP.arn}, Sid="Web", Condition={"StringEquals": {f"{NAME}:sub": "x"}}
        ),
        name="trust",
    )
    found = why(CLAIMS, trusted)
    assert [statement.label for statement in found] == ["Web", "Account"]
    assert found[0].elements == ()
    assert len(found[1].elements) == 2


def test_a_secret_in_a_claim_is_not_shown():
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl"
    ((claim,),) = (s.claims for s in why({**CLAIMS, "sub": token}, trusting(StringEquals={f"{NAME}:sub": "worker"})))
    assert token not in claim.words


def test_a_value_that_is_not_told_is_said_to_be_so():
    ((claim,),) = (s.claims for s in why({**CLAIMS, "sub": HOLE}, trusting(StringEquals={f"{NAME}:sub": "worker"})))
    assert claim.given is None
    assert claim.words.startswith("sub is not known")


# ---------------------------------------------------------------- shared providers


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (GITHUB, f"{GITHUB}:sub"),
        (f"{GITHUB}/acme", f"{GITHUB}/acme:sub"),
        ("gitlab.com", "gitlab.com:sub"),
        ("app.terraform.io", "app.terraform.io:sub"),
        ("cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com:aud"),
        ("accounts.google.com", "accounts.google.com:aud"),
        ("www.amazon.com", "www.amazon.com:app_id"),
        ("oidc.vercel.com", "oidc.vercel.com:aud"),
    ],
)
def test_a_shared_provider_has_a_claim_that_tells_its_tenants_apart(name, key):
    assert providers.tenancy(name).key == key
    assert providers.tenancy(NAME) is None


@pytest.mark.parametrize(
    ("operator", "value", "asks"),
    [
        ("StringEquals", "repo:acme/api:ref:refs/heads/main", True),
        ("StringLike", "repo:acme/*", True),
        ("StringLike", "*", False),
        ("StringLikeIfExists", "repo:acme/*", False),
        ("StringNotLike", "repo:evil/*", False),
        ("ForAllValues:StringLike", "repo:acme/*", False),
        ("ForAnyValue:StringLike", "repo:acme/*", True),
        ("Null", "false", False),
    ],
)
def test_a_trust_policy_has_to_ask_for_the_tenant_by_a_positive_test(operator, value, asks):
    trusted = trusting(to=ACTIONS.arn, **{operator: {f"{GITHUB}:sub": value}})
    found = list(providers.uncontrolled(trusted.statements[0]))
    assert (found == []) is asks
    assert all(control.key == f"{GITHUB}:sub" for _, control in found)


def test_only_statements_that_let_a_shared_provider_in_have_to_ask():
    assert list(providers.uncontrolled(trusting().statements[0])) == []
    assert list(providers.uncontrolled(trusting("sts:TagSession", to=ACTIONS.arn).statements[0])) == []
    assert [
        arn for arn, _ in providers.uncontrolled(trusting("sts:AssumeRoleWith*", to=ACTIONS.arn).statements[0])
    ] == [ACTIONS.arn]


# ---------------------------------------------------------------- subjects


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("repo:acme/*", "any repository of GitHub organization `acme`, any run of it, those of pull requests too"),
        ("repo:acme/api:*", "repository `api` of GitHub organization `acme`, any run of it, those of pull requests too"),
        ("repo:acme/api:ref:refs/heads/main", "repository `api` of GitHub organization `acme`, runs on `main`"),
        ("repo:acme@1/api@2:environment:prod", "repository `api` of GitHub organization `acme`, jobs in the environment `prod`"),
        ("repo:acme/api:pull_request", "repository `api` of GitHub organization `acme`, runs of pull requests"),
        ("repo:acme*", "any repository of any GitHub organization whose name begins with `acme`, any run of it, those of pull requests too"),
        ("repository_owner:acme", ""),
    ],
)  # fmt: skip
def test_a_pattern_of_github_subjects_is_told_in_words(pattern, words):
    assert subjects.meaning(GITHUB, pattern) == words


def test_a_pattern_of_service_accounts_is_told_in_words():
    name = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
    assert subjects.meaning(name, "system:serviceaccount:*:mcp") == "service account `mcp` of any namespace"
    assert subjects.meaning(NAME, "system:serviceaccount:*:mcp") == ""


def test_the_kind_of_run_that_is_wanted_is_told():
    assert subjects.nearly("repo:acme/api:pull_request", "repo:acme/api:ref:refs/heads/main") == (
        "the run is of another kind: runs of pull requests, where runs on `main` is wanted"
    )
    assert subjects.nearly("repo:acme/web:pull_request", "repo:acme/api:ref:refs/heads/main") == ""


def test_an_organization_with_the_role_takes_the_session_for_its_own():
    place = organization(account(role(TENANT, tags={"env": "prod"}, unique_id="AROAEXAMPLETENANTROL")))
    session = web_identity.assumed(CALL, CLAIMS, IDP, place.role(TENANT), AT + timedelta(hours=1))
    assert session.unique_id == "AROAEXAMPLETENANTROL"
    assert session.tags == {"env": "prod"}
