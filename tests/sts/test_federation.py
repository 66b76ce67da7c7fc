"""The calls that assume no role, the sessions that services make, and what all of these bring to the next call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim.model.account import Account, Organization, User
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE, PrincipalKind, Session, principal, role_session
from iamsim.model.server import Call
from iamsim.sts import assume_role, assume_root, federation, workloads
from iamsim.sts.federation import Federation
from iamsim.sts.workloads import Certificate, Pod
from tests.accounts import AT, SERVER, TENANT, A, B, account, allow, deny, policy, role, simulator, trust

WORKER = f"arn:aws:iam::{A}:user/worker"
USER, ROOT, ROLE = principal(WORKER), principal(f"arn:aws:iam::{A}:root"), principal(SERVER)
QUEUE = f"arn:aws:sqs:us-east-1:{A}:orders"


def place(*statements, trusted=None):
    user = User(WORKER, (policy(*statements),) if statements else ())
    roles = [role(TENANT, trust=trusted)] if trusted else []
    return simulator(account(*roles, users={WORKER: user}))


def decision(world, caller, action, resource="*", **more):
    return str(world.decide(world.request(caller, action, resource, **more)))


# ---------------------------------------------------------------- GetFederationToken


def federating(call, *statements, caller=USER):
    world = place(*statements)
    found = federation.federation_permissions(call, caller, world)
    return {permission.action: str(world.explain(permission.request).decision) for permission in found}


def test_federating_is_allowed_by_the_name_of_the_federated_user():
    named = allow("sts:GetFederationToken", on=f"arn:aws:sts::{A}:federated-user/web")
    assert federating(Federation("web"), named) == {"sts:GetFederationToken": "allowed"}
    assert federating(Federation("other"), named) == {"sts:GetFederationToken": "implicitDeny"}


def test_tags_of_a_federated_user_need_the_permission_to_tag_on_a_resource_that_is_not_told():
    call = Federation("web", {"team": "red"})
    plain = allow("sts:GetFederationToken")
    assert federating(call, plain)["sts:TagSession"] == "implicitDeny"
    assert federating(call, plain, allow("sts:TagSession"))["sts:TagSession"] == "allowed"
    narrow = allow("sts:TagSession", on=f"arn:aws:sts::{A}:federated-user/*")
    assert federating(call, plain, narrow)["sts:TagSession"] == "unknown"
    wanted = {"StringEquals": {"aws:RequestTag/team": "blue"}}
    assert federating(call, plain, allow("sts:TagSession", Condition=wanted))["sts:TagSession"] == "implicitDeny"


def test_only_long_term_credentials_can_federate():
    for caller in (ROLE, federation.with_session_token(USER, AT, mfa=True)):
        (message,) = federation.federation_errors(Federation("web"), caller)
        assert message.text == (
            "An error occurred (AccessDenied) when calling the GetFederationToken operation: "
            "Cannot call GetFederationToken with session credentials"
        )
        assert federating(Federation("web"), allow("sts:*"), caller=caller)["sts:GetFederationToken"] == "implicitDeny"
    assert federation.federation_errors(Federation("web"), USER) == ()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (Federation("w"), "Invalid length for parameter Name, value: 1, valid min length: 2"),
        (Federation("w" * 33), "have length less than or equal to 32"),
        (Federation("web user"), r"satisfy regular expression pattern: [\w+=,.@-]*"),
        (Federation("web", duration=899), "valid min value: 900"),
        (Federation("web", duration=129_601), "have value less than or equal to 129600"),
        (Federation("web", {"a": "1", "A": "2"}), "Duplicate tag keys found"),
    ],
)
def test_the_parameters_of_a_federation_call_have_their_bounds(call, words):
    (message,) = federation.federation_errors(call, USER)
    assert words in message.text
    assert "AssumeRole " not in message.text


def test_the_root_user_gets_an_hour_and_no_error():
    assert federation.federation_errors(Federation("web"), ROOT) == ()
    assert federation.lifetime(ROOT, 43_200) == 3600
    assert federation.lifetime(USER, 43_200) == 43_200


def test_a_federated_user_is_a_principal_of_its_own_and_calls_nothing_of_sts_but_get_caller_identity():
    made = federation.federated(Federation("web", {"team": "red"}), USER, AT)
    world = place(allow("*"))
    request = world.request(made, "sqs:SendMessage", QUEUE)
    assert request.context.values["aws:principalarn"] == (f"arn:aws:sts::{A}:federated-user/web",)
    assert request.context.values["aws:principaltag/team"] == ("red",)
    assert made.session.transitive_tag_keys == ()
    for action in ("sts:GetSessionToken", "sts:DecodeAuthorizationMessage", "sts:AssumeRole"):
        assert decision(world, made, action, TENANT if action == "sts:AssumeRole" else "*") == "implicitDeny"
    assert decision(world, made, "sts:GetCallerIdentity") == "allowed"


def test_a_federated_user_without_a_session_policy_may_nothing():
    made = federation.federated(Federation("web"), USER, AT)
    assert decision(place(allow("*")), made, "sqs:SendMessage", QUEUE) == "implicitDeny"


# ---------------------------------------------------------------- GetSessionToken


def test_a_user_with_a_session_token_keeps_its_permissions_and_is_the_same_user():
    made = federation.with_session_token(USER, AT, mfa=False)
    world = place(allow("sqs:SendMessage"), trusted=trust("sts:AssumeRole", to=WORKER))
    assert decision(world, made, "sqs:SendMessage", QUEUE) == "allowed"
    assert decision(world, made, "sts:AssumeRole", TENANT) == "allowed"
    assert decision(world, made, "sts:GetCallerIdentity") == "allowed"


@pytest.mark.parametrize("action", ["sts:GetSessionToken", "sts:GetFederationToken", "sts:DecodeAuthorizationMessage"])
def test_a_user_with_a_session_token_calls_nothing_else_of_sts(action):
    made = federation.with_session_token(USER, AT, mfa=True)
    world = place(allow("sts:*"))
    explanation = world.explain(world.request(made, action, "*"))
    assert str(explanation.decision) == "implicitDeny"
    assert str(explanation.layer) == "service"


@pytest.mark.parametrize(("mfa", "expected"), [(True, "allowed"), (False, "implicitDeny")])
def test_a_session_token_says_whether_there_was_mfa(mfa, expected):
    made = federation.with_session_token(USER, AT, mfa=mfa)
    world = place(allow("sqs:SendMessage", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    assert decision(world, made, "sqs:SendMessage", QUEUE) == expected


@pytest.mark.parametrize(("mfa", "expected"), [(True, "unknown"), (False, "implicitDeny")])
def test_how_long_ago_mfa_was_is_not_told(mfa, expected):
    made = federation.with_session_token(USER, AT, mfa=mfa)
    world = place(allow("sqs:SendMessage", Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}))
    assert decision(world, made, "sqs:SendMessage", QUEUE) == expected


def test_a_session_token_is_for_users_with_long_term_credentials_and_for_a_day_and_a_half():
    assert federation.session_token_errors(USER) == ()
    (text,) = (message.text for message in federation.session_token_errors(ROLE))
    assert "Cannot call GetSessionToken with session credentials" in text
    (text,) = (message.text for message in federation.session_token_errors(USER, 129_601))
    assert "have value less than or equal to 129600" in text


def test_a_long_session_from_a_session_token_is_a_doubt():
    made = federation.with_session_token(USER, AT, mfa=True)
    assert "role chaining" in federation.may_chain(made, 7200)
    assert federation.may_chain(made, 3600) == ""
    assert federation.may_chain(USER, 7200) == ""
    assert federation.may_chain(ROLE, 7200) == ""


def test_get_caller_identity_needs_no_permission():
    world = place(deny("sts:*"))
    assert str(world.decide(federation.caller_identity(USER, world))) == "allowed"


# ---------------------------------------------------------------- AssumeRoot

TASK = assume_root.TASK_POLICIES[3]


def rooting(*statements, caller=WORKER, **more):
    home = Account(A, users={WORKER: User(WORKER, (policy(*statements),))}, seen=frozenset(PolicyType), **more)
    world = simulator(home, account(id=B))
    permission = assume_root.root_permission(B, TASK, principal(caller), world)
    return world.explain(permission.request)


def test_assume_root_is_allowed_by_the_callers_own_policies_alone():
    assert str(rooting(allow("sts:AssumeRoot", on=f"arn:aws:iam::{B}:root"), organization="o-1").decision) == "allowed"
    assert str(rooting(allow("sqs:*"), organization="o-1").layer) == "identity"
    wanted = {"StringEquals": {"sts:TaskPolicyArn": TASK}}
    assert str(rooting(allow("sts:AssumeRoot", Condition=wanted), organization="o-1").decision) == "allowed"
    other = {"StringEquals": {"sts:TaskPolicyArn": assume_root.TASK_POLICIES[0]}}
    assert str(rooting(allow("sts:AssumeRoot", Condition=other), organization="o-1").decision) == "implicitDeny"


def test_a_root_user_cannot_assume_root():
    answer = rooting(allow("*"), caller=ROOT.arn, organization="o-1")
    assert "root user cannot call AssumeRoot" in answer.reason


def root_errors(target=B, task=TASK, duration=900, caller=USER, organization="o-1"):
    loaded = Organization({A: Account(A, organization=organization)})
    return [message.text for message in assume_root.root_errors(target, task, duration, caller, loaded)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"task": "arn:aws:iam::aws:policy/AdministratorAccess"}, "is no task policy of AssumeRoot"),
        ({"duration": 901}, "have value less than or equal to 900"),
        ({"target": f"arn:aws:iam::{B}:user/x"}, "is neither an account nor the ARN of its root user"),
        ({"caller": ROOT}, "root users cannot call AssumeRoot"),
        ({"organization": ""}, "the caller's account is in no organization"),
    ],
)
def test_assume_root_is_for_its_tasks_and_for_a_quarter_of_an_hour(changes, words):
    assert root_errors() == []
    assert root_errors(organization=None) == []
    (text,) = root_errors(**changes)
    assert words in text
    assert "when calling the AssumeRoot operation" in text


def test_a_root_session_is_limited_by_its_task_policy_and_by_scps():
    made = assume_root.root_session(B, policy(allow("sqs:SetQueueAttributes")), "aws", AT)
    queue = QUEUE.replace(A, B)
    world = simulator(account(id=B))
    assert decision(world, made, "sqs:SetQueueAttributes", queue) == "allowed"
    assert decision(world, made, "sqs:SendMessage", queue) == "implicitDeny"
    assert world.request(made, "sqs:SendMessage", queue).context.values["aws:assumedroot"] == ("true",)
    world = simulator(account(id=B, scps=((policy(allow("*"), deny("sqs:*")),),)))
    assert decision(world, made, "sqs:SetQueueAttributes", queue) == "explicitDeny"


# ---------------------------------------------------------------- pods and certificates

CLUSTER = f"arn:aws:eks:us-east-1:{A}:cluster/prod"
POD = Pod(CLUSTER, "tools", "mcp")


def serving(service, *actions, **conditions):
    more = {"Condition": conditions} if conditions else {}
    return policy(allow(*actions, on=None, Principal={"Service": service}, **more), name="trust")


def pods(pod, trusted):
    world = simulator(account(role(TENANT, trust=trusted)))
    found = workloads.pod_permissions(TENANT, pod, world)
    return {permission.action: str(world.explain(permission.request).decision) for permission in found}


def test_a_pod_needs_the_permission_to_tag():
    both = {"sts:AssumeRole": "allowed", "sts:TagSession": "allowed"}
    assert pods(POD, serving(workloads.PODS, *both)) == both
    assert pods(POD, serving(workloads.PODS, "sts:AssumeRole")) == both | {"sts:TagSession": "implicitDeny"}
    assert pods(replace(POD, tagged=False), serving(workloads.PODS, "sts:AssumeRole")) == {"sts:AssumeRole": "allowed"}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("aws:RequestTag/kubernetes-namespace", "tools", "allowed"),
        ("aws:RequestTag/kubernetes-namespace", "other", "implicitDeny"),
        ("aws:RequestTag/eks-cluster-name", "prod", "allowed"),
        ("aws:RequestTag/kubernetes-pod-name", "mcp-0", "unknown"),
        ("aws:SourceArn", CLUSTER, "allowed"),
        ("aws:SourceAccount", B, "implicitDeny"),
    ],
)
def test_a_trust_policy_tells_pods_apart(key, value, expected):
    trusted = serving(workloads.PODS, "sts:AssumeRole", "sts:TagSession", StringEquals={key: value})
    assert pods(POD, trusted)["sts:AssumeRole"] == expected


def test_the_tags_of_a_pod_go_on_to_the_next_role():
    call = workloads.pod_call(SERVER, POD)
    assert set(call.transitive_tag_keys) == set(call.tags)
    assert call.tags["kubernetes-pod-uid"] == HOLE
    here = account(
        role(SERVER, policy(allow("sts:*")), trust=serving(workloads.PODS, "sts:AssumeRole", "sts:TagSession")),
        role(TENANT, trust=trust("sts:AssumeRole", to=SERVER)),
    )
    world = simulator(here)
    session = assume_role.assumed(call, None, AT, principal(workloads.PODS), world.organization)
    found = assume_role.permissions(Call(TENANT, "next"), session, world)
    assert [str(world.explain(permission.request).decision) for permission in found] == ["allowed", "implicitDeny"]
    assert found[1].action == "sts:TagSession"


ANCHOR = f"arn:aws:rolesanywhere:us-east-1:{A}:trust-anchor/0123abcd-0123-0123-0123-0123456789ab"
CERTIFICATE = Certificate(ANCHOR, "0a1b2c", {"x509Subject/CN": ("worker",), "x509Subject/OU": ("a", "b")})
THREE = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")


def certified(trusted, certificate=CERTIFICATE):
    world = simulator(account(role(TENANT, trust=trusted)))
    found = workloads.certificate_permissions(TENANT, certificate, world)
    return {permission.action: str(world.explain(permission.request).decision) for permission in found}


def test_a_certificate_needs_three_permissions():
    assert certified(serving(workloads.ROLES_ANYWHERE, *THREE)) == dict.fromkeys(THREE, "allowed")
    assert certified(serving(workloads.ROLES_ANYWHERE, *THREE[:2]))["sts:TagSession"] == "implicitDeny"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("aws:PrincipalTag/x509Subject/CN", "worker", "allowed"),
        ("aws:PrincipalTag/x509Subject/CN", "other", "implicitDeny"),
        ("aws:PrincipalTag/x509Subject/OU", "a/b", "allowed"),
        ("aws:RequestTag/x509Subject/CN", "worker", "unknown"),
        ("aws:SourceArn", ANCHOR, "allowed"),
        ("sts:SourceIdentity", "CN=worker", "allowed"),
        ("sts:RoleSessionName", "0a1b2c", "allowed"),
    ],
)
def test_a_trust_policy_sees_what_the_certificate_says(key, value, expected):
    trusted = serving(workloads.ROLES_ANYWHERE, *THREE, StringEquals={key: value})
    assert certified(trusted)["sts:AssumeRole"] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", "ID=0a1b2c"), ("n" * 61, "CN=" + "n" * 61), ("n" * 62, "n" * 62), ("n" * 64, "n" * 64), ("n" * 65, HOLE)],
)
def test_the_source_identity_is_the_common_name_as_long_as_it_fits(name, expected):
    named = {"x509Subject/CN": (name,)} if name else {}
    assert replace(CERTIFICATE, attributes=named).source_identity == expected


def test_which_tags_of_a_certificate_are_transitive_is_left_open():
    session = workloads.certificate_session(TENANT, CERTIFICATE)
    assert session.session.tags["x509Subject/CN"] == "worker"
    assert not session.session.known


# ---------------------------------------------------------------- what a chain brings to the next role


@pytest.mark.parametrize(("inherited", "expected"), [("1", "unknown"), ("3", "allowed"), (None, "allowed")])
def test_an_inherited_tag_makes_the_target_roles_own_tag_uncertain_where_they_differ(inherited, expected):
    session = Session("run-1", {"Star": inherited}, ("Star",)) if inherited else Session("run-1")
    trusted = trust(*THREE, to=SERVER, Condition={"StringEquals": {"aws:ResourceTag/Star": "3"}})
    world = simulator(account(role(SERVER, policy(allow("sts:*"))), role(TENANT, trust=trusted, tags={"star": "3"})))
    answer = world.explain(world.request(role_session(SERVER, session), "sts:AssumeRole", TENANT))
    assert str(answer.decision) == expected
    assert answer.missing_context == (("aws:resourcetag/star",) if expected == "unknown" else ())


def test_what_a_federated_user_may_comes_from_its_user():
    made = federation.federated(Federation("web", policies=(policy(allow("*")),)), USER, AT)
    assert made.entity == WORKER
    assert decision(place(allow("sqs:SendMessage")), made, "sqs:SendMessage", QUEUE) != "implicitDeny"


def test_a_federated_user_says_which_user_federated_it():
    made = federation.federated(Federation("web"), USER, AT)
    assert made.kind is PrincipalKind.FEDERATED_USER
    assert made.federating_user == WORKER
