"""One API call: every permission that it asks for, each of the resource it is asked of, judged together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from iamsim.catalog import actions, operations
from iamsim.engine.simulator import Simulator
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE, Principal
from iamsim.model.verdict import Decision, Explanation


@dataclass(frozen=True, slots=True)
class ApiCall:
    """
    One call of an API operation, as `catalog.operations` names it.

    `resources` are the ARNs it works on, several for a batch. `parameters` are those it sends.
    `source` is what a copy reads, `role` the role that it hands to a service, `key` the KMS key of
    what it reads or writes; a part that is None is not told, an empty one is not there.
    """

    service: str
    operation: str
    resources: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    source: str | None = None
    role: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One permission that a call asks for."""

    action: str
    resource: str
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unbound: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """
    What comes of a call: `decision` is the worst of its `answers`.

    `in_part`: the call does what is allowed of it and reports the rest (EVAL-021). `untold` says in
    words what more it would ask for where something that was not told holds; that is not judged.
    """

    decision: Decision
    answers: tuple[Explanation, ...]
    in_part: bool
    untold: tuple[str, ...]


def asked(call: ApiCall) -> tuple[Asked, ...] | None:
    """
    Every permission that the call needs, none twice; None for an operation that is not mapped.

    Source: Service Authorization Reference; Amazon S3 User Guide, "Required permissions for Amazon
    S3 API operations" (MULTI-001, 002, S3-010 to 012).
    """
    needed = operations.actions(call.service, call.operation, call.parameters)
    if needed is None:
        return None
    return tuple(dict.fromkeys((*_direct(call, needed), *_implied(call))))


def judged(
    simulator: Simulator,
    caller: Principal,
    call: ApiCall,
    *,
    values: Mapping[str, tuple[str, ...]] | None = None,
) -> Judged:
    """
    The answer to the whole call: it goes through where everything that it asks for is allowed.

    `values` are condition keys that the call itself sends. An operation that is not mapped is
    unknown, and nothing is asked.
    """
    needed = asked(call)
    if needed is None:
        return Judged(Decision.UNKNOWN, (), in_part=False, untold=(f"what {call.operation} asks for is not known",))
    answers = tuple(
        simulator.explain(
            simulator.request(
                caller,
                each.action,
                each.resource,
                values={**(values or {}), **dict(each.values)},
                unbound=each.unbound,
            )
        )
        for each in needed
    )
    worst = max((answer.decision for answer in answers), key=_BADNESS.index, default=Decision.ALLOWED)
    return Judged(worst, answers, _name(call) in _IN_PART, tuple(_untold(call)))


# ---------------------------------------------------------------- helpers

_BADNESS = (Decision.ALLOWED, Decision.UNKNOWN, Decision.IMPLICIT_DENY, Decision.EXPLICIT_DENY)
# Copies read one thing and write another. Source: Amazon S3 API Reference, CopyObject and UploadPartCopy.
_COPIES = frozenset({"copyobject", "uploadpartcopy"})
# Source: Amazon S3 API Reference, DeleteObjects: the answer tells of every key by itself.
_IN_PART = frozenset({"deleteobjects"})


def _name(call: ApiCall) -> str:
    return call.operation.replace("_", "").lower()


def _direct(call: ApiCall, needed: tuple[str, ...]) -> Iterator[Asked]:
    for action in needed:
        service = action.partition(":")[0].lower()
        copied = _name(call) in _COPIES and action.lower().startswith("s3:get")
        if actions.takes_resource(action) is False:
            yield Asked(action, "*")
        elif action.lower() == "iam:passrole":
            yield _on(action, call.role, "the role")
        elif service == "kms" and call.key and not any(map(_is_key, call.resources)):
            yield _on(action, call.key, "the key")
        elif copied or (service == "s3" and not any(_fits(action, each) for each in call.resources)):
            yield _on(action, call.source, "the source")
        else:
            fitting = [_as_type(action, each) for each in call.resources if _fits(action, _as_type(action, each))]
            yield from (Asked(action, each) for each in fitting)
            if not fitting:
                yield _on(action, None, f"what {action} is asked of")


def _is_key(resource: str) -> bool:
    return resource.startswith("arn:") and ":kms:" in resource


def _fits(action: str, resource: str) -> bool:
    """Whether the resource is of a type that the action takes, as far as AWS's reference tells."""
    found = actions.action(action)
    if found is None or not found.resource_types or resource == "*":
        return True
    forms = actions.resource_types(found.service) or {}
    known = [forms[kind] for kind in found.resource_types if kind in forms]
    return not known or any(_form(form).fullmatch(resource) for form in known)


@lru_cache(maxsize=4096)
def _form(form: str) -> re.Pattern[str]:
    """The pattern of an ARN as AWS writes it: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""
    fields = form.split(":", 5)
    parts = [_text(field, "[^:]*") for field in fields[:-1]] + [_text(field, ".+") for field in fields[-1:]]
    return re.compile(":".join(parts), re.DOTALL)


def _text(field: str, hole: str) -> str:
    return hole.join(re.escape(text) for text in re.split(r"\$\{[^}]*\}", field))


def _implied(call: ApiCall) -> Iterator[Asked]:
    """What a call asks of the KMS key of what it meets; S3 and its like call KMS for the caller (KMS-011, S3-028)."""
    if not call.key:
        return
    arn = Arn.parse(call.key)
    service = call.resources[0].split(":")[2] if call.resources and call.resources[0].count(":") > 1 else call.service
    via = (("kms:viaservice", (f"{service}.{arn.region}.amazonaws.com",)),)
    for action in _of_keys(call):
        yield Asked(action, call.key, via)


def _of_keys(call: ApiCall) -> tuple[str, ...]:
    known = operations.describe(call.service, call.operation)
    implied = known.implied if known is not None else ()
    return tuple(dict.fromkeys(a for each in implied for a in each.actions if a.startswith("kms:")))


def _untold(call: ApiCall) -> Iterator[str]:
    known = operations.describe(call.service, call.operation)
    for each in known.implied if known is not None else ():
        if call.key is None or not all(action.startswith("kms:") for action in each.actions):
            yield f"{' and '.join(each.actions) or 'more'} on {each.on}, if {each.when}"


_SOMEWHERE = {
    "s3": f"arn:aws:s3:::{HOLE}",
    "iam": f"arn:aws:iam::{HOLE}:role/{HOLE}",
    "kms": f"arn:aws:kms:{HOLE}:{HOLE}:key/{HOLE}",
}


def _on(action: str, resource: str | None, what: str) -> Asked:
    """The action on a resource, or on one that nobody told."""
    if resource:
        return Asked(action, resource)
    service = action.partition(":")[0].lower()
    somewhere = _SOMEWHERE.get(service, f"arn:aws:{service}:{HOLE}:{HOLE}:{HOLE}")
    return Asked(action, somewhere, unbound=(what,))


def _as_type(action: str, resource: str) -> str:
    """The bucket, where an action of buckets is asked for beside one of objects."""
    found = actions.action(action)
    arn = Arn.parse(resource) if resource.startswith("arn:") else None
    if found is None or arn is None or not arn.bucket or "/" not in arn.resource:
        return resource
    return resource if "object" in found.resource_types else f"arn:{arn.partition}:s3:::{arn.bucket}"
