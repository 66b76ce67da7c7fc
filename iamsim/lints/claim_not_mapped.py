"""
A condition asks for a claim that AWS does not hand on.

Of a provider's token STS turns few claims into condition keys: aud, sub and amr of every provider, and more of some,
such as repository_id of GitHub. All others are never there: a condition that asks for one never holds, so that nobody
can assume the role by it; one that forbids a value always holds.

Avoid:

    {"StringEquals": {"login.example.com:groups": "engineers"}}

Prefer:

    {"StringEquals": {"login.example.com:aud": "reports", "login.example.com:sub": "nightly-job"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._tokens import is_mapped
from iamsim.lints._trust import holds_without, provider_name
from iamsim.model.finding import Confidence, Severity
from iamsim.sts.providers import tenancy
from iamsim.sts.subjects import EKS, GITHUB


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such key; a key is a provider's where the policy names the provider, or the provider is well known."""
    names = {
        provider_name(text.value).lower()
        for part in draft.statements()
        for kind, text in part.principals()
        if kind == "Federated" and ":saml-provider/" not in text.value
    }
    for part in draft.statements():
        for test in part.conditions():
            name, _, claim = test.key.lower().rpartition(":")
            if name not in names and not GITHUB.fullmatch(name) and not EKS.fullmatch(name):
                continue
            if is_mapped(test.key):
                continue
            read = (
                next((c for c in part.statement.conditions if (c.operator, c.key) == (test.operator, test.key)), None)
                if part.statement
                else None
            )
            if read is not None and holds_without(read):
                continue  # what holds without its key is another lint's
            told = f"STS hands on no claim `{claim[:80]}` of {name[:120]}: {part.label} never applies"
            sure = tenancy(name) is not None or EKS.fullmatch(name) is not None
            yield Seen(
                f"{part.subject} {test.operator} {test.key}",
                told,
                test.at,
                confidence=Confidence.CERTAIN if sure else Confidence.LIKELY,
            )


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "IAM User Guide, IAM and AWS STS condition context keys: Available keys for AWS OIDC federation",
    confidence=Confidence.LIKELY,
    kinds=frozenset({PolicyKind.TRUST}),
)
