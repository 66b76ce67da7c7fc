"""What a check asks about, and everything that was asked, with its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from iamsim.engine.simulator import Simulator
from iamsim.model.principal import Principal
from iamsim.model.report import AssumeStep, Probe, TokenStep, ToolResult
from iamsim.model.server import Server
from iamsim.model.token import Token
from iamsim.model.tool import Tool
from iamsim.model.verdict import Explanation
from iamsim.tokens.claims import Built
from iamsim.tokens.weaknesses.weakness import Weakness

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Setup:
    """
    What is checked: a server with its tools, the principal its process runs as, and the call it would make.

    `caller` is None for a process without credentials. `role_arn` is the role that the token or the
    user names, `chain` those that the session goes on to, in their order. `runs_on` says where the
    process gets the session of `caller` from (a name of `first_role.COMPUTES`, empty: not told), and
    `service_account` (`namespace/name`) as which it runs in a Kubernetes cluster. `settings` are the
    parameters' given values, `claims` the token that a server hands to STS as it is; `account` and
    `region` are filled in from the principals where they are not among them. `of_key` is what is
    weak about the token's key.
    """

    simulator: Simulator
    server: Server
    tools: tuple[Tool, ...]
    caller: Principal | None
    role_arn: str | None
    built: Built | None
    token: TokenStep
    settings: Values = field(default_factory=dict)
    at: datetime | None = None
    region: str | None = None
    chain: tuple[str, ...] = ()
    runs_on: str = ""
    service_account: str | None = None
    claims: Token | None = None
    of_key: tuple[Weakness, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """
    A set-up with everything asked of it; `probes` in the order asked, by id.

    `identity` is how the process came by its own role, None where that is not told; `hops` are the
    roles that the session goes on to.
    """

    setup: Setup
    assume: AssumeStep
    tools: tuple[ToolResult, ...]
    probes: Mapping[str, Probe]
    identity: AssumeStep | None = None
    hops: tuple[AssumeStep, ...] = ()

    @property
    def calls(self) -> tuple[AssumeStep, ...]:
        """The AssumeRole calls: the server's, then those of the chain."""
        return (self.assume, *self.hops)

    def explanation(self, id: str) -> Explanation:
        """The answer to one probe."""
        return self.probes[id].explanation
