from __future__ import annotations

import logging

import pytest

from iamsim.catalog.exposure import internet_accessible


def policy(principal, **more):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    return {"Version": "2012-10-17", "Statement": [{**statement, **more}]}


def test_a_policy_for_anyone_is_open_to_the_internet():
    assert internet_accessible(policy("*")) is True


def test_a_policy_for_one_account_is_not():
    assert internet_accessible(policy({"AWS": "arn:aws:iam::111122223333:root"})) is False


@pytest.mark.parametrize(
    "document",
    [{"Statement": None}, {"Statement": ["x"]}, policy("*", Condition="x"), policy({"AWS": [1]})],
)
def test_where_it_fails_it_has_no_opinion(document):
    assert internet_accessible(document) is None


def test_an_account_that_it_cannot_read_is_not_logged(caplog):
    caplog.set_level(logging.DEBUG)
    internet_accessible(policy({"AWS": "arn:not-an-arn-but-a-secret"}))
    assert caplog.records == []
