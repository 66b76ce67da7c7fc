"""The API calls behind the reports of an SDK, and whose credentials signed each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from iamsim.catalog import sdk
from iamsim.model.tool import Credential
from iamsim.tools.monitoring import Event


@dataclass(frozen=True, slots=True)
class ApiCall:
    """
    One API call, with the requests it took collapsed into the last of them.

    `service` and `operation` are the SDK's names (`ce`, `GetCostAndUsage`); `started` and `took` are in
    milliseconds. `key` is the access key that signed it, empty for a call that was not signed, None where
    no report tells (see `silent`). `temporary`: a session token went with it. `bucket` is the one that
    the host name of an S3 request tells. `attempts` counts requests: none means that nothing was sent.
    `ended` is False where the report of the whole call has not come.
    """

    service: str
    operation: str
    started: int
    took: int
    key: str | None
    temporary: bool = False
    region: str = ""
    bucket: str = ""
    status: int = 0
    error: str = ""
    attempts: int = 1
    ended: bool = True

    @property
    def name(self) -> str:
        """As manifests write it: `s3.GetObject`."""
        return f"{self.service}.{self.operation}"

    @property
    def answer(self) -> str:
        """What AWS answered: the status and the error's code; in words where it answered nothing."""
        if not self.attempts:
            return "not sent"
        if not self.status:
            return f"no answer ({self.error})" if self.error else "no answer"
        return f"{self.status} {self.error}".rstrip() if self.error != str(self.status) else self.error

    @property
    def silent(self) -> str:
        """Why nobody can tell who signed it; empty where the reports tell."""
        if self.key is not None:
            return ""
        if self.attempts == 0:
            return "it was not sent: there were no credentials for it, or the request could not be built"
        if self.region:
            return "no report of its requests came: they are lost, or longer than the SDK sends"
        # botocore reads the key from SigV4 and S3's old signature, and reports no request that has another one.
        return "its requests were not reported, as with a bearer token or SigV4A"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an access key is, and what makes that less than sure, in words."""

    credential: Credential
    note: str = ""


def calls(events: Sequence[Event]) -> tuple[ApiCall, ...]:
    """
    The calls that the events, in the order in which they came, report; sorted by their start.

    Nothing in a report says which call a request belongs to: those of the same operation within the
    time of the call do, the last ones first.
    """
    waiting: dict[tuple[str, str], list[Event]] = {}
    found: list[ApiCall] = []
    for event in events:
        attempts = waiting.setdefault((event.service, event.api), [])
        if event.kind == "ApiCallAttempt":
            attempts.append(event)
            continue
        until = event.started + event.took
        first = max(0, len(attempts) - _NEAR)
        near = [n for n in range(first, len(attempts)) if event.started <= attempts[n].started <= until]
        near.sort(key=lambda n: (attempts[n].status, attempts[n].error) == (event.status, event.error))
        mine = near[-event.attempts :] if event.attempts else []
        last = attempts[mine[-1]] if mine else None
        for n in sorted(mine, reverse=True):
            del attempts[n]
        found.append(_call(event, last))
    found += [_call(None, one) for attempts in waiting.values() for one in attempts]
    return tuple(sorted(found, key=lambda call: call.started))


def holders(found: Iterable[ApiCall], environment: Mapping[str, str]) -> Mapping[str, Holder]:
    """
    Whose each access key is that signed one of the calls.

    `environment` is the one that the server was started with: a key in it is the server's. A key that is
    first seen after a call that gives keys out is taken for the one it gave; reports do not hold it.
    """
    given = frozenset(environment.values())
    known: dict[str, Holder] = {}
    issued: list[_Issued] = []
    for call in sorted(found, key=lambda call: call.started):
        if call.key and call.key not in known:
            fits = [one for one in issued if one.gave(call)] if call.key not in given else []
            if fits:
                issued.remove(fits[-1])
            if fits or call.key in given:
                known[call.key] = fits[-1].holder if fits else Holder(Credential.SERVER)
            elif "AWS_ACCESS_KEY_ID" in environment or Credential.SERVER in (one.credential for one in known.values()):
                known[call.key] = Holder(Credential.BROKERED, _UNTOLD)
            else:
                known[call.key] = Holder(Credential.SERVER, _FIRST)
        if call.status == _OK and call.name in _GIVES:
            asker = known.get(call.key) if call.key else None
            issued.append(_Issued(call.name, call.started + call.took, _given_out(call.name, asker, environment)))
    return known


def holder(call: ApiCall, known: Mapping[str, Holder]) -> Holder | None:
    """Whose credentials a call was made with; None where no report tells."""
    if call.key is None:
        return None
    if not call.key:
        return Holder(Credential.BEARER if call.name in _BY_TOKEN else Credential.UNSIGNED)
    return known.get(call.key)


def spoken(call: ApiCall, known: Mapping[str, Holder]) -> str:
    """How the key of a call is spoken of: whose it is, with its last characters where it is not the server's."""
    found = holder(call, known)
    if found is None:
        return "not reported"
    if not call.key:
        return "its token" if found.credential is Credential.BEARER else "unsigned"
    if found.credential is Credential.SERVER:
        return "server's key"
    end = f" (…{call.key[-_END:]})" if len(call.key) > 2 * _END else ""
    return f"role's key{end}" if found.credential is Credential.ROLE else f"other key{end}"


# ---------------------------------------------------------------- helpers

_END = 4

_NEAR = 200
_OK = 200
_UNTOLD = "nothing that was seen gave this key out"
_FIRST = "the first key that signed is taken for the server's own: the environment it was given holds none"
_OWN_ROLE = "the role of the web identity token that the server's environment names"
_PASSED_ON = "the role was assumed with a key that nothing that was seen gave out"
_VERSION = re.compile(r"\d{4}_\d\d_\d\d\Z")
_VIRTUAL = re.compile(r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3(?:express)?[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?")
_NO_BUCKET = re.compile(r"\.s3-(?:accesspoint|object-lambda|outposts|control)[.-]")
_WEB_IDENTITY = "sts.AssumeRoleWithWebIdentity"
_BY_TOKEN = (_WEB_IDENTITY, "sts.AssumeRoleWithSAML")
# Its keys go with a token of their own, which is no session token of STS.
_DIRECTORY = "s3.CreateSession"
_SIGN_ON = "sso.GetRoleCredentials"
# What gives keys out, and whose credentials those are; None: of whoever asks.
_GIVES: Mapping[str, Credential | None] = {
    "sts.AssumeRole": Credential.ROLE,
    _WEB_IDENTITY: Credential.ROLE,
    "sts.AssumeRoleWithSAML": Credential.ROLE,
    "sts.GetSessionToken": None,
    "sts.GetFederationToken": None,
    _DIRECTORY: None,
    _SIGN_ON: Credential.BROKERED,
    "cognito-identity.GetCredentialsForIdentity": Credential.BROKERED,
}


@dataclass(frozen=True, slots=True)
class _Issued:
    """A key that call `by` gave out at the moment `at`."""

    by: str
    at: int
    holder: Holder

    def gave(self, call: ApiCall) -> bool:
        # Both times are cut to milliseconds.
        return self.at <= call.started + 1 and call.temporary is (self.by != _DIRECTORY)


def _given_out(name: str, asker: Holder | None, environment: Mapping[str, str]) -> Holder:
    """Whose the credentials are that the call gave to `asker`, None for a call that nobody signed."""
    credential = _GIVES[name]
    chain = "AWS_ACCESS_KEY_ID" not in environment
    if chain and name == _WEB_IDENTITY and "AWS_WEB_IDENTITY_TOKEN_FILE" in environment:
        return Holder(Credential.SERVER, _OWN_ROLE)
    if credential is None:
        return asker or Holder(Credential.BROKERED, _UNTOLD)
    if credential is Credential.BROKERED:
        own = chain and name == _SIGN_ON
        service = "IAM Identity Center" if name == _SIGN_ON else "Amazon Cognito"
        return Holder(Credential.SERVER if own else credential, f"{service} gave the key out")
    if asker is not None and asker.credential is Credential.BROKERED:
        return Holder(Credential.BROKERED, _PASSED_ON)
    return Holder(credential)


def _call(call: Event | None, last: Event | None) -> ApiCall:
    event = call or last
    assert event is not None  # noqa: S101 - of the two one is there
    name = _VERSION.sub("", event.api)
    return ApiCall(
        sdk.service_by_id(event.service) or event.service.replace(" ", "-").lower(),
        name,
        event.started,
        event.took,
        last.access_key if last else None,
        last is not None and last.temporary,
        event.region or (last.region if last else ""),
        _bucket(last.host) if last and event.service == "S3" else "",
        event.status,
        event.error,
        event.attempts,
        call is not None,
    )


def _bucket(host: str) -> str:
    match = _VIRTUAL.fullmatch(host)
    return match[1] if match and not _NO_BUCKET.search(host) else ""
