"""An MCP server: its base credentials, and the call it builds from a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import Policy

WEB_IDENTITY = "AssumeRoleWithWebIdentity"
"""The operation that takes a token in the place of credentials."""


@dataclass(frozen=True, slots=True)
class TokenProfile:
    """
    Which tokens the server accepts.

    `issuer` and `audience` name the parameters that switch those checks on (empty: never checked);
    `verifies` is False for a server that takes any token as it comes. `messages` maps refusal codes
    (`expired`, `not_yet_valid`, `invalid_signature`, `invalid_issuer`, `invalid_audience`,
    `missing_claim`, `algorithm`, `malformed`) to what the server answers, in its own words.
    """

    algorithms: tuple[str, ...] = ()
    required_claims: tuple[str, ...] = ()
    issuer: str = ""
    audience: str = ""
    verifies: bool = True
    messages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssumeTemplate:
    """
    How the server builds its AssumeRole call from a token.

    Claim lists are tried in order, the first claim that is there wins. Templates know `{subject}`
    and `{unix_time}`. In the session name every character that matches `session_name_replace` (a
    character class) becomes `session_name_replacement`, and the result is cut to
    `session_name_length`. A template of None means that the parameter is never sent. The duration
    is the parameter `duration_parameter`, clamped, else `duration_default`; seconds. `operation` is
    AssumeRole, made with the server's own credentials, or AssumeRoleWithWebIdentity, which passes the
    token itself to STS and needs none. `role_parameter` is the setting that holds the role where no
    claim names one. `session_policy` is the document, as JSON, that the server passes with the call;
    `{subject}` stands inside of its texts.
    `messages` maps `missing_role`, `missing_subject` and `failed` to the server's own words;
    `no_credentials` is what its log says when it has none.
    """

    role_claims: tuple[str, ...]
    subject_claims: tuple[str, ...]
    session_name: str
    session_name_replace: str = ""
    session_name_replacement: str = "-"
    session_name_length: int = 64
    source_identity: str | None = None
    tag_claims: tuple[str, ...] = ()
    transitive_claims: tuple[str, ...] = ()
    external_id: str | None = None
    duration_parameter: str = ""
    duration_default: int = 3600
    duration_min: int = 900
    duration_max: int = 43200
    messages: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    operation: str = "AssumeRole"
    role_parameter: str = ""
    session_policy: str = ""

    @property
    def passes_token(self) -> bool:
        """Whether the token itself goes to STS."""
        return self.operation == WEB_IDENTITY


@dataclass(frozen=True, slots=True)
class Broker:
    """A service that hands the server credentials of a role session in exchange for the token."""

    name: str
    description: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    Something a need depends on: a tool argument, a setting of the server, or a fact of the account.

    `default` is what holds when nobody sets it, and may name other parameters in braces; None means
    that it must be set, or stays unknown. `kind` is `text`, `flag` or `s3-uri` (which brings the
    parts `.bucket`, `.key` and `.versionId`). `begins` is how a value must begin: the server refuses
    another before it calls anything.
    """

    name: str
    description: str = ""
    default: str | None = None
    kind: str = "text"
    begins: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """
    The tests that come with a server; what each calls stands with its tool.

    `looks_at` is what a pass of them rests on (`answer-exists`, `schema`, …), empty where that is not told.
    """

    name: str
    looks_at: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """
    How a manifest came to be, so that a reader knows how far to trust it.

    `how` is `written` (by a person who read the source), `inferred` (from the source, by program),
    `recorded` (from the server's behaviour) or `declared` (by the server itself). `subject` is what
    was looked at, with its version; `made` and `reviewed` are days (ISO 8601), the latter empty where
    no person has held the needs against the source. `uncertain` are sentences.
    """

    how: str
    subject: str = ""
    made: str = ""
    reviewed: str = ""
    uncertain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """
    An MCP server at one version.

    `base` says in words where the process takes its own credentials from. `assume` is None for a
    server that makes no AssumeRole call, `broker` None for one that is handed no role session.
    `context` are condition keys that every call of the server carries. `modes` are the ways it can
    be deployed (empty: one way). `bearer` says in words what the credential is that IAM never sees.
    `errors` is how a tool that failed answers: `answered` (like one that did not, the error among the
    text), `flagged` (as an error), empty where that is not told.
    """

    name: str
    version: str
    title: str = ""
    base: str = ""
    token: TokenProfile | None = None
    assume: AssumeTemplate | None = None
    broker: Broker | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    origin: Origin = NOWHERE
    provenance: Provenance | None = None
    bearer: str = ""
    errors: str = ""
    suite: Suite | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """
    One sts:AssumeRole call as the server makes it.

    Values may hold a `HOLE` where the inputs do not tell (a subject without a token). `tags` is
    None when it is not known whether any are sent. `duration` counts seconds. `session_policy` limits
    the session to what it allows too; None when none is passed.
    """

    role_arn: str
    session_name: str
    source_identity: str | None = None
    tags: Mapping[str, str] | None = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    external_id: str | None = None
    duration: int = 3600
    session_policy: Policy | None = None
