"""A path, a key or a name may hold the words by which AWS's own roles and access points are known, and is none of them for that."""

from __future__ import annotations

import json

import pytest

from iamsim import documents
from iamsim.engine import policyset
from iamsim.engine.context import derived
from iamsim.model.policy import Layers, PolicyType
from iamsim.model.principal import Session, principal, role_session
from iamsim.model.request import Context, Request

OWN = "111122223333"
LINKED = "role/aws-service-role/"


def policy(*statements: object):
    return documents.policy(json.dumps({"Version": "2012-10-17", "Statement": statements}), document="policy.json")


ALL = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
NONE = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
FOR_ALL = policy({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"})


def decided(layers: Layers, caller: str, action: str, resource: str) -> str:
    asked = Request(role_session(caller, Session("s")), action, resource, Context(), OWN)
    return policyset.compile(layers).decide(derived(asked))


@pytest.mark.parametrize("key", ["x", f"x:{LINKED}y", f"{LINKED}y"])
def test_a_key_of_that_name_does_not_exempt_an_object_from_resource_control_policies(key):
    layers = Layers(identity=(ALL,), rcps=((FOR_ALL,),))
    assert decided(layers, f"arn:aws:iam::{OWN}:role/app", "s3:GetObject", f"arn:aws:s3:::b/{key}") == "explicitDeny"


def test_a_service_linked_role_is_exempt():
    target = f"arn:aws:iam::{OWN}:{LINKED}support.amazonaws.com/AWSServiceRoleForSupport"
    trust = policy({"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"})
    layers = Layers(identity=(ALL,), resource=trust, rcps=((FOR_ALL,),))
    assert decided(layers, f"arn:aws:iam::{OWN}:role/app", "sts:AssumeRole", target) == "allowed"


@pytest.mark.parametrize(
    ("role", "decision"),
    [
        ("role/app", "explicitDeny"),
        (f"role/x:{LINKED}app", "explicitDeny"),
        (f"{LINKED}support.amazonaws.com/AWSServiceRoleForSupport", "allowed"),
    ],
)
def test_only_the_beginning_of_a_path_makes_a_role_service_linked(role, decision):
    layers = Layers(identity=(ALL,), scps=((NONE,),))
    assert decided(layers, f"arn:aws:iam::{OWN}:{role}", "s3:GetObject", "arn:aws:s3:::b/x") == decision


def test_a_session_policy_that_was_not_seen_is_not_taken_for_none():
    caller = principal(f"arn:aws:sts::{OWN}:federated-user/web")
    asked = Request(caller, "s3:GetObject", "arn:aws:s3:::b/x", Context(), OWN)
    seen, unseen = Layers(identity=(ALL,)), Layers(identity=(ALL,), unseen=frozenset({PolicyType.SESSION}))
    assert policyset.compile(seen).decide(asked) == "implicitDeny"
    assert policyset.compile(unseen).decide(asked) == "unknown"


def test_a_grant_that_was_not_listed_does_not_lift_a_session_policy_for_sure():
    key = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    session = f"arn:aws:sts::{OWN}:assumed-role/app/s"
    shared = policy({"Effect": "Allow", "Principal": {"AWS": session}, "Action": "kms:Decrypt", "Resource": "*"})
    nothing = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    caller = role_session(f"arn:aws:iam::{OWN}:role/app", Session("s", policies=(nothing,)))
    asked = Request(caller, "kms:Decrypt", key, Context(), "444455556666")
    layers = Layers(identity=(ALL,), resource=shared, session=(nothing,), settings={"grants": "unknown"})
    assert policyset.compile(layers).decide(asked) == "unknown"
