"""How long it takes to infer the needs of a server of 40,000 lines from its source."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from iamsim.tools.infer import infer

ROOT = Path(__file__).parent.parent


def _generator() -> ModuleType:
    """The tests' generator of a large server, which is no package's module."""
    spec = importlib.util.spec_from_file_location("large_server", ROOT / "tests" / "tools" / "large_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["large_server"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("large")
    _generator().large_server(root)
    return root


def test_infer_a_server_of_40_000_lines(benchmark: BenchmarkFixture, large: Path) -> None:
    found = benchmark.pedantic(lambda: infer(large, made="2026-11-25"), rounds=3)
    assert len(found.manifest.tools) == 200


def test_infer_twenty_tools(benchmark: BenchmarkFixture) -> None:
    found = benchmark(lambda: infer(ROOT / "fixtures" / "servers" / "twenty_tools", made="2026-11-25"))
    assert len(found.manifest.tools) == 20
