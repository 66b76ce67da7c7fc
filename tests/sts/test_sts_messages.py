"""The words that AWS is expected to answer a refused request with."""

from __future__ import annotations

from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Effect, Element, PolicyType, Statement
from iamsim.model.principal import HOLE, Principal, principal
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision, Explanation, Layer, StatementVerdict
from iamsim.sts.messages import ROLE_TRUST, Denial, Kind, denial, others, parse, shown, written

SESSION = "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/task"
ROLE = "arn:aws:iam::111122223333:role/QuiltTenantRole"
FOREIGN = "arn:aws:iam::444455556666:role/QuiltTenantRole"
SCP_ARN = "arn:aws:organizations::444455556666:policy/o-exampleorg/service_control_policy/p-abc"


def test_the_article_follows_the_type():
    assert written(Denial("a", "s3:GetObject", None, Kind.EXPLICIT, PolicyType.IDENTITY)).endswith(
        "in an identity-based policy"
    )
    assert written(Denial("a", "s3:GetObject", None, Kind.EXPLICIT, PolicyType.BOUNDARY)).endswith(
        "in a permissions boundary"
    )
    assert written(Denial("a", "s3:GetObject", None, Kind.EXPLICIT, ROLE_TRUST)).endswith("in the role trust policy")


def explained(
    layer: Layer | None,
    *,
    decision: Decision = Decision.IMPLICIT_DENY,
    possible: tuple[Decision, ...] | None = None,
    failing: tuple[Layer, ...] = (),
    caller: Principal | None = None,
    resource: str = ROLE,
    action: str = "sts:SetSourceIdentity",
    owner: str | None = None,
    context: Context | None = None,
    policy: str = "",
) -> Explanation:
    account = owner or resource.split(":")[4] or None
    caller = caller or principal(SESSION)
    request = Request(caller, action, resource, context or Context(), account)
    statement = Statement(Effect.DENY, Element(("*",)), Element(("*",)), None, (), None, NOWHERE)
    decisive = (StatementVerdict(statement, policy, PolicyType.SCP, ()),) if policy else ()
    return Explanation(request, decision, possible or (decision,), layer, "", failing, decisive, ())


# ERR-004, ERR-031
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


BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
SAME_ORGANIZATION = Context({"aws:principalorgid": ("o-exampleorg",), "aws:resourceorgid": ("o-exampleorg",)})


def of_a_bucket(layer: Layer, *, owner: str, context: Context | None = None, action: str = "s3:GetObject") -> str:
    explanation = explained(layer, resource=f"{BUCKET}/a b.csv", action=action, owner=owner, context=context)
    return denial(explanation, trust=False).text


def test_s3_quotes_the_resource():
    assert of_a_bucket(Layer.IDENTITY, owner="111122223333") == (
        f'User: {SESSION} is not authorized to perform: s3:GetObject on resource: "{BUCKET}/a b.csv" '
        "because no identity-based policy allows the s3:GetObject action"
    )


def test_s3_says_two_words_to_callers_of_other_organizations():
    assert of_a_bucket(Layer.RESOURCE, owner="444455556666") == "Access Denied"
    assert "resource-based policy" in of_a_bucket(Layer.RESOURCE, owner="444455556666", context=SAME_ORGANIZATION)


def test_s3_names_no_endpoint_policy_to_another_account():
    own = of_a_bucket(Layer.VPC_ENDPOINT, owner="111122223333", context=SAME_ORGANIZATION)
    other = of_a_bucket(Layer.VPC_ENDPOINT, owner="444455556666", context=SAME_ORGANIZATION)

    assert (own.endswith("because no VPC endpoint policy allows the s3:GetObject action"), other) == (
        True,
        "Access Denied",
    )


def test_directory_buckets_give_no_reason():
    assert of_a_bucket(Layer.IDENTITY, owner="111122223333", action="s3express:CreateSession") == "Access Denied"


def test_the_two_words_are_read_back_from_what_a_client_shows():
    explanation = explained(Layer.RESOURCE, resource=BUCKET, action="s3:ListBucket", owner="444455556666")
    text = denial(explanation, trust=False, operation="ListObjectsV2").text

    assert text == "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied"
    assert parse(text).form == "access-denied"


def test_a_code_and_an_operation_are_shown_as_given():
    assert shown("too long", code="ValidationError") == (
        "An error occurred (ValidationError) when calling the AssumeRole operation: too long"
    )
