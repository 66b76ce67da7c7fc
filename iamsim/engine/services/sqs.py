"""
Amazon SQS: operations that another account cannot be let do, whatever the queue policy says.

Source: Amazon SQS Developer Guide, "Limitations of Amazon SQS custom policies".
"""

from __future__ import annotations

from iamsim.engine.evaluation import Situation
from iamsim.engine.services import Service, changed
from iamsim.model.policy import Layers
from iamsim.model.request import Request

_OWN = frozenset(
    f"sqs:{name}"
    for name in (
        "addpermission", "cancelmessagemovetask", "createqueue", "deletequeue", "listmessagemovetasks", "listqueues",
        "listqueuetags", "removepermission", "setqueueattributes", "startmessagemovetask", "tagqueue", "untagqueue",
    )
)  # fmt: skip


def situation(general: Situation, request: Request, _: Layers) -> Situation:
    """What becomes of the situation of a request to SQS."""
    if general.cross_account and request.action.lower() in _OWN:
        return changed(general, refused="SQS offers this operation to the queue's own account only")
    return general


SERVICE = Service("sqs", situation)
