"""Inference over trees that try to stop, fool or abuse it: it ends, says what it left out, and runs nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.hostile_sources import SECRET, TREES, canary, made, release
from tests.tools.large_server import large_server

WATCHDOG = 120
"""Seconds after which a walk counts as one that never ends."""

SPACE = 6 << 30
"""Bytes of addresses that a walk may have; its thread alone reserves half a gigabyte for its stack."""

RESIDENT = 500 << 20
"""Bytes of memory that a walk may use."""

HEALTHY = {"healthy": [["s3.ListBuckets", "server"]]}

_INFER = """\
import json, resource, sys
from pathlib import Path

resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
from iamsim.tools import written
from iamsim.tools.infer import infer

found = infer(Path(sys.argv[1]), made="2026-11-25")
text = written.toml(found.manifest)
status = Path("/proc/self/status")
# The peak that the kernel counts from the start of the program; `ru_maxrss` may be that of the process which started it.
peak = (
    int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    if status.exists()
    else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
)
told = {
    "tools": {
        tool.name: sorted({(need.operation, str(one)) for need in tool.requirements for one in need.credentials})
        for tool in found.manifest.tools
    },
    "unresolved": {tool.name: [f"{one.what}: {one.why}" for one in tool.unresolved] for tool in found.manifest.tools},
    "notes": found.notes,
    "text": text,
    "peak": peak,
}
print(json.dumps(told))
"""

NOTES = {
    # What was left out of these trees has to be told.
    "syntax_error": "broken.py",
    "python_2": "old.py",
    "null_bytes": "nulls.py",
    "not_utf8": "latin.py",
    "coding_cookies": "unknown.py",
    "byte_order_marks": "utf16.py",
    "one_line": "wide.py",
    "big_literals": "text.py",
    "many_files": "more than",
    "parentheses": "round.py",
    "nested_functions": "beyond.py",
    "attribute_chain": "attributes.py",
    "operator_chains": "nots.py",
    "links": "out.py",
    "special_files": "pipe.py",
    "long_tool_name": "long.py",
    "executing": "cookie.py",
}
"""What the notes on a tree name: a file that was not read, a bound that was reached."""

BESIDE = {
    "byte_order_marks": ("marked", "marked.py"),
    "many_lines": ("at_the_end", "long.py"),
    "many_tools": ("tool_9999", "tools.py"),
    "shallow_parentheses": ("below", "shallow.py"),
    "reassignment": ("counting", "counting.py"),
    "doubling_calls": ("doubling", "doubling.py"),
    "growing_recursion": ("growing", "growing.py"),
    "unions": ("unions", "unions.py"),
    "long_boolean": ("conditional", "boolean.py"),
    "long_elif": ("branches", "branches.py"),
    "class_cycle": ("cyclic", "use.py"),
    "import_cycle": ("circular", "use.py"),
    "value_cycles": ("knotted", "knots.py"),
    "getattr_recursion": ("asks", "asks.py"),
    "many_arguments": ("arguments", "arguments.py"),
    "confusing_names": ("confused", "confusing.py"),
    "executing": ("typed", "typed.py"),
}
"""A tool in the hostile part of a tree that calls AWS: either it is not without needs, or a note names its file."""

SHADOWED = frozenset({"confusing_names", "executing"})
"""Trees with a `boto3.py` of their own, which takes the SDK's place where the server is started among its files."""


@pytest.mark.parametrize("name", sorted(set(TREES) - {"big_server"}))
def test_a_hostile_tree_ends_in_notes_beside_a_healthy_tool_and_nothing_of_it_runs(name: str, tmp_path: Path):
    root = made(name, tmp_path / "tree")
    try:
        found = inferred(root)
    finally:
        release(root)
    assert not canary(root).exists()
    notes = "\n".join(found["notes"])
    told = "\n".join((*found["unresolved"]["healthy"], notes))
    assert {"healthy": found["tools"]["healthy"]} == HEALTHY or (name in SHADOWED and "boto3" in told)
    assert found["peak"] < RESIDENT
    assert NOTES.get(name, "") in notes
    if name in BESIDE:
        tool, file = BESIDE[name]
        assert found["tools"].get(tool) or found["unresolved"].get(tool) or file in notes
    # What leads out of the tree is not followed, and what is shown are plain lines.
    assert SECRET not in found["text"]
    assert all(letter.isprintable() or letter == "\n" for letter in found["text"])
    assert all(note.isprintable() and len(note) < 2_000 for note in found["notes"])


def test_what_may_not_be_read_is_told_where_the_process_may_not_read_it(tmp_path: Path):
    # The administrator may read everything; what nobody can read is a folder that is called like a module.
    root = made("special_files", tmp_path / "tree")
    (root / "loop").symlink_to("loop")
    found = inferred(root)
    assert {"healthy": found["tools"].get("healthy")} == HEALTHY
    assert not {"pipe", "socket", "device", "zero"} & set(found["tools"])


def test_a_module_that_the_project_does_not_start_with_is_left_out_and_that_is_told(tmp_path: Path):
    found = inferred(made("big_server", tmp_path / "tree"))
    assert "healthy" not in found["tools"]
    assert any("healthy.py" in note and "its tools are left out" in note for note in found["notes"])


def test_every_tool_of_a_large_server_has_exactly_its_operations(tmp_path: Path):
    root = tmp_path / "tree"
    root.mkdir()
    expected = large_server(root)
    found = inferred(root)
    assert found["peak"] < RESIDENT
    assert {name: {operation for operation, _ in needs} for name, needs in found["tools"].items()} == {
        name: set(operations) for name, operations in expected.items()
    }
    assert {credential for needs in found["tools"].values() for _, credential in needs} == {"server"}
    assert not any(found["unresolved"].values())


@pytest.mark.parametrize(
    "build",
    [
        lambda root: (root / "server.py").write_bytes(b""),
        lambda root: (root / "server.py").write_bytes(b"# -*- coding: rot13 -*-\nimport boto3\n"),
        lambda root: (root / "server.py").write_bytes(b"\0"),
    ],
    ids=["an empty file", "a file in a code of letters", "a file of one null byte"],
)
def test_a_tree_without_a_tool_ends_with_no_tools(build: Callable[[Path], Any], tmp_path: Path):
    build(tmp_path)
    (tmp_path / "other.py").write_text("x = 1\n", encoding="utf-8")
    found = inferred(tmp_path)
    assert found["tools"] == {}


def inferred(root: Path) -> dict[str, Any]:
    """What a process of its own, with bounds on its memory and its time, says of the tree."""
    ran = subprocess.run(
        [sys.executable, "-c", _INFER, str(root), str(SPACE)],
        capture_output=True,
        check=False,
        timeout=WATCHDOG,
        cwd=Path(__file__).parents[2],
    )
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")[-2_000:]
    told: dict[str, Any] = json.loads(ran.stdout)
    return told
