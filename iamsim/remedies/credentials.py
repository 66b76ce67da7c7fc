"""Give the server's process AWS credentials."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Finding
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer

_PLACES = (
    "run the process with a role of its own: on ECS a task role (taskRoleArn in the task definition), on EKS a service account with "
    "IRSA or Pod Identity, on EC2 an instance profile, on Lambda the execution role; in a plain container pass AWS_ACCESS_KEY_ID, "
    "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of a session of such a role, and AWS_DEFAULT_REGION. Then check again with "
    "--server-principal ARN"
)


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """Where the process can get them."""
    settings = (("taskRoleArn", "arn:aws:iam::<account>:role/<the server's role>"),)
    yield Proposal(f"give {case.setup.server.name} AWS credentials", findings, instruction=_PLACES, settings=settings)


REMEDY = Proposer(("no-credentials",), propose)
