"""The condition keys AWS itself fills in, from principal, session and call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from iamsim.catalog import condition_keys
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE, Principal, PrincipalKind, Session
from iamsim.model.request import Context, Request

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class KeyedSession(Session):
    """
    A session that brings condition keys of its own into every request: claims of its provider, how its user signed in.

    `keys` maps lower-case keys to their values. `open_keys` are those that it may bring besides,
    without the inputs telling; one that ends in `:` stands for a family.
    Source: IAM User Guide, "IAM and AWS STS condition context keys" (OIDC-008).
    """

    keys: Values = field(default_factory=dict)
    open_keys: frozenset[str] = frozenset()


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
    values = {**_of_caller(request.principal), **_of_call(request)}
    for key in context.absent:
        values.pop(key, None)
    values.update(context.values)
    return Request(
        request.principal,
        request.action,
        request.resource,
        Context(values, context.absent, context.complete),
        request.resource_account,
        request.unbound,
    )


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
    # A federated user is a principal of its own, not the user that federated it.
    by_itself = caller.kind is PrincipalKind.FEDERATED_USER
    found["aws:principalarn"] = (caller.arn if by_itself else caller.entity or caller.arn,)
    found["aws:principalisawsservice"] = ("false",)
    if caller.account:
        found["aws:principalaccount"] = (caller.account,)
    userid = _userid(caller)
    if userid:
        found["aws:userid"] = (userid,)
    if caller.kind is PrincipalKind.USER:
        found["aws:username"] = (Arn.parse(caller.arn).name,)
    found |= {f"aws:principaltag/{key.lower()}": (value,) for key, value in caller.tags.items() if key != HOLE}
    session = caller.session
    if session is not None:
        found |= {f"aws:principaltag/{key.lower()}": (value,) for key, value in session.tags.items()}
        if session.source_identity is not None:
            found["aws:sourceidentity"] = (session.source_identity,)
        if session.issued_at is not None:
            found["aws:tokenissuetime"] = (_iso(session.issued_at),)
    return found | dict(session.keys) if isinstance(session, KeyedSession) else found


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
    if request.resource_account and _tells_owner(request.action):
        found["aws:resourceaccount"] = (request.resource_account,)
        if request.action.lower().startswith("s3:"):
            found["s3:resourceaccount"] = (request.resource_account,)
    chain = request.context.values.get("aws:calledvia", ())
    if chain:
        found["aws:calledviafirst"], found["aws:calledvialast"] = chain[:1], chain[-1:]
    if chain or "kms:viaservice" in request.context.values:
        found["aws:viaawsservice"] = ("true",)
    return found


def _tells_owner(action: str) -> bool:
    """Whether AWS sends the owner with the action for sure (KEY-020)."""
    name = action.lower()
    return not name.startswith(_OWNER_NOT_SURE) and condition_keys.sends(name, "aws:resourceaccount") is not False


def _of_surroundings(request: Request, knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    # The call is known, and with it whether a service makes it for the caller.
    found: dict[str, tuple[str, ...]] = {"aws:viaawsservice": ("false",)}
    if knowledge.at is not None:
        found["aws:currenttime"] = (_iso(knowledge.at),)
        found["aws:epochtime"] = (str(int(knowledge.at.timestamp())),)
    region = _region_of(request.resource) or knowledge.region
    service = request.action.partition(":")[0].lower()
    if region is not None:
        # Global services answer from one Region (KEY-024); which one it is in other partitions than aws is not told.
        single = _GLOBAL.get(service)
        if single is None or not region.startswith(_OTHER_PARTITIONS):
            found["aws:requestedregion"] = (single or region,)
    caller = request.principal
    if knowledge.caller_organization and caller.account and caller.kind not in _UNSIGNED:
        found["aws:principalorgid"] = (knowledge.caller_organization,)
    if knowledge.owner_organization and condition_keys.sends(request.action, "aws:resourceorgid") is not False:
        found["aws:resourceorgid"] = (knowledge.owner_organization,)
    if service == "kms" and caller.account:
        found["kms:calleraccount"] = (caller.account,)
    replaced = _replaced(request)
    for key, value in (knowledge.resource_tags or {}).items():
        told = value if replaced.get(key.lower(), value) == value else HOLE
        found[f"aws:resourcetag/{key.lower()}"] = (told,)
        found[f"iam:resourcetag/{key.lower()}"] = (told,)
    return found


def _replaced(request: Request) -> Mapping[str, str]:
    """
    The tags that a chained session brings to a role, in place of the role's own.

    Whether before the role's trust policy is asked or after it, the page tells in two ways (STS-024).
    Source: IAM User Guide, "Pass session tags in AWS STS".
    """
    session = request.principal.session
    if session is None or not session.transitive_tag_keys or not request.action.lower().startswith("sts:"):
        return {}
    transitive = {key.lower() for key in session.transitive_tag_keys}
    return {key.lower(): value for key, value in session.tags.items() if key.lower() in transitive}


def _region_of(resource: str) -> str | None:
    """Where a regional resource is, and so where a request for it has to be sent; None where its ARN does not tell."""
    fields = resource.split(":", 5)
    region = fields[3] if len(fields) == _ARN_FIELDS and fields[0] == "arn" else ""
    return region if region and HOLE not in region else None


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---------------------------------------------------------------- absences

# AWS's page has listed these among the actions without the key, and then no more.
_OWNER_NOT_SURE = (
    "ec2:copyfpgaimage", "ec2:copyimage", "ec2:copysnapshot", "ec2:createvolume", "events:", "workspaces:",
)  # fmt: skip
# Sent with requests through an access point alone (S3-026).
_OF_ACCESS_POINTS = frozenset({"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin"})
# IAM User Guide, "AWS: Denies access to AWS based on the requested Region".
_GLOBAL = {
    **dict.fromkeys(("budgets", "cloudfront", "globalaccelerator", "iam", "importexport"), "us-east-1"),
    **dict.fromkeys(("organizations", "route53", "support", "waf"), "us-east-1"),
    **dict.fromkeys(("chatbot", "devicefarm"), "us-west-2"),
}
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
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
_ARN_FIELDS = 6
# Callers without a signature of AWS: federation requests carry a token or an assertion instead.
_UNSIGNED = (PrincipalKind.ANONYMOUS, PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)
# Sent with signed requests, or of members of an organization: a caller whom AWS does not know yet has none (KEY-001, 003, 009).
_OF_SIGNED = frozenset({"aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principalisawsservice"})
_OF_ANONYMOUS = _OF_SIGNED | {"aws:userid", "aws:principalaccount"}
# Decorations that compute services put on the sessions they hand out, whatever service is called then (KEY-033).
_DECORATIONS = frozenset(
    {
        "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc",
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
    session = caller.session
    if isinstance(session, KeyedSession):
        if not session.open_keys.isdisjoint((key, f"{prefix}:")):
            return False
        if key == "aws:multifactorauthage" and session.keys.get("aws:multifactorauthpresent") == ("false",):
            return True
    if key in _DECORATIONS:
        return not caller.is_session or knowledge.undecorated
    if prefix == "aws":
        return _global_is_absent(key, request, knowledge, values)
    if "." in prefix:
        # What a session inherits from the way it was made; one made by a known AssumeRole call inherits nothing.
        return not caller.is_session or knowledge.session_known
    service = request.action.partition(":")[0].lower()
    if (
        key.startswith("iam:resourcetag/")
        and knowledge.resource_tags is not None
        and HOLE not in knowledge.resource_tags
    ):
        return True
    if key == "kms:viaservice" and values.get("aws:viaawsservice") == ("false",):
        return True
    if key in _OF_ACCESS_POINTS and _is_bucket(request.resource):
        return True
    sent = condition_keys.sends(request.action, key)
    if sent:
        # Also one service's key that goes with another's action, such as iam:ResourceTag with sts:AssumeRole.
        return False
    if prefix != service:
        return not rest or prefix != "saml" or not caller.is_session or knowledge.session_known
    return sent is False


def _is_bucket(resource: str) -> bool:
    """Whether the ARN is that of a bucket or an object, and not by the alias of an access point, which looks like a bucket."""
    return resource.startswith("arn:") and ":s3:::" in resource and "-s3alias" not in resource and HOLE not in resource


def _global_is_absent(key: str, request: Request, knowledge: Knowledge, values: Values) -> bool:
    caller = request.principal
    if caller.kind in _UNSIGNED and key in (_OF_ANONYMOUS if caller.kind is PrincipalKind.ANONYMOUS else _OF_SIGNED):
        return True
    of_network = _network_is_absent(key, request, values)
    return (
        _of_session_is_absent(key, caller, knowledge) or of_network or _other_is_absent(key, request, knowledge, values)
    )


def _of_session_is_absent(key: str, caller: Principal, knowledge: Knowledge) -> bool:
    """Keys of the caller and of the way its credentials were made."""
    match key.partition("/")[0]:
        case "aws:username":
            return caller.kind is not PrincipalKind.USER
        case "aws:principaltag":
            # The root user, services and unsigned callers have no tags (KEY-005).
            untagged = caller.kind in (PrincipalKind.ROOT, PrincipalKind.SERVICE, PrincipalKind.ANONYMOUS)
            told = knowledge.caller_known and HOLE not in caller.tags
            return untagged or (told and (caller.session is None or knowledge.session_known))
        case "aws:assumedroot" if caller.kind is PrincipalKind.ROOT:
            # A session that AssumeRoot made is the root user of its account to everybody (PRIN-045).
            return False
        case "aws:sourceidentity" | "aws:federatedprovider" | "aws:assumedroot" | "aws:chatbotsourcearn":
            return not caller.is_session or knowledge.session_known
        case "aws:tokenissuetime":
            return not caller.is_session and caller.kind not in (PrincipalKind.USER, PrincipalKind.ROOT)
        case "aws:multifactorauthpresent" | "aws:multifactorauthage" | "aws:signinsessionarn":
            return caller.kind in (*_UNSIGNED, PrincipalKind.SERVICE)
        case "aws:principalorgid" | "aws:principalorgpaths":
            return knowledge.caller_organization == "" or caller.account is None
        case _:
            return key in _OF_SERVICE_CALLERS and caller.kind is not PrincipalKind.SERVICE


def _network_is_absent(key: str, request: Request, values: Values) -> bool:
    """Keys of the way a request takes: through an endpoint, or past all of them (KEY-017 to 019)."""
    match key:
        case "aws:sourcevpc" | "aws:sourcevpce" | "aws:vpcsourceip":
            # A public address was stated: the request does not come through an endpoint.
            return "aws:sourceip" in values
        case "aws:sourcevpcarn" | "aws:vpceaccount" | "aws:vpceorgid" | "aws:vpceorgpaths":
            # Only requests to the services that AWS lists for the key carry it.
            return "aws:sourceip" in values or condition_keys.sends(request.action, key) is False
        case "aws:sourceip":
            return "aws:sourcevpce" in values
        case _:
            return False


def _other_is_absent(key: str, request: Request, knowledge: Knowledge, values: Values) -> bool:
    """Keys of the resource, and of services that call on for the caller."""
    match key.partition("/")[0]:
        case "aws:resourceorgid" | "aws:resourceorgpaths":
            return knowledge.owner_organization == "" or condition_keys.sends(request.action, key) is False
        case "aws:resourceaccount":
            return condition_keys.sends(request.action, key) is False
        case "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast":
            return values.get("aws:viaawsservice") == ("false",)
        case "aws:resourcetag":
            told = knowledge.resource_tags is not None and HOLE not in knowledge.resource_tags
            return told or condition_keys.sends(request.action, key) is False
        case "aws:requesttag" | "aws:tagkeys":
            return condition_keys.sends(request.action, key) is False
        case _:
            return False
