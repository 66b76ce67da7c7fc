"""Where a service departs from the general logic (STS trust, KMS, S3, OpenSearch …), one file each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from iamsim import plugins
from iamsim.engine.evaluation import Situation
from iamsim.model.policy import Layers
from iamsim.model.principal import PrincipalKind
from iamsim.model.request import Request


def _unchanged(situation: Situation, _: Request) -> Situation:
    return situation


@dataclass(frozen=True, slots=True)
class Service:
    """How one service departs: the action prefix it answers to, and what it changes about a request's situation."""

    prefix: str
    situation: Callable[[Situation, Request], Situation] = _unchanged


def situation(request: Request, layers: Layers) -> Situation:
    """The situation of a request: what holds for every service, then what this one changes."""
    caller = request.principal
    owner = request.resource_account or caller.account
    general = Situation(
        kind=caller.kind,
        cross_account=caller.account is not None and owner != caller.account,
        # The management account and service-linked roles are exempt; outsiders are in no organization (ORG-004 to 012).
        scps_apply=not caller.service_linked and layers.settings.get("management_caller") != "true",
        rcps_apply=not caller.service_linked and layers.settings.get("management_resource") != "true",
        # A federated session without a session policy has no permissions of its own (EVAL-015).
        session_required=caller.kind is PrincipalKind.FEDERATED_USER and layers.session is None,
    )
    service = _services().get(request.action.partition(":")[0].lower())
    return service.situation(general, request) if service else general


@cache
def _services() -> Mapping[str, Service]:
    declared = plugins.table(sys.modules[__name__], "SERVICE").values()
    return {service.prefix: service for service in declared if isinstance(service, Service)}
