"""CloudFormation: cfn-lint accepts every template, and our own source reads the policy that is meant from it."""

from __future__ import annotations

import re

import cfnlint.api
import pytest
from cfnlint.config import ManualArgs

from iamsim import documents, fix
from iamsim.model.remedy import Edit, Slot
from iamsim.remedies._edits import edit
from tests import setups
from tests.fix import corpus, reading

FORM = fix.form("cloudformation")
BY_HAND = ("access point", "table", "catalog")
"""Kinds whose policy is a property of the carrier alone, or that CloudFormation has no type for."""
KINDS = [each for each in corpus.MADE if each[0] not in BY_HAND]
TEMPLATE = setups.FIXTURES / "sources" / corpus.SOURCES["cloudformation"]


def block_of(change: Edit) -> fix.Block:
    (block,) = FORM.write((change,))
    assert block.language == "yaml", block
    return block


def parts(text: str) -> dict[tuple[str, str], str]:
    """What a template declares, by section and logical id, as its lines."""
    found: dict[tuple[str, str], str] = {}
    section = name = ""
    for line in text.splitlines():
        if not line.startswith(" "):
            section = line
        elif not line.startswith("   "):
            name = line
            found[section, name] = ""
        else:
            found[section, name] += f"{line}\n"
    return found


def merged(blocks: list[fix.Block]) -> list[str]:
    """The templates in as few as have no logical id twice, as a linter takes long to start."""
    templates: list[dict[tuple[str, str], str]] = []
    for block in blocks:
        new = parts(block.text)
        for template in templates:
            ids = {name for _, name in template}
            if not any(name in ids and template.get((section, name)) != text for (section, name), text in new.items()):
                template.update(new)
                break
        else:
            templates.append(new)
    return [
        "".join(
            line
            for section in ("Parameters:", "Resources:")
            for line in (f"{section}\n", *(f"{name}\n{text}" for (of, name), text in template.items() if of == section))
            if any(of == section for of, _ in template)
        )
        for template in templates
    ]


def test_cfn_lint_accepts_every_template():
    made = [corpus.made(kind, is_new=is_new) for kind, is_new in KINDS]
    sourced = [change for source in ("cloudformation", "folder") for change in corpus.of_source(source)]
    remedied = [change for _, change in corpus.of_remedies()]
    blocks = [block for block in FORM.write((*made, *sourced, *remedied, corpus.holed())) if block.language == "yaml"]
    assert len(blocks) > len(made) + len(remedied)
    templates = merged(blocks)
    assert len(templates) < 8
    for text in templates:
        # One policy of one owner stands there more than once, as it does in no fix.
        config = ManualArgs(regions=["us-east-1"], ignore_checks=["E3019"])
        found = cfnlint.api.lint(text, config=config)
        assert [(each.rule.id, each.message) for each in found if each.rule.id[0] == "E"] == []


@pytest.mark.parametrize(("kind", "is_new"), [each for each in KINDS if each[0] not in ("stream", "repository")])
def test_a_template_of_its_own_gives_the_policy(kind, is_new, tmp_path):
    change = corpus.made(kind, is_new=is_new)
    path = tmp_path / "template.yaml"
    path.write_text(block_of(change).text, encoding="utf-8")
    organization = reading.loaded("cloudformation", path)
    if kind == "function":
        ((resource),) = [each for account in organization.accounts.values() for each in account.resources.values()]
        (statement,) = documents.document(resource.policy)["Statement"]
        assert statement == {**corpus.statement(kind, change.owner), "Sid": statement["Sid"]}
        return
    # A template makes a key of its own, whose id is not known before.
    owner = (
        f"arn:aws:kms:us-east-1:{corpus.OWN}:key/1234abcd12ab34cd56ef1234567890abKey" if kind == "key" else change.owner
    )
    # One that is attached is a policy of the account, and of its role.
    wanted = [documents.document(change.after)] * (2 if kind == "attached" else 1)
    assert reading.of(organization, owner, change.slot) == wanted


def test_the_resources_of_a_template_replace_those_of_the_template(tmp_path):
    """Every policy of the template, and a new one for every role, with the block put in where it says."""
    original = TEMPLATE.read_text(encoding="utf-8")
    seen = 0
    for change in corpus.of_source("cloudformation"):
        block = block_of(change)
        ((name, text),) = [
            (name.strip(), text) for (section, name), text in parts(block.text).items() if section == "Resources:"
        ]
        path = tmp_path / "template.yaml"
        path.write_text(put(original, name, text), encoding="utf-8")
        wanted = documents.document(change.after)
        arn = change.owner if ":kms:" not in change.owner else f"arn:aws:kms:us-east-1:{corpus.OWN}:key/{name[:-1]}"
        found = reading.of(reading.loaded("cloudformation", path), arn, change.slot)
        assert wanted in found
        seen += 1
    assert seen > 5


def put(original: str, name: str, text: str) -> str:
    """The template with the properties of the resource over those that it has, or with the resource behind all."""
    here = re.search(rf"(?m)^  {re.escape(name)}\n(?:   .*\n|\n)*", original)
    if here is None:
        return f"{original.rstrip()}\n  {name}\n{text}"
    old = here.group()
    for found in re.finditer(r"(?m)^      (\w+):.*\n(?:(?:        .*)?\n)*", text):
        # What only names the carrier stays as the template has it.
        if found[1] not in ("Roles", "Users", "Groups", "Bucket", "Queues", "Topics", "SecretId"):
            there = rf"(?m)^      {found[1]}:.*\n(?:(?:        .*)?\n)*"
            assert re.search(there, old), (name, found[1])
            old = re.sub(there, lambda _, found=found: found.group(), old)
    return original[: here.start()] + old + original[here.end() :]


@pytest.mark.parametrize("words", corpus.HOSTILE)
def test_a_hostile_text_is_text(words, tmp_path):
    change = corpus.hostile(words)
    block = block_of(change)
    path = tmp_path / "template.yaml"
    path.write_text(block.text, encoding="utf-8")
    found = reading.of(reading.loaded("cloudformation", path), change.owner, change.slot)
    assert found == [documents.document(change.after)]
    assert all(character.isprintable() for character in block.text.replace("\n", ""))
    assert "!Sub" not in block.text or "!Sub" in words


def test_what_is_not_told_is_a_parameter_without_a_default(tmp_path):
    change = corpus.holed()
    block = block_of(change)
    assert block.notes[-1].startswith("the parameter Unknown1 and the 1 after it stand for what the inputs do not tell")
    assert 'Resource:\n          - !Sub "arn:aws:s3:::${Unknown1}/a${!aws:username}"' in re.sub(
        r" {10,}(\w)", r"          \1", block.text
    ) or ('!Sub "arn:aws:s3:::${Unknown1}/a${!aws:username}"' in block.text)
    assert "Default" not in block.text
    path = tmp_path / "template.yaml"
    filled = re.sub(r"(Unknown\d:\n    Type: String\n)", r'\1    Default: "given"\n', block.text)
    path.write_text(filled, encoding="utf-8")
    found = reading.of(reading.loaded("cloudformation", path), change.owner, change.slot)
    assert found == [corpus.filled(documents.document(change.after), ("given", "given"))]


def test_a_template_on_its_own_asks_nothing_of_the_one_that_it_comes_from(tmp_path):
    for change in corpus.of_source("cloudformation"):
        block = block_of(change)
        path = tmp_path / "template.yaml"
        path.write_text(block.text, encoding="utf-8")
        if change.slot is Slot.INLINE:
            found = reading.of(reading.loaded("cloudformation", path), change.owner, change.slot)
            assert documents.document(change.after) in found


@pytest.mark.parametrize("kind", BY_HAND)
def test_what_cloudformation_has_no_resource_for_is_told_to_be_done_by_hand(kind):
    (block,) = FORM.write((corpus.made(kind),))
    assert block.title.endswith("by hand")
    assert block.notes == ("CloudFormation has this policy only inside the resource that carries it",)


def test_a_carrier_with_a_name_that_aws_does_not_take_is_in_no_template():
    for owner in (f"{corpus.IAM}:role/x: !Ref y", f"{corpus.IAM}:role/", "no arn"):
        (block,) = FORM.write((edit(owner, Slot.INLINE, None, corpus.policy(corpus.READ)),))
        assert block.language == "json"


def test_templates_of_one_fix_have_ids_of_their_own():
    blocks = FORM.write((corpus.made("role"), corpus.made("role"), corpus.made("user")))
    assert [block.place for block in blocks] == [
        "NotesReaderReadNotes",
        "NotesReaderReadNotes2",
        "NotesWriterReadNotes",
    ]
