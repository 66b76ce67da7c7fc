"""Who can ask: accounts, users, roles, role sessions, services, web identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from iamsim.errors import InputError
from iamsim.model.arn import Arn, is_service_linked
from iamsim.model.policy import Policy

HOLE = "\ue000"
"""
Stands inside a value for text that the inputs do not tell ("mcp-" then something).

A private-use character: AWS accepts none in the names that reach the engine, and the edge refuses
it in everything that is read.
"""

LITERAL_STAR, LITERAL_MARK = "\ue001", "\ue002"
"""Stand in a pattern for a `*` and a `?` that mean themselves (`${*}`, or a value put in for a variable)."""

RESERVED = (HOLE, LITERAL_STAR, LITERAL_MARK)
"""The characters that no input may hold."""


class PrincipalKind(StrEnum):
    """The kinds of caller, in the words of `aws:PrincipalType` where AWS has one."""

    ROOT = "Account"
    USER = "User"
    ROLE_SESSION = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    ANONYMOUS = "Anonymous"
    SERVICE = "AWSService"
    WEB_IDENTITY = "WebIdentityUser"
    SAML = "SAMLUser"


@dataclass(frozen=True, slots=True)
class Session:
    """
    What temporary credentials carry besides the role they were issued for.

    `policies` is None when no session policy was passed. `name` may hold a `HOLE`. `known` is False
    where the session may carry tags or a source identity that are not told.
    Source: IAM User Guide, "Temporary security credentials in IAM".
    """

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    policies: tuple[Policy, ...] | None = None
    issued_at: datetime | None = None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Principal:
    """
    One caller, as AWS sees it when it asks.

    `arn` is the caller's ARN (for a role session the `sts` ARN, for a service its name, for a
    federated identity the provider). `entity` is the ARN of the IAM entity whose policies count:
    the user, or the role with its path; None for callers that have none. `unique_id` is the
    entity's AIDA…/AROA… id where known. `tags` are those of the entity. `path_told` is False where
    the caller was given as a session, whose ARN drops the path of its role.
    """

    kind: PrincipalKind
    arn: str
    account: str | None = None
    partition: str = "aws"
    entity: str | None = None
    unique_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    session: Session | None = None
    federating_user: str | None = None
    path_told: bool = True

    @property
    def is_session(self) -> bool:
        """Whether the caller signs with temporary credentials."""
        return self.kind in (PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)

    @property
    def service_linked(self) -> bool:
        """Whether the caller is a session of a service-linked role (its path tells)."""
        return self.entity is not None and is_service_linked(self.entity)


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS, "anonymous")


def role_session(
    role: str,
    session: Session,
    *,
    unique_id: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Principal:
    """The session of the role with the ARN `role`; the session's ARN drops the role's path."""
    arn = Arn.parse(role)
    return Principal(
        PrincipalKind.ROLE_SESSION,
        f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{arn.name}/{session.name}",
        account=arn.account,
        partition=arn.partition,
        entity=role,
        unique_id=unique_id,
        tags=tags or {},
        session=session,
    )


def principal(text: str) -> Principal:
    """
    The caller that `text` names: an ARN of a user, role, session, federated user, account root or
    identity provider; a service principal; or `anonymous`.

    A role ARN stands for a session of that role whose name is not known; a session ARN for a role
    without a path, until somebody who knows the roles tells (`path_told`). Raises `InputError` for
    anything else.
    """
    if text == "anonymous":
        return ANONYMOUS
    if not text.startswith("arn:"):
        if "." in text and "/" not in text and ":" not in text:
            return Principal(PrincipalKind.SERVICE, text)
        raise InputError(
            f"`{text[:120]}` names no principal",
            hint="give the ARN of a role, user, session or account root, a service such as ecs-tasks.amazonaws.com, or `anonymous`",
        )
    arn = Arn.parse(text)
    kind, _, rest = arn.resource.partition("/")
    match arn.service, kind:
        case "iam", "root" if arn.resource == "root":
            return Principal(PrincipalKind.ROOT, text, arn.account, arn.partition)
        case "iam", "user" if rest:
            return Principal(PrincipalKind.USER, text, arn.account, arn.partition, entity=text)
        case "iam", "role" if rest:
            return role_session(text, Session(HOLE, known=False))
        case "iam", "oidc-provider" if rest:
            return Principal(PrincipalKind.WEB_IDENTITY, text, arn.account, arn.partition)
        case "iam", "saml-provider" if rest:
            return Principal(PrincipalKind.SAML, text, arn.account, arn.partition)
        case "sts", "assumed-role" if "/" in rest:
            role, name = rest.split("/", 1)
            bare = f"arn:{arn.partition}:iam::{arn.account}:role/{role}"
            return replace(role_session(bare, Session(name, known=False)), path_told=False)
        case "sts", "federated-user" if rest:
            return Principal(
                PrincipalKind.FEDERATED_USER, text, arn.account, arn.partition, session=Session(rest, known=False)
            )
        case _:
            raise InputError(
                f"`{text[:120]}` names no principal",
                hint="groups, policies and instance profiles cannot ask; give a role, user, session or account root",
            )
