"""JSON patches: applied to the policy, or to the file that it stands in, they give the policy that is meant."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml  # noqa: TID253 - the template is read as plain values
from hypothesis import given
from hypothesis import strategies as st

from iamsim import documents, fix
from iamsim.fix.json_patch import operations
from iamsim.model.origin import NOWHERE
from iamsim.model.remedy import Slot
from iamsim.remedies._edits import edit
from tests.fix import corpus

FORM = fix.form("json_patch")


def applied(patch: list[dict[str, Any]], value: Any) -> Any:
    """The value after the patch. Source: RFC 6902, sections 4.1 to 4.6; RFC 6901 for the pointers."""
    value = copy.deepcopy(value)
    for operation in patch:
        path = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        if not path:
            assert operation["op"] == "add"
            value = operation["value"]
            continue
        holder = value
        for part in path[:-1]:
            holder = holder[int(part) if isinstance(holder, list) else part]
        last = path[-1]
        if isinstance(holder, list):
            at = len(holder) if last == "-" else int(last)
            assert at <= len(holder) - (operation["op"] != "add")
            match operation["op"]:
                case "add":
                    holder.insert(at, operation["value"])
                case "replace":
                    holder[at] = operation["value"]
                case "remove":
                    del holder[at]
            continue
        match operation["op"]:
            case "test":
                assert holder[last] == operation["value"]
            case "remove":
                del holder[last]
            case "replace":
                assert last in holder
                holder[last] = operation["value"]
            case "add":
                holder[last] = operation["value"]
    return value


def patch_of(block: fix.Block) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(block.text)
    return found


@pytest.mark.parametrize(("kind", "is_new"), corpus.MADE)
def test_a_patch_of_a_policy_document_gives_the_policy(kind, is_new):
    change = corpus.made(kind, is_new=is_new)
    (block,) = FORM.write((change,))
    old = documents.document(change.before) if change.before is not None else {}
    assert applied(patch_of(block), old) == documents.document(change.after)
    assert block.language == "json"


@pytest.mark.parametrize("source", ["folder", "cloudformation"])
def test_a_patch_of_a_file_gives_the_policy_in_its_place_and_leaves_all_else(source):
    seen = 0
    for change in corpus.of_source(source):
        (block,) = FORM.write((change,))
        before = change.before
        if before is None or "the policy document alone" in " ".join(block.notes):
            continue
        seen += 1
        text = Path(block.place).read_text(encoding="utf-8")
        whole = json.loads(text) if block.place.endswith(".json") else _plain(text)
        after = applied(patch_of(block), whole)
        pointer = [part.replace("~1", "/").replace("~0", "~") for part in before.origin.pointer.split("/")[1:]]
        # What did not change stands as the file has it: with its functions, where it is a template.
        old, new = (documents.document(policy)["Statement"] for policy in (before, change.after))
        wanted = [_at(whole, pointer)["Statement"][old.index(each)] if each in old else each for each in new]
        assert _at(after, pointer)["Statement"] == wanted
        for value in (after, whole):
            _at(value, pointer).pop("Statement")
        assert after == whole
    assert seen > 3


def test_what_stands_in_a_text_of_a_plan_is_patched_as_a_document():
    for change in corpus.of_source("terraform"):
        if change.before is not None:
            (block,) = FORM.write((change,))
            assert block.notes[0] == "the pointers lead through the policy document alone"
            assert applied(patch_of(block), documents.document(change.before)) == documents.document(change.after)


def test_the_patches_of_the_remedies_hold_only_what_changes():
    changes = [change for _, change in corpus.of_remedies() if change.before is not None]
    for change in changes:
        (block,) = FORM.write((change,))
        for operation in patch_of(block):
            assert operation["path"] not in ("", "/Statement")
    assert changes


STATEMENTS = st.lists(
    st.builds(
        lambda sid, action, on: {
            **({"Sid": sid} if sid else {}),
            "Effect": "Allow",
            "Action": action,
            "Resource": on,
        },
        st.sampled_from(["", "A", "B"]),
        st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:*"]),
        st.sampled_from(["*", "arn:aws:s3:::a/*"]),
    ),
    min_size=1,
    max_size=5,
)


@given(STATEMENTS, STATEMENTS, st.sampled_from([None, "2012-10-17", "2008-10-17"]), st.booleans())
def test_the_patch_of_one_policy_gives_any_other(old, new, version, alone):
    head = {} if version is None else {"Version": version}
    written = {**head, "Statement": old[0] if alone else old}
    before = documents.policy_of(written, origin=NOWHERE, name="x")
    after = documents.policy_of({"Version": "2012-10-17", "Statement": new}, origin=NOWHERE, name="x")
    found = applied(operations(before, after), written)
    assert _read(found) == documents.document(after)


def test_a_patch_of_another_version_of_the_file_fails_and_changes_no_other_statement():
    old = corpus.policy({**corpus.READ, "Sid": "A"}, {**corpus.READ, "Sid": "B"})
    new = corpus.policy({**corpus.READ, "Sid": "A"}, {**corpus.READ, "Sid": "B", "Action": "s3:PutObject"})
    (block,) = FORM.write((edit(corpus.SERVER, Slot.INLINE, old, new),))
    moved = {"Version": "2012-10-17", "Statement": [{"Sid": "B"}, {"Sid": "C"}]}
    with pytest.raises(AssertionError):
        applied(patch_of(block), moved)


def _read(value: object) -> dict[str, Any]:
    """The policy as every policy is written here: one value stands alone."""
    return documents.document(documents.policy_of(value, origin=NOWHERE, name="x"))


def _plain(text: str) -> Any:
    """A template with its short functions as the texts that stand behind them."""

    class Loader(yaml.BaseLoader):
        pass

    def any_tag(loader: yaml.BaseLoader, _suffix: str, node: yaml.Node) -> object:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        assert isinstance(node, yaml.MappingNode)
        return loader.construct_mapping(node, deep=True)

    Loader.add_multi_constructor("!", any_tag)
    return yaml.load(text, Loader)  # noqa: S506 - texts alone


def _at(value: Any, path: list[str]) -> Any:
    for part in path:
        value = value[int(part) if isinstance(value, list) else part]
    return value
