"""The requests worth asking: assume the roles, then every permission every tool needs."""

from __future__ import annotations

from dataclasses import replace

from iamsim.model.report import Status
from iamsim.probes.asking import Asker, status_of, worst
from iamsim.probes.case import Case, Setup
from iamsim.probes.needs import Needs
from iamsim.probes.roles import Roles

__all__ = ["Case", "Setup", "asked", "status_of", "worst"]


def asked(setup: Setup) -> Case:
    """Every request of the set-up, asked once each however many tools need it."""
    asker = Asker(setup.simulator)
    roles = Roles(setup, asker)
    identity, assume = roles.identity(), roles.assume()
    hops = roles.hops() if assume.status is not Status.NOT_APPLICABLE or setup.server.broker else ()
    # What tools wait for is the last session of the chain.
    gate = replace(assume, status=worst([assume.status, *(hop.status for hop in hops)])) if hops else assume
    needs = Needs(setup, asker, roles)
    tools = tuple(needs.of(tool, gate) for tool in setup.tools)
    return Case(setup, assume, tools, asker.probes, identity, hops)
