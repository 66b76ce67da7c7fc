"""No plug-in without a witness: a fixture or a test that shows what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from iamsim import plugins, remedies, renderers, rules, sources
from iamsim.engine import operators, services

ROOT = Path(__file__).parents[1]
FIXTURES, TESTS = ROOT / "fixtures", ROOT / "tests"


def flagged_and_clean(name: str) -> bool:
    folder = FIXTURES / "rules" / name.replace("_", "-")
    return all((folder / case / "expected.toml").is_file() for case in ("flagged", "clean"))


def set_up(name: str) -> bool:
    return any((FIXTURES / "remedies" / name.replace("_", "-")).glob("*/expected.toml"))


def vectors_of_operators(name: str) -> bool:
    """Each operator of the family is used by a vector, as a policy writes it."""
    family = plugins.table(operators, "OPERATORS").get(name, ())
    return bool(family) and all(_written(operator.name) for operator in family)  # type: ignore[attr-defined]


def vectors_of_a_service(name: str) -> bool:
    return re.search(rf'"action": "{name}:', _vectors(), re.IGNORECASE) is not None


def source_tests(name: str) -> bool:
    return (TESTS / "sources" / f"test_{name}.py").is_file()


def renderer_tests(name: str) -> bool:
    return (TESTS / "renderers" / f"test_the_{name}_report.py").is_file()


WITNESSES: Mapping[ModuleType, Callable[[str], bool]] = {
    rules: flagged_and_clean,
    remedies: set_up,
    operators: vectors_of_operators,
    services: vectors_of_a_service,
    sources: source_tests,
    renderers: renderer_tests,
}
PLUGINS = [(package, name) for package in WITNESSES for name in plugins.modules(package)]


@pytest.mark.parametrize(("package", "name"), PLUGINS, ids=lambda value: getattr(value, "__name__", value))
def test_a_plug_in_has_a_witness(package, name):
    assert WITNESSES[package](name), f"{package.__name__}.{name} has no witness: see {WITNESSES[package].__name__}"


@pytest.mark.parametrize("package", WITNESSES, ids=lambda package: package.__name__)
def test_a_plug_in_without_a_witness_is_refused(package):
    assert not WITNESSES[package]("new_and_untried")


@pytest.mark.parametrize("package", WITNESSES, ids=lambda package: package.__name__)
def test_a_plug_in_opens_with_the_sentence_that_says_what_it_is(package):
    for name in plugins.modules(package):
        module = __import__(f"{package.__name__}.{name}", fromlist=[name])
        assert module.__doc__, name
        assert module.__doc__.strip()[0].isupper(), name


@cache
def _vectors() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((FIXTURES / "vectors").rglob("*.json")))


def _written(operator: str) -> bool:
    return re.search(rf'"(?:For(?:Any|All)Values?:)?{operator}(?:IfExists)?": *\{{', _vectors()) is not None
