"""What a live account says about its buckets: policy, Block Public Access, and whether ACLs are on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iamsim.model.account import Resource
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.sources._live import Calls, DeniedError, MissingError, written

_BLOCKS = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}


class Buckets:
    """
    Reads the buckets of one account.

    `unseen` hears of everything that could not be read: the subject and the reason.
    """

    def __init__(self, calls: Calls, account: str, unseen: Callable[[str, str], None]) -> None:
        self.calls = calls
        self.account = account
        self.unseen = unseen
        self._block: tuple[Mapping[str, Any] | None] | None = None

    def bucket(self, arn: Arn) -> Resource:
        """The bucket with what decides beside its policy; raises `DeniedError` or `MissingError` for the policy itself."""
        # Another account's bucket of that name must not pass for ours: S3 then answers AccessDenied.
        who = {"Bucket": arn.bucket, "ExpectedBucketOwner": self.account}
        origin = Origin(f"s3:GetBucketPolicy {arn}")
        try:
            policy = written(self.calls.one("s3:GetBucketPolicy", **who)["Policy"], origin, f"policy of {arn}")
        except MissingError as error:
            if error.code != "NoSuchBucketPolicy":
                raise
            policy = None
        return Resource(str(arn), policy, None, {**self._blocked(arn, who), **self._ownership(arn, who)}, origin)

    def _blocked(self, arn: Arn, who: Mapping[str, str]) -> Mapping[str, str]:
        """
        Block Public Access of the bucket and its account together: the stricter counts (S3-024).

        A setting that is off in one and not read in the other is left out, and so stays unknown.
        Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
        """
        own = self._read("s3:GetBucketPublicAccessBlock", str(arn), "its Block Public Access", **who)
        both = (own, self._of_account())
        found = {}
        for name, setting in _BLOCKS.items():
            if any(block is not None and block.get(name) for block in both):
                found[setting] = "true"
            elif None not in both:
                found[setting] = "false"
        return found

    def _of_account(self) -> Mapping[str, Any] | None:
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
