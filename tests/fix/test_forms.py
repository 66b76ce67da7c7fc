"""What holds for every form: who is first, what is never edited, what is never shown, and what a saved report keeps."""

from __future__ import annotations

import json

import pytest

from iamsim import documents, fix
from iamsim.errors import InputError
from iamsim.fix import _documents
from iamsim.model.arn import is_aws_managed
from iamsim.model.remedy import RemedyKind, Slot
from iamsim.remedies._edits import edit
from iamsim.renderers import json as saved
from tests import setups
from tests.cli.running import run
from tests.fix import corpus

FORMS = sorted(fix.forms())
FIRST = {
    "folder": {"diff", "cli", "json_patch"},
    "terraform": {"terraform"},
    "cloudformation": {"cloudformation"},
}
"""By source the forms that may come first."""


def test_the_names_are_those_of_the_forms():
    assert list(fix.names()) == FORMS == ["cli", "cloudformation", "diff", "json_patch", "terraform"]
    with pytest.raises(InputError, match=r"`pulumi` is no form of a fix; choose cli, cloudformation, diff"):
        fix.form("pulumi")


@pytest.mark.parametrize("source", FIRST)
def test_the_form_of_the_source_comes_first(source):
    changes = corpus.of_source(source)
    for change in changes:
        order = fix.fitting((change,))
        assert set(order) <= set(FORMS)
        if source != "folder" or change.before is not None:
            assert order[0] in FIRST[source]
    assert fix.fitting(changes)[0] in FIRST[source]


@pytest.mark.parametrize("name", FORMS)
def test_a_form_writes_the_same_each_time_and_one_block_for_each_edit(name):
    changes = (*(corpus.made(*each[:1], is_new=each[1]) for each in corpus.MADE), *corpus.of_source("terraform"))
    once, again = (fix.form(name).write(changes) for _ in range(2))
    assert once == again
    assert len(once) == len(changes)
    assert all(block.title and block.text.endswith("\n") for block in once)


@pytest.mark.parametrize("name", FORMS)
def test_no_edit_is_no_block(name):
    assert fix.form(name).write(()) == ()


@pytest.mark.parametrize("name", ["terraform", "cloudformation", "cli"])
def test_a_policy_that_aws_manages_is_never_edited(name):
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    old = corpus.policy(corpus.READ, name="AmazonS3ReadOnlyAccess", arn=arn)
    for slot in (Slot.MANAGED, Slot.INLINE, Slot.BOUNDARY):
        change = edit(corpus.SERVER, slot, old, corpus.policy(corpus.READ, arn=arn))
        with pytest.raises(InputError, match="belongs to AWS, and nobody else can edit it"):
            fix.form(name).write((change,))


def test_no_remedy_edits_a_policy_that_aws_manages():
    edited = [change.before.arn for _, change in corpus.of_remedies() if change.before is not None]
    assert edited
    assert not any(is_aws_managed(arn or "") for arn in edited)


def test_a_saved_report_gives_the_same_blocks(monkeypatch):
    seen = 0
    for _, judged in setups.all_judged(monkeypatch, "remedies", "accounts"):
        report = saved.read(saved.render(judged.report), document="saved")
        for now, then in zip(judged.report.remedies, report.remedies, strict=True):
            if now.kind is RemedyKind.EDIT:
                assert all(form.write(now.edits) == form.write(then.edits) for form in fix.forms().values())
                seen += 1
    assert seen > 5


@pytest.mark.parametrize("name", FORMS)
def test_a_credential_in_a_policy_is_shown_in_no_form(name):
    secret = "AKIA" + "IOSFODNN7EXAMPLE"
    told = {
        **corpus.READ,
        "Condition": {"StringEquals": {"aws:PrincipalTag/key": secret, f"aws:PrincipalTag/{secret}": "x"}},
    }
    changes = (
        edit(corpus.SERVER, Slot.INLINE, None, corpus.policy(told)),
        edit(corpus.SERVER, Slot.INLINE, corpus.policy(told), corpus.policy(told, corpus.READ)),
    )
    blocks = fix.form(name).write(changes)
    assert secret not in repr(blocks)
    assert any("must not be shown" in note for note in blocks[0].notes) or "by hand" in blocks[0].title


def test_the_placeholder_of_json_is_refused_by_aws():
    text = _documents.numbered(_documents.text(_documents.value(corpus.holed().after)))
    assert text.count("\u2039unknown") == 2
    # PutRolePolicy takes U+0020 to U+00FF, tab and line ends.
    assert any(ord(character) > 0xFF for character in text)
    json.loads(text)


def test_every_policy_of_a_remedy_passes_lint(tmp_path):
    kinds = {Slot.TRUST: "trust", Slot.RESOURCE: "resource", Slot.BOUNDARY: "boundary"}
    changes = [change for _, change in corpus.of_remedies()]
    for number, change in enumerate(changes):
        (tmp_path / f"{number}.json").write_text(documents.text(change.after), encoding="utf-8")
        kind = kinds.get(change.slot, "identity")
        ran = run(tmp_path, "lint", f"{number}.json", "--kind", kind, "--family", "refused", "--format", "json")
        assert ran.code == 0
        assert ran.report["findings"] == []
    assert changes
