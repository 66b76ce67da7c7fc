"""What a live account says about its buckets: policy, Block Public Access, and whether ACLs are on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iamsim.model.account import Resource
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.sources._live import Calls, DeniedError, MissingError, Unseen, tags, written

_BLOCKS = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}


class Buckets:
    """
    Reads the buckets of one account.

    `unseen` hears of everything that could not be read: the subject and the reason. `of_account` is the
    account's own Block Public Access where it was read before, None in it where that was denied.
    """

    def __init__(
        self, calls: Calls, account: str, unseen: Unseen, of_account: tuple[Mapping[str, Any] | None] | None = None
    ) -> None:
        self.calls = calls
        self.account = account
        self.unseen = unseen
        self._block = of_account

    def bucket(self, arn: Arn, region: str = "") -> Resource:
        """The bucket with what decides beside its policy; raises `DeniedError` or `MissingError` for the policy itself."""
        who = self._who(arn, region)
        origin = Origin(f"s3:GetBucketPolicy {arn}")
        try:
            policy = written(self.calls.one("s3:GetBucketPolicy", **who)["Policy"], origin, f"policy of {arn}")
        except MissingError as error:
            if error.code != "NoSuchBucketPolicy":
                raise
            policy = None
        return self.without_policy(arn, Resource(str(arn), policy, origin=origin), region)

    def without_policy(self, arn: Arn, bucket: Resource, region: str = "") -> Resource:
        """`bucket` with the settings that decide beside its policy."""
        who = self._who(arn, region)
        settings = {**self._blocked(arn, who), **self._ownership(arn, who), **self._encryption(arn, who)}
        return replace(bucket, settings=settings)

    def tags(self, arn: Arn, region: str = "") -> Mapping[str, str] | None:
        """The bucket's tags; None where they may not be read."""
        try:
            return tags(self.calls.one("s3:GetBucketTagging", **self._who(arn, region))["TagSet"])
        except MissingError:
            return {}
        except DeniedError as error:
            self.unseen(str(arn), f"{error}, so its tags are not known")
            return None

    def _who(self, arn: Arn, region: str) -> dict[str, str]:
        # Another account's bucket of that name must not pass for ours: S3 then answers AccessDenied.
        return {"region": region, "Bucket": arn.bucket, "ExpectedBucketOwner": self.account}

    def _blocked(self, arn: Arn, who: Mapping[str, str]) -> Mapping[str, str]:
        """
        Block Public Access of the bucket and its account together: the stricter counts (S3-024).

        A setting that is off in one and not read in the other is left out, and so stays unknown.
        Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
        """
        own = self._read("s3:GetBucketPublicAccessBlock", str(arn), "its Block Public Access", **who)
        both = (own, self.of_account())
        found = {}
        for name, setting in _BLOCKS.items():
            if any(block is not None and block.get(name) for block in both):
                found[setting] = "true"
            elif None not in both:
                found[setting] = "false"
        return found

    def of_account(self) -> Mapping[str, Any] | None:
        """The account's own Block Public Access, asked once."""
        if self._block is None:
            subject = f"account {self.account}"
            what = "its Block Public Access of S3"
            self._block = (self._read("s3:GetAccountPublicAccessBlock", subject, what, AccountId=self.account),)
        return self._block[0]

    def _read(self, action: str, subject: str, what: str, **parameters: str) -> Mapping[str, Any] | None:
        """A Block Public Access; empty where there is none, None where it may not be read."""
        try:
            found: Mapping[str, Any] = self.calls.one(action, **parameters)["PublicAccessBlockConfiguration"]
        except MissingError:
            return {}
        except DeniedError as error:
            self.unseen(subject, f"{error}, so {what} is not known")
            return None
        return found

    def _ownership(self, arn: Arn, who: Mapping[str, str]) -> Mapping[str, str]:
        """
        Who owns the objects, which tells whether ACLs are on (S3-005, S3-014).

        Source: Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs".
        """
        try:
            answer = self.calls.one("s3:GetBucketOwnershipControls", **who)["OwnershipControls"]
        except MissingError:
            # Every bucket made since April 2023 has them; without, the object writer owns and ACLs count.
            return {"object_ownership": "ObjectWriter"}
        except DeniedError as error:
            self.unseen(str(arn), f"{error}, so whether it has ACLs is not known")
            return {}
        return {"object_ownership": answer["Rules"][0]["ObjectOwnership"]}

    def _encryption(self, arn: Arn, who: Mapping[str, str]) -> Mapping[str, str]:
        """
        How objects are encrypted by default: the algorithm as S3 calls it, and the KMS key where one is named.

        Source: Amazon S3 API Reference, GetBucketEncryption and ServerSideEncryptionByDefault.
        """
        try:
            answer = self.calls.one("s3:GetEncryptionConfiguration", **who)["ServerSideEncryptionConfiguration"]
        except MissingError:
            return {}
        except DeniedError as error:
            self.unseen(str(arn), f"{error}, so how it encrypts is not known")
            return {}
        found = answer["Rules"][0].get("ApplyServerSideEncryptionByDefault", {})
        told = {"encryption": found.get("SSEAlgorithm"), "kms_key": found.get("KMSMasterKeyID")}
        return {name: str(value) for name, value in told.items() if value}
