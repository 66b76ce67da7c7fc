"""What a rule says names who, what and where, says it once, and names the option that would settle it."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from iamsim.config import POLICY_TYPES
from iamsim.model.finding import Confidence
from iamsim.model.policy import PolicyType
from iamsim.model.server import Server
from iamsim.model.tool import Credential, Requirement
from iamsim.rules import rules
from iamsim.rules._evidence import OPTIONS
from tests import setups, variants
from tests.test_probes import case

WORKING = "rules/missing-permission/clean"


def subjects(judged, rule):
    return [finding.subject for finding in judged.report.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (PolicyType.SCP, "the service control policies of account 111122223333, not seen (load it with --policies, or --assume-none scp)"),
        (PolicyType.BOUNDARY, "the permissions boundary of arn:aws:iam::111122223333:role/tenant, not seen (load it with --policies, or --assume-none boundary)"),
        (PolicyType.VPC_ENDPOINT, "the VPC endpoint policies, not seen (load it with --policies, or --assume-none vpc-endpoint, --context aws:SourceVpce=… for the one it passes, or aws:SourceIp=… for none)"),
        (PolicyType.RCP, "the resource control policies of account 111122223333, not seen (load it with --policies, or --assume-none rcp)"),
    ],
)  # fmt: skip
def test_a_policy_type_that_was_not_seen_is_named_with_its_option(kind, said, monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    judged = setups.judged(variants.unseen(kind)(base))
    assert said in subjects(judged, "need-unknown")


def test_the_policy_of_a_resource_that_was_not_seen_is_named_with_its_option(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    gone = variants.account(lambda a: replace(a, resources={}), lambda _: variants.OWN)
    judged = setups.judged(variants.unseen(PolicyType.RESOURCE)(gone(base)))
    (said,) = subjects(judged, "need-unknown")
    assert said == "the policy of arn:aws:s3:::notes/*, not seen (load it with --policies, or --assume-none resource)"


def test_every_option_that_is_named_is_one_that_is_taken():
    assert {option.removeprefix("--assume-none ") for option in OPTIONS.values()} == set(POLICY_TYPES)


def test_a_condition_key_that_is_not_told_is_named_with_its_option(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    denies = variants.DATA["the data's policy denies from home"]
    assert subjects(setups.judged(denies(base)), "need-unknown") == ["aws:sourceip (--context aws:sourceip=…)"]


def test_a_name_that_only_the_server_knows_has_no_option(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    some = variants.of_tenant(variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/public/*"), keep=False)
    (said,) = subjects(setups.judged(some(base)), "need-unknown")
    assert (
        said == "what the server puts for the `*` of arn:aws:s3:::notes/* (no option tells: allow all of it, or none)"
    )


def test_a_role_that_nobody_named_is_asked_for(monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/falls-back-silently/flagged", monkeypatch)
    judged = setups.judged(replace(base, role_arn=None))
    assert "the role whose credentials are used (--role-arn ARN)" in subjects(judged, "need-unknown")


def test_what_is_a_gap_for_one_tool_is_no_note_for_another(monkeypatch):
    judged = setups.judged(setups.read(setups.FIXTURES / "accounts/example-s3-iam-search", monkeypatch))
    assert any("s3:ListBucket" in subject for subject in subjects(judged, "missing-permission"))
    assert subjects(judged, "optional-permission") == []


@pytest.mark.parametrize("name", [path.name for path in setups.setups("accounts")])
def test_nothing_is_said_twice(name, monkeypatch):
    report = setups.judged(setups.read(setups.FIXTURES / "accounts" / name, monkeypatch)).report
    messages = [finding.message for finding in report.findings]
    assert len(messages) == len(set(messages))
    for finding in report.findings:
        assert len(finding.evidence) == len(set(finding.evidence))
        assert finding.message not in finding.evidence
        # A rule does not repeat its own name.
        assert finding.rule not in finding.message


def test_requests_that_are_refused_for_different_reasons_are_kept_apart(monkeypatch):
    base = setups.read(setups.FIXTURES / "remedies/permission/identity", monkeypatch)
    judged = setups.judged(variants.boundary(variants.tenant, variants.allow("s3:GetObject", Resource="*"))(base))
    assert {subject.partition(" ")[2] for subject in subjects(judged, "missing-permission")} == {
        "s3:GetObject implicitDeny,identity",
        "s3:PutObject implicitDeny,identity,boundary",
        "s3:ListBucket implicitDeny,identity,boundary",
    }


WANTED = """
[[tool]]
name = "note_list"
assumes = true
credentials = ["role"]
[[tool.needs]]
action = "s3:ListAllMyBuckets"
resource = "*"
"""


def gap(folder, monkeypatch, more, wanted=WANTED):
    """The one gap of a set-up that works, with a tool that needs `wanted` and `more`."""
    shutil.copytree(setups.FIXTURES / WORKING, folder, dirs_exist_ok=True)
    path = folder / "server.toml"
    path.write_text(path.read_text() + wanted + more)
    judged = setups.judged(setups.read(folder, monkeypatch))
    (found,) = [finding for finding in judged.report.findings if finding.kind == "gap"]
    return found


LIKELY = "by the manifest it is likely, and not certain, that note_list asks for it"


def test_a_gap_of_which_the_manifest_is_not_sure_is_a_likely_one(tmp_path, monkeypatch):
    assert gap(tmp_path, monkeypatch, "").confidence is Confidence.CERTAIN
    found = gap(tmp_path, monkeypatch, 'confidence = "likely"\n')
    assert found.confidence is Confidence.LIKELY
    assert LIKELY in found.evidence


def test_a_need_is_the_tools_own_by_whatever_way_the_manifest_says_it_is_asked(tmp_path, monkeypatch):
    # A tool may call AssumeRole itself; no text of a manifest makes a need one of the server's call.
    found = gap(tmp_path, monkeypatch, 'via = "sts.assume_role"\n')
    assert (found.rule, found.tools) == ("missing-permission", ("note_list",))


def test_a_gap_that_another_tool_has_for_certain_is_certain(tmp_path, monkeypatch):
    sure = WANTED.replace("note_list", "note_find")
    found = gap(tmp_path, monkeypatch, f'confidence = "likely"\n{sure}')
    assert (found.confidence, found.tools) == (Confidence.CERTAIN, ("note_list", "note_find"))
    assert LIKELY in found.evidence


def test_a_gap_names_what_would_do_as_well(tmp_path, monkeypatch):
    label = 'any_of = "how the notes are found"\n'
    other = '[[tool.needs]]\naction = "{}"\nresource = "*"\n' + label
    more = label + 'option = "s3"\n'
    glue = "".join(other.format(f"glue:{name}") + 'option = "glue"\n' for name in ("GetTables", "GetDatabases"))
    found = gap(tmp_path, monkeypatch, more + glue + other.format("dynamodb:ListTables"))
    assert "s3:ListAllMyBuckets" in found.message
    assert "would do as well: glue (glue:GetTables and glue:GetDatabases) or dynamodb:ListTables" in found.evidence


def test_a_way_that_is_not_open_would_not_do_as_well(tmp_path, monkeypatch):
    label = 'any_of = "how the notes are found"\n'
    closed = f'[[tool.needs]]\naction = "glue:GetTables"\nresource = "*"\n{label}when = "deep"\n'
    wanted = 'arguments = ["deep=false"]\n[[tool.needs]]\naction = "s3:ListAllMyBuckets"\nresource = "*"\n' + label
    found = gap(tmp_path, monkeypatch, wanted + closed, WANTED.partition("[[tool.needs]]")[0])
    assert not [line for line in found.evidence if "would do as well" in line]


def test_what_is_not_known_of_a_way_that_is_not_needed_is_not_asked_for(tmp_path, monkeypatch):
    shutil.copytree(setups.FIXTURES / WORKING, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "server.toml"
    label = 'any_of = "how the notes are found"\n'
    ways = label + 'action = "s3:GetObject"\nresource = "arn:aws:s3:::{bucket}/*"\n[[tool.needs]]\n' + label
    open_ = 'action = "glue:GetTables"\nresource = "*"\nwhen = "set(deep)"\n'
    head = WANTED.partition("action")[0].replace("credentials", 'arguments = ["deep"]\ncredentials')
    path.write_text(path.read_text() + head + ways + open_)
    judged = setups.judged(setups.read(tmp_path, monkeypatch))
    assert subjects(judged, "need-unknown") == []
    assert [tool.status for tool in judged.case.tools] == ["allowed", "allowed"]


def test_a_tool_with_another_way_is_not_stopped_by_credentials_that_are_not_there():
    own, other = (
        Requirement("s3:GetObject", ("arn:aws:s3:::b/k",), (credential,), any_of="how")
        for credential in (Credential.SERVER, Credential.BEARER)
    )
    for needs, tools in (((own,), ("tool",)), ((own, other), None)):
        answer = case(*needs, assumes=False, caller=None, server=Server("s", "1"))
        found = [seen.tools for seen in rules()["no-credentials"].check(answer)]
        assert found == ([tools] if tools else [])


def test_every_rule_cites_a_page():
    assert all(", " in rule.cite or rule.cite == "Service Authorization Reference" for rule in rules().values())
