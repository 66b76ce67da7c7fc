"""The lengths that AWS allows: IAM User Guide, IAM and AWS STS quotas; the S3 and KMS guides for their resources."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim import documents, quotas
from iamsim.model.account import Account, Organization, Role, User
from iamsim.model.remedy import Disposition, Edit, RemedyKind, Slot
from tests import setups, variants, vectors

ACCOUNT = "111122223333"
ROLE, USER = f"arn:aws:iam::{ACCOUNT}:role/reader", f"arn:aws:iam::{ACCOUNT}:user/worker"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/shared"


def size(policy):
    """The characters that IAM counts."""
    return quotas.QUOTAS["role"].length(documents.text(policy))


def of_size(length, *, arn=None):
    """A policy of exactly `length` counted characters."""
    text = '{"Statement":[{"Sid":"%s","Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}'
    policy = documents.policy(text % "x", document="p.json", name="p", arn=arn)
    filled = "x" * (length - size(policy) + 1)
    found = documents.policy(text % filled, document="p.json", name="p", arn=arn)
    assert size(found) == length
    return found


def organization(*, inline=(), owner=ROLE):
    role = Role(ROLE, trust=of_size(100), policies=inline if owner == ROLE else ())
    user = User(USER, policies=inline if owner == USER else ())
    return Organization({ACCOUNT: Account(ACCOUNT, roles={ROLE: role}, users={USER: user})})


@pytest.mark.parametrize("given", vectors.sizes(), ids=str)
def test_aws_takes_policies_of_the_size_that_a_vector_says_and_no_others(given):
    assert quotas.QUOTAS[given.kind].takes(*given.texts) is given.fits


@pytest.mark.parametrize("given", vectors.sizes(), ids=str)
def test_which_quotas_can_be_raised_is_as_the_vector_says(given):
    assert quotas.QUOTAS[given.kind].raisable is given.raisable


def test_every_quota_has_a_vector_on_either_side_of_it():
    fits = {given.kind for given in vectors.sizes() if given.fits}
    fails = {given.kind for given in vectors.sizes() if not given.fits}

    assert fits == fails == set(quotas.QUOTAS)


def test_white_space_between_elements_is_not_counted():
    plain = of_size(200)
    spread = documents.policy(documents.text(plain), document="p.json", name="p")
    assert len(documents.text(plain)) > size(spread) == 200


@pytest.mark.parametrize(
    ("owner", "slot", "quota", "what"),
    [
        (ROLE, Slot.TRUST, 2_048, "the trust policy"),
        (ROLE, Slot.INLINE, 10_240, "the inline policies"),
        (USER, Slot.INLINE, 2_048, "the inline policies"),
        (ROLE, Slot.MANAGED, 6_144, "the managed policy"),
        (ROLE, Slot.BOUNDARY, 6_144, "the permissions boundary"),
        ("arn:aws:s3:::notes", Slot.RESOURCE, 20_480, "the policy"),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k", Slot.RESOURCE, 32_768, "the policy"),
        (f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/ap", Slot.RESOURCE, 20_480, "the policy"),
        (f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs", Slot.RESOURCE, 8_192, "the policy"),
        (f"arn:aws:glue:eu-west-1:{ACCOUNT}:catalog", Slot.RESOURCE, 10_240, "the policy"),
    ],
)
def test_a_policy_may_be_as_long_as_its_quota_and_no_longer(owner, slot, quota, what):
    unit = "bytes" if slot is Slot.RESOURCE else "characters"
    assert quotas.exceeded(organization(), [Edit(owner, slot, None, of_size(quota))]) == ()
    (line,) = quotas.exceeded(organization(), [Edit(owner, slot, None, of_size(quota + 1))])
    assert line.startswith(f"makes {what} of {owner} {quota + 1:,} {unit} long, 1 more than AWS takes ({quota:,})")


def test_of_a_service_whose_quota_is_not_known_nothing_is_said():
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:news"
    assert quotas.exceeded(organization(), [Edit(topic, Slot.RESOURCE, None, of_size(30_000))]) == ()


def test_inline_policies_of_one_role_count_together_and_so_do_the_edits():
    old = of_size(6_000)
    loaded = organization(inline=(old, of_size(6_144, arn=MANAGED)))
    assert quotas.exceeded(loaded, [Edit(ROLE, Slot.INLINE, None, of_size(4_240))]) == ()
    assert quotas.exceeded(loaded, [Edit(ROLE, Slot.INLINE, old, of_size(10_240))]) == ()
    two = [Edit(ROLE, Slot.INLINE, None, of_size(2_121)), Edit(ROLE, Slot.INLINE, old, of_size(8_120))]
    (line,) = quotas.exceeded(loaded, two)
    assert "10,241 characters" in line


def test_a_managed_policy_edited_in_place_has_its_own_quota():
    old = of_size(6_100, arn=MANAGED)
    (line,) = quotas.exceeded(organization(inline=(old,)), [Edit(ROLE, Slot.INLINE, old, of_size(6_145, arn=MANAGED))])
    assert "the managed policy" in line


def test_of_a_policy_that_stands_under_a_raised_quota_nothing_is_said():
    """Service Quotas raises the one of trust policies."""
    assert quotas.exceeded(organization(), [Edit(ROLE, Slot.TRUST, of_size(3_000), of_size(3_100))]) == ()


def test_a_fix_that_aws_would_not_take_is_told_by_its_proof_and_comes_after_those_that_fit(monkeypatch):
    (folder,) = (path for path in setups.setups("remedies") if setups.named(path) == "remedies/permission/identity")
    setups.enter(folder, monkeypatch)
    given = setups.read(folder, monkeypatch)
    fits = setups.judged(given).report.remedies
    owner = next(edit.owner for remedy in fits for edit in remedy.edits if edit.slot is Slot.INLINE)
    number = owner.split(":")[4]
    account = given.organization.accounts[number]
    role = account.roles[owner]
    full = of_size(quotas.QUOTAS["role"].limit - sum(size(policy) for policy in role.policies if policy.arn is None))
    filled = replace(account, roles={**account.roles, owner: replace(role, policies=(*role.policies, full))})
    organization = Organization({**given.organization.accounts, number: filled})
    found = setups.judged(replace(given, organization=organization)).report.remedies
    assert not any(remedy.proof.too_long for remedy in fits if remedy.proof)
    assert any(
        f"the inline policies of {owner}" in line for remedy in found if remedy.proof for line in remedy.proof.too_long
    )
    (long,) = (at for at, remedy in enumerate(found) if remedy.proof and remedy.proof.too_long)
    assert all(r.disposition is Disposition.WIDENS or r.kind is RemedyKind.INSTRUCTION for r in found[long + 1 :])


def test_statements_are_put_into_as_few_managed_policies_as_hold_them_in_their_order():
    def long(size):
        return variants.policy("x", variants.allow("s3:GetObject", Resource="arn:aws:s3:::" + "a" * size)).statements[0]

    short, whole, too_long = long(10), long(5_800), long(7_000)
    packed = quotas.managed([short, whole, short, short, too_long, short])
    assert [[len(each.resource.values[0]) - 13 for each in part] for part in packed] == [
        [10, 5_800, 10],
        [10],
        [7_000],
        [10],
    ]
    assert [[each.index for each in part] for part in packed] == [[0, 1, 2], [0], [0], [0]]
    assert [quotas.fits_managed(part) for part in packed] == [True, True, False, True]
