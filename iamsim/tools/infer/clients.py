"""The AWS SDK for Python: what gives sessions and clients, and the calls that methods of clients make."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from iamsim.catalog import sdk
from iamsim.tools.infer.choices import concatenated, guarded, joined, options, text, texts, ways
from iamsim.tools.infer.credentials import ASSUMES, Credentials
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.made import Made, Parameter
from iamsim.tools.infer.resource_objects import ResourceObjects
from iamsim.tools.infer.sdk_values import SERVER, Answer, Client, Collection, Operation, Resource, Session, Signed
from iamsim.tools.infer.values import UNKNOWN, Env, Iter, Method, Obj, Outside, Value, const

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

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


class Clients:
    """The SDK, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk
        self.credentials = Credentials(walk)
        self.resources = ResourceObjects(walk)
        self.defaults: tuple[Signed, ...] = (SERVER,)

    # ------------------------------------------------------------ what gives sessions and clients

    def outside(self, dotted: str, given: Given, frame: Frame, node: ast.AST) -> Value | None:
        """What a function of the SDK's packages gives; None for one of other packages."""
        if dotted in ("boto3.client", "botocore.session.create_client"):
            return joined(self._client(Session(each), given) for each in self.defaults)
        if dotted == "boto3.resource":
            return joined(self._resource(Session(each), given) for each in self.defaults)
        if dotted == "boto3.setup_default_session":
            self.defaults = self.credentials.given_to(given)
            return UNKNOWN
        if dotted in _SESSIONS:
            key = self.walk.context("session", self.walk.site(node, frame), getattr(node, "col_offset", 0), frame.id)
            return joined(Session(each, key) for each in self.credentials.given_to(given))
        if dotted in ("botocore.credentials.Credentials", "botocore.credentials.ReadOnlyCredentials"):
            return joined(Session(each) for each in self.credentials.signers(given.get(0, "access_key") or UNKNOWN))
        if dotted in ("botocore.credentials.RefreshableCredentials.create_from_metadata", "botocore.credentials.RefreshableCredentials",
                      "botocore.credentials.DeferredRefreshableCredentials"):  # fmt: skip
            return self.credentials.refreshing(given, frame, node)
        if dotted.startswith(("mypy_boto3", "types_boto3")):
            return UNKNOWN
        return None

    def _client(self, session: Session, given: Given) -> Value:
        named = given.get(0, "service_name")
        if named is None and given.open:
            named = UNKNOWN
        found = texts(named) if named is not None else None
        why = ""
        if found is None and isinstance(named, Env) and named.default:
            found, why = (named.default,), f"the service is the setting {named.name}"
        return joined(
            Client(name if name in sdk.services() else "", replace(signed, why=signed.why or why))
            for signed in self.credentials.of_client(session, given)
            for name in found or ("",)
        )

    def _resource(self, session: Session, given: Given) -> Value:
        found = texts(given.get(0, "service_name") or UNKNOWN)
        return joined(
            (Resource(name, "", signed) if sdk.resource(name) is not None else UNKNOWN) if name else Client("", signed)
            for signed in self.credentials.of_client(session, given)
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
                return self.resources.attribute(value, name, frame, node)
            case _:
                return Method(value, name)

    def method(self, owner: Value, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What calling a method of a session, a client, a resource or a collection gives."""
        match owner:
            case Session():
                if name in ("client", "create_client"):
                    return self._client(owner, given)
                if name == "resource":
                    return self._resource(owner, given)
                if name in ("get_credentials", "get_frozen_credentials", "get_session"):
                    return owner
                if name == "set_credentials":
                    self.credentials.replaced(owner, given.get(0, "access_key") or UNKNOWN)
                return UNKNOWN
            case Resource():
                return self.resources.method(owner, name, given, frame, node)
            case Collection():
                return self.resources.collection_method(owner, name, given, frame, node)
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
            self.resources.transfer(client, special, given, frame, node, name)
            return UNKNOWN
        api = sdk.operation(client.service, name)
        if api is None:
            if not name.startswith("_") and name not in _NOT_CALLS:
                self.walk.unresolved(
                    f"{client.service}.{name}", "the SDK has no such method", frame, node, client.service
                )
            return UNKNOWN
        return self._made(client, api, given.parameters(), given, frame, node, name)

    def _anywhere(self, client: Client, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A call on a client of an unknown service: of the one service that has such a method, else of nobody knows which."""
        having = _having().get(name, ())
        if len(having) == 1:
            before, frame.likely = frame.likely, frame.likely or "the service is told by the name of the method alone"
            found = self._made(
                Client(having[0], client.signed),
                sdk.operation(having[0], name) or name,
                given.parameters(),
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
            made = replace(made, call=number)
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
            parameters = tuple(each for each in given.parameters() if each.name not in left_out)
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


@cache
def _having() -> Mapping[str, tuple[str, ...]]:
    """Each method's name with the services that have it."""
    found: dict[str, list[str]] = {}
    for service in sorted(sdk.services()):
        for operation in sdk.operations(service):
            found.setdefault(sdk.method(operation), []).append(service)
    return {name: tuple(services) for name, services in found.items()}
