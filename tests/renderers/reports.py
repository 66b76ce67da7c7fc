"""Reports as the check makes them, built by hand: one story each."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from msgspec import structs

from iamsim import documents
from iamsim.model.finding import Confidence, Finding, Kind, Severity
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE, Session, principal, role_session
from iamsim.model.remedy import Disposition, Edit, Proof, Remedy, RemedyKind, Slot, Widening
from iamsim.model.report import (
    SCHEMA,
    AssumeStep,
    Attempt,
    Input,
    Message,
    Need,
    Probe,
    Report,
    RoleUse,
    Status,
    TokenStep,
    ToolResult,
)
from iamsim.model.request import Context, Request
from iamsim.model.server import Call, Server
from iamsim.model.tool import Credential, Necessity, Requirement
from iamsim.model.verdict import Decision, ElementVerdict, Explanation, Layer, StatementVerdict

MOMENT = datetime(2026, 1, 30, 12, 0, tzinfo=UTC)
ROLE = "arn:aws:iam::111122223333:role/mcp/reader"
TASK = "arn:aws:iam::111122223333:role/quilt-mcp-task-role"
SESSION = "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/4f0c2f9d"
TRUST = documents.policy(
    """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "AllowAccount",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
      "Action": "sts:AssumeRole"
    }
  ]
}
""",
    document="accounts/one/roles/mcp/reader/trust.json",
    name="of mcp/reader",
)
TASK_POLICY = documents.policy(
    """{
  "Version": "2012-10-17",
  "Statement": {
    "Sid": "AssumeTenantRoles",
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Resource": "arn:aws:iam::111122223333:role/mcp/*"
  }
}
""",
    document="accounts/one/roles/quilt-mcp-task-role/inline/assume.json",
)
READER_POLICY = documents.policy(
    """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadObjects",
      "Effect": "Allow",
      "Action": ["s3:ListBucket", "s3:GetObject", "s3:GetBucketLocation"],
      "Resource": ["arn:aws:s3:::quilt-ernest-staging", "arn:aws:s3:::quilt-ernest-staging/*"],
      "Condition": {"Bool": {"aws:SecureTransport": "true"}}
    }
  ]
}
""",
    document="accounts/one/roles/mcp/reader/inline/read.json",
)
MATRIX = """
bucket_objects_list uses role s3:ListBucket s3:GetObject
bucket_object_info uses role s3:GetObject s3:GetObjectVersion s3:ListBucket
bucket_object_text uses role s3:GetObject s3:GetObjectVersion s3:ListBucket kms:Decrypt
bucket_object_fetch uses role s3:GetObject s3:GetObjectVersion s3:ListBucket kms:Decrypt
bucket_object_link uses role s3:GetObject s3:GetObjectVersion
bucket_objects_put uses role s3:PutObject kms:GenerateDataKey
package_create gate-only server s3:GetObject s3:ListBucket s3:GetObjectVersion s3:PutObject s3:PutObjectTagging kms:Decrypt
package_update gate-only server s3:GetObject s3:ListBucket s3:GetObjectVersion s3:PutObject s3:PutObjectTagging kms:Decrypt
package_delete gate-only server s3:ListBucket s3:DeleteObject
package_browse ignores server s3:GetObject s3:GetObjectVersion s3:ListBucket
package_diff ignores server s3:GetObject s3:GetObjectVersion s3:ListBucket
package_create_from_s3 ignores server s3:ListAllMyBuckets s3:ListBucket s3:GetObject s3:PutObject kms:Decrypt
athena_query_execute ignores server athena:StartQueryExecution athena:GetQueryResults glue:GetDatabase glue:GetTable
athena_tables_list ignores server athena:StartQueryExecution athena:GetQueryResults glue:GetDatabase glue:GetTables
discover_permissions ignores server sts:GetCallerIdentity s3:ListAllMyBuckets s3:ListBucket
check_bucket_access ignores server s3:ListBucket s3:GetBucketLocation s3:GetBucketAcl
search_catalog ignores bearer
admin_user_get ignores bearer
admin_user_create ignores bearer
tabulator_tables_list ignores bearer
catalog_uri ignores none
workflow_create ignores none
"""
"""Tool, what it does with the role, its credential, the actions it needs."""


def refused() -> Report:
    """One account; both sides allow sts:AssumeRole only, and one object action is missing from the role."""
    probes = (
        _assume("sts:AssumeRole", identity=True, trust=True),
        _assume("sts:SetSourceIdentity", identity=False, trust=False),
        missing("s3:PutObject", "arn:aws:s3:::quilt-ernest-staging/.quilt/packages/" + HOLE),
        _undecided(),
    )
    return _report(
        assume=AssumeStep(
            Status.DENIED,
            ROLE,
            SESSION,
            Call(ROLE, "mcp-alice-1769774400", "alice"),
            probes=("assume/sts:AssumeRole", "assume/sts:SetSourceIdentity"),
            predicted=(_words("sts:SetSourceIdentity"),),
            command=f"aws sts assume-role --role-arn {ROLE} --role-session-name mcp-alice-1769774400 "
            "--source-identity alice --duration-seconds 3600",
            notes=("the task role is a session, so the new session lasts at most one hour",),
        ),
        tools=_tools(Status.BLOCKED),
        probes=probes,
        findings=(*_gaps(), _open(), *_hazards()),
        remedies=_remedies(),
        assumptions=("no VPC endpoint policy applies (--assume-none vpc-endpoint)",),
        caveats=("Lake Formation grants are not part of IAM",),
        exit_code=1,
    )


def no_credentials() -> Report:
    """The container without AWS credentials: the call never leaves it."""
    gap = Finding(
        "no-credentials:server",
        "no-credentials",
        Kind.GAP,
        Severity.CRITICAL,
        Confidence.CERTAIN,
        "assume",
        "sts:AssumeRole",
        "the server's process has no AWS credentials, so its AssumeRole call never leaves it",
        evidence=("the start script passes no AWS credentials to the container",),
        tools=("bucket_objects_list", "package_create"),
    )
    fix = Remedy(
        "r1",
        "credentials",
        (gap.key,),
        RemedyKind.INSTRUCTION,
        "give the container credentials",
        instruction="pass the credentials of the principal that the role's trust policy names",
        settings=(("AWS_PROFILE", "quilt-mcp"), ("AWS_EC2_METADATA_DISABLED", "true")),
    )
    tools = tuple(
        replace(tool, status=Status.NO_CREDENTIALS) if tool.needs else tool for tool in _tools(Status.NO_CREDENTIALS)
    )
    return _report(
        assume=AssumeStep(
            Status.NO_CREDENTIALS,
            ROLE,
            None,
            Call(ROLE, "mcp-" + HOLE, HOLE, tags=None),
            predicted=(Message("Unable to locate credentials", "the server's log", "observed"),),
        ),
        tools=tools,
        findings=(gap,),
        remedies=(fix,),
        exit_code=1,
    )


def fixed() -> Report:
    """The repaired account: everything was seen, hazards remain."""
    allowed = (
        _assume("sts:AssumeRole", identity=True, trust=True),
        _assume("sts:SetSourceIdentity", identity=True, trust=True),
    )
    return _report(
        assume=AssumeStep(
            Status.ALLOWED,
            ROLE,
            SESSION,
            Call(ROLE, "mcp-alice-1769774400", "alice"),
            probes=tuple(probe.id for probe in allowed),
        ),
        tools=_tools(Status.ALLOWED),
        probes=allowed,
        findings=_hazards(),
        exit_code=0,
    )


def unseen() -> Report:
    """The repaired account without its account.toml: nobody said whether SCPs apply."""
    probe = _assume("sts:AssumeRole", identity=True, trust=True)
    open_ = replace(
        probe,
        explanation=replace(
            probe.explanation,
            decision=Decision.UNKNOWN,
            possible=(Decision.ALLOWED, Decision.EXPLICIT_DENY),
            unseen=(PolicyType.SCP, PolicyType.RCP),
        ),
    )
    finding = replace(
        _open(),
        key="unseen:scp",
        subject="scp",
        message="whether service control policies apply was not seen",
        probes=(open_.id,),
    )
    return _report(
        assume=AssumeStep(Status.UNKNOWN, ROLE, SESSION, Call(ROLE, "mcp-alice-1", "alice"), probes=(open_.id,)),
        tools=_tools(Status.UNKNOWN),
        probes=(open_,),
        findings=(finding,),
        exit_code=4,
    )


def large() -> Report:
    """As many tools and needs as the real manifest has: 53 and 214."""
    report = refused()
    probes, tools = list(report.probes), list(report.tools)
    needs = sum(len(tool.needs) for tool in tools)
    while len(tools) < 53:
        left = 53 - len(tools)
        wanted = -(-(214 - needs) // left)
        made = []
        for number in range(wanted):
            probe = replace(missing("glue:GetTable", f"arn:aws:glue:us-east-1:111122223333:table/db/t{number}"))
            probe = replace(probe, id=f"tool-{len(tools)}-{number}")
            probes.append(probe)
            made.append(need("glue:GetTable", Credential.SERVER, Status.DENIED, probe.id))
        needs += wanted
        tools.append(
            ToolResult(
                f"generated_tool_{len(tools)}",
                "Reads the tables of one Glue database and tells their columns.",
                RoleUse.IGNORES,
                (Credential.SERVER,),
                Status.DENIED,
                tuple(made),
                on_failure="HTTP 200 with an error in the body",
                source="src/quilt_mcp/services/athena_read_service.py:athena_tables_list",
            )
        )
    return replace(report, tools=tuple(tools), probes=tuple(probes))


EVIL = (
    "<script>alert(1)</script>",
    "[bold red]not bold[/bold red] [link=https://example.com]x[/link]",
    "\x1b[31mred\x1b[0m\x9b2J\x07",
    "abc\u202etxt.exe\u2066\u200b",
    "\"quoted\" 'single' `tick` &amp; onload=x",
    "two\nlines\r\n0 gaps",
    "\ud800 lone {{ 7 * 7 }} {% raw %}",
)


def hostile() -> Report:
    """Every name that an outsider chooses is an attack on a renderer."""
    report = refused()
    evil = " ".join(EVIL)
    policy = documents.policy(
        json.dumps({"Statement": {"Sid": evil[:40], "Effect": "Allow", "Action": EVIL[0], "Resource": [*EVIL[:6]]}}),
        document=f"policies/{EVIL[0]}.json",
        name=EVIL[1],
    )
    verdict = StatementVerdict(
        policy.statements[0], policy.name, PolicyType.IDENTITY, (ElementVerdict("Action", False, evil),)
    )
    probe = replace(
        report.probes[1],
        what=evil,
        explanation=replace(report.probes[1].explanation, decisive=(verdict,), reason=evil, statements=(verdict,)),
        message=Message(evil),
    )
    # A second gap with the cause of another, so that both are told as one group.
    alike = report.probes[2].explanation
    twin = replace(
        report.probes[2],
        id=evil,
        explanation=replace(alike, request=structs.replace(alike.request, action=evil, resource=evil)),
    )
    _, gap, *others = report.findings
    found = (report.findings[0], gap, replace(gap, key=f"{gap.key}-twin", probes=(evil,)), *others)
    edit = Edit(evil, Slot.INLINE, None, policy, diff=documents.diff(None, policy))
    return replace(
        report,
        role_arn=f"arn:aws:iam::111122223333:role/{evil}",
        server=Server(evil, evil, title=evil, notes=(evil,)),
        mode=evil,
        inputs=(Input("policies", evil, evil),),
        token=replace(report.token, claims={"sub": evil, evil: [evil], "nested": {evil: None}}, ignored=(evil,)),
        assume=replace(
            report.assume,
            role_arn=evil,
            principal=evil,
            call=Call(evil, evil, evil, {evil: evil}, (evil,), evil),
            command=f"aws {evil}",
            notes=(evil,),
            predicted=(Message(evil, evil),),
        ),
        tools=tuple(
            replace(tool, name=f"{tool.name} {evil}", description=evil, notes=(evil,), on_failure=evil, source=evil)
            for tool in report.tools
        ),
        probes=(report.probes[0], probe, *report.probes[2:], twin),
        findings=tuple(
            replace(finding, key=f"{finding.key}{evil}", message=evil, evidence=(evil,), tools=(evil,), subject=evil)
            for finding in found
        ),
        remedies=tuple(
            replace(
                remedy,
                title=evil,
                instruction=evil,
                settings=((evil, evil),),
                edits=(edit,),
                findings=tuple(f"{key}{twice}{evil}" for key in remedy.findings for twice in ("", "-twin")),
            )
            for remedy in report.remedies
        ),
        assumptions=(evil,),
        caveats=(evil,),
        settings={evil: evil},
    )


# ---------------------------------------------------------------- the parts


def _report(**parts: object) -> Report:
    empty = Report(
        schema=SCHEMA,
        version="0.1.0",
        at=MOMENT,
        role_arn=ROLE,
        server=Server(
            "quilt-mcp",
            "2026-01",
            title="Quilt MCP server",
            base="the default chain of boto3",
            notes=("one AssumeRole call per tool call",),
        ),
        mode="jwt",
        inputs=(
            Input("policies", "accounts/one", "2 roles, 3 policies"),
            Input("tools", "quilt-mcp@2026-01", "53 tools"),
            Input("token", "token.jwt", "HS256"),
        ),
        token=TokenStep(
            Status.ALLOWED,
            verified=True,
            header={"alg": "HS256", "typ": "JWT"},
            claims={"sub": "alice", "role_arn": ROLE, "exp": 1769778000, "catalog_token": "(redacted, 812 characters)"},
            role_arn=ROLE,
            ignored=("external_id",),
        ),
        assume=AssumeStep(Status.NOT_APPLICABLE),
        tools=(),
        probes=(),
        findings=(),
        remedies=(),
        settings={"bucket": "quilt-ernest-staging"},
    )
    return replace(empty, **parts)  # type: ignore[arg-type]


def _words(action: str) -> Message:
    return Message(
        "An error occurred (AccessDenied) when calling the AssumeRole operation: "
        f"User: {SESSION} is not authorized to perform: {action} on resource: {ROLE}"
    )


def _assume(action: str, *, identity: bool, trust: bool) -> Probe:
    mine = _verdict(TASK_POLICY, PolicyType.IDENTITY, action, matched=identity)
    theirs = _verdict(TRUST, PolicyType.RESOURCE, action, matched=trust)
    caller = role_session(TASK, Session("4f0c2f9d", issued_at=MOMENT))
    allowed = identity and trust
    failing = tuple(layer for layer, good in ((Layer.IDENTITY, identity), (Layer.RESOURCE, trust)) if not good)
    explanation = Explanation(
        Request(caller, action, ROLE, Context({"sts:sourceidentity": ("alice",)}), "111122223333"),
        Decision.ALLOWED if allowed else Decision.IMPLICIT_DENY,
        (Decision.ALLOWED if allowed else Decision.IMPLICIT_DENY,),
        None if allowed else Layer.RESOURCE,
        "identity policy and trust policy both allow it"
        if allowed
        else f"no statement of the role trust policy allows {action}, and no identity policy does",
        failing,
        (theirs,) if allowed else (theirs, mine),
        (mine, theirs),
    )
    what = f"the server's AssumeRole call needs {action}"
    return Probe(f"assume/{action}", what, explanation, None if allowed else _words(action))


def _verdict(policy: Policy, type: PolicyType, action: str, *, matched: bool) -> StatementVerdict:
    statement = policy.statements[0]
    detail = f"matches {action}" if matched else f"`sts:AssumeRole` does not match `{action}`"
    elements = [ElementVerdict("Action", matched, detail, origin=statement.action.origin)]
    if statement.principal:
        elements.append(ElementVerdict("Principal", True, "the account of the caller"))
    return StatementVerdict(statement, policy.name, type, tuple(elements))


def missing(action: str, resource: str) -> Probe:
    statement = READER_POLICY.statements[0]
    verdict = StatementVerdict(
        statement,
        READER_POLICY.name,
        PolicyType.IDENTITY,
        (
            ElementVerdict("Action", False, f"none of 3 actions matches `{action}`"),
            ElementVerdict("Resource", True, "arn:aws:s3:::quilt-ernest-staging/*"),
        ),
    )
    caller = role_session(ROLE, Session("mcp-alice-1769774400", source_identity="alice", issued_at=MOMENT))
    explanation = Explanation(
        Request(caller, action, resource, Context(), "111122223333", ("entry",)),
        Decision.IMPLICIT_DENY,
        (Decision.IMPLICIT_DENY,),
        Layer.IDENTITY,
        f"no identity policy of the role allows {action}",
        (Layer.IDENTITY,),
        (verdict,),
        (verdict,),
    )
    message = Message(
        f'User: {caller.arn} is not authorized to perform: {action} on resource: "{resource}" '
        f"because no identity-based policy allows the {action} action",
        basis="documented",
    )
    return Probe(f"tool/{action}", "bucket_objects_put writes an object", explanation, message)


def _undecided() -> Probe:
    statement = READER_POLICY.statements[0]
    verdict = StatementVerdict(
        statement,
        READER_POLICY.name,
        PolicyType.IDENTITY,
        (
            ElementVerdict(
                "Condition",
                None,
                "aws:SecureTransport is not known",
                ("aws:securetransport",),
                statement.conditions[0].origin,
            ),
        ),
    )
    explanation = Explanation(
        Request(principal(SESSION), "kms:Decrypt", "*", Context(complete=False), None),
        Decision.UNKNOWN,
        (Decision.ALLOWED, Decision.IMPLICIT_DENY),
        Layer.IDENTITY,
        "the decision depends on what the inputs do not tell",
        (),
        (verdict,),
        (verdict,),
        missing_context=("aws:securetransport",),
        unseen=(PolicyType.SCP,),
        caveats=("a changed policy takes some seconds to reach every region",),
    )
    return Probe("tool/kms:Decrypt", "bucket_object_text reads an encrypted object", explanation)


def need(action: str, credential: Credential, status: Status, *probes: str, when: str = "") -> Need:
    resource = "arn:aws:s3:::{bucket}/{key}"
    requirement = Requirement(
        action,
        (resource,),
        (credential,),
        Necessity.CONDITIONAL if when else Necessity.REQUIRED,
        condition=when,
        via="copy_object",
        source="src/quilt_mcp/tools/buckets.py",
    )
    return Need(
        requirement,
        ("arn:aws:s3:::quilt-ernest-staging/" + HOLE,),
        None if when else True,
        (Attempt(credential, status, SESSION, probes),),
        status,
        gap=status is Status.DENIED,
        hypothetical=credential is Credential.ROLE,
    )


def _tools(assumed: Status) -> tuple[ToolResult, ...]:
    found = []
    for written in MATRIX.strip().splitlines():
        name, use, credential, *actions = written.split()
        needs = []
        for action in actions:
            status = Status.ALLOWED
            if name == "bucket_objects_put" and action == "s3:PutObject":
                needs.append(need(action, Credential(credential), Status.DENIED, "tool/s3:PutObject"))
                continue
            if action.startswith("kms:"):
                status, when = Status.UNKNOWN, "when the bucket is encrypted with a customer key"
                needs.append(need(action, Credential(credential), status, "tool/kms:Decrypt", when=when))
                continue
            needs.append(need(action, Credential(credential), status))
        found.append(_tool(name, RoleUse(use), Credential(credential), tuple(needs), assumed))
    return tuple(found)


def _tool(name: str, use: RoleUse, credential: Credential, needs: tuple[Need, ...], assumed: Status) -> ToolResult:
    status = Status.NOT_IAM if not needs else assumed if use is not RoleUse.IGNORES else Status.ALLOWED
    if status is Status.ALLOWED and any(need.status is Status.UNKNOWN for need in needs):
        status = Status.UNKNOWN
    return ToolResult(
        name,
        f"What {name.replace('_', ' ')} says it does.",
        use,
        (credential,),
        status,
        needs,
        on_failure='HTTP 200 with {"error": …}' if needs else "",
        source=f"src/quilt_mcp/tools/{name}.py",
    )


def _gaps() -> tuple[Finding, ...]:
    return (
        Finding(
            "assume-denied:sts:SetSourceIdentity",
            "assume-denied",
            Kind.GAP,
            Severity.CRITICAL,
            Confidence.CERTAIN,
            "assume",
            "sts:SetSourceIdentity",
            f"the server may not set a source identity when it assumes {ROLE}",
            (TRUST.statements[0].origin, TASK_POLICY.statements[0].origin),
            ("the server always sends SourceIdentity",),
            ("assume/sts:SetSourceIdentity",),
            ("bucket_objects_list", "bucket_object_info", "bucket_object_text", "bucket_objects_put", "package_create"),
        ),
        Finding(
            "missing-permission:s3:PutObject",
            "missing-permission",
            Kind.GAP,
            Severity.HIGH,
            Confidence.CERTAIN,
            "tools",
            "s3:PutObject",
            "bucket_objects_put needs s3:PutObject, which the role lacks",
            (READER_POLICY.statements[0].origin,),
            (),
            ("tool/s3:PutObject",),
            ("bucket_objects_put",),
        ),
    )


def _open() -> Finding:
    return Finding(
        "unknown-need:kms:Decrypt",
        "unknown-need",
        Kind.UNKNOWN,
        Severity.MEDIUM,
        Confidence.LIKELY,
        "tools",
        "kms:Decrypt",
        "whether the role may use kms:Decrypt is not known; state --context aws:SecureTransport=true",
        (READER_POLICY.statements[0].origin,),
        (),
        ("tool/kms:Decrypt",),
        ("bucket_object_text", "bucket_object_fetch"),
    )


def _hazards() -> tuple[Finding, ...]:
    return (
        Finding(
            "acts-as-server:package_browse",
            "acts-as-server",
            Kind.HAZARD,
            Severity.HIGH,
            Confidence.CERTAIN,
            "tools",
            "package_browse",
            "any valid token gets the server's own permissions: the tool ignores the role",
            tools=("package_browse", "package_diff", "athena_query_execute"),
        ),
        Finding(
            "session-pinning:server",
            "session-pinning",
            Kind.NOTE,
            Severity.INFO,
            Confidence.LIKELY,
            "token",
            "QUILT_MCP_STATELESS_MODE",
            "without QUILT_MCP_STATELESS_MODE the session keeps the identity of the token that opened it",
        ),
    )


def _remedies() -> tuple[Remedy, ...]:
    trust = _with_action(TRUST, ("sts:AssumeRole", "sts:SetSourceIdentity"))
    task = _with_action(TASK_POLICY, ("sts:AssumeRole", "sts:SetSourceIdentity"))
    reader = _with_action(READER_POLICY, (*READER_POLICY.statements[0].action.values, "s3:PutObject"))
    return (
        Remedy(
            "r1",
            "allow_source_identity",
            ("assume-denied:sts:SetSourceIdentity",),
            RemedyKind.EDIT,
            "allow sts:SetSourceIdentity on both sides",
            edits=(
                Edit(ROLE, Slot.TRUST, TRUST, trust, documents.diff(TRUST, trust)),
                Edit(TASK, Slot.INLINE, TASK_POLICY, task, documents.diff(TASK_POLICY, task)),
            ),
            proof=Proof(("assume/sts:SetSourceIdentity",), domain="2 roles, 41 actions, 3 resources"),
        ),
        Remedy(
            "r2",
            "add_permission",
            ("missing-permission:s3:PutObject",),
            RemedyKind.EDIT,
            "allow s3:PutObject on the bucket's objects",
            disposition=Disposition.WIDENS,
            edits=(Edit(ROLE, Slot.INLINE, READER_POLICY, reader, documents.diff(READER_POLICY, reader)),),
            proof=Proof(
                ("tool/s3:PutObject",),
                widened=(Widening(ROLE, "s3:PutObject", "arn:aws:s3:::quilt-ernest-staging/other"),),
                domain="2 roles, 41 actions, 3 resources",
            ),
        ),
    )


def _with_action(policy: Policy, actions: tuple[str, ...]) -> Policy:
    statement = policy.statements[0]
    return replace(policy, statements=(replace(statement, action=replace(statement.action, values=actions)),))
