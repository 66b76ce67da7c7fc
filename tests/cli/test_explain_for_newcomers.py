"""`iamsim explain` for somebody who has never seen IAM's flow chart: the answer in words, and who has a say."""

from __future__ import annotations

import pytest

from tests.cli.running import run
from tests.cli.test_lint import write

HERE, THERE = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HERE}:role/reader"
KEY = "arn:aws:s3:::documents/a.csv"
CALLER = "the caller's own policies (what the caller may do)"
RESOURCE = "the resource's own policy (whom the resource lets in)"
SCP = "service control policies (the most that callers of the account may do)"
BOUNDARY = "the permissions boundary (the most that the caller's own policies can give)"


def policy(effect="Allow", action="s3:GetObject", resource="*", **more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]}


@pytest.fixture
def accounts(tmp_path):
    """A role that reads all objects, in one account, and a bucket in the other, which has no policy."""
    seen = 'seen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\norganization = "none"\n'
    for id_ in (HERE, THERE):
        write(str(tmp_path / f"{id_}/account.toml"), f'id = "{id_}"\n{seen}')
    write(str(tmp_path / f"{HERE}/roles/reader/trust.json"), policy(action="sts:AssumeRole", Principal={"AWS": HERE}))
    trust = tmp_path / f"{HERE}/roles/reader/trust.json"
    trust.write_text(trust.read_text(encoding="utf-8").replace('"Resource": "*",', ""), encoding="utf-8")
    write(str(tmp_path / f"{HERE}/roles/reader/inline/read.json"), policy())
    write(str(tmp_path / f"{THERE}/resources/other/resource.toml"), 'arn = "arn:aws:s3:::other"\n')
    write(str(tmp_path / f"{HERE}/resources/documents/resource.toml"), 'arn = "arn:aws:s3:::documents"\n')
    return tmp_path


def explained(folder, key=KEY, action="s3:GetObject"):
    ran = run(folder, "explain", "--policies", ".", "--principal", ROLE, "--action", action, "--resource", key)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def rows(text):
    """Who has a say, and what each says."""
    lines = text.partition("Who has a say")[2].partition("\n\n")[0].splitlines()[1:]
    parts = (line.strip().partition(")") for line in lines)
    return {f"{name})": says.strip() for name, _, says in parts}


def test_what_is_allowed(accounts):
    text = explained(accounts)
    assert text.splitlines()[2] == "   AWS would let this through."
    assert rows(text) == {CALLER: "1 Allow applies (of 1 statement)"}
    assert "\nWhat allows it\n\nAllow applies: identity policy read" in text


def test_what_nobody_allows(accounts):
    text = explained(accounts, action="s3:PutObject")
    assert "no Deny forbids it, but what is not allowed is refused" in text
    assert rows(text) == {CALLER: "none of 1 statement applies  <- stands in the way"}
    assert "\nWhat came closest to allowing it\n\nAllow does not apply: identity policy read" in text


def test_what_a_deny_forbids(accounts):
    write(str(accounts / f"{HERE}/roles/reader/boundary.json"), policy("Deny", "s3:*"))
    text = explained(accounts)
    assert "a Deny forbids it, and no Allow outweighs a Deny" in text
    assert rows(text) == {
        CALLER: "1 Allow applies (of 1 statement)",
        BOUNDARY: "1 Deny applies (of 1 statement)  <- stands in the way",
    }
    assert "\nWhat forbids it\n\nDeny applies: boundary policy" in text
    assert text.index("What forbids it") < text.index("The other statements") < text.index("identity policy read")


def test_what_is_asked_across_accounts(accounts):
    text = explained(accounts, "arn:aws:s3:::other/a.csv")
    assert "two accounts, so both must allow" in text
    assert rows(text) == {
        RESOURCE: "no statement  <- stands in the way",
        CALLER: "1 Allow applies (of 1 statement)",
    }


def test_what_is_not_known(accounts):
    settings = accounts / f"{HERE}/account.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"scp", ', ""), encoding="utf-8")
    text = explained(accounts)
    assert text.splitlines()[2] == "   AWS may let this through or refuse it: the inputs do not tell."
    assert rows(text) == {SCP: "not seen: may allow, may deny", CALLER: "1 Allow applies (of 1 statement)"}


def test_a_condition_that_is_not_told_is_what_it_depends_on(accounts):
    limited = policy(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}})
    write(str(accounts / f"{HERE}/roles/reader/inline/read.json"), limited)
    settings = accounts / f"{HERE}/account.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('organization = "none"\n', ""), encoding="utf-8")
    text = explained(accounts)
    assert rows(text)[CALLER] == "1 Allow may apply (of 1 statement)"
    assert "\nWhat it depends on\n\nAllow may apply: identity policy read" in text


def test_an_organization_allows_at_every_level_or_not_at_all(accounts):
    write(str(accounts / f"{HERE}/scps/00-root/all.json"), policy(action="*"))
    write(str(accounts / f"{HERE}/scps/01-ou/some.json"), policy(action="ec2:*"))
    settings = accounts / f"{HERE}/account.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"none"', '"o-exampleorg1"'), encoding="utf-8")
    says = rows(explained(accounts))[SCP]
    assert says == (
        "1 Allow applies (of 2 statements), which is not enough: "
        "every level of the organization has to allow  <- stands in the way"
    )


def test_policies_are_named_in_the_order_in_which_aws_asks(accounts):
    write(str(accounts / f"{HERE}/roles/reader/boundary.json"), policy())
    write(str(accounts / f"{HERE}/scps/00-root/all.json"), policy(action="*"))
    bucket = policy(resource="arn:aws:s3:::documents/*", Principal={"AWS": ROLE})
    write(str(accounts / f"{HERE}/resources/documents/policy.json"), bucket)
    assert list(rows(explained(accounts))) == [SCP, RESOURCE, CALLER, BOUNDARY]


def test_simulate_stays_short(accounts):
    ran = run(
        accounts, "simulate", "--policies", ".", "--principal", ROLE, "--action", "s3:GetObject", "--resource", KEY
    )
    assert "Who has a say" not in ran.out
    assert len(ran.out.splitlines()) == 3
