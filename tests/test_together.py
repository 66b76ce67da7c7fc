"""After all safe fixes nothing is left that an edit could safely close; merged edits do what each of them did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from iamsim import documents, proof, quotas
from iamsim import together as combined
from iamsim.check import Inputs
from iamsim.model.account import Organization, Resource
from iamsim.model.finding import Finding, Kind
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Policy
from iamsim.model.remedy import Disposition, Edit, Reason, Remedy, RemedyKind, Slot, Together
from iamsim.model.tool import Credential, Requirement, Tool
from iamsim.renderers import RenderOptions, terminal
from iamsim.renderers import json as saved
from iamsim.renderers._view import View
from tests import setups, variants

WORKING = "rules/missing-permission/clean"


def broken(given: Inputs, done: Together, judged: setups.Judged) -> Iterator[str]:
    """Where a second check, on the edited organization, says something else than the first said it would."""
    gaps = {finding.key for finding in judged.report.findings if finding.kind is Kind.GAP}
    if {*done.closed, *(left.finding for left in done.left)} != gaps:
        yield "a gap is neither closed nor left"
    if not done.edits:
        return
    again = setups.judged(replace(given, organization=proof.edited(given.organization, done.edits))).report
    open_ = {finding.key: finding for finding in again.findings if finding.kind is Kind.GAP}
    yield from (f"{key} is said to be closed" for key in done.closed if key in open_)
    for remedy in again.remedies:
        safe = remedy.kind is RemedyKind.EDIT and (done.widens or remedy.disposition is Disposition.SAFE)
        reasons = {left.reason for left in done.left if left.finding in remedy.findings}
        if safe and not reasons & {Reason.CLASHES, Reason.TOO_LONG}:
            yield f"{remedy.title} is left, and safe: {remedy.findings}"


def both(judged: setups.Judged) -> tuple[Together, ...]:
    return tuple(done for done in (judged.report.together, judged.report.widened) if done is not None)


@pytest.mark.parametrize("folder", setups.setups("accounts", "remedies", "rules"), ids=setups.named)
def test_after_all_safe_fixes_a_second_check_finds_no_gap_that_a_safe_edit_closes(folder: Path, monkeypatch):
    given = setups.read(folder, monkeypatch)
    judged = setups.judged(given)
    assert [word for done in both(judged) for word in broken(given, done, judged)] == []


def test_no_pair_of_faults_leaves_a_gap_that_a_safe_edit_closes(monkeypatch):
    base = variants.with_more_tools(setups.read(setups.FIXTURES / WORKING, monkeypatch))
    found, taken = {}, set()
    # Every eleventh of the pairs: each fault on the way to the role with some on the way to the data.
    for name, given in islice(variants.variants(base), 0, None, 11):
        judged = setups.judged(given)
        for done in both(judged):
            taken.add(len(done.remedies))
            found |= {name: said} if (said := list(broken(given, done, judged))) else {}
    assert found == {}
    assert taken == {0, 1, 2, 3}


# ---------------------------------------------------------------- statements


READ = variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*")
LIST = variants.allow("s3:ListBucket", Resource="arn:aws:s3:::notes")


def allowing(*actions: str, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), **more}


def merged(old: list[dict[str, object]], one: list[dict[str, object]], two: list[dict[str, object]]) -> object:
    """The statements of two edits as one, as they are written."""
    found = combined.merged(*(variants.policy("p", *statements) for statements in (old, one, two)))
    return None if found is None else documents.document(found)["Statement"]


@pytest.mark.parametrize(
    ("old", "one", "two", "both"),
    [
        ([READ], [READ, LIST], [READ], [READ, LIST]),
        ([READ], [READ], [LIST], [LIST]),
        ([READ], [LIST], [LIST], [LIST]),
        (
            [READ],
            [allowing("s3:GetObject", "s3:PutObject", Resource="arn:aws:s3:::notes/*")],
            [allowing("s3:GetObject", "s3:DeleteObject", Resource="arn:aws:s3:::notes/*")],
            [allowing("s3:GetObject", "s3:PutObject", "s3:DeleteObject", Resource="arn:aws:s3:::notes/*")],
        ),
        # New statements that differ in their actions, or in their resources, become one.
        (
            [LIST],
            [LIST, READ],
            [LIST, variants.allow("s3:PutObject", Resource="arn:aws:s3:::notes/*")],
            [LIST, allowing("s3:GetObject", "s3:PutObject", Resource="arn:aws:s3:::notes/*")],
        ),
        (
            [LIST],
            [LIST, variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/one/two")],
            [LIST, variants.allow("s3:GetObject", Resource=["arn:aws:s3:::notes/one/*", "arn:aws:s3:::other/*"])],
            [LIST, variants.allow("s3:GetObject", Resource=["arn:aws:s3:::notes/one/*", "arn:aws:s3:::other/*"])],
        ),
        # Both change the same statement in other ways, or one takes a statement out: who is right is not for us to say.
        ([READ], [LIST], [variants.allow("s3:GetObject", Resource="arn:aws:s3:::other/*")], None),
        ([READ, LIST], [READ], [READ, LIST, LIST], None),
        ([variants.deny("s3:*", NotResource="x")], [READ], [LIST], None),
        (
            [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}],
            [{"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "*"}],
            [{"Effect": "Allow", "NotAction": ["s3:*", "sts:*"], "Resource": "*"}],
            None,
        ),
    ],
)
def test_two_edits_of_one_policy_do_what_each_does_or_do_not_go_together(old, one, two, both):
    assert merged(old, one, two) == both
    assert (merged(old, two, one) is None) is (both is None)


def test_an_added_statement_leaves_one_with_a_condition_alone():
    limited = variants.allow("s3:PutObject", Resource="arn:aws:s3:::notes/*", **variants.FROM_HOME)
    assert merged([limited], [limited, READ], [limited]) == [limited, READ]
    assert merged([LIST], [LIST, limited], [LIST, READ]) == [LIST, limited, READ]


def test_what_a_pattern_names_is_not_listed_beside_it():
    wide, part = "arn:aws:s3:::notes/*", "arn:aws:s3:::notes/one"
    assert combined.fewest([part, wide, part + "*", "arn:aws:s3:::notes"]) == ("arn:aws:s3:::notes", wide)
    assert combined.fewest(["*", wide]) == ("*",)
    assert combined.fewest([wide, wide + "*", "arn:aws:s3:::notes/"]) == (wide,)
    assert combined.fewest([part, "arn:aws:s3:::note?/*"]) == ("arn:aws:s3:::note?/*", part)


# ---------------------------------------------------------------- remedies


TENANT = "arn:aws:iam::111122223333:role/tenant"


@pytest.fixture
def judged(monkeypatch) -> setups.Judged:
    """Three gaps of one role: it may neither read, write nor list its bucket."""
    return setups.judged(setups.read(setups.FIXTURES / "remedies/permission/identity", monkeypatch))


def gaps(judged: setups.Judged) -> tuple[Finding, ...]:
    return tuple(finding for finding in judged.report.findings if finding.kind is Kind.GAP)


def remedy(judged: setups.Judged, id_: str, *edits: Edit) -> Remedy:
    """A remedy of these edits, proven and judged as the proposers' are."""
    shown = proof.proof(judged.case, edits, tuple(name for gap in gaps(judged) for name in gap.probes))
    keys = tuple(gap.key for gap in gaps(judged) if set(gap.probes) & set(shown.fixed))
    wide = Disposition.WIDENS if shown.widened else Disposition.SAFE
    return Remedy(id_, "planted", keys, RemedyKind.EDIT, id_, wide, edits, proof=shown)


def inline(*statements: dict[str, object], before: Policy | None = None, name: str = "new") -> Edit:
    after = variants.policy(name, *statements)
    return Edit(TENANT, Slot.INLINE, before, after, text=documents.text(after))


def test_of_several_ways_the_safe_one_is_taken_and_of_safe_ones_the_smallest(judged):
    wide = remedy(judged, "wide", inline(allowing("s3:*", Resource="*")))
    verbose = remedy(judged, "verbose", inline({"Sid": "X" * 99, **READ}))
    small = remedy(judged, "small", inline(READ))
    done = combined.together(judged.case, gaps(judged), (wide, verbose, small))
    assert (done.remedies, done.widens) == (("small",), False)
    assert [left.reason for left in done.left] == [Reason.WIDENS, Reason.WIDENS]
    both = combined.together(judged.case, gaps(judged), (wide, verbose, small), widening=True)
    assert (both.remedies, both.widens, both.left) == (("wide",), True, ())
    assert both.proof.widened


def test_of_edits_that_do_not_go_together_the_first_is_kept_and_the_other_is_told(judged):
    data = next(p for p in judged.case.setup.simulator.organization.role(TENANT).policies if p.name == "data")
    reads = remedy(judged, "reads", inline(READ, before=data, name="data"))
    lists = remedy(judged, "lists", inline(LIST, before=data, name="data"))
    done = combined.together(judged.case, gaps(judged), (reads, lists))
    assert done.remedies == ("reads",)
    assert [documents.document(edit.after)["Statement"] for edit in done.edits] == [[READ]]
    told = {left.finding: left.reason for left in done.left}
    assert [(key in lists.findings, reason) for key, reason in sorted(told.items())] == [
        (True, Reason.CLASHES),
        (False, Reason.NOTHING),
    ]
    named = combined.together(judged.case, gaps(judged), (reads, lists), named={"lists"})
    assert named.remedies == ("lists",)
    assert {left.reason for left in named.left} == {Reason.NOT_TAKEN, Reason.NOTHING}


def full(given: Inputs, *, attached: int) -> Inputs:
    """The set-up, with inline policies of the role that leave no room for more, and as many managed policies."""
    role = given.organization.role(TENANT)
    quota = quotas.QUOTAS["role"]
    topic = "arn:aws:sns:eu-west-1:111122223333:"
    fill = variants.policy("fill", variants.allow("sns:Publish", Resource=topic))
    room = quota.limit - sum(quota.length(documents.text(policy)) for policy in (*role.policies, fill))
    fill = variants.policy("fill", variants.allow("sns:Publish", Resource=topic + "x" * room))
    shared = tuple(replace(fill, name=f"m{n}", arn=f"arn:aws:iam::aws:policy/m{n}") for n in range(attached))
    new = replace(role, policies=(*role.policies, fill, *shared))
    (account,) = given.organization.accounts.values()
    changed = replace(account, roles={**account.roles, TENANT: new})
    return replace(given, organization=Organization({account.id: changed}))


def test_what_inline_policies_cannot_hold_goes_into_a_managed_policy_of_the_role(monkeypatch):
    given = full(setups.read(setups.FIXTURES / "remedies/permission/identity", monkeypatch), attached=9)
    found = setups.judged(given)
    assert [bool(each.proof.too_long) for each in found.report.remedies] == [True]
    done = found.report.together
    (edit,) = done.edits
    assert (edit.slot, edit.before, edit.owner) == (Slot.MANAGED, None, TENANT)
    assert edit.after.arn == "arn:aws:iam::111122223333:policy/iamsim-least-privilege-tenant"
    assert (len(done.closed), done.left, done.proof.too_long, done.proof.widened) == (3, (), (), ())
    assert list(broken(given, done, found)) == []


def test_a_role_that_may_have_no_more_policies_is_told_so(monkeypatch):
    given = full(setups.read(setups.FIXTURES / "remedies/permission/identity", monkeypatch), attached=10)
    done = setups.judged(given).report.together
    assert done.edits == ()
    assert {left.reason for left in done.left} == {Reason.TOO_LONG}


def test_two_that_fit_alone_and_not_beside_each_other_are_not_both_taken(monkeypatch):
    given = setups.read(setups.FIXTURES / "remedies/permission/identity", monkeypatch)
    role = given.organization.role(TENANT)
    publish = variants.allow("sns:Publish", **variants.ANYWHERE)
    ten = tuple(variants.policy(f"m{n}", publish, arn=f"arn:aws:iam::111122223333:policy/m{n}") for n in range(10))
    (account,) = given.organization.accounts.values()
    for attached, ids in ((ten, ("reads",)), ((), ("reads", "lists"))):
        changed = replace(account, roles={**account.roles, TENANT: replace(role, policies=(*role.policies, *attached))})
        found = setups.judged(replace(given, organization=Organization({account.id: changed})))
        reads = remedy(found, "reads", inline({"Sid": "A" * 6_000, **READ}, name="a"))
        lists = remedy(found, "lists", inline({"Sid": "B" * 6_000, **LIST}, name="b"))
        assert (reads.proof.too_long, lists.proof.too_long) == ((), ())
        done = combined.together(found.case, gaps(found), (reads, lists))
        assert done.remedies == ids
        assert done.proof.too_long == ()
        reasons = {left.reason for left in done.left if left.finding in lists.findings}
        assert reasons == (set() if attached == () else {Reason.TOO_LONG})


def test_two_that_are_safe_alone_and_widen_beside_each_other_are_not_both_taken(monkeypatch):
    """The one lets a role in at the bucket of another account, the other lets it out of its own: nobody wants that it deletes."""
    given = setups.read(setups.FIXTURES / "remedies/permission/two-accounts", monkeypatch)
    needs = (Requirement("s3:GetObject", ("arn:aws:s3:::own/*",), (Credential.ROLE,)),)
    tool = Tool("notes", "own", assumes=True, requirements=needs, credentials=(Credential.ROLE,))
    home = given.organization.accounts["111122223333"]
    with_own = replace(home, resources={**home.resources, "arn:aws:s3:::own": Resource("arn:aws:s3:::own")})
    organization = Organization({**given.organization.accounts, home.id: with_own})
    found = setups.judged(replace(given, organization=organization, tools=(*given.tools, tool)))
    on_notes = {"Principal": {"AWS": TENANT}, "Resource": "arn:aws:s3:::notes/*"}
    after = variants.policy("policy", allowing("s3:GetObject", "s3:DeleteObject", **on_notes))
    lets_in = remedy(
        found, "lets-in", Edit("arn:aws:s3:::notes", Slot.RESOURCE, None, after, text=documents.text(after))
    )
    reads_own = variants.allow("s3:GetObject", Resource="arn:aws:s3:::own/*")
    deletes = variants.allow("s3:DeleteObject", Resource="arn:aws:s3:::notes/*")
    lets_out = remedy(found, "lets-out", inline(reads_own, deletes))
    assert [each.disposition for each in (lets_in, lets_out)] == [Disposition.SAFE, Disposition.SAFE]
    done = combined.together(found.case, gaps(found), (lets_in, lets_out))
    assert done.remedies == ("lets-in",)
    assert [left.reason for left in done.left if left.finding in lets_out.findings] == [Reason.CLASHES]
    both = combined.together(found.case, gaps(found), (lets_in, lets_out), named=("lets-in", "lets-out"))
    assert both.remedies == ("lets-in", "lets-out")
    assert {(w.action, w.resource.rpartition("/")[0]) for w in both.proof.widened} == {
        ("s3:DeleteObject", "arn:aws:s3:::notes")
    }


# ---------------------------------------------------------------- what a reader sees


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "accounts/quilt-task-role",
            "All safe fixes together: 4 edits that close 27 of 27 gaps and allow nothing else (iamsim fix)",
        ),
        (
            "accounts/quilt-external-id",
            "Fixes that widen, together: 1 edit that closes 2 of 2 gaps (iamsim fix --widen)",
        ),
        ("remedies/token/expired", ""),
    ],
)
def test_the_report_says_in_one_line_what_all_fixes_do(name, line, monkeypatch):
    report = setups.judged(setups.read(setups.FIXTURES / name, monkeypatch)).report
    assert View(report).together == line
    shown = terminal.render(report, RenderOptions(width=160))
    assert line in shown
    assert ("together:" in shown) is bool(line)


def test_a_report_that_an_earlier_version_saved_is_still_read(judged):
    told = json.loads(saved.render(judged.report))
    again = saved.read(json.dumps(told), document="report.json")
    assert again.together == judged.report.together
    for name in ("together", "widened"):
        del told[name]
    for each in told["remedies"]:
        for edit in each["edits"]:
            del edit["origin"]
    older = saved.read(json.dumps(told), document="report.json")
    assert (older.together, older.remedies[0].edits[0].origin) == (None, NOWHERE)
    assert View(older).together == ""
