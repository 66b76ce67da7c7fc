"""The hostile trees and the large server are what they say they are."""

from __future__ import annotations

import ast
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.hostile_sources import HEALTHY, SECRET, TREES, canary, made, release
from tests.tools.large_server import LINES, MODULES, TOOLS, large_server

RUN_ALL = """\
import pathlib, runpy, sys
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    before = pathlib.Path(sys.argv[2]).read_bytes() if pathlib.Path(sys.argv[2]).exists() else b""
    try:
        runpy.run_path(str(path))
    except BaseException:
        pass
    after = pathlib.Path(sys.argv[2]).read_bytes() if pathlib.Path(sys.argv[2]).exists() else b""
    print(path.name, after != before)
"""

CALL_ALL = """\
import asyncio, importlib, json, sys
import boto3, botocore.client
import large.app
calls = []
def answer(client, operation, parameters):
    calls.append(f"{client.meta.service_model.service_name}.{operation}")
    return {"Answer": [1, 2]}
botocore.client.BaseClient._make_api_call = answer
# To make a client takes a while, and the server makes hundreds.
made, make = {}, boto3.Session.client
boto3.Session.client = lambda session, name: made.get(name) or made.setdefault(name, make(session, name))
for number in range(int(sys.argv[1])):
    importlib.import_module(f"large.department_{number}")
async def main():
    found = {}
    for tool in await large.app.server.list_tools():
        calls.clear()
        flags = {"detailed": True} if tool.name.endswith("flagged") else {}
        await large.app.server.call_tool(tool.name, {"name": "x", **flags})
        found[tool.name] = list(calls)
    print(json.dumps(found))
asyncio.run(main())
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Where a tree may be made; it is gone afterwards, for some are large."""
    yield tmp_path / "tree"
    release(tmp_path / "tree")
    shutil.rmtree(tmp_path / "tree", ignore_errors=True)


@pytest.mark.parametrize("name", TREES)
def test_a_tree_holds_its_hostile_files_and_a_healthy_server(name: str, root: Path):
    made(name, root)
    assert (root / "healthy.py").read_text(encoding="utf-8") == HEALTHY
    assert len(list(root.iterdir())) > 1
    assert TREES[name].__doc__


def test_the_large_trees_have_the_sizes_that_they_say(root: Path):
    made("many_files", root / "files")
    assert len(list((root / "files").rglob("module_*.py"))) == 20_000
    made("many_lines", root / "lines")
    assert (root / "lines" / "long.py").read_bytes().count(b"\n") > 50_000
    made("one_line", root / "line")
    assert max(map(len, (root / "line" / "wide.py").read_bytes().split(b"\n"))) > 5 << 20
    made("many_tools", root / "tools")
    assert (root / "tools" / "tools.py").read_bytes().count(b"@server.tool()") == 10_000


@pytest.mark.parametrize("name", ["syntax_error", "python_2", "null_bytes", "not_utf8"])
def test_what_is_no_python_is_refused_by_python(name: str, root: Path):
    made(name, root)
    (path,) = (path for path in root.glob("*.py") if path.name != "healthy.py")
    with pytest.raises((SyntaxError, ValueError)):
        ast.parse(path.read_bytes())


@pytest.mark.parametrize(
    "name",
    [
        "many_lines",
        "many_tools",
        "shallow_parentheses",
        "long_boolean",
        "reassignment",
        "doubling_calls",
        "growing_recursion",
        "unions",
        "constant_bombs",
        "endless_registration",
        "class_cycle",
        "import_cycle",
        "star_cycle",
        "value_cycles",
        "getattr_recursion",
        "strange_names",
        "long_tool_name",
        "many_arguments",
        "confusing_names",
        "executing",
    ],
)
def test_what_is_hostile_by_its_meaning_is_whole_python(name: str, root: Path):
    made(name, root)
    for path in root.glob("*.py"):
        if path.name != "cookie.py":
            ast.parse(path.read_bytes())


def test_links_lead_in_circles_and_out_of_the_tree(root: Path):
    made("links", root)
    assert SECRET in (root / "out.py").read_text(encoding="utf-8")
    assert SECRET in (root / "out" / "secret.py").read_text(encoding="utf-8")
    assert (root / "again" / "again" / "inner" / "above" / "healthy.py").is_file()
    for name in ("itself.py", "ping.py"):
        with pytest.raises(OSError, match="symbolic links"):
            (root / name).read_bytes()


def test_special_files_are_special(root: Path):
    made("special_files", root)
    kinds = {name: (root / f"{name}.py").stat().st_mode for name in ("pipe", "socket", "device", "folder")}
    assert stat.S_ISFIFO(kinds["pipe"])
    assert stat.S_ISSOCK(kinds["socket"])
    assert stat.S_ISCHR(kinds["device"])
    assert stat.S_ISDIR(kinds["folder"])


def test_each_file_that_must_not_be_run_writes_the_canary_when_it_is(root: Path):
    made("executing", root)
    assert not canary(root).exists()
    command = [sys.executable, "-I", "-S", "-c", RUN_ALL, str(root), str(canary(root))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    silent = {line.split()[0] for line in done.stdout.splitlines() if line.endswith("False")}
    # The first asks for an attribute, the second for its type hints, the third for a codec.
    assert silent == {"lookup.py", "typed.py", "cookie.py", "healthy.py"}
    canary(root).unlink()


def test_the_large_server_has_modules_of_1000_lines_and_the_same_text_every_time(root: Path):
    texts = []
    for name in ("first", "second"):
        (root / name).mkdir(parents=True)
        large_server(root / name)
        paths = sorted((root / name / "large").glob("department_*.py"))
        texts.append([path.read_text(encoding="utf-8") for path in paths])
    assert texts[0] == texts[1]
    assert [text.count("\n") for text in texts[0]] == [LINES] * MODULES


def test_the_large_server_runs_and_each_of_its_200_tools_makes_the_calls_that_are_expected(root: Path):
    root.mkdir()
    expected = large_server(root)
    assert len(expected) == MODULES * TOOLS == 200
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", CALL_ALL, str(MODULES)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(done.stdout) == {name: list(operations) for name, operations in expected.items()}
