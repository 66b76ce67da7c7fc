"""
A service principal is asked for what only users and roles have.

An AWS service that acts for itself is in no organization, has no tags, no user name and no MFA. Those keys are absent
from its requests: an Allow that asks for one never lets it in. Ask for `aws:SourceOrgID`, `aws:SourceAccount` or
`aws:SourceArn`.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"Service": "sns.amazonaws.com"},
      "Action": "sqs:SendMessage",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Service": "sns.amazonaws.com"},
      "Action": "sqs:SendMessage",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog.condition_keys import Presence
from iamsim.drafts import WITH_PRINCIPAL, Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import lines, never_sent, only_services, present
from iamsim.lints._saying import quoted
from iamsim.model.finding import Severity

_NOT_OF_SERVICES = frozenset(
    {
        Presence.IAM_USER, Presence.ORGANIZATION, Presence.PRINCIPAL_TAGS, Presence.MFA, Presence.FEDERATED,
        Presence.SOURCE_IDENTITY, Presence.SIGN_IN, Presence.IDENTITY_CENTER,
    }
)  # fmt: skip


# IAM Roles Anywhere puts the fields of the certificate into tags of its request, as which a trust policy reads them
# (IAM Roles Anywhere User Guide, "Trust model").
_WITH_TAGS = "rolesanywhere.amazonaws.com"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line of an Allow that names a service; beside other principals it is the service's share that is dead."""
    for line in lines(draft):
        services = line.block.services
        if present(line.key) in (Presence.PRINCIPAL_TAGS, Presence.SOURCE_IDENTITY):
            services = tuple(service for service in services if service != _WITH_TAGS)
        if services and line.part.allows and present(line.key) in _NOT_OF_SERVICES and not line.reading.null:
            then, severity = never_sent(line)
            alone = only_services(line.part)
            yield Seen(
                line.subject,
                f"{quoted(services[:50])} never has `{clipped(line.test.key)}` ({line.part.label}){then if alone else ''}",
                line.test.at,
                severity=severity,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys: aws:PrincipalOrgID",
    codes=("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",),
    kinds=WITH_PRINCIPAL,
)
