"""The live account, asked with read-only calls for what a check has in play."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from iamsim.sources._live_account import membership, registered, resources

ACTIONS: Mapping[str, tuple[str, str]] = {
    "sts:GetCallerIdentity": ("sts", "get_caller_identity"),
    "iam:GetRole": ("iam", "get_role"),
    "iam:ListRolePolicies": ("iam", "list_role_policies"),
    "iam:GetRolePolicy": ("iam", "get_role_policy"),
    "iam:ListAttachedRolePolicies": ("iam", "list_attached_role_policies"),
    "iam:GetUser": ("iam", "get_user"),
    "iam:ListUserPolicies": ("iam", "list_user_policies"),
    "iam:GetUserPolicy": ("iam", "get_user_policy"),
    "iam:ListAttachedUserPolicies": ("iam", "list_attached_user_policies"),
    "iam:ListGroupsForUser": ("iam", "list_groups_for_user"),
    "iam:ListGroupPolicies": ("iam", "list_group_policies"),
    "iam:GetGroupPolicy": ("iam", "get_group_policy"),
    "iam:ListAttachedGroupPolicies": ("iam", "list_attached_group_policies"),
    "iam:GetPolicy": ("iam", "get_policy"),
    "iam:GetPolicyVersion": ("iam", "get_policy_version"),
    "iam:ListOpenIDConnectProviders": ("iam", "list_open_id_connect_providers"),
    "iam:GetOpenIDConnectProvider": ("iam", "get_open_id_connect_provider"),
    "s3:GetBucketPolicy": ("s3", "get_bucket_policy"),
    "s3:GetBucketPublicAccessBlock": ("s3", "get_public_access_block"),
    "s3:GetAccountPublicAccessBlock": ("s3control", "get_public_access_block"),
    "s3:GetBucketOwnershipControls": ("s3", "get_bucket_ownership_controls"),
    "es:DescribeDomain": ("opensearch", "describe_domain"),
    "kms:GetKeyPolicy": ("kms", "get_key_policy"),
    "kms:DescribeKey": ("kms", "describe_key"),
    "kms:ListGrants": ("kms", "list_grants"),
    "lambda:GetPolicy": ("lambda", "get_policy"),
    "glue:GetResourcePolicy": ("glue", "get_resource_policy"),
    "organizations:DescribeOrganization": ("organizations", "describe_organization"),
    "organizations:ListRoots": ("organizations", "list_roots"),
    "organizations:ListParents": ("organizations", "list_parents"),
    "organizations:ListPoliciesForTarget": ("organizations", "list_policies_for_target"),
    "organizations:DescribePolicy": ("organizations", "describe_policy"),
}
"""Every call that is ever made, by the permission it takes: boto3's client and method."""

PAGE = 100
"""Items that IAM is asked for at a time; IAM API Reference: 100 by default, 1,000 at most."""


def load(location: str, options: Options) -> Loaded:
    """What the account of the credentials says about `options.needed`; `aws:PROFILE` names other credentials."""
    profile = location.partition(":")[2] or options.profile
    calls = _Calls(profile, options)
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
    found_account = Account(
        id=account,
        roles=roles,
        users=users,
        groups=groups,
        resources=carriers,
        # Every principal that is loaded came with the word whether it has a boundary.
        seen=place.seen | {PolicyType.BOUNDARY},
        scps=place.scps,
        rcps=place.rcps,
        organization=place.organization,
        management=place.management,
        origin=Origin(f"live account {account} ({partition})"),
        oidc_providers=registered(calls, tuple(roles.values()), unseen),
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


class _Calls:
    """boto3, asked by permission name; no credential ever leaves this object."""

    def __init__(self, profile: str | None, options: Options) -> None:
        import boto3  # type: ignore[import-untyped]  # boto3 ships no types
        from botocore import exceptions  # type: ignore[import-untyped]  # as boto3

        self.options = options
        self.clients: dict[tuple[str, str], Any] = {}
        try:
            self.session = boto3.Session(profile_name=profile, region_name=options.region)
        except exceptions.ProfileNotFound:
            raise InputError(
                f"there is no profile `{profile}`", hint="see `aws configure list-profiles`, or leave --profile out"
            ) from None
        except exceptions.ConfigParseError:
            raise InputError("the AWS configuration file is not readable", hint="check ~/.aws/config") from None

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        from botocore.config import Config  # type: ignore[import-untyped]  # as boto3

        key = service, region
        if key not in self.clients:
            # An answer that takes longer will not come; three attempts ride out throttling.
            patience = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
            made = self.session.client(
                service, region_name=region or None, endpoint_url=self.options.endpoint_url, config=patience
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
            self.fail(action, error)
        return answer

    def many(self, action: str, key: str, *, region: str = "", **parameters: object) -> Iterator[Any]:
        service, method = ACTIONS[action]
        size = {"PaginationConfig": {"PageSize": PAGE}} if service == "iam" else {}
        try:
            for page in self.client(service, region).get_paginator(method).paginate(**parameters, **size):
                yield from page.get(key, ())
        except Exception as error:  # noqa: BLE001 - as in `one`
            self.fail(action, error)

    def fail(self, action: str, error: Exception) -> NoReturn:
        """The error as one of ours; AWS's own text stays out, which may quote what was sent."""
        from botocore import exceptions as aws

        if isinstance(error, aws.ClientError):
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            if code in _CREDENTIALS:
                raise OutsideError(f"AWS does not take the credentials: {code}", hint=_LOG_IN) from None
            if code in _DENIED:
                raise DeniedError(f"{action} was denied") from None
            if code in _MISSING:
                raise MissingError(action, code) from None
            raise OutsideError(
                f"AWS answered `{code[:80]}` to {action}", hint="try again, or give the policies as a folder"
            ) from None
        if isinstance(error, aws.NoRegionError):
            raise OutsideError("no AWS region is set", hint="give --region or set AWS_DEFAULT_REGION") from None
        if isinstance(error, aws.NoCredentialsError | aws.PartialCredentialsError | aws.CredentialRetrievalError):
            raise OutsideError("there are no AWS credentials to read the account with", hint=_LOG_IN) from None
        if isinstance(error, aws.SSOError | aws.TokenRetrievalError):
            raise OutsideError("the single sign-on session is over", hint="run `aws sso login`") from None
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
_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "AuthFailure",
    }
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"})
_MISSING = frozenset(
    {
        "AWSOrganizationsNotInUseException",
        "EntityNotFoundException",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "NoSuchPublicAccessBlockConfiguration",
        "NotFoundException",
        "OwnershipControlsNotFoundError",
        "ResourceNotFoundException",
    }
)
