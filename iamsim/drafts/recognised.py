"""Which kind a policy is of, by what it says and by what it is called."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from iamsim.drafts import Draft, PolicyKind
from iamsim.model.origin import NOWHERE

_STS = re.compile(r"sts:(?:\*|Assume.*|TagSession|SetSourceIdentity|SetContext)", re.IGNORECASE)
# Names that people give to the files of policies which their text does not tell from identity policies.
_NAMED = (
    (re.compile(r"(^|[^a-z])(scps?|service-control)([^a-z]|$)"), PolicyKind.SCP),
    (re.compile(r"(^|[^a-z])(rcps?|resource-control)([^a-z]|$)"), PolicyKind.RCP),
    (re.compile(r"(^|[^a-z])boundar(y|ies)([^a-z]|$)"), PolicyKind.BOUNDARY),
    (re.compile(r"(^|[^a-z])session([^a-z]|$)"), PolicyKind.SESSION),
    (re.compile(r"(^|[^a-z])(vpce|vpc-endpoints?)([^a-z]|$)"), PolicyKind.VPC_ENDPOINT),
)


def kind_of(value: Any, name: str) -> tuple[PolicyKind, str]:  # noqa: ANN401 - JSON is any of six types
    """
    The kind of the policy in `value`, and for a resource policy the service of its resource, empty where it does not tell.

    A policy that names principals, none of which is anything but asked to assume, is a trust policy. One
    that names none is an identity policy, unless `name` (a path) calls it something else.
    """
    draft = Draft(PolicyKind.RESOURCE, name, value, lambda _: NOWHERE)
    parts = list(draft.statements())
    lowered = name.lower().replace("_", "-").replace("\\", "/")
    if not any("Principal" in part.value or "NotPrincipal" in part.value for part in parts):
        called = next((kind for pattern, kind in _NAMED if pattern.search(lowered)), PolicyKind.IDENTITY)
        return called, ""
    called = next((kind for pattern, kind in _NAMED if pattern.search(lowered)), PolicyKind.RESOURCE)
    if called in (PolicyKind.RCP, PolicyKind.VPC_ENDPOINT):
        return called, ""
    asked = [text.value for part in parts for text in part.actions()]
    resources = any("Resource" in part.value or "NotResource" in part.value for part in parts)
    if not resources and asked and all(_STS.fullmatch(action) for action in asked):
        return PolicyKind.TRUST, ""
    if asked and all(action.lower().startswith("sts:") for action in asked):
        return PolicyKind.TRUST, ""
    return PolicyKind.RESOURCE, _service(draft)


def is_policy(value: object) -> bool:
    """Whether a JSON value is meant to be a policy: an object with a Statement, or with nothing that a policy does not have."""
    if not isinstance(value, dict) or not value:
        return False
    return "Statement" in value and not {"Resources", "apiVersion", "format_version"} & set(value)


def _service(draft: Draft) -> str:
    """The service that most actions and resources of the policy are of."""
    found: Counter[str] = Counter()
    for part in draft.statements():
        found.update(text.value.split(":")[0].lower() for text in part.actions() if ":" in text.value)
        found.update(
            text.value.split(":")[2]
            for text in part.resources()
            if text.value.startswith("arn:") and text.value.count(":") > 2  # noqa: PLR2004 - the service stands behind two colons
        )
    found.pop("*", None)
    # The most frequent; of several the first by name, so that the answer does not hang on an order.
    return min(found, key=lambda service: (-found[service], service)) if found else ""
