"""No plug-in without a witness: a fixture or a test that shows what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from iamsim import evidence, fix, lints, plugins, remedies, renderers, rules, sources
from iamsim.engine import operators, services

ROOT = Path(__file__).parents[1]
FIXTURES, TESTS = ROOT / "fixtures", ROOT / "tests"


def flagged_and_clean(name: str) -> Iterator[str]:
    for case in ("flagged", "clean"):
        yield from _files(FIXTURES / "rules" / name.replace("_", "-") / case / "expected.toml")


def cases_of_a_lint(name: str) -> Iterator[str]:
    yield from _files(FIXTURES / "lints" / f"{name.replace('_', '-')}.toml")


def set_up(name: str) -> Iterator[str]:
    folder = FIXTURES / "remedies" / name.replace("_", "-")
    if not any(folder.glob("*/expected.toml")):
        yield f"{_shown(folder)}/<what it shows>/expected.toml"


def vectors_of_operators(name: str) -> Iterator[str]:
    """Each operator of the family is used by a vector, as a policy writes it."""
    family = [operator.name for operator in plugins.table(operators, "OPERATORS").get(name, ())]  # type: ignore[attr-defined]
    for operator in family or [f"an operator of {name}"]:
        if not _written(operator):
            yield f"a vector with {operator} in {_shown(FIXTURES / 'vectors' / 'conditions')}/"


def vectors_of_a_service(name: str) -> Iterator[str]:
    if re.search(rf'"action": "{name}:', _vectors(), re.IGNORECASE) is None:
        yield f"a vector with an action of {name} in {_shown(FIXTURES / 'vectors')}/"


def source_tests(name: str) -> Iterator[str]:
    yield from _files(TESTS / "sources" / f"test_{name}.py")


def renderer_tests(name: str) -> Iterator[str]:
    yield from _files(TESTS / "renderers" / f"test_the_{name}_report.py")


def evidence_tests(name: str) -> Iterator[str]:
    yield from _files(TESTS / "evidence" / f"test_{name}.py")


def form_tests(name: str) -> Iterator[str]:
    yield from _files(TESTS / "fix" / f"test_{name}.py")


WITNESSES: Mapping[ModuleType, Callable[[str], Iterator[str]]] = {
    rules: flagged_and_clean,
    lints: cases_of_a_lint,
    remedies: set_up,
    operators: vectors_of_operators,
    services: vectors_of_a_service,
    sources: source_tests,
    renderers: renderer_tests,
    evidence: evidence_tests,
    fix: form_tests,
}
"""By kind of plug-in what tells which witnesses the plug-in of a name lacks."""

HOW_TO: Mapping[ModuleType, str] = {
    rules: "docs/add-a-rule.md",
    lints: "docs/add-a-lint.md",
    remedies: "docs/add-a-remedy.md",
    operators: "docs/add-an-operator.md",
    services: "docs/add-an-operator.md",
    sources: "docs/add-a-source.md",
    renderers: "docs/add-a-renderer.md",
    evidence: "docs/add-a-format-of-evidence.md",
    fix: "docs/add-a-form.md",
}

PLUGINS = [(package, name) for package in WITNESSES for name in plugins.modules(package)]


@pytest.mark.parametrize(("package", "name"), PLUGINS, ids=lambda value: getattr(value, "__name__", value))
def test_a_plug_in_has_a_witness(package, name):
    lacking = list(WITNESSES[package](name))
    assert not lacking, f"{package.__name__}.{name} has no witness: add {', '.join(lacking)}; see {HOW_TO[package]}"


@pytest.mark.parametrize(
    ("package", "lacking"),
    [
        (rules, ["fixtures/rules/new-one/flagged/expected.toml", "fixtures/rules/new-one/clean/expected.toml"]),
        (lints, ["fixtures/lints/new-one.toml"]),
        (remedies, ["fixtures/remedies/new-one/<what it shows>/expected.toml"]),
        (operators, ["a vector with an operator of new_one in fixtures/vectors/conditions/"]),
        (services, ["a vector with an action of new_one in fixtures/vectors/"]),
        (sources, ["tests/sources/test_new_one.py"]),
        (renderers, ["tests/renderers/test_the_new_one_report.py"]),
        (evidence, ["tests/evidence/test_new_one.py"]),
        (fix, ["tests/fix/test_new_one.py"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_plug_in_without_a_witness_is_told_what_it_lacks(package, lacking):
    assert list(WITNESSES[package]("new_one")) == lacking
    assert (ROOT / HOW_TO[package]).is_file()


@pytest.mark.parametrize("package", WITNESSES, ids=lambda package: package.__name__)
def test_a_plug_in_opens_with_the_sentence_that_says_what_it_is(package):
    for name in plugins.modules(package):
        module = __import__(f"{package.__name__}.{name}", fromlist=[name])
        assert module.__doc__, name
        assert module.__doc__.strip()[0].isupper(), name


def _files(path: Path) -> Iterator[str]:
    if not path.is_file():
        yield _shown(path)


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _vectors() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((FIXTURES / "vectors").rglob("*.json")))


def _written(operator: str) -> bool:
    return re.search(rf'"(?:For(?:Any|All)Values?:)?{operator}(?:IfExists)?": *\{{', _vectors()) is not None
