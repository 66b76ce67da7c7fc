"""
Amazon OpenSearch Service: a domain policy speaks of the domain's HTTP interface; the configuration needs an identity policy.

Source: Amazon OpenSearch Service Developer Guide, "Identity and Access Management": in a domain
policy `es:*` is the same as `es:ESHttp*`; "Cross-cluster search" and "Cross-cluster replication"
grant es:ESCrossClusterGet by the policy of the remote domain.
"""

from __future__ import annotations

from iamsim.engine.evaluation import Situation
from iamsim.engine.services import Service, changed
from iamsim.model.policy import Layers
from iamsim.model.request import Request


def situation(general: Situation, request: Request, _: Layers) -> Situation:
    """What becomes of the situation of a request to OpenSearch Service."""
    if not request.action.lower().startswith(("es:eshttp", "es:escrosscluster")):
        return changed(general, resource_grants=False)
    return general


SERVICE = Service("es", situation)
