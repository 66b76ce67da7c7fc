"""
Every user of a SAML provider may assume the role.

SAML:aud says where an assertion is presented, and is the same for all. Which users get which role is then decided by
the identity provider alone, in the Role attribute of its assertions. That is how it is usually meant: a review looks
there.

Avoid:

    {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}

Prefer:

    {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml", "SAML:eduPersonAffiliation": "staff"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import SAML, allowing, federated, named
from iamsim.model.finding import Audience, Severity

_OF_NO_USER = frozenset({"saml:aud", "saml:iss", "saml:doc", "aws:federatedprovider", "saml:sub_type"})


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that tells users apart by nothing; the roles of IAM Identity Center are its own business."""
    if ":role/aws-reserved/" in draft.of:
        return
    for part, statement, _ in allowing(draft):
        providers = [arn for arn in federated(statement) if ":saml-provider/" in arn]
        if providers and named(statement, SAML) and {c.key.lower() for c in statement.conditions} <= _OF_NO_USER:
            yield Seen(part.subject, f"every user of {providers[0]} may assume the role ({part.label})", part.at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.INFO,
    "IAM User Guide, Create a role for SAML 2.0 federation",
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
