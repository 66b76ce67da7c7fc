"""
A role trusts tags that whoever assumes it may choose.

The role's policies give access by `aws:PrincipalTag`, and its trust policy lets callers pass session tags without saying
which. A session tag replaces the role's tag of that name: the caller names the tenant, the team, the level that it wants.
Ask in the trust policy what the tags may be.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/broker"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/broker"},
      "Action": ["sts:AssumeRole", "sts:TagSession"],
      "Condition": {"StringEquals": {"aws:RequestTag/tenant": "${aws:PrincipalTag/tenant}"}}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.engine.actions import naming
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._saying import quoted
from iamsim.model.account import Role
from iamsim.model.finding import Audience, Confidence, Severity
from iamsim.model.policy import Statement

_TAG = re.compile(r"\$\{aws:principaltag/([^{},]*)", re.IGNORECASE)


def check(holder: Holder) -> Iterator[Seen]:
    """One for each statement of the trust policy by which a principal of AWS passes a tag that counts; providers vouch for theirs."""
    trust = holder.entity.trust if isinstance(holder.entity, Role) else None
    counting = sorted(
        {tag for policy in holder.policies() for statement in policy.statements for tag in _tags(statement)}
    )
    for statement in trust.statements if trust is not None and counting else ():
        principal = statement.principal
        if statement.effect != "Allow" or principal is None or not (principal.aws or principal.anyone):
            continue
        if naming(statement.action, deny=False)("sts:tagsession") is not True:
            continue
        asked = {condition.key.lower() for condition in statement.conditions}
        free = [tag for tag in counting if f"aws:requesttag/{tag}" not in asked]
        if free and "aws:tagkeys" not in asked:
            yield Seen(
                f"{trust.name if trust is not None else ''} {statement.label}",
                f"{holder.label}: whoever assumes it by {statement.label} of its trust policy chooses the tags {quoted(free)} by which its policies give access",
                places=(statement.origin,),
            )


def _tags(statement: Statement) -> Iterator[str]:
    """The tags of the caller by which the statement gives access, in lower case."""
    texts = [*(statement.resource.values if statement.resource is not None else ())]
    for condition in statement.conditions:
        texts += condition.values
        if condition.key.lower().startswith("aws:principaltag/"):
            yield condition.key.lower().partition("/")[2]
    if statement.effect == "Allow":
        yield from (found[1].lower() for text in texts for found in _TAG.finditer(text))


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, Pass session tags in AWS STS",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)
