"""
It may open resources to others, whatever they are.

Who may write the policy of a bucket, a queue or a key, share a snapshot or grant the use of a key, can give himself
what his own policies do not, and the whole world as well. What cannot be limited to resources is for a review.

Avoid:

    {"Effect": "Allow", "Action": "s3:PutBucketPolicy", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::documents"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._lists import EXPOSURE, SENDS
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.lints._summaries import anywhere, compressed, of_level, takes_resource
from iamsim.model.finding import Audience, Severity

_OF_PRINCIPALS = ("iam:", "sso:", "organizations:", "identitystore:", "sso-directory:")
_OPENS = re.compile(
    r"[a-z0-9-]+:(?:Put|Set|Add|Modify|Update|Create|Grant|Authorize|Share|BatchGrant|BatchPut)\w*"
    r"(?:Policy|Permissions?|Acl|Grants?|DataShare|PublicAccessBlock|Ingress)"
)
# A network interface is opened to a service that the role works for; policies of things and stacks are no resource policies.
_NOT_THOSE = frozenset({"ec2:CreateNetworkInterfacePermission", "iot:CreatePolicy", "cloudformation:SetStackPolicy"})
_MOST, _SHOWN = 60, 12


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with the actions that it may do to anything."""
    asked = powers(holder)
    listed = (name for name in of_level(asked, "Permissions management") if _opens(name))
    names = tuple(dict.fromkeys((*(name for name in EXPOSURE if asked.names(name)), *listed)))[:_MOST]
    found = anywhere(asked, names, SENDS)
    if found and not administrator(asked):
        limited = [name for name in found if takes_resource((name,))]
        shown = dict.fromkeys((*limited, *found))
        yield Seen(
            "exposure",
            f"{holder.label} may open any resource to others by {compressed(shown)}",
            evidence=tuple(str(found[name]) for name in shown)[:_SHOWN],
            places=places(*(v for name in shown for v in found[name].allowing)),
            audience=Audience.EVERYONE if limited else Audience.REVIEWER,
        )


def _opens(name: str) -> bool:
    """Whether permissions management of this name opens something; AWS counts much under it that does not."""
    return not name.startswith(_OF_PRINCIPALS) and bool(_OPENS.fullmatch(name)) and name not in _NOT_THOSE


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, Identity-based policies and resource-based policies",
    scope=Scope.PRINCIPAL,
)
