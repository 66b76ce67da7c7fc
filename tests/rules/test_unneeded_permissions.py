"""What a role may do and no tool needs: exactly what the engine allows when every action is asked by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim.catalog import actions as catalog
from iamsim.catalog import managed_policies
from iamsim.drafts.world import examples
from iamsim.model.account import Resource
from iamsim.model.finding import Confidence, Severity
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.tool import Unresolved
from iamsim.rules import _beyond, _spare
from tests import setups, variants

WORKING = "rules/missing-permission/clean"
NEEDED = frozenset({"s3:GetObject"})
OTHER_BUCKET = "arn:aws:s3:::letters"


def statements(name: str) -> list[dict[str, object]]:
    found = managed_policies.document(f"arn:aws:iam::aws:policy/{name}")["Statement"]
    return [found] if isinstance(found, dict) else found


def judged(monkeypatch, *given, change=variants.nothing):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    return setups.judged(change(variants.of_tenant(*given)(base) if given else base))


def of_role(judged):
    found = [f for f in judged.report.findings if f.rule == "unneeded-permissions"]
    return [f for f in found if f.subject.endswith("role/tenant")]


def session(case):
    return next(
        probe.explanation.request.principal
        for probe in case.probes.values()
        if (probe.explanation.request.principal.entity or "").endswith("role/tenant")
    )


def asked(own) -> list[str]:
    """The actions that the Allow statements name; every seventh of very many."""
    found = sorted({name for statement in own for name in _spare._candidates(statement.action)})  # noqa: SLF001
    return found[:: 7 if len(found) > 1_000 else 1]


def one_by_one(case, caller, actions, values) -> set[str]:
    """Each action asked by itself on what `values` speak of."""
    simulator = replace(case.setup.simulator, none_of=frozenset(PolicyType) - {PolicyType.SESSION})
    found = set()
    for action in actions:
        for resource in examples(action, values, caller.account)[:12]:
            request = simulator.request(caller, action, resource, values=case.setup.server.context)
            if simulator.decide(request) == "allowed":
                found.add(action)
                break
    return found - NEEDED - {"sts:GetCallerIdentity", "sts:GetSessionToken"}


DENY_REGION = {
    "Effect": "Deny",
    "NotAction": ["iam:*", "sts:*", "s3:*"],
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}},
}
CASES = {
    "some of one service": [variants.allow("s3:*", Resource="*")],
    "all but": [{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}],
    "on one bucket": [variants.allow("s3:*", Resource=[OTHER_BUCKET, f"{OTHER_BUCKET}/*"])],
    "one that is taken back": [variants.allow("sqs:*", Resource="*"), variants.deny("sqs:Delete*", Resource="*")],
    "taken back on some": [
        variants.allow("sqs:*", Resource="*"),
        variants.deny("sqs:*", Resource="arn:aws:sqs:*:*:example"),
    ],
    "by a key that some send": [
        variants.allow("ec2:*", Resource="*", Condition={"StringEquals": {"ec2:Region": "us-east-1"}})
    ],
    "by a key that must be there": [
        variants.allow("dynamodb:*", Resource="*", Condition={"Null": {"aws:RequestTag/team": "true"}})
    ],
    "in one Region": [variants.allow("*", Resource="*"), DENY_REGION],
    "roles and keys": [variants.allow("iam:*", Resource="*"), variants.allow("kms:*", Resource="*")],
    "assuming": [variants.allow("sts:*", Resource="*")],
}


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_one_for_all_is_as_good_as_every_one(given, monkeypatch):
    case = judged(monkeypatch, *given).case
    caller = session(case)
    own = case.setup.simulator.organization.role(caller.entity).policies
    allows = [s for policy in own for s in policy.statements if s.effect == "Allow"]
    found = _spare.spare(case, caller, NEEDED)
    assert found.whole
    # What the oracle asks is all that any Allow speaks of, not that of the statements which name the action.
    values = [value for s in allows if s.resource is not None for value in s.resource.values]
    actions = asked(allows)
    assert set(found.actions) & set(actions) == one_by_one(case, caller, actions, values)


def test_nothing_is_found_where_the_role_has_what_tools_need(monkeypatch):
    assert of_role(judged(monkeypatch)) == []


def test_the_worst_level_comes_first_and_gives_the_severity(monkeypatch):
    some = variants.allow(["s3:PutBucketPolicy", "s3:ListBucket", "s3:GetObject"], Resource="*")
    (found,) = of_role(judged(monkeypatch, some))
    assert found.severity is Severity.HIGH
    assert found.message == f"{found.subject} may take 2 actions that no tool needs, 1 of them to manage permissions"
    assert found.evidence == (
        "Permissions management (1): s3:PutBucketPolicy",
        "List (1): s3:ListBucket",
        "needed, and on more than these tools ask for (1): s3:GetObject (any)",
    )
    (reading,) = of_role(judged(monkeypatch, variants.allow("sqs:GetQueueUrl", Resource="*")))
    assert reading.severity is Severity.LOW
    assert reading.message.endswith("may take 1 action that no tool needs, all to read")


def test_actions_are_told_as_patterns_with_their_counts(monkeypatch):
    some = variants.allow(["sqs:*", "s3:PutObject*", "s3:AbortMultipartUpload"], Resource="*")
    (found,) = of_role(judged(monkeypatch, some))
    writes = next(line for line in found.evidence if line.startswith("Write ("))
    assert writes.startswith("Write (")
    assert ": s3:AbortMultipartUpload, s3:PutObject" in writes
    services = catalog.expand("sqs:*")
    of_level = [name for name in services if catalog.action(name).access_level == "Write"]
    assert writes.endswith(f"sqs:* ({len(of_level)} actions)")


@pytest.mark.parametrize("limit", ["boundary", "scp", "deny"])
def test_what_something_else_forbids_is_not_found(limit, monkeypatch):
    some = variants.allow("sqs:SendMessage", Resource="*")
    change = {
        "boundary": variants.boundary(variants.tenant, variants.allow("s3:*", Resource="*")),
        "scp": variants.scps(lambda _: variants.OWN, variants.allow("s3:*", Resource="*")),
        "deny": variants.of_tenant(variants.deny("sqs:*", Resource="*")),
    }[limit]
    assert of_role(judged(monkeypatch, some))
    assert of_role(judged(monkeypatch, some, change=change)) == []


def test_what_was_not_seen_makes_it_likely(monkeypatch):
    some = variants.allow("sqs:SendMessage", Resource="*")
    (sure,) = of_role(judged(monkeypatch, some))
    (found,) = of_role(judged(monkeypatch, some, change=variants.unseen(PolicyType.SCP)))
    assert (sure.confidence, found.confidence) == (Confidence.CERTAIN, Confidence.LIKELY)
    assert "not every policy was seen that could forbid it" in found.evidence


def test_a_tool_of_which_not_all_is_known_makes_it_uncertain(monkeypatch):
    def unresolved(inputs):
        first, *more = inputs.tools
        return replace(inputs, tools=(replace(first, unresolved=(Unresolved("a call", "it is made"),)), *more))

    some = variants.allow("sqs:SendMessage", Resource="*")
    (found,) = of_role(judged(monkeypatch, some, change=unresolved))
    assert found.confidence is Confidence.UNCERTAIN
    assert "not all that 1 tool may need is known: it may be some of this" in found.evidence


@pytest.mark.parametrize(
    ("name", "severity"),
    [("AdministratorAccess", Severity.HIGH), ("ReadOnlyAccess", Severity.LOW), ("AmazonSQSFullAccess", Severity.HIGH)],
)
def test_managed_policies(name, severity, monkeypatch):
    (found,) = of_role(judged(monkeypatch, *statements(name)))
    assert found.severity is severity
    assert len(found.evidence) <= len(_spare.LEVELS) + 1
    assert all(len(line) < 1_500 for line in found.evidence)


def test_few_requests_are_asked_for_many_actions(monkeypatch):
    case = judged(monkeypatch, variants.allow("*", Resource="*")).case
    simulator, asked = case.setup.simulator, []
    real = type(simulator).decide
    monkeypatch.setattr(type(simulator), "decide", lambda self, request: asked.append(request) or real(self, request))
    found = _spare.spare(case, session(case), NEEDED)
    assert len(found.actions) > 20_000
    assert len(asked) < 1_000


def test_a_large_account_is_asked_about_in_little(monkeypatch):
    def many(account):
        found = {}
        for number in range(2_000):
            arn = f"arn:aws:s3:::bucket-{number}"
            more = [{**variants.deny("s3:Delete*", Resource=f"{arn}/*"), **variants.ANYONE} for _ in range(3)]
            found[arn] = Resource(arn, variants.policy("policy", *more))
        return replace(account, resources={**account.resources, **found})

    change = variants.account(many, lambda _: variants.OWN)
    case = judged(monkeypatch, variants.allow("*", Resource="*"), change=change).case
    simulator, asked = case.setup.simulator, []
    real = type(simulator).decide
    monkeypatch.setattr(type(simulator), "decide", lambda self, request: asked.append(request) or real(self, request))
    assert len(_spare.spare(case, session(case), NEEDED).actions) > 20_000
    assert len(asked) < 1_000


def test_elements_that_aws_would_not_store_are_not_gone_through_for_ever(monkeypatch):
    odd = [variants.deny([f"s{number}*:Get*"], Resource="*") for number in range(400)]
    case = judged(monkeypatch, variants.allow("*", Resource="*"), *odd).case
    assert _spare.spare(case, session(case), NEEDED) is None


# ---------------------------------------------------------------- actions that are needed, and on what besides


def described(*arns):
    """The account with these resources besides."""

    def more(account):
        return replace(account, resources={**account.resources, **{arn: Resource(arn) for arn in arns}})

    return variants.account(more, lambda _: variants.OWN)


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        (f"{OTHER_BUCKET}/*", f"{OTHER_BUCKET}/*"),
        (f"{OTHER_BUCKET}/a/b", f"{OTHER_BUCKET}/a/b"),
        ("arn:aws:s3:::elsewhere/*", "arn:aws:s3:::elsewhere/*"),
        ("arn:aws:s3:::l?tt*/ex*", "arn:aws:s3:::l?tt*/ex*"),
    ],
)
def test_a_needed_action_on_another_bucket_is_told_with_where_that_is(resource, told, monkeypatch):
    some = variants.allow("s3:GetObject", Resource=resource)
    (found,) = of_role(judged(monkeypatch, some, change=described(OTHER_BUCKET)))
    assert found.message == f"{found.subject} may take 1 action on more than tools ask for"
    assert found.evidence == (f"needed, and on more than these tools ask for (1): s3:GetObject ({told})",)
    assert (found.severity, found.confidence) == (Severity.INFO, Confidence.LIKELY)


def test_of_all_but_some_what_is_loaded_is_told(monkeypatch):
    # What nobody named is called example, too.
    some = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::example/*"}
    (found,) = of_role(judged(monkeypatch, some, change=described(OTHER_BUCKET)))
    assert found.evidence == (f"needed, and on more than these tools ask for (1): s3:GetObject ({OTHER_BUCKET})",)


def test_a_needed_action_on_whatever_there_is_is_told_as_any(monkeypatch):
    (found,) = of_role(judged(monkeypatch, variants.allow("s3:GetObject", Resource="*")))
    assert found.evidence == ("needed, and on more than these tools ask for (1): s3:GetObject (any)",)


@pytest.mark.parametrize(
    "given",
    [
        variants.allow("s3:GetObject", Resource=f"arn:aws:s3:::{variants.BUCKET}/more/*"),
        variants.allow("s3:GetObject", Resource=OTHER_BUCKET),
        {"Effect": "Deny", "Action": "s3:*", "NotResource": f"arn:aws:s3:::{variants.BUCKET}/*"},
    ],
    ids=["of the same bucket", "on what the action is not about", "taken back"],
)
def test_nothing_is_told_where_the_action_reaches_no_further(given, monkeypatch):
    wide = [variants.allow("s3:GetObject", Resource="*")] if given["Effect"] == "Deny" else []
    assert of_role(judged(monkeypatch, *wide, given, change=described(OTHER_BUCKET))) == []


def test_a_tool_that_may_be_asked_for_any_bucket_needs_any(monkeypatch):
    case = judged(monkeypatch, variants.allow("s3:GetObject", Resource="*"), change=described(OTHER_BUCKET)).case
    anything, one = f"arn:aws:s3:::{HOLE}/{HOLE}", f"arn:aws:s3:::{variants.BUCKET}/a"
    assert _beyond.beyond(case, session(case), {"s3:GetObject": {anything}}).actions == {}
    assert _beyond.beyond(case, session(case), {"s3:GetObject": {one}}).actions == {"s3:GetObject": "any"}


def test_many_resources_are_asked_about_in_little_and_that_is_told(monkeypatch):
    arns = [f"arn:aws:s3:::bucket-{number}" for number in range(1_000)]
    case = judged(monkeypatch, variants.allow("s3:GetObject", Resource="*"), change=described(*arns)).case
    simulator, asked = case.setup.simulator, []
    real = type(simulator).decide
    monkeypatch.setattr(type(simulator), "decide", lambda self, request: asked.append(request) or real(self, request))
    found = _beyond.beyond(case, session(case), {"s3:GetObject": {f"arn:aws:s3:::{variants.BUCKET}/a"}})
    assert found.actions == {"s3:GetObject": "any"}
    assert not found.whole
    assert len(asked) < 500


@pytest.mark.parametrize(("action", "on"), [("s3:ListBucket", f"{OTHER_BUCKET}/*"), ("s3:GetObject", OTHER_BUCKET)])
def test_a_bucket_is_no_object_and_an_object_no_bucket(action, on, monkeypatch):
    case = judged(monkeypatch, variants.allow(action, Resource=on), change=described(OTHER_BUCKET)).case
    needed = {action: {f"arn:aws:s3:::{variants.BUCKET}" + ("/a" if action == "s3:GetObject" else "")}}
    assert _beyond.beyond(case, session(case), needed).actions == {}


def test_the_other_objects_of_a_bucket_are_no_more_than_a_tool_asks_for(monkeypatch):
    own = f"arn:aws:s3:::{variants.BUCKET}"
    case = judged(monkeypatch, variants.allow("s3:GetObject", Resource=f"{own}/*"), change=described(own)).case
    assert _beyond.beyond(case, session(case), {"s3:GetObject": {f"{own}/a"}}).actions == {}
