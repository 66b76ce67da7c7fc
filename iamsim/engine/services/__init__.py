"""Where a service departs from the general logic (STS trust, KMS, S3, OpenSearch …), one file each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from iamsim import plugins
from iamsim.engine.evaluation import Situation
from iamsim.model.arn import is_aws_managed, is_service_linked
from iamsim.model.policy import Layers, PolicyType
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.request import Request


def _unchanged(situation: Situation, _request: Request, _layers: Layers) -> Situation:
    return situation


@dataclass(frozen=True, slots=True)
class Service:
    """How one service departs: the action prefix it answers to, and what it changes about a request's situation."""

    prefix: str
    situation: Callable[[Situation, Request, Layers], Situation] = _unchanged


def situation(request: Request, layers: Layers) -> Situation:
    """The situation of a request: what holds for every service, then what this one changes."""
    caller = request.principal
    account = caller.account
    owner = request.resource_account or _account_of(request.resource)
    cross_account = owner != account and account is not None and not _own(owner, request.resource)
    reached, service = _about(request.action)
    linked = caller.service_linked
    # A federated session without a session policy has no permissions of its own (EVAL-015).
    lacks_session = (
        caller.kind is PrincipalKind.FEDERATED_USER
        and layers.session is None
        and PolicyType.SESSION not in layers.unseen
    )
    # Without an RCP, seen or not, the question does not arise.
    rcps_apply = _rcps_apply(request, linked=linked) if reached and (layers.rcps or layers.unseen) else False
    # By its text, since the hash of a member of an enumeration is computed anew each time.
    key = caller.kind._value_, cross_account, linked, rcps_apply, lacks_session
    general = _generals.get(key)
    if general is None:
        general = _generals[key] = Situation(
            caller.kind,
            cross_account,
            scps_apply=_scps_apply(caller),
            rcps_apply=rcps_apply,
            session_required=lacks_session,
        )
    return service.situation(general, request, layers) if service else general


@lru_cache(maxsize=1024)
def changed(situation: Situation, **changes: object) -> Situation:
    """`situation` with some facts changed; the same value for the same facts, since there are few."""
    return replace(situation, **changes)  # type: ignore[arg-type]  # checked by the dataclass's own names


_generals: dict[tuple[str, bool, bool, bool | None, bool], Situation] = {}


@lru_cache(maxsize=4096)
def _about(action: str) -> tuple[bool, Service | None]:
    """Whether RCPs reach the resources of an action, and what departs from the general logic in its service."""
    name = action.lower()
    service = name.partition(":")[0]
    return service in RCP_SERVICES and name != "kms:retiregrant", _services().get(service)


def _account_of(resource: str) -> str:
    """The account that an ARN names, empty for none (an S3 ARN, `*`)."""
    fields = resource.split(":", 5)
    return fields[4] if len(fields) > 4 else ""  # noqa: PLR2004 - the account's field


def _own(owner: str, resource: str) -> bool:
    """Whether the owner is none that is told: then the caller's account is taken, and for what AWS owns in IAM, which all use as their own."""
    return not owner or HOLE in owner or (owner == "aws" and is_aws_managed(resource))


# Services whose resources RCPs reach; for others an RCP has no effect (ORG-032).
# Source: AWS Organizations User Guide, "Resource control policies", list of services as of 2026.
RCP_SERVICES = frozenset(
    {
        "s3", "sts", "kms", "sqs", "secretsmanager", "cognito-idp", "cognito-identity", "logs", "dynamodb", "appconfig",
        "appstream", "autoscaling", "codebuild", "codecommit", "comprehend", "comprehendmedical", "dax", "ecr", "health",
        "kinesisvideo", "aoss", "signin", "support", "textract", "transcribe", "translate",
    }
)  # fmt: skip


def _scps_apply(caller: Principal) -> bool | None:
    """Principals of an account, service-linked roles apart; whether federation calls count is not said (ORG-006 to 016)."""
    if caller.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return None
    return caller.kind not in (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE) and not caller.service_linked


def _rcps_apply(request: Request, *, linked: bool) -> bool | None:
    """
    Resources of the listed services; service-linked roles, calling and called, and kms:RetireGrant are exempt (ORG-031, 041).

    Of calls without a resource the page's sentence can be read both ways (ORG-047).
    """
    if linked or is_service_linked(request.resource):
        return False
    return None if request.resource == "*" else True


@cache
def _services() -> Mapping[str, Service]:
    declared = plugins.table(sys.modules[__name__], "SERVICE").values()
    return {service.prefix: service for service in declared if isinstance(service, Service)}
