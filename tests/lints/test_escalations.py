"""Every path of the catalogue is found where it is open, and not where one needed action is missing or denied."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path as File

import pytest

from iamsim.catalog import actions
from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import Holder, alone
from iamsim.lint import drafts_of
from iamsim.lints import lints
from iamsim.lints._escalations import Path, catalogue
from iamsim.lints._ways import Way, ways
from iamsim.model.origin import NOWHERE
from iamsim.sources import Options, load
from tests.lints.cases import ONE, SEEN, judged

FIXTURES = File(__file__).parents[2] / "fixtures" / "escalations"
FAMILIES = ("passing", "existing", "editing", "users", "trust", "organization")
CHOICES = [(path, chosen) for path in catalogue().paths for chosen in path.choices()]
IDS = [f"{path.id} {'+'.join(chosen)}" for path, chosen in CHOICES]
GUARD = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
PUBLIC = tomllib.loads((FIXTURES / "public-sets.toml").read_text(encoding="utf-8"))["set"]
VECTORS = tomllib.loads((FIXTURES / "vectors.toml").read_text(encoding="utf-8"))["vector"]


def allow(*named: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(dict.fromkeys(named)) or ["s3:ListAllMyBuckets"], "Resource": "*"}


def deny(named: str) -> dict[str, object]:
    return {"Effect": "Deny", "Action": named, "Resource": "*"}


def policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def holder(*statements: dict[str, object]) -> Holder:
    value = {"Version": "2012-10-17", "Statement": list(statements)}
    return alone(Draft(PolicyKind.IDENTITY, "policy", value, lambda _: NOWHERE)).holders[0]


def found(path: Path, whose: Holder) -> Way | None:
    return next((way for way in ways(whose, path.family) if way.path.id == path.id), None)


@pytest.mark.parametrize(("path", "chosen"), CHOICES, ids=IDS)
def test_a_policy_that_stands_alone_shows_the_way(path, chosen):
    guard = [GUARD] if path.needs == "deny" else []
    way = found(path, holder(allow(*chosen), *guard))
    assert way is not None
    assert way.broad
    assert [answer.request.action for answer in way.answers] == list(chosen)
    assert all("by policy statement 1" in str(answer) for answer in way.answers)
    for step, action in enumerate(chosen):
        rest = [each for i, each in enumerate(chosen) if i != step and each != action]
        assert found(path, holder(allow(*rest), *guard)) is None, f"without {action}"
        assert found(path, holder(allow(*chosen), deny(action))) is None, f"with {action} denied"


@pytest.mark.parametrize(("path", "chosen"), CHOICES, ids=IDS)
def test_a_way_among_what_was_loaded_is_open_and_shut_with_each_action(path, chosen, tmp_path):
    whose = "users" if {"self:user", "self:group"} & path.kinds or path.caller == "user" else "roles"

    def judge(name: str, *statements: dict[str, object]) -> Way | None:
        return found(path, loaded(tmp_path / name, account(path, whose, policy(*statements))))

    guard = [GUARD] if path.needs == "deny" else []
    assert judge("whole", allow(*chosen), *guard) is not None
    for step, action in enumerate(chosen):
        rest = [each for i, each in enumerate(chosen) if i != step and each != action]
        assert judge(f"without-{step}", allow(*rest), *guard) is None, f"without {action}"
        if path.needs != "deny":
            assert judge(f"denied-{step}", allow(*chosen), deny(action)) is None, f"with {action} denied"


def account(path: Path, whose: str, own: str) -> dict[str, str]:
    """An account in which the one who asks is `me`, and everything that the path is about is there."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ONE}:root"}, "Action": "sts:AssumeRole"}
    if path.federated:
        trust["Principal"], trust["Action"] = {"Federated": path.service}, "sts:AssumeRoleWithWebIdentity"
    elif path.service:
        trust["Principal"] = {"Service": path.service}
    elif path.kinds & {"a:oidc-provider", "a:saml-provider"}:
        kind = next(iter(path.kinds))[2:]
        trust["Principal"] = {"Federated": f"arn:aws:iam::{ONE}:{kind}/example.com"}
        trust["Action"] = "sts:AssumeRoleWithWebIdentity" if kind == "oidc-provider" else "sts:AssumeRoleWithSAML"
    files: dict[str, str] = {
        "roles/strong/trust.json": policy(trust),
        "roles/strong/inline/all.json": policy(allow("*")),
        "users/strong/inline/all.json": policy(allow("*")),
        "groups/strong/inline/all.json": policy(allow("*")),
        "policies/own.json": own,
        "policies/all.json": policy(allow("*")),
        "roles/strong/role.toml": f'managed = ["arn:aws:iam::{ONE}:policy/all"]\n',
        f"{whose}/me/{whose[:-1]}.toml": f'managed = ["arn:aws:iam::{ONE}:policy/own"]\n',
    }
    if whose == "roles":
        files["roles/me/trust.json"] = policy(
            {**trust, "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        )
    return files | extra(path, whose)


def extra(path: Path, whose: str) -> dict[str, str]:
    found = {}
    if path.needs == "boundary":
        found = {f"{whose}/me/boundary.json": policy(allow("*")), "roles/strong/boundary.json": policy(allow("*"))}
    if "self:group" in path.kinds:
        found["users/me/user.toml"] = f'managed = ["arn:aws:iam::{ONE}:policy/own"]\ngroups = ["mine"]\n'
        found["groups/mine/inline/read.json"] = policy(allow("s3:GetObject"))
    return found


def loaded(folder: File, files: dict[str, str]) -> Holder:
    for name, text in {"account.toml": f'id = "{ONE}"\n{SEEN}', **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    _, world = drafts_of(load(str(folder), Options()).organization)
    return next(each for each in world.holders if each.arn.endswith("/me"))


@pytest.mark.parametrize("public", PUBLIC, ids=lambda each: "+".join(each["actions"]))
def test_every_action_set_of_the_public_catalogues_is_a_way(public):
    whose = holder(allow(*public["actions"]))
    open_ = [way for family in FAMILIES for way in ways(whose, family)]
    assert bool(open_) is ("left" not in public), public.get("left")


def test_the_public_catalogues_are_all_there():
    assert len(PUBLIC) == len({tuple(each["actions"]) for each in PUBLIC}) >= 105
    assert len(CHOICES) > len(PUBLIC)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each['id']}: {each['why']}")
def test_the_rules_of_escalation(vector, tmp_path):
    assert bool(judged(vector, tmp_path, vector["lint"])) is vector["flag"]


def test_the_catalogue_speaks_of_what_aws_lists():
    for path in catalogue().paths:
        for step in path.steps:
            for name in step.actions:
                known = actions.action(name)
                assert known is not None, name
                assert str(known) == name
                assert not step.kind or step.kind in known.resource_types, f"{name} on {step.kind}"
        assert path.family in FAMILIES
        assert path.cite
    named = {name for path in catalogue().paths for step in path.steps for name in step.actions}
    for table in (catalogue().sends, catalogue().lacks, catalogue().types):
        assert set(table) <= named
    assert len({path.id for path in catalogue().paths}) == len(catalogue().paths)


def test_an_administrator_has_one_finding_and_no_ways(tmp_path):
    ids = [id_ for id_, lint in lints().items() if lint.family == "excessive" and not lint.codes]
    case = {"policy": policy(allow("*"))}
    said = [id_ for id_ in ids for each in judged(case, tmp_path, id_) if each.audience == "everyone"]
    assert said == ["allows-everything"]


@pytest.mark.parametrize("name", ["lambda", "deploy", "reader", "self-service", "registry"])
def test_ordinary_policies_have_no_finding_for_everyone(name, tmp_path):
    text = (FIXTURES / "ordinary" / f"{name}.json").read_text(encoding="utf-8")
    found = [
        each.message
        for id_, lint in lints().items()
        if lint.family == "excessive"
        for each in judged({"policy": text}, tmp_path, id_)
        if each.audience == "everyone"
    ]
    assert found == []
