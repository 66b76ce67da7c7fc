"""Without atheris: each target takes its seeds, finds what it is there to find, and is run by `make fuzz`."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from iamsim import documents
from iamsim.batch import Batch
from iamsim.engine import patterns, policyset
from iamsim.model.verdict import Decision
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]


def target(name):
    return import_module(TARGETS[name])


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_every_one_of_its_seeds_and_each_with_a_byte_changed(name):
    seeds = list(target(name).seeds())
    assert len(seeds) > 10
    for number, seed in enumerate(seeds):
        target(name).one_input(seed)
        at = number * 7919 % max(len(seed), 1)
        target(name).one_input(seed[:at] + bytes([number % 256]) + seed[at + 1 :])


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\n", b"\xff\xfe", b"{" * 5000, b'{"id":"1"}', bytes(range(256))], ids=repr
)
def test_a_target_takes_any_bytes(name, data):
    target(name).one_input(data)


def found(name):
    """Whether a target finds anything in its seeds."""
    try:
        for seed in target(name).seeds():
            target(name).one_input(seed)
    except (AssertionError, KeyError):
        return True
    return False


def crash(*_, **__):
    raise KeyError("a bug")


def always(answer):
    return lambda *_: answer


@pytest.mark.parametrize(
    ("name", "owner", "attribute", "bug"),
    [
        ("documents", documents, "policy", crash),
        ("documents", documents, "text", always('{"Statement": {"Effect": "Deny", "Action": "*"}}')),
        ("batch", Batch, "_decided", crash),
        ("batch", Batch, "_decided", always({"id": "1", "decision": "allowed", "possible": ["implicitDeny"]})),
        ("patterns", patterns, "matcher", lambda pattern: lambda value: value.startswith(pattern.partition("*")[0])),
        ("patterns", patterns, "arn_matcher", lambda pattern: lambda value: value == pattern),
        ("patterns", patterns, "fused", always(always(None))),
        ("decide", policyset.PolicySet, "decide", always(Decision.ALLOWED)),
    ],
)  # fmt: skip
def test_a_target_finds_a_bug_in_its_seeds(monkeypatch, name, owner, attribute, bug):
    monkeypatch.setattr(owner, attribute, bug)
    assert found(name)


def test_the_patterns_target_finds_an_answer_that_is_too_sure(monkeypatch):
    monkeypatch.setattr(patterns, "matcher", always(always(False)))
    with pytest.raises(AssertionError):
        target("patterns").one_input(b"a\x09\na*")


def test_an_unknown_target_is_told_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "1", "nothing"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "fuzz: no target is called nothing; there are documents, batch, patterns, decide\n"
