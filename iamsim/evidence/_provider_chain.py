"""Where botocore looks for credentials, by its log: which provider had some, or that none had."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from iamsim import redact
from iamsim.evidence._log import Found
from iamsim.model.origin import Origin

_MANY = 100
_LAST = "iam-role"
"""The last provider of botocore's chain: who comes to it and finds nothing has no credentials."""
_ASK = ("assume-role", "assume-role-with-web-identity", "sso", "login", "custom-process", "container-role")

_PROVIDER = re.compile(r"Looking for credentials via: ([\w-]{1,60})")
_FOUND = (
    (re.compile(r"Found credentials in (environment variables)\b"), "env"),
    (re.compile(r"Found credentials from IAM Role: (\S{1,128})"), _LAST),
    (re.compile(r"Found credentials in shared credentials file: (\S{1,500})"), "shared-credentials-file"),
    (re.compile(r"Credentials found in config file: (\S{1,500})"), "config-file"),
    (re.compile(r"Found credentials in (AWS_CREDENTIAL_FILE)\b"), "ec2-credentials-file"),
    (re.compile(r"Found credentials in boto config file: (\S{1,500})"), "boto-config"),
)
# What InstanceMetadataFetcher says where it has no credentials, and what botocore does after the walk.
_NONE = re.compile(
    r"Max number of attempts exceeded|Bad IMDS request|Error response received when retrieving|"
    r"Retrieved credentials is missing"
)
_GOES_ON = re.compile(r"Making request for |\bSetting \S{1,60} timeout as |\bEvent (?:before|creating)-")


@dataclass(slots=True)
class Walk:
    """
    The walk along botocore's chain of providers, until one has credentials or none is left.

    Not every provider says that it had some; the walk then stops at it, and something else is done.
    """

    found: Found
    _looked: list[str] = field(default_factory=list)
    _last: tuple[str, datetime | None, Origin] = ("", None, Origin(""))

    def line(self, text: str, at: datetime | None, origin: Origin) -> None:
        """Takes in one line."""
        looking = _PROVIDER.search(text)
        if looking is not None:
            # A provider that was asked already begins another walk.
            if looking[1] in self._looked or len(self._looked) >= _MANY:
                self._looked.clear()
            self._looked.append(looking[1])
            self._last = (text, at, origin)
            return
        for pattern, provider in _FOUND:
            found = pattern.search(text)
            if found is not None:
                where = "" if found[1] in {"environment variables", "AWS_CREDENTIAL_FILE"} else f" {found[1]}"
                self._ended("credentials-found", f"{provider}{where}", text, at, origin)
                return
        if not self._looked:
            return
        last = self._looked[-1]
        if last == _LAST and _NONE.search(text) is not None:
            self._ended("no-credentials", f"looked for via {', '.join(self._looked)}", text, at, origin)
        elif _GOES_ON.search(text) is not None:
            if last in _ASK:
                self._ended("credentials-found", last, *self._last)
            self._looked.clear()

    def _ended(self, means: str, about: str, text: str, at: datetime | None, origin: Origin) -> None:
        self.found.line(means, text, redact.line(about), at, origin)
        self._looked.clear()
