"""The same account as every tool keeps it loads to the same organization, but for what a format cannot tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from iamsim import documents, plugins, sources
from iamsim.model.account import Account, Group, Resource, Role, User
from iamsim.model.policy import Policy
from iamsim.sources import Options, load

ROOT = Path(__file__).parents[2]
ACCOUNTS = ROOT / "fixtures" / "sources" / "one-account"
ONE = "111122223333"
KEY = f"arn:aws:kms:us-east-1:{ONE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"

FORMATS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "authorization_details": (
        "authorization-details/details.json",
        {
            "resources": "GetAccountAuthorizationDetails is IAM's alone",
            "providers": "they are listed by calls of their own",
            "max_session_duration": "RoleDetail has no MaxSessionDuration",
        },
    ),
    "cloudformation": (
        "cloudformation/template.yaml",
        {
            f"resources.{KEY}": "the id of a key is made in the deploy",
            f"resources.arn:aws:kms:us-east-1:{ONE}:key/Key": "its logical id stands for it",
        },
    ),
    "json_folder": ("folder", {}),
    "terraform_plan": ("terraform/plan.json", {}),
    "aws_config": (
        "aws-config/snapshot.json",
        {
            "max_session_duration": "no member of the item of a role",
            "settings": "the item of a bucket does not tell who owns its objects",
            "providers": "AWS Config does not record them",
        },
    ),
    "iam_collect": (
        "iam-collect",
        {
            "policies": "its pages do not say how identity policies are held",
            "unread": "as above",
            "boundary": "its pages do not say which file tells it",
            "max_session_duration": "as above",
            "settings": "as above",
            "users": "as above",
            "groups": "as above",
            "providers": "as above",
            f"resources.arn:aws:es:us-east-1:{ONE}:domain/search": "it does not collect domains",
        },
    ),
    "snapshot": ("snapshot/snapshot.json", {}),
}
"""By source: where the account stands below `one-account`, and what of it the format cannot tell, with the reason."""


def text(policy: Policy | None) -> object:
    return None if policy is None else documents.document(policy)


def attached(policies: Iterable[Policy]) -> dict[str, object]:
    return {policy.arn or policy.name: text(policy) for policy in policies}


def role(found: Role) -> dict[str, object]:
    return {
        "trust": text(found.trust),
        "policies": attached(found.policies),
        "unread": found.unread,
        "boundary": (found.boundary_arn, text(found.boundary)),
        "tags": dict(found.tags),
        "max_session_duration": found.max_session_duration,
    }


def user(found: User) -> dict[str, object]:
    return {
        "policies": attached(found.policies),
        "groups": sorted(found.groups),
        "unread": found.unread,
        "boundary": (found.boundary_arn, text(found.boundary)),
        "user tags": dict(found.tags),
    }


def group(found: Group) -> dict[str, object]:
    return {"policies": attached(found.policies), "unread": found.unread}


def resource(found: Resource) -> dict[str, object]:
    settings = {name: value for name, value in found.settings.items() if name in _SETTINGS}
    return {"policy": text(found.policy), "settings": settings, "unread": found.unread}


_SETTINGS = (
    "block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets", "object_ownership",
    "key_manager",
)  # fmt: skip


def told(account: Account) -> dict[str, Any]:
    """Everything of an account that a decision can hang on, by kind and ARN."""
    return {
        "roles": {arn: role(each) for arn, each in account.roles.items()},
        "users": {arn: user(each) for arn, each in account.users.items()},
        "groups": {arn: group(each) for arn, each in account.groups.items()},
        "resources": {arn: resource(each) for arn, each in account.resources.items()},
        "managed": {arn: text(each) for arn, each in account.policies.items() if f"::{ONE}:" in arn},
        "providers": None if account.oidc_providers is None else dict(account.oidc_providers),
    }


def without(found: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """What is left when a format cannot tell `names`: a kind, a kind's member (`resources.ARN`), or an aspect of every one."""
    left = {kind: value for kind, value in found.items() if kind not in names}
    for kind, members in left.items():
        if isinstance(members, dict) and kind not in ("managed", "providers"):
            left[kind] = {
                arn: {aspect: value for aspect, value in each.items() if aspect not in names}
                for arn, each in members.items()
                if f"{kind}.{arn}" not in names
            }
    return left


@pytest.mark.parametrize("source", FORMATS)
def test_it_loads_to_the_same_organization(source):
    place, untold = FORMATS[source]
    folder = load(str(ACCOUNTS / "folder"), Options()).organization.accounts[ONE]
    loaded = load(str(ACCOUNTS / place), Options(account=ONE, region="us-east-1")).organization
    assert set(loaded.accounts) == {ONE}
    assert without(told(loaded.accounts[ONE]), untold) == without(told(folder), untold)


@pytest.mark.parametrize("source", FORMATS)
def test_a_format_is_recognised_by_itself_and_can_be_named(source):
    place, _ = FORMATS[source]
    path, options = str(ACCOUNTS / place), Options(account=ONE, region="us-east-1")
    assert load(f"{source.replace('_', '-')}:{path}", options).organization == load(path, options).organization


@pytest.mark.parametrize("source", FORMATS)
def test_loading_twice_gives_the_same_in_the_same_order(source):
    place, _ = FORMATS[source]
    options = Options(account=ONE, region="us-east-1")
    once, again = (load(str(ACCOUNTS / place), options) for _ in range(2))
    assert repr(once) == repr(again)


@pytest.mark.parametrize("source", FORMATS)
def test_what_the_format_cannot_tell_is_really_not_told(source):
    """An exception in the table that is no longer needed would hide a difference."""
    place, untold = FORMATS[source]
    folder = told(load(str(ACCOUNTS / "folder"), Options()).organization.accounts[ONE])
    loaded = told(load(str(ACCOUNTS / place), Options(account=ONE, region="us-east-1")).organization.accounts[ONE])
    for name in untold:
        others = [other for other in untold if other != name]
        assert without(loaded, others) != without(folder, others), f"{source} tells {name} now"


def test_no_source_of_files_is_left_out():
    files = {name for name, source in plugins.table(sources, "SOURCE").items() if not source.words}  # type: ignore[attr-defined]
    assert files - set(FORMATS) == set(_TELL_PARTS)


_TELL_PARTS: Mapping[str, str] = {
    "cli_answer": "a file holds the answers about one role or one resource",
    "kubernetes": "a manifest names roles and holds no policies",
}
"""Sources that tell a part of an account alone, with the reason; their own tests hold what they tell."""
