"""The condition keys AWS itself fills in, from principal, session and call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from iamsim.catalog import condition_keys
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.request import Context, Request

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """
    What is known about a request besides itself.

    `at` is its moment; `region` where it is sent (None: not known). `caller_organization` and
    `owner_organization` are `o-…`, empty for an account in none, None when not known.
    `resource_tags` are the resource's tags, None when not loaded. `caller_known` tells whether the
    caller's tags were loaded, `session_known` whether its session was made by a call that is known,
    `undecorated` whether no compute service can have made it.
    """

    at: datetime | None = None
    region: str | None = None
    caller_organization: str | None = None
    owner_organization: str | None = None
    resource_tags: Mapping[str, str] | None = None
    caller_known: bool = False
    session_known: bool = False
    undecorated: bool = False
    stated: Values = field(default_factory=dict)


def derived(request: Request) -> Request:
    """
    `request` with the keys that follow from its principal and its resource; a value stated in the request wins.

    Source: IAM User Guide, "AWS global condition context keys" and the table of principal values in
    "IAM policy elements: Variables and tags" (KEY-001 to 010, VAR-017).
    """
    context = request.context
    found = {**_of_caller(request.principal), **_of_call(request)}
    new = {key: values for key, values in found.items() if key not in context.values and key not in context.absent}
    if not new:
        return request
    return replace(request, context=replace(context, values={**new, **context.values}))


def completed(request: Request, knowledge: Knowledge, keys: Iterable[str]) -> Request:
    """
    `request` with everything that is known about the given condition keys (lower case).

    Keys that AWS would not send with this request are marked absent, those that are neither known
    nor absent stay unknown. What the user stated wins over everything.
    """
    request = derived(request)
    values = {**_of_surroundings(request, knowledge), **request.context.values, **knowledge.stated}
    absent = set(request.context.absent)
    for key in keys:
        if key not in values and _is_absent(key, request, knowledge, values):
            absent.add(key)
    return replace(request, context=Context(values, frozenset(absent) - set(knowledge.stated), complete=False))


# ---------------------------------------------------------------- values


def _of_caller(caller: Principal) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {"aws:principaltype": (str(caller.kind),)}
    if caller.kind is PrincipalKind.ANONYMOUS:
        return found | {"aws:principalaccount": ("anonymous",), "aws:userid": ("anonymous",)}
    if caller.kind is PrincipalKind.SERVICE:
        return {
            "aws:principalisawsservice": ("true",),
            "aws:principalservicename": (caller.arn,),
            "aws:principalservicenameslist": (caller.arn,),
        }
    if caller.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        # The caller of a federation request is not authenticated by AWS yet: it has no principal keys (KEY-003).
        return {"aws:federatedprovider": (caller.arn,)} if caller.kind is PrincipalKind.WEB_IDENTITY else {}
    found["aws:principalarn"] = (caller.entity or caller.arn,)
    found["aws:principalisawsservice"] = ("false",)
    if caller.account:
        found["aws:principalaccount"] = (caller.account,)
    userid = _userid(caller)
    if userid:
        found["aws:userid"] = (userid,)
    if caller.kind is PrincipalKind.USER:
        found["aws:username"] = (Arn.parse(caller.arn).name,)
    found |= {f"aws:principaltag/{key.lower()}": (value,) for key, value in caller.tags.items()}
    session = caller.session
    if session is not None:
        found |= {f"aws:principaltag/{key.lower()}": (value,) for key, value in session.tags.items()}
        if session.source_identity is not None:
            found["aws:sourceidentity"] = (session.source_identity,)
        if session.issued_at is not None:
            found["aws:tokenissuetime"] = (_iso(session.issued_at),)
    return found


def _userid(caller: Principal) -> str | None:
    match caller.kind:
        case PrincipalKind.ROOT:
            return caller.account
        case PrincipalKind.USER:
            return caller.unique_id or HOLE
        case PrincipalKind.ROLE_SESSION if caller.session is not None:
            return f"{caller.unique_id or HOLE}:{caller.session.name}"
        case PrincipalKind.FEDERATED_USER if caller.session is not None:
            return f"{caller.account}:{caller.session.name}"
        case _:
            return None


def _of_call(request: Request) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    action = request.action.lower()
    if request.resource_account and not action.startswith(_OWNER_NOT_SENT) and action not in _OWNER_NOT_SENT_EXACTLY:
        found["aws:resourceaccount"] = (request.resource_account,)
        if request.action.lower().startswith("s3:"):
            found["s3:resourceaccount"] = (request.resource_account,)
    chain = request.context.values.get("aws:calledvia", ())
    if chain:
        found["aws:calledviafirst"], found["aws:calledvialast"] = chain[:1], chain[-1:]
        found["aws:viaawsservice"] = ("true",)
    return found


def _of_surroundings(request: Request, knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    # The call is known, and with it whether a service makes it for the caller.
    found: dict[str, tuple[str, ...]] = {"aws:viaawsservice": ("false",)}
    if knowledge.at is not None:
        found["aws:currenttime"] = (_iso(knowledge.at),)
        found["aws:epochtime"] = (str(int(knowledge.at.timestamp())),)
    if knowledge.region is not None:
        # Global services answer from one Region (KEY-024); which one it is in other partitions than aws is not told.
        service = request.action.partition(":")[0].lower()
        single = _GLOBAL.get(service)
        if single is None or not knowledge.region.startswith(_OTHER_PARTITIONS):
            found["aws:requestedregion"] = (single or knowledge.region,)
    if knowledge.caller_organization and request.principal.account:
        found["aws:principalorgid"] = (knowledge.caller_organization,)
    if knowledge.owner_organization:
        found["aws:resourceorgid"] = (knowledge.owner_organization,)
    for key, value in (knowledge.resource_tags or {}).items():
        found[f"aws:resourcetag/{key.lower()}"] = (value,)
        found[f"iam:resourcetag/{key.lower()}"] = (value,)
    return found


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---------------------------------------------------------------- absences

# IAM User Guide, "AWS: Denies access to AWS based on the requested Region".
_GLOBAL = {
    **dict.fromkeys(("budgets", "cloudfront", "globalaccelerator", "iam", "importexport"), "us-east-1"),
    **dict.fromkeys(("organizations", "route53", "support", "waf"), "us-east-1"),
    **dict.fromkeys(("chatbot", "devicefarm"), "us-west-2"),
}
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
# Of these actions the key is not sent (IAM User Guide, "AWS global condition context keys", aws:ResourceAccount; KEY-020).
_OWNER_NOT_SENT = ("ebs:", "events:", "workspaces:")
_OWNER_NOT_SENT_EXACTLY = frozenset(
    f"ec2:{name}"
    for name in ("copyfpgaimage", "copyimage", "copysnapshot", "createvolume", "createvpcpeeringconnection")
)
_OF_SERVICE_CALLERS = frozenset(
    {
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
    }
)
_OF_PRINCIPALS = frozenset(
    {"aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid", "aws:principalaccount"}
)
# Decorations that compute services put on the sessions they hand out, whatever service is called then (KEY-033).
_DECORATIONS = frozenset(
    {
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
        "glue:roleassumedby",
        "glue:credentialissuingservice",
        "codebuild:buildarn",
        "codebuild:projectarn",
        "identitystore:userid",
    }
)


def _is_absent(key: str, request: Request, knowledge: Knowledge, values: Values) -> bool:
    """Whether AWS would not send `key`, which has no known value, with this request."""
    caller = request.principal
    prefix, _, rest = key.partition(":")
    if prefix == "aws":
        return _global_is_absent(key, request, knowledge, values)
    if key in _DECORATIONS:
        return not caller.is_session or knowledge.undecorated
    if "." in prefix:
        # What a session inherits from the way it was made; one made by a known AssumeRole call inherits nothing.
        return not caller.is_session or knowledge.session_known
    service = request.action.partition(":")[0].lower()
    if key.startswith("iam:resourcetag/") and knowledge.resource_tags is not None:
        return True
    sent = condition_keys.sends(request.action, key)
    if sent:
        # Also one service's key that goes with another's action, such as iam:ResourceTag with sts:AssumeRole.
        return False
    if prefix != service:
        return not rest or prefix != "saml" or not caller.is_session or knowledge.session_known
    return sent is False


def _global_is_absent(  # noqa: C901, PLR0912 - one line per key
    key: str, request: Request, knowledge: Knowledge, values: Values
) -> bool:
    caller = request.principal
    family = key.partition("/")[0]
    if caller.kind is PrincipalKind.ANONYMOUS and (key in _OF_PRINCIPALS or family == "aws:principaltag"):
        return True
    match family:
        case "aws:username":
            return caller.kind is not PrincipalKind.USER
        case "aws:principaltag":
            return knowledge.caller_known and (caller.session is None or knowledge.session_known)
        case "aws:sourceidentity" | "aws:federatedprovider" | "aws:assumedroot":
            return not caller.is_session or knowledge.session_known
        case "aws:tokenissuetime":
            return not caller.is_session
        case "aws:principalorgid" | "aws:principalorgpaths":
            return knowledge.caller_organization == "" or caller.account is None
        case "aws:resourceorgid" | "aws:resourceorgpaths":
            return knowledge.owner_organization == ""
        case "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast":
            return True
        case "aws:resourcetag":
            return knowledge.resource_tags is not None or condition_keys.sends(request.action, key) is False
        case "aws:requesttag" | "aws:tagkeys":
            return condition_keys.sends(request.action, key) is False
        case _ if key in _OF_SERVICE_CALLERS:
            return caller.kind is not PrincipalKind.SERVICE
        case "aws:sourcevpc" | "aws:sourcevpce" | "aws:vpcsourceip":
            # A public address was stated: the request does not come through an endpoint (KEY-018).
            return "aws:sourceip" in values
        case "aws:sourceip":
            return "aws:sourcevpce" in values
        case _:
            return False
