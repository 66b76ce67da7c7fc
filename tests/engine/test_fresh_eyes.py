"""What a second reading of the engine looked for: caches that leak, long texts, and doubts that were read as certain."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iamsim import batch, documents
from iamsim.engine import patterns, policyset
from iamsim.model.policy import Layers, PolicyType
from iamsim.model.principal import HOLE, principal
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision
from tests.engine.test_laws import LAW, fitting, layer_sets, requests

OWN = "111122223333"
USER = principal(f"arn:aws:iam::{OWN}:user/a")
ROOT = principal(f"arn:aws:iam::{OWN}:root")
# Each of these draws several policy sets' worth of examples already.
SETS = settings(LAW, max_examples=60)
# And each of these takes next to nothing.
TEXTS = settings(LAW, max_examples=600)
# Long enough that a pattern with it is not made into a regular expression.
LONG = "z" * (patterns.LONG + 1)


def policy(**members):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"} | members
    found = {name: value for name, value in statement.items() if value is not None}
    return documents.policy(json.dumps({"Version": "2012-10-17", "Statement": [found]}), document="policy.json")


def decide(layers, request):
    policy_set = policyset.compile(layers)
    decision = policy_set.decide(request)
    assert policy_set.explain(request).decision is decision
    return decision


# --- a set answers each request as if it were the first ---------------------------------------------


@SETS
@given(layer_sets(), st.lists(requests(holes=True), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_what_a_set_was_asked_before_changes_no_answer(layers, asked, random):
    layers = fitting(layers, asked[0].principal)
    alone = [policyset.compile(_copy(layers)).decide(request) for request in asked]
    shared, other = policyset.compile(layers), policyset.compile(layers)
    order = [*range(len(asked))] * 2
    random.shuffle(order)

    for place in order:
        assert shared.decide(asked[place]) is alone[place]
        assert other.decide(asked[place]) is alone[place]


@SETS
@given(layer_sets(), requests(holes=True))
def test_a_judgement_is_what_the_explanation_says(layers, request):
    policy_set = policyset.compile(fitting(layers, request.principal))
    explained, judged = policy_set.explain(request), policy_set.judge(request)

    if judged is None:
        assert explained.decision is Decision.UNKNOWN
        return
    assert (judged.decision, judged.layer) == (explained.decision, explained.layer)
    if judged.decision is not Decision.IMPLICIT_DENY:
        told = [(verdict.statement, verdict.level, verdict.type) for verdict in explained.decisive]
        assert [(found.statement, level, found.type) for found, level in judged.statements] == told


def _copy(layers: Layers) -> Layers:
    """The same policies as other objects: nothing that is remembered of the first is found for them."""

    def each(policies):
        return tuple(map(replace, policies))

    return replace(
        layers,
        identity=each(layers.identity),
        resource=layers.resource and replace(layers.resource),
        boundary=layers.boundary and replace(layers.boundary),
        session=layers.session if layers.session is None else each(layers.session),
        scps=tuple(map(each, layers.scps)),
        rcps=tuple(map(each, layers.rcps)),
        vpc_endpoint=layers.vpc_endpoint and replace(layers.vpc_endpoint),
    )


# --- long texts -------------------------------------------------------------------------------------

wild = st.one_of(
    st.text(alphabet="ab*?", max_size=6),
    st.text(alphabet=f"a:*?{patterns.LITERAL_STAR}{patterns.LITERAL_MARK}", max_size=6),
)
values = st.one_of(st.text(alphabet="ab", max_size=6), st.text(alphabet=f"a:*?{HOLE}", max_size=4))
fields = st.lists(st.text(alphabet="ab*?", max_size=3), min_size=4, max_size=4).map(":".join)
plain_fields = st.lists(st.text(alphabet="ab", max_size=3), min_size=4, max_size=4).map(":".join)


@TEXTS
@example("?", HOLE)
@example("*a?*", f"ba{HOLE}")
@given(wild, values)
def test_a_long_pattern_answers_as_a_short_one(pattern, value):
    short = patterns.matcher(f"z{pattern}z")(f"z{value}z")

    assert patterns.matcher(f"{LONG}{pattern}{LONG}")(f"{LONG}{value}{LONG}") is short
    assert patterns.matcher(f"*{LONG}{pattern}z")(f"a{LONG}{value}z") is patterns.matcher(f"*zz{pattern}z")(
        f"azz{value}z"
    )


@TEXTS
@given(fields, wild, plain_fields, values)
def test_a_long_arn_pattern_answers_as_a_short_one(head, pattern, own, value):
    for matcher in (patterns.arn_matcher, patterns.arn_condition_matcher):
        short = matcher(f"arn:{head}:z{pattern}")(f"arn:{own}:z{value}")
        assert matcher(f"arn:{head}:{LONG}{pattern}")(f"arn:{own}:{LONG}{value}") is short


def hostile(entries, size, number=0):
    """A line whose policy puts a long value of the request into each of many patterns."""
    resources = [f"arn:aws:s3:::b/${{k:s}}{i}*?" for i in range(entries)]
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": resources}
    long = f"{number}" + "z" * size
    asked = {"id": "1", "principal": USER.arn, "action": "s3:GetObject", "resource": f"arn:aws:s3:::b/{long}x"}
    policies = {"identity": [{"Version": "2012-10-17", "Statement": [statement]}]}
    return json.dumps(asked | {"context": {"k:s": long}, "policies": policies}).encode()


def test_a_long_value_in_a_thousand_patterns_is_answered_at_once():
    begun = time.process_time()
    (answer,) = batch.Batch().answers([hostile(1000, 9000)])

    assert json.loads(answer)["decision"] == "implicitDeny"
    assert time.process_time() - begun < 3


def grown(lines, *, first):
    """How many bytes more are held after all lines than after the first of them."""
    stream = batch.Batch()
    answers = stream.answers(lines)
    tracemalloc.start()
    try:
        for _ in range(first):
            next(answers)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        assert all("error" not in json.loads(answer) for answer in answers)
        assert not stream.failed
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_long_values_are_not_remembered():
    assert grown((hostile(1, 5000, number) for number in range(300)), first=20) < 1_000_000


def test_what_a_stream_asks_is_not_remembered_without_end(monkeypatch):
    monkeypatch.setattr(batch, "_ASKED", 200)

    def line(number):
        sid = f"P{number % 20}"
        statement = {"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        asked = {"id": "1", "principal": USER.arn, "action": f"s3:Get{number // 20}", "resource": "arn:aws:s3:::b/a"}
        return json.dumps(asked | {"policies": {"identity": [{"Statement": [statement]}]}}).encode()

    # Twenty sets, asked for a hundred actions each: about a kilobyte for each of the two thousand pairs.
    assert grown(map(line, range(3000)), first=1000) < 300_000


# --- doubts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_name_in_every_service_as_an_exception_is_left_open(effect):
    # What `*:GetObject` means AWS does not say (GRAM-018): it may not exempt, and it may.
    own = policy(Effect=effect, Action=None, NotAction="*:GetObject")
    layers = Layers(identity=(own, policy()) if effect == "Deny" else (own,))
    request = Request(USER, "s3:GetObject", "arn:aws:s3:::b/a", Context(), OWN)

    assert decide(layers, request) is Decision.UNKNOWN


def test_a_bucket_policy_that_was_not_seen_does_not_lock_out_its_owner():
    layers = Layers(unseen=frozenset({PolicyType.RESOURCE}))

    assert decide(layers, Request(ROOT, "s3:PutBucketPolicy", "arn:aws:s3:::b", Context(), OWN)) is Decision.ALLOWED
    assert decide(layers, Request(ROOT, "s3:GetObject", "arn:aws:s3:::b/a", Context(), OWN)) is Decision.UNKNOWN
