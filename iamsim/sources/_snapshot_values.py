"""What the members of a snapshot mean: JSON values on one side, those of the model on the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from iamsim import config, documents
from iamsim.errors import InputError
from iamsim.jsontext import Holed, Number, Pointer, clipped
from iamsim.model.account import GRANTABLE, Change, Group, KeyGrant, Resource, Role, User, VpcEndpoint, Workload
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.sources._snapshot_file import NO_ORGANIZATION, SEEN

Place = Callable[[Pointer], Origin]
"""The origin of a pointer below the value that is read."""

AGAIN = "write it again with `iamsim snapshot`"


class Values:
    """Reads values of one file: `hole` is what stands for a piece that is not known, `managed` the policies that are named by ARN."""

    def __init__(self) -> None:
        self.hole = ""
        self.managed: dict[str, Policy] = {}

    def told(self, value: Any) -> Any:  # noqa: ANN401 - JSON is any of six types
        """The value with holes where the file's mark for one stands."""
        if not self.hole:
            return value
        if isinstance(value, str) and not isinstance(value, Number):
            return Holed(value.replace(self.hole, HOLE)) if self.hole in value else value
        if isinstance(value, dict):
            return {self.told(name): self.told(member) for name, member in value.items()}
        return [self.told(member) for member in value] if isinstance(value, list) else value

    def fields(self, value: Any, place: Place, known: Mapping[str, Any], *needed: str) -> dict[str, Any]:  # noqa: ANN401
        """The members of an object, each as `known` reads it."""
        if not isinstance(value, dict):
            _refuse("is no object", place(()), AGAIN)
        for name in needed:
            if name not in value:
                _refuse(f"has no `{name}`", place(()), AGAIN)
        found = {}
        for name, member in value.items():
            if name not in known:
                _refuse(f"`{clipped(name)}` has no meaning here", place((name,)), config.closest(name, known))
            found[name] = known[name](self, member, _below(place, name))
        return found

    def text(self, value: object, place: Place) -> str:
        if not isinstance(value, str) or isinstance(value, Number):
            _refuse("is no text", place(()), AGAIN)
        return str(value)

    def texts(self, value: object, place: Place) -> tuple[str, ...]:
        return tuple(self.text(item, at) for item, at in _items(value, place))

    def set(self, value: object, place: Place) -> frozenset[str]:
        return frozenset(self.texts(value, place))

    def pairs(self, value: object, place: Place) -> dict[str, str]:
        if not isinstance(value, dict):
            _refuse("is no object of texts", place(()), AGAIN)
        return {str(name): self.text(member, _below(place, name)) for name, member in value.items()}

    def tuples(self, value: object, place: Place) -> tuple[tuple[str, str], ...]:
        return tuple(self.pairs(value, place).items())

    def clients(self, value: object, place: Place) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            _refuse("is no object of lists", place(()), AGAIN)
        return {str(name): self.texts(member, _below(place, name)) for name, member in value.items()}

    def flag(self, value: object, place: Place) -> bool:
        if not isinstance(value, bool):
            _refuse("is neither true nor false", place(()), AGAIN)
        return value

    def seconds(self, value: object, place: Place) -> int:
        if not isinstance(value, Number) or not re.fullmatch(r"\d{1,9}", value, re.ASCII):
            _refuse("is no number of seconds", place(()), AGAIN)
        return int(value)

    def seen(self, value: object, place: Place) -> frozenset[Any]:
        for word, at in _items(value, place):
            if not isinstance(word, str) or word not in SEEN:
                _refuse(f"`{clipped(word)}` is no policy type", at(()), config.closest(str(word), SEEN))
        return frozenset(SEEN[word] for word in self.texts(value, place))

    def organization(self, value: object, place: Place) -> str:
        told = self.text(value, place)
        # Organizations API Reference, Organization: the pattern of Id.
        if told != NO_ORGANIZATION and not re.fullmatch(r"o-[a-z0-9]{10,32}", told):
            _refuse(f"`{clipped(told)}` is no organization id", place(()), 'write "o-…", or "none"')
        return "" if told == NO_ORGANIZATION else told

    def not_seen(self, value: object, place: Place) -> tuple[tuple[str, str], ...]:
        known = {"subject": Values.text, "reason": Values.text}
        found = (self.fields(item, at, known, "subject", "reason") for item, at in _items(value, place))
        return tuple((item["subject"], item["reason"]) for item in found)

    def shared(self, arn: str, value: object, place: Place) -> Policy:
        """A managed policy as it stands with the others, under its ARN."""
        found = self.fields(value, place, {"name": Values.text, "document": _as_it_is}, "name", "document")
        return _policy(found["document"], _below(place, "document"), found["name"], arn)

    def policy(self, value: object, place: Place) -> Policy:
        if isinstance(value, str) and not isinstance(value, Number):
            if value not in self.managed:
                hint = "add its text there, or name it in `unread`"
                _refuse(f"`{clipped(value)}` is not among the `managed_policies`", place(()), hint)
            return self.managed[value]
        known = {"name": Values.text, "arn": Values.text, "document": _as_it_is}
        found = self.fields(value, place, known, "name", "document")
        return _policy(found["document"], _below(place, "document"), found["name"], found.get("arn"))

    def policies(self, value: object, place: Place) -> tuple[Policy, ...]:
        return tuple(self.policy(item, at) for item, at in _items(value, place))

    def by_arn(self, value: object, place: Place) -> dict[str, Policy]:
        found: dict[str, Policy] = {}
        for item, at in _items(value, place):
            policy = self.policy(item, at)
            if policy.arn is None or policy.arn in found:
                _refuse("has no ARN of its own", at(()), AGAIN)
            found[policy.arn] = policy
        return found

    def levels(self, value: object, place: Place) -> tuple[tuple[Policy, ...], ...]:
        return tuple(self.policies(item, at) for item, at in _items(value, place))

    def grants(self, value: object, place: Place) -> tuple[KeyGrant, ...]:
        return tuple(
            KeyGrant(**self.fields(item, at, GRANT, "id", "grantee", "operations"), origin=at(()))
            for item, at in _items(value, place)
        )

    def operations(self, value: object, place: Place) -> tuple[str, ...]:
        found = self.texts(value, place)
        for name in found:
            if name not in GRANTABLE:
                hint = config.closest(name, GRANTABLE)
                _refuse(f"`{clipped(name)}` is no operation that a grant can allow", place(()), hint)
        return found

    def workloads(self, value: object, place: Place) -> tuple[Workload, ...]:
        return tuple(
            Workload(**{"role": None, **self.fields(item, at, WORKLOAD, "name", "runs_on")}, origin=at(()))
            for item, at in _items(value, place)
        )

    def changes(self, value: object, place: Place) -> tuple[Change, ...]:
        return tuple(Change(**self.fields(item, at, CHANGE, "of"), origin=at(())) for item, at in _items(value, place))


def _as_it_is(_: Values, value: object, __: Place) -> object:
    return value


# How the members of an account are read that are small.
ACCOUNT: Mapping[str, Callable[[Values, Any, Place], Any]] = {
    "organization": Values.organization,
    "management": Values.flag,
    "seen": Values.seen,
    "scps": Values.levels,
    "rcps": Values.levels,
    "policies": Values.by_arn,
    "oidc_providers": Values.clients,
    "saml_providers": Values.set,
    "more_providers": Values.flag,
    "workloads": Values.workloads,
    "changes": Values.changes,
    "removed": Values.set,
}
_GROUP = {"policies": Values.policies, "unread": Values.texts}
_PRINCIPAL = {
    **_GROUP,
    "unique_id": Values.text,
    "boundary_arn": Values.text,
    "boundary": Values.policy,
    "tags": Values.pairs,
}
_ENDPOINT = {"policy": Values.policy, "unread": Values.text}
_RESOURCE = {
    **_ENDPOINT,
    "bucket": Values.text,
    "partial": Values.flag,
    "adds": Values.flag,
    "tags": Values.pairs,
    "settings": Values.pairs,
    "grants": Values.grants,
}
# What makes an entity, and how its members are read: their names are those of the model.
ENTITIES: Mapping[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
    "roles": (Role, {**_PRINCIPAL, "trust": Values.policy, "max_session_duration": Values.seconds}),
    "users": (User, {**_PRINCIPAL, "groups": Values.texts}),
    "groups": (Group, _GROUP),
    "resources": (Resource, _RESOURCE),
    "endpoints": (VpcEndpoint, _ENDPOINT),
}
# What is not told of a role is not what the model takes for granted.
UNTOLD: Mapping[str, Mapping[str, None]] = {"roles": {"trust": None, "max_session_duration": None}}
GRANT = {
    "id": Values.text,
    "grantee": Values.text,
    "operations": Values.operations,
    "context_equals": Values.tuples,
    "context_subset": Values.tuples,
    "source_arn": Values.text,
}
WORKLOAD = dict.fromkeys(("name", "runs_on", "role", "service_account"), Values.text)
CHANGE = {**_GROUP, "of": Values.text, "trust": Values.policy, "groups": Values.texts, "lost": Values.texts}


def _policy(document: object, place: Place, name: str, arn: str | None) -> Policy:
    try:
        return documents.policy_at(document, place, name=name, arn=arn)
    except documents.UntoldError as error:
        _refuse("what a policy says here is not told", place(error.pointer), "name the policy in `unread`")


def _items(value: object, place: Place) -> Iterator[tuple[Any, Place]]:
    if not isinstance(value, list):
        _refuse("is no list", place(()), AGAIN)
    for i, item in enumerate(value):
        yield item, _below(place, i)


def _below(place: Place, name: str | int) -> Place:
    return lambda pointer: place((name, *pointer))


def _refuse(message: str, origin: Origin, hint: str) -> NoReturn:
    raise InputError(message, hint=hint, origin=origin)
