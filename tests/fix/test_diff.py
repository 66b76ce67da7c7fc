"""Unified diffs: they apply to the policy as indented JSON, and tell the line of the file where they belong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iamsim import documents, fix
from tests.fix import corpus

FORM = fix.form("diff")


def applied(diff: str, text: str) -> str:
    """The text after the diff, each line of which has to stand where it says. Source: POSIX, diff, "-u"."""
    old, new, at = text.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        if found := re.match(r"@@ -(\d+)(?:,(\d+))? ", line):
            start = int(found[1]) - (0 if found[2] == "0" else 1)
            new += old[at:start]
            at = start
        elif line[0] in " -":
            assert old[at] == line[1:]
            new += [old[at]] if line[0] == " " else []
            at += 1
        else:
            new.append(line[1:])
    return "".join([*new, *old[at:]])


@pytest.mark.parametrize(("kind", "is_new"), corpus.MADE)
def test_the_diff_of_a_policy_gives_the_other(kind, is_new):
    change = corpus.made(kind, is_new=is_new)
    (block,) = FORM.write((change,))
    before = documents.text(change.before) if change.before is not None else ""
    assert applied(block.text, before) == documents.text(change.after)
    assert (block.text.startswith("--- /dev/null\n+++ read-notes.json\n")) == is_new


def test_the_line_behind_a_hunk_is_that_of_the_statement_in_the_file():
    seen = 0
    for change in corpus.of_source("folder"):
        (block,) = FORM.write((change,))
        for document, line, label in re.findall(r"^@@ .* @@ (\S+):(\d+) (.+)$", block.text, re.MULTILINE):
            seen += 1
            text = Path(document).read_text(encoding="utf-8").splitlines()
            # The statement begins there: with its brace or, where it is the one of its policy, behind `"Statement":`.
            assert "{" in text[int(line) - 1]
            if not label.startswith("statement"):
                assert label in "".join(text[int(line) - 1 :])
        if change.before is not None:
            assert applied(re.sub(r"(?m)^(@@ .* @@).*$", r"\1", block.text), documents.text(change.before)) == (
                documents.text(change.after)
            )
    assert seen > 3


def test_a_policy_that_stands_in_no_file_names_no_line_of_one():
    for change in corpus.of_source("terraform"):
        (block,) = FORM.write((change,))
        assert not re.search(r"^@@ .* @@ \S", block.text, re.MULTILINE)


@pytest.mark.parametrize("words", corpus.HOSTILE)
def test_a_hostile_text_makes_no_line_of_its_own(words):
    (block,) = FORM.write((corpus.hostile(words),))
    # Without the words the diff has as many lines.
    (plain,) = FORM.write((corpus.hostile("plain"),))
    assert block.text.count("\n") == plain.text.count("\n")
    assert all(character.isprintable() for character in block.text.replace("\n", ""))
