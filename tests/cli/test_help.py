"""Help and the manual page: every command shows an example that it takes, and the page says what help says."""

from __future__ import annotations

import inspect
import re
import shlex
import shutil
import subprocess
import zipfile

import click
import pytest
from hatchling.builders.wheel import WheelBuilder

from iamsim.cli import command as root
from tests import man_page
from tests.pipelines import ROOT, every_command

COMMANDS = every_command()


def examples(command):
    """The commands that its help shows, joined where a backslash parts them."""
    found = re.search(r"^Examples?:\n((?:  .*\n?)+)", inspect.cleandoc(command.help or ""), re.MULTILINE)
    assert found is not None
    assert max(map(len, found[1].splitlines())) <= 100, "help is a hundred columns wide at most"
    text = found[1].replace("\\\n", " ")
    return [part.strip() for line in text.splitlines() for part in re.split(r"&&|>|  \(", line)]


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_every_command_shows_an_example_of_itself_that_it_takes(words, command):
    mine = [line for line in examples(command) if line.startswith(words)]
    assert mine
    for line in mine:
        given = shlex.split(line, comments=True)[len(words.split()) :]
        # With the settings of the program: a command keeps the help option that it is first asked for.
        context = click.Context(root, info_name="iamsim", **root.context_settings)
        # What an option is refused for is raised here; what a file is refused for, only by the command.
        command.make_context(words, given, parent=context)


def test_the_manual_page_is_what_the_commands_say():
    assert man_page.PAGE.read_text(encoding="utf-8") == man_page.page(), "run `make readme`"


def test_the_manual_page_has_every_command_option_and_exit_code():
    text = man_page.page().replace(r"\-", "-")
    for words, command in COMMANDS:
        section = text.partition(f".SS {words} ")[2].partition("\n.S")[0]
        assert section, words
        for option in (each for each in command.params if isinstance(each, click.Option) and not each.hidden):
            assert re.search(rf"^\.B .*{option.opts[-1]}\b", section, re.MULTILINE), (words, option.opts)
    assert text.count("\n.TP\n.B 130\n") == 1


def test_the_manual_page_is_set_without_a_warning():
    if shutil.which("groff") is None:
        pytest.skip("there is no groff here")
    done = subprocess.run(
        ["groff", "-man", "-ww", "-z", str(man_page.PAGE)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("text", [".so /etc/hosts", " x", "'a\\nb'", "a-b `c` “…” \\fB"])
def test_text_in_the_manual_page_is_no_macro(text):
    if shutil.which("groff") is None:
        pytest.skip("there is no groff here")
    source = f".TH X 1\n.PP\n.nf\n{man_page._plain(text)}\n.fi\n"  # noqa: SLF001 - what all text goes through
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-c"], input=source, capture_output=True, text=True, check=True
    )
    assert text.strip() in done.stdout
    assert done.stderr == ""


def test_the_wheel_brings_the_manual_page(tmp_path):
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    assert [each for each in names if each.endswith("/share/man/man1/iamsim.1")]
