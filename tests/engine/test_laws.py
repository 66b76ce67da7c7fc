"""Laws that bind the fast engine to the full one and both to the naive reference, on random policies."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from iamsim.engine import patterns, policyset
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import (
    Condition,
    Effect,
    Element,
    Layers,
    Policy,
    PolicyType,
    PrincipalElement,
    Statement,
)
from iamsim.model.principal import HOLE, Principal, PrincipalKind, Session, principal, role_session
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision
from tests import reference

# The same examples on every run: a failure is one that anybody can repeat.
LAW = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)

OWN, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{OWN}:role/app"
USER = f"arn:aws:iam::{OWN}:user/a"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/app/one"
PROVIDER = f"arn:aws:iam::{OWN}:oidc-provider/idp.example.com"
TARGET = f"arn:aws:iam::{OWN}:role/target"
KEY = f"arn:aws:kms:us-east-1:{OWN}:key/k"

# --- what may be written --------------------------------------------------------------------------

texts = st.text(alphabet="ab.+[/:*?", max_size=5)
holed = st.text(alphabet=f"ab.:{HOLE}", max_size=5)
pattern_texts = st.one_of(texts, st.text(alphabet="ab*?.", max_size=6))


@st.composite
def templates(draw):
    """A text with policy variables in it."""
    variables = ["${aws:username}", "${k:s}", "${k:s, 'a'}", "${*}", "${?}", "${$}", "${aws:TagKeys}", "${K:S}"]
    parts = draw(st.lists(st.one_of(texts, st.sampled_from(variables)), min_size=1, max_size=3))
    return "".join(parts)


actions = st.sampled_from(
    [
        *("*", "s3:*", "s3:Get*", "s3:GetObject", "S3:getobjec?", "s3:Put*", "sts:*", "sts:AssumeRole", "sts:Tag*"),
        *("kms:*", "kms:Decrypt", "*:GetObject", "*:*", "s3:Get.bject", "sts:SetSourceIdentity"),
    ]
)
resource_patterns = st.one_of(
    st.just("*"),
    st.sampled_from(["arn:aws:s3", "arn:aws:s3:::b*", "arn:aws:s3:*:b/a", "arn:aws:*", TARGET, KEY, "arn:aws:s3:::*"]),
    st.builds("arn:aws:s3:::b/{}".format, templates()),
    st.builds("arn:aws:s3:::b/{}".format, pattern_texts),
    st.builds("arn:aws:s3:*:{}:b/a".format, st.sampled_from(["*", "", OWN, "${k:s}", "?"])),
)


@st.composite
def conditions(draw):
    """One operator, with every prefix and suffix, on a key of the right kind or of another."""
    families = {
        "String": (["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"], templates()),
        "Arn": (["Equals", "NotEquals", "Like", "NotLike"], st.sampled_from(ARN_PATTERNS)),
        "Numeric": (["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"], NUMBERS),
        "Date": (["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"], DATES),
        "Bool": ([""], st.sampled_from(["true", "false", "True"])),
        "IpAddress": ([""], RANGES),
        "NotIpAddress": ([""], RANGES),
        "BinaryEquals": ([""], st.sampled_from(["YQ==", "Yg=="])),
        "Null": ([""], st.sampled_from(["true", "false", "False"])),
        "FooEquals": ([""], st.just("a")),
    }
    family = draw(st.sampled_from(sorted(families)))
    names, values = families[family]
    prefix = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"])) if family != "Null" else ""
    suffix = draw(st.sampled_from(["", "", "IfExists"])) if family != "Null" else ""
    operator = prefix + family + draw(st.sampled_from(names)) + suffix
    key = draw(st.sampled_from(sorted(VALUES)))
    return Condition(operator, draw(st.sampled_from([key, key.upper()])), tuple(draw(st.lists(values, max_size=2))))


ARN_PATTERNS = ["arn:aws:sns:*:1:a", "arn:aws:sns:us-?:1:*", "arn:aws:*:1:a", "arn:aws:sns:us-1:1:${k:s}", "*"]
NUMBERS = st.sampled_from(["0", "9", "10", "10.0", "-1"])
DATES = st.sampled_from(["2024-05-01", "1714521600", "2024-05-01T02:00:00+02:00", "2024-05-01T00:00:01Z"])
RANGES = st.sampled_from(["10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "2001:db8::/32", "10.0.0.9/24"])
VALUES = {
    "aws:sourcearn": st.sampled_from(["arn:aws:sns:us-1:1:a", "arn:aws:sns:us-1:1:b:c", f"arn:aws:sns:us-1:1:{HOLE}"]),
    "aws:sourceip": st.sampled_from(["10.0.0.1", "11.0.0.1", "2001:db8::1", HOLE]),
    "aws:securetransport": st.sampled_from(["true", "false"]),
    "aws:tagkeys": st.one_of(texts, holed),
    "aws:username": st.text(alphabet="ab.", max_size=3),
    "k:b": st.sampled_from(["YQ==", "Yg=="]),
    "k:d": st.sampled_from(["2024-05-01T00:00:00Z", "1714521601", "no date"]),
    "k:n": st.sampled_from(["9", "10", "11", "-1", "9abc", HOLE]),
    "k:s": st.one_of(texts, holed),
}
MULTIVALUED = ("aws:tagkeys", "k:n", "k:s")


@st.composite
def principals(draw, negated):
    """A Principal element of one or two entries."""
    named = [OWN, f"arn:aws:iam::{OWN}:root", USER, ROLE, SESSION, OTHER, f"arn:aws:iam::{OTHER}:user/a", "AROAAPP"]
    kind = draw(st.sampled_from(["aws", "aws", "aws", "anyone", "service", "federated", "canonical"]))
    match kind:
        case "aws":
            return PrincipalElement(
                aws=tuple(draw(st.lists(st.sampled_from(named), min_size=1, max_size=3))), negated=negated
            )
        case "anyone":
            return PrincipalElement(anyone=True, bare=draw(st.booleans()))
        case "service":
            return PrincipalElement(service=("ec2.amazonaws.com",), negated=negated)
        case "canonical":
            return PrincipalElement(canonical=("c" * 64,))
        case _:
            return PrincipalElement(federated=(PROVIDER,), negated=negated)


@st.composite
def statements(draw, type):
    resource = None
    if type is not PolicyType.RESOURCE or draw(st.booleans()):
        values = tuple(draw(st.lists(resource_patterns, min_size=1, max_size=2)))
        resource = Element(values, negated=draw(st.sampled_from([False, False, False, True])))
    who = None
    effect = draw(st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY]))
    if type is PolicyType.RCP:
        effect, who = Effect.DENY, PrincipalElement(anyone=True, bare=True)
    elif type in (PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT):
        who = draw(principals(draw(st.sampled_from([False, False, False, True]))))
    return Statement(
        effect=effect,
        action=Element(
            tuple(draw(st.lists(actions, min_size=1, max_size=2))), negated=draw(st.sampled_from([False, False, True]))
        ),
        resource=resource,
        principal=who,
        conditions=tuple(draw(st.lists(conditions(), max_size=2))),
        sid=None,
        origin=NOWHERE,
    )


@st.composite
def policies(draw, type, max_size=3):
    found = draw(st.lists(statements(type), max_size=max_size))
    version = draw(st.sampled_from(["2012-10-17", "2012-10-17", "2012-10-17", None]))
    return Policy(type.value, tuple(replace(s, index=i) for i, s in enumerate(found)), version, None, NOWHERE)


def often(strategy):
    return st.one_of(strategy, st.none())


@st.composite
def layer_sets(draw):
    levels = st.lists(policies(PolicyType.SCP, 2), max_size=2).map(tuple)
    session = draw(st.one_of(st.none(), st.lists(policies(PolicyType.SESSION, 2), min_size=1, max_size=2)))
    unseen = draw(st.sampled_from([(), (), (), (PolicyType.SCP,), (PolicyType.VPC_ENDPOINT, PolicyType.SCP)]))
    return Layers(
        identity=tuple(draw(st.lists(policies(PolicyType.IDENTITY), max_size=2))),
        resource=draw(often(policies(PolicyType.RESOURCE))),
        boundary=draw(st.one_of(st.none(), st.none(), policies(PolicyType.BOUNDARY))),
        session=None if session is None else tuple(session),
        scps=draw(st.one_of(st.just(()), st.lists(levels, min_size=1, max_size=2).map(tuple))),
        rcps=draw(st.one_of(st.just(()), st.tuples(st.tuples(policies(PolicyType.RCP, 2))))),
        vpc_endpoint=draw(st.one_of(st.none(), st.none(), policies(PolicyType.VPC_ENDPOINT, 2))),
        unseen=frozenset(unseen),
    )


def callers() -> list[Principal]:
    return [
        principal(USER),
        principal(SESSION),
        role_session(ROLE, Session(f"o{HOLE}"), unique_id="AROAAPP"),
        role_session(TARGET, Session("one"), unique_id="AROATARGET"),
        principal(f"arn:aws:iam::{OWN}:root"),
        principal(f"arn:aws:iam::{OTHER}:user/a"),
        principal("anonymous"),
        principal("ec2.amazonaws.com"),
        principal(PROVIDER),
    ]


QUESTIONS = [
    *[
        ("s3:GetObject", resource)
        for resource in ("arn:aws:s3:::b/a", "arn:aws:s3:::b/a.b/b", f"arn:aws:s3:::b/{HOLE}")
    ],
    ("s3:PutObject", f"arn:aws:s3:::b/a/{HOLE}b"),
    ("s3:ListAllMyBuckets", "*"),
    ("sts:AssumeRole", TARGET),
    ("sts:TagSession", TARGET),
    ("sts:SetSourceIdentity", TARGET),
    ("kms:Decrypt", KEY),
]


@st.composite
def requests(draw, *, holes=False):
    """A request; with `holes`, one whose values and resource may be told in part only."""
    values, absent = {}, set()
    for key, strategy in sorted(VALUES.items()):
        match draw(st.sampled_from(["known", "known", "missing", "absent"])):
            case "known":
                size = 3 if key in MULTIVALUED else 1
                values[key] = tuple(draw(st.lists(strategy, min_size=1, max_size=size)))
            case "absent":
                absent.add(key)
    action, resource = draw(st.sampled_from(QUESTIONS))
    caller = draw(st.sampled_from(callers()))
    if not holes:
        values = {key: tuple(value.replace(HOLE, "b") for value in found) for key, found in values.items()}
        resource = resource.replace(HOLE, "b")
    owner = caller.account if resource == "*" else OWN
    return Request(caller, action, resource, Context(values, frozenset(absent), draw(st.booleans())), owner)


# --- the laws -------------------------------------------------------------------------------------


def fitting(layers: Layers, caller: Principal) -> Layers:
    """`layers` without what such a caller cannot have."""
    own = caller.kind in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION)
    return replace(
        layers,
        identity=layers.identity if own else (),
        boundary=layers.boundary if own else None,
        session=layers.session if caller.kind is PrincipalKind.ROLE_SESSION else None,
    )


def exactly(layers: Layers, request: Request) -> bool:
    """Whether the engine has to know as much as the reference: with a variable that is not told it may know less."""
    return request.context.complete or "${" not in repr(layers)


@LAW
@given(layer_sets(), requests())
def test_deciding_explaining_and_the_reference_agree(layers, request):
    layers = fitting(layers, request.principal)
    policy_set = policyset.compile(layers)
    explained = policy_set.explain(request)
    expected = reference.decide(layers, request)

    assert policy_set.decide(request) == explained.decision
    if not exactly(layers, request):
        assert explained.decision in (expected.decision, Decision.UNKNOWN)
        return
    assert explained.decision == expected.decision
    assert set(explained.possible) == set(expected.possible)
    if expected.layer is not None:
        assert explained.layer == expected.layer


@LAW
@given(policies(PolicyType.IDENTITY, 1), requests())
def test_one_statement_means_the_same_to_both(policy, request):
    layers = Layers(identity=(policy,))
    request = structs.replace(request, principal=principal(USER))

    found, expected = policyset.compile(layers).explain(request), reference.decide(layers, request)

    if exactly(layers, request):
        assert set(found.possible) == set(expected.possible)
    else:
        assert found.decision in (expected.decision, Decision.UNKNOWN)


@LAW
@given(layer_sets(), requests(holes=True))
def test_with_holes_the_engine_is_never_surer_than_the_reference(layers, request):
    layers = fitting(layers, request.principal)
    policy_set = policyset.compile(layers)
    explained = policy_set.explain(request)

    assert policy_set.decide(request) == explained.decision
    assert explained.decision in (reference.decide(layers, request).decision, Decision.UNKNOWN)


@LAW
@given(st.lists(pattern_texts, min_size=1, max_size=4), st.one_of(texts, holed))
def test_many_patterns_fused_answer_as_each_of_them(written, value):
    each = [patterns.matcher(pattern)(value) for pattern in written]

    assert patterns.fused(written)(value) == reference.some(each)


@LAW
@given(pattern_texts, st.one_of(texts, holed))
def test_a_pattern_says_no_more_than_the_reference_knows(pattern, value):
    sure = reference.matched(reference.wildcards(pattern), value)

    # With holes the engine may be less sure than the reference, never of something else.
    assert patterns.matcher(pattern)(value) in ({sure} if HOLE not in value else {sure, None})


@LAW
@given(layer_sets(), requests(holes=True))
def test_one_allow_more_takes_no_access_away(layers, request):
    everyone = PrincipalElement(anyone=True, bare=True)
    allow = Statement(Effect.ALLOW, Element(("*",)), Element(("*",)), None, (), None, NOWHERE)
    more = Policy("more", (allow,), "2012-10-17", None, NOWHERE)
    open_to_all = replace(more, statements=(replace(allow, principal=everyone),))
    before = policyset.compile(layers).explain(request)
    for wider in (replace(layers, identity=(*layers.identity, more)), _with_resource(layers, open_to_all)):
        after = policyset.compile(wider).explain(request)
        if before.decision is Decision.ALLOWED:
            assert after.decision is Decision.ALLOWED
        if Decision.ALLOWED in before.possible:
            assert Decision.ALLOWED in after.possible


@LAW
@given(layer_sets(), requests(holes=True), statements(PolicyType.IDENTITY))
def test_one_deny_more_gives_no_access(layers, request, statement):
    deny = Policy("more", (replace(statement, effect=Effect.DENY),), "2012-10-17", None, NOWHERE)
    before = policyset.compile(layers).explain(request)
    after = policyset.compile(replace(layers, identity=(*layers.identity, deny))).explain(request)

    if Decision.ALLOWED not in before.possible:
        assert Decision.ALLOWED not in after.possible
    if before.decision is not Decision.ALLOWED:
        assert after.decision is not Decision.ALLOWED


@LAW
@given(layer_sets(), requests(holes=True))
def test_knowing_more_only_narrows_what_is_possible(layers, request):
    unknown = policyset.compile(layers).explain(request)
    told = structs.replace(request, context=structs.replace(request.context, complete=True))

    # Reading every unknown key as absent is one of the ways in which they may be told.
    if unknown.decision is Decision.ALLOWED:
        assert policyset.compile(layers).explain(told).decision is Decision.ALLOWED
    if Decision.ALLOWED not in unknown.possible:
        assert Decision.ALLOWED not in policyset.compile(layers).explain(told).possible


def _with_resource(layers: Layers, policy: Policy) -> Layers:
    if layers.resource is None:
        return replace(layers, resource=policy)
    return replace(
        layers, resource=replace(layers.resource, statements=(*layers.resource.statements, *policy.statements))
    )
