"""What a plan's resources are called in AWS: their ARNs, as AWS gives them or will give them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from iamsim.jsontext import Number
from iamsim.model.principal import HOLE
from iamsim.sources._plan_accounts import Accounts
from iamsim.sources._plan_documents import Notes, waiting
from iamsim.sources._plan_instance import Instance, wrong
from iamsim.sources._plan_references import References
from iamsim.sources._plan_values import AFTER_APPLY, Untold

# Where AWS makes an ARN of nothing but names.
# Source: Service Authorization Reference, resource types of each service; IAM User Guide, "IAM identifiers" for paths.
_ARNS = {
    "aws_iam_role": "arn:{partition}:iam::{account}:role{path}{name}",
    "aws_iam_user": "arn:{partition}:iam::{account}:user{path}{name}",
    "aws_iam_group": "arn:{partition}:iam::{account}:group{path}{name}",
    "aws_iam_policy": "arn:{partition}:iam::{account}:policy{path}{name}",
    "aws_iam_saml_provider": "arn:{partition}:iam::{account}:saml-provider/{name}",
    "aws_s3_bucket": "arn:{partition}:s3:::{bucket}",
    "aws_sqs_queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "aws_sns_topic": "arn:{partition}:sns:{region}:{account}:{name}",
    "aws_opensearch_domain": "arn:{partition}:es:{region}:{account}:domain/{domain_name}",
    "aws_elasticsearch_domain": "arn:{partition}:es:{region}:{account}:domain/{domain_name}",
    "aws_lambda_function": "arn:{partition}:lambda:{region}:{account}:function:{function_name}",
}
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:(?:\d{12})?:[^\s\x00-\x1f*?]{1,1024}", re.ASCII)
_IAM = re.compile(r"arn:[\w-]+:iam::\d{12}:[\w-]+/.+", re.ASCII)
_FIELD = re.compile(r"\{(\w+)\}")
_NAME = re.compile(r"[\w+=,.@-]{1,256}", re.ASCII)
_PATH = re.compile(r"/(?:[\w+=,.@/-]{1,510}/)?", re.ASCII)


class Names:
    """The ARNs of a plan's resources, and whom an attribute that is not known yet means."""

    def __init__(self, references: References, accounts: Accounts, notes: Notes) -> None:
        self.references = references
        self.accounts = accounts
        self.notes = notes

    def arn(self, instance: Instance) -> str | Untold:
        """The ARN of a resource, as AWS told it or as it will make it of the resource's name."""
        told = instance.text("arn")
        if isinstance(told, str) and not _is_secret(instance):
            if _ARN.fullmatch(told) is None or (instance.type.startswith("aws_iam_") and _IAM.fullmatch(told) is None):
                wrong("`arn` is no ARN of such a resource", instance.place("arn"))
            return told
        parts: dict[str, str] = {}
        for field in _FIELD.findall(_ARNS.get(instance.type, "")):
            value = self.part(instance, field)
            if isinstance(value, Untold):
                return value
            parts[field] = value
        if not parts:
            return AFTER_APPLY
        return _ARNS[instance.type].format_map(parts)

    def part(self, instance: Instance, field: str) -> str | Untold:
        if field == "account":
            return self.accounts.account(instance)
        if field in ("partition", "region"):
            return getattr(self.accounts.home(instance), field) or Untold("not told, since its region is not")
        value = instance.text(field)
        if field == "path" and value is None:
            return "/"
        if value is None:
            return AFTER_APPLY
        if isinstance(value, str) and not (_PATH if field == "path" else _NAME).fullmatch(value):
            return Untold("not told, since AWS takes no such name")
        return value

    def meant(self, instance: Instance, attribute: str, types: Mapping[str, tuple[str, ...]]) -> Instance | str | None:
        """
        What an attribute names: its text, or the resource that it means while it is not known.

        `types` are the types of such resources and the attributes that name them. None, and a line of what was
        not seen, where it is not told.
        """
        value = instance.text(attribute)
        if not isinstance(value, Untold):
            return value
        named = self.references.named(instance, attribute)
        found = named.only(types) if value is AFTER_APPLY else None
        if found is None:
            self.notes.miss(instance.address, f"its `{attribute}` is {waiting(value, named)}")
            return None
        self.notes.take(instance, attribute, f"that of {found.shown}")
        return found

    def tags(self, instance: Instance) -> dict[str, str]:
        """The tags that a resource will have, with a hole for a value that is not told."""
        tags, found = instance.told.get("tags"), instance.told.get("tags_all")
        if not isinstance(found, Mapping):
            # `tags_all` is known late where the provider has no default tags.
            found = {**self.accounts.default_tags(instance), **_mapping(tags)}
            if isinstance(tags, Untold):
                self.notes.miss(instance.address, f"its tags are {tags.why}")
                found[HOLE] = HOLE
        # The provider makes `tags_all` of `tags`, and forgets which of them are sensitive.
        found = {**found, **{name: value for name, value in _mapping(tags).items() if isinstance(value, Untold)}}
        return {
            name: HOLE if isinstance(value, Untold) else str(value)
            for name, value in found.items()
            if value is not None
        }


def number(instance: Instance, name: str) -> int | None:
    """A whole number; None where it is not told."""
    value = instance.told.get(name)
    return int(value) if isinstance(value, Number) and re.fullmatch(r"\d{1,9}", value, re.ASCII) else None


def _is_secret(instance: Instance) -> bool:
    """Whether a name that the ARN repeats must not be shown."""
    fields = _FIELD.findall(_ARNS.get(instance.type, ""))
    values = [instance.told.get(field) for field in fields]
    return any(isinstance(value, Untold) and value is not AFTER_APPLY for value in values)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
