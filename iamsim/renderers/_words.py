"""The words and marks that every format uses for the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from iamsim.model.finding import Accepted, Ground, Kind
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.report import Message, RoleUse, Status
from iamsim.model.tool import Credential, Necessity
from iamsim.model.verdict import Decision

UNKNOWN_TEXT = "\u2039unknown\u203a"
"""What is shown for text that the inputs do not tell, in angle quotation marks that no shell takes for a redirection."""


def visible(text: object, *, keep: str = "\n\t") -> str:
    r"""
    The text with nothing in it that acts on a terminal, or that a reader cannot see.

    Control and format characters (escape codes, right-to-left overrides, zero-width letters, lone
    surrogates) become `\uXXXX`, which inside JSON still means the same. `keep` lists those that
    stay.
    """
    shown = str(text).replace(HOLE, UNKNOWN_TEXT)
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() or c in keep else _escape(c) for c in shown)


LONGEST = 2_000
"""Characters of one text that a page shows; a policy's Sid, a tag or a claim may be as long as a file."""


def clipped(value: object) -> str:
    """`visible` text, None as nothing, and of a very long one the beginning."""
    shown = visible("" if value is None else value)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}… {len(shown) - LONGEST:,} characters more"


def line(text: object) -> str:
    """`visible` text on one line: line breaks and tabs are shown, not obeyed."""
    return visible(text, keep="")


class Tone(StrEnum):
    """What a status means to the reader; every tone has its own mark, so colour is never alone."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "open"
    WARN = "warn"
    FLAT = "flat"


MARKS = {Tone.GOOD: "✓", Tone.BAD: "✗", Tone.OPEN: "?", Tone.WARN: "!", Tone.FLAT: "·"}


@dataclass(frozen=True, slots=True)
class Label:
    """A word and its tone."""

    word: str
    tone: Tone

    @property
    def mark(self) -> str:
        """The sign before the word."""
        return MARKS[self.tone]

    def __str__(self) -> str:
        return f"{self.mark} {self.word}"


STATUS = {
    Status.ALLOWED: Label("allowed", Tone.GOOD),
    Status.DENIED: Label("denied", Tone.BAD),
    Status.UNKNOWN: Label("unknown", Tone.OPEN),
    Status.BLOCKED: Label("blocked", Tone.BAD),
    Status.NO_CREDENTIALS: Label("no credentials", Tone.BAD),
    Status.INVALID: Label("invalid", Tone.BAD),
    Status.NOT_IAM: Label("not decided by IAM", Tone.FLAT),
    Status.NOT_NEEDED: Label("not needed", Tone.FLAT),
    Status.NOT_APPLICABLE: Label("not applicable", Tone.FLAT),
}
TOKEN_STATUS = STATUS | {
    Status.ALLOWED: Label("accepted", Tone.GOOD),
    Status.DENIED: Label("refused by the server", Tone.BAD),
    Status.UNKNOWN: Label("not verified", Tone.OPEN),
    Status.INVALID: Label("refused by the server", Tone.BAD),
    Status.NOT_APPLICABLE: Label("none given", Tone.FLAT),
}
ASSUME_STATUS = STATUS | {
    Status.ALLOWED: Label("can be assumed", Tone.GOOD),
    Status.DENIED: Label("cannot be assumed", Tone.BAD),
    Status.BLOCKED: Label("call never made", Tone.BAD),
    Status.NO_CREDENTIALS: Label("call never leaves the server", Tone.BAD),
    Status.INVALID: Label("call is invalid", Tone.BAD),
    Status.NOT_APPLICABLE: Label("no role is assumed", Tone.FLAT),
}
IDENTITY_STATUS = STATUS | {
    Status.ALLOWED: Label("handed out", Tone.GOOD),
    Status.DENIED: Label("cannot be handed out", Tone.BAD),
    Status.UNKNOWN: Label("may not be handed out", Tone.OPEN),
}
DECISION = {
    Decision.ALLOWED: Label("allowed", Tone.GOOD),
    Decision.EXPLICIT_DENY: Label("explicitly denied", Tone.BAD),
    Decision.IMPLICIT_DENY: Label("implicitly denied", Tone.BAD),
    Decision.UNKNOWN: Label("unknown", Tone.OPEN),
}
KIND = {
    Kind.GAP: Label("gap", Tone.BAD),
    Kind.UNKNOWN: Label("unknown", Tone.OPEN),
    Kind.HAZARD: Label("hazard", Tone.WARN),
    Kind.NOTE: Label("note", Tone.FLAT),
}
IF_NEEDED = Label("denied if needed", Tone.OPEN)
"""The answer to a request of which it is open whether it is made at all."""
ROLE_USE = {
    RoleUse.USES: "uses the role",
    RoleUse.GATE_ONLY: "needs it only assumable",
    RoleUse.IGNORES: "ignores the role",
}
ROLE_USE_MANY = {
    RoleUse.USES: "use the role",
    RoleUse.GATE_ONLY: "need it only assumable",
    RoleUse.IGNORES: "ignore the role",
}
CREDENTIAL = {
    Credential.ROLE: "the role",
    Credential.SERVER: "the server",
    Credential.BROKERED: "a brokered role",
    Credential.BEARER: "a bearer token",
    Credential.UNSIGNED: "unsigned",
    Credential.NONE: "no credential",
}
NECESSITY = {
    Necessity.REQUIRED: "required",
    Necessity.CONDITIONAL: "conditional",
    Necessity.OPTIONAL: "optional",
    Necessity.DEFERRED: "deferred",
    Necessity.DECIDES_RESULT: "decides the result",
}
POLICY_TYPE = {
    PolicyType.IDENTITY: "identity policies",
    PolicyType.RESOURCE: "resource policies",
    PolicyType.BOUNDARY: "permissions boundaries",
    PolicyType.SCP: "service control policies (SCP)",
    PolicyType.RCP: "resource control policies (RCP)",
    PolicyType.SESSION: "session policies",
    PolicyType.VPC_ENDPOINT: "VPC endpoint policies",
}
ONE_POLICY = {
    PolicyType.IDENTITY: "identity policy",
    PolicyType.RESOURCE: "resource policy",
    PolicyType.BOUNDARY: "permissions boundary",
    PolicyType.SCP: "service control policy",
    PolicyType.RCP: "resource control policy",
    PolicyType.SESSION: "session policy",
    PolicyType.VPC_ENDPOINT: "VPC endpoint policy",
}
EXITS = {
    0: "nothing stands in the way",
    1: "gaps",
    2: "the command or an input was wrong",
    3: "nothing to check was found",
    4: "unknown, and no gap",
    5: "AWS or the tool itself failed",
}


def accepted(by: Accepted) -> str:
    """Why a finding does not count for the gate."""
    if by.ground is Ground.BASELINE:
        return "known: it stands in the baseline"
    who = f" by {by.owner}" if by.owner else ""
    until = f" until {by.expires}" if by.expires else ", without an end"
    return f"waived{who}{until}: {by.reason}"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 gap`, `2 gaps`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(items: Iterable[str], *, limit: int | None = None) -> str:
    """Items as a person lists them, `a, b and c`; those beyond `limit` are counted."""
    shown = list(items)
    if limit is not None and len(shown) > limit:
        return ", ".join(shown[:limit]) + f" and {len(shown) - limit} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def speaker(message: Message) -> str:
    """Who would say it."""
    return "the server" if message.speaker == "server" else message.speaker


def unquoted(message: Message) -> str:
    """What the server would do, where nothing tells its words; empty for words that can be quoted."""
    if message.speaker != "server" or message.basis != "inferred":
        return ""
    return f"would refuse it: {message.text.removeprefix('invalid token: ')} (the manifest does not give the server's words)"


def touched(tools: Sequence[str]) -> str:
    """The tools that a finding touches, by name while they are few."""
    return listed(tools) if len(tools) <= _FEW else count(len(tools), "tool")


_FEW = 8


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFFFF:  # noqa: PLR2004 - the last code point of one UTF-16 unit
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
