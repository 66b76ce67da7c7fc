"""The AWS SDK for Python: sessions and whose they are, clients, paginators, waiters, resources, and the calls they make."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from iamsim.catalog import operations, sdk
from iamsim.tools.infer.conditions_said import Condition
from iamsim.tools.infer.expressions import field_of
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.made import Made, Parameter
from iamsim.tools.infer.values import (
    NONE,
    SERVER,
    UNKNOWN,
    Answer,
    Arg,
    Client,
    Collection,
    Const,
    Env,
    Filter,
    Iter,
    Method,
    Obj,
    Operation,
    Outside,
    Resource,
    Session,
    Signed,
    Value,
    concatenated,
    const,
    guarded,
    joined,
    options,
    text,
    texts,
    ways,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

ASSUMES = {
    "sts.AssumeRole": "AssumeRole",
    "sts.AssumeRoleWithWebIdentity": "AssumeRoleWithWebIdentity",
    "sts.AssumeRoleWithSAML": "AssumeRoleWithSAML",
}
"""The operations that give the credentials of a role."""

_SESSIONS = frozenset(
    {
        "boto3.Session",
        "boto3.session.Session",
        "botocore.session.Session",
        "botocore.session.get_session",
        "botocore.session.AioSession",
        "boto3._get_default_session",
        "boto3.DEFAULT_SESSION",
    }
)
_NAMED = {"sqs.GetQueueUrl": ("QueueUrl", "QueueName"), "sqs.CreateQueue": ("QueueUrl", "QueueName")}
_OF_SESSIONS = frozenset(
    {
        "get_credentials",
        "get_frozen_credentials",
        "access_key",
        "secret_key",
        "token",
        "session_token",
        "_session",
        "get_session",
    }
)
_NOT_CALLS = frozenset(
    {"can_paginate", "close", "meta", "exceptions", "waiter_names", "get_available_subresources", "add_client_context"}
)
_KEY = 6
"""The place of the access key among the arguments of `client` and `resource`."""

_UNSIGNED = ("botocore.UNSIGNED", "botocore.handlers.disable_signing")


class Clients:
    """The SDK, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk
        self.defaults: tuple[Signed, ...] = (SERVER,)

    # ------------------------------------------------------------ what gives sessions and clients

    def outside(self, dotted: str, given: Given, frame: Frame, node: ast.AST) -> Value | None:
        """What a function of the SDK's packages gives; None for one of other packages."""
        if dotted in ("boto3.client", "botocore.session.create_client"):
            return joined(self._client(Session(each), given, frame, node) for each in self.defaults)
        if dotted == "boto3.resource":
            return joined(self._resource(Session(each), given) for each in self.defaults)
        if dotted == "boto3.setup_default_session":
            self.defaults = self._signed(given)
            return UNKNOWN
        if dotted in _SESSIONS:
            key = self.walk.context("session", self.walk.site(node, frame), getattr(node, "col_offset", 0), frame.id)
            return joined(Session(each, key) for each in self._signed(given))
        if dotted in ("botocore.credentials.Credentials", "botocore.credentials.ReadOnlyCredentials"):
            return joined(Session(each) for each in self.signers(given.get(0, "access_key") or UNKNOWN))
        if dotted in ("botocore.credentials.RefreshableCredentials.create_from_metadata", "botocore.credentials.RefreshableCredentials",
                      "botocore.credentials.DeferredRefreshableCredentials"):  # fmt: skip
            return self._refreshing(given, frame, node)
        if dotted.startswith(("mypy_boto3", "types_boto3")):
            return UNKNOWN
        return None

    def _signed(self, given: Given) -> tuple[Signed, ...]:
        """Whose credentials a session or a client may have that is made with `given`."""
        session = given.get(-1, "botocore_session")
        if session is not None:
            found = [each for option in options(session) if isinstance(option, Session) for each in self.whose(option)]
            return tuple(found) or (Signed("brokered", "where the session comes from is not followed"),)
        key = given.get(0, "aws_access_key_id")
        if key is None:
            return (Signed("server", "further settings of the session are not followed") if given.open else SERVER,)
        signed = self.signers(key)
        return tuple(dict.fromkeys((*signed, SERVER))) if "aws_access_key_id" in given.maybe else signed

    def replaced(self, session: Session, credentials: Value) -> None:
        """Notes that a session gets other credentials than it was made with."""
        if session.key:
            before = self.walk.heap.setdefault(Obj("sessions", (session.key,)), {})
            if before.get("credentials") != credentials:
                before["credentials"] = credentials
                self.walk.changed = True

    def whose(self, session: Session) -> tuple[Signed, ...]:
        """Whose credentials a session has, those included that it was given later."""
        later = self.walk.get(Obj("sessions", (session.key,)), "credentials") if session.key else None
        return (session.signed,) if later is None else self.signers(later)

    def signers(self, key: Value) -> tuple[Signed, ...]:
        """Whose keys these may be; what is not followed counts only where nothing else is known."""
        found: dict[Signed, None] = {}
        for option in options(key):
            match option:
                case Const() | Env():
                    found[SERVER] = None
                case Answer(operation=operation, call=call) if operation in ASSUMES:
                    found[Signed("role", call=call)] = None
                case Session(signed=signed):
                    found[signed] = None
                case Arg():
                    found[Signed("brokered", f"the keys are the tool's argument {option.name}")] = None
                case _:
                    found[Signed("brokered", "where the keys come from is not followed")] = None
        told = [signed for signed in found if signed.who != "brokered"]
        return tuple(told or found)

    def _refreshing(self, given: Given, frame: Frame, node: ast.AST) -> Value:
        found = []
        for value in (given.get(0, "metadata"), given.get(1, "refresh_using")):
            if value is None:
                continue
            for option in options(value):
                answer = option
                if isinstance(option, Obj) and option.kind == "dict":
                    answer = field_of(self.walk, option, "access_key")
                elif not isinstance(option, (Answer, Session)):
                    called = self.walk.call(option, Given(), frame, node)
                    answer = field_of(self.walk, called, "access_key") if isinstance(called, Obj) else called
                found.append(answer)
        known = [each for each in found if each != UNKNOWN]
        return (
            joined(Session(each) for each in self.signers(joined(known)))
            if known
            else Session(Signed("brokered", "where the keys come from is not followed"))
        )

    def _client(self, session: Session, given: Given, frame: Frame, node: ast.AST) -> Value:
        named = given.get(0, "service_name")
        if named is None and given.open:
            named = UNKNOWN
        found = texts(named) if named is not None else None
        why = ""
        if found is None and isinstance(named, Env) and named.default:
            found, why = (named.default,), f"the service is the setting {named.name}"
        del frame, node
        return joined(
            Client(name if name in sdk.services() else "", replace(signed, why=signed.why or why))
            for signed in self._of_client(session, given)
            for name in found or ("",)
        )

    def _of_client(self, session: Session, given: Given) -> tuple[Signed, ...]:
        """Whose credentials a client may have: keys given to it, the session's, or by its configuration nobody's."""
        key = given.get(_KEY, "aws_access_key_id")
        if key is not None:
            signed = self.signers(key)
            return (
                tuple(dict.fromkeys((*signed, *self.whose(session)))) if "aws_access_key_id" in given.maybe else signed
            )
        config = given.get(-1, "config")
        for option in options(config) if config is not None else ():
            version = self.walk.get(option, "signature_version") if isinstance(option, Obj) else None
            if isinstance(version, Outside) and version.name in _UNSIGNED:
                return (Signed("unsigned"),)
        return self.whose(session)

    def _resource(self, session: Session, given: Given) -> Value:
        found = texts(given.get(0, "service_name") or UNKNOWN)
        return joined(
            (Resource(name, "", signed) if sdk.resource(name) is not None else UNKNOWN) if name else Client("", signed)
            for signed in self._of_client(session, given)
            for name in found or ("",)
        )

    # ------------------------------------------------------------ attributes and methods

    def attribute(self, value: Value, name: str, frame: Frame, node: ast.AST) -> Value:
        """An attribute of a session, a client or a resource."""
        match value:
            case Session():
                return value if name in _OF_SESSIONS else Method(value, name)
            case Client():
                if name == "exceptions":
                    return Outside("botocore.exceptions")
                return Method(value, name) if name in _NOT_CALLS or name == "meta" else Operation(value, name)
            case Operation():
                return (
                    const(value.name)
                    if name == "__name__"
                    else Operation(value.client, value.name, f"{value.how}.{name}".lstrip("."))
                )
            case Resource():
                return self._of_resource(value, name, frame, node)
            case _:
                return Method(value, name)

    def _of_resource(self, value: Resource, name: str, frame: Frame, node: ast.AST) -> Value:
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

    def method(self, owner: Value, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What calling a method of a session, a client, a resource or a collection gives."""
        match owner:
            case Session():
                if name in ("client", "create_client"):
                    return self._client(owner, given, frame, node)
                if name == "resource":
                    return self._resource(owner, given)
                if name in ("get_credentials", "get_frozen_credentials", "get_session"):
                    return owner
                if name == "set_credentials":
                    self.replaced(owner, given.get(0, "access_key") or UNKNOWN)
                return UNKNOWN
            case Resource():
                return self._called_resource(owner, name, given, frame, node)
            case Collection():
                return self._of_collection(owner, name, given, frame, node)
            case _:
                return UNKNOWN

    # ------------------------------------------------------------ calls of clients

    def called(self, operation: Operation, given: Given, frame: Frame, node: ast.AST) -> Value:
        """The API call that calling a client's method makes, and its answer."""
        client, name, how = operation.client, operation.name, operation.how
        if how.startswith(("paginator", "waiter")):
            return self._paged(operation, given, frame, node)
        if name in ("get_paginator", "get_waiter"):
            kind = "paginator" if name == "get_paginator" else "waiter"
            found = [
                (condition, Operation(client, text(each) or "", kind))
                for condition, each in ways(given.get(0, "operation_name", "waiter_name") or UNKNOWN)
            ]
            return joined(each if condition is None else guarded(condition, each) for condition, each in found)
        if name == "_make_api_call":
            api = text(given.get(0, "operation_name") or UNKNOWN)
            values = given.get(1, "api_params")
            fields = self.walk.heap.get(values, {}) if isinstance(values, Obj) else {}
            if api is None or api not in sdk.operations(client.service):
                why = "which operation is called is decided at run time"
                self.walk.unresolved(f"a call of {client.service or 'a service'}", why, frame, node, client.service)
                return UNKNOWN
            sent = tuple(Parameter(key, value) for key, value in fields.items() if key not in ("*", "**"))
            return self._made(client, api, sent, Given(), frame, node, name)
        if name == "generate_presigned_url":
            return self._presigned(client, given, frame, node)
        if not name:
            self.walk.unresolved(
                f"a call of {client.service or 'a service'}",
                "which operation is called is decided at run time",
                frame,
                node,
                client.service,
            )
            return UNKNOWN
        if how:
            return UNKNOWN
        if not client.service:
            return self._anywhere(client, name, given, frame, node)
        special = sdk.transfers(client.service, name)
        if special is not None:
            for call in _settled(client.service, special.calls):
                self._transfer(client, call, special, given, frame, node, name)
            return UNKNOWN
        api = sdk.operation(client.service, name)
        if api is None:
            if not name.startswith("_") and name not in _NOT_CALLS:
                self.walk.unresolved(
                    f"{client.service}.{name}", "the SDK has no such method", frame, node, client.service
                )
            return UNKNOWN
        return self._made(client, api, _parameters(given), given, frame, node, name)

    def _anywhere(self, client: Client, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A call on a client of an unknown service: of the one service that has such a method, else of nobody knows which."""
        having = _having().get(name, ())
        if len(having) == 1:
            before, frame.likely = frame.likely, frame.likely or "the service is told by the name of the method alone"
            found = self._made(
                Client(having[0], client.signed),
                sdk.operation(having[0], name) or name,
                _parameters(given),
                given,
                frame,
                node,
                name,
            )
            frame.likely = before
            return found
        self.walk.unresolved(
            f"a call of `{name}`", "of which service the client is, is decided at run time", frame, node
        )
        return UNKNOWN

    def _made(
        self,
        client: Client,
        api: str,
        parameters: tuple[Parameter, ...],
        given: Given,
        frame: Frame,
        node: ast.AST,
        via: str,
        *,
        deferred: bool = False,
    ) -> Value:
        number = 0
        dotted = f"{client.service}.{api}"
        made = Made(
            client.service,
            api,
            client.signed,
            parameters,
            self.walk.site(node, frame),
            deferred=deferred,
            likely="further parameters are not followed" if given.open else client.signed.why,
            via=f"{client.service}.{via}",
        )
        if dotted in ASSUMES:
            number = self.walk.context("assume", made.site, parameters, client.signed)
            self.walk.assumed[number] = made
            made = Made(**{**{name: getattr(made, name) for name in Made.__dataclass_fields__}, "call": number})
        frame.add(made)
        if dotted in _NAMED:
            # The answer is the name of what was asked for, in a URL.
            member, parameter = _NAMED[dotted]
            answer = self.walk.allocate("dict", frame, node, "answer", parameters)
            value = next((each.value for each in parameters if each.name == parameter), UNKNOWN)
            self.walk.set(answer, member, concatenated(("https://sqs/", value)))
            self.walk.set(answer, "*", UNKNOWN)
            return answer
        return Answer(dotted, (), number)

    def _paged(self, operation: Operation, given: Given, frame: Frame, node: ast.AST) -> Value:
        client, how = operation.client, operation.how
        if how in ("paginator.paginate", "waiter.wait"):
            waits = how.startswith("waiter")
            api = (sdk.waiter if waits else sdk.operation)(client.service, operation.name) if operation.name else None
            if api is None:
                self.walk.unresolved(
                    f"a {how.partition('.')[0]} of {client.service or 'a service'}",
                    "of which operation is decided at run time",
                    frame,
                    node,
                    client.service,
                )
                return Iter(UNKNOWN)
            left_out = ("PaginationConfig", "WaiterConfig")
            parameters = tuple(each for each in _parameters(given) if each.name not in left_out)
            via = f"get_waiter({operation.name})" if waits else f"get_paginator({operation.name})"
            return Iter(self._made(client, api, parameters, given, frame, node, via))
        return UNKNOWN

    def _presigned(self, client: Client, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A link: its call is made later, by whoever has it, in the signer's name."""
        listed = given.get(1, "Params")
        for condition, named in ways(given.get(0, "ClientMethod") or UNKNOWN):
            name = text(named)
            api = sdk.operation(client.service, name) if name else None
            if api is None:
                self.walk.unresolved(
                    f"a presigned URL of {client.service or 'a service'}",
                    "for which operation is decided at run time",
                    frame,
                    node,
                    client.service,
                )
                continue
            parameters: list[Parameter] = []
            open_ = listed is None
            for option in options(listed) if listed is not None else ():
                if isinstance(option, Obj) and option.kind == "dict":
                    fields = self.walk.heap.get(option, {})
                    open_ = open_ or "*" in fields
                    parameters += [
                        Parameter(key, value, (option, key) in self.walk.maybe)
                        for key, value in fields.items()
                        if key != "*"
                    ]
                else:
                    open_ = True
            with frame.under(*([condition] if condition is not None else [])):
                self._made(
                    client,
                    api,
                    tuple(parameters),
                    Given(open=open_),
                    frame,
                    node,
                    f"generate_presigned_url({name})",
                    deferred=True,
                )
        return UNKNOWN

    def _transfer(
        self, client: Client, call: sdk.Call, action: sdk.Action, given: Given, frame: Frame, node: ast.AST, via: str
    ) -> None:
        """One of the calls behind a method that boto3 adds."""
        values = _by_name(action.arguments, given)
        extra = values.get(action.passed_on) if action.passed_on else None
        sent = [Parameter(name, self._from(value, values, ())) for name, value in call.parameters.items()]
        for option in options(extra) if extra is not None else ():
            if isinstance(option, Obj) and option.kind == "dict":
                sent += [
                    Parameter(name, value, maybe=True)
                    for name, value in self.walk.heap.get(option, {}).items()
                    if name != "*"
                ]
        self._sent(client.service, client.signed, call, tuple(sent), frame, node, via)

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

    # ------------------------------------------------------------ resources

    def _called_resource(self, owner: Resource, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
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
        identifiers: Mapping[str, Value] | None = None,
    ) -> None:
        named = tuple(arguments)
        values = _by_name(named, given) if named else dict(given.keywords)
        own = identifiers or self._identifiers(owner)
        sent = [Parameter(name, self._from(value, values, own)) for name, value in call.parameters.items()]
        if not named:
            sent += [each for each in _parameters(given) if each.name not in call.parameters]
        extra = values.get(passed_on) if passed_on else None
        for option in options(extra) if extra is not None else ():
            if isinstance(option, Obj) and option.kind == "dict":
                sent += [
                    Parameter(name, value, maybe=True)
                    for name, value in self.walk.heap.get(option, {}).items()
                    if name != "*"
                ]
        kind = f"{owner.service}.{owner.type}.{via}" if owner.type else f"{owner.service}.{via}"
        self._sent(owner.service, owner.signed, call, tuple(sent), frame, node, kind.removeprefix(f"{owner.service}."))

    def _identifiers(self, owner: Resource) -> dict[str, Value]:
        model = sdk.resource(owner.service, owner.type)
        return dict(zip(model.identifiers if model is not None else (), owner.identifiers, strict=False))

    def _from(
        self, value: sdk.Value, arguments: Mapping[str, Value], identifiers: Mapping[str, Value] | tuple[()]
    ) -> Value:
        """Where the SDK takes a parameter from, as what the source gives there."""
        if value.kind == "constant":
            return const(value.name)
        if value.kind == "identifier" and isinstance(identifiers, Mapping):
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

    def _of_collection(self, owner: Collection, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        model = sdk.resource(owner.of.service, owner.of.type)
        known = model.collections.get(owner.name) if model is not None else None
        if known is None or name in ("all", "filter", "limit", "page_size", "pages"):
            return (
                replace(
                    owner,
                    filters=(
                        *owner.filters,
                        *(Filter(each.name, each.value, each.maybe) for each in _parameters(given)),
                    ),
                )
                if name == "filter"
                else owner
            )
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


def _parameters(given: Given) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, value, name in given.maybe) for name, value in given.keywords.items())


def _by_name(arguments: Iterable[str], given: Given) -> dict[str, Value]:
    """The arguments of a call under the names that its function gives them."""
    return {**dict(zip(arguments, given.args, strict=False)), **given.keywords}


@cache
def _having() -> Mapping[str, tuple[str, ...]]:
    """Each method's name with the services that have it."""
    found: dict[str, list[str]] = {}
    for service in sorted(sdk.services()):
        for operation in sdk.operations(service):
            found.setdefault(sdk.method(operation), []).append(service)
    return {name: tuple(services) for name, services in found.items()}
