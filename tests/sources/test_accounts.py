"""The accounts in fixtures/: each can be read as it lies there, and is the story its README tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iamsim import config, documents
from iamsim.model.account import Organization
from iamsim.overlay import overlay
from iamsim.sources import Options, json_folder, load
from iamsim.tools import bindings, manifest

ROOT = Path(__file__).parents[2]
ACCOUNTS = sorted(path for path in (ROOT / "fixtures" / "accounts").iterdir() if path.is_dir())
ONE = "111122223333"
TENANT, TASK = f"arn:aws:iam::{ONE}:role/quilt-tenant", f"arn:aws:iam::{ONE}:role/quilt-mcp-task-role"


def organization(name: str) -> Organization:
    found = Organization()
    for location in config.find(ROOT / "fixtures" / "accounts" / name).policies:
        found = overlay(found, load(location, Options()).organization)
    return found


def trust(name: str) -> list[dict[str, object]]:
    role = organization(name).role(TENANT)
    assert role is not None
    assert role.trust is not None
    found: list[dict[str, object]] = documents.document(role.trust)["Statement"]
    return found


def actions(name: str, arn: str) -> set[str]:
    role = organization(name).role(arn)
    assert role is not None
    return {action for policy in role.policies for statement in policy.statements for action in statement.action.values}


@pytest.mark.parametrize("folder", ACCOUNTS, ids=lambda path: path.name)
def test_an_account_lies_ready_to_be_checked(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")
    settings = config.find(Path())
    assert settings.path == "iamsim.toml"
    assert settings.tools is not None
    assert settings.role_arn is not None
    known = manifest.named(settings.tools).parameters
    assert set(bindings.settings((f"{name}={value}" for name, value in settings.set.items()), known)) == set(
        settings.set
    )
    found = organization(folder.name)
    assert found.role(settings.role_arn) is not None
    assert settings.server_principal == "none" or found.role(settings.server_principal or "") is not None
    assert all(account.seen == set(json_folder.SEEN.values()) for account in found.accounts.values())


@pytest.mark.parametrize("folder", ACCOUNTS, ids=lambda path: path.name)
def test_account_ids_are_those_of_examples(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            ids = set(re.findall(r"\b\d{12}\b", path.read_text(encoding="utf-8")))
            assert ids <= {ONE, "444455556666", "123456789012"}


def test_the_trust_policies_of_the_bug_report_are_as_it_prints_them():
    printed = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ONE}:root"}, "Action": "sts:AssumeRole"}
    assert trust("quilt-no-credentials") == trust("quilt-task-role") == [printed]
    assert trust("quilt-external-id") == [
        {**printed, "Condition": {"StringEquals": {"sts:ExternalId": "mcp-jwt-testing"}}}
    ]


def test_the_task_role_may_assume_and_nothing_more():
    assert actions("quilt-task-role", TASK) == {"sts:AssumeRole"}


def test_only_the_session_tags_account_lacks_tag_session_alone():
    assert trust("quilt-session-tags")[0]["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert config.find(ROOT / "fixtures/accounts/quilt-session-tags").claim["session_tags"] == {"team": "research"}
    assert {action for action in actions("quilt-session-tags", TASK) if action.startswith("sts:")} == {
        "sts:AssumeRole",
        "sts:SetSourceIdentity",
    }


def test_the_auth0_account_differs_from_the_fixed_one_by_its_subject_only():
    fixed, other = organization("quilt-fixed"), organization("quilt-auth0-subject")
    assert trust("quilt-fixed") == trust("quilt-auth0-subject")
    assert [documents.document(policy) for role in fixed.roles() for policy in role.policies] == [
        documents.document(policy) for role in other.roles() for policy in role.policies
    ]
    assert config.find(ROOT / "fixtures/accounts/quilt-auth0-subject").claim["sub"] == "auth0|abc"


def test_the_fixed_account_without_its_account_toml_has_seen_nothing(tmp_path):
    folder = ROOT / "fixtures" / "accounts" / "quilt-fixed"
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("account.toml", "iamsim.toml"):
            target = tmp_path / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    found = load(str(tmp_path), Options(account=ONE))
    assert found.organization.accounts[ONE].seen == frozenset()
    assert found.organization.accounts[ONE].roles.keys() == {TENANT, TASK}
    assert found.inputs[0].detail.endswith("; not seen: scp, rcp, boundary, resource, vpc-endpoint")


def test_the_documented_layout_names_every_word_and_folder():
    text = (ROOT / "docs" / "policies-folder.md").read_text(encoding="utf-8")
    for word in (*json_folder.SEEN, *(f"{name}/" for name in json_folder.FOLDERS)):
        assert word in text
