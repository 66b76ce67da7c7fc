"""What a proof says is so: after the edits the fixed requests are let through, the others are not, and nothing else is new."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from iamsim import documents, proof
from iamsim.catalog import actions as catalog
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Group, Organization, User
from iamsim.model.arn import Arn
from iamsim.model.finding import Kind
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE, principal
from iamsim.model.remedy import Disposition, Edit, Remedy, Slot, Widening
from iamsim.model.verdict import Decision
from iamsim.probes import Case
from iamsim.together import fewest
from tests import setups, variants

WORKING = "rules/missing-permission/clean"
SERVER, TENANT = (f"arn:aws:iam::{variants.OWN}:role/{name}" for name in ("notes-server", "tenant"))
UNNAMED = "iamsim-unnamed"


def edits(judged: setups.Judged) -> Iterator[Remedy]:
    yield from (remedy for remedy in judged.report.remedies if remedy.edits)


def honest(given, judged: setups.Judged) -> Iterator[str]:
    """Where a proof does not hold when the whole check is run again on the edited organization."""
    asked = {_asked(probe): name for name, probe in judged.case.probes.items()}
    for remedy in edits(judged):
        organization = proof.edited(given.organization, remedy.edits)
        again = setups.judged(replace(given, organization=organization)).case
        now = {asked[_asked(probe)]: probe.explanation for probe in again.probes.values() if _asked(probe) in asked}
        for name in remedy.proof.fixed:
            if name in now and not now[name].allowed:
                yield f"{remedy.title}: {name} is said to be fixed, and is {now[name].decision}"
        for name in remedy.proof.still_denied:
            if name in now and now[name].allowed:
                yield f"{remedy.title}: {name} is said to stay denied, and is allowed"
        for name, probe in judged.case.probes.items():
            if probe.explanation.allowed and name in now and not now[name].allowed:
                yield f"{remedy.title}: {name} was allowed, and is {now[name].decision}"
        yield from (
            f"{remedy.title}: {w.principal} {w.action} {w.resource} is newly allowed, and not told"
            for w in brute(judged.case, remedy.edits) - set(remedy.proof.widened)
        )


def _asked(probe):
    request = probe.explanation.request
    return (
        request.principal.arn,
        request.action,
        request.resource,
        tuple(
            sorted((k, v) for k, v in request.context.values.items() if k.startswith(("sts:", "s3:", "aws:requesttag")))
        ),
    )


def brute(case: Case, changed: tuple[Edit, ...]) -> set[Widening]:
    """Everything that is newly allowed and not needed: every loaded principal, action of the edited policies and resource."""
    before = case.setup.simulator
    after = Simulator(
        proof.edited(before.organization, changed), before.at, before.region, before.stated, before.none_of
    )
    requests = [probe.explanation.request for probe in case.probes.values()]
    services = {request.action.partition(":")[0] for request in requests}
    accounts = before.organization.accounts.values()
    callers = [principal(arn) for account in accounts for arn in (*account.roles, *account.users)]
    found = set()
    for action in _actions(changed, services):
        for resource in _resources(action, changed, requests):
            for caller in callers:
                if _needed(requests, caller.entity, action, resource):
                    continue
                new = after.decide(after.request(caller, action, resource))
                old = before.decide(before.request(caller, action, resource))
                if new is Decision.ALLOWED and old is not Decision.ALLOWED:
                    found.add(Widening(caller.entity or "", action, resource))
    return found


def _actions(changed: tuple[Edit, ...], services: set[str]) -> set[str]:
    """Wildcards written out; the catalog lists what the engine only matches."""
    found = set()
    for edit in changed:
        for statement in (*(edit.before.statements if edit.before else ()), *edit.after.statements):
            for value in statement.action.values:
                patterns = [f"{service}:*" for service in services] if value == "*" else [value]
                found |= {name for p in patterns for name in (catalog.expand(p) if "*" in p else (p,))}
    return found


def _resources(action: str, changed: tuple[Edit, ...], requests) -> set[str]:
    """The resources in play and neighbours of them, those that the catalog lets the action be asked for."""
    service = action.partition(":")[0]
    known = catalog.action(action)
    types = known.resource_types if known is not None else ()
    if known is not None and not types:
        return {"*"}
    if service == "sts":
        roles = {r.resource for r in requests if r.action.startswith("sts:")}
        return roles | {edit.owner for edit in changed if edit.slot is Slot.TRUST} if "role" in types else set()
    play = {
        r.resource
        for r in requests
        if r.action.startswith(f"{service}:") and r.resource != "*" and HOLE not in r.resource
    }
    play |= {re.sub(r"[^/:]*$", UNNAMED, resource) for resource in play}
    if service == "s3":
        play |= {f"arn:aws:s3:::{UNNAMED}/{UNNAMED}", f"arn:aws:s3:::{UNNAMED}"}
        play = {resource for resource in play if ("object" if "/" in resource else "bucket") in types}
    return play


def _needed(requests, who: str | None, action: str, resource: str) -> bool:
    def covers(asked: str) -> bool:
        return re.fullmatch(".*".join(map(re.escape, asked.split(HOLE))), resource) is not None

    return any(
        (r.principal.entity or r.principal.arn) == who and r.action.lower() == action.lower() and covers(r.resource)
        for r in requests
    )


@pytest.mark.parametrize("folder", setups.setups("accounts", "remedies", "rules"), ids=setups.named)
def test_every_proof_holds_when_the_whole_check_is_run_again(folder: Path, monkeypatch):
    given = setups.read(folder, monkeypatch)
    assert list(honest(given, setups.judged(given))) == []


@pytest.mark.parametrize("base", [WORKING, "remedies/permission/key-policy", "accounts/example-s3-iam-search-fixed"])
def test_every_proof_holds_for_every_single_fault(base, monkeypatch):
    working = variants.with_more_tools(setups.read(setups.FIXTURES / base, monkeypatch))
    found, edited = {}, 0
    for name, change in {**variants.ROLE, **variants.DATA}.items():
        given = change(working)
        judged = setups.judged(given)
        edited += len(list(edits(judged)))
        found |= {name: said} if (said := list(honest(given, judged))) else {}
    assert found == {}
    assert edited > 15


@pytest.mark.parametrize("folder", setups.setups("accounts", "remedies"), ids=setups.named)
def test_a_diff_that_is_shown_makes_the_new_policy_of_the_old_one(folder: Path, monkeypatch):
    for remedy in edits(setups.judged(setups.read(folder, monkeypatch))):
        for edit in remedy.edits:
            old = documents.text(edit.before) if edit.before else ""
            assert _patched(old, edit.diff) == documents.text(edit.after)


@pytest.mark.parametrize("folder", setups.setups("accounts", "remedies"), ids=setups.named)
def test_a_safe_edit_says_nothing_twice_and_lists_in_order(folder: Path, monkeypatch):
    for remedy in edits(setups.judged(setups.read(folder, monkeypatch))):
        for edit in remedy.edits:
            old = edit.before.statements if edit.before else ()
            for statement in edit.after.statements[len(old) :]:
                assert list(statement.action.values) == sorted(set(statement.action.values))
                values = statement.resource.values if statement.resource else ()
                assert list(values) == sorted(set(values))
                assert values == fewest(values)
            said = [(s.effect, s.action, s.resource, s.principal, s.conditions) for s in edit.after.statements]
            assert len(said) == len(set(said))


# ---------------------------------------------------------------- planted edits


@pytest.fixture
def case(monkeypatch) -> Case:
    return setups.judged(setups.read(setups.FIXTURES / "rules/missing-permission/flagged", monkeypatch)).case


def inline(*statements, owner: str = TENANT) -> Edit:
    return Edit(owner, Slot.INLINE, None, variants.policy("planted", *statements))


def widened(case: Case, *changed: Edit) -> set[tuple[str, str, str]]:
    return {(w.principal, w.action, w.resource) for w in proof.proof(case, changed, ()).widened}


def disposition(case: Case, edit: Edit) -> Disposition:
    """As the judging does it."""
    wide = proof.proof(case, (edit,), ()).widened or proof.loosens(edit)
    return Disposition.WIDENS if wide else Disposition.SAFE


def test_the_least_privilege_widens_nothing(case):
    edit = inline(variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*"))
    assert widened(case, edit) == set()
    assert disposition(case, edit) is Disposition.SAFE


def test_a_star_for_the_resource_is_seen(case):
    found = widened(case, inline(variants.allow("s3:GetObject", Resource="*")))
    assert (TENANT, "s3:GetObject", f"arn:aws:s3:::{UNNAMED}/{UNNAMED}") in found
    assert {(who, action) for who, action, _ in found} == {(TENANT, "s3:GetObject")}


def test_a_star_inside_a_resource_is_seen(monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/missing-permission/flagged", monkeypatch)
    one = setups.judged(variants.with_more_tools(base)).case
    edit = inline(variants.allow("s3:PutObject", Resource="arn:aws:s3:::notes/*"))
    assert (TENANT, "s3:PutObject", f"arn:aws:s3:::notes/{UNNAMED}") in widened(one, edit)
    exact = inline(variants.allow("s3:PutObject", Resource="arn:aws:s3:::notes/starred"))
    assert widened(one, exact) == set()


def test_a_star_for_the_action_is_written_out(case):
    edit = inline(variants.allow("s3:*", Resource="arn:aws:s3:::notes/*"))
    found = {action for _, action, _ in widened(case, edit)}
    assert {"s3:DeleteObject", "s3:PutObject", "s3:GetObjectVersion"} <= found
    assert not {"s3:GetObject", "s3:ListBucket", "s3:ListAllMyBuckets"} & found
    assert disposition(case, edit) is Disposition.WIDENS


def test_a_star_for_everything_reaches_every_service_in_play(case):
    found = widened(case, inline(variants.allow("*", Resource="*")))
    assert {"s3", "sts"} <= {action.partition(":")[0] for _, action, _ in found}
    assert (TENANT, "s3:ListAllMyBuckets", "*") in found


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:Get*", "s3:List*", "sts:*"])
@pytest.mark.parametrize(
    "resource", ["*", "arn:aws:s3:::notes", "arn:aws:s3:::notes/*", f"arn:aws:iam::{variants.OWN}:role/*"]
)
@pytest.mark.parametrize("owner", [TENANT, SERVER])
def test_a_brute_force_finds_nothing_that_the_proof_leaves_out(case, action, resource, owner):
    edit = inline(variants.allow(action, Resource=resource), owner=owner)
    found = {(w.principal, w.action, w.resource) for w in brute(case, (edit,))}
    assert found <= widened(case, edit)


def test_the_brute_force_is_no_empty_one(case):
    assert len(brute(case, (inline(variants.allow("s3:Get*", Resource="*")),))) > 10


def test_what_may_be_allowed_counts_as_allowed(case):
    edit = inline(variants.allow("s3:GetObject", Resource="arn:aws:s3:::elsewhere*", **variants.FROM_HOME))
    assert widened(case, edit) == set()
    edit = inline(variants.allow("s3:PutObject", Resource="arn:aws:s3:::notes/*", **variants.FROM_HOME))
    assert widened(case, edit) == {(TENANT, "s3:PutObject", f"arn:aws:s3:::notes/{UNNAMED}")}


def test_an_action_that_takes_no_resource_is_asked_about_without_one(case):
    found = widened(case, inline(variants.allow("s3:ListAllMyBuckets", Resource="*")))
    assert found == {(TENANT, "s3:ListAllMyBuckets", "*")}


def test_other_statements_of_an_edited_policy_are_not_taken_for_new(case):
    old = role(case, SERVER).policies[0]
    after = replace(
        old,
        statements=(
            replace(
                old.statements[0],
                action=replace(
                    old.statements[0].action, values=("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
                ),
            ),
        ),
    )
    found = proof.proof(case, (Edit(SERVER, Slot.INLINE, old, after),), ())
    assert found.domain.startswith("sts:TagSession: 1 loaded principal ")


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("*", "any principal"),
        ({"AWS": variants.OTHER}, f"any principal of account {variants.OTHER} whose own policies allow it"),
        (
            {"AWS": f"arn:aws:iam::{variants.OTHER}:root"},
            f"any principal of account {variants.OTHER} whose own policies allow it",
        ),
        (
            {"AWS": f"arn:aws:iam::{variants.OTHER}:role/x"},
            f"arn:aws:iam::{variants.OTHER}:role/x, which is not loaded",
        ),
        ({"Service": "ec2.amazonaws.com"}, "service ec2.amazonaws.com"),
        ({"Federated": "accounts.google.com"}, "identities of accounts.google.com"),
    ],
)
def test_callers_that_are_not_loaded_are_named_by_class(case, who, said):
    old = role(case, TENANT).trust
    edit = Edit(TENANT, Slot.TRUST, old, variants.plus(old, variants.allow("sts:AssumeRole", Principal=who)))
    assert (said, "sts:AssumeRole", TENANT) in widened(case, edit)
    assert disposition(case, edit) is Disposition.WIDENS


def test_a_condition_that_goes_is_told_by_class_too(monkeypatch):
    judged = setups.judged(setups.read(setups.FIXTURES / "accounts/quilt-external-id", monkeypatch))
    (remedy,) = edits(judged)
    told = f"any principal of account {variants.OWN} whose own policies allow it"
    assert {(w.principal, w.action) for w in remedy.proof.widened} == {(told, "sts:AssumeRole")}


def test_a_trusted_account_is_every_loaded_role_of_it_that_may(case):
    organization = case.setup.simulator.organization
    other = replace(
        role(case, SERVER), arn=SERVER + "-2", policies=(variants.policy("may", variants.allow("sts:*", Resource="*")),)
    )
    account = organization.accounts[variants.OWN]
    more = Organization({variants.OWN: replace(account, roles={**account.roles, other.arn: other})})
    wide = replace(case, setup=replace(case.setup, simulator=replace(case.setup.simulator, organization=more)))
    old = role(case, TENANT).trust
    edit = Edit(
        TENANT, Slot.TRUST, old, variants.plus(old, variants.allow("sts:AssumeRole", Principal={"AWS": variants.OWN}))
    )
    assert (other.arn, "sts:AssumeRole", TENANT) in widened(wide, edit)


def test_a_managed_policy_is_edited_for_everybody_who_has_it(case):
    shared = variants.policy(
        "shared", variants.allow("s3:ListBucket", Resource="*"), arn=f"arn:aws:iam::{variants.OWN}:policy/shared"
    )
    account = case.setup.simulator.organization.accounts[variants.OWN]
    group = Group(f"arn:aws:iam::{variants.OWN}:group/g", (shared,))
    user = User(f"arn:aws:iam::{variants.OWN}:user/u", groups=(group.arn,))
    roles = {arn: replace(found, policies=(*found.policies, shared)) for arn, found in account.roles.items()}
    more = Organization(
        {variants.OWN: replace(account, roles=roles, users={user.arn: user}, groups={group.arn: group})}
    )
    wide = replace(case, setup=replace(case.setup, simulator=replace(case.setup.simulator, organization=more)))
    edit = Edit(
        TENANT,
        Slot.MANAGED,
        shared,
        variants.plus(shared, variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*")),
    )
    assert {who for who, _, _ in widened(wide, edit)} == {SERVER, user.arn}
    after = proof.edited(more, (edit,)).accounts[variants.OWN]
    assert all(edit.after in found.policies for found in after.roles.values())
    assert after.groups[group.arn].policies == (edit.after,)


@pytest.mark.parametrize("gone", [0, 1])
def test_taking_back_a_deny_is_never_safe(gone):
    old = variants.policy("p", variants.deny("s3:GetObject", Resource="*"), variants.deny("s3:PutObject", Resource="*"))
    edit = Edit(TENANT, Slot.INLINE, old, replace(old, statements=(old.statements[gone],)))
    assert proof.loosens(edit)


def test_narrowing_a_deny_an_edit_of_a_boundary_and_a_dropped_condition_are_never_safe():
    wide = variants.policy("p", variants.deny("s3:*", Resource="*"))
    narrow = variants.policy("p", variants.deny("s3:PutObject", Resource="*"))
    assert proof.loosens(Edit(TENANT, Slot.INLINE, wide, narrow))
    assert proof.loosens(Edit(TENANT, Slot.BOUNDARY, narrow, variants.plus(narrow, variants.FULL)))
    asks = variants.policy("p", variants.allow("s3:*", Resource="*", **variants.FROM_HOME))
    free = variants.policy("p", variants.allow("s3:*", Resource="*"))
    assert proof.loosens(Edit(TENANT, Slot.INLINE, asks, free))
    assert not proof.loosens(Edit(TENANT, Slot.INLINE, free, asks))
    assert not proof.loosens(Edit(TENANT, Slot.INLINE, None, free))


def test_removing_a_deny_shows_what_it_held_back(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    held = variants.of_tenant(
        variants.allow("s3:PutObject", Resource="*"), variants.deny("s3:PutObject", Resource="arn:aws:s3:::notes/*")
    )(base)
    found = setups.judged(held).case
    old = role(found, TENANT).policies[-1]
    edit = Edit(TENANT, Slot.INLINE, old, replace(old, statements=old.statements[:1]))
    assert (TENANT, "s3:PutObject", f"arn:aws:s3:::notes/{UNNAMED}") in widened(found, edit)


def test_an_edit_of_something_that_is_not_loaded_changes_nothing(case):
    organization = case.setup.simulator.organization
    for owner, slot in (
        (f"arn:aws:iam::{variants.OTHER}:role/x", Slot.TRUST),
        ("arn:aws:s3:::elsewhere", Slot.RESOURCE),
    ):
        edit = Edit(owner, slot, None, variants.policy("p", variants.allow("s3:*", Resource="*", Principal="*")))
        assert proof.edited(organization, (edit,)) == organization
        assert proof.proof(case, (edit,), ("p3",)).still_denied == ("p3",)


def test_several_edits_of_one_owner_all_count(case):
    old = role(case, TENANT).policies[0]
    first = Edit(
        TENANT, Slot.INLINE, old, variants.plus(old, variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*"))
    )
    second = inline(variants.allow("s3:PutObject", Resource="arn:aws:s3:::notes/*"))
    after = role(
        replace(
            case,
            setup=replace(
                case.setup, simulator=Simulator(proof.edited(case.setup.simulator.organization, (first, second)))
            ),
        ),
        TENANT,
    )
    assert after.policies == (first.after, second.after)
    assert proof.proof(case, (first, second), ()).fixed == ("p3",)


def test_a_key_that_only_the_new_policy_asks_for_is_filled_in(case):
    in_region = {
        "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:PrincipalAccount": variants.OWN}}
    }
    edit = inline(variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*", **in_region))
    assert proof.proof(case, (edit,), ("p3",)).fixed == ("p3",)


def test_a_key_that_the_call_brings_is_still_there_when_it_is_asked_again(monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/missing-permission/flagged", monkeypatch)
    sent = replace(base, server=replace(base.server, context={"aws:PrincipalTag/team".lower(): ("a",)}))
    found = setups.judged(sent).case
    tagged = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}
    edit = inline(variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*", **tagged))
    assert proof.proof(found, (edit,), ("p3",)).fixed == ("p3",)


def test_nobody_edits_a_policy_of_aws(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    for name, change in {**variants.ROLE, **variants.DATA}.items():
        judged = setups.judged(change(base))
        for remedy in edits(judged):
            for edit in remedy.edits:
                assert not (edit.before and (edit.before.arn or "").startswith("arn:aws:iam::aws:")), name
    lacking = setups.judged(variants.DATA["the role's boundary is AWS's and lacks the data"](base)).report
    (told,) = [remedy.instruction for remedy in lacking.remedies]
    assert f"nobody can edit {variants.MANAGED}, which AWS manages" in told
    assert [finding.kind for finding in lacking.findings if finding.kind is Kind.GAP] == [Kind.GAP]


def role(case: Case, arn: str):
    return case.setup.simulator.organization.accounts[Arn.parse(arn).account].roles[arn]


def _patched(old: str, diff: str) -> str:
    """The hunks of a unified diff applied, each context and removed line held against the text."""
    lines, new, at = old.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        if head := re.match(r"@@ -(\d+)", line):
            start = max(int(head[1]) - 1, 0)
            new += lines[at:start]
            at = start
        elif line[0] in " -":
            assert lines[at] == line[1:]
            new += [line[1:]] if line[0] == " " else []
            at += 1
        else:
            new.append(line[1:])
    return "".join(new + lines[at:])


def test_a_policy_without_statements_is_never_proposed(monkeypatch):
    for _, judged in setups.all_judged(monkeypatch, "remedies"):
        for remedy in edits(judged):
            assert all(isinstance(edit.after, Policy) and edit.after.statements for edit in remedy.edits)
