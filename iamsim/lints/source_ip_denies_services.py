"""
A Deny by address also hits what AWS services do on the caller's behalf.

When a service calls on with the caller's credentials, the address may be the service's. AWS's example asks with
`aws:ViaAWSService` that the call is a direct one. Requests through a VPC endpoint have no `aws:SourceIp` at all and are
denied as well, unless the endpoint or its VPC is excepted.

Avoid:

    {
      "Effect": "Deny",
      "Action": "*",
      "Resource": "*",
      "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    }

Prefer:

    {
      "Effect": "Deny",
      "Action": "*",
      "Resource": "*",
      "Condition": {
        "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
        "Bool": {"aws:ViaAWSService": "false"}
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import EVERY_KIND, Family, Lint, Seen
from iamsim.lints._conditions import (
    lines_of,
    met,
    only_services,
)
from iamsim.model.finding import Confidence, Severity

_VIA: Mapping[str, tuple[str, ...]] = {"aws:viaawsservice": ("true",)}
_THROUGH: Mapping[str, tuple[str, ...]] = {
    "aws:sourceip": (),
    "aws:viaawsservice": ("false",),
    "aws:sourcevpc": ("vpc-0123456789abcdef0",),
    "aws:sourcevpce": ("vpce-0123456789abcdef0",),
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Deny that a service's call on behalf of the caller can meet, by the engine."""
    for part in draft.statements():
        found = [line for line in lines_of(part) if line.key == "aws:sourceip" and line.negated]
        if part.denies and found and not only_services(part) and met(part, _VIA) is not False:
            line = found[0]
            through = met(part, _THROUGH) is True
            yield Seen(
                line.subject,
                f"{line.name} of {part.label} also hits what AWS services do on the caller's behalf",
                line.test.at,
                evidence=(
                    'add "Bool": {"aws:ViaAWSService": "false"}',
                    *(
                        ("requests through a VPC endpoint have no such address: they are denied too",)
                        if through
                        else ()
                    ),
                ),
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS: Denies access to AWS based on the source IP",
    confidence=Confidence.LIKELY,
    kinds=EVERY_KIND - {PolicyKind.TRUST, PolicyKind.VPC_ENDPOINT},
)
