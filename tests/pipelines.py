"""What is ready to use in pipelines, as its own programs would read it: steps of an action, jobs, blocks of a page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import click
import yaml  # noqa: TID253 - a test may pay for the import

from iamsim.cli import command as root

ROOT = Path(__file__).parents[1]
IAMSIM = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m iamsim "$@"\n'
PYTHON = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n'


@cache
def read(path: str) -> Any:
    """A YAML file of the repository."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


@cache
def example(name: str) -> str:
    """The example of this name in docs/pipelines.md."""
    page = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    found = re.findall(rf"^<!-- example: {name} -->\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return found[0]


def program(folder: Path, name: str, text: str) -> Path:
    """A program in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@dataclass
class Runner:
    """A machine that runs the steps of an action in bash, as GitHub's does; `bin` comes first on its path."""

    temp: Path
    work: Path
    inputs: dict[str, str] = field(default_factory=dict)
    token: str = "a-token-of-the-runner"
    log: str = ""

    def __post_init__(self) -> None:
        self.temp.mkdir()
        program(self.bin, "python", PYTHON)
        self.iamsim(IAMSIM)

    @property
    def bin(self) -> Path:
        """The folder of programs that the action installs into."""
        return self.temp / "iamsim/bin"

    def iamsim(self, text: str) -> None:
        """Puts another program in the place of iamsim."""
        program(self.bin, "iamsim", text)

    @property
    def outputs(self) -> dict[str, str]:
        """What the step `run` told the others."""
        path = self.temp / "output"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return dict(line.split("=", 1) for line in lines)

    def step(self, name: str) -> int:
        """The exit code of one step; what it prints is in `log`."""
        action = read("action.yml")
        step = next(each for each in action["runs"]["steps"] if each["name"] == name)
        values = {f"inputs.{key}": each.get("default", "") for key, each in action["inputs"].items()}
        values |= {f"inputs.{key}": value for key, value in self.inputs.items()}
        values |= {"github.event.pull_request.number": "7", "github.token": self.token}
        values |= {f"steps.run.outputs.{key}": value for key, value in self.outputs.items()}

        def filled(text: str) -> str:
            return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: values.get(found[1], ""), text)

        script = self.temp / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.work,
            env={
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(self.temp / "output"),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
                "GITHUB_REPOSITORY": "example/servers",
                **{key: filled(value) for key, value in step.get("env", {}).items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.log = done.stdout
        return done.returncode


def options_of(command: str) -> set[str]:
    """The options that a command has."""
    found = root.get_command(root.make_context("iamsim", ["--help"], resilient_parsing=True), command)
    assert found is not None
    return {name for each in found.params for name in each.opts}


def every_command() -> list[tuple[str, click.Command]]:
    """Every command with the words that call it, groups left out."""

    def below(words: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
        context = click.Context(group, info_name=words)
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            if isinstance(found, click.Group):
                yield from below(f"{words} {name}", found)
            else:
                yield f"{words} {name}", found

    return list(below("iamsim", root))
