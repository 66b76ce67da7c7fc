"""What was seen of a running server: results of tools, answers of AWS, lines of logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from iamsim.model.origin import NOWHERE, Origin


class Outcome(StrEnum):
    """How something came out, as the evidence says it."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class Subject(StrEnum):
    """
    What a result is about.

    A loop calls several tools one after the other: it is one result without a tool, and each of its steps another with one.
    """

    TOOL = "tool"
    RESOURCE = "resource"
    LOOP = "loop"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Result:
    """
    One call of a tool, or one test of it, and how that came out.

    `name` is what the evidence calls it (`search_catalog.file.no_bucket`), `tool` the tool that was called, None where
    that is not told. `arguments` are redacted; None where they are not told, which is not the same as none. `error` is
    redacted text of any number of lines, `timed_out` whether it says that an answer was waited for in vain.
    `looked_at` says what the outcome rests on (`answer-exists`, `schema`, `min-results`, `error-field`, …), empty where
    that is not told: a pass that rests on `answer-exists` alone may have failed inside.
    `answer` is the beginning of what the tool answered, redacted, where the evidence holds it; `told_error` what that
    answer itself calls an error although the result passed. `seconds` is how long it took. `count` is how often it was seen.
    `at` is when it began, without a time zone where the evidence tells none. `effect` is what a configuration says that the
    test does to the world (`none`, `create`, `update`, `remove`, `configure`), empty where that is not told. `output` is
    the beginning of what was printed or logged meanwhile, redacted, where the evidence holds it.
    """

    name: str
    outcome: Outcome
    subject: Subject = Subject.TOOL
    tool: str | None = None
    arguments: Mapping[str, Any] | None = None
    error: str = ""
    error_type: str = ""
    timed_out: bool = False
    looked_at: tuple[str, ...] = ()
    answer: str = ""
    told_error: str = ""
    seconds: float | None = None
    at: datetime | None = None
    origin: Origin = NOWHERE
    count: int = 1
    effect: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """
    One API call, or many alike, and AWS's answer.

    `operation` is AWS's name with the service as the SDK calls it (`sts:AssumeRole`, `bedrock-runtime:InvokeModel`),
    without the service where its name alone does not tell it, empty where the operation is not told. `action` is the IAM
    action that the answer names, else the one that every call of the operation asks for; None where that is several or
    not known. `code` is empty for a call that succeeded; `message` is AWS's text, redacted. `principal` and `resource`
    are ARNs (`*` where AWS says so); of many calls alike, those of one of them. `denied_by` and `explicit` are what the
    message says of the policy type (IAM's word in the message: `identity-based`, `resource-based`, `permissions
    boundary`, `service control policy`, …), None where it says nothing. `context` are condition keys, lower case, that
    the evidence tells, and that are the same for all calls that are counted together. `key` tells apart whose credentials
    signed it, the last four characters of the access key id. `tool` is told by transcripts that hold both.
    """

    operation: str
    action: str | None = None
    principal: str | None = None
    resource: str | None = None
    code: str = ""
    message: str = ""
    denied_by: str | None = None
    explicit: bool | None = None
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str = ""
    tool: str | None = None
    at: datetime | None = None
    last: datetime | None = None
    origin: Origin = NOWHERE
    count: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """
    A line of a log that says something about credentials, tokens, roles or calls.

    `means` is what kind of line it is (`role-assumption-failed`, `role-assumption-completed`, `no-credentials`,
    `metadata-unreachable`, `token-refused`, `no-region`, …), `text` the line itself, redacted, `about` the role, tool or
    host that it names.
    """

    means: str
    text: str
    about: str = ""
    at: datetime | None = None
    origin: Origin = NOWHERE
    count: int = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    One file of evidence, read.

    `stated` are totals that the file itself prints (`tools passed` → 51), which need not be what its lines add up to;
    `expected` what a configuration says will be tested, as results of outcome `unknown`. `notes` say what is missing or
    odd (a report that ends in the middle), `malformed` counts entries that could not be read.
    """

    format: str
    location: str
    sha256: str
    results: tuple[Result, ...] = ()
    calls: tuple[Call, ...] = ()
    lines: tuple[Line, ...] = ()
    expected: tuple[Result, ...] = ()
    stated: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    malformed: int = 0
