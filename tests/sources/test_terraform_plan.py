"""Plans that the real terraform made of fixtures/sources/terraform, and what is read of them."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iamsim import documents
from iamsim.errors import IamsimError, InputError, NothingToCheckError
from iamsim.model.account import Account, Change, Organization, Role, Workload
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.report import Input
from iamsim.overlay import overlay
from iamsim.sources import Loaded, Options, load
from tests.cli.running import run

ROOT = Path(__file__).parents[2]
PLANS = ROOT / "fixtures" / "sources" / "terraform"
CASES = sorted(path.parent.name for path in PLANS.glob("*/plan.json"))
ONE, TWO = "111122223333", "444455556666"
IAM = f"arn:aws:iam::{ONE}"
S3_READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def read(case: str, **options: Any) -> Loaded:
    return load(str(PLANS / case / "plan.json"), Options(**options))


def account(case: str, id: str = ONE) -> Account:
    return read(case).organization.accounts[id]


def role(case: str, name: str) -> Role:
    return account(case).roles[f"{IAM}:role/{name}"]


def statements(policy: Policy | None) -> list[dict[str, Any]]:
    """The statements as JSON, with `?` for a piece that is not known."""
    assert policy is not None
    text = json.dumps(documents.document(policy)["Statement"], ensure_ascii=False)
    found: list[dict[str, Any]] = json.loads(text.replace(HOLE, "?"))
    return found


def named(holder: Role, name: str) -> list[dict[str, Any]]:
    (found,) = [policy for policy in holder.policies if policy.name == name]
    return statements(found)


def said(loaded: Loaded, kind: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in loaded.inputs:
        if line.kind == kind:
            found.setdefault(line.location, []).append(line.detail)
    return found


def change(case: str, arn: str) -> Change:
    (found,) = [each for each in account(case).changes if each.of == arn]
    return found


# ---------------------------------------------------------------- plans written by hand


def entry(type_: str, name: str, after: object = None, **parts: Any) -> dict[str, Any]:
    """One entry of `resource_changes`."""
    actions = parts.pop("actions", ["create"])
    sides = {side: parts.pop(side) for side in ("before", "after_unknown", "after_sensitive") if side in parts}
    return {
        "address": parts.pop("address", f"{type_}.{name}"),
        "mode": "managed",
        "type": type_,
        "name": name,
        "change": {"actions": actions, "before": None, "after": after, **sides},
        **parts,
    }


def written(type_: str, name: str, key: str = "aws", **expressions: Any) -> dict[str, Any]:
    """What the configuration says of a resource."""
    return {
        "address": f"{type_}.{name}",
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_config_key": key,
        "expressions": expressions,
    }


def plan(*changes: dict[str, Any], configuration: tuple[dict[str, Any], ...] = (), **parts: Any) -> dict[str, Any]:
    aws = {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}}
    providers = parts.pop("providers", {"aws": aws})
    described = {one["address"] for one in configuration}
    # A plan always comes with its configuration.
    plain = [written(one["type"], one["name"]) for one in changes if f"{one['type']}.{one['name']}" not in described]
    configuration = (*configuration, *plain)
    return {
        "format_version": "1.2",
        "planned_values": {},
        "resource_changes": list(changes),
        "configuration": {"provider_config": providers, "root_module": {"resources": list(configuration)}},
        **parts,
    }


TRUST = json.dumps({"Statement": {"Effect": "Allow", "Principal": {"AWS": IAM + ":root"}, "Action": "sts:AssumeRole"}})
READ = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}})


def a_role(name: str = "app", **parts: Any) -> dict[str, Any]:
    return entry("aws_iam_role", name, {"name": name, "path": "/", "assume_role_policy": TRUST}, **parts)


@pytest.fixture
def of(tmp_path, monkeypatch):
    """Loads a plan that is written into the current folder as plan.json."""
    monkeypatch.chdir(tmp_path)

    def loaded(value: object, **options: Any) -> Loaded:
        Path("plan.json").write_text(value if isinstance(value, str) else json.dumps(value))
        return load("terraform-plan:plan.json", Options(**({"account": ONE} | options)))

    return loaded


@pytest.fixture
def told(of):
    """The one line that refuses a plan."""

    def line(value: object, kind: type[IamsimError] = InputError, **options: Any) -> str:
        with pytest.raises(kind) as caught:
            of(value, **options)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return line


# ---------------------------------------------------------------- what will be


def test_a_new_role_has_what_the_plan_gives_it():
    found = role("check", "mcp-server")
    assert found.unread == ()
    assert named(found, "assume") == [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"{IAM}:role/tenant"}]
    assert statements(found.trust)[0]["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert found.max_session_duration == 3600
    assert str(found.policies[0].origin).endswith(
        "#/resource_changes/4/change/after/policy (aws_iam_role_policy.assume)"
    )


def test_tags_are_those_that_the_provider_adds_too():
    assert role("greenfield", "tenant").tags == {"team": "research"}


def test_a_plan_sees_boundaries_and_no_organization_policies():
    assert account("greenfield").seen == {PolicyType.BOUNDARY}


def test_policies_are_attached_by_what_their_expressions_name():
    loaded = read("greenfield")
    found = loaded.organization.accounts[ONE].roles[f"{IAM}:role/tenant"]
    assert [policy.arn or policy.name for policy in found.policies] == ["read", f"{IAM}:policy/search"]
    (assumed,) = said(loaded, "assumed")[str(PLANS / "greenfield" / "plan.json")]
    assert assumed == (
        "what is known only after apply is the one thing that it refers to: "
        "aws_iam_role_policy.read.role is that of aws_iam_role.tenant, "
        "aws_iam_role_policy.read.policy is data.aws_iam_policy_document.read.json, "
        "aws_iam_role_policy_attachment.search.policy_arn is that of aws_iam_policy.search"
    )


def test_a_document_that_is_read_during_the_apply_has_holes_where_it_waits():
    assert named(role("greenfield", "tenant"), "read") == [
        {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "?"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::example-shared/*", "?"]},
    ]
    (policy,) = [one for one in role("greenfield", "tenant").policies if one.name == "read"]
    assert policy.statements[1].origin.address == "data.aws_iam_policy_document.read"


def test_modules_in_modules_are_followed_by_their_variables_and_outputs():
    found = role("modules", "apps/app-acme")
    assert found.unread == ()
    assert named(found, "read-0") == [{"Sid": "Read0", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "?"}]
    assert named(found, "read-1")[0]["Action"] == "s3:ListBucket"
    (policy,) = [one for one in found.policies if one.name == "read-1"]
    assert policy.origin.address == 'module.app["acme"].module.policies.data.aws_iam_policy_document.read[1]'


def test_a_loop_over_resources_attaches_each_of_them():
    attached = {policy.arn: statements(policy)[0]["Action"] for policy in role("modules", "apps/app-acme").policies}
    assert attached[f"{IAM}:policy/mcp/extra-logs"] == "logs:PutLogEvents"
    assert attached[f"{IAM}:policy/mcp/extra-search"] == "es:ESHttpGet"


def test_other_instances_of_the_module_do_not_get_what_one_gets():
    assert [one.name for one in role("modules", "apps/app-bravo-inc").policies] == ["read-0", "read-1"]


def test_a_provider_that_assumes_a_role_is_in_the_account_of_that_role():
    found = account("modules", TWO).roles
    assert list(found) == [f"arn:aws:iam::{TWO}:role/apps/app-remote"]
    assert named(next(iter(found.values())), "outside")[0]["Effect"] == "Deny"


def test_a_loop_over_policies_whose_arns_are_not_known_attaches_all_of_them():
    attached = {policy.arn for policy in role("attachments", "loop").policies}
    assert attached == {f"{IAM}:policy/{name}" for name in ("read", "write", "listed")}


def test_one_of_count_many_gets_its_own():
    first, second = (role("attachments", f"counted-{index}") for index in range(2))
    assert [policy.name for policy in first.policies] == ["own"]
    assert named(first, "own")[0]["Action"] == "s3:GetObject"
    assert [policy.name for policy in second.policies] == ["dynamic", "own"]


def test_a_boundary_comes_with_its_text():
    found = role("untold", "attributes")
    assert found.boundary_arn == f"{IAM}:policy/two"
    assert statements(found.boundary)[0]["Action"] == "s3:ListAllMyBuckets"


# ---------------------------------------------------------------- what changes, and what goes


def test_a_role_that_is_there_keeps_what_was_read_back_and_nobody_takes():
    found = role("existing", "team/kept")
    assert [policy.arn or policy.name for policy in found.policies] == ["by-hand", "read", S3_READ_ONLY]
    assert found.unread == ()
    assert found.unique_id == "AROAKEPTEXAMPLE"


def test_a_policy_that_changes_has_its_new_text():
    assert named(role("existing", "team/kept"), "read")[0]["Action"] == "s3:PutObject"


def test_what_is_deleted_or_moves_to_another_arn_is_removed():
    assert account("existing").removed == {f"{IAM}:role/deleted", f"{IAM}:role/anew"}


def test_a_role_that_is_made_anew_does_not_have_what_is_not_attached_again():
    found = role("existing", "new/anew")
    assert found.policies == ()
    assert found.unread == ("aws_iam_role_policy_attachment.anew, which the plan does not attach again",)


def test_a_resource_that_moved_or_is_forgotten_stays():
    assert role("existing", "moved").origin.address == "aws_iam_role.moved_to"
    assert role("existing", "forgotten").trust is not None


def test_a_role_of_another_configuration_gains_and_loses_policies():
    found = change("existing", f"{IAM}:role/elsewhere")
    assert [policy.name for policy in found.policies] == ["added"]
    assert found.lost == ("taken",)


def test_the_path_of_a_role_is_that_of_its_data_source_or_of_the_arn_in_play():
    assert change("existing", f"{IAM}:role/team/looked-up").policies[0].name == "shared"
    loaded = read("existing", needed=(f"{IAM}:role/deep/down/elsewhere",))
    assert f"{IAM}:role/deep/down/elsewhere" in {each.of for each in loaded.organization.accounts[ONE].changes}
    assert said(read("existing"), "assumed")[str(PLANS / "existing" / "plan.json")] == [
        f"names without a path are at /: {IAM}:group/operators, {IAM}:role/elsewhere"
    ]


def test_a_user_who_is_there_is_told_by_what_changes():
    found = change("existing", f"{IAM}:user/deploy")
    assert found.groups == (f"{IAM}:group/operators",)
    assert found.lost == ("keys",)


def test_a_bucket_policy_that_goes_leaves_none():
    assert account("existing").resources["arn:aws:s3:::example-documents"].policy is None
    assert not account("existing").resources["arn:aws:s3:::example-documents"].partial
    assert change("existing", "arn:aws:s3:::example-logs").lost == ("policy",)


def test_laid_over_the_account_before_it_the_plan_gives_the_account_after_it():
    before = Role(f"{IAM}:role/elsewhere", None, (policy("taken"), policy("other")))
    shared = replace(policy("shared"), arn=f"{IAM}:policy/shared")
    third = Role(f"{IAM}:role/third", None, (shared,))
    deleted = Role(f"{IAM}:role/deleted", None)
    base = Account(ONE, roles={each.arn: each for each in (before, third, deleted)})
    after = overlay(Organization({ONE: base}), read("existing").organization).accounts[ONE]
    assert [each.name for each in after.roles[before.arn].policies] == ["other", "added"]
    assert statements(after.roles[third.arn].policies[0])[0]["Action"] == "s3:PutObject"
    assert deleted.arn not in after.roles


def policy(name: str) -> Policy:
    return documents.policy(READ, document=f"{name}.json")


def test_an_attachment_with_lists_attaches_and_detaches():
    listed = f"{IAM}:policy/listed"
    assert change("attachments", f"{IAM}:role/elsewhere").policies[0].arn == listed
    assert change("attachments", f"{IAM}:role/let-go") == replace(
        change("attachments", f"{IAM}:role/let-go"), lost=(listed,), policies=()
    )
    assert listed in {each.arn for each in account("attachments").users[f"{IAM}:user/deploy"].policies}


def test_exclusive_lists_leave_nothing_beside_them():
    found = role("attachments", "exclusive")
    assert [each.arn or each.name for each in found.policies] == [
        "kept",
        "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess",
        f"{IAM}:policy/read",
    ]
    assert change("attachments", f"{IAM}:role/elsewhere-too").unread == (
        "what aws_iam_role_policies_exclusive.elsewhere takes from it",
    )


def test_a_role_whose_policies_were_not_read_back_is_not_wholly_seen():
    assert role("attachments", "old-state").unread == ("policies that the plan does not tell",)


def test_users_and_groups_have_what_the_plan_gives_them():
    found = account("attachments")
    assert found.users[f"{IAM}:user/deploy"].groups == (f"{IAM}:group/new",)
    assert [each.arn for each in found.groups[f"{IAM}:group/new"].policies] == [S3_READ_ONLY]
    assert change("attachments", f"{IAM}:user/colleague").groups == (f"{IAM}:group/new",)
    bounded = found.users[f"{IAM}:user/bounded"]
    assert bounded.boundary is not None
    assert bounded.unread == ("policies that the plan does not tell",)


def test_a_managed_policy_whose_new_text_is_not_known_is_not_taken_for_its_old_one():
    arn = f"{IAM}:policy/rewritten"
    old = replace(policy("rewritten"), arn=arn)
    base = Account(ONE, roles={f"{IAM}:role/third": Role(f"{IAM}:role/third", None, (old,))})
    after = overlay(Organization({ONE: base}), read("attachments").organization).accounts[ONE]
    (found,) = after.roles[f"{IAM}:role/third"].policies
    assert statements(found) == [
        {"Effect": "Allow", "Action": "?", "Resource": "?"},
        {"Effect": "Deny", "Action": "?", "Resource": "?"},
    ]


# ---------------------------------------------------------------- what is not told


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("aws_iam_policy.one", "its policy is known only after apply: it waits for aws_kms_key.key.arn"),
        ("aws_iam_role.attributes", "its policy `waits` is known only after apply: it waits for aws_s3_bucket.documents.arn"),
        ("aws_iam_role.attributes", "its trust policy is known only after apply: it waits for aws_iam_role.waits.arn"),
        ("aws_iam_role.prefixed", "its ARN is known only after apply"),
        ("aws_iam_role.secret_name", "its ARN is marked sensitive"),
        ("aws_iam_role_policy.secret", "its policy `secret` is marked sensitive"),
        ("aws_iam_role_policy.secret_document", "its policy `secret-document` is marked sensitive"),
        ("aws_iam_role_policy.waits_local", "its policy `waits-local` is known only after apply: it waits for local.bucket"),
        (
            "aws_iam_role_policy_attachment.either",
            "its `policy_arn` is known only after apply: it waits for aws_iam_policy.two.arn, aws_iam_policy.one.arn",
        ),
        ("aws_sqs_queue.jobs", "its policy is known only after apply: it waits for aws_iam_role.waits.arn"),
        ("aws_vpc_endpoint.s3", "its id is known only after apply"),
    ],
)  # fmt: skip
def test_what_is_not_told_is_said_with_its_address_and_what_it_waits_for(address, reason):
    assert reason in said(read("untold"), "not seen")[address]


def test_a_policy_that_is_not_told_is_attached_and_unread():
    assert role("untold", "waits").unread == (
        "aws_iam_role_policy.either, which may be attached to it",
        "`waits` of aws_iam_role_policy.waits (known only after apply: it waits for aws_s3_bucket.documents.arn)",
        "`waits-local` of aws_iam_role_policy.waits_local (known only after apply: it waits for local.bucket)",
        "the policy of aws_iam_role_policy_attachment.either",
        f"{IAM}:policy/one (known only after apply: it waits for aws_kms_key.key.arn)",
    )


def test_a_policy_of_one_of_two_roles_may_be_attached_to_each_and_to_no_other():
    marked = {
        Arn.parse(arn).name
        for arn, found in account("untold").roles.items()
        if any(word.startswith("aws_iam_role_policy.either") for word in found.unread)
    }
    assert marked == {"waits", "attributes"}


def test_a_trust_policy_that_is_not_told_is_none():
    assert role("untold", "attributes").trust is None


def test_blocks_of_a_role_are_told_where_they_can_be():
    found = role("untold", "attributes")
    assert named(found, "told")[0]["Action"] == "s3:GetObject"
    assert {policy.arn for policy in found.policies} == {None, S3_READ_ONLY, f"{IAM}:policy/two"}


@pytest.mark.parametrize(
    ("type_", "after", "unknown"),
    [
        ("aws_ecr_repository_policy", {"policy": READ}, {}),
        ("aws_glue_resource_policy", {}, {"policy": True}),
        ("aws_kms_grant", {"name": "g"}, {}),
        ("awscc_iam_role", {"role_name": "app"}, {}),
    ],
)
def test_a_resource_with_a_policy_that_is_not_read_is_said(of, type_, after, unknown):
    loaded = of(plan(a_role(), entry(type_, "p", after, after_unknown=unknown)))
    assert said(loaded, "not seen") == {f"{type_}.p": ["it has a policy, and resources of its kind are not read"]}


def test_a_policy_that_is_none_of_iam_is_not_said(of):
    assert (
        said(of(plan(a_role(), entry("aws_ecr_lifecycle_policy", "p", {"policy": '{"rules": []}'}))), "not seen") == {}
    )


def test_default_tags_count_where_all_tags_are_known_late(of):
    aws = provider(default_tags=[{"tags": {"constant_value": {"team": "research", "stage": "dev"}}}])
    tagged = {"name": "app", "assume_role_policy": TRUST, "tags": {"stage": "prod"}}
    role_ = entry("aws_iam_role", "app", tagged, after_unknown={"tags_all": True})
    found = of(plan(role_, providers={"aws": aws})).organization.accounts[ONE].roles[f"{IAM}:role/app"]
    assert found.tags == {"team": "research", "stage": "prod"}


def test_what_is_marked_sensitive_is_nowhere_in_what_was_read():
    assert "planted-secret-8Qz" in (PLANS / "untold" / "plan.json").read_text()
    assert "planted-secret-8Qz" not in repr(read("untold"))


def test_a_tag_that_is_marked_sensitive_is_a_hole():
    assert role("untold", "secret").tags == {"team": "research", "code": HOLE}


def test_an_organization_policy_of_an_account_denies_and_leaves_the_rest_open():
    found = account("untold")
    assert PolicyType.SCP not in found.seen
    (level,) = found.scps
    assert [statements(policy)[0]["Effect"] for policy in level] == ["Deny", "Allow"]
    assert level[0].origin.address == "aws_organizations_policy.deny"


@pytest.mark.parametrize("target", ["ou-abcd-12345678", "r-abcd"])
def test_which_accounts_an_organizational_unit_has_stands_in_no_plan(of, target):
    content = json.dumps({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    deny = entry("aws_organizations_policy", "deny", {"name": "deny", "content": content}, after_unknown={"id": True})
    attached = entry(
        "aws_organizations_policy_attachment", "deny", {"target_id": target}, after_unknown={"policy_id": True}
    )
    named_ = written(
        "aws_organizations_policy_attachment", "deny", policy_id={"references": ["aws_organizations_policy.deny.id"]}
    )
    loaded = of(plan(a_role(), deny, attached, configuration=(named_,)))
    assert loaded.organization.accounts[ONE].scps == ()
    assert said(loaded, "not seen") == {
        "aws_organizations_policy_attachment.deny": ["which accounts it reaches stands in no plan"]
    }


def test_an_organization_policy_that_stays_as_it_is_changes_nothing(of):
    value = {"id": "p-abcd1234", "name": "deny", "content": READ}
    same = {"policy_id": "p-abcd1234", "target_id": ONE}
    stays = [
        entry("aws_organizations_policy", "deny", value, actions=["no-op"], before=value),
        entry("aws_organizations_policy_attachment", "deny", same, actions=["no-op"], before=same),
    ]
    assert of(plan(a_role(), *stays)).organization.accounts[ONE].scps == ()


def test_an_organization_policy_that_goes_leaves_open_what_the_others_deny(of):
    detached = {"policy_id": "p-abcd1234", "target_id": ONE}
    left = entry("aws_organizations_policy_attachment", "deny", None, actions=["delete"], before=detached)
    found = of(plan(a_role(), left)).organization
    deny = documents.policy(
        json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}), document="d.json"
    )
    base = Organization({ONE: Account(ONE, scps=((deny,),), seen=frozenset({PolicyType.SCP}))})
    after = overlay(base, found).accounts[ONE]
    assert PolicyType.SCP not in after.seen
    assert [statements(policy)[0]["Effect"] for level in after.scps for policy in level] == ["Allow"]


# ---------------------------------------------------------------- documents read during the apply


def test_somebody_and_a_value_that_are_not_known_yet_are_holes():
    assert statements(role("documents", "tenant").trust) == [
        {
            "Sid": "Caller",
            "Effect": "Allow",
            "Principal": {"AWS": "?"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "?"}},
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sts:TagSession",
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": [ONE, TWO]}},
        },
    ]


def test_documents_are_merged_as_the_data_source_merges_them():
    assert named(role("documents", "tenant"), "merged") == [
        {"Sid": "Read", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-shared/*"},
        {
            "Sid": "Variable",
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::example-homes/${aws:username}/*",
        },
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "NotResource": "?",
            "Condition": {"StringLike": {"?": "*"}},
        },
    ]


def test_a_document_of_which_the_statements_are_not_known_is_not_read():
    found = role("documents", "tenant")
    assert found.unread == (
        "`loop` of aws_iam_role_policy.loop (known only after apply: it waits for data.aws_iam_policy_document.loop.json)",
    )


def test_a_document_that_is_read_late_and_known_has_no_hole():
    assert named(role("documents", "tenant"), "late")[0]["Resource"] == f"arn:aws:sqs:us-east-1:{ONE}:jobs"


def test_a_document_without_a_version_has_policy_variables():
    (found,) = [one for one in role("documents", "tenant").policies if one.name == "merged"]
    assert found.version == "2012-10-17"


def test_a_bucket_policy_names_whom_it_does_not_know_yet():
    found = account("documents").resources["arn:aws:s3:::example-documents"]
    assert statements(found.policy) == [
        {"Effect": "Deny", "NotPrincipal": {"AWS": "?"}, "Action": "s3:*", "Resource": ["?", "?"]}
    ]


# ---------------------------------------------------------------- resources


def resource(arn: str):
    return account("resources").resources[arn]


@pytest.mark.parametrize(
    ("arn", "action"),
    [
        ("arn:aws:s3:::example-new", "s3:GetObject"),
        ("arn:aws:s3:::example-old", "s3:*"),
        ("arn:aws:s3:::example-elsewhere", "s3:DeleteObject"),
        (f"arn:aws:kms:us-east-1:{ONE}:key/1234abcd-12ab-34cd-56ef-1234567890ab", "kms:*"),
        (f"arn:aws:kms:us-east-1:{ONE}:key/0000aaaa-12ab-34cd-56ef-1234567890ab", "kms:*"),
        (f"arn:aws:es:us-east-1:{ONE}:domain/search", "es:ESHttpGet"),
        (f"arn:aws:sqs:us-east-1:{ONE}:jobs", "sqs:SendMessage"),
        (f"arn:aws:sqs:eu-west-1:{ONE}:elsewhere", "sqs:SendMessage"),
        (f"arn:aws:sns:us-east-1:{ONE}:alerts", "sns:Publish"),
        (f"arn:aws:secretsmanager:us-east-1:{ONE}:secret:elsewhere-AbCdEf", "secretsmanager:GetSecretValue"),
        (f"arn:aws:lambda:us-east-1:{ONE}:function:new", "lambda:InvokeFunction"),
    ],
)
def test_resources_have_their_policies(arn, action):
    assert statements(resource(arn).policy)[0]["Action"] == action


def test_a_new_bucket_blocks_public_access_and_has_no_acls():
    assert resource("arn:aws:s3:::example-plain").settings["restrict_public_buckets"] == "true"
    assert resource("arn:aws:s3:::example-plain").settings["object_ownership"] == "BucketOwnerEnforced"


def test_settings_apart_take_the_place_of_those_of_a_new_bucket():
    found = resource("arn:aws:s3:::example-new")
    assert found.settings["object_ownership"] == "BucketOwnerPreferred"
    assert found.settings["ignore_public_acls"] == "true"
    # The bucket lets the public in; whether its account does is not told.
    assert found.settings["restrict_public_buckets"] == "unknown"
    assert found.tags == {"team": "research"}


def test_what_the_plan_does_not_tell_of_a_resource_that_is_there_stays_as_it_is():
    assert resource("arn:aws:s3:::example-old").partial
    assert resource("arn:aws:s3:::example-old").settings == {}
    assert resource("arn:aws:s3:::example-elsewhere").partial
    assert not resource("arn:aws:s3:::example-new").partial


def test_a_new_topic_has_a_policy_that_the_plan_does_not_tell():
    assert resource(f"arn:aws:sns:us-east-1:{ONE}:news").unread == "the one that SNS gives a new topic"


def test_permissions_of_a_new_function_are_its_policy():
    assert statements(resource(f"arn:aws:lambda:us-east-1:{ONE}:function:new").policy) == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{TWO}:root"},
            "Action": "lambda:InvokeFunction",
            "Resource": f"arn:aws:lambda:us-east-1:{ONE}:function:new",
        },
        {
            "Sid": "AllowBucket",
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": f"arn:aws:lambda:us-east-1:{ONE}:function:new",
            "Condition": {
                "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::example-old"},
                "StringEquals": {"AWS:SourceAccount": ONE},
            },
        },
    ]


def test_a_permission_of_a_function_that_is_there_leaves_its_policy_open():
    found = resource(f"arn:aws:lambda:us-east-1:{ONE}:function:elsewhere")
    assert (found.policy, found.unread) == (None, "changed by aws_lambda_permission.elsewhere")


def test_endpoints_and_providers_come_and_go():
    found = account("resources")
    assert list(found.endpoints) == ["vpce-0123456789abcdef0"]
    assert statements(found.endpoints["vpce-0123456789abcdef0"].policy)[0]["Action"] == "s3:GetObject"
    assert found.oidc_providers == {"https://token.actions.githubusercontent.com": ("sts.amazonaws.com",)}
    assert found.saml_providers == {f"{IAM}:saml-provider/company"}
    assert found.removed == {
        f"arn:aws:sns:us-east-1:{ONE}:gone",
        "https://oidc.example.com",
        "vpce-0fedcba9876543210",
    }


def test_public_access_that_the_whole_account_blocks_is_blocked(of):
    found = of(
        plan(
            entry("aws_s3_account_public_access_block", "all", {"restrict_public_buckets": True, "account_id": ONE}),
            entry("aws_s3_bucket", "open", {"bucket": "example-open"}),
            entry("aws_s3_bucket_public_access_block", "open", {"bucket": "example-open"}),
        )
    ).organization.accounts[ONE]
    settings = found.resources["arn:aws:s3:::example-open"].settings
    assert (settings["restrict_public_buckets"], settings["block_public_acls"]) == ("true", "false")


KEY = f"arn:aws:kms:us-east-1:{ONE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OPEN = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}})


def gone(type_: str, **before: Any) -> dict[str, Any]:
    return entry(type_, "gone", None, actions=["delete"], before=before)


def test_a_key_whose_policy_goes_gets_the_default_one_back(of):
    found = of(plan(gone("aws_kms_key_policy", key_id=KEY, policy=OPEN))).organization.accounts[ONE]
    assert found.resources[KEY].unread == "the default one, which the key gets back"


def test_an_endpoint_whose_policy_goes_allows_everything(of):
    endpoint = {"id": "vpce-0a", "policy": OPEN}
    there = entry("aws_vpc_endpoint", "e", endpoint, actions=["no-op"], before=endpoint)
    found = of(plan(there, gone("aws_vpc_endpoint_policy", vpc_endpoint_id="vpce-0a", policy=OPEN))).organization
    assert (found.accounts[ONE].endpoints["vpce-0a"].policy, found.accounts[ONE].removed) == (None, frozenset())


def test_an_endpoint_that_goes_with_its_policy_is_removed(of):
    policy_ = gone("aws_vpc_endpoint_policy", vpc_endpoint_id="vpce-0a", policy=OPEN)
    found = of(plan(gone("aws_vpc_endpoint", id="vpce-0a", policy=OPEN), policy_)).organization.accounts[ONE]
    assert (found.endpoints, found.removed) == ({}, {"vpce-0a"})


def test_a_bucket_that_loses_its_settings_lets_in_what_they_kept_out(of):
    taken = [
        gone("aws_s3_bucket_public_access_block", bucket="example-open", restrict_public_buckets=True),
        gone(
            "aws_s3_bucket_ownership_controls",
            bucket="example-open",
            rule=[{"object_ownership": "BucketOwnerEnforced"}],
        ),
    ]
    settings = of(plan(*taken)).organization.accounts[ONE].resources["arn:aws:s3:::example-open"].settings
    assert (settings["restrict_public_buckets"], settings["object_ownership"]) == ("unknown", "ObjectWriter")


def test_a_policy_of_one_of_two_new_buckets_leaves_both_open(of):
    buckets = [entry("aws_s3_bucket", name, {"bucket": f"example-{name}"}) for name in ("a", "b")]
    either = entry("aws_s3_bucket_policy", "p", {"policy": OPEN}, after_unknown={"bucket": True})
    names = [f"aws_s3_bucket.{name}.id" for name in ("a", "b")]
    expression = written("aws_s3_bucket_policy", "p", bucket={"references": names})
    found = of(plan(*buckets, either, configuration=(expression,))).organization.accounts[ONE].resources
    reason = "perhaps aws_s3_bucket_policy.p, of which it is not told whose it is"
    assert {each.unread for each in found.values()} == {reason}


# ---------------------------------------------------------------- what runs with a role


def test_everything_that_runs_with_a_role_is_told():
    server, elsewhere = f"{IAM}:role/mcp/mcp-server", f"{IAM}:role/elsewhere"
    found = [replace(each, origin=Workload("", "", None).origin) for each in account("workloads").workloads]
    assert found == [
        Workload("aws_ecs_task_definition.server", "ecs-task", server),
        Workload("aws_eks_pod_identity_association.server", "pod-identity", server, "mcp/server"),
        Workload("aws_instance.server", "ec2", server),
        Workload('aws_lambda_function.server["one"]', "lambda", server),
        Workload('aws_lambda_function.server["two"]', "lambda", server),
        Workload("kubernetes_service_account.written", "irsa", elsewhere, "default/written"),
        Workload("kubernetes_service_account_v1.referred", "irsa", server, "mcp/referred"),
    ]


# ---------------------------------------------------------------- which account


def test_the_account_is_that_of_the_role_in_question_where_the_plan_does_not_tell(of):
    loaded = of(plan(a_role()))
    assert list(loaded.organization.accounts) == [ONE]
    assert loaded.inputs[0].detail == f"Terraform plan, account {ONE} (from the role's ARN): 1 role"


def test_an_account_that_nothing_tells_is_an_error_with_the_ways_to_tell_it(told):
    line = told(plan(a_role()), account=None)
    assert line == (
        "plan.json#/resource_changes/0/change (aws_iam_role.app): the account of provider `aws` is not told; "
        'add `data "aws_caller_identity" "current" {}` or allowed_account_ids to its configuration and plan again, '
        "or give --role-arn where there is one account only"
    )


def provider(alias: str | None = None, **expressions: Any) -> dict[str, Any]:
    return {"name": "aws", **({"alias": alias} if alias else {}), "expressions": expressions}


def test_the_account_of_the_role_is_no_word_for_two_providers(told):
    configuration = (written("aws_iam_role", "app"), written("aws_iam_role", "far", key="aws.far"))
    providers = {"aws": provider(), "aws.far": provider("far", profile={"constant_value": "far"})}
    assert "the account of provider `aws` is not told" in told(
        plan(a_role(), a_role("far"), configuration=configuration, providers=providers)
    )


def test_providers_that_log_in_alike_are_in_one_account(of):
    configuration = (written("aws_iam_role", "app"), written("aws_iam_role", "far", key="aws.far"))
    allowed = {"constant_value": [TWO]}
    providers = {
        "aws": provider(allowed_account_ids=allowed, region={"constant_value": "us-east-1"}),
        "aws.far": provider("far", allowed_account_ids=allowed, region={"constant_value": "eu-west-1"}),
    }
    loaded = of(plan(a_role(), a_role("far"), configuration=configuration, providers=providers))
    assert list(loaded.organization.accounts) == [TWO]


def test_the_arns_of_what_is_there_tell_the_account(of):
    there = {"name": "old", "path": "/", "assume_role_policy": TRUST, "arn": f"arn:aws-us-gov:iam::{TWO}:role/old"}
    old = entry("aws_iam_role", "old", there, actions=["no-op"], before=there)
    loaded = of(
        plan(old, a_role()),
        account=None,
    )
    assert list(loaded.organization.accounts[TWO].roles) == [
        f"arn:aws-us-gov:iam::{TWO}:role/app",
        f"arn:aws-us-gov:iam::{TWO}:role/old",
    ]


def test_a_provider_that_is_in_two_accounts_is_an_error(told):
    def there(name: str, id: str) -> dict[str, Any]:
        value = {"name": name, "assume_role_policy": TRUST, "arn": f"arn:aws:iam::{id}:role/{name}"}
        return entry("aws_iam_role", name, value, actions=["no-op"], before=value)

    line = told(plan(there("a", ONE), there("b", TWO), a_role()))
    assert f"provider `aws` is told to be in two accounts, {ONE} and {TWO}" in line


def test_a_variable_tells_the_account_by_its_value(of):
    providers = {"aws": provider(allowed_account_ids={"references": ["var.account"]})}
    loaded = of(plan(a_role(), providers=providers, variables={"account": {"value": TWO}}), account=None)
    assert list(loaded.organization.accounts) == [TWO]


def test_a_resource_of_a_region_that_is_not_told_is_not_seen(of):
    queue = entry("aws_sqs_queue", "jobs", {"name": "jobs"})
    loaded = of(plan(queue, a_role(), providers={"aws": provider()}))
    assert said(loaded, "not seen") == {"aws_sqs_queue.jobs": ["its ARN is not told, since its region is not"]}


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("", "plan.json:1:1: is not JSON: expecting value; write one JSON object"),
        ('{"format_version": "1.2", "planned_values": {', "is not JSON"),
        ('{"format_version": "1.2", "format_version": "1.2"}', "the key `format_version` appears twice"),
        ("[" * 500, "is nested too deeply"),
        ({"format_version": "2.0", "resource_changes": []}, "is not a plan of format 1.x (`2.0`)"),
        ({"resource_changes": []}, "is not a plan of format 1.x (none is told)"),
        ({"format_version": "1.0", "values": {}}, "is the JSON of a state"),
        ({"format_version": "1.0"}, "holds no plan"),
        ({"format_version": "1.2", "resource_changes": [], "errored": True}, "is of a run that failed"),
        (
            {"format_version": "1.2", "planned_values": {"root_module": {"resources": [{"address": "a.b"}]}}},
            "has `planned_values` and no `resource_changes`",
        ),
        (plan(a_role(), a_role()), "the address `aws_iam_role.app` appears twice"),
        (plan(a_role(actions=["explode"])), "has no actions that are known"),
        (plan(a_role(module_address="module.a.b")), "is no address of a module"),
        (plan(a_role(module_address=".".join(["module.a"] * 40))), "is no address of a module"),
        (plan(entry("aws_iam_role", "app", {"name": 3})), "`name` is no text"),
        (plan(entry("aws_iam_role", "app", {"name": "app", "assume_role_policy": "{"})), "a policy in it is not JSON"),
        (
            plan(entry("aws_iam_role", "app", {"name": "app", "arn": "arn:aws:s3:::app", "assume_role_policy": TRUST})),
            "`arn` is no ARN of such a resource",
        ),
        (plan(entry("aws_iam_role", "app", {}, after_sensitive=True)), "is marked sensitive as a whole"),
    ],
)
def test_what_is_no_plan_is_refused_in_one_line(told, value, line):
    assert line in told(value)


def test_a_policy_that_is_malformed_is_an_error_at_its_address(told):
    bad = json.dumps({"Statement": [{"Effect": "Permit", "Action": "*", "Resource": "*"}]})
    line = told(plan(a_role(), entry("aws_iam_role_policy", "bad", {"name": "bad", "role": "app", "policy": bad})))
    assert "(aws_iam_role_policy.bad)" in line
    assert "Effect is `Allow` or `Deny`, not `Permit`" in line


def test_a_plan_of_something_else_is_nothing_to_check(told):
    bucket = entry("google_storage_bucket", "a", {"name": "a"})
    assert "plans no role, user, policy or resource" in told(plan(bucket), NothingToCheckError)


def test_a_file_that_is_too_large_is_refused(told, monkeypatch):
    monkeypatch.setattr("iamsim.sources._plan_file.MAX_BYTES", 1000)
    assert "is larger than 1,000 bytes" in told(plan(a_role()) | {"more": "x" * 2000})


def test_a_plan_of_a_part_says_so(of):
    loaded = of(plan(a_role(), complete=False, deferred_changes=[{"resource_change": {"address": "aws_iam_role.x"}}]))
    assert said(loaded, "not seen") == {
        "plan.json": ["a part of the configuration was not planned"],
        "aws_iam_role.x": ["Terraform defers it to a later plan"],
    }


def test_what_a_plan_with_a_target_leaves_alone_is_told_by_the_state(of):
    there = {"name": "old", "path": "/", "assume_role_policy": TRUST, "arn": f"{IAM}:role/old"}
    state = {"address": "aws_iam_role.old", "mode": "managed", "type": "aws_iam_role", "name": "old", "values": there}
    loaded = of(plan(a_role(), prior_state={"values": {"root_module": {"resources": [state]}}}))
    assert set(loaded.organization.accounts[ONE].roles) == {f"{IAM}:role/old", f"{IAM}:role/app"}


def test_a_deposed_object_that_goes_does_not_take_the_resource_along(of):
    there = {"name": "app", "path": "/", "assume_role_policy": TRUST, "arn": f"{IAM}:role/app"}
    old = entry("aws_iam_role", "app", None, actions=["delete"], before=there, deposed="deadbeef")
    found = of(plan(a_role(), old)).organization.accounts[ONE]
    assert (list(found.roles), found.removed) == ([f"{IAM}:role/app"], frozenset())


# ---------------------------------------------------------------- references that lead nowhere, or in circles


def policy_of_role(reference: str, **module: Any) -> dict[str, Any]:
    configuration = (written("aws_iam_role_policy", "p", role={"references": [reference]}),)
    value = plan(
        a_role(),
        entry("aws_iam_role_policy", "p", {"name": "p", "policy": READ}, after_unknown={"role": True}),
        configuration=configuration,
    )
    value["configuration"]["root_module"] |= module
    return value


@pytest.mark.parametrize(
    "reference",
    [
        "local.role",
        "module.gone.role",
        "aws_iam_role.other.id",
        "",
        "...",
        "each.value",
        "module.a[",
        "var.x",
        "x" * 5000,
    ],
)
def test_a_role_that_is_not_told_is_never_guessed(of, reference):
    found = of(policy_of_role(reference)).organization.accounts[ONE].roles[f"{IAM}:role/app"]
    assert found.policies == ()
    assert found.unread == ("aws_iam_role_policy.p, which may be attached to it",)


def test_a_role_that_is_named_beside_something_else_is_not_taken(of):
    value = policy_of_role("aws_iam_role.app.id")
    assert of(value).organization.accounts[ONE].roles[f"{IAM}:role/app"].policies
    expressions = value["configuration"]["root_module"]["resources"][0]["expressions"]
    expressions["role"]["references"].append("local.suffix")
    assert of(value).organization.accounts[ONE].roles[f"{IAM}:role/app"].policies == ()


def test_outputs_that_refer_to_each_other_end(of):
    outputs = {
        name: {"expression": {"references": [f"module.m.{other}", "module.m"]}}
        for name, other in (("a", "b"), ("b", "a"))
    }
    inner = {"module": {"outputs": outputs, "module_calls": {"m": {"module": {"outputs": outputs}}}}}
    found = of(policy_of_role("module.m.a", module_calls={"m": inner})).organization.accounts[ONE]
    assert found.roles[f"{IAM}:role/app"].unread == ("aws_iam_role_policy.p, which may be attached to it",)


def document(name: str, *sources: str) -> tuple[dict[str, Any], dict[str, Any]]:
    value = {"statement": [{"actions": ["s3:GetObject"], "resources": ["*"]}], "source_policy_documents": [None]}
    change_ = entry(
        "aws_iam_policy_document", name, value, actions=["read"], address=f"data.aws_iam_policy_document.{name}"
    )
    change_["mode"] = "data"
    change_["change"]["after_unknown"] = {"json": True, "source_policy_documents": [True]}
    names = [f"data.aws_iam_policy_document.{source}.json" for source in sources]
    expression = written("aws_iam_policy_document", name, source_policy_documents={"references": names})
    return change_, expression | {"address": f"data.aws_iam_policy_document.{name}", "mode": "data"}


@pytest.mark.parametrize("sources", [("b", "a"), ("a", "a")])
def test_documents_that_contain_each_other_are_not_read(of, sources):
    (a, of_a), (b, of_b) = document("a", sources[0]), document("b", sources[1])
    waits = entry("aws_iam_role_policy", "p", {"name": "p", "role": "app"}, after_unknown={"policy": True})
    of_p = written("aws_iam_role_policy", "p", policy={"references": ["data.aws_iam_policy_document.a.json"]})
    loaded = of(plan(a_role(), a, b, waits, configuration=(of_a, of_b, of_p)))
    (unread,) = loaded.organization.accounts[ONE].roles[f"{IAM}:role/app"].unread
    assert unread.startswith("`p` of aws_iam_role_policy.p (known only after apply")


def waiting(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A policy of the role `app` that waits for the document `name`, and its expression."""
    found = entry("aws_iam_role_policy", "p", {"name": "p", "role": "app"}, after_unknown={"policy": True})
    reference = f"data.aws_iam_policy_document.{name}.json"
    return found, written("aws_iam_role_policy", "p", policy={"references": [reference]})


@pytest.mark.parametrize("wrong", [None, 3, [], {}, ["a"], {"a": 1}])
@pytest.mark.parametrize(
    "at",
    [
        ("principals", 0, "type"), ("principals", 0, "identifiers", 0), ("condition", 0, "test"),
        ("condition", 0, "variable"), ("condition", 0, "values"), ("actions", 0), ("effect",), ("sid",), ("condition", 0),
    ],
)  # fmt: skip
def test_a_document_of_another_shape_is_read_or_refused_in_one_line(of, at, wrong):
    block = {
        "effect": "Allow",
        "sid": "One",
        "actions": ["sts:AssumeRole"],
        "principals": [{"type": "AWS", "identifiers": [IAM + ":root"]}],
        "condition": [{"test": "StringEquals", "variable": "sts:ExternalId", "values": ["x"]}],
    }
    a, of_a = document("a")
    a["change"]["after"] = {"statement": [put(block, at, wrong)]}
    a["change"]["after_unknown"] = {"json": True}
    p, of_p = waiting("a")
    line = ""
    try:
        of(plan(a_role(), a, p, configuration=(of_a, of_p)))
    except InputError as error:
        line = str(error)
    assert "\n" not in line
    assert not line or "data.aws_iam_policy_document.a" in line


def test_a_document_with_another_one_that_is_not_told_is_not_read(of):
    a, of_a = document("a", "gone")
    p, of_p = waiting("a")
    found = of(plan(a_role(), a, p, configuration=(of_a, of_p))).organization.accounts[ONE].roles[f"{IAM}:role/app"]
    assert (found.policies, len(found.unread)) == ((), 1)


def test_a_document_that_is_known_is_not_what_an_unknown_policy_says(of):
    """As with replace(data.….json, "x", timestamp())."""
    values = {"json": READ, "statement": [{"actions": ["s3:GetObject"], "resources": ["*"]}]}
    data = {"mode": "data", "type": "aws_iam_policy_document", "name": "a", "values": values}
    data["address"] = "data.aws_iam_policy_document.a"
    p, of_p = waiting("a")
    state = {"values": {"root_module": {"resources": [data]}}}
    found = of(plan(a_role(), p, configuration=(of_p,), prior_state=state)).organization.accounts[ONE]
    assert found.roles[f"{IAM}:role/app"].policies == ()


def test_a_loop_that_names_more_policies_than_it_attaches_attaches_none_for_sure(of):
    policies = [
        entry("aws_iam_policy", name, {"name": name, "policy": READ}, after_unknown={"arn": True}) for name in "abc"
    ]
    loop = [
        entry(
            "aws_iam_role_policy_attachment", "loop", {"role": "app"}, after_unknown={"policy_arn": True},
            address=f'aws_iam_role_policy_attachment.loop["{key}"]', index=key,
        )
        for key in "xy"
    ]  # fmt: skip
    expression = written("aws_iam_role_policy_attachment", "loop", policy_arn={"references": ["each.value"]})
    expression["for_each_expression"] = {"references": [f"aws_iam_policy.{name}.arn" for name in "abc"]}
    found = of(plan(a_role(), *policies, *loop, configuration=(expression,))).organization.accounts[ONE]
    app = found.roles[f"{IAM}:role/app"]
    assert (app.policies, len(app.unread)) == ((), 2)


def test_blocks_of_a_new_role_that_are_written_and_not_known_are_not_none(of):
    written_ = written("aws_iam_role", "app", inline_policy=[{"policy": {"references": ["local.policy"]}}])
    role_ = a_role(after_unknown={"inline_policy": True, "managed_policy_arns": True})
    found = of(plan(role_, configuration=(written_,))).organization.accounts[ONE].roles[f"{IAM}:role/app"]
    assert found.unread == ("inline_policy of aws_iam_role.app (known only after apply: it waits for local.policy)",)


# ---------------------------------------------------------------- hostile input


_WRONG: tuple[object, ...] = (
    None, True, 3, "x", "", [], {}, [None], [[]], {"": 1}, ["a", {}], "arn:aws:iam::111122223333:role/x", "module.a",
)  # fmt: skip


def pointers(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from pointers(item, (*at, name))


def put(value: Any, at: tuple[str | int, ...], new: object) -> Any:
    if not at:
        return new
    value = copy.copy(value)
    value[at[0]] = put(value[at[0]], at[1:], new)
    return value


@pytest.mark.parametrize("case", ["attachments", "documents", "modules", "resources", "untold", "workloads"])
def test_a_value_of_the_wrong_type_anywhere_is_read_or_refused_in_one_line(of, case):
    value = json.loads((PLANS / case / "plan.json").read_text())
    found = list(pointers(value))
    step = max(1, len(found) // 120)
    for index, at in enumerate(found[::step]):
        line = ""
        try:
            of(put(value, at, _WRONG[index % len(_WRONG)]))
        except IamsimError as error:
            line = str(error)
        assert "\n" not in line, at


@pytest.mark.parametrize("end", [0.1, 0.5, 0.9, 0.999])
def test_a_plan_that_breaks_off_is_refused(told, end):
    text = (PLANS / "check" / "plan.json").read_text()
    assert "is not JSON" in told(text[: int(len(text) * end)])


def test_names_of_terraform_do_not_reach_the_terminal_raw(of):
    hostile = 'aws_iam_role_policy.p["\x1b[31m\n"]'
    loaded = of(
        plan(
            a_role(),
            entry(
                "aws_iam_role_policy",
                "p",
                {"name": "p", "role": "app"},
                address=hostile,
                after_unknown={"policy": True},
            ),
        )
    )
    (line,) = [line for line in loaded.inputs if line.kind == "not seen"]
    assert line == Input("not seen", 'aws_iam_role_policy.p["?[31m?"]', "its policy `p` is known only after apply")


def test_a_name_that_aws_does_not_take_makes_no_arn(of):
    loaded = of(plan(a_role(), a_role("a:b*")))
    assert list(loaded.organization.accounts[ONE].roles) == [f"{IAM}:role/app"]
    assert said(loaded, "not seen") == {"aws_iam_role.a:b*": ["its ARN is not told, since AWS takes no such name"]}


def test_thousands_of_resources_are_read_in_time_that_grows_with_them(of):
    many = [a_role(f"r{index}") for index in range(1500)]
    policies = [
        entry("aws_iam_role_policy", f"r{index}", {"name": "p", "policy": READ}, after_unknown={"role": True})
        for index in range(1500)
    ]
    configuration = [
        written("aws_iam_role_policy", f"r{index}", role={"references": [f"aws_iam_role.r{index}.id", "local.x"]})
        for index in range(1500)
    ]
    loaded = of(plan(*many, *policies, configuration=tuple(configuration)))
    found = loaded.organization.accounts[ONE]
    assert len(found.roles) == 1500
    # Every role may have any of the policies: ten are named, all others counted.
    assert found.roles[f"{IAM}:role/r7"].unread[-1] == "1490 more, which may be attached to it"
    assert loaded.inputs[-1] == Input("not seen", "plan.json", "1,000 things more")


# ---------------------------------------------------------------- end to end


@pytest.mark.parametrize("case", CASES)
def test_loading_twice_gives_the_same_in_the_same_order(case):
    assert repr(read(case)) == repr(read(case))


def test_the_order_of_the_file_does_not_count(of):
    value = json.loads((PLANS / "modules" / "plan.json").read_text())
    once = of(value)
    value["resource_changes"].reverse()
    again = of(value)
    assert list(once.organization.accounts[ONE].roles) == list(again.organization.accounts[ONE].roles)
    assert [line.location for line in once.inputs] == [line.location for line in again.inputs]


def test_a_plan_is_recognised_by_itself():
    path = PLANS / "check" / "plan.json"
    assert load(str(path), Options()).organization == load(f"terraform-plan:{path}", Options()).organization


def test_a_check_of_a_plan_tells_what_will_be_allowed_denied_and_is_not_known():
    ran = run(
        PLANS / "check", "check", "--policies", "plan.json", "--tools", "server.toml",
        "--role-arn", f"{IAM}:role/tenant", "--server-principal", "auto", "--region", "us-east-1",
        "--claim", "sub=alice", "--assume-none", "scp,rcp,resource,vpc-endpoint",
    )  # fmt: skip
    assert ran.code == 1
    assert "role ✓ can be assumed" in ran.words
    assert "read_shared the role ✓ allowed" in ran.words
    assert "delete_shared the role ✗ denied" in ran.words
    assert "write_own the role ? unknown" in ran.words
    assert "(data.aws_iam_policy_document.read) identity policy read, statement Own (Allow)" in ran.words
    assert "not seen: aws_kms_key.documents (its ARN is known only after apply)" in ran.words


def test_a_plan_laid_over_a_folder_is_the_account_after_the_apply(tmp_path):
    trust = tmp_path / "account" / "roles" / "elsewhere"
    (trust / "inline").mkdir(parents=True)
    (tmp_path / "account" / "account.toml").write_text(f'id = "{ONE}"\nseen = ["scp", "rcp", "boundary", "resource"]\n')
    (trust / "trust.json").write_text(TRUST)
    (trust / "inline" / "taken.json").write_text(READ)
    asked = [
        "simulate", "--policies", "account", "--principal", f"{IAM}:role/elsewhere", "--action", "s3:GetObject",
        "--assume-none", "vpc-endpoint", "--resource",
    ]  # fmt: skip
    shutil.copy(PLANS / "existing" / "plan.json", tmp_path / "plan.json")
    after = [*asked[:3], "--policies", "plan.json", *asked[3:]]
    documents_, other = "arn:aws:s3:::example-documents/a", "arn:aws:s3:::example-other/a"
    assert run(tmp_path, *asked, other).words.startswith("allowed")
    assert run(tmp_path, *after, other).words.startswith("implicitDeny")
    assert run(tmp_path, *after, documents_).words.startswith("allowed")


# ---------------------------------------------------------------- the plans themselves


PYTHON = os.environ.get("IAMSIM_TERRAFORM_PYTHON", "")
"""A Python with the package `tf`, which speaks Terraform's plugin protocol."""


@pytest.mark.skipif(not PYTHON, reason="IAMSIM_TERRAFORM_PYTHON names no Python with the package tf of PyPI")
@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
@pytest.mark.parametrize("case", [*CASES, "../one-account/terraform"])
def test_terraform_still_makes_the_plans_of_the_fixtures(tmp_path, case):
    providers = tmp_path / "providers"
    providers.mkdir()
    for name in ("aws", "kubernetes"):
        script = providers / f"terraform-provider-{name}"
        script.write_text(f"#!/bin/sh\nexec {PYTHON} {PLANS / 'stand_in.py'} {name}\n")
        script.chmod(0o755)
    overrides = "\n".join(f'"hashicorp/{name}" = "{providers}"' for name in ("aws", "kubernetes"))
    (tmp_path / "rc").write_text(f"provider_installation {{\n dev_overrides {{\n{overrides}\n }}\n direct {{}}\n}}\n")
    work = tmp_path / "work"
    shutil.copytree(PLANS / case, work)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TF_CLI_CONFIG_FILE": str(tmp_path / "rc"),
        "CHECKPOINT_DISABLE": "1",
    }

    def terraform(*arguments: str) -> bytes:
        command = ["terraform", *arguments]
        ran = subprocess.run(command, cwd=work, env=environment, capture_output=True, timeout=120, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    terraform("get")
    terraform("plan", "-input=false", "-out=plan")
    made = json.loads(terraform("show", "-json", "plan"))
    kept = json.loads((PLANS / case / "plan.json").read_text())
    for value in (made, kept):
        value.pop("timestamp", None)
        # Terraform walks the configuration in no order when it writes these.
        value.pop("relevant_attributes", None)
    assert made == kept, sys.version
