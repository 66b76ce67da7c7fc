"""What boto3 adds to the API's operations: resources, their collections, and methods that make several calls."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from iamsim.catalog import operations, sdk
from iamsim.tools.infer.choices import joined, options
from iamsim.tools.infer.containers import field_of
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.made import Made, Parameter
from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.sdk_values import Answer, Client, Collection, Filter, Resource, Signed
from iamsim.tools.infer.values import NONE, UNKNOWN, Iter, Method, Obj, Value, const

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


class ResourceObjects:
    """boto3's resource layer, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk

    def attribute(self, value: Resource, name: str, frame: Frame, node: ast.AST) -> Value:
        """An attribute of a resource: an identifier, what it refers to, a collection, what loading it tells, or a method."""
        model = sdk.resource(value.service, value.type)
        if name == "meta":
            meta = Obj("boto3.meta", (value,))
            self.walk.heap.setdefault(meta, {})["client"] = Client(value.service, value.signed)
            return meta
        if model is None:
            return UNKNOWN
        name = model.aliases.get(name, name)
        if name in model.identifiers:
            place = model.identifiers.index(name)
            return value.identifiers[place] if place < len(value.identifiers) else UNKNOWN
        if name in model.references:
            if model.load is not None:
                self._make(value, model.load, Given(), (), frame, node, name)
            return self._given(value, model.references[name], Given(), ())
        if name in model.collections:
            return Collection(value, name)
        if name in model.attributes and model.load is not None:
            self._make(value, model.load, Given(), (), frame, node, name)
            return UNKNOWN
        return Method(value, name)

    def method(self, owner: Resource, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What calling a method of a resource gives."""
        model = sdk.resource(owner.service, owner.type)
        if model is None:
            return UNKNOWN
        if name in model.subresources:
            return self._given(owner, model.subresources[name], given, ())
        if name in ("load", "reload") and model.load is not None:
            self._make(owner, model.load, given, (), frame, node, name)
            return NONE
        if name in model.waiters:
            self._make(owner, model.waiters[name], given, (), frame, node, name)
            return NONE
        action = model.actions.get(name)
        if action is not None:
            for call in _settled(owner.service, action.calls):
                self._make(owner, call, given, action.arguments, frame, node, name, action.passed_on)
            if action.gives is not None:
                made = self._given(owner, action.gives, given, action.arguments)
                return Iter(made) if action.gives.many else made
            return Answer(f"{owner.service}.{action.calls[0].operation}") if action.calls else UNKNOWN
        if not name.startswith("_") and name != "get_available_subresources":
            self.walk.unresolved(
                f"{owner.service}.{owner.type}.{name}", "the SDK has no such method", frame, node, owner.service
            )
        return UNKNOWN

    def collection_method(self, owner: Collection, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What calling a method of a collection gives."""
        model = sdk.resource(owner.of.service, owner.of.type)
        known = model.collections.get(owner.name) if model is not None else None
        if known is None or name in ("all", "filter", "limit", "page_size", "pages"):
            if name != "filter":
                return owner
            further = (Filter(each.name, each.value, each.maybe) for each in given.parameters())
            return replace(owner, filters=(*owner.filters, *further))
        action = known.batch.get(name)
        if action is None:
            self.walk.unresolved(
                f"{owner.of.service}.{owner.name}.{name}", "the SDK has no such method", frame, node, owner.of.service
            )
            return UNKNOWN
        item = self.item(owner, frame, node)
        for call in action.calls:
            if isinstance(item, Resource):
                self._make(item, call, given, action.arguments, frame, node, f"{owner.name}.{name}", action.passed_on)
        return UNKNOWN

    def item(self, owner: Collection, frame: Frame, node: ast.AST) -> Value:
        """One resource of a collection, which is listed for it."""
        model = sdk.resource(owner.of.service, owner.of.type)
        known = model.collections.get(owner.name) if model is not None else None
        if known is None:
            return UNKNOWN
        given = Given(
            [],
            {each.name: each.value for each in owner.filters},
            None,
            frozenset(each.name for each in owner.filters if each.maybe),
        )
        self._make(owner.of, known.call, given, (), frame, node, owner.name)
        return self._given(owner.of, known.gives, Given(), ())

    def transfer(self, client: Client, action: sdk.Action, given: Given, frame: Frame, node: ast.AST, via: str) -> None:
        """Makes the calls behind a method that boto3 adds to a client."""
        values = _by_name(action.arguments, given)
        for call in _settled(client.service, action.calls):
            sent = [Parameter(name, self._from(value, values, {})) for name, value in call.parameters.items()]
            sent += self._passed_on(values, action.passed_on)
            self._sent(client.service, client.signed, call, tuple(sent), frame, node, via)

    def _passed_on(self, values: Mapping[str, Value], name: str) -> list[Parameter]:
        """The parameters in the dict that a method passes on to the call as it is."""
        extra = values.get(name) if name else None
        return [
            Parameter(key, value, maybe=True)
            for option in (options(extra) if extra is not None else ())
            if isinstance(option, Obj) and option.kind == "dict"
            for key, value in self.walk.heap.get(option, {}).items()
            if key != "*"
        ]

    def _make(
        self,
        owner: Resource,
        call: sdk.Call,
        given: Given,
        arguments: Iterable[str],
        frame: Frame,
        node: ast.AST,
        via: str,
        passed_on: str = "",
    ) -> None:
        named = tuple(arguments)
        values = _by_name(named, given) if named else dict(given.keywords)
        own = self._identifiers(owner)
        sent = [Parameter(name, self._from(value, values, own)) for name, value in call.parameters.items()]
        if not named:
            sent += [each for each in given.parameters() if each.name not in call.parameters]
        sent += self._passed_on(values, passed_on)
        method = f"{owner.type}.{via}" if owner.type else via
        self._sent(owner.service, owner.signed, call, tuple(sent), frame, node, method)

    def _sent(
        self,
        service: str,
        signed: Signed,
        call: sdk.Call,
        parameters: tuple[Parameter, ...],
        frame: Frame,
        node: ast.AST,
        via: str,
    ) -> None:
        made = Made(
            service if call.operation else "",
            call.operation or call.action,
            signed,
            parameters,
            self.walk.site(node, frame),
            (Condition("", call.when, exact=False),) if call.when else (),
            optional=call.optional,
            deferred=call.deferred,
            likely=signed.why,
            via=f"{service}.{via}",
        )
        frame.add(made)

    def _given(self, owner: Resource, made: sdk.Made, given: Given, arguments: tuple[str, ...]) -> Value:
        """The resource that something gives, with its identifiers as far as the source tells them."""
        model = sdk.resource(owner.service, made.type)
        values = _by_name(arguments, given) if arguments else dict(given.keywords)
        positional = iter(given.args)
        own = self._identifiers(owner)
        found: list[Value] = []
        for name in model.identifiers if model is not None else ():
            source = made.identifiers.get(name)
            if source is None:
                found.append(UNKNOWN)
            elif source.kind == "argument" and not arguments:
                found.append(values[source.name] if source.name in values else next(positional, UNKNOWN))
            else:
                found.append(self._from(source, values, own))
        return Resource(owner.service, made.type, owner.signed, tuple(found))

    def _identifiers(self, owner: Resource) -> dict[str, Value]:
        model = sdk.resource(owner.service, owner.type)
        return dict(zip(model.identifiers if model is not None else (), owner.identifiers, strict=False))

    def _from(self, value: sdk.Value, arguments: Mapping[str, Value], identifiers: Mapping[str, Value]) -> Value:
        """Where the SDK takes a parameter from, as what the source gives there."""
        if value.kind == "constant":
            return const(value.name)
        if value.kind == "identifier":
            return identifiers.get(value.name, UNKNOWN)
        if value.kind == "argument":
            first, _, rest = value.name.partition(".")
            found = arguments.get(first, UNKNOWN)
            for part in rest.split(".") if rest else ():
                found = joined(
                    field_of(self.walk, option, part) if isinstance(option, Obj) and option.kind == "dict" else UNKNOWN
                    for option in options(found)
                )
            return found
        return UNKNOWN


def _settled(service: str, calls: Sequence[sdk.Call]) -> Iterator[sdk.Call]:
    """
    The calls of a method, the first without its condition where another one asks for the same when it does not hold.

    A small file is put, a large one in parts: either way s3:PutObject is needed.
    """
    for number, call in enumerate(calls):
        own = operations.actions(service, call.operation) if call.operation else None
        others = [
            operations.actions(service, each.operation) or () for each in calls if each is not call and each.operation
        ]
        settled = not number and call.when and own and (not others or any(set(own) <= set(other) for other in others))
        yield replace(call, when="") if settled else call


def _by_name(arguments: Iterable[str], given: Given) -> dict[str, Value]:
    """The arguments of a call under the names that its function gives them."""
    return {**dict(zip(arguments, given.args, strict=False)), **given.keywords}
