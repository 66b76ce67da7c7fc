"""Which account, region and partition a plan's resources are in, by their provider configurations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from iamsim.jsontext import Number, clipped
from iamsim.model.origin import Origin
from iamsim.sources._plan_file import Plan
from iamsim.sources._plan_instance import Instance, refuse
from iamsim.sources._plan_references import References
from iamsim.sources._plan_values import Untold

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ARN = re.compile(r"arn:([\w-]+):([\w-]+):([\w-]*):(\d{12}|):.+", re.ASCII)
_REGION = re.compile(r"[a-z]{2,6}(?:-[a-z]+)+-\d{1,2}", re.ASCII)

# Besides these, two configurations of a provider log in alike.
_NO_LOGIN = ("region", "default_tags", "ignore_tags", "max_retries", "retry_mode", "s3_use_path_style")

_OWN = ("iam", "sts", "sqs", "sns", "kms", "lambda", "es", "ecs", "secretsmanager", "dynamodb", "logs")
_DEFAULT = "aws"
_ALIKE = 100
_WORDS = {"aws_caller_identity": "account_id", "aws_partition": "partition"}


@dataclass(frozen=True, slots=True)
class Home:
    """The account, partition and region of a provider configuration; None where the plan does not tell."""

    account: str | None
    partition: str
    region: str | None


class Accounts:
    """
    The homes of a plan's resources.

    An account is told, in this order, by the data source aws_caller_identity, by the ARNs of the resources
    that the provider configuration already has, by the role that it assumes and by the one account that it
    allows. Two configurations of the root module that log in alike share what is told.
    Source: Terraform AWS provider, "Authentication and Configuration".
    """

    def __init__(self, plan: Plan, references: References, account: str | None) -> None:
        self.plan = plan
        self.references = references
        self.given = account
        self.taken = False
        self.told: dict[str, dict[str, dict[str, Origin]]] = {}
        for instance in plan.instances:
            self.look(instance)
        self.homes: dict[str, Home] = {}
        self.seen: dict[tuple[str, bool], Home] = {}
        self.in_use = {self.provider(instance) for instance in plan.instances if _is_aws(instance)}
        self.logins: dict[str, list[str]] = {}
        for key in sorted({*plan.providers, *self.told}):
            self.logins.setdefault(self.login(key), []).append(key)

    def provider(self, instance: Instance) -> str:
        """The key of the provider configuration; a resource that left the configuration is taken for the default one's."""
        key = self.references.written(instance).get("provider_config_key")
        return key if isinstance(key, str) else _DEFAULT

    def home(self, instance: Instance) -> Home:
        """Where the resource is; its own ARN tells it first."""
        key = instance.address, instance.gone
        if key not in self.seen:
            self.seen[key] = self.found(instance)
        return self.seen[key]

    def found(self, instance: Instance) -> Home:
        arn = _ARN.fullmatch(_text(instance.told.get("arn")) or _text(instance.before.get("arn")) or "")
        home = self.of(self.provider(instance))
        own = _text(instance.told.get("region"))
        region = own if own and _REGION.fullmatch(own) else home.region
        if arn is None:
            return Home(home.account, home.partition, region)
        return Home(arn[4] or home.account, arn[1], arn[3] or region)

    def account(self, instance: Instance) -> str:
        """The account of a resource; raises `InputError` where nothing tells it."""
        found = self.home(instance).account
        if found is not None:
            return found
        if self.given is None or len(self.in_use) != 1:
            self.untold(instance)
        self.taken = True
        return self.given

    def untold(self, instance: Instance) -> NoReturn:
        """Raises the error of an account that nothing tells."""
        refuse(
            f"the account of provider `{clipped(self.provider(instance))}` is not told",
            'add `data "aws_caller_identity" "current" {}` or allowed_account_ids to its configuration and plan again, '
            "or give --role-arn where there is one account only",
            instance.origin,
        )

    def of(self, key: str) -> Home:
        """What is told of a provider configuration."""
        if key not in self.homes:
            keys = tuple(dict.fromkeys((key, *self.logins.get(self.login(key), ())[:_ALIKE])))
            region = self.region(key)
            partition = self.best(keys, ("partition", "arn partition")) or _partition(region)
            self.homes[key] = Home(self.number(keys), partition, region)
        return self.homes[key]

    def default_tags(self, instance: Instance) -> Mapping[str, Any]:
        """The tags that the provider configuration gives every resource, as far as they are written out."""
        expressions = _mapping(self.plan.providers.get(self.provider(instance), {}).get("expressions"))
        tags = _inside(expressions.get("default_tags"), "tags")
        return _mapping(_mapping(tags).get("constant_value"))

    def number(self, keys: tuple[str, ...]) -> str | None:
        """The account of a provider configuration; two that are told for one stop the reading."""
        for key in keys:
            found = self.told.get(key, {})
            numbers = found.get("account_id") or found.get("arn account", {})
            if len(numbers) > 1:
                first, second = sorted(numbers)[:2]
                refuse(
                    f"provider `{clipped(key)}` is told to be in two accounts, {first} and {second}",
                    "make one plan for each account",
                    numbers[second],
                )
            if numbers:
                return next(iter(numbers))
        for key in keys:
            expressions = self.plan.providers.get(key, {}).get("expressions")
            if isinstance(expressions, Mapping):
                role = _ARN.fullmatch(self.constant(_inside(expressions.get("assume_role"), "role_arn")) or "")
                if role and role[4]:
                    return role[4]
                allowed = self.constants(expressions.get("allowed_account_ids"))
                if len(allowed) == 1 and _ACCOUNT.fullmatch(allowed[0]):
                    return allowed[0]
        return None

    def best(self, keys: tuple[str, ...], words: tuple[str, ...]) -> str | None:
        for key in keys:
            for word in words:
                for found in sorted(self.told.get(key, {}).get(word, {})):
                    return found
        return None

    def region(self, key: str) -> str | None:
        """The region of a provider configuration: as written, as read, or that of all its resources."""
        expressions = self.plan.providers.get(key, {}).get("expressions")
        if isinstance(expressions, Mapping):
            told = self.constant(expressions.get("region"))
            if told and _REGION.fullmatch(told):
                return told
        found = self.told.get(key, {})
        for word in ("region", "arn region"):
            if len(found.get(word, {})) == 1:
                return next(iter(found[word]))
        return None

    def login(self, key: str) -> str:
        """How a provider configuration logs in: configurations of the root module that do so alike are in one account."""
        found = self.plan.providers.get(key, {"name": _DEFAULT} if key == _DEFAULT else {})
        if ":" in key or found.get("name") != _DEFAULT:
            return key
        expressions = {
            name: value for name, value in _mapping(found.get("expressions")).items() if name not in _NO_LOGIN
        }
        return json.dumps(expressions, sort_keys=True)

    def look(self, instance: Instance) -> None:
        """Notes what one resource or data source tells of its provider configuration."""
        if not _is_aws(instance):
            return
        for word, value in _tells(instance):
            told = self.told.setdefault(self.provider(instance), {}).setdefault(word, {})
            told.setdefault(value, instance.origin)

    def constant(self, expression: object) -> str | None:
        """A text that is written out, or that of the one variable that is named."""
        found = self.constants(expression)
        return found[0] if len(found) == 1 else None

    def constants(self, expression: object) -> tuple[str, ...]:
        if not isinstance(expression, Mapping):
            return ()
        value = expression.get("constant_value")
        names = expression.get("references")
        if value is None and isinstance(names, list) and len(names) == 1 and isinstance(names[0], str):
            value = self.plan.variables.get(names[0].removeprefix("var."))
        items = value if isinstance(value, list) else [value]
        return tuple(str(item) for item in items if isinstance(item, str))


def _tells(instance: Instance) -> Iterator[tuple[str, str]]:
    if instance.mode == "data":
        value = _text(instance.after.get(_WORDS.get(instance.type, "")))
        if instance.type == "aws_caller_identity" and value and _ACCOUNT.fullmatch(value):
            yield "account_id", value
        if instance.type == "aws_partition" and value:
            yield "partition", value
        if instance.type == "aws_region":
            # Version 6 of the provider calls the region's name `region`.
            value = _text(instance.after.get("region")) or _text(instance.after.get("name"))
            if value and _REGION.fullmatch(value):
                yield "region", value
        if instance.type != "aws_caller_identity":
            return
    arn = _ARN.fullmatch(_text(instance.after.get("arn")) or _text(instance.before.get("arn")) or "")
    # Other services have resources that carry the account of somebody else, such as the one that manages an organization.
    if arn is None or arn[2] not in _OWN:
        return
    yield "arn partition", arn[1]
    if arn[4] and instance.mode == "managed":
        yield "arn account", arn[4]
    if arn[3] and instance.mode == "managed":
        yield "arn region", arn[3]


def _is_aws(instance: Instance) -> bool:
    return instance.type.startswith("aws_")


def _partition(region: str | None) -> str:
    """Source: IAM User Guide, "Amazon Resource Names (ARNs)": aws, aws-cn and aws-us-gov."""
    for start, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region and region.startswith(start):
            return partition
    return "aws"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and not isinstance(value, Number | Untold) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _inside(blocks: object, name: str) -> object:
    block = blocks[0] if isinstance(blocks, list) and blocks else blocks
    return block.get(name) if isinstance(block, Mapping) else None
