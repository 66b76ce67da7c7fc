from __future__ import annotations

from datetime import date

import pytest

from iamsim.catalog import managed_policies, read


def test_administrator_access_allows_everything():
    found = managed_policies.document("arn:aws:iam::aws:policy/AdministratorAccess")
    assert found["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    assert found["Version"] == "2012-10-17"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
        "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
    ],
)
def test_a_policy_is_found_under_its_path(arn):
    assert managed_policies.document(arn)["Statement"]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",  # without its path
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
        "AdministratorAccess",
        "",
    ],
)
def test_any_other_arn_is_none(arn):
    assert managed_policies.document(arn) is None


def test_changing_an_answer_changes_no_later_one():
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    managed_policies.document(arn)["Statement"].clear()
    assert managed_policies.document(arn)["Statement"]


def test_every_document_is_a_policy():
    for arn in managed_policies.arns():
        assert managed_policies.document(arn)["Version"] == "2012-10-17", arn
    assert len(managed_policies.arns()) > 1000


def test_the_file_is_small_and_tells_its_date():
    assert len(read("managed_policies.json.z")) < 600_000
    assert managed_policies.date() >= date(2026, 9, 30)
    assert b"moto" in read("NOTICE")
