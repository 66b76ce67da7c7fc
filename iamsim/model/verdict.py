"""What the engine answers: decisions, and the verdict of every statement behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import PolicyType, Statement
from iamsim.model.request import Request


class Decision(StrEnum):
    """IAM's EvalDecision, and `unknown` for what the inputs leave open."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"
    UNKNOWN = "unknown"


class Layer(StrEnum):
    """Which part of the evaluation decided: a policy type, or the service itself."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SCP = "scp"
    RCP = "rcp"
    SESSION = "session"
    VPC_ENDPOINT = "vpcEndpoint"
    SERVICE = "service"


# Made for every element of every statement: a Struct is made in an eighth of a frozen dataclass's time.
class ElementVerdict(Struct, frozen=True):
    """
    How one element of a statement met the request.

    `matched` is None when the inputs do not tell. `detail` says in words what was compared;
    `missing` names the condition keys or parameters that would tell.
    """

    element: str
    matched: bool | None
    detail: str = ""
    missing: tuple[str, ...] = ()
    origin: Origin = NOWHERE


class StatementVerdict(Struct, frozen=True):
    """How one statement met the request, element by element."""

    statement: Statement
    policy: str
    type: PolicyType
    elements: tuple[ElementVerdict, ...]
    level: int = 0

    @property
    def matched(self) -> bool | None:
        """Strong Kleene conjunction of the elements."""
        result: bool | None = True
        for element in self.elements:
            if element.matched is False:
                return False
            if element.matched is None:
                result = None
        return result

    @property
    def missing(self) -> tuple[str, ...]:
        """What would have to be known, where the statement is undecided."""
        if self.matched is not None:
            return ()
        return tuple(dict.fromkeys(key for element in self.elements for key in element.missing))


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    A decision with everything behind it.

    `possible` holds the decisions that the unknowns leave open: without `allowed` among them it is
    a sure denial. `layer` decided; `failing` names every layer that stands in the way, in AWS's
    order of enforcement. `decisive` are the statements that decided: the matching Deny, the
    matching Allow, or for an implicit denial the Allow statements of the failing layer that came
    closest. `missing_context` names keys and parameters on which an unknown depends;
    `unseen` the policy types that could apply and were not loaded.
    """

    request: Request
    decision: Decision
    possible: tuple[Decision, ...]
    layer: Layer | None
    reason: str
    failing: tuple[Layer, ...]
    decisive: tuple[StatementVerdict, ...]
    statements: tuple[StatementVerdict, ...]
    missing_context: tuple[str, ...] = ()
    unseen: tuple[PolicyType, ...] = ()
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether AWS would let the request through, for sure."""
        return self.decision is Decision.ALLOWED

    @property
    def denied(self) -> bool:
        """Whether AWS would refuse the request, for sure (of whatever kind)."""
        return Decision.ALLOWED not in self.possible
