"""HTTP requests that a source signs itself: for OpenSearch domains and collections, by hand or with the OpenSearch client."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import concatenated, joined, options, text
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.made import Made, Parameter
from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.sdk_values import SERVER, Http, Session, Signed, Signer
from iamsim.tools.infer.values import NONE, UNKNOWN, Arg, Env, Obj, Text, Value, const

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_PARTS = frozenset({
    "indices", "cat", "cluster", "nodes", "snapshot", "tasks", "ingest", "transport", "http", "security", "plugins", "features",
    "ml", "knn", "sql", "ppl", "alerting", "rollups", "search_relevance", "client", "query", "asynchronous_search", "ltr", "flow_framework",
})  # fmt: skip
"""Parts of an OpenSearch client that have methods of their own."""

# What the client's methods send (opensearch-py 2 and 3, module by module); a method that is not here may send anything.
_METHODS = {
    **dict.fromkeys((
        "info", "get", "get_source", "health", "stats", "state", "shards", "nodes", "allocation", "aliases", "recovery", "segments", "count_",
        "get_mapping", "get_settings", "get_alias", "get_cluster_settings", "pending_tasks", "hot_threads", "get_index_template", "get_template",
        "list", "get_pipeline", "get_repository", "status", "help", "master", "cluster_manager", "thread_pool", "plugins", "tasks", "templates",
        "repositories", "snapshots", "fielddata", "nodeattrs", "pit_segments", "all_pit_segments", "indices", "get_script", "get_field_mapping",
        "allocation_explain_", "usage", "get_task", "segment_replication", "get_data_stream", "field_usage", "get_decommission_awareness",
    ), ("GET",)),
    **dict.fromkeys(("exists", "exists_source", "ping", "exists_alias", "exists_template", "exists_index_template", "exists_type"), ("HEAD",)),
    **dict.fromkeys((
        "search", "msearch", "count", "explain", "mget", "analyze", "validate_query", "field_caps", "scroll", "search_template", "termvectors",
        "allocation_explain", "bulk", "update", "update_by_query", "delete_by_query", "reindex", "refresh", "flush", "forcemerge", "close", "open",
        "rank_eval", "render_search_template", "msearch_template", "mtermvectors", "reroute", "clear_cache", "rollover", "create_pit",
        "search_shards", "update_aliases", "simulate", "restore",
    ), ("POST",)),
    **dict.fromkeys(("create", "put_mapping", "put_settings", "put_alias", "put_template", "put_index_template", "put_pipeline", "put_script"), ("PUT",)),
    **dict.fromkeys(("delete", "delete_alias", "delete_template", "delete_index_template", "clear_scroll", "delete_pit", "delete_pipeline"), ("DELETE",)),
    "index": ("POST", "PUT"),
}  # fmt: skip


_BY_WORD = {
    "get": ("GET",),
    "put": ("PUT",),
    "post": ("POST",),
    "delete": ("DELETE",),
    "head": ("HEAD",),
    "exists": ("HEAD",),
}
"""The methods of plug-ins are named by what they send (`put_query_sets`)."""


class Signing:
    """Signed HTTP, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk

    def part(self, value: Http, name: str) -> bool:
        """Whether an attribute of an OpenSearch client is a part of it, not a method."""
        return not value.part and name in _PARTS

    def outside(self, dotted: str, given: Given, frame: Frame, node: ast.AST) -> Value | None:
        """What a function of a signing library gives; None for one of other packages."""
        last = dotted.rpartition(".")[2]
        if last in ("SigV4Auth", "S3SigV4Auth", "SigV4QueryAuth", "CrtSigV4Auth") and dotted.startswith("botocore"):
            return self._signer(given.get(0, "credentials"), given.get(1, "service_name"))
        if last in (
            "AWSV4SignerAuth",
            "AWSV4SignerAsyncAuth",
            "RequestsAWSV4SignerAuth",
            "Urllib3AWSV4SignerAuth",
            "AWSV4Signer",
        ):
            return self._signer(given.get(0, "credentials"), given.get(2, "service") or const("es"))
        if last in ("AWS4Auth", "BotoAWSRequestsAuth", "AWSRequestsAuth"):
            key = given.get(-1, "refreshable_credentials") or given.get(0, "access_id", "aws_access_key")
            return self._signer(key, given.get(3, "service", "aws_service"))
        if last in ("OpenSearch", "AsyncOpenSearch", "Elasticsearch", "AsyncElasticsearch") or (
            last.endswith("OpenSearch") and dotted.startswith("opensearch")
        ):
            auth = given.get(-1, "http_auth", "auth", "basic_auth")
            signers = tuple(options(auth)) if auth is not None else (UNKNOWN if given.open else NONE,)
            return Http(signers)
        return None

    def _signer(self, credentials: Value | None, service: Value | None) -> Value:
        found = []
        for option in options(credentials) if credentials is not None else (Session(SERVER),):
            whose = (
                (option.signed,) if isinstance(option, Session) else self.walk.library.sdk.credentials.signers(option)
            )
            found += [
                Signer(text(each) or "", signed)
                for signed in whose
                for each in (options(service) if service is not None else (UNKNOWN,))
            ]
        return joined(found)

    def method(self, owner: Signer, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """`add_auth(request)`: the request is signed."""
        if name == "add_auth":
            request = given.get(0, "request") or UNKNOWN
            for option in options(request):
                method = (
                    (self.walk.get(option, "method") or self.walk.get(option, "0")) if isinstance(option, Obj) else None
                )
                url = (self.walk.get(option, "url") or self.walk.get(option, "1")) if isinstance(option, Obj) else None
                methods = tuple(filter(None, (text(each) for each in options(method or UNKNOWN)))) or ("",)
                self._request(owner, methods, "", frame, node, path=_path(url))
        return UNKNOWN

    def http(self, owner: Http, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A method of an OpenSearch client: one HTTP request, signed by whoever the client was made with."""
        if name in ("close", "__aenter__", "__enter__", "__exit__", "__aexit__") and not owner.part:
            return owner
        index = given.get(0, "index")
        if name in ("perform_request", "perform_request_async") or (
            owner.part == "http" and name in ("get", "post", "put", "delete", "head", "patch")
        ):
            written = given.get(0, "method") if name.startswith("perform") else const(name.upper())
            methods: tuple[str, ...] = tuple(
                each.upper() for each in (text(option) or "" for option in options(written or UNKNOWN))
            )
            index = None
        else:
            methods = _METHODS.get(name) or _BY_WORD.get(name.partition("_")[0], ("",))
        signers = [each for each in owner.signers if each != NONE]
        # What the settings choose among is told by two more of them, whose needs then stand apart.
        ways_ = {(each.service, each.signed.who) if isinstance(each, Signer) else ("", "bearer") for each in signers}
        for signer in signers:
            found = (signer.service, signer.signed.who) if isinstance(signer, Signer) else ("", "bearer")
            conditions = []
            if len({who for _, who in ways_}) > 1:
                conditions.append(
                    self._chosen(
                        "opensearch_credentials", found[1], "Whose credentials the OpenSearch client is made with"
                    )
                )
            if found[0] and len({service for service, _ in ways_ if service}) > 1:
                conditions.append(
                    self._chosen(
                        "opensearch_service",
                        found[0],
                        "es for a domain, aoss for a collection of OpenSearch Serverless",
                    )
                )
            with frame.under(*conditions):
                if isinstance(signer, Signer):
                    self._request(
                        signer, methods, name if not owner.part else f"{owner.part}.{name}", frame, node, index
                    )
                else:
                    self._bearer(methods, name, frame, node)
        return UNKNOWN

    def sent(self, auth: Value | None, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A request of an HTTP library, signed where it has a signer for its `auth`."""
        written = given.get(0, "method") if name == "request" else const(name)
        url = given.get(1 if name == "request" else 0, "url")
        for option in options(auth) if auth is not None else ():
            if isinstance(option, Signer):
                methods = tuple((text(each) or "").upper() for each in options(written or UNKNOWN))
                self._request(option, methods, "", frame, node, path=_path(url))
        return UNKNOWN

    def _chosen(self, name: str, value: str, description: str) -> Condition:
        self.walk.told[name] = description
        return Condition(f"{name} == '{value}'", f"{description.partition(' the ')[0].lower()}: {value}")

    def _bearer(self, methods: tuple[str, ...], name: str, frame: Frame, node: ast.AST) -> None:
        """A request with a user and a password: IAM is not asked."""
        for method in methods:
            frame.add(
                Made(
                    "es",
                    "ESHttp",
                    Signed("bearer"),
                    (),
                    self.walk.site(node, frame),
                    method=method or "GET",
                    via=f"OpenSearch {name}",
                )
            )

    def _request(
        self,
        signer: Signer,
        methods: tuple[str, ...],
        via: str,
        frame: Frame,
        node: ast.AST,
        index: Value | None = None,
        path: Value | None = None,
    ) -> None:
        parameters = (
            (Parameter("index", index),)
            if index is not None
            else (Parameter("path", path),)
            if path is not None
            else ()
        )
        for method in methods:
            if signer.service in ("es", "aoss", "") and (method or signer.service == "aoss"):
                for service in ("es", "aoss") if not signer.service else (signer.service,):
                    why = signer.signed.why or (
                        "the service is a setting: a domain or a collection" if not signer.service else ""
                    )
                    frame.add(
                        Made(
                            service, "ESHttp" if service == "es" else "APIAccessAll", signer.signed, parameters, self.walk.site(node, frame),
                            likely=why, method=method.capitalize(), via=f"OpenSearch {via}" if via else f"{method} request",
                        )
                    )  # fmt: skip
            else:
                what = f"a signed request to {signer.service or 'a service'}"
                self.walk.unresolved(what, "which action it needs is not told by the source", frame, node)


def _path(url: Value | None) -> Value | None:
    """What stands behind the host in a URL, as far as the source tells: behind a setting, or behind `https://host`."""
    if not isinstance(url, Text):
        return None
    first, *rest = url.parts
    if isinstance(first, (Env, Arg)):
        return concatenated(rest)
    if isinstance(first, str) and first.startswith(("http://", "https://")):
        return concatenated([f"/{first.split('/', 3)[3]}" if first.count("/") > 2 else "*", *rest])  # noqa: PLR2004
    return None
