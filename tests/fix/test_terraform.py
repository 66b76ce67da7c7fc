"""Terraform: every block parses, is formatted, and a plan of it gives the policy that is meant to whom it is meant for."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from iamsim import documents, fix
from iamsim.fix._targets import RESOURCES
from iamsim.fix._terraform_types import NEW
from iamsim.model.remedy import Edit, Slot
from iamsim.remedies._edits import edit
from tests import setups
from tests.fix import corpus, hcl, reading

FORM = fix.form("terraform")
PLANS = [name for name in corpus.SOURCES if name.startswith("terraform")]
NOT_READ = ("access point", "table", "repository", "stream", "catalog", "function")
"""Kinds whose policies our own source reads of no plan, as none of the tools so far need them, or not as a whole."""


def block_of(change: Edit) -> fix.Block:
    (block,) = FORM.write((change,))
    assert block.language == "hcl", block
    return block


# ---------------------------------------------------------------- read back through the source of plans


@pytest.mark.parametrize(("kind", "is_new"), [each for each in corpus.MADE if each[0] not in NOT_READ])
def test_a_block_of_its_own_gives_the_policy(kind, is_new, tmp_path):
    change = corpus.made(kind, is_new=is_new)
    path = tmp_path / "plan.json"
    known = {"aws_iam_policy.notes_reader_read_notes.arn": change.after.arn} if kind == "attached" else {}
    path.write_text(json.dumps(hcl.plan(*hcl.resources(block_of(change).text, known))), encoding="utf-8")
    found = reading.of(reading.loaded("terraform-plan", path), change.owner, change.slot)
    # One that is attached is a policy of the account, and of its role.
    assert found == [documents.document(change.after)] * (2 if kind == "attached" else 1)


def test_a_new_managed_policy_is_attached_to_a_role_of_the_plan_by_reference():
    role = next(change for change in corpus.of_source("terraform") if change.slot is Slot.TRUST)
    arn = f"{corpus.IAM}:policy/read-notes"
    new = replace(role, slot=Slot.MANAGED, before=None, after=corpus.policy(corpus.READ, name="read-notes", arn=arn))
    text = block_of(new).text
    address = role.before.origin.address
    assert f"= {address}.name" in text.partition("_policy_attachment")[2]
    by_hand = replace(new, after=replace(new.after, arn=f"{corpus.IAM}:policy/team/read-notes"))
    assert FORM.write((by_hand,))[0].title.endswith("by hand")


@pytest.mark.parametrize("kind", NOT_READ[:-1])
def test_a_block_of_a_kind_that_no_plan_is_read_for_has_the_policy_and_its_carrier(kind):
    change = corpus.made(kind)
    ((resource),) = hcl.resources(block_of(change).text)
    values = resource["values"]
    assert json.loads(values.pop("policy")) == documents.document(change.after)
    wanted = {"repository": {"repository": "notes"}, "catalog": {}, "access point": {"access_point_arn": change.owner}}
    assert values == wanted.get(kind, {"resource_arn": change.owner})


def test_a_function_gets_one_permission_per_statement():
    ((resource),) = hcl.resources(block_of(corpus.made("function")).text)
    assert resource["type"] == "aws_lambda_permission"
    assert resource["values"] == {
        "function_name": corpus.CARRIERS["function"][0],
        "statement_id": "Server",
        "action": "lambda:InvokeFunction",
        "principal": corpus.SERVER,
    }


@pytest.mark.parametrize("source", PLANS)
def test_the_edited_configuration_gives_the_policy(source, tmp_path):
    """Every policy of the plan, and a new one for every role, put in where the block says."""
    original = json.loads((setups.FIXTURES / "sources" / corpus.SOURCES[source]).read_text(encoding="utf-8"))
    seen = 0
    for change in corpus.of_source(source):
        if change.slot is Slot.RESOURCE and ":lambda:" in change.owner:
            continue
        block = block_of(change)
        if block.text.startswith("data ") or "\ndata " in block.text:
            name = block.place.rpartition(".")[2]
            told = hcl.documents(block.text, _variables(block.text))[name]
            wanted = documents.document(change.after)
            assert _normal(told) == _normal(corpus.filled(wanted, tuple(_variables(block.text).values())))
            seen += 1
            continue
        plan = copy.deepcopy(original)
        if (change.before is not None and change.slot is not Slot.RESOURCE) or "stay as they are" in block.text:
            _put(plan, change, block)
        else:
            _add(plan, change, block)
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(plan), encoding="utf-8")
        found = reading.of(reading.loaded("terraform-plan", path), change.owner, change.slot)
        wanted = corpus.filled(documents.document(change.after), tuple(_variables(block.text).values()))
        assert wanted in found
        seen += 1
    assert seen > 5


def _variables(text: str) -> dict[str, str]:
    return {f"var.{name}": "given" for name in re.findall(r'variable "(\w+)"', text)}


def _put(plan: dict[str, Any], change: Edit, block: fix.Block) -> None:
    """The arguments that the block has, in the resource of its address."""
    assert change.before is not None
    assert change.before.origin.address.replace("[", ".").startswith(block.place.replace("[", "."))
    ((told),) = hcl.resources(block.text, _variables(block.text))
    (found,) = [each for each in plan["resource_changes"] if each["address"] == change.before.origin.address]
    assert (found["type"], found["name"]) == (told["type"], told["name"])
    after = found["change"]["after"]
    for name, value in told["values"].items():
        if name == "inline_policy":
            (new,) = value
            after[name] = [new if each["name"] == new["name"] else each for each in after[name]]
        else:
            after[name] = value


def _add(plan: dict[str, Any], change: Edit, block: fix.Block) -> None:
    """The resource of the block, in the module of its address."""
    name = change.owner.rpartition("/")[2].rpartition(":")[2]
    references = dict.fromkeys(re.findall(r"= ([\w.\[\]\"-]+)\.(?:name|id|function_name)\n", block.text), name)
    known = {
        f"{reference}.{attribute}": name for reference in references for attribute in ("name", "id", "function_name")
    }
    ((told),) = hcl.resources(block.text, known)
    module = block.place.removesuffix(f"{told['type']}.{told['name']}").rstrip(".")
    (added,) = hcl.plan(told)["resource_changes"]
    added["address"] = block.place
    if module:
        added["module_address"] = module
    plan["resource_changes"].append(added)


def _normal(value: Any, key: str = "") -> Any:
    """The policy with every value in a list, as the data source takes nothing else."""
    if isinstance(value, dict):
        return {name: _normal(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_normal(each, "Sid") for each in value]
    return value if key in ("Version", "Sid", "Effect") or (key, value) == ("Principal", "*") else [value]


# ---------------------------------------------------------------- how it looks


def all_blocks() -> list[fix.Block]:
    made = [corpus.made(kind, is_new=is_new) for kind, is_new in corpus.MADE]
    sourced = [change for source in PLANS for change in corpus.of_source(source)]
    remedied = [change for _, change in corpus.of_remedies()]
    strange = [corpus.hostile(words) for words in corpus.HOSTILE]
    found = FORM.write((*made, *sourced, *remedied, *strange, corpus.holed()))
    return [block for block in found if block.language == "hcl"]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_fmt_leaves_every_block_as_it_is(tmp_path):
    for number, block in enumerate(all_blocks()):
        (tmp_path / f"{number}.tf").write_text(block.text, encoding="utf-8")
    ran = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", str(tmp_path)],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert not ran.stdout + ran.stderr
    assert ran.returncode == 0


def test_blocks_of_one_fix_can_be_pasted_into_one_module():
    blocks = FORM.write((corpus.holed(), corpus.holed(), corpus.made("role"), corpus.made("user", is_new=True)))
    heads = re.findall(r"^(?:resource|variable) .*{$", "".join(block.text for block in blocks), re.MULTILINE)
    assert len(heads) == len(set(heads)) == 8


@pytest.mark.parametrize("words", corpus.HOSTILE)
def test_a_hostile_text_is_text(words):
    change = corpus.hostile(words)
    ((resource),) = hcl.resources(block_of(change).text)
    assert json.loads(resource["values"]["policy"]) == documents.document(change.after)
    assert all(character.isprintable() for character in block_of(change).text.replace("\n", ""))


def test_what_is_not_told_is_a_variable_without_a_default():
    block = block_of(corpus.holed())
    assert '"arn:aws:s3:::${var.unknown_1}/a$${aws:username}"' in block.text
    assert 'variable "unknown_2" {\n  description = ' in block.text
    assert "default" not in block.text
    assert block.notes[0].startswith("var.unknown_1 and the 1 after it stand for what the inputs do not tell")


# ---------------------------------------------------------------- what is said


def test_a_policy_that_exists_outside_of_the_configuration_is_imported_first():
    block = block_of(corpus.made("role"))
    import_ = "`terraform import aws_iam_role_policy.notes_reader_read_notes notes-reader:read-notes` before the apply"
    assert import_ in block.notes[0]
    assert not any("import" in note for note in block_of(corpus.made("role", is_new=True)).notes)


def test_a_resource_that_is_made_many_times_is_said_to_change_every_one():
    said = [note for change in corpus.of_source("terraform modules") for note in block_of(change).notes]
    assert 'module.app["acme"] is one of several that its module block makes, which all get what it says' in said
    assert any(
        note.endswith("makes several of them (count or for_each), which all get what its block says") for note in said
    )


def test_a_carrier_with_a_name_that_aws_does_not_take_is_in_no_block():
    for owner in (f'{corpus.IAM}:role/x" {{', f"{corpus.IAM}:role/${{x}}", "no arn"):
        (block,) = FORM.write((edit(owner, Slot.INLINE, None, corpus.policy(corpus.READ)),))
        assert (block.language, block.title) == ("json", block.title)
        assert "by hand" in block.title


def test_an_address_that_no_plan_has_is_no_address():
    change = corpus.made("role")
    assert change.before is not None
    for address in (
        "aws_iam_role.x\ny",
        "aws_iam_role",
        "module.x",
        'aws_iam_role.x["a"]["b"]',
        "aws_iam_role.x.y",
        "'",
    ):
        where = corpus.at("plan.json", "/resource_changes/0/change/after/policy", address)
        before = documents.policy_of(documents.document(change.before), origin=where, name="read-notes")
        block = block_of(edit(change.owner, change.slot, before, change.after))
        assert block.place == "aws_iam_role_policy.notes_reader_read_notes"


def test_every_kind_of_target_has_a_type():
    assert set(NEW) == {*RESOURCES, "trust", "role", "user", "group", "managed", "attached", "boundary"}
