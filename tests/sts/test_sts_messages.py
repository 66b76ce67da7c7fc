"""What AWS answers with is read and written by one grammar."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Effect, Element, PolicyType, Statement
from iamsim.model.principal import HOLE, Principal, principal
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision, Explanation, Layer, StatementVerdict
from iamsim.sts.messages import (
    ROLE_TRUST,
    STATUS,
    Denial,
    Kind,
    denial,
    hints,
    others,
    parsed,
    shown,
    written,
)

ALICE = "arn:aws:iam::111122223333:user/alice"
SESSION = "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/task"
ROLE = "arn:aws:iam::111122223333:role/QuiltTenantRole"
FOREIGN = "arn:aws:iam::444455556666:role/QuiltTenantRole"
SCP_ARN = "arn:aws:organizations::444455556666:policy/o-exampleorg/service_control_policy/p-abc"


def said(rest: str, action: str = "s3:GetObject") -> str:
    return f"User: {ALICE} is not authorized to perform: {action}{rest}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # ERR-001
        (
            said(' on resource: "arn:aws:s3:::b/x" because no identity-based policy allows the s3:GetObject action'),
            Denial(ALICE, "s3:GetObject", "arn:aws:s3:::b/x", Kind.IMPLICIT, PolicyType.IDENTITY),
        ),
        (
            said(" with an explicit deny in a resource-based policy"),
            Denial(ALICE, "s3:GetObject", None, Kind.EXPLICIT, PolicyType.RESOURCE),
        ),
        # ERR-002
        (
            said(" because no service control policy allows the s3:GetObject action"),
            Denial(ALICE, "s3:GetObject", None, Kind.IMPLICIT, PolicyType.SCP),
        ),
        (
            said(f" on resource: {ROLE} with an explicit deny in the role trust policy", "sts:AssumeRole"),
            Denial(ALICE, "sts:AssumeRole", ROLE, Kind.EXPLICIT, ROLE_TRUST),
        ),
        # ERR-003
        (said(f" on resource: {ROLE}", "sts:AssumeRole"), Denial(ALICE, "sts:AssumeRole", ROLE)),
        # ERR-006
        (
            said(f" with an explicit deny in a service control policy: {SCP_ARN}"),
            Denial(ALICE, "s3:GetObject", None, Kind.EXPLICIT, PolicyType.SCP, SCP_ARN),
        ),
        # ERR-009
        (
            said(" because no role trust policy allows the sts:AssumeRole action", "sts:AssumeRole"),
            Denial(ALICE, "sts:AssumeRole", None, Kind.IMPLICIT, ROLE_TRUST),
        ),
        # ERR-012
        (
            said(
                " because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
                "s3:PutBucketPolicy",
            ),
            Denial(ALICE, "s3:PutBucketPolicy", None, Kind.EXPLICIT, None, setting="BlockPublicPolicy"),
        ),
        # ERR-014
        (
            said(" with an explicit deny in a VPC endpoint policy transitively through a service control policy"),
            Denial(ALICE, "s3:GetObject", None, Kind.EXPLICIT, PolicyType.VPC_ENDPOINT, through_scp=True),
        ),
        # ERR-018
        (
            said(" because no permissions boundary allows the s3:GetObject action"),
            Denial(ALICE, "s3:GetObject", None, Kind.IMPLICIT, PolicyType.BOUNDARY),
        ),
        (
            said(" because no session policy allows the s3:GetObject action"),
            Denial(ALICE, "s3:GetObject", None, Kind.IMPLICIT, PolicyType.SESSION),
        ),
        # An example of AWS's page has the plural.
        (
            said(" with an explicit deny in a sessions policy"),
            Denial(ALICE, "s3:GetObject", None, Kind.EXPLICIT, PolicyType.SESSION),
        ),
        # ERR-023
        (
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            Denial(None, "sts:AssumeRoleWithWebIdentity"),
        ),
        # ERR-029
        (said("", "s3:CopyObject"), Denial(ALICE, "s3:CopyObject")),
        (said(" with an explicit deny"), Denial(ALICE, "s3:GetObject", None, Kind.EXPLICIT)),
        (said(" with an explicit deny in a brand new policy"), Denial(ALICE, "s3:GetObject", None, Kind.EXPLICIT)),
    ],
)
def test_the_texts_of_aws_are_read(text: str, expected: Denial):
    assert parsed(text) == expected
    assert parsed(text + ".") == expected
    assert parsed(shown(text, operation="GetObject")) == expected


@pytest.mark.parametrize(
    "caller",
    [
        "arn:aws:sts::111122223333:federated-user/x",
        "arn:aws:iam::111122223333:root",
        "Anonymous",
        SESSION,
    ],
)
def test_every_kind_of_caller_is_read(caller: str):
    found = parsed(f"User: {caller} is not authorized to perform: s3:GetObject")
    assert found == Denial(caller, "s3:GetObject")


def test_what_follows_the_sentence_is_passed_over():
    text = said(" because no identity-based policy allows the s3:GetObject action")
    expected = Denial(ALICE, "s3:GetObject", None, Kind.IMPLICIT, PolicyType.IDENTITY)
    troubleshooter = "https://console.aws.amazon.com/iam/home#/access-troubleshooter"
    assert parsed(f"{text}. Go to {troubleshooter} and give authorization id: 1b4e28ba-2fa1") == expected
    encoded = said(" with an explicit deny in a service control policy", "ec2:RunInstances")
    assert parsed(
        f"You are not authorized to perform this operation. {encoded}. Encoded authorization failure message: XQ_jqde5"
    ) == Denial(ALICE, "ec2:RunInstances", None, Kind.EXPLICIT, PolicyType.SCP)


def test_a_line_break_after_the_colon_as_on_aws_page_is_read():
    text = f"User: {ALICE} is not authorized to perform:\nsts:AssumeRole with an explicit deny in the role trust policy"
    assert parsed(text) == Denial(ALICE, "sts:AssumeRole", None, Kind.EXPLICIT, ROLE_TRUST)


def test_an_object_key_may_hold_the_words_of_a_reason():
    key = 'arn:aws:s3:::b/a " because no x with an explicit deny in a y'
    text = said(f' on resource: "{key}" because no identity-based policy allows the s3:GetObject action')
    assert parsed(text) == Denial(ALICE, "s3:GetObject", key, Kind.IMPLICIT, PolicyType.IDENTITY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Access Denied",
        "Unable to locate credentials",
        "An error occurred (ThrottlingException) when calling the AssumeRole operation: Rate exceeded",
        "is not authorized to perform: s3:GetObject",
        f"User: {ALICE} is not authorized to perform: s3:GetObject after all",
        "User: " * 100_000,
    ],
)
def test_what_is_no_denial_is_not_read_as_one(text: str):
    assert parsed(text) is None


NAMES = st.text("abcXYZ019-_/=,.@", min_size=1, max_size=12).map(lambda name: name.strip(".") or "x")
ARNS = st.builds("arn:aws:{}::111122223333:{}".format, st.sampled_from(["iam", "sts", "kms"]), NAMES)
KEYS = st.text('ab"./ ', max_size=8).map("arn:aws:s3:::bucket/{}".format)
TYPES = st.sampled_from([*PolicyType, ROLE_TRUST])


@st.composite
def denials(draw: st.DrawFn) -> Denial:
    if draw(st.integers(0, 9)) == 0:
        return Denial(None, "sts:AssumeRoleWithWebIdentity")
    action = draw(st.sampled_from(["s3:GetObject", "sts:AssumeRole", "execute-api:Invoke", "s3:*"]))
    resource = draw(st.none() | (KEYS if action.startswith("s3:") else ARNS))
    base = Denial(draw(ARNS), action, resource)
    match draw(st.integers(0, 5)):
        case 0:
            return base
        case 1:
            return replace(base, kind=Kind.EXPLICIT)
        case 2:
            return replace(base, kind=Kind.IMPLICIT, type=draw(TYPES))
        case 3:
            return replace(base, kind=Kind.EXPLICIT, type=draw(TYPES), policy_arn=draw(st.none() | ARNS))
        case 4:
            return replace(base, kind=Kind.EXPLICIT, type=PolicyType.VPC_ENDPOINT, through_scp=True)
        case _:
            return replace(
                base, kind=Kind.EXPLICIT, setting=draw(st.sampled_from(["BlockPublicAcls", "BlockPublicPolicy"]))
            )


@given(denials())
def test_what_is_written_is_read_back(denial: Denial):
    assert parsed(written(denial)) == denial
    assert parsed(shown(written(denial))) == denial


def test_the_article_follows_the_type():
    assert written(Denial("a", "s3:GetObject", None, Kind.EXPLICIT, PolicyType.IDENTITY)).endswith(
        "in an identity-based policy"
    )
    assert written(Denial("a", "s3:GetObject", None, Kind.EXPLICIT, PolicyType.BOUNDARY)).endswith(
        "in a permissions boundary"
    )
    assert written(Denial("a", "s3:GetObject", None, Kind.EXPLICIT, ROLE_TRUST)).endswith("in the role trust policy")


def test_words_with_two_meanings_say_so():
    assert "older services" in hints(Denial("a", "s3:GetObject", None, Kind.EXPLICIT, PolicyType.SCP))[0]
    assert any(
        "IgnorePublicAcls" in hint
        for hint in hints(Denial("a", "s3:GetObject", None, Kind.IMPLICIT, PolicyType.RESOURCE))
    )
    assert hints(Denial("a", "sts:AssumeRole", ROLE)) != ()
    assert hints(Denial("a", "s3:GetObject", None, Kind.IMPLICIT, PolicyType.IDENTITY)) == ()


def test_the_errors_of_sts_have_their_status():
    # ERR-020
    assert STATUS["AccessDenied"] == STATUS["IDPRejectedClaim"] == STATUS["RegionDisabledException"] == 403
    assert STATUS["ValidationError"] == STATUS["PackedPolicyTooLarge"] == STATUS["InvalidIdentityToken"] == 400


def explained(
    layer: Layer | None,
    *,
    decision: Decision = Decision.IMPLICIT_DENY,
    possible: tuple[Decision, ...] | None = None,
    failing: tuple[Layer, ...] = (),
    caller: Principal | None = None,
    resource: str = ROLE,
    context: Context | None = None,
    policy: str = "",
) -> Explanation:
    account = resource.split(":")[4] or None
    caller = caller or principal(SESSION)
    request = Request(caller, "sts:SetSourceIdentity", resource, context or Context(), account)
    statement = Statement(Effect.DENY, Element(("*",)), Element(("*",)), None, (), None, NOWHERE)
    decisive = (StatementVerdict(statement, policy, PolicyType.SCP, ()),) if policy else ()
    return Explanation(request, decision, possible or (decision,), layer, "", failing, decisive, ())


def test_the_predicted_words_name_the_layer_that_decided():
    message = denial(explained(Layer.RESOURCE, failing=(Layer.RESOURCE, Layer.IDENTITY)), trust=True)
    assert message.text == (
        f"User: {SESSION} is not authorized to perform: sts:SetSourceIdentity on resource: {ROLE} "
        "because no role trust policy allows the sts:SetSourceIdentity action"
    )
    assert (message.speaker, message.basis) == ("AWS", "inferred")
    assert others(explained(Layer.RESOURCE, failing=(Layer.RESOURCE, Layer.IDENTITY)), trust=True) == (
        "identity-based policy",
    )


def test_a_resource_policy_that_is_no_trust_policy_is_called_resource_based():
    text = denial(explained(Layer.RESOURCE), trust=False).text
    assert text.endswith("because no resource-based policy allows the sts:SetSourceIdentity action")


def test_the_predicted_words_are_wrapped_when_asked():
    text = denial(explained(Layer.IDENTITY), trust=True, operation="AssumeRole").text
    assert text.startswith(
        "An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:sts::"
    )


def test_across_accounts_no_reason_is_given():
    text = denial(explained(Layer.IDENTITY, resource=FOREIGN), trust=True).text
    assert text == f"User: {SESSION} is not authorized to perform: sts:SetSourceIdentity on resource: {FOREIGN}"
    one = {"aws:principalorgid": ("o-exampleorg",), "aws:resourceorgid": ("o-exampleorg",)}
    text = denial(explained(Layer.IDENTITY, resource=FOREIGN, context=Context(one)), trust=True).text
    assert text.endswith("because no identity-based policy allows the sts:SetSourceIdentity action")
    two = one | {"aws:resourceorgid": ("o-otherorg",)}
    assert denial(explained(Layer.IDENTITY, resource=FOREIGN, context=Context(two)), trust=True).text.endswith(FOREIGN)


def test_an_explicit_deny_carries_the_arn_of_its_policy():
    deny = Decision.EXPLICIT_DENY
    text = denial(explained(Layer.SCP, decision=deny, policy=SCP_ARN), trust=True).text
    assert text.endswith(f"with an explicit deny in a service control policy: {SCP_ARN}")
    text = denial(explained(Layer.SCP, decision=deny, policy="guardrail"), trust=True).text
    assert text.endswith("with an explicit deny in a service control policy")
    text = denial(explained(Layer.RESOURCE, decision=deny, policy=SCP_ARN), trust=True).text
    assert text.endswith("with an explicit deny in the role trust policy")


def test_a_denial_of_unknown_kind_claims_no_reason():
    both = (Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY)
    text = denial(explained(Layer.IDENTITY, decision=Decision.UNKNOWN, possible=both), trust=True).text
    assert text.endswith(f"on resource: {ROLE}")


def test_a_name_that_is_not_known_shows_as_a_placeholder():
    text = denial(explained(Layer.IDENTITY, caller=principal("arn:aws:iam::111122223333:role/task")), trust=True).text
    assert HOLE not in text
    assert "assumed-role/task/<session> is not" in text
