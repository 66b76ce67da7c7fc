"""Which kind a policy is of, by what it says and by what it is called."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from iamsim.drafts import Draft, PolicyKind
from iamsim.model.origin import NOWHERE

_STS = re.compile(r"sts:(?:\*|Assume.*|TagSession|SetSourceIdentity|SetContext)", re.IGNORECASE)
# What people call the files of policies, and the folders of them, which their text does not tell from identity policies.
_FILES = (
    (re.compile(r"(^|[^a-z])(scp|service-control)([^a-z]|$)"), PolicyKind.SCP),
    (re.compile(r"(^|[^a-z])(rcp|resource-control)([^a-z]|$)"), PolicyKind.RCP),
    (re.compile(r"(^|[^a-z])boundary([^a-z]|$)"), PolicyKind.BOUNDARY),
    (re.compile(r"session-policy|^session$"), PolicyKind.SESSION),
    (re.compile(r"^vpce?-|vpc-endpoint"), PolicyKind.VPC_ENDPOINT),
)
_FOLDERS = {
    "scps": PolicyKind.SCP,
    "service-control-policies": PolicyKind.SCP,
    "rcps": PolicyKind.RCP,
    "resource-control-policies": PolicyKind.RCP,
    "boundaries": PolicyKind.BOUNDARY,
    "session-policies": PolicyKind.SESSION,
    "vpc-endpoints": PolicyKind.VPC_ENDPOINT,
}


def _called(name: str) -> PolicyKind | None:
    """The kind that a path tells: by the name of the file, else of the nearest folder that tells one."""
    *folders, file = name.lower().replace("_", "-").replace("\\", "/").split("/")
    stem = file.removesuffix(".json")
    found = next((kind for pattern, kind in _FILES if pattern.search(stem)), None)
    return found or next((_FOLDERS[folder] for folder in reversed(folders) if folder in _FOLDERS), None)


def kind_of(value: Any, name: str) -> tuple[PolicyKind, str]:  # noqa: ANN401 - JSON is any of six types
    """
    The kind of the policy in `value`, and for a resource policy the service of its resource, empty where it does not tell.

    A policy that names principals, none of which is anything but asked to assume, is a trust policy. One
    that names none is an identity policy, unless `name` (a path) calls it something else.
    """
    draft = Draft(PolicyKind.RESOURCE, name, value, lambda _: NOWHERE)
    parts = list(draft.statements())
    called = _called(name)
    if not any("Principal" in part.value or "NotPrincipal" in part.value for part in parts):
        return called or PolicyKind.IDENTITY, ""
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
