"""How long it takes to load a large account from one file: 5,000 roles, about 100 MB, in less than 1 GB of memory."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from iamsim.sources import Options, load
from iamsim.sources._snapshot_file import write

ROOT = Path(__file__).parent.parent
ROLES = 5000
MEMORY = 1024**3

# Loads a file with no more address space than `MEMORY`, which is more than what is in use.
_BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
from iamsim.sources import Options, load
(account,) = load(sys.argv[1], Options()).organization.accounts.values()
print(len(account.roles))
"""


def _generator() -> ModuleType:
    """The tests' generator of a large account, which is no package's module."""
    spec = importlib.util.spec_from_file_location("large_account", ROOT / "tests" / "sources" / "large_account.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def details(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "details.json"
    _generator().large_account(path, ROLES)
    return path


@pytest.fixture(scope="module")
def snapshot(details: Path) -> Path:
    path = details.with_name("snapshot.json")
    found = load(str(details), Options()).organization
    path.write_text(write(found, (), at=datetime(2026, 11, 26, tzinfo=UTC), tool_version="0.1.0"), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["details", "snapshot"])
def test_load_5_000_roles(benchmark: BenchmarkFixture, name: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(name)
    benchmark.extra_info["megabytes"] = path.stat().st_size // 1_000_000
    found = benchmark.pedantic(lambda: load(str(path), Options()).organization, rounds=3)
    (account,) = found.accounts.values()
    assert len(account.roles) == ROLES


@pytest.mark.parametrize("name", ["details", "snapshot"])
def test_a_gigabyte_is_enough(name: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(name)
    done = subprocess.run(
        [sys.executable, "-c", _BOUNDED, str(path), str(MEMORY)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == (str(ROLES), 0), done.stderr[-500:]


def test_write_a_snapshot_of_5_000_roles(benchmark: BenchmarkFixture, details: Path) -> None:
    found = load(str(details), Options()).organization
    text = benchmark.pedantic(
        lambda: write(found, (), at=datetime(2026, 11, 26, tzinfo=UTC), tool_version="0.1.0"), rounds=3
    )
    assert text.endswith("}\n")
