"""What CloudTrail calls the parameters of a request, and which condition keys they are."""

from __future__ import annotations

from collections.abc import Mapping

# What CloudTrail calls the parameters of S3 is the API's own names for them on the wire.
S3: Mapping[str, str] = {
    "bucketName": "Bucket",
    "key": "Key",
    "versionId": "VersionId",
    "x-amz-copy-source": "CopySource",
    "x-amz-acl": "ACL",
    "x-amz-grant-full-control": "GrantFullControl",
    "x-amz-grant-read": "GrantRead",
    "x-amz-grant-read-acp": "GrantReadACP",
    "x-amz-grant-write": "GrantWrite",
    "x-amz-grant-write-acp": "GrantWriteACP",
    "x-amz-tagging": "Tagging",
    "x-amz-object-lock-mode": "ObjectLockMode",
    "x-amz-object-lock-retain-until-date": "ObjectLockRetainUntilDate",
    "x-amz-object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "x-amz-bypass-governance-retention": "BypassGovernanceRetention",
}
# Service Authorization Reference, "Condition keys for Amazon S3": those that are spelled as the parameter is.
S3_KEYS = (
    "prefix",
    "delimiter",
    "max-keys",
    "versionid",
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-storage-class",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
)
SIGNATURES = {"SigV4": "AWS4-HMAC-SHA256", "SigV2": "AWS"}
SIGNED = {"AuthHeader": "REST-HEADER", "QueryString": "REST-QUERY-STRING"}
KEYS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "sts": (
        ("sts:RoleSessionName", "RoleSessionName"),
        ("sts:SourceIdentity", "SourceIdentity"),
        ("sts:ExternalId", "ExternalId"),
        ("sts:DurationSeconds", "DurationSeconds"),
    ),
    "s3": (("s3:VersionId", "VersionId"),),
    "iam": (("iam:PolicyARN", "PolicyArn"), ("iam:PermissionsBoundary", "PermissionsBoundary")),
}
