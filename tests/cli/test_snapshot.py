"""The command that reads a whole live account into a file: what it writes, what it says, and how it goes on."""

from __future__ import annotations

import io
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iamsim import sources
from iamsim.catalog import actions
from iamsim.sources import aws
from tests import live_cloud as clouds
from tests.cli import running
from tests.cli.running import Ran, run
from tests.live_cloud import ACCOUNT, KEY, SECRET

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
BUCKET = "arn:aws:s3:::data-bucket"
FILE = "iamsim-snapshot.json"
ANEW = "begin anew with --fresh, or name another file with --output"
GO_ON = f"what was read is kept in `{FILE}.partial`, and the same command goes on from there"


@pytest.fixture(scope="module")
def endpoint():
    with clouds.served() as url:
        yield url


@pytest.fixture
def cloud(endpoint, monkeypatch):
    """An account with one of everything, and credentials of the test's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    clouds.quick_sessions(monkeypatch)
    clouds.emptied(endpoint)
    clouds.whole_account(endpoint)
    return endpoint


@pytest.fixture
def aws_calls(cloud, monkeypatch):  # noqa: ARG001 - the account is made before anybody listens
    return clouds.watched(monkeypatch)


@pytest.fixture
def snapshot(cloud, tmp_path):
    """Runs the command in a folder of its own."""

    def ran(*arguments: str, endpoint: str = cloud) -> Ran:
        return run(tmp_path, "snapshot", "--endpoint-url", endpoint, "--region", "us-east-1", *arguments)

    return ran


def loaded(path: Path):
    found = sources.load(str(path), sources.Options())
    return found.organization.accounts[ACCOUNT], found.inputs


def lines(ran: Ran) -> list[str]:
    """What stands on standard error; click begins a line of its own where it is interrupted."""
    return [line for line in ran.err.splitlines() if line]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ---------------------------------------------------------------- the file


def test_a_whole_account_ends_in_one_file_that_policies_takes(snapshot, tmp_path):
    ran = snapshot()
    assert (ran.code, ran.out) == (0, "")
    assert lines(ran) == [
        f"read account {ACCOUNT}: 1 role, 1 user, 1 group, 8 resources",
        f"wrote {FILE}",
    ]
    account, inputs = loaded(tmp_path / FILE)
    assert (set(account.roles), len(account.resources)) == ({ROLE}, 8)
    assert account.roles[ROLE].max_session_duration == 7200
    assert len(account.workloads) == 3
    assert [each for each in inputs if each.kind == "not seen"] == []
    assert names(tmp_path) == [FILE]


def test_the_snapshot_answers_as_the_live_account_does(snapshot, cloud, aws_calls, tmp_path):
    # Which endpoint a call goes through, nothing tells: with one in the account its policy may count.
    aws_calls.denied = {"ec2:DescribeVpcEndpoints"}
    assert snapshot().code == 4
    question = (
        "--principal",
        ROLE,
        "--action",
        "s3:GetObject",
        "--resource",
        f"{BUCKET}/x",
        "--assume-none",
        "vpc-endpoint",
    )
    live = run(tmp_path, "explain", *question, "--endpoint-url", cloud, "--region", "us-east-1")
    kept = run(tmp_path, "explain", *question, "--policies", FILE)
    assert live.out.split()[0] == kept.out.split()[0] == "allowed"


def test_the_file_goes_where_it_is_wanted_and_standard_output_is_one_place(snapshot, tmp_path):
    assert lines(snapshot("-o", "there/it.json"))[-1] == "wrote there/it.json"
    assert loaded(tmp_path / "there" / "it.json")[0].roles
    ran = snapshot("--output", "-")
    assert (ran.code, json.loads(ran.out)["accounts"].keys()) == (0, {ACCOUNT})
    assert names(tmp_path) == ["there"]


def test_nothing_secret_is_in_the_file(snapshot, tmp_path):
    snapshot()
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    assert SECRET not in text
    assert "DB_PASSWORD" not in text


def test_several_regions_are_read_into_one_file(snapshot, cloud, tmp_path):
    clouds.in_region(cloud, "eu-west-1")
    snapshot("--regions", "us-east-1,eu-west-1")
    found = {arn.split(":")[3] for arn in loaded(tmp_path / FILE)[0].resources}
    assert found == {"", "us-east-1", "eu-west-1"}
    snapshot("--regions", "us-east-1", "--regions", "eu-west-1")
    assert {arn.split(":")[3] for arn in loaded(tmp_path / FILE)[0].resources} == found


def test_more_than_a_thousand_roles_are_read(snapshot, tmp_path, monkeypatch):
    clouds.many_roles(1100)
    clouds.in_pages(monkeypatch, 500)
    assert lines(snapshot())[0] == f"read account {ACCOUNT}: 1,101 roles, 1 user, 1 group, 8 resources"
    assert len(loaded(tmp_path / FILE)[0].roles) == 1101


# ---------------------------------------------------------------- what could not be read


def test_each_missing_permission_is_named_once_with_how_many_it_hides(snapshot, aws_calls, cloud, tmp_path):
    clouds.client(cloud, "s3").create_bucket(Bucket="other-bucket")
    aws_calls.denied = {"s3:GetBucketPolicy", "s3:GetBucketTagging", "iam:ListSAMLProviders"}
    ran = snapshot()
    assert (ran.code, ran.out) == (4, "")
    assert lines(ran) == [
        f"read account {ACCOUNT}: 1 role, 1 user, 1 group, 9 resources",
        "not read: iam:ListSAMLProviders was denied for SAML providers",
        f"not read: s3:GetBucketPolicy was denied for 2 subjects, such as {BUCKET}",
        f"not read: s3:GetBucketTagging was denied for 2 subjects, such as {BUCKET}",
        f"wrote {FILE}",
    ]
    account, inputs = loaded(tmp_path / FILE)
    assert (account.saml_providers, account.resources[BUCKET].policy, account.resources[BUCKET].partial) == (
        None,
        None,
        True,
    )
    assert {each.location: each.detail for each in inputs if each.kind == "not seen"}["SAML providers"] == (
        "iam:ListSAMLProviders was denied, so which the account has is not known"
    )


def test_what_no_permission_would_help_is_said_beside(snapshot, monkeypatch):
    one = aws._Calls.one  # noqa: SLF001 - the stand-in takes no such text

    def asked(self, action, **parameters):
        return {"Policy": "[]"} if action == "kms:GetKeyPolicy" else one(self, action, **parameters)

    monkeypatch.setattr(aws._Calls, "one", asked)  # noqa: SLF001 - as above
    ran = snapshot()
    assert ran.code == 4
    assert lines(ran)[1].startswith("not read: arn:aws:kms:us-east-1:")
    assert ": its policy is not readable: a policy is a JSON object" in lines(ran)[1]


def test_aws_that_fails_ends_with_5_and_writes_nothing(snapshot, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ran = snapshot()
    assert (ran.code, ran.error) == (
        5,
        "there are no AWS credentials to read the account with; log in or name a --profile, or give the policies as a folder",
    )
    assert names(tmp_path) == []


def test_without_a_region_it_says_how_to_name_one(cloud, tmp_path):
    ran = run(tmp_path, "snapshot", "--endpoint-url", cloud)
    assert (ran.code, ran.error) == (5, "no AWS region is set; give --regions or set AWS_DEFAULT_REGION")


# ---------------------------------------------------------------- interrupted, and gone on with


def interrupted(snapshot, aws_calls, after: int = 25) -> Ran:
    aws_calls.asked.clear()
    aws_calls.interrupt_after = after
    ran = snapshot()
    aws_calls.interrupt_after = None
    assert ran.code == 130
    return ran


def test_an_interrupted_run_says_how_to_go_on_and_keeps_what_it_read_for_its_owner_only(snapshot, aws_calls, tmp_path):
    ran = interrupted(snapshot, aws_calls)
    assert lines(ran) == [GO_ON, "iamsim: interrupted"]
    partial = tmp_path / f"{FILE}.partial"
    assert stat.S_IMODE(partial.stat().st_mode) == 0o600
    assert names(tmp_path) == [partial.name]
    head, *parts = [json.loads(line) for line in partial.read_text(encoding="utf-8").splitlines()]
    assert (head["account"], head["regions"]) == (ACCOUNT, ["us-east-1"])
    assert len(parts) >= 15
    assert all(part["part"][0] == ACCOUNT for part in parts)
    assert SECRET not in partial.read_text(encoding="utf-8")


def test_the_next_run_asks_only_what_is_not_known_and_gives_the_same_file(snapshot, aws_calls, tmp_path):
    snapshot("-o", "whole.json")
    asked = len(aws_calls.asked)
    interrupted(snapshot, aws_calls)
    aws_calls.asked.clear()
    assert snapshot().code == 0
    assert "iam:GetAccountAuthorizationDetails" not in aws_calls.asked
    assert 0 < len(aws_calls.asked) <= asked - 15
    assert names(tmp_path) == [FILE, "whole.json"]
    texts = [json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in (FILE, "whole.json")]
    assert texts[0].pop("at") is not None
    assert texts[1].pop("at") is not None
    assert texts[0] == texts[1]


def test_the_moment_of_the_snapshot_is_when_its_oldest_part_was_read(snapshot, aws_calls, tmp_path):
    interrupted(snapshot, aws_calls)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    since(tmp_path, began)
    snapshot()
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8"))["at"] == began.isoformat().replace("+00:00", "Z")


def test_what_was_denied_is_asked_again_once_it_may_be_read(snapshot, aws_calls, tmp_path):
    aws_calls.denied = {"iam:ListSAMLProviders"}
    interrupted(snapshot, aws_calls)
    aws_calls.denied = set()
    assert snapshot().code == 0
    assert loaded(tmp_path / FILE)[0].saml_providers is not None


def test_a_line_that_was_half_written_is_asked_again(snapshot, aws_calls, tmp_path):
    interrupted(snapshot, aws_calls)
    partial = tmp_path / f"{FILE}.partial"
    whole = partial.read_bytes()
    partial.write_bytes(whole[:-20])
    assert snapshot().code == 0
    assert len(loaded(tmp_path / FILE)[0].resources) == 8


def since(folder: Path, when: datetime) -> None:
    """Lets the unfinished reading have begun at another moment."""
    path = folder / f"{FILE}.partial"
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    path.write_text(json.dumps({**json.loads(head), "since": when.isoformat()}) + "\n" + rest, encoding="utf-8")


def test_what_is_too_old_is_refused_with_the_way_out(snapshot, aws_calls, tmp_path):
    interrupted(snapshot, aws_calls)
    since(tmp_path, datetime.now(UTC) - timedelta(hours=30))
    ran = snapshot()
    assert (ran.code, ran.error) == (
        2,
        f"`{FILE}.partial` holds what was read 30 hours ago; begin anew with --fresh, or allow more hours with --max-age",
    )
    assert snapshot("--max-age", "48").code == 0


def test_what_is_of_another_reading_is_refused_with_the_way_out(snapshot, aws_calls, tmp_path):
    interrupted(snapshot, aws_calls)
    ran = snapshot("--regions", "us-east-1,eu-west-1")
    assert (ran.code, ran.error) == (
        2,
        f'`{FILE}.partial` is of another reading: regions ["us-east-1"], not ["us-east-1", "eu-west-1"]; {ANEW}',
    )
    path = tmp_path / f"{FILE}.partial"
    path.write_text(path.read_text(encoding="utf-8").replace(ACCOUNT, "444455556666"), encoding="utf-8")
    assert f'is of another reading: account "444455556666", not "{ACCOUNT}"; begin anew' in snapshot().error
    aws_calls.asked.clear()
    assert snapshot("--fresh").code == 0
    assert "iam:GetAccountAuthorizationDetails" in aws_calls.asked
    assert names(tmp_path) == [FILE]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}\n", "is none of an unfinished snapshot"),
        ("[]\n", "holds a line that is no part of a reading"),
        ("[" * 100_000 + "\n", "holds a line that is no part of a reading"),
        ("", "holds a line that is no part of a reading"),
        (None, "holds a line that is no part of a reading"),
    ],
    ids=["another", "list", "deep", "empty", "spoiled"],
)
def test_a_file_that_is_no_unfinished_reading_is_refused(snapshot, aws_calls, tmp_path, content, said):
    path = tmp_path / f"{FILE}.partial"
    if content is None:
        interrupted(snapshot, aws_calls)
        head, _, rest = path.read_text(encoding="utf-8").partition("\n")
        content = f"{head}\nnonsense\n{rest}"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    ran = snapshot()
    assert (ran.code, ran.error) == (
        2,
        f"`{FILE}.partial` {said}; {ANEW}",
    )
    assert path.read_text(encoding="utf-8") == content


def test_a_file_that_others_may_write_is_not_taken_for_what_aws_said(snapshot, aws_calls, tmp_path):
    interrupted(snapshot, aws_calls)
    (tmp_path / f"{FILE}.partial").chmod(0o644)
    ran = snapshot()
    assert ran.code == 2
    assert ran.error.startswith(f"`{FILE}.partial` is not a file of yours alone; begin anew with --fresh")


def test_a_link_is_not_followed(snapshot, tmp_path):
    target = tmp_path / "precious"
    target.write_text("mine", encoding="utf-8")
    (tmp_path / f"{FILE}.partial").symlink_to(target)
    ran = snapshot()
    assert ran.code == 5
    assert ran.error.startswith(f"`{FILE}.partial` cannot be written: ")
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_takes_no_file_is_named(snapshot, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = snapshot("-o", "file/it.json")
    assert ran.code == 5
    assert ran.error.startswith("`file/it.json.partial` cannot be written: ")


def test_a_throttled_run_keeps_what_it_read(snapshot, cloud, tmp_path, monkeypatch):
    monkeypatch.setattr(aws, "_PATIENT", {"mode": "adaptive", "total_max_attempts": 2})
    with clouds.fronted(cloud) as front:
        front.throttled["ListSAMLProviders"] = 2
        ran = snapshot(endpoint=front.url)
        said = "AWS answered `Throttling` to iam:ListSAMLProviders; try again, or give the policies as a folder"
        assert (ran.code, ran.error) == (5, f"{said}; {GO_ON}")
        front.asked.clear()
        assert snapshot(endpoint=front.url).code == 0
        assert front.asked["ListSAMLProviders"] == 1
        assert front.asked["GetAccountAuthorizationDetails"] == 0
    assert names(tmp_path) == [FILE]


# ---------------------------------------------------------------- as whom, and with which permissions


def test_it_reads_as_another_role(snapshot, cloud, aws_calls, tmp_path):
    arn = clouds.client(cloud, "iam").create_role(RoleName="reader", AssumeRolePolicyDocument=clouds.TRUST)["Role"][
        "Arn"
    ]
    aws_calls.asked.clear()
    assert snapshot("--read-as", arn).code == 0
    assert aws_calls.asked[:2] == ["sts:AssumeRole", "sts:GetCallerIdentity"]
    assert set(loaded(tmp_path / FILE)[0].roles) == {ROLE, arn}


def test_it_reads_an_organization(snapshot, cloud, tmp_path):
    asked = clouds.client(cloud, "organizations")
    asked.create_organization(FeatureSet="ALL")
    made = asked.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]["AccountId"]
    ran = snapshot("--organization", "--member-role", "reader")
    assert (ran.code, lines(ran)[0]) == (0, "read 2 accounts: 2 roles, 1 user, 1 group, 9 resources")
    accounts = sources.load(str(tmp_path / FILE), sources.Options()).organization.accounts
    assert set(accounts) == {ACCOUNT, made}
    assert accounts[ACCOUNT].management


@pytest.mark.parametrize("arguments", [("--organization",), ("--member-role", "reader")])
def test_an_organization_and_the_role_in_its_accounts_go_together(snapshot, tmp_path, arguments):
    ran = snapshot(*arguments)
    assert (ran.code, ran.error) == (
        2,
        "--organization and --member-role go together; name the role that every account has for its readers",
    )
    assert names(tmp_path) == []


def test_an_account_in_no_organization_leaves_nothing_behind(snapshot, tmp_path):
    ran = snapshot("--organization", "--member-role", "reader")
    assert (ran.code, ran.error) == (2, "the account is in no organization; leave --organization out")
    assert names(tmp_path) == []


def test_the_least_policy_is_printed_without_asking_aws(tmp_path):
    ran = run(tmp_path, "snapshot", "--policy")
    assert (ran.code, ran.err) == (0, "")
    (statement,) = json.loads(ran.out)["Statement"]
    found = {action: actions.action(action) for action in statement["Action"]}
    assert all(each is not None and each.access_level in ("Read", "List") for each in found.values())
    assert "ec2:DescribeRegions" not in found
    more = json.loads(run(tmp_path, "snapshot", "--policy", "--regions", "all").out)["Statement"][0]["Action"]
    assert set(more) - set(found) == {"ec2:DescribeRegions"}


def test_every_call_that_is_sent_is_in_the_least_policy(snapshot, aws_calls, tmp_path):
    policy = json.loads(run(tmp_path, "snapshot", "--policy").out)
    snapshot()
    assert set(aws_calls.asked) - {"sts:GetCallerIdentity"} <= set(policy["Statement"][0]["Action"])


def test_what_it_takes_to_assume_the_reading_roles_is_said_beside_the_policy(tmp_path):
    chain = [f"arn:aws:iam::111122223333:role/{name}" for name in ("hop", "reader")]
    ran = run(tmp_path, "snapshot", "--policy", "--read-as", chain[0], "--read-as", chain[1])
    assert "sts:AssumeRole" not in ran.out
    assert ran.err == (
        f"this is for {chain[1]}; whoever assumes the roles needs sts:AssumeRole on {chain[0]}, {chain[1]}, each from "
        "the one before it, and their trust policies have to name them\n"
    )
    ran = run(tmp_path, "snapshot", "--policy", "--organization", "--member-role", "audit")
    assert "organizations:ListAccountsForParent" in ran.out
    assert "who reads needs sts:AssumeRole on arn:aws:iam::*:role/audit besides" in lines(ran)[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--regions", "Europe"), "`Europe` is no Region; write --regions us-east-1,eu-west-1, or all"),
        (("--regions", " , "), "--regions names no Region; write --regions us-east-1,eu-west-1, or all"),
        (("--read-as", "reader"), "`reader` is not the ARN of a role"),
        (("-o", ""), "--output is given without a value"),
        (("--max-age", "0"), "invalid value for `--max-age`"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_aws_is_asked(snapshot, aws_calls, arguments, said):
    ran = snapshot(*arguments)
    assert ran.code == 2
    assert ran.error.startswith(said)
    assert aws_calls.asked == []


def test_a_terminal_is_told_how_far_it_is(snapshot, monkeypatch):
    class Terminal(io.StringIO):
        """Standard error that is a terminal."""

        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(running.io, "StringIO", Terminal)
    ran = snapshot()
    assert "asking AWS who reads" in ran.err
    assert f"reading account {ACCOUNT}: IAM" in ran.err
    assert f"account {ACCOUNT}: buckets" in ran.err
    assert f"account {ACCOUNT}: keys of us-east-1" in ran.err
