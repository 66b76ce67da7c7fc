"""The commands set themselves up from what the repository says, and fail in one line that names what is missing."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("run", "dev", "fuzz", "servers")


def pins(lock: str) -> dict[tuple[str, str], str]:
    """What requirements/`lock`.txt pins: from a name and its marker to a version."""
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))? \\$", text, re.MULTILINE)
    return {(name, marker): version for name, version, marker in found}


def names(lock: str) -> set[str]:
    return {name for name, _ in pins(lock)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_pins_hashes_and_comments_and_names_no_place(lock):
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
    line = re.compile(r"(?: +)?#.*|    --hash=sha256:[0-9a-f]{64}(?: \\)?|[a-z0-9-]+==\S+(?: ; .+?)? \\")
    assert [each for each in text.splitlines() if not line.fullmatch(each)] == []
    assert "://" not in text


def test_everything_that_the_package_asks_for_is_in_both_locks():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = {re.match(r"[A-Za-z0-9-]+", each).group().lower() for each in asked}
    assert wanted - names("run") == set()
    assert wanted - names("dev") == set()


def test_development_runs_the_versions_that_users_get():
    # What users get on some machines alone, development may have on all.
    anywhere = {(name, version) for (name, marker), version in pins("dev").items() if not marker}
    missing = pins("run").items() - pins("dev").items()
    assert [each for each in missing if (each[0][0], each[1]) not in anywhere] == []


def test_the_build_backend_and_what_it_asks_for_are_in_the_development_lock():
    assert {"hatchling", "editables"} <= names("dev")


def python(path: Path, *, new: bool, venv: bool) -> str:
    """A Python that answers the two questions of the set-up, and can do nothing else."""
    answers = f"case $2 in *version_info*) exit {int(not new)};; *ensurepip*) exit {int(not venv)};; *) exit 9;; esac"
    path.write_text(f'#!/bin/sh\n[ "$1" = -c ] || {{ echo "ran $0" >&2; exit 7; }}\n{answers}\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def setup(folder: Path, *pythons: str) -> list[str]:
    """What the first set-up says on stderr with only these Pythons, less the line of make's own."""
    (folder / "requirements").mkdir()
    (folder / "requirements/dev.txt").touch()
    shutil.copy(ROOT / "Makefile", folder)
    command = ["make", f"PYTHONS={' '.join(pythons)}", ".venv/locked"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return [line for line in done.stderr.splitlines() if not line.startswith("make")]


def test_without_a_venv_module_one_line_names_debians_package(tmp_path):
    bare = python(tmp_path / "bare", new=True, venv=False)
    assert setup(tmp_path, bare) == [f"{bare} has no venv module: on Debian, apt-get install python3-venv"]


def test_without_a_python_that_is_new_enough_one_line_says_so(tmp_path):
    old = python(tmp_path / "old", new=False, venv=True)
    assert setup(tmp_path, "no-such-python", old) == [f"no Python 3.11 or newer among: no-such-python {old}"]


def test_the_first_python_that_can_make_an_environment_is_taken(tmp_path):
    old = python(tmp_path / "old", new=False, venv=True)
    bare = python(tmp_path / "bare", new=True, venv=False)
    good = python(tmp_path / "good", new=True, venv=True)
    other = python(tmp_path / "other", new=True, venv=True)
    said = setup(tmp_path, "no-such-python", old, bare, good, other)
    assert said == [f"setting up .venv with {good}", f"ran {good}"]


def test_ci_runs_the_readmes_test_command_and_nothing_else():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert [line for line in script if line and not line.startswith("#")] == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "make test",
    ]
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("code", "taken"), [(1, True), (0, False), (2, False), (3, False), (4, False), (5, False)])
def test_the_demo_takes_the_gaps_of_its_account_and_no_other_end(tmp_path, code, taken):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "fixtures/accounts/quilt-task-role").mkdir(parents=True)
    commands = tmp_path / ".venv/bin"
    commands.mkdir(parents=True)
    for name, does in (
        ("python", "exit 0"),
        ("iamsim", f'for to; do :; done; echo page > "${{to#html=}}"; exit {code}'),
    ):
        (commands / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (commands / name).chmod(0o755)
    ran = subprocess.run(
        ["make", "--old-file", ".venv/ready", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    page = "build/demo/quilt-task-role.html"
    assert (tmp_path / page).exists(), ran.stderr
    assert (ran.returncode == 0) is taken, ran.stderr
    assert (page in ran.stdout) is taken
    assert taken or f"`iamsim check` exited {code}, not 1 (gaps)" in ran.stderr
