"""
The evaluation rules as naively as AWS states them; what the engine is held against.

Slow and plain on purpose: every statement is read again for every question, nothing is compiled,
cached or cut short. Three-valued where the inputs do not tell: True, False, and None for "may".
Rule ids name the rule a line follows; `docs/semantics.md` lists them.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum
from fractions import Fraction
from typing import NamedTuple

from msgspec import structs

from iamsim.model.policy import Condition, Effect, Layers, Policy, PolicyType, PrincipalElement, Statement
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision, Layer

Maybe = bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision, the layer that decided (None where it is allowed or not certain), and what is still possible."""

    decision: Decision
    layer: Layer | None
    possible: tuple[Decision, ...]


def decide(layers: Layers, request: Request) -> Answer:
    """
    What AWS answers to `request`, whose context holds every key that AWS itself fills in.

    Authorized twice (UNK-003): once reading all that is not known in favour of access, once against.
    """
    best, best_layer = authorize(layers, request, favour=True)
    worst, worst_layer = authorize(layers, request, favour=False)
    possible = tuple(dict.fromkeys((best, worst)))
    decision = best if best is worst else Decision.UNKNOWN
    return Answer(decision, best_layer if (best, best_layer) == (worst, worst_layer) else None, possible)


# --- the flow (EVAL, SESS, ORG, VPCE) -------------------------------------------------------------

IAM_CALLERS = (PrincipalKind.ROOT, PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
TOKEN_CALLERS = (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)
TRUST_ACTIONS = (
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
)
# ORG-032: services whose resources an RCP can reach.
RCP_SERVICES = (
    *("s3", "sts", "kms", "sqs", "secretsmanager", "cognito-identity", "cognito-idp", "logs", "dynamodb", "appconfig"),
    *("appstream", "autoscaling", "codebuild", "codecommit", "comprehend", "comprehendmedical", "dax", "ecr", "health"),
    *("kinesisvideo", "aoss", "signin", "support", "textract", "transcribe", "translate"),
)
# KMS-006: what another account may ever do with a key.
KMS_ACROSS_ACCOUNTS = (
    *("decrypt", "derivesharedsecret", "encrypt", "generatedatakey", "generatedatakeypair"),
    *("generatedatakeypairwithoutplaintext", "generatedatakeywithoutplaintext", "generatemac", "reencryptfrom"),
    *("reencryptto", "sign", "verify", "verifymac", "creategrant", "describekey", "getkeyrotationstatus"),
    *("getpublickey", "listgrants", "retiregrant", "revokegrant"),
)
# S3-018: what a bucket's own account alone may do.
BUCKET_POLICY = ("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy")
# RES-011: what a queue's own account alone may do.
QUEUE_MANAGEMENT = (
    *("addpermission", "cancelmessagemovetask", "createqueue", "deletequeue", "listmessagemovetasks", "listqueues"),
    *("listqueuetags", "removepermission", "setqueueattributes", "startmessagemovetask", "tagqueue", "untagqueue"),
)
# RES-050, RES-051: what IAM refuses on what belongs to AWS and to its services.
POLICY_CHANGES = (
    *("createpolicy", "createpolicyversion", "deletepolicy", "deletepolicyversion", "setdefaultpolicyversion"),
    *("tagpolicy", "untagpolicy"),
)
ROLE_CHANGES = (
    *("attachrolepolicy", "deleterole", "deleterolepermissionsboundary", "deleterolepolicy", "detachrolepolicy"),
    *("putrolepermissionsboundary", "putrolepolicy", "updateassumerolepolicy"),
)
SERVICE_PATHS = (":role/aws-reserved/", ":role/aws-service-role/")
ENFORCED = (
    PolicyType.RCP,
    PolicyType.SCP,
    PolicyType.VPC_ENDPOINT,
    PolicyType.RESOURCE,
    PolicyType.IDENTITY,
    PolicyType.BOUNDARY,
    PolicyType.SESSION,
)


class Grant(IntEnum):
    """How directly an Allow of a resource policy names the caller (PRIN-016)."""

    ACCOUNT = 1
    ENTITY = 2
    DIRECT = 3


def authorize(layers: Layers, request: Request, *, favour: bool) -> tuple[Decision, Layer | None]:
    """One pass through the flow, every doubt read in favour of access or against it."""
    ask = Ask(layers, request, favour)
    if by_service(ask):
        return Decision.IMPLICIT_DENY, Layer.SERVICE
    if ask.action in ("sts:getcalleridentity", "sts:getsessiontoken"):
        return without_permission(ask)
    if shut_out(ask):
        return Decision.EXPLICIT_DENY, Layer.RESOURCE
    for kind in ENFORCED:  # EVAL-002: a Deny anywhere, before anything else
        if applies(ask, kind) and any(ask.denies(policy, kind) for policy in policies(layers, kind)):
            return Decision.EXPLICIT_DENY, Layer(kind.value)
    for refuses in (by_scp, by_endpoint, by_resource, by_identity, by_boundary, by_session, by_unseen):
        layer = refuses(ask)  # EVAL-004: the first missing Allow is the reason
        if layer is not None:
            return Decision.IMPLICIT_DENY, layer
    return Decision.ALLOWED, None


def without_permission(ask: Ask) -> tuple[Decision, Layer | None]:
    # EVAL-023: no permission is needed, and no policy can take it away.
    endpoint = ask.layers.vpc_endpoint
    blocked = endpoint is not None and (
        ask.denies(endpoint, PolicyType.VPC_ENDPOINT) or not ask.allows(endpoint, PolicyType.VPC_ENDPOINT)
    )
    if blocked and not ask.favour:  # VPCE-007: not told whether an endpoint policy counts here
        return Decision.IMPLICIT_DENY, Layer.VPC_ENDPOINT
    return Decision.ALLOWED, None


def policies(layers: Layers, type: PolicyType) -> tuple[Policy, ...]:
    given: dict[PolicyType, Iterable[Policy | None]] = {
        PolicyType.IDENTITY: layers.identity,
        PolicyType.RESOURCE: (layers.resource,),
        PolicyType.BOUNDARY: (layers.boundary,),
        PolicyType.SESSION: layers.session or (),
        PolicyType.SCP: (policy for level in layers.scps for policy in level),
        PolicyType.RCP: (policy for level in layers.rcps for policy in level),
        PolicyType.VPC_ENDPOINT: (layers.vpc_endpoint,),
    }
    return tuple(policy for policy in given[type] if policy is not None)


def applies(ask: Ask, type: PolicyType) -> bool:
    """Whether policies of this type have a say over this caller and this action at all."""
    caller = ask.caller
    match type:
        case PolicyType.RCP:
            # ORG-031, ORG-032; ORG-047 does not tell whose RCPs bind an action without a resource.
            reached = ask.service in RCP_SERVICES and ask.action != "kms:retiregrant" and not caller.service_linked
            linked = ask.action in TRUST_ACTIONS and ":role/aws-service-role/" in ask.request.resource  # ORG-041
            return reached and not linked and not (ask.request.resource == "*" and ask.favour)
        case PolicyType.SCP:
            # ORG-006, ORG-012; ORG-016 does not tell whether a federation call is reached.
            if caller.kind in TOKEN_CALLERS:
                return not ask.favour
            return caller.kind in IAM_CALLERS and not caller.service_linked
        case PolicyType.RESOURCE:
            return not unlocks_bucket(ask)
        case PolicyType.IDENTITY | PolicyType.BOUNDARY:  # PRIN-014: the root user has neither
            return caller.kind in IAM_CALLERS and caller.kind is not PrincipalKind.ROOT
        case PolicyType.SESSION:
            return caller.kind in IAM_CALLERS
    return True


def unlocks_bucket(ask: Ask) -> bool:
    # PRIN-015: the owner's root user always reaches the bucket policy.
    return ask.caller.kind is PrincipalKind.ROOT and ask.same_account and ask.action in BUCKET_POLICY


def by_scp(ask: Ask) -> Layer | None:
    # ORG-001: every level must allow.
    if applies(ask, PolicyType.SCP):
        for level in ask.layers.scps:
            if not any(ask.allows(policy, PolicyType.SCP) for policy in level):
                return Layer.SCP
    return None


def by_endpoint(ask: Ask) -> Layer | None:
    endpoint = ask.layers.vpc_endpoint
    if endpoint is not None and not ask.allows(endpoint, PolicyType.VPC_ENDPOINT):
        return Layer.VPC_ENDPOINT  # VPCE-001
    return None


def by_resource(ask: Ask) -> Layer | None:
    if must_allow(ask) and ask.grant is None:
        return Layer.RESOURCE  # EVAL-006, EVAL-007, EVAL-016, EVAL-017
    itself = ask.caller.entity is not None and ask.caller.entity == ask.request.resource
    if ask.action in TRUST_ACTIONS and itself and ask.grant is Grant.ACCOUNT and not ask.favour:
        return Layer.RESOURCE  # TRUST-007: may the account's delegation count for the role itself?
    return None


def must_allow(ask: Ask) -> bool:
    """Whether the resource policy has to allow by itself."""
    own = ask.action in TRUST_ACTIONS or (ask.service == "kms" and is_key(ask.request.resource))
    return own or ask.caller.kind not in IAM_CALLERS or not ask.same_account


def is_key(resource: str) -> bool:
    return resource.split(":", 5)[-1].startswith("key/")  # KMS-030: an alias has no key policy


def by_identity(ask: Ask) -> Layer | None:
    if ask.caller.kind not in IAM_CALLERS or ask.caller.kind is PrincipalKind.ROOT:
        return None  # EVAL-001, EVAL-016, EVAL-017, PRIN-014
    if any(ask.allows(policy, PolicyType.IDENTITY) for policy in ask.layers.identity):
        return None
    if ask.favour and PolicyType.IDENTITY in ask.layers.unseen:
        return None  # UNK-005
    if not (ask.same_account and ask.granted(Grant.ENTITY)):
        return Layer.IDENTITY
    if ask.action == "sts:setsourceidentity" and (ask.caller.kind is PrincipalKind.ROLE_SESSION or not ask.favour):
        return Layer.IDENTITY  # STS-006: in a chain for sure, of a user whom the trust policy names perhaps
    return None


def by_boundary(ask: Ask) -> Layer | None:
    boundary = ask.layers.boundary
    if boundary is None or not applies(ask, PolicyType.BOUNDARY) or ask.allows(boundary, PolicyType.BOUNDARY):
        return None
    if not (ask.same_account and ask.granted(Grant.DIRECT)):
        return Layer.BOUNDARY  # SESS-001
    if ask.action in TRUST_ACTIONS and not ask.favour:
        return Layer.BOUNDARY  # SESS-009
    return None


def by_session(ask: Ask) -> Layer | None:
    if not applies(ask, PolicyType.SESSION):
        return None
    passed = ask.layers.session
    if passed is None and ask.caller.kind is not PrincipalKind.FEDERATED_USER:
        return None  # EVAL-014
    if ask.same_account and ask.granted(Grant.DIRECT):
        return None  # SESS-007
    if any(ask.allows(policy, PolicyType.SESSION) for policy in passed or ()):
        return None  # SESS-004
    if passed is None and ask.favour and PolicyType.SESSION in ask.layers.unseen:
        return None  # UNK-005
    return Layer.SESSION  # SESS-003; EVAL-015 where a federated user passed none


def by_service(ask: Ask) -> bool:
    """What the service refuses whatever the policies say."""
    kind, action = ask.caller.kind, ask.action
    if kind is PrincipalKind.ROOT and action in TRUST_ACTIONS:
        return True  # TRUST-012
    if kind is PrincipalKind.FEDERATED_USER and ask.service == "sts" and action != "sts:getcalleridentity":
        return True  # TRUST-013
    if kind is PrincipalKind.FEDERATED_USER and ask.service == "iam":
        return True  # STS-056
    if kind is PrincipalKind.ROLE_SESSION and action in ("sts:getfederationtoken", "sts:getsessiontoken"):
        return True  # TRUST-015
    if kind in TOKEN_CALLERS and not ask.same_account:
        return True  # PRIN-038
    if action in TRUST_ACTIONS and no_role(ask.request.resource):
        return True
    if changes_what_goes_on(ask) is True:
        return True  # STS-007, STS-023
    return owned_by_aws(ask) or (kind in IAM_CALLERS and not ask.same_account and for_owners(ask))


def no_role(resource: str) -> bool:
    """What cannot be assumed; sts:TagSession is also asked on the session that GetFederationToken makes (STS-058)."""
    return resource != "*" and ":role/" not in resource and ":sts::" not in resource and HOLE not in resource


def for_owners(ask: Ask) -> bool:
    """What another account cannot be let do."""
    name = ask.action.partition(":")[2]
    if ask.service == "kms":
        return is_key(ask.request.resource) and name not in KMS_ACROSS_ACCOUNTS  # KMS-006
    return ask.action in BUCKET_POLICY or (ask.service == "sqs" and name in QUEUE_MANAGEMENT)  # S3-018, RES-011


def owned_by_aws(ask: Ask) -> bool:
    """What only AWS, or the service that made it, can change (RES-050, RES-051)."""
    name, resource = ask.action.partition(":")[2], ask.request.resource
    if ask.service != "iam":
        return False
    if is_managed_by_aws(resource):
        return name in POLICY_CHANGES
    return name in ROLE_CHANGES and any(path in resource for path in SERVICE_PATHS)


def is_managed_by_aws(resource: str) -> bool:
    return ":iam::aws:policy/" in resource


def shut_out(ask: Ask) -> bool:
    """What is refused as by an explicit Deny of the resource's own policy."""
    if changes_what_goes_on(ask) is None and not ask.favour:
        return True  # STS-007, STS-023: perhaps another source identity, perhaps a tag passed again
    # S3-022: where public access is blocked, a public policy is for the own account and for services.
    policy = ask.layers.resource
    blocked = ask.service == "s3" and ask.layers.settings.get("s3_block_public_access") == "true"
    if not blocked or policy is None or ask.caller.kind is PrincipalKind.SERVICE:
        return False
    outside = ask.caller.kind not in IAM_CALLERS or not ask.same_account
    public = some(is_public(statement) for statement in policy.statements)
    return outside and (public is True or (public is None and not ask.favour))


def changes_what_goes_on(ask: Ask) -> Maybe:
    """Whether a call in a chain names another source identity than its session's, or one of its transitive tags."""
    sent = ask.request.context
    if ask.action == "sts:setsourceidentity":
        both = (sent.values.get("aws:sourceidentity"), sent.values.get("sts:sourceidentity"))
        if None in both:
            return False
        told = not any(HOLE in text for found in both for text in found or ())
        return both[0] != both[1] if told else None
    if ask.action == "sts:tagsession" and ask.caller.session is not None:
        keys = [f"aws:requesttag/{key.lower()}" for key in ask.caller.session.transitive_tag_keys]
        return some(True if key in sent.values else False if is_absent(sent, key) else None for key in keys)
    return False


# S3-023: keys whose fixed value says whom an Allow is for; of the second kind the page gives one example only.
FIXED = (
    *("aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid"),
    *("s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"),
    *("aws:principalorgid", "aws:principalarn", "aws:principalaccount"),
)
OF_A_PRINCIPAL = ("aws:principal", "aws:username", "aws:sourceorg", "aws:sourceidentity", "aws:federatedprovider")


def is_public(statement: Statement) -> Maybe:
    """S3-023; a Deny makes nothing public, and nothing less so (S3-025)."""
    principal = statement.principal
    if statement.effect is Effect.DENY or principal is None:
        return False
    if not (principal.anyone or principal.negated or principal.federated):
        return False
    return negated(some(is_fixed(condition) for condition in statement.conditions))


def is_fixed(condition: Condition) -> Maybe:
    key, values, operator = condition.key.lower(), condition.values, condition.operator
    if not values or "Not" in operator or operator == "Null":
        return False
    if key == "aws:sourceip":
        blocks = [block(value) for value in values]
        wide = [None if b is None else b.prefixlen >= (8 if b.version == 4 else 32) for b in blocks]
        return every(wide) if operator == "IpAddress" else None
    if key not in FIXED and not key.startswith(OF_A_PRINCIPAL):
        return False
    found = every(one_fixed(key, value) for value in values)
    sure = key in FIXED and operator in ("StringEquals", "StringLike")
    return found if sure or found is False else None


def one_fixed(key: str, value: str) -> Maybe:
    if key == "s3:dataaccesspointarn" and "${" not in value and re.match(r"([^:]*:){4}[0-9]+:", value):
        # In a bucket policy: any access point of one account; of several Regions the page does not say.
        return True if re.match(r"([^:*?]*:){4}[0-9]+:", value) else None
    if any(mark in value for mark in ("*", "?", "${")):
        return False
    return None if key == "aws:userid" and value.startswith("AROA") else True


def by_unseen(ask: Ask) -> Layer | None:
    # UNK-005: what was not seen may deny what all the rest allows.
    for kind in ENFORCED:
        if kind in ask.layers.unseen and applies(ask, kind) and not ask.favour:
            return Layer(kind.value)
    return None


class Ask:
    """One request put to its policies, with every doubt read one way."""

    def __init__(self, layers: Layers, request: Request, favour: bool) -> None:  # noqa: FBT001 - two readings, one flag
        self.layers = layers
        self.request = request
        self.favour = favour
        self.caller = request.principal
        self.action = request.action.lower()
        self.service = self.action.partition(":")[0]

    @property
    def same_account(self) -> bool:
        owner = self.request.resource_account
        if (self.request.resource == "*" and owner is None) or is_managed_by_aws(self.request.resource):
            owner = self.caller.account  # EVAL-010, RES-050
        if owner is None:
            return self.favour  # one account asks less than two
        return owner == self.caller.account

    def denies(self, policy: Policy, type: PolicyType) -> bool:
        """Whether a Deny of `policy` matches, in this reading."""
        found = [self.matches(s, policy, type) for s in policy.statements if s.effect is Effect.DENY]
        return any(match is True or (match is None and not self.favour) for match in found)

    def allows(self, policy: Policy, type: PolicyType, at_least: Grant = Grant.ACCOUNT) -> bool:
        """Whether an Allow of `policy` matches, naming the caller at least that directly."""
        found = [self.matches(s, policy, type, at_least) for s in policy.statements if s.effect is Effect.ALLOW]
        return any(match is True or (match is None and self.favour) for match in found)

    def granted(self, at_least: Grant) -> bool:
        return self.grant is not None and self.grant >= at_least

    @property
    def grant(self) -> Grant | None:
        """The most direct Allow of the resource policy."""
        policy = self.layers.resource
        if policy is None:
            unseen = PolicyType.RESOURCE in self.layers.unseen and self.favour and must_allow(self)
            return Grant.DIRECT if unseen else None  # UNK-005
        if unlocks_bucket(self):
            return None
        for grant in (Grant.DIRECT, Grant.ENTITY, Grant.ACCOUNT):
            if self.allows(policy, PolicyType.RESOURCE, grant):
                return grant
        return None

    def matches(self, statement: Statement, policy: Policy, type: PolicyType, at_least: Grant = Grant.ACCOUNT) -> Maybe:
        # EVAL-003: principal, action, resource and conditions, all of them.
        return every(
            [
                principal_matches(statement, type, self, at_least),
                action_matches(statement, self.request, type),
                resource_matches(statement, policy, self.request),
                *(condition_matches(c, statement, policy, self.request.context) for c in statement.conditions),
            ]
        )


# --- three-valued logic (UNK-001) -----------------------------------------------------------------


def every(values: Iterable[Maybe]) -> Maybe:
    found = list(values)
    if False in found:
        return False
    return None if None in found else True


def some(values: Iterable[Maybe]) -> Maybe:
    found = list(values)
    if True in found:
        return True
    return None if None in found else False


def negated(value: Maybe) -> Maybe:
    return None if value is None else not value


# --- principals (PRIN) ----------------------------------------------------------------------------


def principal_matches(statement: Statement, type: PolicyType, ask: Ask, at_least: Grant) -> Maybe:
    if type not in (PolicyType.RESOURCE, PolicyType.RCP, PolicyType.VPC_ENDPOINT):
        return True
    element = statement.principal
    if element is None:  # RES-052: an Allow for nobody grants nothing, a Deny may have meant somebody
        return False if statement.effect is Effect.ALLOW else None
    if element.negated:
        return not_principal(statement.effect, element, ask)
    found = [match for match, grant in entries(element, statement.effect, type, ask) if grant >= at_least]
    return some(found)


def entries(element: PrincipalElement, effect: Effect, type: PolicyType, ask: Ask) -> Iterator[tuple[Maybe, Grant]]:
    caller = ask.caller
    if element.anyone:
        # PRIN-007, PRIN-008; PRIN-037: a token caller is no AWS principal, and is granted nothing as one.
        granted = type is PolicyType.RESOURCE and effect is Effect.ALLOW
        yield not (granted and caller.kind in TOKEN_CALLERS), Grant.DIRECT
    for text in element.service:
        yield caller.kind is PrincipalKind.SERVICE and text == caller.arn, Grant.DIRECT  # PRIN-011, PRIN-022
    for text in element.federated:
        yield caller.kind in TOKEN_CALLERS and text == caller.arn, Grant.DIRECT  # PRIN-037
    if caller.kind in IAM_CALLERS:
        for text in element.canonical:
            del text
            yield None, Grant.ACCOUNT  # PRIN-020: nothing here tells whose canonical id it is
        for text in element.aws:
            gateway = type is PolicyType.VPC_ENDPOINT and ask.service in ("s3", "dynamodb")
            if gateway and names_account(text, caller) and caller.kind is not PrincipalKind.ROOT:
                yield (
                    None,
                    Grant.ACCOUNT,
                )  # VPCE-004: a gateway means its root user, an interface endpoint everyone in it
                continue
            yield from named(text, caller)


def named(text: str, caller: Principal) -> Iterator[tuple[Maybe, Grant]]:
    """How one entry of the AWS member meets a caller with an account."""
    if names_account(text, caller):
        yield True, Grant.ACCOUNT  # PRIN-001, PRIN-002
    if text.startswith(("AROA", "AIDA")) and ":" not in text:
        yield unique_id_matches(text, caller)
    if text == caller.entity:  # PRIN-003, PRIN-004
        yield True, Grant.DIRECT if caller.kind is PrincipalKind.USER else Grant.ENTITY
    if caller.kind is not PrincipalKind.ROOT:
        yield matched(literal(text), caller.arn), Grant.DIRECT  # PRIN-005, PRIN-006
    if caller.kind is PrincipalKind.FEDERATED_USER and text.startswith(
        f"arn:{caller.partition}:iam::{caller.account}:user/"
    ):
        known = caller.federating_user
        yield None if known is None else text == known, Grant.ENTITY  # PRIN-006


def names_account(text: str, caller: Principal) -> bool:
    # PRIN-001: three spellings of one thing; PRIN-030: never across partitions.
    return caller.account is not None and text in (caller.account, f"arn:{caller.partition}:iam::{caller.account}:root")


def unique_id_matches(text: str, caller: Principal) -> tuple[Maybe, Grant]:
    # PRIN-012, PRIN-013: the id of a principal, live or deleted.
    kind, grant = {"AROA": (PrincipalKind.ROLE_SESSION, Grant.ENTITY), "AIDA": (PrincipalKind.USER, Grant.DIRECT)}[
        text[:4]
    ]
    if caller.kind is not kind:
        return False, grant
    return None if caller.unique_id is None else text == caller.unique_id, grant


def not_principal(effect: Effect, element: PrincipalElement, ask: Ask) -> Maybe:
    caller = ask.caller
    listed = some(match for match, _ in entries(element, effect, PolicyType.RESOURCE, ask))
    if effect is Effect.ALLOW:  # PRIN-024: not told whether the service took the statement
        return False if listed is True else None
    if caller.kind not in IAM_CALLERS:  # PRIN-010, PRIN-028
        return negated(listed)
    if element.anyone:
        return False
    bounded = ask.layers.boundary is not None or (PolicyType.BOUNDARY in ask.layers.unseen and not ask.favour)
    if bounded and applies(ask, PolicyType.BOUNDARY):
        return True  # PRIN-026
    return not_listed(element, caller)


def not_listed(element: PrincipalElement, caller: Principal) -> Maybe:
    """PRIN-025, PRIN-027: a caller is spared when every level of its identity is listed."""
    account = any(names_account(text, caller) for text in element.aws)
    if caller.kind is PrincipalKind.ROOT:
        return not account
    session = some(matched(literal(text), caller.arn) for text in element.aws)
    entity = caller.kind is not PrincipalKind.ROLE_SESSION or caller.entity in element.aws
    if account and entity and session is not False:
        return None if session is None else False
    if caller.kind is PrincipalKind.ROLE_SESSION and entity and session is False:
        return True  # the role without the session
    return None if account or session is not False else True


# --- actions (ACT) --------------------------------------------------------------------------------


def action_matches(statement: Statement, request: Request, type: PolicyType) -> Maybe:
    element = statement.action
    sure = statement.effect is Effect.DENY and not element.negated
    # RES-024: in the policy of a domain, all of OpenSearch is all of its HTTP methods.
    texts = [
        "es:ESHttp*" if type is PolicyType.RESOURCE and text.lower() == "es:*" else text for text in element.values
    ]
    found = some(names_action(text, request.action, sure=sure) for text in texts)  # ACT-006, ACT-007
    return negated(found) if element.negated else found  # ACT-005


def names_action(text: str, action: str, *, sure: bool) -> Maybe:
    if text == "*":
        return True
    service, _, name = text.lower().partition(":")  # ACT-001
    asked_service, _, asked_name = action.lower().partition(":")
    if not matched(wildcards(name), asked_name):  # ACT-002, ACT-009
        return False
    if service == asked_service:
        return True
    if service == "*":  # GRAM-018: `*:*` is `*`; what `*:Name` means is not told
        return True if name == "*" or sure else None
    return False  # ACT-003


# --- texts with wildcards, variables and holes (ARN, VAR) -----------------------------------------


class Token(NamedTuple):
    """One character of a pattern; `wild` when `*` or `?` is a wildcard, `variable` when a variable brought it."""

    text: str
    wild: bool = False
    variable: bool = False


Pattern = list[Token]


def literal(text: str, *, variable: bool = False) -> Pattern:
    return [Token(char, variable=variable) for char in text]


def wildcards(text: str, *, variable: bool = False) -> Pattern:
    return [Token(char, wild=char in "*?", variable=variable) for char in text]


def matched(pattern: Pattern, value: str) -> Maybe:
    """
    Whether `value` is what `pattern` says, whatever text the holes of either stand for.

    The pattern is walked by the set of places one may have reached in it; a hole in the value
    leaves every set that some text leads to.
    """
    if any(token.text == HOLE for token in pattern):
        widened = [Token("*", wild=True) if token.text == HOLE else token for token in pattern]
        return False if matched(widened, value) is False else None
    reached = {settle(pattern, {0})}
    letters = sorted({token.text for token in pattern if not token.wild} | {"\ue00f"})
    for char in value:
        if char != HOLE:
            reached = {advance(pattern, places, char) for places in reached}
            continue
        todo = list(reached)
        while todo:
            places = todo.pop()
            further = {advance(pattern, places, letter) for letter in letters} - reached
            reached |= further
            todo.extend(further)
    ends = {len(pattern) in places for places in reached}
    return None if len(ends) > 1 else ends.pop()


def settle(pattern: Pattern, places: set[int]) -> frozenset[int]:
    """`places`, and those one gets to when a `*` takes nothing."""
    found = set(places)
    for place in range(len(pattern)):
        if place in found and pattern[place].wild and pattern[place].text == "*":
            found.add(place + 1)
    return frozenset(found)


def advance(pattern: Pattern, places: frozenset[int], char: str) -> frozenset[int]:
    """The places after one more character."""
    found = set()
    for place in places:
        if place == len(pattern):
            continue
        token = pattern[place]
        if token.wild and token.text == "*":
            found.add(place)
        elif token.wild or token.text == char:
            found.add(place + 1)
    return settle(pattern, found)


MULTIVALUED = (  # VAR-011: keys that are sets, whatever they hold this time
    *("aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:resourceorgpaths"),
    *("aws:sourceorgpaths", "aws:tagkeys", "aws:vpceorgpaths", "dynamodb:attributes", "dynamodb:leadingkeys"),
    *("kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases", "s3:requestobjecttagkeys"),
    *("sts:identitytokenaudience", "sts:requestcontextproviders", "sts:transitivetagkeys"),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A text of a statement, and what its variables mean there."""

    text: str
    statement: Statement
    policy: Policy
    context: Context

    def readings(self, *, like: bool) -> list[Pattern | None]:
        """
        What the text may stand for; None is a variable without a value.

        More than one reading where a key is not known, or where AWS does not tell.
        """
        text = self.text
        if not self.policy.has_variables:  # VAR-002
            return [wildcards(text) if like else literal(text)]
        found: list[Pattern | None] = [[]]
        place = 0
        while place < len(text):
            if text.startswith("${", place):
                end = text.find("}", place)
                if end < 0:
                    return self._unbalanced(found)
                options = self._variable(text[place + 2 : end], like=like)
                place = end + 1
            else:
                options = [wildcards(text[place]) if like else literal(text[place])]
                place += 1
            found = [None if a is None or b is None else a + b for a in found for b in options]
        return found

    def _unbalanced(self, found: list[Pattern | None]) -> list[Pattern | None]:
        # VAR-019: no value in an Allow; in a Deny the rest may mean anything.
        if self.statement.effect is Effect.ALLOW:
            return [None]
        return [None, *(None if pattern is None else [*pattern, Token("*", wild=True)] for pattern in found)]

    def _variable(self, body: str, *, like: bool) -> list[Pattern | None]:
        if body in ("*", "?", "$"):  # VAR-008
            return [literal(body, variable=True)]
        key, comma, rest = body.partition(", '")
        default = literal(rest.removesuffix("'"), variable=True) if comma else None  # VAR-009
        key = key.lower()  # VAR-010
        if is_absent(self.context, key):
            return [default]
        values = self.context.values.get(key)
        if key in MULTIVALUED or key.endswith(":amr") or (values is not None and len(values) > 1):
            return [None] if values is not None else [default, None]  # VAR-011
        if values is None:
            return [default, literal(HOLE, variable=True)]
        options: list[Pattern | None] = [literal(values[0], variable=True)]  # VAR-015, VAR-020
        if like and ("*" in values[0] or "?" in values[0]):
            options.append(wildcards(values[0], variable=True))  # VAR-014
        return options


class Failure(Enum):
    """Why a written value could not be compared."""

    NO_VALUE = "a variable has no value"
    UNREADABLE = "not the kind of value the operator compares"


Outcome = bool | Failure | None


def outcomes(written: Written, compare: Callable[[Pattern], Outcome], *, like: bool) -> list[Outcome]:
    """One outcome for every reading."""
    return [Failure.NO_VALUE if p is None else compare(p) for p in written.readings(like=like)]


def agreed(found: Sequence[Outcome], *, unreadable: Maybe) -> Maybe:
    """What all readings of one text agree on; a variable without a value matches nothing (VAR-004 … VAR-006)."""
    plain = {unreadable if o is Failure.UNREADABLE else False if o is Failure.NO_VALUE else o for o in found}
    return plain.pop() if len(plain) == 1 else None


# --- resources (ARN) ------------------------------------------------------------------------------


def resource_matches(statement: Statement, policy: Policy, request: Request) -> Maybe:
    element = statement.resource
    if element is None:  # ARN-017: a trust policy speaks of its own role
        return True
    texts = [Written(text, statement, policy, request.context) for text in element.values]
    found = [outcomes(text, lambda p: names_resource(p, request), like=True) for text in texts]
    void = any(Failure.NO_VALUE in one for one in found)
    match = some(agreed(one, unreadable=False) for one in found)
    if not element.negated:
        return None if void and match is True else match  # VAR-007
    if not void:
        return negated(match)
    # VAR-004: a pattern without a value excludes nothing, but that is sure for a Deny only.
    return True if match is False and statement.effect is Effect.DENY else None


def names_resource(pattern: Pattern, request: Request) -> Maybe:
    star = Token("*", wild=True)
    if pattern == [star]:
        return True  # ARN-007
    if request.resource == "*":  # ARN-008; AWS contradicts itself on listing buckets
        written = "".join(token.text for token in pattern)
        return None if request.action.lower() == "s3:listallmybuckets" and written == "arn:aws:s3:::*" else False
    fields = request.resource.split(":", 5)
    if len(fields) < 6:
        return None if HOLE in request.resource else False
    parts = split(pattern, lambda token: token.text == ":" and not token.variable)
    parts += [[star]] * (6 - len(parts))  # GRAM-025, ARN-003
    found = [matched(part, field) for part, field in zip(parts, fields, strict=True)]  # ARN-002 … ARN-006
    for place in (1, 2, 3):  # VAR-003: no word on variables in partition, service and region
        if any(token.variable for token in parts[place]):
            found[place] = None
    return every(found)


def split(pattern: Pattern, at: Callable[[Token], bool]) -> list[Pattern]:
    """The fields of an ARN: cut at the first five colons (ARN-001)."""
    parts: list[Pattern] = [[]]
    for token in pattern:
        if at(token) and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


# --- conditions (COND) ----------------------------------------------------------------------------


def is_absent(context: Context, key: str) -> bool:
    return context.is_absent(key) or context.values.get(key) == ()


def condition_matches(condition: Condition, statement: Statement, policy: Policy, context: Context) -> Maybe:
    quantifier, base, if_exists = parts_of(condition.operator)
    key = condition.key.lower()  # COND-009
    if base == "Null":
        return null(condition, context, key) if (quantifier, if_exists) == ("", False) else None
    if base not in OPERATORS:
        return None  # UNK-011
    negative, compare = OPERATORS[base]
    if is_absent(context, key):
        return when_absent(quantifier, if_exists=if_exists, negative=negative)
    if key not in context.values:
        return None  # UNK-006
    values = context.values[key]
    texts = [Written(text, statement, policy, context) for text in condition.values]
    if quantifier and values == ("",):
        return when_absent(
            quantifier, if_exists=if_exists, negative=negative
        )  # COND-045: an empty string is a null set
    if not quantifier and len(values) > 1:
        return None if negative else False  # COND-053
    found = [one_value(value, texts, compare, negative=negative) for value in values]
    return some(found) if quantifier == "ForAnyValue" else every(found)  # COND-044 … COND-049


def parts_of(operator: str) -> tuple[str, str, bool]:
    """`ForAnyValue:StringLikeIfExists` in its three parts (GRAM-027)."""
    quantifier, colon, rest = operator.partition(":")
    if not colon or quantifier not in ("ForAnyValue", "ForAllValues"):
        quantifier, rest = "", operator
    return quantifier, rest.removesuffix("IfExists"), rest.endswith("IfExists")


def when_absent(quantifier: str, *, if_exists: bool, negative: bool) -> Maybe:
    if quantifier == "ForAllValues":
        return True  # COND-045
    if quantifier == "ForAnyValue":
        return None if if_exists else False  # COND-051, COND-044
    return True if if_exists else negative  # COND-007, COND-005, COND-006


def null(condition: Condition, context: Context, key: str) -> Maybe:
    # COND-008
    if is_absent(context, key):
        is_null: Maybe = True
    elif key not in context.values or context.values[key] == ("",):
        is_null = None
    else:
        is_null = False
    if {value.lower() for value in condition.values} == {"true", "false"}:
        return True  # one of the two is the case
    spelled: Mapping[str, Maybe] = {"true": is_null, "false": negated(is_null)}
    return None if not condition.values else some(spelled.get(value.lower()) for value in condition.values)


def one_value(
    value: str,
    texts: Sequence[Written],
    compare: Callable[[Written, str], list[Outcome]],
    *,
    negative: bool,
) -> Maybe:
    """One value of the request against all values of the policy: any of them, or none of them (COND-002, COND-003)."""
    if negative and not texts:
        return None  # GRAM-030
    found = [compare(text, value) for text in texts]
    void = any(Failure.NO_VALUE in one for one in found)
    match = some(agreed(one, unreadable=None if negative else False) for one in found)  # COND-025
    if match is True and void:
        return None  # VAR-007
    return negated(match) if negative else match


# One comparison each; what is negated, optional or quantified is said above, once.


def string_equals(written: Written, value: str) -> list[Outcome]:
    return outcomes(written, lambda pattern: matched(pattern, value), like=False)  # COND-017


def string_equals_ignore_case(written: Written, value: str) -> list[Outcome]:
    def same(pattern: Pattern) -> Outcome:  # COND-018
        text = "".join(token.text for token in pattern)
        found = matched(literal(ascii_lower(text)), ascii_lower(value))
        unicode = matched(literal(text.casefold()), value.casefold())
        return None if found is False and unicode is not False else found

    return outcomes(written, same, like=False)


def ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def string_like(written: Written, value: str) -> list[Outcome]:
    return outcomes(written, lambda pattern: matched(pattern, value), like=True)  # COND-019, COND-020


def arn_like(written: Written, value: str) -> list[Outcome]:
    def same(pattern: Pattern) -> Outcome:
        parts = split(pattern, lambda token: token.text == ":")
        fields = value.split(":", 5)
        if pattern == [Token("*", wild=True)]:
            return None  # COND-041
        if len(fields) < 6 and HOLE in value:
            return None
        if len(parts) < 6:
            return Failure.UNREADABLE  # COND-041
        if len(fields) < 6:
            return False
        return every(matched(part, field) for part, field in zip(parts, fields, strict=True))  # COND-040

    return outcomes(written, same, like=True)


def numeric(holds: Callable[[Fraction, Fraction], bool]) -> Callable[[Written, str], list[Outcome]]:
    return lambda written, value: [ordered(number(value), number(written.text), value, holds)]


def dated(holds: Callable[[Fraction, Fraction], bool]) -> Callable[[Written, str], list[Outcome]]:
    return lambda written, value: [ordered(instant(value), instant(written.text), value, holds)]


def ordered(
    value: Fraction | None, written: Fraction | None, text: str, holds: Callable[[Fraction, Fraction], bool]
) -> Outcome:
    if written is None or HOLE in text:
        return None  # UNK-011: AWS would not have stored it
    return Failure.UNREADABLE if value is None else holds(value, written)


def number(text: str) -> Fraction | None:
    # COND-024, COND-025
    return Fraction(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else None


_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})"
    r"(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?([Zz]|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?)?)?"
)


def instant(text: str) -> Fraction | None:
    """Seconds since 1970: COND-026, of an ISO 8601 text or of seconds already."""
    if re.fullmatch(r"[0-9]{4}", text):
        return None  # a year, or seconds: AWS does not say
    if re.fullmatch(r"[0-9]+", text):
        return Fraction(text)
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        days = datetime(int(year), int(month), int(day or 1)).toordinal() - datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - counted in UTC below
    except ValueError:
        return None
    if int(hour or 0) > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    total = Fraction(days * 86400 + int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0))
    if fraction:
        total += Fraction(int(fraction), 10 ** len(fraction))
    if zone and zone not in "Zz":
        digits = zone[1:].replace(":", "")
        offset = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
        total -= offset if zone[0] == "+" else -offset
    return total


def boolean(written: Written, value: str) -> list[Outcome]:
    if "${" in written.text and written.policy.has_variables:
        return [None]  # VAR-003
    if written.text.lower() not in ("true", "false"):
        return [None]  # COND-028, UNK-011
    return [None if HOLE in value else written.text.lower() == value.lower()]


def binary(written: Written, value: str) -> list[Outcome]:
    if HOLE in value:
        return [None]
    wanted = decoded(written.text)
    return [None if wanted is None else wanted == decoded(value)]  # COND-031, UNK-011


def decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def within(written: Written, value: str) -> list[Outcome]:
    network = block(written.text)
    if network is None or HOLE in value:
        return [None]  # UNK-011: AWS would not have stored it
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return [Failure.UNREADABLE]  # COND-016
    if address.version == network.version:
        return [address in network]  # COND-034 … COND-036
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return [None if mapped is not None and mapped in network else False]  # COND-035, COND-036


def block(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    # COND-034, COND-038: host bits are masked.
    if not re.fullmatch(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?", text):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


Comparison = Callable[[Written, str], list[Outcome]]

OPERATORS: Mapping[str, tuple[bool, Comparison]] = {
    "StringEquals": (False, string_equals),
    "StringNotEquals": (True, string_equals),
    "StringEqualsIgnoreCase": (False, string_equals_ignore_case),
    "StringNotEqualsIgnoreCase": (True, string_equals_ignore_case),
    "StringLike": (False, string_like),
    "StringNotLike": (True, string_like),
    "ArnEquals": (False, arn_like),
    "ArnLike": (False, arn_like),
    "ArnNotEquals": (True, arn_like),
    "ArnNotLike": (True, arn_like),
    "NumericEquals": (False, numeric(lambda value, limit: value == limit)),
    "NumericNotEquals": (True, numeric(lambda value, limit: value == limit)),
    "NumericLessThan": (False, numeric(lambda value, limit: value < limit)),
    "NumericLessThanEquals": (False, numeric(lambda value, limit: value <= limit)),
    "NumericGreaterThan": (False, numeric(lambda value, limit: value > limit)),
    "NumericGreaterThanEquals": (False, numeric(lambda value, limit: value >= limit)),
    "DateEquals": (False, dated(lambda value, limit: value == limit)),
    "DateNotEquals": (True, dated(lambda value, limit: value == limit)),
    "DateLessThan": (False, dated(lambda value, limit: value < limit)),
    "DateLessThanEquals": (False, dated(lambda value, limit: value <= limit)),
    "DateGreaterThan": (False, dated(lambda value, limit: value > limit)),
    "DateGreaterThanEquals": (False, dated(lambda value, limit: value >= limit)),
    "Bool": (False, boolean),
    "BinaryEquals": (False, binary),
    "IpAddress": (False, within),
    "NotIpAddress": (True, within),
}


# --- the keys that AWS fills in (VAR-017, KEY) ----------------------------------------------------


def derived(request: Request) -> Request:
    """`request` with the keys that follow from its principal and its resource; a stated value wins."""
    given = request.context.values
    values = {**principal_keys(request.principal), **resource_keys(request), **chain_keys(given), **given}
    return structs.replace(request, context=structs.replace(request.context, values=values))


def principal_keys(caller: Principal) -> dict[str, tuple[str, ...]]:
    if caller.kind is PrincipalKind.ANONYMOUS:  # PRIN-010
        names = ("aws:principaltype", "aws:principalaccount", "aws:userid")
        return dict(zip(names, (("Anonymous",), ("anonymous",), ("anonymous",)), strict=True))
    if caller.kind is PrincipalKind.SERVICE:  # KEY-009, KEY-010
        service_names = ("aws:principalservicename", "aws:principalservicenameslist")
        return {"aws:principalisawsservice": ("true",), **dict.fromkeys(service_names, (caller.arn,))}
    if caller.kind is PrincipalKind.WEB_IDENTITY:
        return {"aws:federatedprovider": (caller.arn,)}  # KEY-011
    if caller.kind not in IAM_CALLERS or caller.account is None:
        return {}
    keys = {
        "aws:principalarn": caller.entity or caller.arn,  # PRIN-031
        "aws:principalaccount": caller.account,
        "aws:principaltype": caller.kind.value,
        "aws:principalisawsservice": "false",
        "aws:userid": user_id(caller),
    }
    if caller.kind is PrincipalKind.USER:
        keys["aws:username"] = caller.arn.split("/")[-1]
    session_tags = caller.session.tags if caller.session else {}
    for tag, value in [*caller.tags.items(), *session_tags.items()]:  # KEY-005: session tags win
        keys[f"aws:principaltag/{tag.lower()}"] = value
    if caller.session and caller.session.source_identity is not None:
        keys["aws:sourceidentity"] = caller.session.source_identity
    if caller.session and caller.session.issued_at is not None:
        keys["aws:tokenissuetime"] = caller.session.issued_at.isoformat()
    values: dict[str, tuple[str, ...]] = {key: (value,) for key, value in keys.items()}
    return values


def chain_keys(given: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    # KEY-028: the ends of the chain of services.
    chain = given.get("aws:calledvia", ())
    if not chain:
        return {}
    return {"aws:calledviafirst": chain[:1], "aws:calledvialast": chain[-1:], "aws:viaawsservice": ("true",)}


def user_id(caller: Principal) -> str:
    known = caller.unique_id or HOLE
    name = caller.session.name if caller.session else ""
    match caller.kind:
        case PrincipalKind.ROOT:
            return caller.account or HOLE
        case PrincipalKind.FEDERATED_USER:
            return f"{caller.account}:{name}"
        case PrincipalKind.ROLE_SESSION:
            return f"{known}:{name}"
    return known


def resource_keys(request: Request) -> dict[str, tuple[str, ...]]:
    owner = request.resource_account
    if owner is None:
        return {}
    keys: dict[str, tuple[str, ...]] = {"aws:resourceaccount": (owner,)}
    if request.action.lower().startswith("s3:"):
        keys["s3:resourceaccount"] = (owner,)
    return keys
