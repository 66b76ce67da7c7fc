from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings

from iamsim import config, documents
from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account, Change, KeyGrant, Organization, Resource, Role, Workload
from iamsim.model.origin import NOWHERE
from iamsim.model.principal import HOLE
from iamsim.overlay import overlay
from iamsim.sources import Options, _snapshot_values, load
from iamsim.sources._snapshot_file import write
from iamsim.sources._snapshot_reader import read
from tests.sources import broken
from tests.sources.organizations import organizations, same

ROOT = Path(__file__).parents[2]
ONE_ACCOUNT = ROOT / "fixtures" / "sources" / "one-account"
SNAPSHOT = ONE_ACCOUNT / "snapshot" / "snapshot.json"
SCHEMA = json.loads((ROOT / "iamsim" / "sources" / "snapshot.schema.json").read_text(encoding="utf-8"))
AT = datetime(2026, 11, 26, tzinfo=UTC)
ONE = "111122223333"
ROLE = f"arn:aws:iam::{ONE}:role/app"
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ONE}:root"}, "Action": "sts:AssumeRole"}}


def written(organization: Organization, *not_seen: tuple[str, str]) -> str:
    return write(organization, not_seen, at=AT, tool_version="0.1.0")


def folder(*locations: str | Path) -> Organization:
    found = Organization()
    for location in locations:
        found = overlay(found, load(str(location), Options()).organization)
    return found


def policy(document: object, name: str = "p", arn: str | None = None) -> documents.Policy:
    return documents.policy_at(document, lambda _: NOWHERE, name=name, arn=arn)


def refused(value: object, kind: type[Exception] = InputError) -> str:
    with pytest.raises(kind) as caught:
        read(value if isinstance(value, str) else json.dumps(value), "s.json")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def snapshot(**account: object) -> dict[str, object]:
    return {"iamsim_snapshot": 1, "accounts": {ONE: account}}


# ---------------------------------------------------------------- the law


@settings(max_examples=50)
@given(organizations())
def test_what_is_written_is_read_back_but_for_origins(organization):
    text = written(organization, ("b", "why"), ("a", f"some {HOLE} why"))
    found = read(text, "s.json")

    assert same(found.organization) == same(organization)
    assert found.not_seen == (("a", f"some {HOLE} why"), ("b", "why"))
    assert written(found.organization, *found.not_seen) == text
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(text))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "fixtures" / "accounts").glob("*/iamsim.toml")), ids=lambda path: path.parent.name
)
def test_the_accounts_in_fixtures_are_read_back(path):
    organization = folder(*config.find(path.parent).policies)

    assert same(read(written(organization), "s.json").organization) == same(organization)


def test_the_snapshot_in_fixtures_is_what_is_written_of_the_folder_beside_it():
    not_seen = ("organization policies", "access to organizations:DescribeOrganization was denied")

    assert written(folder(ONE_ACCOUNT / "folder"), not_seen) == SNAPSHOT.read_text(encoding="utf-8")


# ---------------------------------------------------------------- how it is written


def test_the_version_comes_first_and_every_member_has_a_line_of_its_own():
    lines = SNAPSHOT.read_text(encoding="utf-8").splitlines()

    assert lines[:4] == [
        "{",
        '  "iamsim_snapshot": 1,',
        '  "at": "2026-11-26T00:00:00Z",',
        '  "tool_version": "0.1.0",',
    ]
    assert max(line.count('": ') for line in lines) == 1


def test_the_order_in_which_a_source_tells_things_does_not_show():
    first, second = policy(TRUST, "a"), policy(TRUST, "b")
    roles = [Role(f"{ROLE}{i}", first, (first, second) if i else (second, first), unread=("x", "a")) for i in (1, 2)]

    def of(*roles: Role) -> str:
        return written(
            Organization({ONE: Account(ONE, roles={role.arn: role for role in roles})}), ("b", ""), ("a", "")
        )

    assert of(*roles) == of(*reversed(roles))


def test_a_managed_policy_is_written_once_and_named_by_its_arn():
    arn = f"arn:aws:iam::{ONE}:policy/shared"
    roles = {f"{ROLE}{i}": Role(f"{ROLE}{i}", policy(TRUST), (policy(TRUST, "shared", arn),)) for i in range(3)}
    found = json.loads(written(Organization({ONE: Account(ONE, roles=roles)})))

    assert list(found["managed_policies"]) == [arn]
    assert [role["policies"] for role in found["accounts"][ONE]["roles"].values()] == [[arn]] * 3


def test_another_text_under_the_same_arn_stays_another_text():
    arn = f"arn:aws:iam::{ONE}:policy/shared"
    other = {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
    role = Role(ROLE, None, (policy(TRUST, "shared", arn),), boundary=policy(other, "shared", arn), boundary_arn=arn)
    found = read(written(Organization({ONE: Account(ONE, roles={ROLE: role})})), "s.json").organization

    assert same(found)[ONE].roles[ROLE] == role


def test_a_piece_that_is_not_known_is_told_from_a_text_that_looks_like_it():
    texts = ("<unknown>", f"a{HOLE}b", "<unknown-2>")
    resources = {f"arn:aws:s3:::{text}": Resource(f"arn:aws:s3:::{text}") for text in texts}
    text = written(Organization({ONE: Account(ONE, resources=resources)}))

    assert '\n  "hole": "<unknown-3>",\n' in text
    assert HOLE not in text
    assert set(read(text, "s.json").organization.accounts[ONE].resources) == set(resources)


def test_a_snapshot_without_holes_tells_of_none():
    assert '"hole"' not in SNAPSHOT.read_text(encoding="utf-8")


def test_what_could_steer_a_terminal_stands_escaped():
    text = written(Organization(), ("\x1b[2J\x9b\u202e", ""))

    assert r'"subject": "\u001b[2J\u009b\u202e"' in text
    assert read(text, "s.json").not_seen == (("\x1b[2J\x9b\u202e", ""),)


def test_the_moment_is_told_in_utc():
    text = write(
        Organization(), (), at=datetime(2026, 11, 26, 1, tzinfo=timezone(timedelta(hours=2))), tool_version="1"
    )

    assert '"at": "2026-11-25T23:00:00Z"' in text


def test_the_snapshot_on_its_page_is_as_it_would_be_written():
    page = (ROOT / "docs" / "snapshot.md").read_text(encoding="utf-8")
    text = page.split("```json\n")[1].split("```")[0]
    found = read(text, "docs/snapshot.md")

    assert written(found.organization, *found.not_seen) == text
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(text))


# ---------------------------------------------------------------- how it is loaded


def test_a_snapshot_is_recognised_and_says_when_it_was_taken_and_what_it_lacks(monkeypatch):
    monkeypatch.chdir(SNAPSHOT.parent)
    first, second = load("snapshot.json", Options()).inputs

    assert first.location == "snapshot.json"
    assert first.detail == (
        f"snapshot of 2026-11-26T00:00:00Z by iamsim 0.1.0: account {ONE}: 2 roles, 1 user, 1 group, 4 resources"
    )
    assert (second.kind, second.location) == ("not seen", "organization policies")
    assert second.detail == "access to organizations:DescribeOrganization was denied"


def test_every_statement_knows_its_line_and_whose_it_is(monkeypatch):
    monkeypatch.chdir(SNAPSHOT.parent)
    lines = Path("snapshot.json").read_text(encoding="utf-8").splitlines()
    role = load("snapshot.json", Options()).organization.role(f"arn:aws:iam::{ONE}:role/mcp/mcp-server")
    assert role is not None
    assert role.trust is not None
    statement = role.trust.statements[0]

    assert lines[statement.conditions[0].origin.line - 1].strip() == '"aws:SourceAccount": "111122223333"'
    assert statement.action.origin.pointer == (
        f"/accounts/{ONE}/roles/arn:aws:iam::{ONE}:role~1mcp~1mcp-server/trust/document/Statement/0/Action"
    )
    managed = next(policy for policy in role.policies if policy.name == "mcp-logs")
    assert managed.statements[0].origin.pointer.startswith(
        f"/managed_policies/arn:aws:iam::{ONE}:policy~1mcp~1mcp-logs/"
    )
    assert lines[role.origin.line - 1].strip() == f'"arn:aws:iam::{ONE}:role/mcp/mcp-server": {{'


def test_what_is_left_out_of_a_role_is_not_known(tmp_path):
    (tmp_path / "s.json").write_text(json.dumps(snapshot(roles={ROLE: {}})))
    found = load(str(tmp_path / "s.json"), Options())
    role = found.organization.accounts[ONE].roles[ROLE]

    assert (role.trust, role.max_session_duration, role.boundary_arn) == (None, None, None)
    assert (found.inputs[1].kind, found.inputs[1].location) == ("assumed", "longest session of one role")


def test_a_snapshot_without_accounts_is_nothing_to_check(tmp_path):
    path = tmp_path / "s.json"
    path.write_text(written(Organization()))
    with pytest.raises(NothingToCheckError, match="holds no account"):
        load(str(path), Options())


def test_a_large_snapshot_is_read_back(tmp_path):
    document = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"] * 20, "Resource": "*"}] * 20}
    roles = {f"{ROLE}{i}": Role(f"{ROLE}{i}", policy(TRUST), (policy(document),)) for i in range(250)}
    organization = Organization({ONE: Account(ONE, roles=roles)})
    (tmp_path / "s.json").write_text(written(organization))

    assert same(load(str(tmp_path / "s.json"), Options()).organization) == same(organization)


# ---------------------------------------------------------------- what is refused


def test_a_newer_version_is_refused_with_the_way_out():
    assert refused({"iamsim_snapshot": 2}) == (
        "s.json:1:2: is a snapshot of version 2, and this program reads version 1; "
        "update iamsim, or write it again with `iamsim snapshot`"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[]", "s.json:1:1: a snapshot is one JSON object"),
        ("", "s.json:1:1: is not JSON: it is empty"),
        ('{"iamsim_snapshot": 1, "accounts": {}} {}', "s.json:1:40: a snapshot is one JSON object"),
        ({"accounts": {}}, "s.json:1:2: a snapshot begins with `iamsim_snapshot`"),
        ({"iamsim_snapshot": "1"}, "has no version"),
        ({"iamsim_snapshot": 1}, "holds no `accounts`"),
        ({"iamsim_snapshot": 1, "acounts": {}}, "`acounts` has no meaning here; did you mean `accounts`?"),
        ({"iamsim_snapshot": 1, "accounts": {}, "hole": "x"}, "`hole` stands behind `accounts`"),
        ({"iamsim_snapshot": 1, "hole": "", "accounts": {}}, "`hole` is empty"),
        ({"iamsim_snapshot": 1, "accounts": {"1": {}}}, "`1` is no account id; it has 12 digits"),
        (snapshot(roels={}), "`roels` has no meaning here; did you mean `roles`?"),
        (snapshot(roles={ROLE: {"polices": []}}), "`polices` has no meaning here; did you mean `policies`?"),
        (snapshot(users={ROLE: {}}), f"`{ROLE}` is none of the users of account {ONE}"),
        (snapshot(roles={"app": {}}), "`app` is not an ARN"),
        (snapshot(endpoints={"x" * 2049: {}}), "is longer than any ARN; at most 2,048 characters are read"),
        (snapshot(resources={"arn:aws:sqs:us-east-1:444455556666:q": {}}), "is none of the resources of account"),
        (snapshot(roles={ROLE: {"policies": ["arn:aws:iam::aws:policy/X"]}}), "is not among the `managed_policies`"),
        (snapshot(roles={ROLE: {"max_session_duration": 1.5}}), "is no number of seconds"),
        (snapshot(roles={ROLE: {"trust": {"name": "x"}}}), "has no `document`"),
        (snapshot(seen=["scps"]), "`scps` is no policy type; did you mean `scp`?"),
        (snapshot(organization=""), "`` is no organization id"),
        (snapshot(policies=[{"name": "x", "document": TRUST}]), "has no ARN of its own"),
        (snapshot(resources={"arn:aws:s3:::b": {"grants": [{"id": "g", "grantee": "x", "operations": ["Fly"]}]}}), "`Fly` is no operation"),
    ],
)  # fmt: skip
def test_what_is_no_snapshot_is_refused(value, said):
    assert said in refused(value)


def test_a_hole_where_a_statement_should_be_is_refused():
    value = {"hole": "?", **snapshot(roles={ROLE: {"trust": {"name": "t", "document": "?"}}})}

    said = refused({"iamsim_snapshot": 1, **value})
    assert "what a policy says here is not told" in said
    assert said.endswith("name the policy in `unread`")


def test_a_mistake_in_a_policy_names_its_line():
    text = SNAPSHOT.read_text(encoding="utf-8").replace('"sqs:SendMessage"', "7", 1)
    line = text[: text.index(" 7,")].count("\n") + 1

    assert refused(text).startswith(f"s.json:{line}:")


# ---------------------------------------------------------------- broken and large files


def test_whatever_stands_wherever_is_loaded_or_refused_in_one_line(tmp_path):
    arn = f"arn:aws:iam::{ONE}:policy/shared"
    own = {"name": "own", "document": TRUST}
    held = {"policies": [arn, own], "unread": ["x"]}
    entity = {**held, "boundary_arn": arn, "boundary": arn, "tags": {"a": "b"}, "unique_id": "x"}
    grant = {"id": "g", "grantee": "x", "operations": ["Decrypt"], "context_equals": {"a": "b"}, "source_arn": "x"}
    resource = {"policy": own, "tags": {"a": "b"}, "settings": {"a": "b"}, "grants": [grant], "partial": True}
    value = {
        "iamsim_snapshot": 1,
        "hole": "?",
        "at": "x",
        "not_seen": [{"subject": "x", "reason": "y"}],
        "managed_policies": {arn: {"name": "shared", "document": TRUST}},
        "accounts": {
            ONE: {
                "organization": "none",
                "management": True,
                "seen": ["scp"],
                "scps": [[own]],
                "policies": [arn],
                "roles": {ROLE: {**entity, "trust": own, "max_session_duration": 3600}},
                "users": {f"arn:aws:iam::{ONE}:user/u": {**entity, "groups": ["x"]}},
                "groups": {f"arn:aws:iam::{ONE}:group/g": held},
                "resources": {"arn:aws:s3:::b": {**resource, "bucket": "x", "unread": "x"}},
                "endpoints": {"vpce-0a": {"policy": own}},
                "oidc_providers": {"https://x": ["y"]},
                "saml_providers": ["x"],
                "workloads": [{"name": "w", "runs_on": "lambda", "role": "x"}],
                "changes": [{"of": "x", **held, "lost": ["y"]}],
                "removed": ["x"],
            }
        },
    }
    said = [broken.told(tmp_path / "s.json", "snapshot", json.dumps(each)) for each in broken.some_variants(value)]

    assert broken.told(tmp_path / "s.json", "snapshot", json.dumps(value)) == ""
    assert len(said) > 800
    assert sum(map(bool, said)) > len(said) / 2


def test_a_file_that_ends_too_early_is_refused(tmp_path):
    for text in broken.truncated(SNAPSHOT.read_text(encoding="utf-8")):
        broken.assert_refused(tmp_path / "s.json", "snapshot", text)


def test_a_key_that_is_there_twice_is_refused(tmp_path):
    for text in broken.doubled(json.loads(SNAPSHOT.read_text(encoding="utf-8"))):
        assert "appears twice in one object" in broken.told(tmp_path / "s.json", "snapshot", text)


@pytest.mark.parametrize("name", broken.JUNK)
def test_junk_is_refused_in_one_line(tmp_path, name):
    broken.assert_refused(tmp_path / "s.json", "snapshot", broken.JUNK[name])


@pytest.mark.parametrize("junk", ["[", '{"iamsim_snapshot": 1, "accounts":'])
def test_a_hundred_megabytes_of_junk_are_refused(tmp_path, junk):
    broken.assert_refused(tmp_path / "s.json", "snapshot", (junk * (100_000_000 // len(junk))).encode())


# ---------------------------------------------------------------- the schema


def test_the_schema_names_what_is_read():
    definitions = SCHEMA["$defs"]
    account = definitions["account"]["properties"]

    assert set(account) == {*_snapshot_values.ACCOUNT, *_snapshot_values.ENTITIES}
    for kind, (_, known) in _snapshot_values.ENTITIES.items():
        assert set(account[kind]["additionalProperties"]["properties"]) == set(known), kind
    assert set(account["workloads"]["items"]["properties"]) == set(_snapshot_values.WORKLOAD)
    assert set(account["changes"]["items"]["properties"]) == set(_snapshot_values.CHANGE)
    assert set(definitions["grant"]["properties"]) == set(_snapshot_values.GRANT)


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (Account, {*_snapshot_values.ACCOUNT, *_snapshot_values.ENTITIES}),
        (Change, _snapshot_values.CHANGE),
        (KeyGrant, _snapshot_values.GRANT),
        (Workload, _snapshot_values.WORKLOAD),
        *_snapshot_values.ENTITIES.values(),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_snapshot_holds_all_that_the_model_does(kind, known):
    # An ARN or an id is the name that a thing stands under; where it stood before is not kept.
    members = {field.name for field in dataclasses.fields(kind)} - {"origin"}

    assert members - ({"arn", "id"} - set(known)) == set(known)
