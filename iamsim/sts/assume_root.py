"""sts:AssumeRoot: a privileged task as the root user of a member account."""

from __future__ import annotations

import re
from datetime import datetime

from iamsim import redact
from iamsim.engine.context import KeyedSession
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Organization
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy
from iamsim.model.principal import Principal, PrincipalKind
from iamsim.model.report import Message
from iamsim.sts.assume_role import Permission
from iamsim.sts.federation import duration_errors, refusal

ASSUME_ROOT = "sts:AssumeRoot"
TASK_POLICIES = tuple(
    f"arn:aws:iam::aws:policy/root-task/{name}"
    for name in (
        "IAMAuditRootUserCredentials",
        "IAMCreateRootUserPassword",
        "IAMDeleteRootUserCredentials",
        "S3UnlockBucketPolicy",
        "SQSUnlockQueuePolicy",
    )
)
"""What AssumeRoot takes as TaskPolicyArn (AWS STS API Reference, AssumeRoot)."""


def root_errors(
    target: str, task_policy: str, duration: int, caller: Principal, organization: Organization
) -> tuple[Message, ...]:
    """
    What AssumeRoot is refused for whatever the policies say; `target` is a member account's id or the ARN of its root.

    Whether centralized root access is turned on, and who is its delegated administrator, is not
    loaded: a caller outside the management account is refused only where it is in no organization.
    Source: AWS STS API Reference, AssumeRoot; IAM User Guide, "Perform a privileged task on an AWS
    Organizations member account" (STS-061).
    """
    operation = "AssumeRoot"
    found = list(duration_errors(operation, duration, 0, 900))
    if not _TARGET.fullmatch(target):
        text = f"TargetPrincipal {redact.line(target)[:200]} is neither an account nor the ARN of its root user"
        found.append(refusal(operation, "ValidationError", text, "inferred"))
    if task_policy not in TASK_POLICIES:
        found.append(
            refusal(
                operation,
                "ValidationError",
                f"{redact.line(task_policy)[:200]} is no task policy of AssumeRoot",
                "inferred",
            )
        )
    if caller.kind is PrincipalKind.ROOT:
        found.append(refusal(operation, "AccessDenied", "root users cannot call AssumeRoot", "inferred"))
    account = organization.accounts.get(caller.account or "")
    if account is not None and account.organization == "":
        found.append(refusal(operation, "AccessDenied", "the caller's account is in no organization", "inferred"))
    return tuple(found)


def root_permission(target: str, task_policy: str, caller: Principal, simulator: Simulator) -> Permission:
    """The one request that AWS authorizes before AssumeRoot: an identity policy of the caller has to allow it on the root user."""
    request = simulator.request(
        caller, ASSUME_ROOT, root_arn(target, caller.partition), values={"sts:taskpolicyarn": (task_policy,)}
    )
    return Permission(ASSUME_ROOT, needed=True, request=request)


def root_session(target: str, task_policy: Policy, partition: str, at: datetime | None) -> Principal:
    """The root user of the target account, limited by the task policy (SESS-015)."""
    arn = root_arn(target, partition)
    session = KeyedSession("", policies=(task_policy,), issued_at=at, keys={"aws:assumedroot": ("true",)})
    return Principal(PrincipalKind.ROOT, arn, Arn.parse(arn).account, partition, session=session)


def root_arn(target: str, partition: str = "aws") -> str:
    """The ARN of an account's root user, from its id or from that ARN."""
    return target if target.startswith("arn:") else f"arn:{partition}:iam::{target}:root"


_TARGET = re.compile(r"[0-9]{12}|arn:[a-z-]+:iam::[0-9]{12}:root")
