"""Decisions, explanations and lines of a batch per second, each Request built anew."""

from __future__ import annotations

import time

import pytest

from benchmarks import growth, loader, ours, written
from iamsim.batch import Batch

# CPU time: what else the machine does counts little.
pytestmark = pytest.mark.benchmark(timer=time.process_time)

REPEATS = {"a": 10_000, "b": 100, "c": 1}
STRIDES = {"a": 1, "b": 1, "c": 7}


def per_second(benchmark, count):
    return f"{count / benchmark.stats.stats.min:,.0f} (best), {count / benchmark.stats.stats.median:,.0f} (median)"


@pytest.mark.parametrize("name", written.NAMES)
def test_decide(name, benchmark):
    work = loader.load(name)

    def fresh():
        return (loader.rows(work, repeats=REPEATS[name]),), {}

    benchmark.pedantic(ours.decide_all, setup=fresh, rounds=7, warmup_rounds=1)
    print(f"\n{name}: {per_second(benchmark, work.decisions * REPEATS[name])} decisions per second")


@pytest.mark.parametrize("name", written.NAMES)
def test_explain(name, benchmark):
    work = loader.load(name)
    repeats = min(REPEATS[name], 1_000) if name == "a" else 1

    def fresh():
        return (loader.rows(work, repeats=repeats, stride=STRIDES[name]),), {}

    benchmark.pedantic(ours.explain_all, setup=fresh, rounds=3, warmup_rounds=1)
    asked = sum(len(list(calls)) for _, _, calls in loader.rows(work, repeats=repeats, stride=STRIDES[name]))
    print(f"\n{name}: {per_second(benchmark, asked)} explanations per second")


def test_batch(benchmark):
    lines = list(loader.stream(written.read("c")))

    said = benchmark.pedantic(lambda: list(Batch().answers(lines)), rounds=2, warmup_rounds=1)

    assert len(said) == 18_000
    print(f"\nc: {per_second(benchmark, len(said))} lines per second")


def test_a_decision_costs_the_same_with_ten_thousand_statements_that_do_not_name_its_action():
    few, many = growth.others("0", 1)["best"], growth.others("10000", 1)["best"]

    print(f"\n{few:,.0f} decisions per second with no other statement, {many:,.0f} with 10,000")
    assert many > few / 2
