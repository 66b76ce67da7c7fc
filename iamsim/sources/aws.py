"""The live account, asked with read-only calls for what a check has in play."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import urlsplit

from iamsim.errors import InputError, OutsideError
from iamsim.model.account import Account, Group, Organization, Role, User
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source
from iamsim.sources._live import DeniedError, MissingError, Principals
from iamsim.sources._live_account import endpoints, registered, resources, saml_registered
from iamsim.sources._live_organization import membership
from iamsim.sources._reads import ACTIONS, ASSUME_ROLE, DENIED, MISSING, NOT_ENABLED, PAGES, REFUSED_CREDENTIALS

PAGE = 1000
"""Items that IAM is asked for at a time; IAM API Reference: 100 by default, 1,000 at most."""


def load(location: str, options: Options) -> Loaded:
    """What the account of the credentials says about `options.needed`; `aws:PROFILE` names other credentials."""
    profile = location.partition(":")[2] or options.profile
    calls = connected(replace(options, profile=profile))
    caller = calls.one("sts:GetCallerIdentity")
    account, partition = caller["Account"], Arn.parse(caller["Arn"]).partition
    word = f"profile {profile}" if profile else "default credentials"
    inputs = [Input("policies", location, f"live account {account}, read as {caller['Arn']} ({word})")]

    def unseen(subject: str, reason: str) -> None:
        inputs.append(Input("not seen", subject, reason))

    principals, others = _sorted(options.needed)
    roles: dict[str, Role] = {}
    users: dict[str, User] = {}
    groups: dict[str, Group] = {}
    reader = Principals(calls, unseen)
    for arn in principals:
        owner = Arn.parse(arn).account
        if owner != account:
            unseen(arn, f"it belongs to account {owner}, and the credentials to {account}")
            continue
        options.progress(f"reading {arn}")
        if ":user/" in arn:
            found = reader.user(arn)
            if found is not None:
                users[found[0].arn] = found[0]
                groups |= {group.arn: group for group in found[1]}
        elif (role := reader.role(arn)) is not None:
            roles[role.arn] = role
    options.progress(f"reading the resource policies in play and the organization of {account}")
    carriers = {resource.arn: resource for resource in resources(calls, account, others, unseen)}
    place = membership(calls, account, unseen)
    in_play = tuple(dict.fromkeys(each for each in options.needed if each.startswith("vpce-")))
    found_account = Account(
        id=account,
        roles=roles,
        users=users,
        groups=groups,
        policies={arn: policy for arn, policy in sorted(reader.documents.items()) if policy is not None},
        resources=carriers,
        # Every principal that is loaded came with the word whether it has a boundary.
        seen=place.seen | {PolicyType.BOUNDARY},
        scps=place.scps,
        rcps=place.rcps,
        organization=place.organization,
        management=place.management,
        origin=Origin(f"live account {account} ({partition})"),
        oidc_providers=registered(calls, tuple(roles.values()), unseen),
        saml_providers=saml_registered(calls, tuple(roles.values()), unseen),
        endpoints={found.id: found for found in endpoints(calls, in_play, unseen)},
    )
    return Loaded(Organization({account: found_account}), tuple(inputs))


SOURCE = Source(load=load, words=("aws",))


def _sorted(needed: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ARNs of roles, their sessions and users, and all other ARNs; `*` and service names are nobody's."""
    arns = [arn for arn in dict.fromkeys(needed) if arn.startswith("arn:")]
    principals = [
        arn
        for arn in arns
        if (Arn.parse(arn).service, Arn.parse(arn).kind) in (("iam", "role"), ("iam", "user"), ("sts", "assumed-role"))
        and "*" not in arn
    ]
    return tuple(principals), tuple(arn for arn in arns if arn not in principals)


def connected(options: Options, *, patient: bool = False) -> _Calls:
    """
    The calls of the profile's credentials, or of a session of the last role of `options.read_as`.

    `patient` waits longer where AWS asks to be asked less. Raises `OutsideError` where a role may not be assumed.
    """
    calls = _Calls(options.profile, options, patient=patient)
    for role in options.read_as:
        try:
            calls = calls.assuming(role)
        except DeniedError as error:
            raise OutsideError(f"{error} on `{role}`, so nothing can be read as it", hint=_LET_IN) from None
    return calls


class _Calls:
    """boto3, asked by permission name; no credential ever leaves this object."""

    def __init__(self, profile: str | None, options: Options, *, patient: bool = False) -> None:
        import boto3  # type: ignore[import-untyped]  # boto3 ships no types
        from botocore import exceptions  # type: ignore[import-untyped]  # as boto3

        self.options = options
        self.patient = patient
        self.clients: dict[tuple[str, str], Any] = {}
        self.credentials: Mapping[str, str] = {}
        # Clients may be shared by threads, and only one thread at a time may make one (boto3, "Multithreading").
        self.making = threading.Lock()
        try:
            self.session = boto3.Session(profile_name=profile, region_name=options.region)
        except exceptions.ProfileNotFound:
            raise InputError(
                f"there is no profile `{profile}`", hint="see `aws configure list-profiles`, or leave --profile out"
            ) from None
        except exceptions.ConfigParseError:
            raise InputError("the AWS configuration file is not readable", hint="check ~/.aws/config") from None

    @property
    def region(self) -> str | None:
        """The Region of the session; None where none is set."""
        found: str | None = self.session.region_name
        return found

    def assuming(self, role: str) -> _Calls:
        """The calls of a session of this role; raises as `one` does."""
        try:
            made = self.client("sts", "").assume_role(RoleArn=role, RoleSessionName=SESSION)["Credentials"]
        except Exception as error:  # noqa: BLE001 - as in `one`
            self.fail(ASSUME_ROLE, error)
        # The session stays, with all that it has read of AWS's services: only the keys are others.
        other = copy(self)
        other.clients = {}
        other.credentials = {
            "aws_access_key_id": str(made["AccessKeyId"]),
            "aws_secret_access_key": str(made["SecretAccessKey"]),
            "aws_session_token": str(made["SessionToken"]),
        }
        return other

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        from botocore.config import Config  # type: ignore[import-untyped]  # as boto3

        key = service, region
        with self.making:
            if key not in self.clients:
                # An answer that takes longer will not come; the attempts ride out throttling, and slow down for it.
                retries = _PATIENT if self.patient else _BRIEF
                patience = Config(
                    connect_timeout=5, read_timeout=20, retries=retries, max_pool_connections=_CONNECTIONS
                )
                made = self.session.client(
                    service,
                    region_name=region or None,
                    endpoint_url=self.options.endpoint_url,
                    config=patience,
                    **self.credentials,
                )
                if self.options.endpoint_url is not None:
                    made.meta.events.register("before-call.s3-control", _at_the_endpoint_itself)
                self.clients[key] = made
            return self.clients[key]

    def one(self, action: str, *, region: str = "", **parameters: object) -> Mapping[str, Any]:
        service, method = ACTIONS[action]
        try:
            answer: Mapping[str, Any] = getattr(self.client(service, region), method)(**parameters)
        except Exception as error:  # noqa: BLE001 - sorted out by kind, and raised again when it is none of AWS's
            self.fail(action, error, region)
        return answer

    def many(self, action: str, key: str, *, region: str = "", **parameters: object) -> Iterator[Any]:
        service, method = ACTIONS[action]
        size = PAGE if service == "iam" else PAGES.get(action)
        pages = {"PaginationConfig": {"PageSize": size}} if size else {}
        try:
            for page in self.client(service, region).get_paginator(method).paginate(**parameters, **pages):
                yield from page.get(key, ())
        except Exception as error:  # noqa: BLE001 - as in `one`
            self.fail(action, error, region)

    def fail(self, action: str, error: Exception, region: str = "") -> NoReturn:
        """The error as one of ours; AWS's own text stays out, which may quote what was sent."""
        from botocore import exceptions as aws

        if isinstance(error, aws.ClientError):
            self.refuse(action, str(error.response.get("Error", {}).get("Code", "unknown")), region)
        if isinstance(error, aws.NoRegionError):
            raise OutsideError("no AWS region is set", hint="give --region or set AWS_DEFAULT_REGION") from None
        if isinstance(error, aws.NoCredentialsError | aws.PartialCredentialsError | aws.CredentialRetrievalError):
            raise OutsideError("there are no AWS credentials to read the account with", hint=_LOG_IN) from None
        if isinstance(error, aws.SSOError | aws.TokenRetrievalError):
            raise OutsideError("the single sign-on session is over", hint="run `aws sso login`") from None
        if isinstance(error, aws.HTTPClientError | aws.ConnectionError) and self.nowhere(action, region):
            raise DeniedError(action, f"{action} is not answered in {region}, where the service may not be") from None
        if isinstance(error, aws.HTTPClientError | aws.ConnectionError):
            raise OutsideError(
                f"AWS does not answer {self.where(action)}",
                hint="check the network, the proxy settings and --endpoint-url, or give the policies as a folder",
            ) from None
        if isinstance(error, ValueError) and self.options.endpoint_url is not None and "endpoint" in str(error).lower():
            raise InputError(
                "the endpoint URL is not a URL", hint="it reads https://HOST[:PORT]; check --endpoint-url"
            ) from None
        if isinstance(error, aws.BotoCoreError):
            raise OutsideError(
                f"the AWS library failed at {action}: {type(error).__name__}", hint="check the AWS configuration"
            ) from None
        raise error

    def refuse(self, action: str, code: str, region: str) -> NoReturn:
        """What AWS's error code means."""
        if code in NOT_ENABLED and self.elsewhere(region):
            why = f"{action} was answered `{code}` in {region}, which the account may not have enabled"
            raise DeniedError(action, why) from None
        if code in REFUSED_CREDENTIALS:
            raise OutsideError(f"AWS does not take the credentials: {code}", hint=_LOG_IN) from None
        if code in DENIED:
            raise DeniedError(action) from None
        if code in MISSING:
            raise MissingError(action, code) from None
        raise OutsideError(
            f"AWS answered `{code[:80]}` to {action}", hint="try again, or give the policies as a folder"
        ) from None

    def elsewhere(self, region: str) -> bool:
        """Whether it is another Region than that in which the credentials have been taken."""
        return region not in ("", self.region)

    def nowhere(self, action: str, region: str) -> bool:
        """Whether AWS may have no such service in the Region, by what the SDK knows of it."""
        if not self.elsewhere(region) or self.options.endpoint_url is not None:
            return False
        known = self.session.get_available_regions
        service, partitions = ACTIONS[action][0], self.session.get_available_partitions()
        return not any(region in known(service, partition) for partition in partitions)

    def where(self, action: str) -> str:
        """The host that was asked; a URL may carry a password."""
        if self.options.endpoint_url is None:
            return f"to {action}"
        parts = urlsplit(self.options.endpoint_url)
        port = f":{parts.port}" if parts.port else ""
        return f"at `{parts.hostname}{port}`"


def _at_the_endpoint_itself(params: dict[str, Any], **_: object) -> None:
    """Takes away the account that botocore puts before the host of S3's control calls: the user's endpoint has one name."""
    account = str(params["headers"].get("x-amz-account-id", ""))
    params["url"] = str(params["url"]).replace(f"//{account}.", "//", 1)


_LOG_IN = "log in or name a --profile, or give the policies as a folder"

SESSION = "iamsim"
"""The session name of a role that is assumed to read with."""

_BRIEF = {"mode": "standard", "total_max_attempts": 3}
_PATIENT = {"mode": "adaptive", "total_max_attempts": 8}
# botocore keeps ten for each client; those that read side by side need one each.
_CONNECTIONS = 16
_LET_IN = "whoever assumes it needs that permission, and its trust policy has to name them"
